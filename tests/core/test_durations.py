"""Lengths of time in people's words."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.dialogue import Dialogue
from bot.core.understand.durations import Kind
from bot.core.understand.reader import Reader

SATURDAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def reader(dialogue: Dialogue) -> Reader:
    return dialogue.context.reader


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
def test_a_length_is_read_in_days(reader: Reader, text: str, least: int, most: int) -> None:
    length = reader.lengths(text, SATURDAY)[-1]
    assert (length.least, length.most) == (least, most)
    assert length.kind is not Kind.OTHER


@pytest.mark.parametrize(
    "text", ["", "a while", "some time", "12", "since my holiday", "i may go"]
)
def test_what_cannot_be_placed_states_no_length(reader: Reader, text: str) -> None:
    assert not reader.lengths(text, SATURDAY)


@pytest.mark.parametrize(
    "text",
    [
        "appointment in 3 weeks",
        "i am 27 weeks pregnant",
        "two weeks holiday",
        "my baby is 7 months old",
        "every three months",
    ],
)
def test_a_length_of_something_else_is_another_matter(reader: Reader, text: str) -> None:
    assert all(length.kind is Kind.OTHER for length in reader.lengths(text, SATURDAY))


def test_without_a_date_no_named_moment_is_placed(reader: Reader) -> None:
    assert not reader.lengths("since march")
    assert reader.lengths("since yesterday")
