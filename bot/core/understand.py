"""Words to meaning: which flags a message raises or makes us ask about.

A pattern is concepts joined by "+": all must stand in one sentence, in any order, near each other.
Concepts are word lists in the knowledge base. What a clause denies, says of others, of the past or
of a what-if never raises a flag.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.knowledge import Knowledge

LONGEST_TEXT = 4096  # what Telegram lets through
REACH = 12  # words between the concepts of one pattern
DENIAL_REACH = 7  # words that a denial covers within its clause

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[.,;:!?\n]")
_CONTRACTIONS = (
    (re.compile(r"\b(?:cant|can't|can not|cannt)\b"), "cannot"),
    (re.compile(r"\b(wo)n'?t\b"), "will not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|have|has|had|could|would)n'?t\b"), r"\1 not"),
    (re.compile(r"(?<=[a-z])'s\b"), " is"),
    (re.compile(r"\b(i)m\b|\b(i)'m\b"), "i am"),
    (re.compile(r"\b(i)'?ve\b"), "i have"),
)


class Scope(StrEnum):
    """How a clause means what it says."""

    OWN = "own"
    DENIED = "denied"
    OTHER = "other"
    PAST = "past"
    WHAT_IF = "what_if"


_EARNEST = (Scope.OWN, Scope.PAST, Scope.OTHER, Scope.WHAT_IF, Scope.DENIED)


@dataclass(frozen=True, slots=True)
class Heard:
    """A flag that the words point to, the words themselves, and how they are meant."""

    flag: str
    words: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says."""

    raised: tuple[Heard, ...] = ()
    asks: tuple[str, ...] = ()
    others: tuple[Heard, ...] = ()
    denied: tuple[str, ...] = ()
    what_if: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    intents: frozenset[str] = frozenset()


def normalise(text: str) -> str:
    """Lower case, plain apostrophes, nothing invisible, contractions written in full."""
    text = unicodedata.normalize("NFKC", text[:LONGEST_TEXT])
    text = _INVISIBLE.sub("", text)[:LONGEST_TEXT].lower().replace("\u2019", "'").replace("`", "'")
    for pattern, full in _CONTRACTIONS:
        text = pattern.sub(full, text)
    return text


def tokens(text: str) -> list[str]:
    """Words and the punctuation that ends a clause."""
    return _TOKEN.findall(normalise(text))


Pattern = tuple[str, tuple[str, ...]]
"""A flag, and the concepts that together point to it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A phrase at words `start` to `end` (exclusive)."""

    name: str
    start: int
    end: int


_Phrase = tuple[str, tuple[str, ...]]
"""What a phrase stands for, and its words."""

_WORDS = re.compile(r"[a-z0-9]+(?:'[a-z]+)?\*?")


class _Phrases:
    """Phrases looked up by their first two words; a trailing * matches any ending."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._single: dict[str, list[str]] = defaultdict(list)
        self._pairs: dict[tuple[str, str], list[_Phrase]] = defaultdict(list)
        self._stems: dict[str, list[_Phrase]] = defaultdict(list)
        self._loose: dict[str, list[_Phrase]] = defaultdict(list)
        for name, phrase in phrases:
            words = tuple(_WORDS.findall(_starred(phrase)))
            if not words:
                continue
            if words[0].endswith("*"):
                self._stems[words[0][:-1]].append((name, words))
            elif len(words) == 1:
                self._single[words[0]].append(name)
            elif words[1].endswith("*"):
                self._loose[words[0]].append((name, words))
            else:
                self._pairs[words[0], words[1]].append((name, words))
        self._lengths = sorted({len(stem) for stem in self._stems})

    def find(self, words: Sequence[str]) -> Iterator[_Found]:
        """Every phrase in the words, overlapping ones too."""
        for start, word in enumerate(words):
            for name in self._single.get(word, ()):
                yield _Found(name, start, start + 1)
            for name, phrase in self._starting(word, words[start + 1 : start + 2]):
                if _fits(phrase, words, start):
                    yield _Found(name, start, start + len(phrase))

    def _starting(self, word: str, following: Sequence[str]) -> Iterator[_Phrase]:
        if following:
            yield from self._pairs.get((word, following[0]), ())
            yield from self._loose.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._stems.get(word[:length], ())


def _starred(phrase: str) -> str:
    return normalise(phrase.replace("*", "")) if "*" not in phrase else _keep_stars(phrase)


def _keep_stars(phrase: str) -> str:
    return " ".join(
        normalise(word.rstrip("*")) + ("*" if word.endswith("*") else "")
        for word in phrase.split()
    )


def _fits(phrase: tuple[str, ...], words: Sequence[str], start: int) -> bool:
    if start + len(phrase) > len(words):
        return False
    return all(
        words[start + place].startswith(part[:-1])
        if part.endswith("*")
        else words[start + place] == part
        for place, part in enumerate(phrase)
    )


class Reader:
    """Reads messages with the word lists and patterns of the knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Compile all phrases once."""
        words = knowledge.words
        self._concepts = _Phrases(
            (name, phrase) for name, phrases in words.concepts.items() for phrase in phrases
        )
        self._marks = _Phrases(
            [("denial", phrase) for phrase in words.denial]
            + [("pseudo", phrase) for phrase in words.pseudo_denial]
            + [("after", phrase) for phrase in words.denial_after]
            + [("end", phrase) for phrase in words.clause_ends]
            + [("other", phrase) for phrase in words.other_people]
            + [("self", phrase) for phrase in words.self_again]
            + [("pronoun", phrase) for phrase in words.pronouns]
            + [("past", phrase) for phrase in words.past]
            + [("ongoing", phrase) for phrase in words.ongoing]
            + [("what_if", phrase) for phrase in words.what_if]
            + [("idiom", phrase) for phrase in words.idioms]
        )
        self._intents = _Phrases(
            (name, phrase) for name, phrases in words.intents.items() for phrase in phrases
        )
        self._raise = _patterns((flag.id, flag.hears) for flag in knowledge.flags)
        self._urgency = {flag.id: flag.outcome.urgency for flag in knowledge.flags}
        self._lasting = frozenset(flag.id for flag in knowledge.flags if flag.lasting)
        self._ask = _patterns((flag.id, flag.asks) for flag in knowledge.flags)

    def read(self, text: str) -> Reading:
        """Everything that a message says, danger first."""
        words = tokens(text)
        sentences = [self._sentence(part) for part in _sentences(words)]
        others = [any(m.name == "other" for m in sentence.marks) for sentence in sentences]
        # "My mother fell. She cannot feel her legs": she is still the mother.
        sentences = [
            replace(sentence, named=any(others[: place + 1]))
            for place, sentence in enumerate(sentences)
        ]
        heard = [entry for part in sentences for entry in _heard(part, self._raise)]
        raised = {entry.flag: entry for entry in reversed(heard) if self._counts(entry)}
        wide = [entry for part in sentences for entry in _heard(part, self._ask)]
        asks = [entry.flag for entry in wide if entry.scope in (Scope.OWN, Scope.PAST)]
        asks += [entry.flag for entry in heard if entry.scope is Scope.PAST]
        return Reading(
            raised=tuple(raised.values()),
            asks=tuple(
                flag
                for flag in sorted(dict.fromkeys(asks), key=lambda flag: -self._urgency[flag])
                if flag not in raised
            ),
            others=tuple(entry for entry in heard if entry.scope is Scope.OTHER),
            denied=tuple(dict.fromkeys(e.flag for e in heard if e.scope is Scope.DENIED)),
            what_if=tuple(dict.fromkeys(e.flag for e in heard if e.scope is Scope.WHAT_IF)),
            past=tuple(dict.fromkeys(e.flag for e in heard if e.scope is Scope.PAST)),
            intents=frozenset(found.name for found in self._intents.find(words)),
        )

    def _counts(self, heard: Heard) -> bool:
        past = heard.scope is Scope.PAST and heard.flag in self._lasting
        return past or heard.scope is Scope.OWN

    def _sentence(self, words: Sequence[str]) -> _Sentence:
        marks = list(self._marks.find(words))
        idioms = [mark for mark in marks if mark.name == "idiom"]
        concepts: dict[str, list[_Found]] = defaultdict(list)
        for found in self._concepts.find(words):
            if not any(i.start <= found.start < i.end for i in idioms):
                concepts[found.name].append(found)
        return _Sentence(words, marks, concepts, _clauses(words, marks))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with what was found in it, and the clause number of each word."""

    words: Sequence[str]
    marks: Sequence[_Found]
    concepts: Mapping[str, list[_Found]]
    clauses: Sequence[int]
    named: bool = False


def _heard(sentence: _Sentence, patterns: Mapping[str, Sequence[Pattern]]) -> Iterator[Heard]:
    # Patterns are kept by their first concept: only those that can fit are looked at.
    for name in sentence.concepts:
        for flag, pattern in patterns.get(name, ()):
            heard = [
                (_scope(places, sentence), places)
                for places in _occurrences(sentence.concepts, pattern)
            ]
            if heard:
                # "not incontinent but I leak": what is meant in earnest once counts.
                scope, places = min(heard, key=lambda entry: _EARNEST.index(entry[0]))
                first, last = min(p.start for p in places), max(p.end for p in places)
                yield Heard(flag, " ".join(sentence.words[first:last]), scope)


def _patterns(
    entries: Iterable[tuple[str, tuple[str, ...]]],
) -> dict[str, list[Pattern]]:
    by_first: dict[str, list[Pattern]] = defaultdict(list)
    for flag, patterns in entries:
        for pattern in patterns:
            concepts = tuple(part.strip() for part in pattern.split("+"))
            by_first[concepts[0]].append((flag, concepts))
    return dict(by_first)


def _sentences(words: Sequence[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        if word in ".!?\n;":
            if sentence:
                # The question mark stays: it tells a what-if from a statement.
                yield [*sentence, word]
            sentence = []
        else:
            sentence.append(word)
    if sentence:
        yield sentence


def _clauses(words: Sequence[str], marks: Sequence[_Found]) -> list[int]:
    """The clause number of each word."""
    ends = {mark.start for mark in marks if mark.name == "end"}
    numbers, number = [], 0
    for place, word in enumerate(words):
        if place in ends or word == ":":
            number += 1
        elif word == ",":
            # "no fever, numbness or tingling" goes on; "no pain, legs numb" begins anew.
            rest = list(itertools.takewhile(lambda word: word != ",", words[place + 1 :]))
            number += not ({"or", "nor"} & set(rest) or len(rest) == 1)
        numbers.append(number)
    return numbers


def _occurrences(
    concepts: Mapping[str, list[_Found]], pattern: tuple[str, ...]
) -> Iterator[tuple[_Found, ...]]:
    """Each concept of the pattern once, close together and not on the same words."""
    if any(name not in concepts for name in pattern):
        return
    for first in concepts[pattern[0]]:
        places = [first]
        for name in pattern[1:]:
            near = [
                found
                for found in concepts[name]
                if all(found.end <= p.start or found.start >= p.end for p in places)
                and min(abs(found.start - p.end) for p in places) <= REACH
            ]
            if not near:
                break
            places.append(min(near, key=lambda found: abs(found.start - first.start)))
        else:
            yield tuple(places)


def _scope(places: tuple[_Found, ...], sentence: _Sentence) -> Scope:
    marks, clauses = sentence.marks, sentence.clauses
    last = max(p.end for p in places) - 1
    mine = {clauses[p.start] for p in places}

    def near(name: str) -> list[_Found]:
        return [m for m in marks if m.name == name and clauses[m.start] in mine]

    selves = [mark.start for mark in near("self")]
    people = near("other") + (near("pronoun") if sentence.named else [])
    others = sorted((m for m in people if m.start < last), key=lambda mark: mark.start)
    if others and not any(start > others[-1].start for start in selves):
        return Scope.OTHER
    if near("what_if") and not near("ongoing"):
        return Scope.WHAT_IF
    if _is_denied(places, marks, clauses):
        return Scope.DENIED
    if near("past") and not near("ongoing"):
        return Scope.PAST
    return Scope.OWN


def _is_denied(
    places: tuple[_Found, ...], marks: Sequence[_Found], clauses: Sequence[int]
) -> bool:
    pseudo = [mark for mark in marks if mark.name == "pseudo"]

    def real(mark: _Found) -> bool:
        inside = any(p.start <= mark.start < p.end for p in places)
        covered = any(p.start <= mark.start < p.end for p in pseudo)
        return not inside and not covered

    for place in places:
        for mark in marks:
            if clauses[mark.start] != clauses[place.start] or not real(mark):
                continue
            if mark.name == "denial" and 0 <= place.start - mark.end <= DENIAL_REACH:
                return True
            if mark.name == "after" and 0 <= mark.start - place.end <= 3:
                return True
    return False
