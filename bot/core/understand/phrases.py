"""Phrases of the word lists, found in a row of words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

PAIR = 2
REMEMBERED = 4096  # words whose phrases are kept at hand; then the memory starts anew

Words = tuple[str, ...]
_Phrase = tuple[str, Words]
"""What a phrase stands for, and its words; a trailing * matches any ending."""


class Found(NamedTuple):
    """A phrase at words `start` to `end` (exclusive)."""

    # A tuple and no dataclass: many are made for a message, and a tuple takes half the time.
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """What a word can begin: names that it is alone or with the next word, longer phrases.

    `keys` are the ways in which the word can stand second: itself, and stems that it begins with.
    """

    keys: tuple[str, ...]
    alone: tuple[str, ...]
    pairs: Mapping[str, tuple[str, ...]]
    longer: Mapping[str, tuple[_Phrase, ...]]


class Phrases:
    """Phrases by their first word."""

    def __init__(self, phrases: Iterable[_Phrase]) -> None:
        """Index the phrases; an empty one is left out."""
        self._words: dict[str, list[_Phrase]] = defaultdict(list)
        self._stems: dict[str, list[_Phrase]] = defaultdict(list)
        for name, words in phrases:
            if words and words[0].endswith("*"):
                self._stems[words[0][:-1]].append((name, words))
            elif words:
                self._words[words[0]].append((name, words))
        self._lengths = sorted({len(stem) for stem in self._stems})
        every = (p for table in (self._words, self._stems) for ps in table.values() for p in ps)
        seconds = {words[1] for _, words in every if len(words) > 1}
        self._second = seconds
        self._second_lengths = sorted({len(word) for word in seconds if word[-1] == "*"})
        self._seen: dict[str, _Beginnings] = {}

    def vocabulary(self) -> tuple[frozenset[str], frozenset[str]]:
        """All whole words and all stems that stand in a phrase."""
        every = [
            word
            for table in (self._words, self._stems)
            for phrases in table.values()
            for _, phrase in phrases
            for word in phrase
        ]
        stems = frozenset(word[:-1] for word in every if word[-1] == "*")
        return frozenset(word for word in every if word[-1] != "*"), stems

    def find(self, words: Sequence[str], places: Sequence[int]) -> list[Found]:
        """Every phrase in the words, overlapping ones too; `places` are their positions."""
        found: list[Found] = []
        new = tuple.__new__  # three times as fast as calling the class, which matters here
        seen = self._seen
        begun = [seen.get(word) or self._begun(word) for word in words]
        last = len(words) - 1
        for at, begins in enumerate(begun):
            place = places[at]
            for name in begins.alone:
                found.append(new(Found, (name, place, place + 1)))
            if at == last:
                break
            pairs, longer = begins.pairs, begins.longer
            if not pairs and not longer:
                continue
            for key in begun[at + 1].keys:
                if key in pairs:
                    end = places[at + 1] + 1
                    for name in pairs[key]:
                        found.append(new(Found, (name, place, end)))
                if key in longer:
                    for name, phrase in longer[key]:
                        until = at + len(phrase)
                        if until <= last + 1 and _fits(phrase, words, at):
                            found.append(new(Found, (name, place, places[until - 1] + 1)))
        return found

    def _begun(self, word: str) -> _Beginnings:
        phrases = list(self._words.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            phrases += self._stems.get(word[:length], ())
        pairs: dict[str, list[str]] = defaultdict(list)
        longer: dict[str, list[_Phrase]] = defaultdict(list)
        for name, parts in phrases:
            if len(parts) == PAIR:
                pairs[parts[1]].append(name)
            elif len(parts) > PAIR:
                longer[parts[1]].append((name, parts))
        stems = (word[: length - 1] + "*" for length in self._second_lengths)
        begins = _Beginnings(
            tuple(key for key in dict.fromkeys((word, *stems)) if key in self._second),
            tuple(dict.fromkeys(name for name, parts in phrases if len(parts) == 1)),
            {key: tuple(dict.fromkeys(names)) for key, names in pairs.items()},
            {key: tuple(entries) for key, entries in longer.items()},
        )
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[word] = begins
        return begins


def _fits(phrase: Words, words: Sequence[str], at: int) -> bool:
    for place in range(PAIR, len(phrase)):
        part, word = phrase[place], words[at + place]
        if part != word and not (part[-1] == "*" and word.startswith(part[:-1])):
            return False
    return True
