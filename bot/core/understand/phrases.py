"""Phrases of the word lists, found in a row of words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
    """What a word can begin: names that it is alone, and phrases by the word after it."""

    alone: tuple[str, ...]
    by_next: Mapping[str, tuple[_Phrase, ...]]
    by_stem: tuple[_Phrase, ...]


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
        self._seen: dict[str, _Beginnings] = {}

    def vocabulary(self) -> tuple[set[str], set[str]]:
        """All whole words and all stems that stand in a phrase."""
        every = [
            w
            for table in (self._words, self._stems)
            for ps in table.values()
            for p in ps
            for w in p[1]
        ]
        return {w for w in every if w[-1] != "*"}, {w[:-1] for w in every if w[-1] == "*"}

    def find(self, words: Sequence[str], places: Sequence[int]) -> list[Found]:
        """Every phrase in the words, overlapping ones too; `places` are their positions."""
        found: list[Found] = []
        seen = self._seen
        last = len(words) - 1
        for at, word in enumerate(words):
            begins = seen.get(word) or self._begun(word)
            place = places[at]
            for name in begins.alone:
                found.append(Found(name, place, place + 1))
            if at == last:
                break
            longer = begins.by_next.get(words[at + 1], ())
            if begins.by_stem:
                longer = (*longer, *begins.by_stem)
            for name, phrase in longer:
                end = at + len(phrase)
                if end <= last + 1 and _fits(phrase, words, at):
                    found.append(Found(name, place, places[end - 1] + 1))
        return found

    def _begun(self, word: str) -> _Beginnings:
        phrases = list(self._words.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            phrases += self._stems.get(word[:length], ())
        by_next: dict[str, list[_Phrase]] = defaultdict(list)
        by_stem = []
        for entry in phrases:
            if len(entry[1]) > 1:
                following = entry[1][1]
                if following[-1] == "*":
                    by_stem.append(entry)
                else:
                    by_next[following].append(entry)
        begins = _Beginnings(
            tuple(dict.fromkeys(name for name, words in phrases if len(words) == 1)),
            {following: tuple(entries) for following, entries in by_next.items()},
            tuple(by_stem),
        )
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[word] = begins
        return begins


def _fits(phrase: Words, words: Sequence[str], at: int) -> bool:
    for place in range(1, len(phrase)):
        part, word = phrase[place], words[at + place]
        if part != word and not (part[-1] == "*" and word.startswith(part[:-1])):
            return False
    return True
