"""Answers that no fixed phrase decides: words that lean, by the topic of the question."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.dialogue import Dialogue
from bot.core.understand.answers import Answers
from bot.core.understand.leaning import by_first, longest_in
from bot.core.understand.meaning import Meaning

TODAY = date(2026, 11, 21)
PEE, SADDLE, LEG, FALL = "bladder_retention", "saddle_numbness", "weakness_leg", "trauma"


@pytest.fixture(scope="module")
def answers(dialogue: Dialogue) -> Answers:
    return dialogue.context.answers


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        (PEE, "flows like normal"),
        (LEG, "walking is no problem"),
        (SADDLE, "only pain, not numb"),
        (FALL, "bent over to tie my shoe"),
        ("weight_loss", "I am on a diet"),
        ("pregnancy", "I am 74, dear"),
        ("night_or_rest_pain", "better when I lie down"),
    ],
)
def test_a_part_that_works_or_a_cause_is_a_no(answers: Answers, flag: str, text: str) -> None:
    assert answers.meaning(text, (flag,), TODAY).meaning is Meaning.NO


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        (PEE, "takes ages"),
        (PEE, "good flow but no feeling"),
        (SADDLE, "not numb but it feels odd"),
        (LEG, "sometimes after a long walk"),
        (LEG, "I would not say it is not dragging"),
        (FALL, "lifting a box when I fell off the step"),
        ("iv_drug_or_immunosuppressed", "methotrexate"),
    ],
)
def test_half_a_sign_or_an_amount_is_a_yes(answers: Answers, flag: str, text: str) -> None:
    assert answers.meaning(text, (flag,), TODAY).meaning is Meaning.YES


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("weakness_fast", "strong enough until the stairs"),
        ("bladder_leak", "fine as long as I go every half hour"),
        ("bowel_incontinence", "my daughter had to clean me up"),
        (SADDLE, "the front is normal, the back is not"),
        ("bilateral_leg_symptoms", "the right leg, the left we will see"),
        ("chest_pain_or_breathless", "breathing is ok if I stay still"),
    ],
)
def test_an_emergency_sign_is_not_denied_by_half_an_answer(
    answers: Answers, flag: str, text: str
) -> None:
    assert answers.meaning(text, (flag,), TODAY).meaning is not Meaning.NO


@pytest.mark.parametrize(
    "text", ["what do you mean by weak?", "is tingling the same as a cramp", "my elbow hurts"]
)
def test_a_question_or_another_place_is_no_answer(answers: Answers, text: str) -> None:
    assert answers.meaning(text, (LEG,), TODAY).meaning is Meaning.OTHER


# -- phrases with a star -------------------------------------------------------------------------

TABLE = by_first(
    [["not", "sure"], ["not"], ["tingl*"], ["as*", "ever"], ["*ing"], ["ea*"], ["so", "lo*"], []]
)


@pytest.mark.parametrize(
    ("text", "at", "length"),
    [
        ("not sure", 0, 2),
        ("not so", 0, 1),
        ("not", 0, 1),
        ("it is not sure", 2, 2),
        ("it is not sure", 3, 0),
        ("it is not", 3, 0),
        ("", 0, 0),
        ("tingles", 0, 1),
        ("tingl", 0, 1),
        ("ting", 0, 1),  # ends as "*ing" does
        ("tin", 0, 0),
        ("atingle", 0, 0),
        ("running", 0, 1),
        ("ing", 0, 1),
        ("rings", 0, 0),
        ("ease", 0, 1),
        ("ea", 0, 1),
        ("e", 0, 0),
        ("same ever", 0, 0),
        ("assume ever", 0, 2),
        ("assume never", 0, 0),
        ("so long", 0, 2),
        ("so", 0, 0),
        ("so so", 0, 0),
    ],
)
def test_the_longest_phrase_of_a_table_is_found_stars_and_all(
    text: str, at: int, length: int
) -> None:
    assert longest_in(text.split(), at, TABLE) == length


def test_phrases_are_kept_by_their_first_word_and_an_empty_one_is_left_out() -> None:
    table = by_first([["not", "sure"], [], ["no"], ["not"]])
    assert table == {"not": [["not", "sure"], ["not"]], "no": [["no"]]}
