"""RiveScript: a topic for each question, a user variable for what is kept in mind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rivescript import RiveScript

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

_ANY_OTHER = "+ *"


def _one_of(words: Sequence[str]) -> str:
    return f"+ ({'|'.join(words)})"


def script() -> str:
    """The screening in RiveScript."""
    first = QUESTIONS[0]
    start = [_one_of(START), f"- <set doctor=no>{{topic={first.id}}}{first.text}", ""]
    lines = ["! version = 2.0", "", *start, _ANY_OTHER, f"- {IDLE}", ""]
    for position, question in enumerate(QUESTIONS):
        after = following(position)
        lines += [f"> topic {question.id}", *start, _one_of(YES)]
        if question.emergency:
            lines.append(f"- {{topic=random}}{OUTCOMES['emergency']}")
        elif after:
            lines.append(f"- <set doctor=yes>{{topic={after.id}}}{after.text}")
        else:
            lines.append(f"- {{topic=random}}{OUTCOMES['doctor']}")
        lines += ["", _one_of(NO)]
        if after:
            lines.append(f"- {{topic={after.id}}}{after.text}")
        else:
            lines.append(f"* <get doctor> == yes => {{topic=random}}{OUTCOMES['doctor']}")
            lines.append(f"- {{topic=random}}{OUTCOMES['self_care']}")
        lines += ["", _ANY_OTHER, f"- {again(question)}", "< topic", ""]
    return "\n".join(lines)


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    engine = RiveScript()
    engine.stream(script())
    engine.sort_replies()
    names = {user: str(user) for user, _ in turns}

    def play() -> list[str]:
        return [str(engine.reply(names[user], text)) for user, text in turns]

    return play
