"""Typed answers to an open question."""

from __future__ import annotations

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Choice, Knowledge
from bot.core.state import Answer
from bot.core.understand.answers import Answers
from bot.core.understand.clock import clock_in

LABELS = {"leg": "My leg is weak", "foot": "My foot is numb", "none": "None of these"}


@pytest.fixture(scope="module")
def answers(dialogue: Dialogue) -> Answers:
    return dialogue.context.answers


def choice(knowledge: Knowledge, name: str) -> Choice:
    return next(question for question in knowledge.questions if question.id == name)


# -- yes, no, not sure ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["yes", "Yes", "YES!", "yes I do", "yeah", "yep", "y", "a bit", "ok", "sometimes"]
)
def test_a_yes_is_read(answers: Answers, text: str) -> None:
    assert answers.yes_no(text) is Answer.YES


@pytest.mark.parametrize(
    "text", ["no", "No.", "NO", "nope", "n", "none", "none of these", "not at all"]
)
def test_a_no_is_read(answers: Answers, text: str) -> None:
    assert answers.yes_no(text) is Answer.NO


@pytest.mark.parametrize(
    "text",
    ["not sure", "I'm not sure", "i don't know", "maybe", "dunno", "yes maybe", "no idea", "idk"],
)
def test_doubt_is_not_sure_wherever_it_stands(answers: Answers, text: str) -> None:
    assert answers.yes_no(text) is Answer.UNSURE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "hello",
        "no, but my leg is odd",
        "none except the first",
        "yes but only at night",
        "it began when i was lifting a box and then i went to bed and it got bad",
    ],
)
def test_a_text_that_is_no_answer_is_none(answers: Answers, text: str) -> None:
    assert answers.yes_no(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "no feeling at all",
        "no feeling there",
        "nothing comes out",
        "no control any more",
        "no strength in it",
        "no power",
        "i have not peed since yesterday",
        "i do not feel anything there",
        "never had it this bad",
        "none of my toes move",
        "no to the first, yes to the second",
        "not fine",
        "no not ok",
    ],
)
def test_a_no_with_something_beside_it_is_never_taken_as_a_no(
    answers: Answers, knowledge: Knowledge, text: str
) -> None:
    assert answers.yes_no(text) is not Answer.NO


@pytest.mark.parametrize("text", ["i did not", "right, leave it", "sure, keep it", "yes and no"])
def test_a_yes_with_its_opposite_beside_it_is_not_taken_as_a_yes(
    answers: Answers, knowledge: Knowledge, text: str
) -> None:
    assert answers.yes_no(text) is not Answer.YES


def test_every_word_for_no_and_yes_in_the_lists_is_read_as_such(
    answers: Answers, knowledge: Knowledge
) -> None:
    words = knowledge.words
    for text in words.no:
        assert answers.yes_no(text) is Answer.NO, text
    for text in words.yes:
        assert answers.yes_no(text) is Answer.YES, text
    for text in words.unsure:
        assert answers.yes_no(text) is Answer.UNSURE, text


# -- picking from a list -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1", ("leg",)),
        ("2.", ("foot",)),
        ("1 and 2", ("leg", "foot")),
        ("1, 2", ("leg", "foot")),
        ("1 2", ("leg", "foot")),
        ("number 3", ("none",)),
        ("My leg is weak", ("leg",)),
        ("my foot is numb!", ("foot",)),
        ("numb", ("foot",)),
        ("None of these", ("none",)),
    ],
)
def test_options_are_picked_by_number_label_or_a_part_that_fits_one(
    answers: Answers, text: str, options: tuple[str, ...]
) -> None:
    assert answers.picked(text, LABELS) == options


@pytest.mark.parametrize("text", ["0", "4", "1 and 9", "", "...", "is", "xyz", "\u00b2\u00b3"])
def test_what_fits_no_option_or_several_picks_none(answers: Answers, text: str) -> None:
    assert answers.picked(text, LABELS) == ()


@pytest.mark.parametrize("text", ["these", "of these", "all of these"])
def test_pointing_at_the_list_does_not_deny_it(answers: Answers, text: str) -> None:
    assert "none" not in answers.picked(text, LABELS)


# -- choice questions ----------------------------------------------------------------------------


def test_every_option_is_found_by_its_own_label(answers: Answers, knowledge: Knowledge) -> None:
    for question in knowledge.questions:
        for option in question.options:
            assert answers.option_of(question, option.button) == option.id, (
                question.id,
                option.button,
            )


def test_options_are_found_by_number_but_a_question_for_a_number_means_the_number(
    answers: Answers, knowledge: Knowledge
) -> None:
    where, pain = choice(knowledge, "where"), choice(knowledge, "pain")
    assert answers.option_of(where, "1") == where.options[0].id
    assert answers.option_of(pain, "1") == "p1"
    assert answers.option_of(pain, "0") == "p0"
    assert answers.option_of(pain, "10") == "p10"


@pytest.mark.parametrize(
    ("text", "option"),
    [("7", "p7"), ("7/10", "p7"), ("7 out of 10", "p7"), ("11", None), ("quite bad", None)],
)
def test_a_number_question_takes_numbers_of_its_scale_only(
    answers: Answers, knowledge: Knowledge, text: str, option: str | None
) -> None:
    assert answers.option_of(choice(knowledge, "pain"), text) == option


@pytest.mark.parametrize(
    ("question", "text", "option"),
    [
        ("what_happened", "i was lifting a box", "strain"),
        ("what_happened", "i sneezed", "cough"),
        ("what_happened", "i just woke up like this", "by_itself"),
        ("eases", "when i walk about", "moving"),
        ("where", "down my left leg", "leg"),
        ("where", "lower back", "low"),
        ("what_happened", "qwerty", None),
    ],
)
def test_an_option_is_found_by_its_own_words(
    answers: Answers, knowledge: Knowledge, question: str, text: str, option: str | None
) -> None:
    assert answers.option_of(choice(knowledge, question), text) == option


# -- clock times ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("8", (8, 0)),
        ("8:30", (8, 30)),
        ("08:30", (8, 30)),
        ("8.30pm", (20, 30)),
        ("8 pm", (20, 0)),
        ("20h", (20, 0)),
        ("20:15", (20, 15)),
        ("at 9", (9, 0)),
        ("around 7am", (7, 0)),
        ("half past 7", (7, 30)),
        ("half past seven", (7, 30)),
        ("12am", (0, 0)),
        ("12pm", (12, 0)),
        ("0:05", (0, 5)),
        ("23:59", (23, 59)),
    ],
)
def test_a_clock_time_is_read(text: str, clock: tuple[int, int]) -> None:
    assert clock_in(text) == clock


@pytest.mark.parametrize(
    "text", ["", "24", "24:00", "7:60", "soon", "8 or 9", "half past 13", "in 2 hours", "-1"]
)
def test_what_is_no_clock_time_is_none(text: str) -> None:
    assert clock_in(text) is None
