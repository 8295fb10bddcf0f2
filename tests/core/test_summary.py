"""The page for the clinician: what the person told, and how the routines went."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.dialogue import Dialogue
from bot.core.state import Rating, Session, Task
from bot.core.wording.summary import as_text
from tests.core.person import BOOK, MONDAY, UNSURE, Person, facts_with


def page(person: Person) -> str:
    """The page that /summary makes, as text."""
    wording = person.dialogue.context.wording
    return as_text("Summary", wording.sections(person.state, person.at))


def test_nothing_told_makes_no_page(dialogue: Dialogue) -> None:
    person = Person(dialogue)
    person.command("summary")
    assert [reply.key for reply in person.replies] == ["summary_empty"]
    assert person.replies[0].documents == ()


def test_signs_stand_with_the_own_words_and_what_to_tell(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    told = page(person)
    assert "wet" in told
    flag = dialogue.book.flags["bladder_leak"]
    assert flag.short in told
    assert flag.tell_them in told


def test_a_doubt_is_marked_as_one(dialogue: Dialogue) -> None:
    person = Person(dialogue).reviewed()
    sure = page(person)
    facts = person.state.facts.answered("osteoporosis_or_steroids", UNSURE)
    person.state = replace(person.state, facts=facts)
    assert dialogue.context.wording.text("summary_unsure") in page(person)
    assert dialogue.context.wording.text("summary_unsure") not in sure


def test_what_a_clinician_has_cleared_is_listed_by_flag_and_combination(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).two_weeks()
    person.command("check")
    person.press("yes")
    cleared = person.state.facts.cleared
    assert cleared == {}
    person = Person(dialogue).two_weeks()
    person.press("seen", "seen_fine")
    assert person.state.facts.cleared
    names = [dialogue.book.flags[name].short for name in person.state.facts.cleared]
    assert all(name in page(person) for name in names)


def test_denied_signs_stand_by_their_day_and_the_rest_as_not_asked(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none")
    not_asked = dialogue.context.wording.text("summary_not_asked")
    assert "2 March 2026" in page(person)
    assert not_asked in page(person)
    person.state = replace(person.state, facts=facts_with(BOOK, denied=BOOK.flags))
    assert not_asked not in page(person)


def test_the_course_and_each_stretch_are_told(dialogue: Dialogue) -> None:
    person = Person(dialogue).reviewed()
    first = Session(
        MONDAY - timedelta(days=9),
        done=("child_pose", "sphinx"),
        hurt=("bridge",),
        hurt_where="hurt_leg",
        hurt_how="hurt_sharp",
        pain_before=7,
        pain_after=5,
        reach="thigh",
        hard=("sphinx",),
        easy=("child_pose",),
        doses=(("child_pose", 20, 1), ("pelvic_tilt", 0, 8)),
    )
    later = replace(
        first, at=MONDAY, hurt_where=None, hurt_how=None, pain_after=None, done=("pelvic_tilt",)
    )
    task = Task("lifting my bag", (Rating(MONDAY, 4), Rating(MONDAY + timedelta(days=7), 6)))
    person.state = replace(person.state, diary=(first, later), task=task)
    told = page(person)
    named = dialogue.context.wording.stretch_named
    assert named("child_pose") in told
    assert "lifting my bag" in told
    assert "4" in told
    assert "7" in told
    lines = [line for line in told.splitlines() if named("bridge") in line]
    assert len(lines) == 1
    assert "Sharp" in lines[0] or "sharp" in lines[0]


def test_without_a_routine_no_course_is_told(dialogue: Dialogue) -> None:
    heading = dialogue.context.wording.text("summary_course")
    assert heading not in page(Person(dialogue).reviewed())
