"""Clock times, scores, weekdays and dates that people type."""

from __future__ import annotations

from datetime import date

import pytest

from bot.core.understand.clock import age_in, clock_in, day_in, score_in, weekdays_in

SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("quarter to 7", (6, 45)),
        ("half seven", (7, 30)),
        ("half past 7 pm", (19, 30)),
        ("quarter past twelve am", (0, 15)),
        ("8 in the evening", (20, 0)),
        ("12am", (0, 0)),
        ("7.30", (7, 30)),
        ("8pm.", (20, 0)),
        (" at half past 1! ", (1, 30)),
        ("half past twelve pm", (12, 30)),
        ("11 at night", (23, 0)),
        ("12 at night", (0, 0)),
        ("quarter to 12 at night", (23, 45)),
        ("half 12 at night", (0, 30)),
        ("12 pm", (12, 0)),
        ("12:30", (12, 30)),
        ("1 pm", (13, 0)),
        ("at noon", (12, 0)),
        ("midnight", (0, 0)),
    ],
)
def test_a_time_of_day_is_read(text: str, time: tuple[int, int]) -> None:
    assert clock_in(text) == time


@pytest.mark.parametrize(
    "text", ["half 13", "half past 0", "half past cup", "x8", "25:00", "7:75", "soon", "24"]
)
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    assert clock_in(text) is None


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("7/10", 7),
        ("nothing", 0),
        ("about a seven", 7),
        ("4 out of ten", 4),
        ("it is a 6 today and it was much much better than", 6),
    ],
)
def test_a_score_is_read(text: str, score: int) -> None:
    assert score_in(text) == score


@pytest.mark.parametrize(
    "text",
    [
        *("11", "7 or 8", "none of it", "xxx", "minus 1", "-1"),
        "6 is what i would say but it was a lot better in the morning",
    ],
)
def test_what_is_no_score_is_none(text: str) -> None:
    assert score_in(text) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon wed fri", (0, 2, 4)),
        ("every day", (0, 1, 2, 3, 4, 5, 6)),
        ("weekends", (5, 6)),
        ("working days", (0, 1, 2, 3, 4)),
        ("monday to wednesday", (0, 1, 2)),
        ("saturday to monday", (0, 5, 6)),
        ("not on sundays", (0, 1, 2, 3, 4, 5)),
        ("weekdays except friday", (0, 1, 2, 3)),
        ("weekdays and sunday", (0, 1, 2, 3, 4, 6)),
        ("weekends and tuesday", (1, 5, 6)),
        ("mon to wed and saturday", (0, 1, 2, 5)),
        ("mon to mon", (0,)),
    ],
)
def test_weekdays_are_read(text: str, days: tuple[int, ...]) -> None:
    assert weekdays_in(text) == days


@pytest.mark.parametrize("text", ["whenever", "not now", "monday but not monday"])
def test_no_weekday_that_is_left_is_none(text: str) -> None:
    assert weekdays_in(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow", date(2026, 11, 22)),
        ("until friday", date(2026, 11, 27)),
        ("saturday", date(2026, 11, 28)),
        ("until 5 December", date(2026, 12, 5)),
        ("Jan 3rd", date(2027, 1, 3)),
        ("till the 1st of march", date(2027, 3, 1)),
    ],
)
def test_a_day_to_come_is_read(text: str, day: date) -> None:
    assert day_in(text, SATURDAY) == day


@pytest.mark.parametrize("text", ["31 february", "later", "until it is over"])
def test_what_names_no_day_is_none(text: str) -> None:
    assert day_in(text, SATURDAY) is None


def test_29_february_waits_for_no_leap_year() -> None:
    assert day_in("29 february", date(2027, 3, 1)) is None


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("33 years old", 33),
        ("I'm 45", 45),
        ("i am 60 and my back hurts", 60),
        ("aged 51", 51),
        ("45 weeks", None),
        ("i am 12 weeks pregnant", None),
        ("it began 3 days ago", None),
    ],
)
def test_an_age_is_read_and_a_length_is_none(text: str, age: int | None) -> None:
    assert age_in(text) == age


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("till 5 december", date(2026, 12, 5)),
        ("until december 5th", date(2026, 12, 5)),
        ("sept 3", date(2027, 9, 3)),
        ("21 november", date(2027, 11, 21)),
        ("22 november", date(2026, 11, 22)),
    ],
)
def test_a_date_is_one_to_come(text: str, day: date) -> None:
    assert day_in(text, SATURDAY) == day
