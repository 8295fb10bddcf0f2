"""Labelled messages and answers as JSON lines: read, measured, and shown as tables.

The two forms are those of `knowledge/README.md`, "Measuring": a message has `text`, `labels` and
`triage`; an answer has `question`, `about`, `answer` and `meaning`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from bot.core.dialogue import Dialogue
from bot.core.errors import UnknotError
from bot.core.evaluate import (
    LEVELS,
    AnswerFigures,
    Message,
    MessageFigures,
    Share,
    TypedAnswer,
    answers_figures,
    messages_figures,
    triage,
)
from bot.core.understand.meaning import Meaning

_T = TypeVar("_T")


def triaged(dialogue: Dialogue, lines: Iterator[str], at: datetime) -> Iterator[str]:
    """JSON lines with `id` and `text` in; `id`, `raised`, `asks` and `outcome` out."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(line, f"line {number}")
        text = _field(row, "text", str, f"line {number}")
        given = triage(dialogue.context.reader, dialogue.book, text, at)
        yield json.dumps(
            {
                "id": row.get("id"),
                "raised": list(given.raised),
                "asks": list(given.asks),
                "outcome": given.outcome,
                "outcome_said": given.outcome_said,
            },
            ensure_ascii=False,
        )


def evaluate(dialogue: Dialogue, file: Path, at: datetime, *, as_json: bool) -> str:
    """The figures of a labelled file, as a table or as JSON."""
    rows = _rows(file)
    if not rows:
        raise UnknotError(f"{file}: no rows; write one JSON object a line")
    if "question" in rows[0][1]:
        answers = [_answer(row, where) for where, row in rows]
        read = answers_figures(dialogue.context.answers, dialogue.book, answers, at)
        return _answers_json(read) if as_json else "\n".join(_answers_table(read))
    messages = [_message(row, where) for where, row in rows]
    figures = messages_figures(dialogue.context.reader, dialogue.book, messages, at)
    return _messages_json(figures) if as_json else "\n".join(_messages_table(figures))


def messages_in(file: Path) -> list[Message]:
    """The labelled messages of a file."""
    return [_message(row, where) for where, row in _rows(file)]


def answers_in(file: Path) -> list[TypedAnswer]:
    """The labelled answers of a file."""
    return [_answer(row, where) for where, row in _rows(file)]


# -- reading -------------------------------------------------------------------------------------


def _rows(file: Path) -> list[tuple[str, Mapping[str, Any]]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UnknotError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UnknotError(f"{file}: not UTF-8; save the file as UTF-8") from None
    places = ((f"{file}:{number}", line) for number, line in enumerate(lines, start=1))
    return [(where, _row(line, where)) for where, line in places if line.strip()]


def _row(line: str, where: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UnknotError(f"{where}: not JSON ({error.msg}); write one object a line") from None
    if not isinstance(row, dict):
        raise UnknotError(f"{where}: not a JSON object; write {{...}} on each line")
    return row


def _field(row: Mapping[str, Any], name: str, kind: type[_T], where: str) -> _T:
    value = row.get(name)
    if not isinstance(value, kind):
        raise UnknotError(f"{where}: {name}: missing, or not a {kind.__name__}; add this field")
    return value


def _message(row: Mapping[str, Any], where: str) -> Message:
    level = _field(row, "triage", str, where)
    if level not in LEVELS:
        raise UnknotError(f"{where}: triage: {level!r}; use one of {', '.join(LEVELS)}")
    labels = tuple(map(str, _field(row, "labels", list, where)))
    return Message(str(row.get("id", where)), _field(row, "text", str, where), labels, level)


def _answer(row: Mapping[str, Any], where: str) -> TypedAnswer:
    meaning = _field(row, "meaning", str, where)
    if meaning not in list(Meaning):
        raise UnknotError(f"{where}: meaning: {meaning!r}; use one of {', '.join(Meaning)}")
    return TypedAnswer(
        str(row.get("id", where)),
        _field(row, "question", str, where),
        tuple(map(str, _field(row, "about", list, where))),
        _field(row, "answer", str, where),
        Meaning(meaning),
    )


# -- showing -------------------------------------------------------------------------------------

TOTALS = (
    ("emergencies_reached", "emergency rows: right flag raised or asked"),
    ("any_right_reached", "flagged rows: right flag raised or asked"),
    ("any_right_raised", "flagged rows: right flag raised"),
    ("falsely_raised", "rows without a flag: raised"),
    ("asked_without_flag", "rows without a flag: asked"),
    ("within_one_level", "outcome within one level of the label"),
)


def _messages_table(figures: MessageFigures) -> Iterator[str]:
    yield f"{figures.total} messages"
    for name, what in TOTALS:
        share: Share = getattr(figures, name)
        yield f"  {what:<48} {share.percent:6.1f} %  ({share.hits} of {share.total})"
    yield ""
    yield f"{'flag':<36} {'rows':>5} {'raised':>8} {'or asked':>9} {'precision':>10}"
    for flag in figures.flags:
        yield (
            f"{flag.flag:<36} {flag.raised.total:>5} {flag.raised.percent:>7.1f}%"
            f" {flag.reached.percent:>8.1f}% {flag.precise.percent:>9.1f}%"
        )
    for what, lines in figures.misses.items():
        yield f"\n{what} ({len(lines)})"
        yield from (f"  {line}" for line in lines)


def _answers_table(figures: AnswerFigures) -> Iterator[str]:
    share = figures.right
    yield f"{figures.total} answers: {share.percent:.1f} % read rightly"
    yield f"emergency signs wrongly taken as denied: {len(figures.emergencies_denied)}"
    yield "\n" + f"{'labelled':<10}" + "".join(f"{'read ' + read:>13}" for read in Meaning)
    for meant in Meaning:
        counts = (figures.confusion.get((meant, read), 0) for read in Meaning)
        yield f"{meant:<10}" + "".join(f"{count:>13}" for count in counts)
    if figures.misses:
        yield f"\nread wrongly ({len(figures.misses)})"
        yield from (f"  {line}" for line in figures.misses)


def _share(share: Share) -> dict[str, Any]:
    return {**asdict(share), "percent": round(share.percent, 2)}


def _messages_json(figures: MessageFigures) -> str:
    return json.dumps(
        {
            "messages": figures.total,
            **{name: _share(getattr(figures, name)) for name, _ in TOTALS},
            "flags": {
                flag.flag: {
                    "raised": _share(flag.raised),
                    "raised_or_asked": _share(flag.reached),
                    "precision": _share(flag.precise),
                    "misses": list(flag.misses),
                }
                for flag in figures.flags
            },
            "misses": {what: list(lines) for what, lines in figures.misses.items()},
        },
        ensure_ascii=False,
        indent=1,
    )


def _answers_json(figures: AnswerFigures) -> str:
    confusion: Sequence[tuple[str, dict[str, int]]] = [
        (meant, {read: figures.confusion.get((meant, read), 0) for read in Meaning})
        for meant in Meaning
    ]
    return json.dumps(
        {
            "answers": figures.total,
            "right": _share(figures.right),
            "emergencies_denied": list(figures.emergencies_denied),
            "confusion": dict(confusion),
            "misses": list(figures.misses),
        },
        ensure_ascii=False,
        indent=1,
    )
