"""Where the patterns of the knowledge base fit in one message."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.core.patterns import Pattern
from bot.core.understand.phrases import Found
from bot.core.understand.scope import Scoping

REACH = 12  # words between the concepts of one pattern
MOST_WAYS = 60  # combinations of the same words that are looked at
GAP = 3  # words that may stand between the two sides of ">"


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A pattern, with what it needs and what blocks it as bits: a bit for each concept.

    `rest` is what it needs beside its rarest concept, under which it is found.
    """

    pattern: Pattern
    needs: int
    rest: int
    unless: int
    unless_near: int


class Sense(NamedTuple):
    """The concepts that some words stand for, and the patterns whose rarest concept is one.

    `partners` are what these patterns wait for: without any of them in a message, none fits.
    """

    bits: int
    partners: int
    patterns: tuple[Wanted, ...]
    concepts: tuple[str, ...]


Hit = tuple[Sense, int, int]
"""What words mean, and where they stand: from `start` to `end` (exclusive)."""

_Chain = tuple[Found, frozenset[int]]
"""Words that follow each other: where they begin and end, and which words they are."""


class Match(NamedTuple):
    """The parts of a pattern as they stand in a message, and the words inside them."""

    parts: Sequence[Found]
    inside: frozenset[int]
    together: bool  # in one sentence


def fitting(hits: Sequence[Hit], present: int) -> list[Wanted]:
    """The patterns all of whose concepts are `present`, those that raise first."""
    fit = [
        wanted
        for (_, partners, patterns, _), _, _ in hits
        if partners & present
        for wanted in patterns
        if wanted.rest & present == wanted.rest
    ]
    return sorted(dict.fromkeys(fit), key=_asks_only)


def concepts_in(hits: Iterable[Hit]) -> int:
    """The concepts that these words stand for, as bits."""
    present = 0
    for (bits, _, _, _), _, _ in hits:
        present |= bits
    return present


def _asks_only(wanted: Wanted) -> bool:
    return not wanted.pattern.raises


class Senses:
    """What concepts mean together."""

    def __init__(self, patterns: Sequence[Pattern], concepts: Iterable[str]) -> None:
        """Put each pattern under its two rarest concepts: those that the fewest patterns need."""
        often = Counter(name for pattern in patterns for name in pattern.needs)
        # The most frequent concepts have the lowest bits, so that most numbers are short.
        ordered = sorted(concepts, key=lambda name: (-often[name], name))
        self._bits = {name: 1 << place for place, name in enumerate(ordered)}
        self._masks: dict[int, int] = {}  # each number is kept once
        waiting: dict[str, list[tuple[str, Wanted]]] = defaultdict(list)
        for pattern in patterns:
            rarest, *others = sorted(pattern.needs, key=lambda name: (often[name], name))
            masks = (pattern.needs, others, pattern.unless, pattern.unless_near)
            wanted = Wanted(pattern, *map(self._mask, masks))
            waiting[rarest].append((others[0] if others else rarest, wanted))
        self._alone = {
            name: Sense(
                self._bits[name],
                self._mask(partner for partner, _ in waiting[name]),
                tuple(wanted for _, wanted in waiting[name]),
                (name,),
            )
            for name in ordered
        }

    def of(self, concepts: tuple[str, ...]) -> Sense:
        """The sense of words that stand for all these concepts."""
        if len(concepts) == 1:
            return self._alone[concepts[0]]
        bits = partners = 0
        patterns: list[Wanted] = []
        for name in concepts:
            alone = self._alone[name]
            bits |= alone.bits
            partners |= alone.partners
            patterns += alone.patterns
        return Sense(bits, partners, tuple(patterns), concepts)

    def _mask(self, names: Iterable[str]) -> int:
        mask = 0
        for name in names:
            mask |= self._bits[name]
        return self._masks.setdefault(mask, mask)


class Matching:
    """Finds these patterns among the hits of one message."""

    def __init__(
        self,
        patterns: Sequence[Wanted],
        hits: Sequence[Hit],
        hidden: Sequence[Hit],
        scopes: Scoping,
        present: int,
    ) -> None:
        """`hidden` is what stands inside an idiom: it can block a pattern, but be no part."""
        self._blocking = (*hits, *hidden)
        self._present = present | concepts_in(hidden)
        self._scopes = scopes
        self._ways: dict[tuple[str, ...], list[_Chain]] = {}
        needed: set[str] = set()
        bits = 0
        for wanted in patterns:
            needed |= wanted.pattern.needs
            bits |= wanted.needs
        for (its_bits, _, _, concepts), start, end in hits:
            if its_bits & bits:
                chain = (Found(start, end), frozenset(range(start, end)))
                for name in needed.intersection(concepts):
                    self._ways.setdefault((name,), []).append(chain)

    def matches(self, wanted: Wanted) -> Iterator[Match]:
        """Each part of the pattern once, close together and not on the same words."""
        chains = [self._chains(part) for part in wanted.pattern.parts]
        numbers = self._scopes.sentences
        for chosen in itertools.islice(itertools.product(*chains), MOST_WAYS):
            parts = [part for part, _ in chosen]
            sentences = [numbers[part.start] for part in parts]
            apart = max(sentences) - min(sentences)
            if (
                apart <= 1
                and _belong_together(chosen)
                and not self._is_blocked(wanted, parts, sentences)
            ):
                inside = chosen[0][1].union(*[more for _, more in chosen[1:]])
                yield Match(parts, inside, together=not apart)

    def _chains(self, part: tuple[str, ...]) -> list[_Chain]:
        """Every way in which the concepts of a part follow each other in one clause."""
        if part not in self._ways:
            runs = self._scopes.runs
            self._ways[part] = [
                (Found(before.start, after.end), inside | more)
                for before, inside in self._chains(part[:-1])
                for after, more in self._chains(part[-1:])
                if 0 <= after.start - before.end <= GAP and runs[after.start] == runs[before.start]
            ]
        return self._ways[part]

    def _is_blocked(
        self, wanted: Wanted, parts: Sequence[Found], sentences: Collection[int]
    ) -> bool:
        """Whether what must not be there stands in the same statement, or the same sentence."""
        if wanted.unless & self._present:
            numbers = self._scopes.clauses
            clauses = {number for part in parts for number in numbers[part.start : part.end]}
            if self._stands(wanted.unless, numbers, clauses):
                return True
        near = bool(wanted.unless_near & self._present)
        return near and self._stands(wanted.unless_near, self._scopes.sentences, sentences)

    def _stands(self, unwanted: int, numbers: Sequence[int], those: Collection[int]) -> bool:
        """Whether one of these concepts stands in one of those clauses or sentences."""
        return any(
            numbers[start] in those and sense.bits & unwanted for sense, start, _ in self._blocking
        )


def _belong_together(chosen: Sequence[_Chain]) -> bool:
    """Whether the parts are near each other, and no word serves two of them."""
    for place in range(1, len(chosen)):
        part, inside = chosen[place]
        nearest = REACH + 1
        for other, taken in chosen[:place]:
            if not inside.isdisjoint(taken):
                return False
            nearest = min(nearest, _apart(part, other))
        if nearest > REACH:
            return False
    return True


def _apart(one: Found, other: Found) -> int:
    return max(one.start - other.end, other.start - one.end)
