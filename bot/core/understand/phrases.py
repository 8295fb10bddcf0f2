"""Phrases of the word lists, found in a row of words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

Words = tuple[str, ...]
_Phrase = tuple[str, Words]
"""What a phrase stands for, and its words; a trailing * matches any ending."""

_M = TypeVar("_M")
_END: Mapping[str, Any] = {}  # shared: most phrases end where they end


class Found(NamedTuple):
    """Something at words `start` to `end` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node(Generic[_M]):
    """Where one word after another leads: what they mean together, and what may follow.

    `order` is the place in the word lists of the first phrase that ends here.
    """

    meaning: _M | None
    following: Mapping[str, Node[_M]]
    order: int


@dataclass(frozen=True, slots=True)
class Beginning(Generic[_M]):
    """What a word begins, and the ways in which it can follow: itself, and its stems."""

    node: Node[_M]
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
        later = {word for words in self._all() for word in words[1:]}
        self._later = frozenset(later)
        self._later_lengths = sorted({len(word) for word in later if word[-1] == "*"})
        self._meaning = meaning
        self._meanings: dict[tuple[str, ...], _M] = {}

    def vocabulary(self) -> tuple[frozenset[str], frozenset[str]]:
        """All whole words and all stems that stand in a phrase."""
        every = {word for words in self._all() for word in words}
        stems = frozenset(word[:-1] for word in every if word[-1] == "*")
        return frozenset(word for word in every if word[-1] != "*"), stems

    def _all(self) -> Iterator[Words]:
        for table in (self._words, self._stems):
            for phrases in table.values():
                for _, words in phrases:
                    yield words

    def find(
        self, words: Sequence[Beginning[_M]], places: Sequence[int]
    ) -> list[tuple[_M, int, int]]:
        """Every phrase in the words, overlapping ones too: what it means, its start and end.

        `places` are the positions of the words in their message.
        """
        found: list[tuple[_M, int, int]] = []
        last = len(words) - 1
        for at, word in enumerate(words):
            node, place = word.node, places[at]
            if node.meaning is not None:
                found.append((node.meaning, place, place + 1))
            following = node.following
            if at == last or not following:
                continue
            for key in words[at + 1].keys:
                if key not in following:
                    continue
                pair = following[key]
                if pair.meaning is not None:
                    found.append((pair.meaning, place, places[at + 1] + 1))
                if pair.following:
                    longer = sorted(_longer(pair, words, at + 2))
                    found += ((meaning, place, places[end] + 1) for _, meaning, end in longer)
        return found

    def beginning(self, word: str) -> Beginning[_M]:
        """What a word begins; for the caller to keep, since it takes a while to find."""
        phrases = list(self._words.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            phrases += self._stems.get(word[:length], ())
        stems = (word[: length - 1] + "*" for length in self._later_lengths)
        keys = tuple(key for key in dict.fromkeys((word, *stems)) if key in self._later)
        return Beginning(self._node(list(enumerate(phrases)), 1), keys)

    def _node(self, phrases: Sequence[tuple[int, _Phrase]], known: int) -> Node[_M]:
        """The node for phrases of which so many words are known."""
        ended: dict[int, str] = {}
        longer: dict[str, list[tuple[int, _Phrase]]] = {}
        for order, (name, words) in phrases:
            if len(words) == known:
                ended[order] = name
            else:
                longer.setdefault(words[known], []).append((order, (name, words)))
        following = {word: self._node(those, known + 1) for word, those in longer.items()}
        return Node(
            self._together(ended.values()) if ended else None,
            following or _END,
            min(ended, default=0),
        )

    def _together(self, names: Iterable[str]) -> _M:
        once = tuple(dict.fromkeys(names))
        if once not in self._meanings:
            self._meanings[once] = self._meaning(once)
        return self._meanings[once]


def _longer(
    node: Node[_M], words: Sequence[Beginning[_M]], at: int
) -> Iterator[tuple[int, _M, int]]:
    """Phrases that go on with the word at this place: their order, meaning and last word."""
    if at == len(words):
        return
    for key in words[at].keys:
        after = node.following.get(key)
        if after is not None:
            if after.meaning is not None:
                yield after.order, after.meaning, at
            if after.following:
                yield from _longer(after, words, at + 1)
