"""Typing errors put right, towards the words of the knowledge base only.

A word is put right only when it is no English word: "never" stays "never" and becomes no fever.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 5  # letters; shorter words have too many neighbours
LONG = 8  # letters from which two slips are forgiven
REMEMBERED = 4096  # corrections kept; then the memory starts anew


class Spelling:
    """Finds the word of the knowledge base that a misspelt word was meant to be."""

    def __init__(self, known: Iterable[str], stems: Iterable[str], guard: Iterable[str]) -> None:
        """`known` words and `stems` are what to correct to; `guard` holds words to leave alone."""
        self._known = frozenset(known)
        self._guard = frozenset(guard)
        self._by_letter: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= SHORTEST and word.isalpha():
                self._by_letter.setdefault(word[0], []).append(word)
        for stem in sorted(stems):
            if len(stem) >= SHORTEST:
                self._stems.setdefault(stem[0], []).append(stem)
        self._done: dict[str, str] = {}

    def right(self, word: str) -> str:
        """The word as it was meant; the word itself when nothing is near enough."""
        done = self._done.get(word)
        if done is None:
            if len(self._done) >= REMEMBERED:
                self._done.clear()
            done = self._done[word] = self._nearest(word)
        return done

    def _nearest(self, word: str) -> str:
        if word in self._known or word in self._guard or not word.isalpha():
            return word
        if len(word) < SHORTEST:
            return word
        return self.guess(word) or word

    def guess(self, word: str) -> str | None:
        """The nearest known word or stem within the slips allowed; None if there is none."""
        allowed = 1 if len(word) < LONG else 2
        best, fewest = None, allowed + 1
        for known in self._by_letter.get(word[0], ()):
            if abs(len(known) - len(word)) < fewest:
                slips = OSA.distance(word, known, score_cutoff=fewest - 1)
                if slips < fewest and (slips < 2 or len(known) >= LONG):
                    best, fewest = known, slips
        for stem in self._stems.get(word[0], ()):
            if len(stem) < len(word) and fewest > 0:
                if word.startswith(stem):
                    return word
                slips = _stem_slips(word, stem, fewest - 1)
                if slips < fewest and (slips < 2 or len(stem) >= LONG):
                    best, fewest = stem, slips
        return best


def _stem_slips(word: str, stem: str, most: int) -> int:
    """The fewest slips between a stem and a beginning of the word."""
    ends = range(len(stem) - most, len(stem) + most + 1)
    return min(OSA.distance(word[:end], stem, score_cutoff=most) for end in ends)
