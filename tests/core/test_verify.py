"""The walk through the dialogue finds each promise broken that it looks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core import verify
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge, Outcome
from bot.core.messages import Button, Event, Kind, Line, Press, Reply, Text
from bot.core.stages.flow import Turn
from bot.core.state import Advising, Facts, Plan, Stretching, UserState
from bot.core.triage import Rulebook, Verdict, assess
from bot.core.verify import explore
from tests.core.person import MONDAY, YES

Spoil = Callable[[UserState, Event, Turn], Turn]
FLAGGED = Facts({"saddle_numbness": YES})


class Spoiled(Dialogue):
    """A dialogue that makes one mistake."""

    spoil: Spoil

    def step(self, state: UserState, event: Event) -> Turn:
        return self.spoil(state, event, super().step(state, event))


@pytest.fixture(scope="module")
def spoiled(knowledge: Knowledge) -> Spoiled:
    return Spoiled(knowledge)


def silent(_: UserState, event: Event, turn: Turn) -> Turn:
    return (turn[0], ()) if isinstance(event, Press) else turn


def silent_to_words(_: UserState, event: Event, turn: Turn) -> Turn:
    return (turn[0], ()) if isinstance(event, Text) else turn


def hasty(_: UserState, event: Event, turn: Turn) -> Turn:
    shown = Reply("x", (Line(Kind.TEXT, "x"),), stretches=("child_pose",))
    return (turn[0], (shown,)) if isinstance(event, Press) else turn


def hasty_on_words(_: UserState, event: Event, turn: Turn) -> Turn:
    shown = Reply("x", (Line(Kind.TEXT, "x"),), stretches=("child_pose",))
    return (turn[0], (shown,)) if isinstance(event, Text) else turn


def stubborn(_: UserState, event: Event, turn: Turn) -> Turn:
    if not isinstance(event, Press):
        return turn
    stage = Stretching(Plan(MONDAY, 5, ()))
    return replace(turn[0], stage=stage, facts=FLAGGED), turn[1]


def twice(_: UserState, event: Event, turn: Turn) -> Turn:
    button = Button("a.b.c", "Yes")
    row = ((button, button),)
    return (turn[0], (replace(turn[1][0], buttons=row),)) if isinstance(event, Press) else turn


def endless(_: UserState, event: Event, turn: Turn) -> Turn:
    row = ((Button("a.b." + "c" * 61, "Yes"),),)
    return (turn[0], (replace(turn[1][0], buttons=row),)) if isinstance(event, Press) else turn


def clickable(_: UserState, event: Event, turn: Turn) -> Turn:
    if not isinstance(event, Press):
        return turn
    card = replace(turn[1][0], outcome=Outcome.EMERGENCY_GO, safety=True)
    return turn[0], (replace(card, buttons=((Button("a.b.c", "Leave"),),)),)


def forgetful(state: UserState, event: Event, turn: Turn) -> Turn:
    """An old button takes the flag back."""
    if isinstance(state.stage, Advising) and isinstance(event, Press):
        return replace(turn[0], facts=Facts()), turn[1]
    if isinstance(event, Press):
        stage = Advising(Outcome.EMERGENCY_GO)
        return replace(turn[0], facts=FLAGGED, stage=stage), turn[1]
    return turn


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (silent, "no answer"),
        (silent_to_words, "no answer to Text"),
        (hasty, "a stretch before every sign was denied, or with a flag open"),
        (hasty_on_words, "a stretch shown on Text"),
        (stubborn, "a routine goes on with a flag open"),
        (twice, "a button twice, or too long"),
        (endless, "a button twice, or too long"),
        (clickable, "an emergency card with buttons"),
        (forgetful, "changed something"),
    ],
)
def test_each_broken_promise_is_found(spoiled: Spoiled, spoil: Spoil, says: str) -> None:
    spoiled.spoil = spoil
    report = explore(spoiled, deviations=0)
    assert any(says in problem for problem in report.problems), report.problems


def test_a_flag_that_lowers_the_outcome_is_found(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upside_down(book: Rulebook, facts: Facts) -> Verdict:
        real = assess(book, facts)
        flags = set(book.flags) & book.present(facts)
        return Verdict(Outcome.SELF_CARE if flags else Outcome.EMERGENCY_CALL, real.because)

    monkeypatch.setattr(verify, "assess", upside_down)
    report = explore(dialogue, deviations=1)
    assert any("lowered the outcome" in problem for problem in report.problems)


def test_a_sound_dialogue_has_no_problem(dialogue: Dialogue) -> None:
    report = explore(dialogue, deviations=0)
    assert report.problems == []
    assert report.steps > report.states > 10
