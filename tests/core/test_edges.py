"""Small functions at the edge of what they are given."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest

from bot.core import agenda
from bot.core.dialogue import Dialogue
from bot.core.evaluate import Message, TypedAnswer, answers_figures, messages_figures
from bot.core.figures import between, poses
from bot.core.knowledge import AtLeast, Condition, Knowledge
from bot.core.plain_language import user_texts
from bot.core.skeleton import dot, length, square_to
from bot.core.stages.flow import length_option
from bot.core.state import Chosen, Facts, Reminder, Reminding, UserState
from bot.core.understand.answers import Answers, _by_first
from bot.core.understand.leaning import Lean, Leans, by_first, longest_in
from bot.core.understand.meaning import Meaning
from bot.core.understand.phrases import Phrases
from bot.core.understand.spelling import Spelling
from tests.core.person import MONDAY

TODAY = date(2026, 11, 21)
NOTHING: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


@pytest.fixture(scope="module")
def answers(dialogue: Dialogue) -> Answers:
    return dialogue.context.answers


# -- conditions, figures, texts ------------------------------------------------------------------


def test_a_condition_holds_when_all_and_one_of_any_are_there() -> None:
    both = Condition(all=("one",), any=("two", "three"))
    assert both.holds(frozenset({"one", "two"}))
    assert not both.holds(frozenset({"two", "three"}))
    assert not both.holds(frozenset({"one"}))
    assert not Condition().holds(frozenset({"one"}))
    some = Condition(at_least=AtLeast(count=2, of=("one", "two", "three")))
    assert some.holds(frozenset({"one", "three"}))
    assert not some.holds(frozenset({"one", "four"}))


def test_legs_that_hold_each_other_cannot_be_drawn(knowledge: Knowledge) -> None:
    pose = poses(knowledge.figures[0])[0]
    left, right = pose.limbs["left_foot"], pose.limbs["right_foot"]
    limbs = {
        **pose.limbs,
        "left_foot": left.model_copy(update={"on": "right_shin"}),
        "right_foot": right.model_copy(update={"on": "left_shin"}),
    }
    tangled = dataclasses.replace(pose, limbs=limbs)
    with pytest.raises(ValueError, match="the legs hold each other"):
        between(tangled, tangled, 0)


@pytest.mark.parametrize("axis", [(0.0, 0.0, 1.0), (1.0, 0.0, 0.0)])
def test_a_direction_along_the_axis_still_has_one_square_to_it(
    axis: tuple[float, float, float],
) -> None:
    found = square_to(axis, axis)
    assert length(found) == pytest.approx(1)
    assert dot(found, axis) == pytest.approx(0)


def test_a_combination_may_have_nothing_of_its_own_to_tell(knowledge: Knowledge) -> None:
    first, *others = knowledge.combinations
    silent = first.model_copy(update={"tell_them": None})
    texts = list(user_texts(knowledge.model_copy(update={"combinations": (silent, *others)})))
    assert ("combinations", 0, "tell_them") not in [path for path, _, _ in texts]


# -- figures of the reader -----------------------------------------------------------------------


def test_an_emergency_that_is_missed_is_told(dialogue: Dialogue) -> None:
    row = Message("m1", "hello there", ("saddle_numbness",), "emergency")
    figures = messages_figures(dialogue.context.reader, dialogue.book, [row], MONDAY)
    assert figures.emergencies_reached.hits == 0
    assert any("emergency missed" in miss for miss in figures.misses)


def test_an_emergency_that_is_taken_for_a_no_is_told(dialogue: Dialogue) -> None:
    row = TypedAnswer("a1", "Is it numb?", ("saddle_numbness",), "no", Meaning.YES)
    figures = answers_figures(dialogue.context.answers, dialogue.book, [row], MONDAY)
    assert len(figures.emergencies_denied) == 1


# -- when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "option"),
    [
        *((0, "today"), (1, "today"), (2, "days"), (7, "days"), (8, "fortnight")),
        *((14, "fortnight"), (15, "weeks"), (42, "weeks"), (43, "many_weeks")),
        *((91, "many_weeks"), (92, "months")),
    ],
)
def test_a_length_fits_the_option_that_holds_it(days: int, option: str) -> None:
    assert length_option(days) == option


def test_day_15_is_asked_about_after_the_quiet_hours(knowledge: Knowledge) -> None:
    rules = knowledge.rules
    state = UserState(
        facts=Facts(choices={agenda.SINCE_WHEN: Chosen("today", MONDAY)}),
        consent_at=MONDAY,
        screened_at=MONDAY,
        zone="UTC",
    )
    usual = agenda.settling_due(state, MONDAY, rules)
    assert usual is not None
    assert usual.hour == rules.settling_hour
    hour = rules.settling_hour * 60
    quiet = UserState(
        facts=state.facts,
        consent_at=MONDAY,
        screened_at=MONDAY,
        zone="UTC",
        reminding=Reminding(quiet=(hour - 60, hour + 90)),
    )
    assert agenda.settling_due(quiet, MONDAY, rules) == usual + timedelta(hours=2)


def test_a_reminder_that_always_falls_into_quiet_hours_never_comes(knowledge: Knowledge) -> None:
    state = UserState(
        zone="UTC",
        reminders=(Reminder(7, 0, MONDAY),),
        reminding=Reminding(quiet=(6 * 60, 9 * 60)),
    )
    assert agenda.calls(state, MONDAY, knowledge.rules) == []


# -- words ---------------------------------------------------------------------------------------


def test_empty_phrases_are_left_out() -> None:
    assert by_first([[], ["a", "b"]]) == {"a": [["a", "b"]]}
    assert _by_first([[], ["a", "b"]]) == {"a": [["a", "b"]]}
    assert Phrases([("x", ()), ("y", ("a",))], lambda names: names) is not None


def test_behind_the_last_word_stands_no_phrase() -> None:
    assert longest_in(["a"], 1, {"a": [["a"]]}) == 0
    assert longest_in(["a"], 0, {"a": [["a"]]}) == 1


def test_trouble_beside_a_denial_is_a_yes() -> None:
    odd = Leans(frozenset({Lean.TROUBLE, Lean.DENIED}), None, False, False, False)
    assert odd.meaning(danger=False) is Meaning.YES


def test_yes_and_no_at_once_are_neither(answers: Answers) -> None:
    assert answers.yes_no("yes or no") is None


def test_a_no_with_words_that_nobody_knows_is_asked_again(answers: Answers) -> None:
    said = answers.meaning("no, trouble gribbling", ("saddle_numbness",), TODAY)
    assert said.meaning is Meaning.OTHER


@pytest.mark.parametrize(
    "text", ["for years, this attack since yesterday", "old back, this bout is 2 days"]
)
def test_the_length_of_this_bout_counts(answers: Answers, text: str) -> None:
    said = answers.meaning(text, ("duration_over_2_weeks",), TODAY)
    assert said.meaning is Meaning.NO


def test_a_bout_without_a_length_says_nothing_of_it(answers: Answers) -> None:
    said = answers.meaning("this one is new", ("duration_over_2_weeks",), TODAY)
    assert said.meaning is not Meaning.YES


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("two and half weeks", 17, 17),
        ("since march 5", 261, 261),
        ("since summer 2024", 812, 903),
        ("since march 2024", 965, 995),
        ("since december", 325, 355),
    ],
)
def test_more_lengths_are_read(dialogue: Dialogue, text: str, least: int, most: int) -> None:
    found = dialogue.context.reader.lengths(text, TODAY)
    assert [(entry.least, entry.most) for entry in found] == [(least, most)]


@pytest.mark.parametrize("text", ["since march 1850", "since soon"])
def test_what_is_no_length_is_none(dialogue: Dialogue, text: str) -> None:
    assert list(dialogue.context.reader.lengths(text, TODAY)) == []


def test_two_lengths_with_units_of_their_own_stay_two(dialogue: Dialogue) -> None:
    found = dialogue.context.reader.lengths("a week or two weeks", TODAY)
    assert [(entry.least, entry.most) for entry in found] == [(7, 7), (14, 14)]


def test_a_word_on_no_list_may_be_taken_for_a_typing_error(dialogue: Dialogue) -> None:
    spelling = Spelling((frozenset({"numbness", "tingling"}), frozenset()), NOTHING, ())
    assert spelling.would_change("numbnes")
    assert not spelling.would_change("numbness")
    assert not spelling.would_change("elephant")
