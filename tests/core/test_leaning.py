"""Answers that no fixed phrase decides: words that lean, by the topic of the question."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Topic
from bot.core.understand.answers import Answers
from bot.core.understand.leaning import Lean, Leaning, by_first, longest_in
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
        ("xg", 0, 0),
        ("easing", 0, 1),
        ("so low tide", 0, 2),
    ],
)
def test_the_longest_phrase_of_a_table_is_found_stars_and_all(
    text: str, at: int, length: int
) -> None:
    assert longest_in(text.split(), at, TABLE) == length


def test_phrases_are_kept_by_their_first_word_and_an_empty_one_is_left_out() -> None:
    table = by_first([["not", "sure"], [], ["no"], ["not"]])
    assert table == {"not": [["not", "sure"], ["not"]], "no": [["no"]]}


# -- how single words lean ----------------------------------------------------------------------

# A word or two for each lean. What none of them says, "hello" for one, is not known.
LEANS = {
    "not": ["not"],
    "none": ["no"],
    "well": ["fine"],
    "trouble": ["odd"],
    "pain": ["sore"],
    "back": ["back"],
    "turns": ["but", "then"],
    "reason": ["because"],
    "condition": ["until", "apart from"],
    "narrowed": ["just"],
    "enough": ["that is all"],
    "hedged": ["maybe"],
    "some": ["sometimes"],
    "time": ["today"],
    "person": ["mum"],
    "elsewhere": ["hand"],
    "gone": ["gone"],
    "old": ["always"],
    "refused": ["nope"],
    "lessened": ["less"],
    "unsaid": ["would not say"],
    "small": ["the", "is", "it"],
    "not_there": ["is absent"],
    "otherwise": ["otherwise"],
    "cause": ["cold"],
    "every": ["often"],
    "past": ["once"],
}
TOPICS = {
    "leg": Topic(absent=("awake",), present=("numb",), unclear=("unsure",), place=("leg", "foot")),
    "placeless": Topic(present=("numb",)),
}
DENIED_BY = {"leg": [["dentist"]], "new": [["dentist"]]}


@pytest.fixture
def leaning() -> Leaning:
    general = {name: [phrase.split() for phrase in phrases] for name, phrases in LEANS.items()}
    return Leaning(general, TOPICS, DENIED_BY)


@pytest.mark.parametrize(
    ("text", "kinds", "marks", "meaning", "in_danger"),
    [
        ("numb", "present", "", "yes", "yes"),
        ("not numb", "denied", "", "no", "no"),
        ("not the the the the numb", "present small", "unexplained", "yes", "yes"),
        ("not the the the numb", "denied small", "unexplained", "no", "other"),
        ("not fine", "present", "unexplained", "yes", "yes"),
        ("not the fine", "present small", "unexplained", "yes", "yes"),
        ("not the the fine", "small well", "unexplained", "no", "other"),
        ("no numb", "denied", "", "no", "no"),
        ("no fine", "well", "", "no", "no"),
        ("numb no", "denied", "", "no", "no"),
        ("no", "", "", "other", "other"),
        ("numb is absent", "denied", "", "no", "no"),
        ("odd is absent", "denied", "", "no", "no"),
        ("not just numb", "narrowed present", "unexplained", "yes", "yes"),
        ("not numb just odd", "denied narrowed trouble", "unexplained", "yes", "yes"),
        ("less fine", "present trouble", "", "yes", "yes"),
        ("less the fine", "present small trouble", "", "yes", "yes"),
        ("less the the fine", "small trouble well", "", "no", "other"),
        ("less numb", "present trouble", "", "yes", "yes"),
        ("would not say not numb", "present", "unexplained", "yes", "yes"),
        ("would not say numb", "denied", "", "no", "no"),
        ("would not say fine", "present", "", "yes", "yes"),
        ("would not say the the the the numb", "present small", "", "yes", "yes"),
        ("hand numb", "elsewhere", "unexplained", "other", "other"),
        ("hand fine", "elsewhere", "unexplained", "other", "other"),
        ("always numb", "old present", "", "no", "no"),
        ("numb always odd", "old present trouble", "", "no", "other"),
        ("mum numb", "person", "", "other", "other"),
        ("mum sore odd", "person", "", "other", "other"),
        ("numb mum", "person present", "", "yes", "yes"),
        ("awake numb", "absent present", "", "no", "yes"),
        ("awake odd", "absent", "", "no", "no"),
        ("odd awake sometimes", "absent", "", "no", "no"),
        ("sore sometimes", "pain", "", "other", "other"),
        ("sore numb sometimes", "pain present some", "", "yes", "yes"),
        ("sore numb", "pain present", "", "yes", "yes"),
        ("numb but fine", "present well", "", "yes", "yes"),
        ("fine but numb", "present well", "", "yes", "yes"),
        ("fine but hello", "well", "unexplained", "no", "other"),
        ("fine but sore", "pain well", "", "no", "no"),
        ("fine but not", "well", "unexplained limited", "no", "other"),
        ("numb but not", "present", "unexplained", "yes", "yes"),
        ("numb but it is not", "ellipsis never_did present small", "taken back", "yes", "yes"),
        ("it is not", "ellipsis never_did small", "", "other", "other"),
        ("numb , the foot is not", "ellipsis place present small", "unexplained", "yes", "yes"),
        ("i do not", "ellipsis never_did self", "", "other", "other"),
        ("but it does not", "ellipsis never_did small", "taken back", "other", "other"),
        ("the back is not numb", "back denied small", "", "no", "no"),
        ("leg not numb", "denied place", "", "no", "no"),
        ("leg , not leg", "not_here place", "", "yes", "yes"),
        ("not leg", "not_here", "", "no", "no"),
        ("numb but cold", "cause present", "taken back", "yes", "yes"),
        ("numb because cold", "cause present", "taken back", "yes", "yes"),
        ("numb not because cold", "cause present", "", "yes", "yes"),
        ("because cold", "cause", "taken back", "other", "other"),
        ("not because numb", "denied", "taken back", "no", "no"),
        ("numb fine today", "present time well", "", "yes", "yes"),
        ("numb but fine today", "present time well", "taken back", "yes", "yes"),
        ("numb then fine", "present well", "", "yes", "yes"),
        ("numb but hello", "present", "unexplained", "yes", "yes"),
        ("fine until hello", "condition well", "unexplained", "no", "other"),
        ("fine apart from back", "back well", "", "no", "no"),
        ("fine apart from numb", "condition present well", "", "yes", "yes"),
        ("fine , not leg", "not_here well", "unexplained", "no", "other"),
        ("not leg , fine", "not_here well", "", "no", "no"),
        ("left right", "", "unexplained", "other", "other"),
        ("not numb numb", "denied", "unexplained", "no", "other"),
        ("it not odd odd", "denied small", "unexplained", "no", "other"),
        ("left , right sore", "pain", "unexplained", "other", "other"),
        ("hello fine", "well", "", "no", "no"),
        ("fine hello", "well", "", "no", "no"),
        ("hello , fine", "well", "unexplained", "no", "other"),
        ("fine , hello", "well", "unexplained", "no", "other"),
        ("i", "self", "", "other", "other"),
        ("i numb", "present self", "", "yes", "yes"),
        ("dentist", "absent", "", "no", "no"),
        ("numb today", "present time", "unexplained", "yes", "yes"),
        ("maybe", "hedged", "", "unsure", "unsure"),
        ("maybe odd", "hedged trouble", "unexplained", "yes", "yes"),
        ("maybe numb", "hedged present", "", "yes", "yes"),
        ("sometimes", "some", "unexplained", "yes", "yes"),
        ("leg just", "narrowed place", "", "yes", "yes"),
        ("just leg", "narrowed place", "", "yes", "yes"),
        ("leg that is all", "enough place", "", "yes", "yes"),
        ("hello that is all", "enough", "unexplained", "no", "other"),
        ("hand that is all", "elsewhere enough", "unexplained", "no", "other"),
        ("the leg", "place small", "", "yes", "yes"),
        ("otherwise fine", "otherwise well", "", "other", "other"),
        ("otherwise fine back", "back otherwise well", "", "no", "no"),
        ("numb not leg", "not_here present", "", "yes", "yes"),
        ("not odd", "denied", "", "no", "no"),
        ("not numb odd", "denied", "", "no", "no"),
        ("not numb odd fine", "denied well", "", "no", "no"),
        ("unsure", "unclear", "", "unsure", "unsure"),
        ("unsure odd", "trouble unclear", "", "unsure", "unsure"),
        ("unsure but awake", "absent unclear", "taken back", "no", "no"),
        ("gone", "gone", "", "no", "no"),
        ("fine gone", "gone present well", "", "yes", "yes"),
        ("odd sometimes", "some trouble", "unexplained", "yes", "yes"),
        ("sore", "pain", "", "other", "other"),
        ("back", "back", "", "other", "other"),
        ("just back", "back narrowed", "", "no", "no"),
        ("just sore", "narrowed pain", "", "no", "no"),
        ("mum but i fine", "person self well", "taken back", "no", "no"),
        ("mum numb but i am fine", "person self well", "taken back", "no", "no"),
        ("numb but not numb", "denied present", "", "yes", "yes"),
        ("numb but i not", "present self", "unexplained", "yes", "yes"),
    ],
)
def test_words_lean_by_what_stands_around_them(
    leaning: Leaning, text: str, kinds: str, marks: str, meaning: str, in_danger: str
) -> None:
    leans = leaning.of(text.split(), ["leg"])
    assert leans.kinds == set(kinds.split())
    shown = {
        "unexplained": leans.unexplained,
        "limited": leans.is_limited,
        "taken back": leans.taken_back,
    }
    assert " ".join(name for name, holds in shown.items() if holds) == marks
    assert leans.meaning(danger=False) == meaning
    assert leans.meaning(danger=True) == in_danger


def test_a_place_counts_only_where_the_question_names_places(leaning: Leaning) -> None:
    assert leaning.of(["hand", "numb"], ["leg"]).last is None
    assert leaning.of(["hand", "numb"], ["placeless"]).last is Lean.PRESENT


def test_what_denies_a_sign_outright_is_absent_in_an_answer(leaning: Leaning) -> None:
    assert leaning.of(["dentist"], ["new"]).last is Lean.ABSENT
    assert leaning.of(["dentist"], ["placeless"]).last is None
    assert leaning.of(["numb"], ["unknown"]).kinds == set()
    assert leaning.of(["numb"], ["unknown", "placeless"]).kinds == {Lean.PRESENT}


def test_nothing_said_leans_to_nothing(leaning: Leaning) -> None:
    leans = leaning.of([], ["leg"])
    assert leans.kinds == set()
    assert leans.last is None
    assert not leans.unexplained
