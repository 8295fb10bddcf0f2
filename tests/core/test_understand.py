"""Words to meaning."""

from __future__ import annotations

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge
from bot.core.understand.reader import Reader, Reading
from bot.core.understand.text import normalise

# A ratchet: a little below what the word lists reach today. Raise it when they get better.
RAISED_AT_LEAST = 0.95
RAISED_OR_ASKED_AT_LEAST = 0.99
WRONGLY_RAISED_AT_MOST = 0.01


@pytest.fixture(scope="module")
def reader(dialogue: Dialogue) -> Reader:
    return dialogue.context.reader


def raised(reading: Reading) -> set[str]:
    return {heard.flag for heard in reading.raised}


# -- what is heard -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("no feeling when i wipe", "saddle_numbness"),
        ("pins and needles both legs", "bilateral_leg_symptoms"),
        ("my foot keeps catching on the stairs, not worse", "weakness_leg"),
        ("i wet myself", "bladder_leak"),
        ("fell off a ladder this morning, severe pain", "trauma_severe"),
        ("my leg is numb", "numbness_leg"),
        ("i cannot pee", "bladder_retention"),
        ("i soiled myself", "bowel_incontinence"),
        ("i have chest pain", "chest_pain_or_breathless"),
        ("i want to die", "suicidal_or_crisis"),
        ("pregnant, bleeding, back cramps", "pregnancy_bleeding_or_labour"),
        ("had breast cancer in 2018, new ache for 3 weeks", "cancer_history"),
        ("i have a fever", "fever_or_infection"),
    ],
)
def test_plain_danger_words_raise_their_flag(reader: Reader, text: str, flag: str) -> None:
    assert flag in raised(reader.read(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("my leg is numb", "numb leg"),
        ("crushing pain in my chest", "my chest is crushing"),
        ("numb between my legs", "between my legs it is numb"),
        ("i cannot pee", "pee i cannot"),
        ("weak left leg", "my left leg has gone weak"),
    ],
)
def test_the_order_of_the_words_does_not_matter(reader: Reader, one: str, other: str) -> None:
    assert raised(reader.read(one)) & raised(reader.read(other))


@pytest.mark.parametrize(
    "text",
    [
        "My LEG is NUMB",
        "my leg is numb!!!",
        "my leg\u200b is nu\u00admb",
        "\uff4dy \uff4ceg is \uff4eumb",
        "hello.my leg is numb.bye",
        "ok\nmy leg is numb\nthanks",
    ],
)
def test_spelling_in_capitals_wide_or_with_invisible_marks_is_read(
    reader: Reader, text: str
) -> None:
    assert "numbness_leg" in raised(reader.read(text))


@pytest.mark.parametrize(
    ("text", "flag"),
    [("my leg's numb", "numbness_leg"), ("my chest's tight", "chest_pain_or_breathless")],
)
def test_a_body_part_with_is_written_short_is_heard(reader: Reader, text: str, flag: str) -> None:
    assert flag in raised(reader.read(text))


def test_all_ways_to_write_cannot_are_one(reader: Reader) -> None:
    for cannot in ("can't", "cant", "can not", "cannot", "can\u2019t", "can\u00b4t", "can`t"):
        assert "bladder_retention" in raised(reader.read(f"i {cannot} pee")), cannot


# -- how it is meant -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "no numbness, no weakness, bladder fine",
        "my leg is not numb",
        "i have no fever",
        "i never wet myself",
        "i do not have chest pain",
        "without any numbness in my legs",
        "my bladder is fine",
        "no fever, numbness or tingling in my leg",
    ],
)
def test_what_is_denied_raises_nothing(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert not reading.raised
    assert not reading.asks


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("not only my back, my leg is numb", "numbness_leg"),
        ("no doubt my leg is numb", "numbness_leg"),
        ("no feeling in my private parts", "saddle_numbness"),
        ("i cannot feel my leg", "numbness_leg"),
        ("i am not able to pee", "bladder_retention"),
        ("no numbness in my arm but my leg is weak", "weakness_leg"),
        ("no fever. my leg is numb", "numbness_leg"),
        ("no. my leg is numb", "numbness_leg"),
        ("no, my leg is numb", "numbness_leg"),
    ],
)
def test_what_only_looks_like_a_denial_still_raises(reader: Reader, text: str, flag: str) -> None:
    assert flag in raised(reader.read(text))


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("no numbness in my left leg but my right leg is numb", "numbness_leg"),
        ("my left leg is not numb, my right leg is numb", "numbness_leg"),
        ("no weakness in my right leg, my left leg is weak", "weakness_leg"),
        ("my bladder was fine until monday but now i cannot pee", "bladder_retention"),
    ],
)
def test_a_denial_of_one_side_does_not_hide_the_other(
    reader: Reader, text: str, flag: str
) -> None:
    reading = reader.read(text)
    assert flag in raised(reading) | set(reading.asks)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("my mum cannot feel her legs", "bilateral_leg_symptoms"),
        ("my dad has chest pain", "chest_pain_or_breathless"),
        ("my wife wet herself", "bladder_leak"),
    ],
)
def test_what_another_person_has_is_heard_as_theirs(reader: Reader, text: str, flag: str) -> None:
    reading = reader.read(text)
    assert not reading.raised
    assert flag in {heard.flag for heard in reading.others}


def test_another_person_who_speaks_of_me_is_not_the_one_who_has_it(reader: Reader) -> None:
    assert "weakness_leg" in raised(reader.read("my husband says my leg is weak"))


@pytest.mark.parametrize(
    "text",
    [
        "my mum has weak legs and my legs are weak too",
        "my dad had a stroke, and i have a numb leg",
        "my wife drove me here. my leg is numb",
    ],
)
def test_what_another_person_has_does_not_hide_what_i_have(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert raised(reading) | set(reading.asks)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("lifting my mum and now both legs are numb", "bilateral_leg_symptoms"),
        ("was out with my dog and fell on the ice", "trauma"),
        ("according to my wife there is a bulge pulsing in the belly", "pulsing_tummy"),
    ],
)
def test_whom_i_lift_or_am_with_does_not_take_what_i_have(
    reader: Reader, text: str, flag: str
) -> None:
    assert flag in raised(reader.read(text))


@pytest.mark.parametrize(
    "text", ["i was lifting my mum, she cannot feel her legs", "it is my mum, numb in both legs"]
)
def test_whom_i_lift_may_still_be_the_one_who_has_it(reader: Reader, text: str) -> None:
    assert not reader.read(text).raised


@pytest.mark.parametrize(
    "text",
    [
        "i had meningitis when i was 12. back spasm from shovelling",
        "shingles in 2019, strained my back on the bins",
        "kidney infections as a girl, it is a muscle they say",
    ],
)
def test_what_is_long_past_is_not_even_asked(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert not reading.raised
    assert not reading.asks


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("my bladder leaks like it did years ago", "bladder_leak"),
        ("since the operation years ago i cannot feel my bladder", "bladder_retention"),
        ("my leg has been numb from an accident years ago", "numbness_leg"),
        ("i lost control of my bladder years ago and it happens again", "bladder_leak"),
        ("i stopped drinking years ago and want to die", "suicidal_or_crisis"),
    ],
)
def test_what_is_compared_with_the_past_or_lasts_is_still_asked(
    reader: Reader, text: str, flag: str
) -> None:
    reading = reader.read(text)
    assert flag in raised(reading) | set(reading.asks)


def test_all_gone_numb_is_not_over(reader: Reader) -> None:
    assert "saddle_numbness" in raised(reader.read("it is all gone numb down there"))


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("my leg was numb years ago", "numbness_leg"),
        ("i had a bad crash in 1998", "trauma_severe"),
        ("as a child i wet the bed", "bladder_leak"),
    ],
)
def test_what_is_past_is_not_raised(reader: Reader, text: str, flag: str) -> None:
    assert flag not in raised(reader.read(text))


def test_what_was_past_and_is_there_again_raises(reader: Reader) -> None:
    assert "numbness_leg" in raised(reader.read("my leg was numb years ago and is numb again"))


@pytest.mark.parametrize(
    "text",
    ["what if my leg goes numb?", "what happens if i wet myself"],
)
def test_a_what_if_raises_nothing_and_is_known_as_one(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert not reading.raised
    assert reading.what_if


@pytest.mark.parametrize(
    "text",
    [
        "this queue bored me numb",
        "want my money back",
        "this spasm is killing me",
        "i nearly fell asleep at my desk",
        "pain in the neck of a boss",
        "bloody hell",
        "i got cold feet before the wedding",
    ],
)
def test_idioms_raise_nothing(reader: Reader, text: str) -> None:
    assert not reader.read(text).raised


@pytest.mark.parametrize(
    "text",
    [
        "my hand is numb",
        "my arm is getting weaker after the shoulder op",
        "my fingers tingle when i type",
        "numb",
        "it tingles",
        "i feel weak",
    ],
)
def test_a_numb_or_weak_place_must_be_named_to_raise_a_leg_or_saddle_flag(
    reader: Reader, text: str
) -> None:
    legs = {"saddle_numbness", "numbness_leg", "weakness_leg", "bilateral_leg_symptoms"}
    assert not raised(reader.read(text)) & legs


@pytest.mark.parametrize(
    "text", ["back spasm since yesterday after gardening, nothing else", "hello", "thanks", "7"]
)
def test_ordinary_messages_raise_nothing(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert not reading.raised
    assert not reading.asks


def test_the_words_that_raised_a_flag_are_kept(reader: Reader) -> None:
    (heard,) = reader.read("hello there. my leg is numb.").raised
    assert "leg" in heard.words
    assert "numb" in heard.words
    assert "hello" not in heard.words


def test_a_flag_is_raised_once_however_often_it_is_said(reader: Reader) -> None:
    reading = reader.read("my leg is numb. " * 20)
    assert len(reading.raised) == len(raised(reading))


def test_what_is_raised_is_not_asked_too(reader: Reader, knowledge: Knowledge) -> None:
    for flag in knowledge.flags:
        for text in flag.says:
            reading = reader.read(text)
            assert not raised(reading) & set(reading.asks), text


# -- hostile input -------------------------------------------------------------------------------

HOSTILE = [
    "",
    " ",
    "\n\n\n",
    "...!!!???",
    "\ud800",
    "\u202enumb\u202c",
    "\x00\x01\x02",
    "\U0001f600" * 500,
    "\u0300" * 2000,
    "numb " * 1000,
    "no " * 1000,
    "leg numb, " * 400,
    "a" * 5000,
    "'" * 3000,
    "'s 't 're" * 100,
    "\ufdfa" * 300,
    "{title} {0} %s",
    "<b>numb</b> `leg`",
    "\u0661\u0662\u0663",
    "\u00b2\u00b3\u2460",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_without_an_error(reader: Reader, text: str) -> None:
    assert isinstance(reader.read(text), Reading)


def test_nothing_invisible_is_left_after_normalising() -> None:
    assert normalise("nu\u200bmb\ufeff \u202eleg") == "numb leg"


def test_words_and_clause_ends_are_kept_and_nothing_else(reader: Reader) -> None:
    assert reader.words_of("My leg is numb, & weak!") == [
        "my",
        "leg",
        "is",
        "numb",
        ",",
        "weak",
        "!",
    ]


def test_danger_at_the_end_of_a_long_message_is_heard(reader: Reader) -> None:
    story = "It began on a plain morning and I will tell you all of it. " * 67
    assert 3900 < len(story) < 4060, "Telegram lets 4096 characters through"
    assert "bladder_leak" in raised(reader.read(story + "And last night i wet myself."))


# -- the knowledge base's own examples -----------------------------------------------------------


def test_own_examples_are_heard_as_often_as_before(reader: Reader, knowledge: Knowledge) -> None:
    labels = {flag.id: flag.label or flag.id for flag in knowledge.flags}
    label = labels.__getitem__
    total = hits = wide = 0
    missed = []
    for flag in knowledge.flags:
        for text in flag.says:
            reading = reader.read(text)
            total += 1
            hits += label(flag.id) in map(label, raised(reading))
            found = {label(name) for name in (*raised(reading), *reading.asks)}
            wide += label(flag.id) in found
            if label(flag.id) not in found:
                missed.append(f"{flag.id}: {text}")
    shown = "\n".join(missed)
    recall, reached = hits / total, wide / total
    assert recall >= RAISED_AT_LEAST, f"raise recall {recall:.3f} of {total}; missed:\n{shown}"
    assert reached >= RAISED_OR_ASKED_AT_LEAST, (
        f"raise-or-ask recall {reached:.3f} of {total}; missed:\n{shown}"
    )


def test_own_counter_examples_are_read_and_seldom_raise(
    reader: Reader, knowledge: Knowledge
) -> None:
    total = 0
    wrong = []
    for flag in knowledge.flags:
        for text in flag.says_not:
            total += 1
            if flag.id in raised(reader.read(text)):
                wrong.append(f"{flag.id}: {text}")
    rate = len(wrong) / total
    assert rate <= WRONGLY_RAISED_AT_MOST, (
        f"{rate:.3f} of {total} counter-examples raise:\n" + "\n".join(wrong)
    )


def test_every_emergency_flag_that_hears_anything_hears_one_of_its_own_examples(
    reader: Reader, knowledge: Knowledge
) -> None:
    deaf = [
        flag.id
        for flag in knowledge.flags
        if flag.hears and flag.outcome.is_emergency
        if not any(flag.id in raised(reader.read(text)) for text in flag.says)
    ]
    assert len(deaf) <= 8, deaf
