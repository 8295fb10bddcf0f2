"""Explores the dialogue up to a number of deviations, and checks the promises at each step.

The straight path denies every sign and takes the first answer to every question. A deviation is
any other button: a sign, "not sure", back, another answer. All conversations with at most so many
deviations are walked; states that are equal are walked once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Outcome
from bot.core.messages import Command, Press, Reply, Text
from bot.core.state import Advising, Asking, Stretching, UserState
from bot.core.triage import assess, may_stretch
from bot.core.wording.pieces import NONE

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN_BYTES = 64
MOST_PROBLEMS = 20

PROVED = (
    "every tap, text and command got an answer",
    "no stretch came before every emergency sign and all four core flags were denied",
    "no stretch came while a flag was open",
    "one more flag never lowered the outcome",
    "an emergency card offered nothing to click away to",
    "an old button changed nothing",
    "every button fits into 64 bytes and no message has the same button twice",
)


@dataclass(slots=True)
class Report:
    """How much was walked, and what went against a promise."""

    states: int = 0
    steps: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Node:
    """A state, the replies that led to it, the labels pressed, and the deviations used up."""

    state: UserState
    replies: tuple[Reply, ...]
    path: tuple[str, ...]
    deviations: int


def explore(dialogue: Dialogue, deviations: int) -> Report:
    """Walk every conversation with at most so many deviations."""
    report = Report()
    state, replies = dialogue.step(UserState(), Command(AT, "start"))
    waiting = deque([_Node(state, replies, (), 0)])
    best: dict[str, int] = {}
    while waiting and len(report.problems) < MOST_PROBLEMS:
        node = waiting.popleft()
        # The diary and the session only grow; without them going round comes to an end.
        labels = [label for _, label in _labels(node.replies)]
        key = repr((replace(node.state, diary=(), session=""), labels))
        if best.get(key, deviations + 1) <= node.deviations:
            continue
        best[key] = node.deviations
        report.states = len(best)
        _check_words(dialogue, node, report)
        for place, (token, label) in enumerate(_labels(node.replies)):
            used = node.deviations + (not _is_straight(node, token, place))
            if used > deviations:
                continue
            state, replies = dialogue.step(node.state, Press(AT, token))
            report.steps += 1
            reached = _Node(state, replies, (*node.path, label), used)
            report.problems += _broken(dialogue, node, reached)
            waiting.append(reached)
    return report


def _labels(replies: tuple[Reply, ...]) -> list[tuple[str, str]]:
    return [(b.token, b.label) for reply in replies for row in reply.buttons for b in row]


def _is_straight(node: _Node, token: str, place: int) -> bool:
    """Whether a button is the one of the straight path: none of these, or the first."""
    if isinstance(node.state.stage, Asking) and node.state.stage.item is None:
        nones = [t for t, _ in _labels(node.replies) if t.endswith(f".{NONE}")]
        if nones:
            return token == nones[0]
    if isinstance(node.state.stage, Asking) and node.state.stage.item is not None:
        return token.endswith(".no")
    return place == 0


def _broken(dialogue: Dialogue, before: _Node, after: _Node) -> Iterator[str]:
    book, where = dialogue.book, " > ".join(after.path)
    if not after.replies:
        yield f"{where}: no answer"
    shown = any(reply.stretches for reply in after.replies)
    if shown and not may_stretch(book, after.state.facts):
        yield f"{where}: a stretch before every sign was denied, or with a flag open"
    if isinstance(after.state.stage, Stretching) and assess(book, after.state.facts).because:
        yield f"{where}: a routine goes on with a flag open"
    yield from _lowered(dialogue, before, after, where)
    for reply in after.replies:
        tokens = [button.token for row in reply.buttons for button in row]
        if len(set(tokens)) < len(tokens) or any(len(t.encode()) > TOKEN_BYTES for t in tokens):
            yield f"{where}: a button twice, or too long"
        if reply.outcome and reply.outcome.is_emergency and reply.buttons and reply.safety:
            yield f"{where}: an emergency card with buttons"
    if isinstance(after.state.stage, Advising) and after.state.stage.outcome.is_emergency:
        for token, label in _labels(before.replies):
            state, _ = dialogue.step(after.state, Press(AT, token))
            if state.facts != after.state.facts:
                yield f"{where}: the old button {label!r} changed something"


def _lowered(dialogue: Dialogue, before: _Node, after: _Node, where: str) -> Iterator[str]:
    book = dialogue.book
    flags = set(book.flags)
    had = book.present(before.state.facts)
    has = book.present(after.state.facts)
    same_otherwise = had - flags == has - flags
    if not (had & flags <= has & flags and same_otherwise):
        return
    if before.state.facts.cleared != after.state.facts.cleared:
        return
    if _urgency(dialogue, after) < _urgency(dialogue, before):
        yield f"{where}: one more flag lowered the outcome"


def _urgency(dialogue: Dialogue, node: _Node) -> int:
    outcome: Outcome = assess(dialogue.book, node.state.facts).outcome
    return outcome.urgency


def _check_words(dialogue: Dialogue, node: _Node, report: Report) -> None:
    """Whatever is typed, and each way out, gets an answer in every state."""
    where = " > ".join(node.path)
    for event in (Text(AT, "xyzzy"), Command(AT, "start"), Command(AT, "stretch")):
        state, replies = dialogue.step(node.state, event)
        report.steps += 1
        if not replies:
            report.problems.append(f"{where}: no answer to {event}")
        shown = any(reply.stretches for reply in replies)
        if shown and not may_stretch(dialogue.book, state.facts):
            report.problems.append(f"{where}: a stretch shown on {event}")
