"""Phrases of the word lists, found in a row of words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

PAIR = 2

Words = tuple[str, ...]
_Phrase = tuple[str, Words]
"""What a phrase stands for, and its words; a trailing * matches any ending."""

_M = TypeVar("_M")


class Found(NamedTuple):
    """Something at words `start` to `end` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Next(Generic[_M]):
    """What a word begins together with the next one: what both mean, and longer phrases."""

    pair: _M | None
    longer: tuple[tuple[Words, _M], ...]


@dataclass(frozen=True, slots=True)
class Beginnings(Generic[_M]):
    """What a word means alone, and what it begins with the words that follow it.

    `keys` are the ways in which it can stand second: itself, and stems that it begins with.
    """

    word: str
    alone: _M | None
    following: Mapping[str, _Next[_M]]
    keys: tuple[str, ...]


class Phrases(Generic[_M]):
    """Phrases by their first word.

    All that one word or one pair of words stands for is found as one: what the names mean
    together is made once and kept, so that a message needs few steps for many phrases.
    """

    def __init__(
        self, phrases: Iterable[_Phrase], meaning: Callable[[tuple[str, ...]], _M]
    ) -> None:
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
        self._second = {words[1] for _, words in every if len(words) > 1}
        self._second_lengths = sorted({len(word) for word in self._second if word[-1] == "*"})
        self._meaning = meaning
        self._meanings: dict[tuple[str, ...], _M] = {}

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

    def find(
        self, words: Sequence[Beginnings[_M]], places: Sequence[int]
    ) -> list[tuple[_M, int, int]]:
        """Every phrase in the words, overlapping ones too: what it means, its start and end.

        `places` are the positions of the words in their message.
        """
        found: list[tuple[_M, int, int]] = []
        last = len(words) - 1
        for at, begins in enumerate(words):
            place = places[at]
            if begins.alone is not None:
                found.append((begins.alone, place, place + 1))
            following = begins.following
            if at == last or not following:
                continue
            for key in words[at + 1].keys:
                if key not in following:
                    continue
                after = following[key]
                if after.pair is not None:
                    found.append((after.pair, place, places[at + 1] + 1))
                for phrase, meaning in after.longer:
                    if _fits(phrase, words, at):
                        found.append((meaning, place, places[at + len(phrase) - 1] + 1))
        return found

    def beginnings(self, word: str) -> Beginnings[_M]:
        """What a word begins; for the caller to keep, since it takes a while to find."""
        phrases = list(self._words.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            phrases += self._stems.get(word[:length], ())
        pairs: dict[str, list[str]] = defaultdict(list)
        longer: dict[str, list[tuple[Words, _M]]] = defaultdict(list)
        for name, parts in phrases:
            if len(parts) == PAIR:
                pairs[parts[1]].append(name)
            elif len(parts) > PAIR:
                longer[parts[1]].append((parts, self._together([name])))
        stems = (word[: length - 1] + "*" for length in self._second_lengths)
        alone = [name for name, parts in phrases if len(parts) == 1]
        return Beginnings(
            word,
            self._together(alone) if alone else None,
            {
                key: _Next(
                    self._together(pairs[key]) if key in pairs else None,
                    tuple(longer.get(key, ())),
                )
                for key in {**pairs, **longer}
            },
            tuple(key for key in dict.fromkeys((word, *stems)) if key in self._second),
        )

    def _together(self, names: Iterable[str]) -> _M:
        once = tuple(dict.fromkeys(names))
        if once not in self._meanings:
            self._meanings[once] = self._meaning(once)
        return self._meanings[once]


def _fits(phrase: Words, words: Sequence[Beginnings[_M]], at: int) -> bool:
    """Whether the words from the third on are those of the phrase; two are known to be."""
    if at + len(phrase) > len(words):
        return False
    for place in range(PAIR, len(phrase)):
        part, word = phrase[place], words[at + place].word
        if part != word and not (part[-1] == "*" and word.startswith(part[:-1])):
            return False
    return True
