"""Counting a stretch through: its phases, what is shown, and when it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.countdown import BAR, EMPTY, FULL, Countdown, Phase, phases_of
from bot.core.dialogue import Dialogue
from bot.core.messages import Counted, Tick
from bot.core.state import AskingHurt, Stretching
from tests.core.person import BOOK, Person

WORDS = {
    **{"ready": "Ready", "hold": "Hold {at}/{of}", "hold_side": "Hold {side} {at}/{of}"},
    **{"move": "Move {at}/{of}", "move_side": "Move {side} {at}/{of}"},
    **{"let_go": "Go", "change": "To the {side}"},
}


def running(dialogue: Dialogue) -> Person:
    person = Person(dialogue).stretching()
    person.press("count")
    return person


def stage_of(person: Person) -> Stretching:
    assert isinstance(person.state.stage, Stretching)
    return person.state.stage


def test_a_hold_on_both_sides_is_ready_hold_let_go_and_change() -> None:
    phases = phases_of(10, 2, ("left", "right"), WORDS)
    assert [phase.text for phase in phases] == [
        *("Ready", "Hold left 1/2", "Go", "Hold left 2/2", "To the right"),
        *("Hold right 1/2", "Go", "Hold right 2/2"),
    ]
    assert [phase.seconds for phase in phases] == [5, 10, 3, 10, 5, 10, 3, 10]


def test_a_movement_is_counted_without_a_hold_and_without_sides() -> None:
    assert [p.text for p in phases_of(0, 2, (), WORDS)] == ["Ready", "Move 1/2", "Go", "Move 2/2"]


def test_the_bar_fills_and_the_seconds_run_down() -> None:
    countdown = Countdown("t", "Name", "Breathe", (Phase(5, "Ready"), Phase(15, "Hold")))
    assert countdown.seconds == 20
    assert countdown.lines_at(0) == ("Name", "Ready", f"{EMPTY * BAR} 5", "Breathe")
    assert countdown.lines_at(5)[1:3] == ("Hold", f"{FULL * 2}{EMPTY * 8} 15")
    assert countdown.lines_at(19)[2] == f"{FULL * 9}{EMPTY} 1"
    assert countdown.lines_at(99)[1:3] == ("Hold", f"{FULL * BAR} 0")


def test_each_phase_and_every_few_seconds_of_it_are_shown() -> None:
    countdown = Countdown("t", "Name", "", (Phase(5, "a"), Phase(12, "b"), Phase(3, "c")))
    assert list(countdown.moments(5)) == [0, 5, 10, 15, 17]


@pytest.mark.parametrize("stretch", BOOK.stretches.values(), ids=lambda stretch: stretch.id)
def test_no_count_is_much_longer_than_the_plan_says(stretch: object) -> None:
    one = BOOK.stretches[getattr(stretch, "id")]  # noqa: B009
    for dose in (one.dose.start, one.dose.cap):
        sides = ("left", "right") if one.sides == "both" else ()
        seconds = sum(p.seconds for p in phases_of(dose.hold, dose.repetitions, sides, WORDS))
        assert seconds <= one.seconds(dose) + 5


def test_the_end_of_the_count_brings_the_next_stretch(dialogue: Dialogue) -> None:
    person = running(dialogue)
    countdown = person.replies[-1].countdown
    assert countdown is not None
    person.at += timedelta(seconds=countdown.seconds)
    person.event(Counted(person.at, countdown.token))
    assert (stage_of(person).index, stage_of(person).since) == (1, None)
    assert len(stage_of(person).done) == 1
    assert person.replies[-1].picture is not None


def test_an_end_that_comes_late_changes_nothing(dialogue: Dialogue) -> None:
    person = running(dialogue)
    countdown = person.replies[-1].countdown
    assert countdown is not None
    person.press("skip")
    before = person.state
    assert person.event(Counted(person.at, countdown.token)) == ()
    assert person.state == before


def test_without_a_screen_that_counts_the_clock_ends_it(dialogue: Dialogue) -> None:
    person = running(dialogue)
    person.at += timedelta(seconds=30)
    (shown,) = person.event(Tick(person.at))
    assert shown.countdown is not None
    assert shown.countdown.resumed
    assert shown.countdown.spent == 30
    person.wait(timedelta(minutes=5))
    assert stage_of(person).index == 1


def test_a_pause_keeps_the_place_and_no_clock_goes_on(dialogue: Dialogue) -> None:
    person = running(dialogue)
    person.at += timedelta(seconds=15)
    person.press("hold_on")
    assert (stage_of(person).since, stage_of(person).spent) == (None, 20)
    assert person.wait(timedelta(minutes=30)) == ()
    person.press("go_on")
    reply = person.replies[-1]
    assert reply.countdown is not None
    assert reply.countdown.spent == 20


def test_what_ends_a_count_says_so_to_the_screen(dialogue: Dialogue) -> None:
    for option in ("hold_on", "skip", "hurts", "easier"):
        person = running(dialogue)
        person.press(option)
        assert person.replies[0].halts, option
    person = running(dialogue)
    person.say("i wet myself")
    assert person.replies[0].halts
    assert not Person(dialogue).stretching().replies[0].halts


def test_a_routine_counted_to_its_end_asks_how_it_was(dialogue: Dialogue) -> None:
    for minutes in ("m2", "m5", "m10"):
        person = Person(dialogue).stretching(minutes)
        planned = [item.stretch for item in stage_of(person).plan.items]
        while isinstance(person.state.stage, Stretching):
            person.press("count")
            person.wait(timedelta(minutes=10))
        assert list(person.state.diary[-1].done) == planned


def test_it_hurts_in_the_middle_of_a_count_stops_at_once(dialogue: Dialogue) -> None:
    person = running(dialogue)
    person.press("hurts")
    assert isinstance(person.state.stage, AskingHurt)
    person.press("hurt_leg", "hurt_tingle")
    assert person.state.diary[-1].hurt_where == "hurt_leg"
    assert person.replies[-1].question == "ask-numbness_leg"


def test_easier_is_another_stretch_or_less_of_the_same(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching("m2")
    first = stage_of(person).plan.items[0]
    person.press("easier")
    second = stage_of(person).plan.items[0]
    assert second != first
    kept_out = {name for name, key, _ in stage_of(person).plan.left_out if key != "no_time"}
    assert second.stretch not in kept_out
    for _ in range(6):
        person.press("easier")
    assert stage_of(person).plan.items[0].repetitions >= 1


def test_words_about_the_pain_bring_all_signs_back_too(dialogue: Dialogue) -> None:
    person = running(dialogue)
    person.press("hurts", "hurt_leg")
    person.say("tingling")
    assert person.replies[-1].question == "ask-numbness_leg"
    person.say("no")
    assert person.replies[-1].question == "legs_and_toilet"
