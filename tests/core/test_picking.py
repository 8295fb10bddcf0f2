"""Short answers that pick something: an option, a button, a length, a plain yes or no."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Choice, Knowledge
from bot.core.state import Answer
from bot.core.understand.answers import Answers

TODAY = date(2026, 11, 21)
LABELS = {"leg": "My leg is weak", "foot": "My foot is numb", "none": "None of these"}
AFTER_TWO_WEEKS = ("pain_same", "pain_settling", "pain_worse", "pain_gone")
ROUTINE = ("right", "hard", "easy")
COUNTING = ("hurts", "hold_on", "go_on", "easier", "skip", "count")


@pytest.fixture(scope="module")
def answers(dialogue: Dialogue) -> Answers:
    return dialogue.context.answers


def choice(knowledge: Knowledge, name: str) -> Choice:
    return next(question for question in knowledge.questions if question.id == name)


# -- plain yes and no ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes please", Answer.YES),
        ("yes i fell", Answer.YES),
        ("yeah my toes", Answer.YES),
        ("it is", Answer.YES),
        ("no thanks", Answer.NO),
        ("no no no", Answer.NO),
        ("no sorry", Answer.NO),
        ("nope not at all", Answer.NO),
        ("none of these thanks", Answer.NO),
        ("yes and no", Answer.UNSURE),
        ("maybe", Answer.UNSURE),
        ("well maybe", Answer.UNSURE),
        ("no yes", None),
        ("yes no", None),
        ("yes or no", None),
        ("no but", None),
        ("yes but", None),
        ("yes except the leg", None),
        ("no my leg", None),
        ("not yes", None),
        ("a bit in the morning", None),
        ("yes it has been like this since monday morning you see", Answer.YES),
        (" ".join(["yes"] * 12), Answer.YES),
        (" ".join(["yes"] * 13), None),
        (" ".join(["no"] * 12), Answer.NO),
        (" ".join(["no"] * 13), None),
    ],
)
def test_a_plain_answer_is_read_and_all_else_is_none(
    answers: Answers, text: str, answer: Answer | None
) -> None:
    assert answers.yes_no(text) is answer


@pytest.mark.parametrize("text", ["yes", "yes please", "ok lets start", "sure, go ahead", "i do"])
def test_a_yes_may_have_words_beside_it_that_add_nothing(answers: Answers, text: str) -> None:
    assert answers.is_clean_yes(text)


@pytest.mark.parametrize(
    "text", ["", "...", "no", "please", "ok wait", "right hip pinches", "yes i fell", "maybe"]
)
def test_a_yes_with_more_beside_it_is_not_clean(answers: Answers, text: str) -> None:
    assert not answers.is_clean_yes(text)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("no", True),
        ("no leave it", True),
        ("nah", True),
        ("Nope, not now", True),
        ("", False),
        ("...", False),
        ("yes", False),
        ("well no", False),
        ("not now", False),
    ],
)
def test_an_answer_begins_with_a_no_or_does_not(
    answers: Answers, text: str, *, begins: bool
) -> None:
    assert answers.begins_with_no(text) is begins


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("I have not seen a doctor", True),
        ("never seen anyone", True),
        ("saw no doctor", True),
        ("didn't go", True),
        ("it is not not there", False),
        ("saw the doctor", False),
        ("nothing", False),
        ("", False),
    ],
)
def test_a_denial_is_seen_wherever_it_stands(answers: Answers, text: str, *, denies: bool) -> None:
    assert answers.denies(text) is denies


@pytest.mark.parametrize(
    ("text", "other"),
    [("my mum saw one", True), ("a friend did", True), ("I saw one", False), ("", False)],
)
def test_another_person_is_noticed(answers: Answers, text: str, *, other: bool) -> None:
    assert answers.speaks_of_other(text) is other


# -- options of a list ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1 and 3", ("leg", "none")),
        ("3, 1", ("none", "leg")),
        ("2 , 3", ("foot", "none")),
        ("1 & 2", ("leg", "foot")),
        ("no. 2", ("foot",)),
        ("no 2", ("foot",)),
        ("Number 1!", ("leg",)),
        ("10", ()),
        ("12", ()),
        ("1 and", ()),
        ("weak leg", ("leg",)),
        ("numb foot!", ("foot",)),
        ("is numb", ("foot",)),
        ("my leg", ("leg",)),
        ("foot", ("foot",)),
        ("none", ("none",)),
        ("weak numb", ()),
        ("not weak", ()),
        ("my", ()),
        ("the", ()),
    ],
)
def test_options_are_picked_by_numbers_or_words_of_one_label(
    answers: Answers, text: str, options: tuple[str, ...]
) -> None:
    assert answers.picked(text, LABELS) == options


def test_a_part_of_a_label_counts_only_where_a_stray_word_may(answers: Answers) -> None:
    assert answers.picked("weak leg", LABELS, parts=False) == ()
    assert answers.picked(" My Leg Is Weak. ", LABELS, parts=False) == ("leg",)
    assert answers.picked("my leg is weak?", LABELS, parts=False) == ("leg",)
    assert answers.picked("1", LABELS, parts=False) == ("leg",)


def test_a_number_counts_only_where_it_belongs_to_this_list(answers: Answers) -> None:
    assert answers.picked("1", LABELS, numbers=False) == ()
    assert answers.picked("1 and 3", LABELS, numbers=False) == ()
    assert answers.picked("weak leg", LABELS, numbers=False) == ("leg",)


def test_of_two_equal_labels_the_first_is_picked(answers: Answers) -> None:
    assert answers.picked("stop", {"one": "Stop", "two": "Stop"}) == ("one",)


def test_a_part_that_two_labels_share_picks_none(answers: Answers) -> None:
    labels = {"one": "Stop the count", "two": "Stop the routine", "three": "Go"}
    assert answers.picked("stop", labels) == ()
    assert answers.picked("stop count", labels) == ("one",)
    assert answers.picked("go", labels) == ("three",)


# -- options of a question -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "text", "option"),
    [
        ("what_happened", "carrying my shopping", "strain"),
        ("what_happened", "I ran", "overdone"),
        ("what_happened", "it just came by itself", "by_itself"),
        ("what_happened", "to prevent it", "prevent"),
        ("what_happened", "lifted a box, then a long drive", "strain"),
        ("what_happened", "what", None),
        ("what_happened", "", None),
        ("since_when", "just now", "today"),
        ("since_when", "for hours", "today"),
        ("since_when", "chronic", "months"),
        ("since_when", "no pain", "no_pain"),
        ("since_when", "not today", None),
        ("since_when", "never had pain", None),
        ("since_when", "today or years ago", None),
        ("since_when", "it was yesterday morning I think", None),
        ("since_when", "it was yesterday, I think", "today"),
        ("eases", "sitting", "bending"),
        ("eases", "not sitting", None),
        ("eases", "a hot bath", None),
        ("eases", "nothing", "nothing"),
        ("where", "shoulder blades", "high"),
        ("where", "the left hip", "side"),
        ("where", "3", "leg"),
        ("where", "low back and leg", None),
        ("pain", "seven", "p7"),
        ("pain", "about a 6", "p6"),
        ("pain", "none", None),
    ],
)
def test_an_option_is_meant_by_its_words_and_only_by_one_where_it_denies_a_sign(
    answers: Answers, knowledge: Knowledge, question: str, text: str, option: str | None
) -> None:
    assert answers.option_of(choice(knowledge, question), text) == option


# -- what people type instead of tapping ---------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text", "option"),
    [
        (AFTER_TWO_WEEKS, "better", "pain_settling"),
        (AFTER_TWO_WEEKS, "it is easing nicely", "pain_settling"),
        (AFTER_TWO_WEEKS, "no better", "pain_same"),
        (AFTER_TWO_WEEKS, "it is no worse", "pain_same"),
        (AFTER_TWO_WEEKS, "worse", "pain_worse"),
        (AFTER_TWO_WEEKS, "the pain has gone away completely", "pain_gone"),
        (AFTER_TWO_WEEKS, "no pain", "pain_gone"),
        (AFTER_TWO_WEEKS, "pain free", "pain_gone"),
        (AFTER_TWO_WEEKS, "less pain", "pain_settling"),
        (AFTER_TWO_WEEKS, "better and worse", None),
        (AFTER_TWO_WEEKS, "hello", None),
        (AFTER_TWO_WEEKS, "", None),
        (AFTER_TWO_WEEKS, "so it is now a good bit better", "pain_settling"),
        (AFTER_TWO_WEEKS, "so I think it is a good bit better", None),
        (ROUTINE, "too hard", "hard"),
        (ROUTINE, "not too hard", "right"),
        (ROUTINE, "it was a bit tough", "hard"),
        (ROUTINE, "hard and easy", None),
        (ROUTINE, "not painful", None),
        (COUNTING, "ouch", "hurts"),
        (COUNTING, "pain", "hurts"),
        (COUNTING, "no pain", None),
        (COUNTING, "pain free", None),
        (COUNTING, "next one", "skip"),
        (COUNTING, "stop counting", "hold_on"),
        ((), "ouch", None),
        (("unknown",), "ouch", None),
    ],
)
def test_the_longest_phrase_means_a_button_and_a_tie_means_none(
    answers: Answers, options: tuple[str, ...], text: str, option: str | None
) -> None:
    assert answers.replied(text, options) == option


# -- lengths -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3 weeks", 21),
        ("2 hours", 0),
        ("since Monday", 5),
        ("2 years ago", 730),
        ("worse for 2 hours, there for 3 months", 90),
        ("3 months, worse for 2 hours", 90),
        ("longer than 2 weeks", 15),
        ("not two weeks, more than 3 weeks", 22),
        ("my poor back has hurt for about 3 weeks now i think", 21),
        ("my poor old back has hurt for about 3 weeks now i think", None),
        ("not 3 weeks", None),
        ("no longer 3 weeks", None),
        ("hello", None),
        ("", None),
        ("I am 45 years old", None),
    ],
)
def test_the_longest_length_of_a_short_answer_counts_unless_it_is_denied(
    answers: Answers, text: str, days: int | None
) -> None:
    length = answers.length_in(text, TODAY)
    assert (length.most if length else None) == days
