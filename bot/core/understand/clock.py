"""Clock times, scores and ages that people type."""

from __future__ import annotations

import re

from bot.core.understand.text import normalise

LONGEST_SCORE = 12  # words; a longer text is a story

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_HOURS = {word: number for number, word in enumerate((*_NUMBERS, "eleven", "twelve"))}
_SCORES = {"nothing": 0, **{word: number for number, word in enumerate(_NUMBERS)}}
_AGE = re.compile(
    r"\b(?:i am|i'm|im|aged|age) (\d{2})\b"
    r"(?! ?(?:weeks?|months?|days?|hours?|minutes?|out|/|percent|stone|kg)\b)"
    r"|^(\d{2}) ?(?:years? old|yo\b|y o\b)"
)
_CLOCK = re.compile(r"(?:at |around )?(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|h|o'clock)?")
_LATER = re.compile(r"\bin the (?:evening|afternoon)\b|\bat night\b|\btonight\b")
_PART_OF_DAY = re.compile(r"\s*(?:in the (?:morning|evening|afternoon)|at night|tonight)\b")
_HALF = re.compile(r"(?:at )?half (?:past )?(\w+)")


def clock_in(text: str) -> tuple[int, int] | None:
    """A time of day as (hour, minute): "8", "8:30", "8.30pm", "20h"; None if it is no time."""
    plain = normalise(text).strip(" .!?")
    later = _LATER.search(plain)
    plain = _PART_OF_DAY.sub("", plain)
    half = _HALF.fullmatch(plain)
    if half:
        hour = int(half.group(1)) if half.group(1).isdigit() else _HOURS.get(half.group(1))
        return (hour, 30) if hour is not None and 1 <= hour <= 12 else None
    found = _CLOCK.fullmatch(plain)
    if not found:
        return None
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    if (found.group(3) == "pm" or later) and hour < 12:
        hour += 12
    if found.group(3) == "am" and hour == 12:
        hour = 0
    return (hour, minute) if hour < 24 and minute < 60 else None


def age_in(text: str) -> int | None:
    """An age in years that someone states of themselves; None if there is none."""
    found = _AGE.search(normalise(text))
    return int(next(age for age in found.groups() if age)) if found else None


def score_in(text: str) -> int | None:
    """The one score from 0 to 10 in a short text: "7", "7/10", "about seven out of ten"."""
    said = re.sub(r"(?:/|out of)\s*(?:10|ten)\b", "", normalise(text))
    words = re.findall(r"[a-z0-9]+", said)
    numbers = [
        int(word) if word.isdecimal() else _SCORES[word]
        for word in words
        if word.isdecimal() or word in _SCORES
    ]
    fits = len(numbers) == 1 and numbers[0] <= 10 and len(words) <= LONGEST_SCORE
    return numbers[0] if fits else None
