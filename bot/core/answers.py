"""Typed answers to an open question: yes, no, numbers, parts of labels, lengths, clock times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from bot.core.knowledge import Choice, Words
from bot.core.state import Answer
from bot.core.understand import normalise, tokens

SHORT_ANSWER = 5  # words within which one word of an option is enough
LONGEST_ANSWER = 12  # words; a longer text is a story, not an answer

_EMPTY_WORDS = frozenset(
    (
        *("the", "and", "are", "this", "these", "those", "that", "with", "from", "not", "but"),
        *("for", "have", "has", "had", "was", "its", "said", "fine"),
    )
)
_TURNED = frozenset(("not", "no", "neither", "nor", "never", "longer", "nothing", "but", "except"))
_UNITS = {"hour": 0, "minute": 0, "day": 1, "night": 1, "week": 7, "month": 30, "year": 365}
_NUMBER_WORDS = {
    **{"a": 1, "an": 1, "one": 1, "couple": 2, "two": 2, "three": 3, "few": 3, "several": 4},
    **{"four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20},
}
_SCORES = {"zero": 0, "nothing": 0, **_NUMBER_WORDS}
_SCORES = {
    word: score for word, score in _SCORES.items() if word not in {"a", "an", "few", "couple"}
}
_LENGTH = re.compile(r"\b(\d{1,4}|[a-z]+)(?: of)? (minute|hour|day|night|week|month|year)s?\b")
_MORE_THAN = re.compile(r"\b(?:over|more than|longer than|at least|nearly|almost)\s*$")
_AGE = re.compile(
    r"\b(?:i am|aged|age) (\d{2})\b"
    r"(?! ?(?:weeks?|months?|days?|hours?|minutes?|out|/|percent|stone|kg)\b)"
    r"|^(\d{2}) ?(?:years? old|yo\b|y o\b)"
)
_CLOCK = re.compile(r"\b(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm|h|o'clock)?\b")


def yes_no(words: Words, text: str) -> Answer | None:
    """Yes, no or not sure; None when the text is something else, or both at once."""
    said = [word for word in tokens(text) if word.isalnum() or "'" in word]
    if not said or len(said) > LONGEST_ANSWER:
        return None
    if _begins(said, words.unsure, anywhere=True):
        return Answer.UNSURE
    if "but" in said or "except" in said:
        return None
    if {"yes", "no"} <= set(said) and set(said) <= {"yes", "no", "and", "or", "both"}:
        return None
    if _is_clean_no(said, words):
        return Answer.NO
    if is_clean_yes(words, text) or said[0] in words.yes_first:
        return Answer.YES
    return None


def is_clean_yes(words: Words, text: str) -> bool:
    """A yes and nothing beside it; "ok wait" and "right hip pinches" are none."""
    said = [word for word in tokens(text) if word.isalnum() or "'" in word]
    spoken = _vocabulary(words.yes) | set(words.yes_with)
    return bool(said) and _begins(said, words.yes) and set(said) <= spoken


def _is_clean_no(said: Sequence[str], words: Words) -> bool:
    """A no and nothing beside it: "no feeling at all" is no denial, it is the sign itself.

    What remains after a no must be another no or one of the tails of the word list.
    """
    rest = _without(list(said), words.no)
    while rest is not None and rest:
        rest = _without(rest, words.no + words.no_tails)
    return rest is not None


def _without(said: list[str], phrases: tuple[str, ...]) -> list[str] | None:
    """The words after the longest phrase that they begin with; None if they begin with none."""
    fits = [parts for parts in _parts(phrases) if said[: len(parts)] == parts]
    return said[len(max(fits, key=len)) :] if fits else None


@cache
def _parts(phrases: tuple[str, ...]) -> tuple[list[str], ...]:
    """The words of each phrase of a word list; the lists never change."""
    return tuple(tokens(phrase) for phrase in phrases)


@cache
def _vocabulary(phrases: tuple[str, ...]) -> frozenset[str]:
    """All words of a word list."""
    return frozenset(word for parts in _parts(phrases) for word in parts)


def _begins(said: Sequence[str], phrases: tuple[str, ...], *, anywhere: bool = False) -> bool:
    for parts in _parts(phrases):
        starts = range(len(said) - len(parts) + 1) if anywhere else range(1)
        if any(list(said[at : at + len(parts)]) == parts for at in starts):
            return True
    return False


def picked(
    text: str, labels: Mapping[str, str], *, parts: bool = True, numbers: bool = True
) -> tuple[str, ...]:
    """The options a text names: by number ("1 and 3"), label, or a part that fits one alone.

    `parts` is off where a stray word must not count, as "fine" for "Yes, and stretches are fine";
    `numbers` is off where a number may belong to an older list.
    """
    plain = normalise(text).strip(" .!?")
    ids = list(labels)
    listed = re.fullmatch(
        r"(?:(?:number|no\.?)\s*)?(\d{1,2}(?:\s*(?:,|and|&|\s)\s*\d{1,2})*)", plain
    )
    if listed:
        wanted = [int(digit) for digit in re.findall(r"\d+", listed.group(1))]
        if numbers and all(1 <= number <= len(ids) for number in wanted):
            return tuple(ids[number - 1] for number in wanted)
        return ()
    whole = [option for option, label in labels.items() if normalise(label) == plain]
    if whole:
        return tuple(whole[:1])
    said = {word for word in tokens(text) if len(word) > 2}
    if not parts or not said - _EMPTY_WORDS:
        return ()
    part = [option for option, label in labels.items() if said <= set(tokens(label))]
    return tuple(part) if len(part) == 1 else ()


def option_of(choice: Choice, text: str) -> str | None:
    """The option of a choice that a text means, by number, label, part or its own words."""
    plain = normalise(text).strip(" .!?")
    if choice.number:
        return _numbered(choice, score_in(plain))
    labels = {option.id: option.button for option in choice.options}
    exact = picked(text, labels)
    if exact:
        return exact[0]
    said = tokens(text)
    fitting = [o.id for o in choice.options if any(_word_fits(word, said) for word in o.words)]
    if any(option.has_not for option in choice.options):
        # Some answers deny a flag: a stray word of a longer story must not.
        plain_words = len(said) <= SHORT_ANSWER and not _TURNED & set(said)
        return fitting[0] if plain_words and len(fitting) == 1 else None
    return fitting[0] if fitting else None


def _numbered(choice: Choice, number: int | None) -> str | None:
    return next((o.id for o in choice.options if o.button == str(number)), None)


def score_in(text: str) -> int | None:
    """The one score from 0 to 10 in a short text: "7", "7/10", "about seven out of ten"."""
    said = re.sub(r"(?:/|out of)\s*(?:10|ten)\b", "", normalise(text))
    numbers = []
    for word in tokens(said):
        if word.isdigit() or word in _SCORES:
            numbers.append(int(word) if word.isdigit() else _SCORES[word])
    fits = len(numbers) == 1 and numbers[0] <= 10 and len(tokens(said)) <= LONGEST_ANSWER
    return numbers[0] if fits else None


def _word_fits(word: str, said: Sequence[str]) -> bool:
    if " " in word:
        return word in " ".join(said)
    if word.endswith("*"):
        return any(token.startswith(word[:-1]) for token in said)
    return word in said


def days_in(text: str) -> int | None:
    """A plainly stated length in days ("10 days", "a week", "3 months"); None if there is none."""
    plain = normalise(text)
    said = set(tokens(text))
    turned = bool({"not", "longer"} & said) and "than" not in said
    if turned or len(tokens(text)) > LONGEST_ANSWER:
        return None  # a story, or a length that is denied
    lengths: list[int] = []
    end = 0
    for found in _LENGTH.finditer(plain):
        amount, unit = found.groups()
        number = int(amount) if amount.isdigit() else _NUMBER_WORDS.get(amount)
        if number is None:
            continue
        days = number * _UNITS[unit] + bool(_MORE_THAN.search(plain[: found.start()]))
        joined = lengths and plain[end : found.start()].strip() in {"and", ""}
        if joined:
            lengths[-1] += days  # "2 weeks and 3 days"
        else:
            lengths.append(days)
        end = found.end()
    if lengths:
        return max(lengths)  # "worse for 2 hours, there for 3 months" is the longer one
    for word, days in (("yesterday", 1), ("today", 0), ("this morning", 0), ("last night", 1)):
        if word in plain:
            return days
    return None


def age_in(text: str) -> int | None:
    """An age in years that someone states of themselves; None if there is none."""
    found = _AGE.search(normalise(text))
    return int(next(age for age in found.groups() if age)) if found else None


def clock_in(text: str) -> tuple[int, int] | None:
    """A time of day as (hour, minute): "8", "8:30", "8.30pm", "20h"; None if it is no time."""
    plain = normalise(text).strip(" .!?")
    later = re.search(r"\bin the (?:evening|afternoon)\b|\bat night\b|\btonight\b", plain)
    plain = re.sub(r"\s*(?:in the (?:morning|evening|afternoon)|at night|tonight)\b", "", plain)
    half = re.fullmatch(r"(?:at )?half (?:past )?(\w+)", plain)
    if half:
        hour = int(half.group(1)) if half.group(1).isdigit() else _NUMBER_WORDS.get(half.group(1))
        return (hour, 30) if hour is not None and 1 <= hour <= 12 else None
    found = re.fullmatch(r"(?:at |around )?" + _CLOCK.pattern.strip(r"\b"), plain)
    if not found:
        return None
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    if (found.group(3) == "pm" or later) and hour < 12:
        hour += 12
    if found.group(3) == "am" and hour == 12:
        hour = 0
    return (hour, minute) if hour < 24 and minute < 60 else None
