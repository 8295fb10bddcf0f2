"""Typing errors put right, towards the words of the knowledge base only.

A word is put right only when it is no English word: "never" stays "never" and becomes no fever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 5  # letters; shorter words have too many neighbours
LONG = 8  # letters from which two slips are forgiven
LONGEST_ENDING = 3  # letters after a misspelt stem
# "sooo", "pleeease": no English word has three; "aaa" alone is an aneurysm of the aorta
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}(?=[a-z])|(?<=[a-z])([a-z])\2{2,}")

Vocabulary = tuple[frozenset[str], frozenset[str]]
"""Whole words, and stems that stand for any ending."""


class Spelling:
    """Finds the word of the knowledge base that a misspelt word was meant to be."""

    def __init__(self, known: Vocabulary, left_alone: Vocabulary, guard: Iterable[str]) -> None:
        """`known` is what to correct to; `left_alone` and `guard` are what stays as it is."""
        self._known, stems = known
        self._left_alone, stay = left_alone
        self._all_stems: dict[str, list[str]] = {}
        for stem in {*stems, *stay}:
            self._all_stems.setdefault(stem[0], []).append(stem)
        self._guard = frozenset(guard)
        self._by_letter: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= SHORTEST - 1 and word.isalpha():
                self._by_letter.setdefault(word[0], []).append(word)
        for stem in sorted(stems):
            if len(stem) >= SHORTEST:
                self._stems.setdefault(stem[0], []).append(stem)

    def right(self, word: str) -> str:
        """The word as it was meant; it stays itself when nothing is near enough."""
        if word in self._known or word in self._left_alone or word in self._guard:
            return word
        short = _DRAWN_OUT.sub(r"\1\2", word)
        return short if short in self._known else self._guess(short) or short

    def would_change(self, word: str) -> bool:
        """Whether a word would be put right if it were not on guard."""
        fixed = word in self._known or word in self._left_alone
        return not fixed and self._guess(word) not in (None, word)

    def _guess(self, word: str) -> str | None:
        """The nearest known word or stem within the slips allowed; None if there is none."""
        if len(word) < SHORTEST or not word.isalpha():
            return None
        for at in range(1, len(word)):
            once = word[:at] + word[at + 1 :]
            if word[at] == word[at - 1] and once in self._known:
                return once  # "leggs" is as near to "leggy"
        begins = any(word.startswith(stem) for stem in self._all_stems.get(word[0], ()))
        allowed = 1 if len(word) < LONG else 2
        best, fewest = None, allowed + 1
        for known in self._by_letter.get(word[0], ()):
            if abs(len(known) - len(word)) < fewest:
                slips = OSA.distance(word, known, score_cutoff=fewest - 1)
                if slips < fewest and (slips < 2 or len(known) >= LONG):
                    best, fewest = known, slips
        if begins:
            # "Numbnes" begins like a word of the lists, and is nearer still to one of them.
            return best if best is not None and fewest == 1 else word
        for stem in self._stems.get(word[0], ()):
            if len(stem) < len(word) <= len(stem) + LONGEST_ENDING:
                slips = _stem_slips(word, stem, fewest - 1)
                if slips < fewest and (slips < 2 or len(stem) >= LONG):
                    best, fewest = stem, slips
        return best


def _stem_slips(word: str, stem: str, most: int) -> int:
    """The fewest slips between a stem and a beginning of the word."""
    ends = range(len(stem) - most, len(stem) + most + 1)
    return min(OSA.distance(word[:end], stem, score_cutoff=most) for end in ends)
