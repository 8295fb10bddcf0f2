"""Why each stretch is chosen, and how much each reason weighs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.knowledge import Knowledge, Skip, Stretch
from bot.core.state import Facts, PlanItem, Reach, Session
from bot.core.stretches import lowest, phase, plan
from bot.core.triage import Rulebook
from tests.core.person import BOOK, MONDAY, facts_with

DAY = timedelta(days=1)
STRETCHES = BOOK.knowledge.stretches
ALL_DONE = tuple(stretch.id for stretch in STRETCHES)
OUTWARD: tuple[Reach, ...] = ("spine", "thigh", "below_knee", "foot")
LONG_AGO = Session(MONDAY - 40 * DAY, ALL_DONE)


def items(facts: Facts, *diary: Session, book: Rulebook = BOOK) -> dict[str, PlanItem]:
    return {item.stretch: item for item in plan(book, facts, diary, MONDAY, 60).items}


def left_out(facts: Facts, *diary: Session, minutes: int = 60) -> dict[str, tuple[str, str]]:
    made = plan(BOOK, facts, diary, MONDAY, minutes)
    return {name: (key, value) for name, key, value in made.left_out}


def only(*stretches: Stretch) -> Rulebook:
    """A book with these stretches alone."""
    return Rulebook(BOOK.knowledge.model_copy(update={"stretches": stretches}))


def plain(known_as: str = "plain_one", **fields: Any) -> Stretch:
    """A stretch about which nothing is special."""
    fields = {
        "id": known_as,
        "family": f"of_{known_as}",
        "areas": ("hips",),
        "places": ("floor", "bed"),
        "phases": ("settling",),
        "purpose": "stretch",
        "direction": "neutral",
        "after": None,
        "skip": (),
        **fields,
    }
    return BOOK.stretches["child_pose"].model_copy(update=fields)


def first_of(*stretches: Stretch, facts: Facts, diary: tuple[Session, ...] = ()) -> str:
    """Which of these gets the only place in a routine of no minutes."""
    (item,) = plan(only(*stretches), facts, diary, MONDAY, 0).items
    return item.stretch


SETTLING = facts_with(BOOK, "pain_moderate")


# -- reasons -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "names", "reason"),
    [
        ({}, ("bed_only",), ("in_bed", "")),
        ({"direction": "bending"}, ("eases_bending",), ("eases_bending", "")),
        ({"direction": "arching"}, ("eases_arching",), ("eases_arching", "")),
        ({"purpose": "mobility"}, ("eases_moving",), ("eases_moving", "")),
        ({"areas": ("hips",)}, ("side_pain",), ("side_pain", "")),
        ({"areas": ("buttocks",)}, ("side_pain",), ("side_pain", "")),
        ({"phases": ("settling", "acute")}, (), ("gentle", "")),
        ({}, (), ("settled", "")),
    ],
)
def test_each_reason_is_given_where_it_holds_and_nowhere_else(
    fields: dict[str, Any], names: tuple[str, ...], reason: tuple[str, str]
) -> None:
    book = only(plain(**fields))
    found = items(facts_with(BOOK, "pain_moderate", *names), book=book)["plain_one"]
    assert found.reasons == (reason,)
    if names:
        bare = items(SETTLING, book=book)["plain_one"]
        assert reason not in bare.reasons
        other = plain(direction="neutral", purpose="stretch", areas=("upper_back",))
        if names != ("bed_only",):
            facts = facts_with(BOOK, "pain_moderate", *names)
            assert reason not in items(facts, book=only(other))["plain_one"].reasons


def test_what_was_done_the_last_time_is_named() -> None:
    book = only(plain())
    last = Session(MONDAY - DAY, ("plain_one",))
    assert items(SETTLING, last, book=book)["plain_one"].reasons == (("did_before", ""),)
    other = replace(last, at=MONDAY, done=("another",))
    assert items(SETTLING, last, other, book=book)["plain_one"].reasons == (("settled", ""),)


def test_what_stands_in_for_a_barred_stretch_names_it() -> None:
    skip = Skip.model_validate(
        {
            "when": {"any": ("knee_problem",)},
            "do": "skip",
            "why": "The knee bends far here.",
            "instead": ("plain_one",),
            "sources": ("unknot",),
            "evidence": "read",
        }
    )
    barred = plain("barred_one", skip=(skip,), name="Barred")
    book = only(barred, plain())
    with_knee = facts_with(BOOK, "pain_moderate", "knee_problem")
    assert items(with_knee, book=book)["plain_one"].reasons == (("instead_of", "Barred"),)
    assert "barred_one" not in items(with_knee, book=book)
    assert items(SETTLING, book=book)["plain_one"].reasons == (("settled", ""),)


# -- what weighs more ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "less", "names"),
    [
        ({"areas": ("lower_back",)}, {}, ()),
        ({"phases": ("settling", "acute")}, {}, ()),
        ({"direction": "bending"}, {"areas": ("lower_back",)}, ("eases_bending",)),
        (
            {"purpose": "mobility"},
            {"areas": ("lower_back",), "phases": ("settling", "acute")},
            ("eases_moving",),
        ),
        (
            {"areas": ("hips",)},
            {"areas": ("lower_back",), "phases": ("settling", "acute")},
            ("side_pain",),
        ),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_better_fit_comes_first_in_whatever_order_they_stand(
    more: dict[str, Any], less: dict[str, Any], names: tuple[str, ...], turned: bool
) -> None:
    better, worse = (
        plain("better_one", **{"areas": ("neck",), **more}),
        plain("worse_one", **{"areas": ("neck",), **less}),
    )
    both = (worse, better) if turned else (better, worse)
    facts = facts_with(BOOK, "pain_moderate", *names)
    assert first_of(*both, facts=facts) == "better_one"


@pytest.mark.parametrize("turned", [False, True])
def test_what_was_done_last_weighs_more_than_the_area_alone(turned: bool) -> None:
    known, other = plain("known_one", areas=("neck",)), plain("other_one", areas=("lower_back",))
    both = (other, known) if turned else (known, other)
    last = Session(MONDAY - DAY, ("known_one",))
    assert first_of(*both, facts=SETTLING, diary=(last,)) == "known_one"
    assert first_of(*both, facts=SETTLING) == "other_one"


@pytest.mark.parametrize("turned", [False, True])
def test_in_strong_pain_a_short_hold_weighs_more(turned: bool) -> None:
    dose = plain().dose
    short, long = (
        plain(
            name,
            phases=("acute",),
            dose=dose.model_copy(update={"start": dose.start.model_copy(update={"hold": hold})}),
        )
        for name, hold in (("short_one", 5), ("long_one", 6))
    )
    both = (long, short) if turned else (short, long)
    assert first_of(*both, facts=facts_with(BOOK, "pain_severe")) == "short_one"
    mild = facts_with(BOOK, "recent_onset")
    assert first_of(*both, facts=mild) == both[0].id


# -- why not -------------------------------------------------------------------------------------


def test_what_was_too_hard_again_and_again_rests() -> None:
    rules = BOOK.knowledge.rules
    hard = tuple(
        Session(MONDAY - n * DAY, ("child_pose",), hard=("child_pose",))
        for n in range(rules.regressions + 3, 0, -1)
    )
    acute = facts_with(BOOK, "recent_onset")
    assert left_out(acute, *hard).get("child_pose") == ("too_hard", "")
    old = tuple(
        replace(session, at=session.at - rules.rest_after_hurt_days * DAY) for session in hard
    )
    assert left_out(acute, *old).get("child_pose") != ("too_hard", "")


def test_a_stretch_that_is_known_no_more_is_passed_over() -> None:
    gone = Session(MONDAY - DAY, ("fizzy",), hard=("fizzy",), hurt=("fizzy",))
    assert items(SETTLING, gone) == items(SETTLING, replace(gone, hard=(), hurt=()))


def test_a_stretch_that_hurt_rests_to_the_day() -> None:
    days = BOOK.knowledge.rules.rest_after_hurt_days
    acute = facts_with(BOOK, "recent_onset")
    for past, rests in ((days * DAY - timedelta(seconds=1), True), (days * DAY, False)):
        hurt = Session(MONDAY - past, ("child_pose",), hurt=("child_pose",))
        assert (left_out(acute, hurt).get("child_pose") == ("hurt_before", "")) is rests


def test_when_pain_moved_outward_its_way_stops_and_the_other_weighs_more() -> None:
    bending = next(s for s in STRETCHES if s.direction == "bending")
    diary = tuple(
        Session(MONDAY - (9 - n) * DAY, (bending.id,), reach=reach)
        for n, reach in enumerate(OUTWARD)
    )
    out = left_out(SETTLING, LONG_AGO, *diary)
    assert out[bending.id] == ("moved_out", "")
    arching = [
        item
        for name, item in items(SETTLING, LONG_AGO, *diary).items()
        if BOOK.stretches[name].direction == "arching"
    ]
    assert arching
    assert all(("turned", "") in item.reasons for item in arching)
    assert not any(("turned", "") in item.reasons for item in items(SETTLING, LONG_AGO).values())


MOVED_BY_BENDING = tuple(
    Session(MONDAY - (9 - n) * DAY, ("bent_one",), reach=reach) for n, reach in enumerate(OUTWARD)
)


@pytest.mark.parametrize("turned", [False, True])
def test_the_other_way_weighs_as_much_as_what_eases(turned: bool) -> None:
    bent = plain("bent_one", direction="bending")
    arched = plain("arched_one", direction="arching", areas=("neck",))
    lesser = plain("lesser_one", purpose="mobility", areas=("neck",))
    equal = plain("equal_one", purpose="mobility", areas=("lower_back",))
    facts = facts_with(BOOK, "pain_moderate", "eases_moving")
    for other, wins in ((lesser, "arched_one"), (equal, "equal_one")):
        both = (arched, other) if turned and other is lesser else (other, arched)
        assert first_of(bent, *both, facts=facts, diary=MOVED_BY_BENDING) == wins


BOTH = ("settling", "acute")
HIPS, BACK, NECK = ({"areas": (area,)} for area in ("hips", "lower_back", "neck"))


@pytest.mark.parametrize(
    ("first", "second", "names", "wins"),
    [
        # Reasons add up.
        (
            {"direction": "bending", **BACK, "phases": BOTH},
            {"direction": "bending", **HIPS},
            ("eases_bending", "side_pain"),
            "second_one",
        ),
        (
            {"purpose": "mobility", **NECK},
            {"purpose": "mobility", **BACK},
            ("eases_moving",),
            "second_one",
        ),
        (
            {"purpose": "mobility", **NECK},
            {"purpose": "mobility", **NECK, "phases": BOTH},
            ("eases_moving",),
            "second_one",
        ),
        # Equal weights: the one that stands first.
        (
            {"areas": ("hips", "lower_back")},
            {"direction": "bending", **NECK},
            ("eases_bending", "side_pain"),
            "first_one",
        ),
        (HIPS, {"purpose": "mobility", **NECK}, ("eases_moving", "side_pain"), "first_one"),
        ({"purpose": "mobility", **NECK}, HIPS, ("eases_moving", "side_pain"), "first_one"),
    ],
)
def test_reasons_add_up_and_equal_ones_leave_the_order(
    first: dict[str, Any], second: dict[str, Any], names: tuple[str, ...], wins: str
) -> None:
    both = plain("first_one", **first), plain("second_one", **second)
    assert first_of(*both, facts=facts_with(BOOK, "pain_moderate", *names)) == wins


MOBILE = {"purpose": "mobility", **NECK}


@pytest.mark.parametrize(
    ("one", "equal", "names"),
    [
        (NECK, {**BACK, "phases": BOTH}, ()),
        (BACK, MOBILE, ("eases_moving",)),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_to_stand_in_and_to_have_been_done_weigh_two_each(
    one: dict[str, Any], equal: dict[str, Any], names: tuple[str, ...], turned: bool
) -> None:
    known, other = plain("known_one", **one), plain("other_one", **equal)
    both = (other, known) if turned else (known, other)
    facts = facts_with(BOOK, "pain_moderate", "knee_problem", *names)
    last = Session(MONDAY - DAY, ("known_one",))
    assert first_of(*both, facts=facts, diary=(last,)) == both[0].id
    fields = {"any": ("knee_problem",)}
    skip = Skip.model_validate(
        {
            "when": fields,
            "do": "skip",
            "why": "The knee bends far here.",
            "instead": ("known_one",),
            "sources": ("unknot",),
            "evidence": "read",
        }
    )
    barred = plain("barred_one", skip=(skip,))
    assert first_of(barred, *both, facts=facts) == both[0].id


@pytest.mark.parametrize("turned", [False, True])
def test_a_short_hold_weighs_one_more_in_strong_pain(turned: bool) -> None:
    dose = plain().dose
    short, long = (
        plain(
            name,
            **fields,
            phases=("acute",),
            dose=dose.model_copy(update={"start": dose.start.model_copy(update={"hold": hold})}),
        )
        for name, hold, fields in (
            ("short_one", 5, HIPS),
            ("long_one", 6, {"direction": "bending", **NECK}),
        )
    )
    both = (long, short) if turned else (short, long)
    facts = facts_with(BOOK, "pain_severe", "side_pain", "eases_bending")
    assert first_of(*both, facts=facts) == both[0].id


@pytest.mark.parametrize(
    ("eases", "direction", "reason"),
    [
        ("eases_bending", "arching", "bending_eases"),
        ("eases_arching", "bending", "arching_eases"),
    ],
)
def test_the_way_that_does_not_ease_is_left_out_by_name(
    eases: str, direction: str, reason: str
) -> None:
    book = only(plain(direction=direction), plain("other_one"))
    made = plan(book, facts_with(BOOK, "pain_moderate", eases), (), MONDAY, 60)
    assert made.left_out == (("plain_one", reason, ""),)


def test_a_step_of_the_dose_is_said_and_taken() -> None:
    good = tuple(
        Session(MONDAY - n * DAY, ("child_pose",), pain_before=2, pain_after=2, next_day="better")
        for n in (6, 5, 4, 3, 2, 1)
    )
    found = items(facts_with(BOOK, "recent_onset"), *good)["child_pose"]
    start = BOOK.stretches["child_pose"].dose.start
    assert ("step_up", "") in found.reasons
    assert ("did_before", "") in found.reasons
    assert (found.hold, found.repetitions) > (start.hold, start.repetitions)


@pytest.mark.parametrize(
    ("limit", "fields", "reason"),
    [
        ("bed_only", {"places": ("floor",)}, "not_in_bed"),
        ("no_floor", {"places": ("floor",)}, "needs_floor"),
        ("no_sitting", {"position": "sitting"}, "needs_sitting"),
        ("no_front", {"position": "lying_on_front"}, "needs_front"),
    ],
)
def test_each_limit_leaves_out_what_needs_it(
    limit: str, fields: dict[str, Any], reason: str
) -> None:
    book = only(plain(**fields), plain("other_one", places=("bed",), position="lying_on_back"))
    made = plan(book, facts_with(BOOK, "pain_moderate", limit), (), MONDAY, 60)
    assert made.left_out == (("plain_one", reason, ""),)
    assert plan(book, SETTLING, (), MONDAY, 60).left_out == ()


# -- time, order, dose ---------------------------------------------------------------------------


def test_what_finds_no_time_is_named_with_the_minutes() -> None:
    out = left_out(SETTLING, LONG_AGO, minutes=2)
    assert ("no_time", "2") in out.values()


def test_a_routine_holds_the_best_one_even_without_time_for_it() -> None:
    assert len(plan(BOOK, SETTLING, (LONG_AGO,), MONDAY, 0).items) == 1


def test_time_is_used_to_the_second() -> None:
    first, second = plain("first_one", areas=("lower_back",)), plain("second_one")
    seconds = first.seconds(first.dose.start)
    assert seconds == second.seconds(second.dose.start)
    book = only(first, second)
    exact, short = (2 * seconds) / 60, (2 * seconds - 1) / 60
    assert len(plan(book, SETTLING, (), MONDAY, exact).items) == 2  # type: ignore[arg-type]
    assert len(plan(book, SETTLING, (), MONDAY, short).items) == 1  # type: ignore[arg-type]


def test_a_second_of_one_family_comes_last_and_nothing_comes_twice() -> None:
    twin = plain("twin_one", family="same", areas=("lower_back",))
    other_twin = plain("twin_two", family="same", areas=("lower_back",))
    single = plain("single_one", areas=("neck",))
    book = only(twin, other_twin, single)
    seconds = twin.seconds(twin.dose.start)
    two = plan(book, SETTLING, (), MONDAY, 2 * seconds / 60).items  # type: ignore[arg-type]
    assert {item.stretch for item in two} == {"twin_one", "single_one"}
    three = plan(book, SETTLING, (), MONDAY, 60).items
    assert sorted(item.stretch for item in three) == ["single_one", "twin_one", "twin_two"]


def test_what_follows_another_comes_after_it_in_one_position() -> None:
    second = plain("second_one", after="first_one", areas=("lower_back",))
    first = plain("first_one", areas=("neck",))
    done = Session(MONDAY - DAY, ("first_one", "second_one"))
    made = plan(only(second, first), SETTLING, (done,), MONDAY, 60).items
    assert [item.stretch for item in made] == ["first_one", "second_one"]


def test_the_lowest_dose_is_the_start_with_the_tips_that_concern_this_person() -> None:
    stretch = next(
        s for s in STRETCHES if any(skip.do == "change" and skip.tip for skip in s.skip)
    )
    skip = next(skip for skip in stretch.skip if skip.do == "change" and skip.tip)
    name = next(iter(skip.when.names()))
    start = stretch.dose.start
    item = lowest(BOOK, facts_with(BOOK, name), stretch)
    assert item.stretch == stretch.id
    assert (item.hold, item.repetitions) == (start.hold, start.repetitions)
    assert item.seconds == stretch.seconds(start)
    assert item.reasons == (("gentle", ""),)
    if skip.when.holds(BOOK.present(facts_with(BOOK, name))):
        assert skip.tip in item.tips
    assert lowest(BOOK, Facts(), stretch).tips == ()


def test_a_plan_remembers_when_and_for_how_long_it_was_made() -> None:
    made = plan(BOOK, SETTLING, (), MONDAY, 10)
    assert (made.at, made.minutes) == (MONDAY, 10)


def test_no_pain_today_is_prevention(knowledge: Knowledge) -> None:
    question = next(q for q in knowledge.questions if any(o.id == "no_pain" for o in q.options))
    from bot.core.state import Chosen

    facts = Facts(choices={question.id: Chosen("no_pain", MONDAY)})
    assert phase(BOOK, facts) == "prevention"
