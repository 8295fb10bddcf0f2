"""Lengths of time in people's words."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.knowledge import Knowledge
from bot.core.understand.durations import Kind, Length
from bot.core.understand.lexicon import Lexicon
from bot.core.understand.matching import Sense

SATURDAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def lexicon(knowledge: Knowledge) -> Lexicon:
    """The words of the knowledge base without its concepts, which say nothing of lengths."""
    alone = knowledge.model_copy(update={"concepts": {}})
    return Lexicon(alone, lambda names: Sense(0, 0, (), names))


def lengths(lexicon: Lexicon, text: str, today: date | None = SATURDAY) -> list[Length]:
    return lexicon.lengths(lexicon.words(text), today)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("10 days", 10, 10),
        ("a week", 7, 7),
        ("two weeks", 14, 14),
        ("3wks", 21, 21),
        ("3 weeks", 21, 21),
        ("about three weeks", 21, 21),
        ("a fortnight", 14, 14),
        ("about 3 months", 90, 90),
        ("two and a half months", 75, 75),
        ("a month and a half", 45, 45),
        ("week and a half", 10, 10),
        ("half a year", 182, 182),
        ("a year", 365, 365),
        ("2-3 weeks", 14, 21),
        ("two or three days", 2, 3),
        ("2 3 days", 2, 3),
        ("a couple of weeks", 14, 14),
        ("a good few weeks", 21, 28),
        ("for 5 hours", 0, 0),
        ("2 weeks and 3 days", 17, 17),
        ("more than 2 weeks", 15, 15),
        ("over two weeks", 15, 15),
        ("longer than 14 days", 15, 15),
        ("less than two weeks", 7, 13),
        ("since yesterday", 1, 1),
        ("today", 0, 0),
        ("since this morning", 0, 0),
        ("since last night", 1, 1),
        ("since tuesday", 4, 4),
        ("since saturday", 7, 7),
        ("since march", 235, 265),
        ("since november", 0, 20),
        ("since march 2025", 600, 630),
        ("since 2019", 2517, 2881),
        ("since christmas", 330, 332),
        ("week 5 of this", 29, 35),
        ("weeks of this now", 14, 42),
        ("months now", 60, 180),
        ("chronic back pain", 90, 3650),
        ("started 3 weeks ago", 21, 21),
        ("one year back it started", 365, 365),
    ],
)
def test_a_length_is_read_in_days(lexicon: Lexicon, text: str, least: int, most: int) -> None:
    length = lengths(lexicon, text)[-1]
    assert (length.least, length.most) == (least, most)
    assert length.kind is not Kind.OTHER


def told(
    lexicon: Lexicon, text: str, today: date | None = SATURDAY
) -> list[tuple[Kind, str, int, int]]:
    """What each length in a text says, the words that it stands in, and its days."""
    words = lexicon.texts(text)
    assert all(length.end <= len(words) for length in lengths(lexicon, text, today))
    return [
        (length.kind, " ".join(words[length.start : length.end]), length.least, length.most)
        for length in lengths(lexicon, text, today)
    ]


@pytest.mark.parametrize(
    ("text", "words", "least", "most"),
    [
        ("2 weeks 3 days and no better", "2 weeks 3 days", 17, 17),
        ("it is 2 weeks and 3 days now and my leg hurts", "2 weeks and 3 days", 17, 17),
        ("2 weeks and a couple of days", "2 weeks and a couple of days", 16, 16),
        ("a year and a few months", "a year and a few months", 455, 485),
        ("a year and several months", "a year and several months", 485, 575),
        ("a few months and a couple of weeks now", "a few months and a couple of weeks", 104, 134),
        ("2 years and 6 months", "2 years and 6 months", 910, 910),
        ("2 weeks and 3 pills", "2 weeks", 14, 14),
        ("2 weeks and 3", "2 weeks", 14, 14),
        ("a week and a half of this", "a week and a half", 10, 10),
        ("about a week and a bit now", "a week and a bit", 10, 10),
        ("week and a half now", "week and a half", 10, 10),
        ("2 and a half weeks", "2 and a half weeks", 17, 17),
        ("two and half months of this", "two and half months", 75, 75),
        ("half an year", "half an year", 182, 182),
        ("2.5 weeks", "2.5 weeks", 17, 17),
        ("2,5 weeks", "2,5 weeks", 17, 17),
        ("400 days", "400 days", 400, 400),
        ("a week or two now", "a week or two", 7, 14),
        ("a day or 3", "a day or 3", 1, 3),
        ("3 days or 2", "3 days or 2", 2, 3),
        ("one or two weeks or so", "one or two weeks", 7, 14),
        ("2 weeks or more", "2 weeks", 14, 14),
        ("a week or", "a week", 7, 7),
        ("3 to 4 months", "3 to 4 months", 90, 120),
        ("a few to several weeks", "a few to several weeks", 21, 49),
        ("for between 2 and 3 weeks", "2 and 3 weeks", 14, 21),
        ("between two or three weeks", "two or three weeks", 14, 21),
        ("between 2 to 3 weeks", "2 to 3 weeks", 14, 21),
        ("took 2 and 3 days later it was back", "3 days", 3, 3),
        ("twenty one days", "twenty one days", 21, 21),
        ("twenty nine days", "twenty nine days", 29, 29),
        ("forty five or fifty days", "forty five or fifty days", 45, 50),
        ("thirty or forty days", "thirty or forty days", 30, 40),
        ("twenty some days", "twenty some days", 22, 26),
        ("some seven days", "seven days", 7, 7),
        ("a two week spell", "a two week", 14, 14),
        ("an eight week spell", "an eight week", 56, 56),
        ("two three days of this", "two three days", 2, 3),
        ("pain is a 7, 3 days now", "3 days", 3, 3),
        ("down to 3 2 days now", "2 days", 2, 2),
        ("a 3 two days now", "two days", 2, 2),
    ],
)
def test_an_amount_ends_where_its_words_end(
    lexicon: Lexicon, text: str, words: str, least: int, most: int
) -> None:
    assert told(lexicon, text) == [(Kind.LASTING, words, least, most)]


@pytest.mark.parametrize(
    ("text", "words", "least", "most"),
    [
        ("for more than about 2 weeks", "2 weeks", 15, 15),
        ("no more than 2 weeks", "2 weeks", 7, 13),
        ("no longer than a week", "a week", 0, 6),
        ("less than an hour", "an hour", 0, 0),
        ("nearly an hour", "an hour", 0, 0),
        ("almost 2 days", "2 days", 1, 1),
        ("nearly a week", "a week", 3, 6),
        ("nearly a fortnight", "a fortnight", 10, 13),
        ("just under 3 weeks", "3 weeks", 17, 20),
        ("nearly three months", "three months", 80, 89),
        ("almost a year", "a year", 244, 364),
    ],
)
def test_a_bound_moves_an_amount(
    lexicon: Lexicon, text: str, words: str, least: int, most: int
) -> None:
    assert told(lexicon, text) == [(Kind.LASTING, words, least, most)]


@pytest.mark.parametrize(
    ("text", "words", "least", "most"),
    [
        ("my back hurts since yesterday evening", "since yesterday", 1, 1),
        ("since early this morning now", "since early this morning", 0, 0),
        ("since last friday evening", "since last friday", 1, 8),
        ("since the past monday", "since the past monday", 5, 5),
        ("since sunday evening", "since sunday", 6, 6),
        ("since last week", "since last week", 4, 13),
        ("since the last week", "since the last week", 3, 14),
        ("since last fortnight my back hurts", "since last fortnight", 7, 28),
        ("since last 2 weeks may be more", "2 weeks", 14, 14),
        ("since early childhood on and off", "since early childhood", 3650, 20000),
        ("since the 3rd of november it hurts", "since the 3rd of november", 18, 18),
        ("bad since 5 march", "since 5 march", 261, 261),
        ("since 5 march", "since 5 march", 261, 261),
        ("since 5 march it hurts", "since 5 march", 261, 261),
        ("since 5th march 2025", "since 5th march 2025", 626, 626),
        ("since march 3rd it hurts", "since march 3rd", 263, 263),
        ("since march 5 2025 it hurts", "since march 5 2025", 626, 626),
        ("since november 1", "since november 1", 20, 20),
        ("since november 21", "since november 21", 0, 0),
        ("since 21 november 2026", "since 21 november 2026", 0, 0),
        ("since november 30", "since november 30", 356, 356),
        ("since may 31", "since may 31", 174, 174),
        ("since february 29", "since february 29", 266, 293),
        ("since early march my back hurts", "since early march", 235, 265),
        ("since december", "since december", 325, 355),
        ("since december 2019 or so", "since december 2019", 2517, 2547),
        ("since around 2020 or so", "since around 2020", 2151, 2516),
        ("since 2026", "since 2026", 0, 324),
        ("since halloween my leg hurts", "since halloween", 21, 21),
        ("since new year my leg hurts", "since new year", 323, 324),
        ("since new year 2025", "since new year 2025", 688, 689),
        ("since christmas 2024", "since christmas 2024", 695, 697),
        ("since christmas 2026", "since christmas 2026", 330, 332),
        ("since summer 2024 my back is stiff", "since summer 2024", 812, 903),
        ("since winter", "since winter", 266, 355),
        ("since winter 2024", "since winter 2024", 631, 720),
        ("since winter 2026", "since winter 2026", 266, 355),
    ],
)
def test_a_moment_is_counted_to_today(
    lexicon: Lexicon, text: str, words: str, least: int, most: int
) -> None:
    assert told(lexicon, text) == [(Kind.LASTING, words, least, most)]


@pytest.mark.parametrize(
    ("text", "words", "least", "most"),
    [
        ("it hurts for the last month", "for the last month", 30, 30),
        ("for the last month", "for the last month", 30, 30),
        ("it hurts over the past year so far", "over the past year", 365, 365),
        ("for past month", "for past month", 30, 30),
        ("these last weeks", "these last weeks", 14, 42),
        ("over the last few weeks", "few weeks", 21, 28),
        ("during the last 3 weeks", "3 weeks", 21, 21),
        ("day 1 of this", "day 1", 1, 1),
        ("day twelve", "day twelve", 12, 12),
        ("month 2 now", "month 2", 31, 60),
        ("i am in week 5 of this", "week 5", 29, 35),
        ("week 60 of this", "week 60", 414, 420),
        ("lifelong back pain, worse now", "lifelong", 90, 3650),
        ("my lifelong back pain", "lifelong", 90, 3650),
        ("3 weeks back pain", "3 weeks", 21, 21),
        ("6 months back problems", "6 months", 180, 180),
        ("20 weeks along with my back pain", "20 weeks", 140, 140),
        ("since monday, 2 or", "since monday", 5, 5),
        ("since monday, for the last", "since monday", 5, 5),
        ("every day an hour of pain", "an hour", 0, 0),
    ],
)
def test_other_ways_to_say_how_long(
    lexicon: Lexicon, text: str, words: str, least: int, most: int
) -> None:
    assert told(lexicon, text) == [(Kind.LASTING, words, least, most)]


@pytest.mark.parametrize(
    ("text", "words", "least", "most"),
    [
        ("it began 3 weeks ago when i fell", "3 weeks", 21, 21),
        ("2 weeks back i fell", "2 weeks", 14, 14),
        ("yesterday evening it went", "yesterday", 1, 1),
        ("it went yesterday evening", "yesterday", 1, 1),
        ("it hurts this morning too", "this morning", 0, 0),
        ("last night it began", "last night", 1, 1),
        ("on tuesday i lifted a box", "tuesday", 4, 4),
        ("on saturday i lifted a box", "saturday", 7, 7),
        ("on sunday i lifted a box", "sunday", 6, 6),
        ("it came tuesday", "tuesday", 4, 4),
        ("only tuesday", "tuesday", 4, 4),
        ("last monday it went", "monday", 5, 5),
        ("this monday it went", "monday", 5, 5),
    ],
)
def test_what_began_then_is_told_from_what_lasts(
    lexicon: Lexicon, text: str, words: str, least: int, most: int
) -> None:
    assert told(lexicon, text) == [(Kind.AGO, words, least, most)]


def test_two_lengths_in_one_text_are_two(lexicon: Lexicon) -> None:
    assert told(lexicon, "since monday, bouts for 3 years") == [
        (Kind.LASTING, "since monday", 5, 5),
        (Kind.LASTING, "3 years", 1095, 1095),
    ]
    assert told(lexicon, "3 days in bed and 2 weeks on the sofa") == [
        (Kind.LASTING, "3 days", 3, 3),
        (Kind.LASTING, "2 weeks", 14, 14),
    ]
    assert told(lexicon, "a week or two weeks") == [
        (Kind.LASTING, "a week", 7, 7),
        (Kind.LASTING, "two weeks", 14, 14),
    ]
    assert told(lexicon, "2 weeks and 2 weeks again") == [
        (Kind.LASTING, "2 weeks", 14, 14),
        (Kind.LASTING, "2 weeks", 14, 14),
    ]
    assert told(lexicon, "for a week or two, years after the first time") == [
        (Kind.LASTING, "a week or two", 7, 14),
        (Kind.OTHER, "years", 730, 2190),
    ]


def test_a_feast_on_its_own_day_is_today(lexicon: Lexicon) -> None:
    assert told(lexicon, "since halloween", date(2026, 10, 31)) == [
        (Kind.LASTING, "since halloween", 0, 0)
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("", "a while", "some time", "12", "since my holiday", "i may go", "since", "since the"),
        *("since about", "for the", "since 1900", "since april 1900", "since april 2027"),
        *("since december 2026", "since 30 november 2026", "year 2 of this", "week 61"),
        *("tuesday", "friday class is still on", "next weeks", "last weeks"),
        *("this weeks pain is worse", "next week and a half i am away", "1,000 days", "2000 days"),
        *("every week 2 or 3 times", "each week 2 or 3 times", "all day an ache"),
        *("every week many people ask", "worse each day"),
    ],
)
def test_what_cannot_be_placed_states_no_length(lexicon: Lexicon, text: str) -> None:
    assert not lengths(lexicon, text)


@pytest.mark.parametrize(
    "text",
    [
        "appointment in 3 weeks",
        "i am 27 weeks pregnant",
        "two weeks holiday",
        "my baby is 7 months old",
        "every three months",
        "a 2 hours drive",
        "20 weeks along now",
        "i will be signed off for about 2 weeks",
        "it took 2 weeks",
    ],
)
def test_a_length_of_something_else_is_another_matter(lexicon: Lexicon, text: str) -> None:
    assert all(length.kind is Kind.OTHER for length in lengths(lexicon, text))


@pytest.mark.parametrize("text", ["since march", "since tuesday", "on tuesday", "since 2019"])
def test_without_a_date_no_named_moment_is_placed(lexicon: Lexicon, text: str) -> None:
    assert not lengths(lexicon, text, None)


def test_without_a_date_what_counts_from_today_is_placed(lexicon: Lexicon) -> None:
    assert told(lexicon, "since yesterday", None) == [(Kind.LASTING, "since yesterday", 1, 1)]
    assert told(lexicon, "since last fortnight", None) == [
        (Kind.LASTING, "since last fortnight", 7, 28)
    ]
