"""AIML 1.0: a topic for each question, a predicate for what is kept in mind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import aiml

from bench.screening.data import (
    IDLE,
    NO,
    OUTCOMES,
    QUESTIONS,
    START,
    YES,
    Turn,
    again,
    following,
)


def _set(name: str, value: str) -> str:
    return f'<think><set name="{name}">{value}</set></think>'


def _category(pattern: str, template: str) -> str:
    return f"<category><pattern>{pattern}</pattern><template>{template}</template></category>"


def _categories(words: Sequence[str], template: str) -> list[str]:
    """The first word carries the template, the others lead to it, as AIML is written."""
    first, *others = (word.upper() for word in words)
    return [
        _category(first, template),
        *(_category(other, f"<srai>{first}</srai>") for other in others),
    ]


def script() -> str:
    """The screening in AIML."""
    first = QUESTIONS[0]
    begin = _set("doctor", "no") + _set("topic", first.id.upper()) + first.text
    parts = [*_categories(START, begin), _category("*", escape(IDLE))]
    for position, question in enumerate(QUESTIONS):
        after = following(position)
        end = _set("topic", "NONE")
        go_on = f"{_set('topic', after.id.upper())}{escape(after.text)}" if after else ""
        if question.emergency:
            yes = end + OUTCOMES["emergency"]
        else:
            yes = _set("doctor", "yes") + go_on if after else end + OUTCOMES["doctor"]
        no = go_on or (
            f'{end}<condition name="doctor"><li value="yes">{OUTCOMES["doctor"]}</li>'
            f"<li>{OUTCOMES['self_care']}</li></condition>"
        )
        parts.append(f'<topic name="{question.id.upper()}">')
        parts += [*_categories(YES, yes), *_categories(NO, no)]
        parts += [_category("*", escape(again(question))), "</topic>"]
    return '<aiml version="1.0">' + "\n".join(parts) + "</aiml>"


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    kernel = aiml.Kernel()
    kernel.verbose(False)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "screening.aiml"
        file.write_text(script(), encoding="utf-8")
        kernel.learn(str(file))
    names = {user: str(user) for user, _ in turns}

    def play() -> list[str]:
        return [str(kernel.respond(text, names[user])) for user, text in turns]

    return play
