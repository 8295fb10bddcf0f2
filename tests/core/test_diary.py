"""What the diary says: streak, changes that matter, pain that moves outward, doses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import diary
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge, Rules, Stretch
from bot.core.state import Break, Reach, Session, UserState
from bot.core.stretches import plan
from bot.core.triage import Rulebook
from tests.core.person import BOOK, MONDAY, Person, facts_with

KNEE = BOOK.stretches["single_knee_chest"]
MOVING = next(s for s in BOOK.stretches.values() if s.dose.start.hold == 0)


@pytest.fixture(scope="module")
def rules(knowledge: Knowledge) -> Rules:
    return knowledge.rules


def session(day: int, stretch: Stretch = KNEE, **more: Any) -> Session:
    """A routine on the so-manieth day, with less pain after it than before."""
    done = Session(MONDAY + timedelta(days=day), (stretch.id,), pain_before=4, pain_after=3)
    return replace(done, **more)


def on(days: list[int], breaks: tuple[Break, ...] = ()) -> UserState:
    return UserState(diary=tuple(session(day) for day in days), breaks=breaks)


def day(number: int) -> date:
    return (MONDAY + timedelta(days=number)).date()


# -- streak --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "today", "length"),
    [
        ([], 0, 0),
        ([0], 0, 1),
        ([0, 1, 2], 2, 3),
        ([0, 1, 2], 3, 3),  # today is not over yet
        ([0, 1, 3], 3, 3),  # one day is forgiven
        ([0, 1, 4], 4, 1),  # two are not
        ([0, 1, 2], 5, 0),
        ([0, 0, 0], 0, 1),
    ],
)
def test_days_in_a_row_with_a_day_of_grace(days: list[int], today: int, length: int) -> None:
    assert diary.streak(on(days), day(today)) == length


def test_a_break_neither_ends_nor_lengthens_the_streak() -> None:
    pause = Break(day(3), day(10))
    assert diary.streak(on([0, 1, 2, 10], (pause,)), day(10)) == 4
    assert diary.streak(on([0, 1, 2, 10]), day(10)) == 1
    lasting = Break(day(3))
    assert diary.streak(on([0, 1, 2], (lasting,)), day(40)) == 3


def test_breaks_begin_with_advice_and_end_when_stretches_are_free_again() -> None:
    begun = diary.with_break((), day(0), held=True)
    assert begun == (Break(day(0)),)
    assert diary.with_break(begun, day(1), held=True) == begun
    assert diary.with_break(begun, day(3), held=False) == (Break(day(0), day(3)),)
    assert diary.with_break(begun, day(0), held=False) == ()


def test_a_pause_is_a_break_and_ends_early_on_request() -> None:
    paused = diary.with_pause((), day(0), day(7))
    assert paused == (Break(day(0), day(7)),)
    assert diary.with_pause(paused, day(2), None) == (Break(day(0), day(2)),)
    assert diary.with_pause(paused, day(0), None) == ()


# -- pain ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "now", "says"),
    [
        (5, 3, "better"),
        (3, 2, "better"),  # a third
        (5, 4, "same"),
        (5, 5, "same"),
        (4, 6, "worse"),
        (0, 1, "same"),
        (0, 2, "worse"),
    ],
)
def test_two_points_or_thirty_percent_matter(
    start: int, now: int, says: str, rules: Rules
) -> None:
    assert diary.change(start, now, rules) == says


@pytest.mark.parametrize(
    ("pains", "worse"),
    [
        ([4, 5, 6], True),
        ([4, 4, 6], True),
        ([4, 6, 5], False),
        ([4, 5], False),
        ([4, 5, 5], False),
    ],
)
def test_pain_that_only_rises_gets_worse(pains: list[int], worse: bool, rules: Rules) -> None:
    told = [session(n, pain_before=pain) for n, pain in enumerate(pains)]
    assert diary.is_getting_worse(told, rules) is worse


def test_pain_is_counted_from_the_first_routine_of_the_bout(rules: Rules) -> None:
    assert diary.pain_since([session(0), session(5), session(11)], rules) == MONDAY
    after_a_gap = [session(0), session(9)]
    assert diary.pain_since(after_a_gap, rules) == MONDAY + timedelta(days=9)
    free = [session(0), session(1, pain_before=0, pain_after=0)]
    assert diary.pain_since(free, rules) is None


# -- reach ---------------------------------------------------------------------------------------


def moved(*reaches: Reach) -> int | None:
    """The place of the routine after which the pain reached further, if it still does."""
    told = [session(n, reach=reach) for n, reach in enumerate(reaches)]
    found = diary.moved_out(told)
    return told.index(found) if found else None


def test_pain_that_moves_outward_stays_so_until_it_is_back() -> None:
    assert moved("spine", "spine") is None
    assert moved("foot", "thigh") is None
    assert moved("spine", "thigh") == 1
    assert moved("spine", "thigh", "buttock") == 1
    assert moved("spine", "thigh", "spine") is None
    assert moved("spine", "thigh", "foot", "thigh") == 2
    assert moved("buttock", "thigh", "foot", "buttock") is None


def test_that_way_of_moving_stops_and_the_other_is_offered() -> None:
    facts = facts_with(BOOK, "eases_moving")
    bending = [s for s in BOOK.stretches.values() if s.direction == "bending"]
    told = (session(0, KNEE, reach="spine"), session(1, KNEE, reach="thigh"))
    chosen = plan(BOOK, facts, told, MONDAY + timedelta(days=2), 10)
    left_out = {name: key for name, key, _ in chosen.left_out}
    assert left_out[KNEE.id] == "moved_out"
    assert {s.id for s in bending if s.family == KNEE.family} <= left_out.keys()
    reasons = {key for item in chosen.items for key, _ in item.reasons}
    assert "turned" in reasons


# -- dose ----------------------------------------------------------------------------------------


def level(rules: Rules, *told: Session, days: int = 20) -> diary.Level:
    return diary.level_of(KNEE, told, MONDAY + timedelta(days=days), rules)


def test_three_good_routines_are_a_step_up(rules: Rules) -> None:
    good = [session(n) for n in range(6)]
    assert level(rules, *good[:2], days=2) == diary.Level(0)
    assert level(rules, *good[:3], days=3) == diary.Level(1, "up")
    assert level(rules, *good[:4], days=4) == diary.Level(1)
    assert level(rules, *good, days=6) == diary.Level(2, "up")


def test_pain_above_five_is_no_good_routine(rules: Rules) -> None:
    sore = [session(n, pain_after=6) for n in range(9)]
    assert level(rules, *sore, days=9).steps == 0


def test_too_easy_is_a_step_at_once_and_too_hard_one_back(rules: Rules) -> None:
    easy = session(0, easy=(KNEE.id,))
    hard = session(1, hard=(KNEE.id,))
    assert level(rules, easy, days=1) == diary.Level(1, "up")
    assert level(rules, easy, hard, days=2) == diary.Level(0, "down")
    assert level(rules, easy, session(1, next_day="worse"), days=2) == diary.Level(0, "down")
    assert level(rules, hard, days=2) == diary.Level(0, "rest")


def test_after_two_weeks_without_it_a_stretch_starts_low_again(rules: Rules) -> None:
    easy = session(0, easy=(KNEE.id,))
    assert level(rules, easy, days=30) == diary.Level(0, "anew")
    assert level(rules, session(0), days=30) == diary.Level(0)


def test_moving_exercises_stay_low_in_the_first_week(rules: Rules) -> None:
    easy = tuple(session(n, MOVING, easy=(MOVING.id,)) for n in range(4))
    soon, _ = diary.dose_now(MOVING, easy, MONDAY + timedelta(days=4), rules)
    later, _ = diary.dose_now(MOVING, easy, MONDAY + timedelta(days=8), rules)
    assert soon.repetitions <= rules.first_week_repetitions < later.repetitions


sessions = st.lists(
    st.builds(
        session,
        st.integers(0, 60),
        pain_after=st.one_of(st.none(), st.integers(0, 10)),
        next_day=st.sampled_from([None, "better", "same", "worse"]),
        hard=st.sampled_from([(), (KNEE.id,)]),
        easy=st.sampled_from([(), (KNEE.id,)]),
        hurt=st.sampled_from([(), (KNEE.id,)]),
        reach=st.sampled_from([None, *diary.REACHES]),
    ),
    max_size=30,
).map(lambda told: sorted(told, key=lambda s: s.at))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(sessions, st.integers(60, 90))
def test_no_dose_is_ever_below_the_start_or_above_the_cap(told: list[Session], days: int) -> None:
    at: datetime = MONDAY + timedelta(days=days)
    for stretch in BOOK.stretches.values():
        dose, _ = diary.dose_now(stretch, told, at, BOOK.knowledge.rules)
        start, cap = stretch.dose.start, stretch.dose.cap
        assert start.hold <= dose.hold <= cap.hold
        assert min(start.repetitions, cap.repetitions) <= dose.repetitions <= cap.repetitions


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(sessions)
def test_what_was_too_much_never_raises_the_dose(told: list[Session]) -> None:
    rules = BOOK.knowledge.rules
    last = told[-1].at if told else MONDAY
    at = last + timedelta(days=1)
    before = diary.level_of(KNEE, told, at, rules)
    hard = Session(at, (KNEE.id,), hard=(KNEE.id,), pain_after=2)
    after = diary.level_of(KNEE, [*told, hard], at + timedelta(days=1), rules)
    assert after.steps <= max(before.steps - 1, 0)


def test_every_dose_on_the_way_is_one_step_from_the_one_before() -> None:
    rulebook: Rulebook = BOOK
    for stretch in rulebook.stretches.values():
        doses = diary.doses_of(stretch, rulebook.knowledge.rules)
        assert doses[0] == stretch.dose.start
        for one, other in pairwise(doses):
            assert (one.hold == other.hold) != (one.repetitions == other.repetitions)


def test_a_stretch_that_is_no_longer_known_spoils_no_copy_and_no_plan(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    gone = Session(MONDAY, ("gone",), hard=("gone",), next_day="worse", reach="foot")
    person.state = replace(person.state, diary=(*person.state.diary, gone))
    copy = dialogue.context.wording.exported(person.state, person.at)
    assert "Too hard: gone" in copy
    assert "Reached: Down to the foot" in copy
    person.command("stretch")
    person.press("m5")
    assert person.shown_stretches
