"""Words to meaning: which flags a message raises or makes us ask about.

The patterns of the knowledge base (see `bot.core.patterns`) name concepts, which are word lists.
What is denied, another person's, past or supposed never raises a flag.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.knowledge import Knowledge
from bot.core.patterns import (
    LONG_AGO,
    MAYBE_TWO_WEEKS,
    OTHER_TIME,
    OVER_TWO_WEEKS,
    SHORT_TIME,
    TWO_WEEKS,
    Pattern,
    parsed,
)
from bot.core.understand.durations import Durations, Kind, Length
from bot.core.understand.phrases import Found, Phrases
from bot.core.understand.scope import EARNEST, Scope, ScopeWords, Scoping
from bot.core.understand.spelling import Spelling
from bot.core.understand.text import PUNCTUATION, Writing

DOUBTFUL = (Scope.PAST, Scope.UNCLEAR)  # not raised, but asked
CRISIS_CARD = "crisis"
REACH = 12  # words between the concepts of one pattern
MARK, INTENT, IDIOM = "mark:", "intent:", "idiom:"
MOST_WAYS = 60  # combinations of the same words that are looked at
FEW_LABELS = 2  # a concept that serves more of them says nothing of the topic
GAP = 3  # words that may stand between the two sides of ">"


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
    lengths: tuple[Length, ...] = ()


class Reader:
    """Reads messages with the word lists and patterns of the knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Compile all phrases once."""
        words = knowledge.words
        self.writing = Writing(words.written_out, words.emoji)
        self._fillers = frozenset(words.fillers) | PUNCTUATION
        self._concepts = Phrases(
            (name, self._bare(phrase))
            for name, phrases in knowledge.concepts.items()
            for phrase in phrases
        )
        self._words_of_scope = ScopeWords(knowledge.scopes)
        # Everything that is looked for word by word, fillers and all, in one pass.
        self._exact = Phrases(
            (kind + name, self.writing.phrase(phrase))
            for kind, lists in (
                (MARK, knowledge.scopes.marks()),
                (INTENT, words.intents),
                (IDIOM, {"": knowledge.scopes.idioms}),
            )
            for name, phrases in lists.items()
            for phrase in phrases
        )
        self._durations = Durations(knowledge.times)
        self._spelling = self._speller(knowledge)
        self._urgency = {flag.id: flag.outcome.urgency for flag in knowledge.flags}
        self._lasting = frozenset(flag.id for flag in knowledge.flags if flag.lasting)
        self._crisis = frozenset(f.id for f in knowledge.flags if f.card == CRISIS_CARD)
        patterns = [
            parsed(flag.id, pattern, raises=raises)
            for flag in knowledge.flags
            for raises, patterns in ((True, flag.hears), (False, flag.asks))
            for pattern in patterns
        ]
        # A bit for each concept: whether a pattern can fit is one comparison of whole numbers.
        names = sorted({name for pattern in patterns for name in pattern.needs})
        self._bits = {name: 1 << place for place, name in enumerate(names)}
        self._patterns = _indexed(patterns, self._bits)
        self._labels = {flag.id: flag.label or flag.id for flag in knowledge.flags}
        self._topics = _topics(patterns, self._labels)

    def _bare(self, phrase: str) -> tuple[str, ...]:
        """The words of a concept's phrase without fillers, unless it is all fillers."""
        words = self.writing.phrase(phrase)
        return tuple(word for word in words if word not in self._fillers) or words

    def _speller(self, knowledge: Knowledge) -> Spelling:
        known, stems = self._concepts.vocabulary()
        times = knowledge.times
        known |= {*times.numbers, *times.units, *times.named, *self._fillers}
        known |= {name for names in (*times.weekdays, *times.months) for name in names}
        return Spelling((known, stems), self._exact.vocabulary(), knowledge.words.guard)

    @property
    def spelling(self) -> Spelling:
        """Where typing errors are put right."""
        return self._spelling

    def words_of(self, text: str) -> list[str]:
        """The words of a text in full, typing errors put right, with its punctuation."""
        return self._spelling.right(self.writing.tokens(text))

    def read(self, text: str, today: date | None = None) -> Reading:
        """Everything that a message says, danger first. Without `today` no date is placed."""
        message = self._taken_apart(text, today)
        heard, wide = self._heard(message.concepts, message.scopes)
        raised: dict[str, Heard] = {}
        for entry in heard:
            if self._counts(entry):
                raised.setdefault(entry.flag, entry)
        asks = [e.flag for e in wide if e.scope in (Scope.OWN, *DOUBTFUL)]
        asks += [e.flag for e in heard if e.scope in DOUBTFUL]
        # Nobody supposes this idly.
        asks += [e.flag for e in (*heard, *wide) if self._is_crisis(e)]
        return Reading(
            raised=tuple(raised.values()),
            asks=tuple(
                flag
                for flag in sorted(dict.fromkeys(asks), key=lambda flag: -self._urgency[flag])
                if flag not in raised
            ),
            others=tuple(e for e in heard if e.scope is Scope.OTHER),
            denied=_flags(heard, Scope.DENIED),
            what_if=_flags(heard, Scope.WHAT_IF),
            past=_flags(heard, Scope.PAST, Scope.HEALED),
            intents=message.intents,
            lengths=message.lengths,
        )

    def lengths(self, text: str, today: date | None = None) -> list[Length]:
        """Every length that a text states, in order."""
        return self._durations.lengths(self.words_of(text), today)

    def names_other(self, text: str) -> bool:
        """Whether another person is named in a text."""
        words = self.words_of(text)
        found = self._exact.find(words, range(len(words)))
        return any(entry.name == MARK + "other_people" for entry in found)

    def scopes_about(
        self, text: str, flags: Iterable[str], today: date | None = None
    ) -> frozenset[Scope]:
        """How a text means what it says on the topic of these flags, by single concepts.

        For an answer to a flag's own question, which has set the topic: "fuzzy toes".
        """
        wanted = {self._labels[flag] for flag in flags if flag in self._labels}
        message = self._taken_apart(text, today)
        return frozenset(
            message.scopes.of((found,), frozenset(range(found.start, found.end)))
            for name, places in message.concepts.items()
            if wanted & self._topics.get(name, frozenset())
            for found in places
        )

    def _taken_apart(self, text: str, today: date | None) -> _Message:
        words = self.words_of(text)
        idioms: list[Found] = []
        intents: set[str] = set()
        marks: dict[str, list[Found]] = {}
        for found in self._exact.find(words, range(len(words))):
            kind, _, name = found.name.partition(":")
            if kind == "mark":
                marks.setdefault(name, []).append(found)
            elif kind == "intent":
                intents.add(name)
            else:
                idioms.append(found)
        lengths = self._durations.lengths(words, today)
        return _Message(
            self._found(words, idioms, lengths),
            Scoping(self._words_of_scope, words, marks),
            frozenset(intents),
            tuple(lengths),
        )

    def _is_crisis(self, heard: Heard) -> bool:
        return heard.flag in self._crisis and heard.scope is Scope.WHAT_IF

    def _counts(self, heard: Heard) -> bool:
        past = heard.scope in (Scope.PAST, Scope.HEALED) and heard.flag in self._lasting
        return past or heard.scope is Scope.OWN

    def _found(
        self, words: Sequence[str], idioms: Sequence[Found], lengths: Sequence[Length]
    ) -> dict[str, list[Found]]:
        """The concepts in the words, those inside an idiom left out."""
        fillers = self._fillers
        places = [at for at, word in enumerate(words) if word not in fillers]
        concepts: dict[str, list[Found]] = defaultdict(list)
        for found in self._concepts.find([words[at] for at in places], places):
            if not idioms or not any(i.start <= found.start < i.end for i in idioms):
                concepts[found.name].append(found)
        for length in lengths:
            name = _time_concept(length)
            concepts[name].append(Found(name, length.start, length.end))
        return concepts

    def _heard(
        self, concepts: Mapping[str, list[Found]], scopes: Scoping
    ) -> tuple[list[Heard], list[Heard]]:
        """What raises, and what only makes us ask."""
        raising: list[Heard] = []
        asking: list[Heard] = []
        present = 0
        for name in concepts:
            present |= self._bits.get(name, 0)
        for name in concepts:
            for needed, pattern in self._patterns.get(name, ()):
                if needed & present != needed:
                    continue
                best: tuple[int, bool, _Match] | None = None
                for match in _matches(concepts, pattern, scopes):
                    scope = scopes.of(match.parts, match.inside)
                    # "not incontinent but I leak": what is meant in earnest once counts.
                    rank = (EARNEST.index(scope), not match.together, match)
                    if best is None or rank[:2] < best[:2]:
                        best = rank
                if best is None:
                    continue
                at, apart, match = best
                said = " ".join(scopes.words[match.start : match.end])
                entry = Heard(pattern.flag, said, EARNEST[at])
                # Words that stand in two sentences may not belong together: we ask.
                (raising if pattern.raises and not apart else asking).append(entry)
        return raising, asking


@dataclass(frozen=True, slots=True)
class _Message:
    """A message taken apart: its concepts, how they are meant, wishes and lengths."""

    concepts: Mapping[str, list[Found]]
    scopes: Scoping
    intents: frozenset[str]
    lengths: tuple[Length, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    parts: tuple[Found, ...]
    inside: frozenset[int]
    start: int
    end: int
    together: bool


def _flags(heard: Iterable[Heard], *scopes: Scope) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.flag for entry in heard if entry.scope in scopes))


def _time_concept(length: Length) -> str:
    if length.kind is Kind.OTHER:
        return OTHER_TIME
    if length.kind is Kind.AGO:
        return LONG_AGO if length.least > TWO_WEEKS else SHORT_TIME
    if length.least > TWO_WEEKS:
        return OVER_TWO_WEEKS
    return MAYBE_TWO_WEEKS if length.most >= TWO_WEEKS else SHORT_TIME


def _indexed(
    every: Sequence[Pattern], bits: Mapping[str, int]
) -> dict[str, list[tuple[int, Pattern]]]:
    """Patterns by their rarest concept: only those that can fit are looked at."""
    often = Counter(name for pattern in every for name in pattern.needs)
    by_name: dict[str, list[tuple[int, Pattern]]] = defaultdict(list)
    for pattern in every:
        rarest = min(pattern.needs, key=lambda name: (often[name], name))
        by_name[rarest].append((sum(bits[name] for name in pattern.needs), pattern))
    return dict(by_name)


def _topics(patterns: Iterable[Pattern], labels: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The labels that each concept is about; one that serves many labels is about none."""
    used: dict[str, set[str]] = defaultdict(set)
    for pattern in patterns:
        for name in pattern.needs:
            used[name].add(labels[pattern.flag])
    return {name: frozenset(those) for name, those in used.items() if len(those) <= FEW_LABELS}


def _matches(
    concepts: Mapping[str, list[Found]], pattern: Pattern, scopes: Scoping
) -> Iterator[_Match]:
    """Each part of the pattern once, close together and not on the same words."""
    chains = [_chains(concepts, part, scopes) for part in pattern.parts]
    if not all(chains):
        return
    for chosen in itertools.islice(itertools.product(*chains), MOST_WAYS):
        if _belong_together(chosen):
            parts = tuple(part for part, _ in chosen)
            sentences = {scopes.sentences[part.start] for part in parts}
            clauses = {scopes.clauses[part.start] for part in parts}
            if _stands(concepts, pattern.unless, scopes.clauses, clauses) or _stands(
                concepts, pattern.unless_near, scopes.sentences, sentences
            ):
                continue
            if max(sentences) - min(sentences) <= 1:
                yield _Match(
                    parts,
                    frozenset().union(*(inside for _, inside in chosen)),
                    min(part.start for part in parts),
                    max(part.end for part in parts),
                    together=len(sentences) == 1,
                )


def _stands(
    concepts: Mapping[str, list[Found]],
    names: Iterable[str],
    numbers: Sequence[int],
    those: set[int],
) -> bool:
    """Whether one of these concepts stands in one of those clauses or sentences."""
    return any(numbers[found.start] in those for name in names for found in concepts.get(name, ()))


def _belong_together(chosen: Sequence[tuple[Found, frozenset[int]]]) -> bool:
    """Whether the parts are near each other, and no word serves two of them."""
    for place, (part, inside) in enumerate(chosen[1:], start=1):
        before = chosen[:place]
        if any(inside & mine for _, mine in before):
            return False
        if min(_apart(part, other) for other, _ in before) > REACH:
            return False
    return True


def _apart(one: Found, other: Found) -> int:
    return max(one.start - other.end, other.start - one.end, 0)


def _chains(
    concepts: Mapping[str, list[Found]], part: tuple[str, ...], scopes: Scoping
) -> list[tuple[Found, frozenset[int]]]:
    """Every way in which the concepts of a part follow each other in one clause."""
    chains = [(found, frozenset(range(found.start, found.end))) for found in concepts[part[0]]]
    for name in part[1:]:
        chains = [
            (Found(name, chain.start, after.end), inside | set(range(after.start, after.end)))
            for chain, inside in chains
            for after in concepts[name]
            if 0 <= after.start - chain.end <= GAP
            and scopes.runs[after.start] == scopes.runs[chain.start]
        ]
    return chains
