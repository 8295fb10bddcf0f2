"""Words at hand: every word that is typed is written out, put right and looked up once."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import NamedTuple

from bot.core.knowledge import Knowledge
from bot.core.understand.durations import Durations, Length
from bot.core.understand.matching import Hit, Sense
from bot.core.understand.phrases import Beginning, Phrases, Words
from bot.core.understand.spelling import Spelling
from bot.core.understand.text import Writing

REMEMBERED = 4096  # typed words that are kept at hand; then the memory starts anew
MARK, INTENT, IDIOM, CONCEPT = "mark:", "intent:", "idiom:", "concept:"


class Exact(NamedTuple):
    """What words stand for that are looked for with every small word."""

    marks: tuple[str, ...]
    intents: tuple[str, ...]
    is_idiom: bool
    sense: Sense | None


@dataclass(frozen=True, slots=True)
class Word:
    """A word put right, and what it begins: with all its small words, and without fillers."""

    text: str
    exact: Beginning[Exact]
    bare: Beginning[Sense] | None  # None for a filler
    may_begin_length: bool


class Lexicon:
    """All words and phrases of the knowledge base that are looked for in a message."""

    def __init__(self, knowledge: Knowledge, sense_of: Callable[[tuple[str, ...]], Sense]) -> None:
        """Compile all phrases once; `sense_of` says what concepts mean together."""
        words = knowledge.words
        self._writing = Writing(words.written_out, words.emoji)
        self._as_first = words.as_first_person
        self._fillers = frozenset(words.fillers)
        whole: list[tuple[str, Words]] = []
        self._concepts = Phrases(self._bare_phrases(knowledge, whole), sense_of)
        self._exact = Phrases(
            itertools.chain(self._exact_phrases(knowledge), whole), partial(_told, sense_of)
        )
        self._durations = Durations(knowledge.times)
        self.spelling = self._speller(knowledge)
        self._meant: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, tuple[Word, ...]] = {}
        self._words: dict[str, Word] = {}

    @property
    def remembered(self) -> int:
        """How many typed words are kept at hand."""
        return max(len(self._meant), len(self._known))

    def texts(self, text: str) -> list[str]:
        """The words of a text in full, typing errors put right, with its punctuation."""
        meant = self._meant
        found: list[str] = []
        for token in self._writing.tokens(text):
            found += meant.get(token) or self._put_right(token)
        return found

    def words(self, text: str) -> list[Word]:
        """The same words with what they begin."""
        known = self._known
        found: list[Word] = []
        for token in self._writing.tokens(text):
            found += known.get(token) or self._looked_up(token)
        return found

    def concepts(self, words: Sequence[Word]) -> list[Hit]:
        """What the words name when the fillers among them are left out."""
        places = [at for at, word in enumerate(words) if word.bare]
        return self._concepts.find([word.bare for word in words if word.bare], places)

    def exact(self, words: Sequence[Word]) -> list[tuple[Exact, int, int]]:
        """What is said in words that are looked for with every small word, in one pass."""
        return self._exact.find([word.exact for word in words], range(len(words)))

    def lengths(self, words: Sequence[Word], today: date | None) -> list[Length]:
        """Every length that is stated, in order. Without `today` no date is placed."""
        places = [at for at, word in enumerate(words) if word.may_begin_length]
        if not places:
            return []
        return self._durations.lengths([word.text for word in words], places, today)

    def _put_right(self, token: str) -> tuple[str, ...]:
        if len(self._meant) >= REMEMBERED:
            self._meant.clear()
        meant = tuple(self.spelling.right(word) for word in self._writing.in_full(token))
        self._meant[token] = meant
        return meant

    def _looked_up(self, token: str) -> tuple[Word, ...]:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
            self._words.clear()
        meant = self._meant.get(token) or self._put_right(token)
        words = tuple(self._words.get(word) or self._new(word) for word in meant)
        self._known[token] = words
        return words

    def _new(self, text: str) -> Word:
        bare = None
        if text not in self._fillers:
            # "She wet herself" is heard as "wet myself" is.
            bare = self._concepts.beginning(self._as_first.get(text, text))
        exact, may_begin_length = self._exact.beginning(text), self._durations.may_begin(text)
        word = self._words[text] = Word(text, exact, bare, may_begin_length)
        return word

    # -- what is looked for ----------------------------------------------------------------------

    def _bare_phrases(
        self, knowledge: Knowledge, whole: list[tuple[str, Words]]
    ) -> Iterator[tuple[str, Words]]:
        """The phrases of all concepts without their fillers; `whole` gets those that keep them.

        "Off my feet" is "off feet"; "off my" would be left with one common word, so it stays.
        """
        for name, phrases in knowledge.concepts.items():
            for phrase in phrases:
                words = self._writing.phrase(phrase)
                if not self._as_first.keys().isdisjoint(words):
                    words = tuple(self._as_first.get(word, word) for word in words)
                kept = words
                if not self._fillers.isdisjoint(words):
                    kept = tuple(word for word in words if word not in self._fillers)
                if len(kept) > 1 or len(kept) == len(words):
                    yield name, kept
                else:
                    whole.append((CONCEPT + name, words))

    def _exact_phrases(self, knowledge: Knowledge) -> Iterator[tuple[str, Words]]:
        for kind, lists in (
            (MARK, knowledge.scopes.marks()),
            (INTENT, knowledge.words.intents),
            (IDIOM, {"": knowledge.scopes.idioms}),
        ):
            for name, phrases in lists.items():
                for phrase in phrases:
                    yield kind + name, self._writing.phrase(phrase)

    def _speller(self, knowledge: Knowledge) -> Spelling:
        known, stems = self._concepts.vocabulary()
        times = knowledge.times
        known |= {*times.numbers, *times.units, *times.named, *self._fillers}
        known |= {name for names in (*times.weekdays, *times.months) for name in names}
        return Spelling((known, stems), self._exact.vocabulary(), knowledge.words.guard)


def _told(sense_of: Callable[[tuple[str, ...]], Sense], names: tuple[str, ...]) -> Exact:
    """What names of several kinds mean together."""
    of_kind: dict[str, list[str]] = defaultdict(list)
    for name in names:
        kind, sign, rest = name.partition(":")
        of_kind[kind + sign].append(rest)
    concepts = tuple(of_kind[CONCEPT])
    return Exact(
        tuple(of_kind[MARK]),
        tuple(of_kind[INTENT]),
        bool(of_kind[IDIOM]),
        sense_of(concepts) if concepts else None,
    )
