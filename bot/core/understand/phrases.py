"""Phrases of the word lists, found in a row of words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

Words = tuple[str, ...]
_Phrase = tuple[str, Words]
"""What a phrase stands for, and its words; a trailing * matches any ending."""

_Placed = tuple[int, str, Words]
"""A phrase with its place in the word lists."""

_M = TypeVar("_M")
_END: Mapping[str, Any] = {}  # shared: most phrases end where they end
_ORDERED = 3  # words from which phrases are found in the order of the word lists


class Found(NamedTuple):
    """Something at words `start` to `end` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node(Generic[_M]):
    """Where one word after another leads: what they mean together, and what may follow.

    `order` is the place in the word lists of the first long phrase that ends here.
    """

    meaning: _M | None
    following: Mapping[str, Node[_M]]
    order: int


@dataclass(frozen=True, slots=True)
class Beginning(Generic[_M]):
    """What a word means alone, what may follow, and the keys under which it follows itself.

    The keys of a word are itself and the stems that it begins with.
    """

    alone: tuple[_M, ...]
    following: tuple[Mapping[str, Node[_M]], ...]
    keys: tuple[str, ...]


class Phrases(Generic[_M]):
    """Phrases as a tree, word by word.

    All that the same words stand for is found as one: what the names mean together is made once,
    so that a message needs few steps for many phrases.
    """

    def __init__(
        self, phrases: Iterable[_Phrase], meaning: Callable[[tuple[str, ...]], _M]
    ) -> None:
        """Grow the tree; an empty phrase is left out."""
        by_first: dict[str, list[_Placed]] = {}
        later: set[str] = set()
        for place, (name, words) in enumerate(phrases):
            if words:
                # Only long phrases are found in their order: the others share their leaves.
                order = place if len(words) >= _ORDERED else 0
                by_first.setdefault(words[0], []).append((order, name, words))
                later.update(words[1:])
        self._later = frozenset(later)
        stems = {word for word in (*by_first, *later) if word[-1] == "*"}
        self._stem_lengths = sorted({len(stem) - 1 for stem in stems})
        grower = _Grower(meaning)
        self._first: dict[str, Node[_M]] = {}
        while by_first:  # the lists go while the tree grows, to need no memory for both
            word, those = by_first.popitem()
            self._first[word] = grower.grown(those, 1)

    def vocabulary(self) -> tuple[frozenset[str], frozenset[str]]:
        """All whole words and all stems that stand in a phrase."""
        every = self._later | self._first.keys()
        stems = frozenset(word[:-1] for word in every if word[-1] == "*")
        return frozenset(word for word in every if word[-1] != "*"), stems

    def beginning(self, word: str) -> Beginning[_M]:
        """What a word begins; for the caller to keep, since it takes a while to find."""
        stems = (word[:length] + "*" for length in self._stem_lengths if length <= len(word))
        keys = (word, *stems)
        nodes = [self._first[key] for key in keys if key in self._first]
        return Beginning(
            tuple(node.meaning for node in nodes if node.meaning is not None),
            tuple(node.following for node in nodes if node.following),
            tuple(key for key in keys if key in self._later),
        )

    def find(
        self, words: Sequence[Beginning[_M]], places: Sequence[int]
    ) -> list[tuple[_M, int, int]]:
        """Every phrase in the words, overlapping ones too: what it means, its start and end.

        `places` are the positions of the words in their message.
        """
        found: list[tuple[_M, int, int]] = []
        last = len(words) - 1
        for at, word in enumerate(words):
            place = places[at]
            for meaning in word.alone:
                found.append((meaning, place, place + 1))
            if at == last or not word.following:
                continue
            for key in words[at + 1].keys:
                longer = []
                for nodes in word.following:
                    pair = nodes.get(key)
                    if pair is None:
                        continue
                    if pair.meaning is not None:
                        found.append((pair.meaning, place, places[at + 1] + 1))
                    if pair.following:
                        longer.append(pair)
                for pair in longer:
                    for _, meaning, end in sorted(_longer(pair, words, at + 2)):
                        found.append((meaning, place, places[end] + 1))
        return found


class _Grower(Generic[_M]):
    """Makes the nodes of a tree; those where phrases of one meaning end are one."""

    def __init__(self, meaning: Callable[[tuple[str, ...]], _M]) -> None:
        self._meaning = meaning
        self._meanings: dict[tuple[str, ...], _M] = {}
        self._leaves: dict[tuple[tuple[str, ...], int], Node[_M]] = {}

    def grown(self, phrases: Sequence[_Placed], known: int) -> Node[_M]:
        """The node for phrases, in their order, of which so many words are known."""
        order, name, words = phrases[0]
        if len(phrases) == 1 and len(words) == known:
            return self._leaf((name,), order)
        ended: dict[str, int] = {}
        longer: dict[str, list[_Placed]] = {}
        for phrase in phrases:
            order, name, words = phrase
            if len(words) == known:
                ended.setdefault(name, order)
            else:
                longer.setdefault(words[known], []).append(phrase)
        names, order = tuple(ended), min(ended.values(), default=0)
        if not longer:
            return self._leaf(names, order)
        following = {word: self.grown(those, known + 1) for word, those in longer.items()}
        return Node(self._together(names) if names else None, following, order)

    def _leaf(self, names: tuple[str, ...], order: int) -> Node[_M]:
        """The node where phrases end: one for all that mean the same."""
        leaf = self._leaves.get((names, order))
        if leaf is None:
            leaf = self._leaves[names, order] = Node(self._together(names), _END, order)
        return leaf

    def _together(self, names: tuple[str, ...]) -> _M:
        if names not in self._meanings:
            self._meanings[names] = self._meaning(names)
        return self._meanings[names]


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
