"""Clock times, scores and ages that people type."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.core.state import EVERY_DAY
from bot.core.understand.text import normalise

LONGEST_SCORE = 12  # words; a longer text is a story

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_HOURS = {word: number for number, word in enumerate((*_NUMBERS, "eleven", "twelve"))}
_BELOW_ZERO = re.compile(r"(?:^|\s)(?:minus |- ?)\w")
_SCORES = {"nothing": 0, **{word: number for number, word in enumerate(_NUMBERS)}}
_AGE = re.compile(
    r"\b(?:i am|i'm|im|aged|age) (\d{2})\b"
    r"(?! ?(?:weeks?|months?|days?|hours?|minutes?|out|/|percent|stone|kg)\b)"
    r"|^(\d{2}) ?(?:years? old|yo\b|y o\b)"
)
_CLOCK = re.compile(r"(?:at |around )?(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|h|o'clock)?")
_LATER = re.compile(r"\bin the (?:evening|afternoon)\b|\bat night\b|\btonight\b")
_NIGHT = re.compile(r"\bat night\b|\btonight\b")
_NAMED = {"noon": (12, 0), "midday": (12, 0), "midnight": (0, 0)}
_PART_OF_DAY = re.compile(r"\s*(?:in the (?:morning|evening|afternoon)|at night|tonight)\b")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = rf"\b({'|'.join(_WEEKDAYS)})(?:s|r|rs|day|sday|nesday|rsday|urday)?s?\b"
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_MONTH = "|".join(_MONTHS)
_DATED = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})"
    rf"|\b({_MONTH})[a-z]* (\d{{1,2}})(?:st|nd|rd|th)?\b"
)
_NEAR = {"half past": 30, "half": 30, "quarter past": 15, "quarter to": -15}
_PARTED = re.compile(rf"(?:at |around )?({'|'.join(_NEAR)}) (\w+?)\s*(am|pm)?")


def clock_in(text: str) -> tuple[int, int] | None:
    """A time of day as (hour, minute): "8", "8.30pm", "20h", "half seven"; None if it is none."""
    plain = normalise(text).strip(" .!?")
    if plain.removeprefix("at ") in _NAMED:
        return _NAMED[plain.removeprefix("at ")]
    later, night = _LATER.search(plain), _NIGHT.search(plain)
    plain = _PART_OF_DAY.sub("", plain)
    parted = _PARTED.fullmatch(plain)
    if parted:
        near, word, half = parted.groups()
        hour, minute = _hour_in(word), _NEAR[near]
        if not 1 <= hour <= 12:
            return None
    else:
        found = _CLOCK.fullmatch(plain)
        if not found:
            return None
        hour, minute, half = int(found.group(1)), int(found.group(2) or 0), found.group(3)
    if (half == "pm" or later) and hour < 12:
        hour += 12
    if hour == 12 and (half == "am" or (night and not half)):
        hour = 0
    if hour >= 24 or minute >= 60:
        return None
    return divmod((hour * 60 + minute) % 1440, 60)


def _hour_in(word: str) -> int:
    return int(word) if word.isdecimal() else _HOURS.get(word, 0)


def age_in(text: str) -> int | None:
    """An age in years that someone states of themselves; None if there is none."""
    found = _AGE.search(normalise(text))
    return int(next(age for age in found.groups() if age)) if found else None


def score_in(text: str) -> int | None:
    """The one score from 0 to 10 in a short text: "7", "7/10", "about seven out of ten"."""
    said = re.sub(r"(?:/|out of)\s*(?:10|ten)\b", "", normalise(text))
    if _BELOW_ZERO.search(said):
        return None
    words = re.findall(r"[a-z0-9]+", said)
    numbers = [
        int(word) if word.isdecimal() else _SCORES[word]
        for word in words
        if word.isdecimal() or word in _SCORES
    ]
    fits = len(numbers) == 1 and numbers[0] <= 10 and len(words) <= LONGEST_SCORE
    return numbers[0] if fits else None


def weekdays_in(text: str) -> tuple[int, ...] | None:
    """Weekdays that are named, 0 for Monday: "mon wed fri", "weekdays", "not on Sundays"."""
    plain = normalise(text)
    left_out = re.search(r"\b(?:not|except|but|without|no)\b(?! only)", plain)
    if left_out is None:
        return tuple(sorted(_weekdays(plain))) or None
    wanted, unwanted = _weekdays(plain[: left_out.start()]), _weekdays(plain[left_out.end() :])
    if not unwanted:
        return None
    return tuple(sorted((wanted or set(EVERY_DAY)) - unwanted)) or None


def _weekdays(plain: str) -> set[int]:
    if re.search(r"\b(?:every|each) day\b|\bdaily\b", plain):
        return set(EVERY_DAY)
    found = {_WEEKDAYS.index(name) for name in re.findall(_DAY, plain)}
    if re.search(r"\bweekdays?\b|\bwork(?:ing)? ?days?\b", plain):
        found |= {0, 1, 2, 3, 4}
    if re.search(r"\bweekends?\b", plain):
        found |= {5, 6}
    span = re.search(rf"{_DAY} (?:to|till|until|-) {_DAY}", plain)
    if span:
        first, last = (_WEEKDAYS.index(name) for name in span.groups())
        found |= {day % 7 for day in range(first, last + 1 + 7 * (last < first))}
    return found


def day_in(text: str, today: date) -> date | None:
    """A day to come that is named: "until Friday", "till 5 December", "tomorrow"."""
    plain = normalise(text)
    if re.search(r"\btomorrow\b", plain):
        return today + timedelta(days=1)
    dated = _DATED.search(plain)
    if dated:
        number = int(dated.group(1) or dated.group(4))
        month = _MONTHS.index((dated.group(2) or dated.group(3))[:3]) + 1
        try:
            found = date(today.year, month, number)
            return found if found > today else found.replace(year=today.year + 1)
        except ValueError:
            return None
    weekday = re.search(_DAY, plain)
    if weekday:
        ahead = (_WEEKDAYS.index(weekday.group(1)) - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=ahead)
    return None
