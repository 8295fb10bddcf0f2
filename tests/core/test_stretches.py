"""Facts and history to today's routine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import combinations, product

import pytest

from bot.core.knowledge import Skip, Stretch
from bot.core.state import Facts, Plan, Session
from bot.core.stretches import phase, plan
from tests.core.person import BOOK, MONDAY, facts_with

STRETCHES = BOOK.knowledge.stretches
MINUTES = BOOK.knowledge.rules.routine_minutes
PLACE_LIMITS = ("bed_only", "no_floor", "no_sitting", "no_front")
JOINTS = ("knee_problem", "wrist_problem", "hip_problem", "neck_problem", "balance_problem")
PHASES = {"acute": "recent_onset", "settling": "pain_moderate", "prevention": "preventing"}
ALL_DONE = tuple(stretch.id for stretch in STRETCHES)
HISTORY = (Session(MONDAY - timedelta(days=30), ALL_DONE),)


def planned(
    *names: str, minutes: int = 60, diary: Iterable[Session] = HISTORY
) -> tuple[Plan, set[str]]:
    made = plan(BOOK, facts_with(BOOK, *names), diary, MONDAY, minutes)
    return made, {item.stretch for item in made.items}


def subsets(names: Iterable[str]) -> list[tuple[str, ...]]:
    names = tuple(names)
    return [part for size in range(len(names) + 1) for part in combinations(names, size)]


# -- all stretches accounted for -----------------------------------------------------------------


def check(made: Plan, limits: set[str], minutes: int) -> None:
    chosen = [item.stretch for item in made.items]
    left = [name for name, _, _ in made.left_out]
    assert sorted(chosen + left) == sorted(ALL_DONE), limits
    for name, key, value in made.left_out:
        text = BOOK.knowledge.texts[f"reason_{key}"]
        assert value or "{value}" not in text, (name, key)
    used = 0
    for item in made.items:
        stretch = BOOK.stretches[item.stretch]
        start = stretch.dose.start
        assert (item.hold, item.repetitions) == (start.hold, start.repetitions)
        assert item.seconds == stretch.seconds(start)
        assert item.reasons
        used += item.seconds
        if "bed_only" in limits:
            assert "bed" in stretch.places
        if "no_floor" in limits:
            assert stretch.places != ("floor",)
        if "no_sitting" in limits:
            assert stretch.position != "sitting"
        if "no_front" in limits:
            assert stretch.position != "lying_on_front"
    assert used <= minutes * 60 or len(made.items) == 1


@pytest.mark.parametrize("now", PHASES)
@pytest.mark.parametrize("minutes", MINUTES)
def test_every_stretch_is_chosen_or_left_out_with_a_reason(now: str, minutes: int) -> None:
    joints = [(), *((joint,) for joint in JOINTS), JOINTS]
    for places, joint in product(subsets(PLACE_LIMITS), joints):
        limits = {*places, *joint}
        facts = facts_with(BOOK, PHASES[now], *limits)
        assert phase(BOOK, facts) == now
        check(plan(BOOK, facts, HISTORY, MONDAY, minutes), limits, minutes)


@pytest.mark.slow
@pytest.mark.parametrize("now", PHASES)
def test_every_combination_of_all_nine_limits_gives_a_plan_with_reasons(now: str) -> None:
    for limits, minutes in product(subsets((*PLACE_LIMITS, *JOINTS)), MINUTES):
        facts = facts_with(BOOK, PHASES[now], *limits)
        check(plan(BOOK, facts, HISTORY, MONDAY, minutes), set(limits), minutes)


def test_there_are_16_stretches() -> None:
    assert len(STRETCHES) == 16


def test_someone_in_bed_always_has_something_to_do() -> None:
    for now, joints in product(PHASES.values(), subsets(JOINTS)):
        _, chosen = planned(now, "bed_only", *joints)
        assert chosen
        assert all("bed" in BOOK.stretches[name].places for name in chosen)


# -- precautions ---------------------------------------------------------------------------------

FAMILIES = {
    "supine flexion": ("single_knee_chest", "double_knee_chest", "lying_hug_side_bend"),
    "child's pose": ("child_pose",),
    "all fours": ("cat_camel",),
    "extension": ("sphinx", "prone_press_up"),
    "twist": (
        "trunk_rotation",
        "knee_rolls_bed",
        "seated_twist",
        "crossed_leg_twist",
        "standing_twist",
    ),
    "hamstring": ("hamstring_seated",),
    "figure-four": ("figure_four",),
    "bridge": ("bridge",),
    "flat on the back": (
        *("single_knee_chest", "double_knee_chest", "lying_hug_side_bend", "trunk_rotation"),
        *("knee_rolls_bed", "pelvic_tilt", "bridge", "figure_four"),
    ),
    "standing twist": ("standing_twist",),
}

# clinical.md section 2: the family, and what makes its members be left out or changed.
PRECAUTIONS = {
    "supine flexion": (
        *("osteoporosis_or_steroids", "long_steroids", "leg_pain", "spine_surgery"),
        *("recent_spinal_surgery", "pregnant_over_16_weeks"),
    ),
    "child's pose": ("knee_problem", "pregnancy", "osteoporosis_or_steroids"),
    "all fours": ("wrist_problem", "knee_problem", "pregnancy"),
    "extension": ("leg_pain", "stenosis_or_slip", "pregnancy", "no_front", "under_18"),
    "twist": ("osteoporosis_or_steroids", "recent_spinal_surgery", "pain_severe", "pregnancy"),
    "hamstring": ("leg_pain", "numbness_leg", "osteoporosis_or_steroids"),
    "figure-four": ("knee_problem", "hip_problem"),
    "bridge": ("pain_severe", "neck_problem", "pregnant_over_16_weeks"),
    "flat on the back": ("pregnant_over_16_weeks",),
    "standing twist": ("balance_problem",),
}
ROWS = [(family, name) for family, names in PRECAUTIONS.items() for name in names]


@pytest.mark.parametrize(("family", "finding"), ROWS, ids=[f"{f}: {n}" for f, n in ROWS])
def test_each_precaution_leaves_out_or_changes_each_member_of_its_family(
    family: str, finding: str
) -> None:
    made, chosen = planned(finding)
    items = {item.stretch: item for item in made.items}
    for name in FAMILIES[family]:
        if name not in chosen:
            reason = next(entry for entry in made.left_out if entry[0] == name)
            assert reason[1] != "no_time"
            continue
        without, _ = planned()
        plain = {item.stretch: item for item in without.items}
        assert len(items[name].tips) > len(plain[name].tips), (name, finding)


@pytest.mark.parametrize("stretch", STRETCHES, ids=lambda entry: entry.id)
def test_each_written_precaution_of_a_stretch_is_applied(stretch: Stretch) -> None:
    for skip in stretch.skip:
        names = [*skip.when.all, *skip.when.any[:1]]
        made, chosen = planned(*names)
        if skip.do == "skip":
            assert stretch.id not in chosen, names
        elif stretch.id in chosen:
            item = next(item for item in made.items if item.stretch == stretch.id)
            assert skip.tip in item.tips


def every_skip() -> list[tuple[Stretch, Skip]]:
    return [(stretch, skip) for stretch in STRETCHES for skip in stretch.skip]


def test_what_is_offered_instead_is_not_itself_barred_for_the_same_reason() -> None:
    for stretch, skip in every_skip():
        names = [*skip.when.all, *skip.when.any[:1]]
        _, chosen = planned(*names)
        if skip.instead:
            assert chosen & set(skip.instead), (stretch.id, names)


def test_pain_that_bending_eases_leaves_out_arching_and_the_other_way_round() -> None:
    _, bending = planned("eases_bending", "pain_moderate")
    assert not any(BOOK.stretches[name].direction == "arching" for name in bending)
    _, arching = planned("eases_arching", "pain_moderate")
    assert not any(BOOK.stretches[name].direction == "bending" for name in arching)


# -- dose, history, time -------------------------------------------------------------------------


@pytest.mark.parametrize("stretch", STRETCHES, ids=lambda entry: entry.id)
def test_a_dose_starts_at_or_below_every_seed_and_below_its_cap(stretch: Stretch) -> None:
    start, cap = stretch.dose.start, stretch.dose.cap
    assert start.hold <= cap.hold
    assert start.repetitions <= cap.repetitions
    assert start.repetitions <= 5, "NHS inform: 5 at most in the first week"
    assert start.sessions == 1


def test_no_plan_ever_goes_above_the_start_dose() -> None:
    for now, pain in product(PHASES.values(), ("pain_mild", "pain_severe", "eases_moving")):
        made, _ = planned(now, pain, diary=HISTORY * 20)
        for item in made.items:
            start = BOOK.stretches[item.stretch].dose.start
            assert item.hold <= start.hold
            assert item.repetitions <= start.repetitions


def test_the_press_up_waits_until_the_sphinx_has_been_done() -> None:
    made, chosen = planned("preventing", diary=())
    assert "sphinx" in chosen
    assert "prone_press_up" not in chosen
    assert ("prone_press_up", "later_step", "") in made.left_out
    _, later = planned("preventing", diary=(Session(MONDAY - timedelta(days=1), ("sphinx",)),))
    assert "prone_press_up" in later


@pytest.mark.parametrize("eases", ["eases_moving", "eases_arching", "pain_moderate"])
def test_the_sphinx_stands_before_the_press_up_within_a_routine(eases: str) -> None:
    made, chosen = planned("pain_moderate", eases)
    assert {"sphinx", "prone_press_up"} <= chosen
    order = [item.stretch for item in made.items]
    assert order.index("sphinx") < order.index("prone_press_up")


def test_a_sphinx_that_was_skipped_does_not_open_the_press_up() -> None:
    skipped = Session(MONDAY - timedelta(days=1), (), skipped=("sphinx",))
    _, chosen = planned("preventing", diary=(skipped,))
    assert "prone_press_up" not in chosen


def test_a_stretch_that_hurt_is_left_out_for_a_week() -> None:
    hurt = Session(MONDAY, (), hurt=("cat_camel",))
    for days, there in ((0, False), (6, False), (7, True), (30, True)):
        facts = facts_with(BOOK, "recent_onset")
        made = plan(BOOK, facts, (hurt,), MONDAY + timedelta(days=days), 60)
        assert ("cat_camel" in {item.stretch for item in made.items}) is there, days


def test_strength_waits_until_the_first_days_are_over() -> None:
    made, chosen = planned("recent_onset")
    assert "bridge" not in chosen
    assert ("bridge", "wrong_phase", "") in made.left_out


def test_more_minutes_never_leave_out_what_fewer_allowed() -> None:
    for now in PHASES.values():
        sizes = [len(planned(now, minutes=minutes)[1]) for minutes in sorted(MINUTES)]
        assert sizes == sorted(sizes)


def test_the_routine_goes_from_lying_to_standing() -> None:
    made, _ = planned("preventing")
    order = ["lying_on_back", "lying_on_front", "all_fours", "kneeling", "sitting", "standing"]
    places = [order.index(BOOK.stretches[item.stretch].position) for item in made.items]
    assert places == sorted(places)


def test_a_short_routine_takes_one_of_each_family_before_a_second_of_one() -> None:
    made, chosen = planned("recent_onset", minutes=5)
    families = [BOOK.stretches[name].family for name in chosen]
    fitting = {BOOK.stretches[item.stretch].family for item in planned("recent_onset")[0].items}
    if len(families) > len(set(families)):
        assert set(families) == fitting
    assert made.minutes == 5


# -- phase ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), "settling"),
        (("recent_onset",), "acute"),
        (("pain_severe",), "acute"),
        (("preventing",), "prevention"),
        (("pain_mild",), "settling"),
    ],
)
def test_the_phase_follows_from_onset_and_pain(names: tuple[str, ...], expected: str) -> None:
    assert phase(BOOK, facts_with(BOOK, *names)) == expected


def test_the_same_facts_give_the_same_plan() -> None:
    first = plan(BOOK, Facts(), HISTORY, MONDAY, 5)
    assert plan(BOOK, Facts(), HISTORY, MONDAY, 5) == first
