"""As Unknot is written: one pure step from a frozen state and an event to a state and replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

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
from bot.core.messages import Kind, Line, Reply, Text

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class State:
    """The open question by its place in the list, none when nothing is asked."""

    position: int | None = None
    doctor: bool = False


def _reply(key: str, text: str) -> tuple[Reply, ...]:
    return (Reply(key, (Line(Kind.TEXT, text),)),)


def step(state: State, event: Text) -> tuple[State, tuple[Reply, ...]]:
    """The next state, and what to say."""
    said = event.text
    if said in START:
        return State(0), _reply(QUESTIONS[0].id, QUESTIONS[0].text)
    if state.position is None:
        return state, _reply("idle", IDLE)
    question = QUESTIONS[state.position]
    if said in YES:
        if question.emergency:
            return State(), _reply("emergency", OUTCOMES["emergency"])
        return _next(replace(state, doctor=True), state.position)
    if said in NO:
        return _next(state, state.position)
    return state, _reply("again", again(question))


def _next(state: State, position: int) -> tuple[State, tuple[Reply, ...]]:
    after = following(position)
    if after is not None:
        return replace(state, position=position + 1), _reply(after.id, after.text)
    outcome = "doctor" if state.doctor else "self_care"
    return State(), _reply(outcome, OUTCOMES[outcome])


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    events = [(user, Text(AT, text)) for user, text in turns]
    states: dict[int, State] = {}

    def play() -> list[str]:
        said = []
        for user, event in events:
            states[user], replies = step(states.get(user, State()), event)
            said.append(replies[0].lines[0].text)
        return said

    return play
