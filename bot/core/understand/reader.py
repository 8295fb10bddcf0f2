"""Words to meaning: which flags a message raises or makes us ask about.

The patterns of the knowledge base (see `bot.core.patterns`) name concepts, which are word lists.
What is denied, another person's, past or supposed never raises a flag.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

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
from bot.core.understand.phrases import Found, Phrases, Words
from bot.core.understand.scope import EARNEST, Scope, ScopeWords, Scoping
from bot.core.understand.spelling import Spelling
from bot.core.understand.text import Writing

MOST_EARNEST = (0, False)  # one's own, and said in one sentence
DOUBTFUL = (Scope.PAST, Scope.UNCLEAR)  # not raised, but asked
PASTS = (Scope.PAST, Scope.LONG_PAST, Scope.HEALED)
CRISIS_CARD = "crisis"
REACH = 12  # words between the concepts of one pattern
MARK, INTENT, IDIOM, CONCEPT = "mark:", "intent:", "idiom:", "concept:"
MOST_WAYS = 60  # combinations of the same words that are looked at
FEW_LABELS = 2  # a concept that serves more of them says nothing of the topic
GAP = 3  # words that may stand between the two sides of ">"


_T = TypeVar("_T")


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
        self._as_first = words.as_first_person
        self._fillers = frozenset(words.fillers)
        patterns = [
            parsed(flag.id, pattern, raises=raises)
            for flag in knowledge.flags
            for raises, patterns in ((True, flag.hears), (False, flag.asks))
            for pattern in patterns
        ]
        needed = {name for pattern in patterns for name in pattern.needs}
        bare, whole = self._concept_phrases(knowledge)
        self._concepts = Phrases(entry for entry in bare if entry[0] in needed)
        # Looked for only when a pattern fits: most messages never need them.
        self._blockers = Phrases(entry for entry in bare if entry[0] not in needed)
        self._words_of_scope = ScopeWords(knowledge.scopes)
        # Everything that is looked for word by word, fillers and all, in one pass.
        exact = (
            (kind + name, self.writing.phrase(phrase))
            for kind, lists in (
                (MARK, knowledge.scopes.marks()),
                (INTENT, words.intents),
                (IDIOM, {"": knowledge.scopes.idioms}),
            )
            for name, phrases in lists.items()
            for phrase in phrases
        )
        self._exact = Phrases(itertools.chain(exact, whole))
        self._durations = Durations(knowledge.times)
        self._spelling = self._speller(knowledge)
        self._urgency = {flag.id: flag.outcome.urgency for flag in knowledge.flags}
        self._lasting = frozenset(flag.id for flag in knowledge.flags if flag.lasting)
        self._crisis = frozenset(f.id for f in knowledge.flags if f.card == CRISIS_CARD)
        # A bit for each concept: whether a pattern can fit is one comparison of whole numbers.
        self._bits = {name: 1 << place for place, name in enumerate(sorted(needed))}
        self._patterns = _indexed(patterns, self._bits)
        self._labels = {flag.id: flag.label or flag.id for flag in knowledge.flags}
        self._topics = _topics(patterns, self._labels)

    def _concept_phrases(
        self, knowledge: Knowledge
    ) -> tuple[list[tuple[str, Words]], list[tuple[str, Words]]]:
        """The phrases of all concepts: without their fillers, and those that keep every word.

        "Off my feet" is "off feet"; "off my" would be left with one common word, so it stays.
        """
        bare: list[tuple[str, Words]] = []
        whole: list[tuple[str, Words]] = []
        for name, phrases in knowledge.concepts.items():
            for phrase in phrases:
                written = self.writing.phrase(phrase)
                words = tuple(self._as_first.get(word, word) for word in written)
                kept = tuple(word for word in words if word not in self._fillers)
                if len(kept) > 1 or len(kept) == len(words):
                    bare.append((name, kept))
                else:
                    whole.append((CONCEPT + name, words))
        return bare, whole

    def _speller(self, knowledge: Knowledge) -> Spelling:
        known, stems = self._concepts.vocabulary()
        more, more_stems = self._blockers.vocabulary()
        known, stems = known | more, stems | more_stems
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
        heard, wide = self._heard(message)
        raised: dict[str, Heard] = {}
        for entry in heard:
            if self._counts(entry):
                raised.setdefault(entry.flag, entry)
        asks = [e.flag for e in wide if e.scope in (Scope.OWN, *DOUBTFUL)]
        asks += [e.flag for e in heard if e.scope in DOUBTFUL]
        # Nobody supposes this idly, nor tells of it as long past.
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
            past=_flags(heard, *PASTS),
            intents=message.intents,
            lengths=message.lengths,
        )

    def lengths(self, text: str, today: date | None = None) -> list[Length]:
        """Every length that a text states, in order."""
        return self._durations.lengths(self.words_of(text), today)

    def denies_a_sign(self, text: str) -> bool:
        """Whether a text says of any sign that it is not there: "no numbness, bladder fine"."""
        message = self._taken_apart(text, None)
        return any(
            message.scopes().denied_at_once(found)
            for name, places in message.concepts.items()
            if name in self._topics
            for found in places
        )

    def marks_in(self, text: str) -> frozenset[str]:
        """The names of the scope marks that stand in a text: other people, the past, ..."""
        words = self.words_of(text)
        found = self._exact.find(words, range(len(words)))
        return frozenset(e.name.removeprefix(MARK) for e in found if e.name.startswith(MARK))

    def scopes_about(
        self, text: str, flags: Iterable[str], today: date | None = None
    ) -> frozenset[Scope]:
        """How a text means what it says on the topic of these flags, by single concepts.

        For an answer to a flag's own question, which has set the topic: "fuzzy toes".
        """
        wanted = {self._labels[flag] for flag in flags if flag in self._labels}
        message = self._taken_apart(text, today)
        return frozenset(
            message.scopes().of((found,), frozenset(range(found.start, found.end)))
            for name, places in message.concepts.items()
            if wanted & self._topics.get(name, frozenset())
            for found in places
        )

    def _taken_apart(self, text: str, today: date | None) -> _Message:
        words = self.words_of(text)
        idioms: list[Found] = []
        intents: set[str] = set()
        whole: list[Found] = []
        marks: dict[str, list[Found]] = {}
        for found in self._exact.find(words, range(len(words))):
            kind, _, name = found.name.partition(":")
            if kind == "mark":
                marks.setdefault(name, []).append(found)
            elif kind == "intent":
                intents.add(name)
            elif kind == "concept":
                whole.append(Found(name, found.start, found.end))
            else:
                idioms.append(found)
        lengths = self._durations.lengths(words, today)
        places = [at for at, word in enumerate(words) if word not in self._fillers]
        as_first = self._as_first  # "she wet herself" is heard as "wet myself" is
        kept = [as_first.get(words[at], words[at]) for at in places]
        concepts: dict[str, list[Found]] = defaultdict(list)
        hidden: dict[str, list[Found]] = defaultdict(list)
        for found in (*self._concepts.find(kept, places), *whole):
            inside = bool(idioms) and any(i.start <= found.start < i.end for i in idioms)
            (hidden if inside else concepts)[found.name].append(found)
        for length in lengths:
            name = _time_concept(length)
            concepts[name].append(Found(name, length.start, length.end))
        return _Message(
            concepts,
            Lazy(lambda: Scoping(self._words_of_scope, words, marks)),
            Lazy(lambda: self._blocking(kept, places, concepts, hidden)),
            frozenset(intents),
            tuple(lengths),
        )

    def _blocking(
        self,
        kept: Sequence[str],
        places: Sequence[int],
        concepts: Mapping[str, list[Found]],
        hidden: Mapping[str, list[Found]],
    ) -> Mapping[str, list[Found]]:
        """Everything that can block a pattern, also what stands inside an idiom."""
        blocking: dict[str, list[Found]] = defaultdict(list)
        for those in (concepts, hidden):
            for name, found in those.items():
                blocking[name] += found
        for entry in self._blockers.find(kept, places):
            blocking[entry.name].append(entry)
        return blocking

    def _is_crisis(self, heard: Heard) -> bool:
        return heard.flag in self._crisis and heard.scope in (Scope.WHAT_IF, Scope.LONG_PAST)

    def _counts(self, heard: Heard) -> bool:
        past = heard.scope in PASTS and heard.flag in self._lasting
        return past or heard.scope is Scope.OWN

    def _heard(self, message: _Message) -> tuple[list[Heard], list[Heard]]:
        """What raises, and what only makes us ask. One earnest hearing of a flag is enough."""
        raising: list[Heard] = []
        asking: list[Heard] = []
        settled: set[str] = set()
        for pattern in self._fitting(message.concepts):
            if pattern.flag in settled:
                continue
            best: tuple[int, bool, _Match] | None = None
            for match in _matches(message, pattern):
                scope = message.scopes().of(match.parts, match.inside)
                # "not incontinent but I leak": what is meant in earnest once counts.
                rank = (EARNEST.index(scope), not match.together, match)
                if best is None or rank[:2] < best[:2]:
                    best = rank
                if rank[:2] == MOST_EARNEST:
                    break
            if best is None:
                continue
            at, apart, match = best
            said = " ".join(message.scopes().words[match.start : match.end])
            entry = Heard(pattern.flag, said, EARNEST[at])
            # Words that stand in two sentences may not belong together: we ask.
            (raising if pattern.raises and not apart else asking).append(entry)
            if pattern.raises and best[:2] == MOST_EARNEST:
                settled.add(pattern.flag)
        return raising, asking

    def _fitting(self, concepts: Mapping[str, list[Found]]) -> Iterator[Pattern]:
        """The patterns all of whose concepts are there, those that raise first."""
        present = 0
        for name in concepts:
            present |= self._bits.get(name, 0)
        asking = []
        for name in concepts:
            for needed, pattern in self._patterns.get(name, ()):
                if needed & present == needed:
                    if pattern.raises:
                        yield pattern
                    else:
                        asking.append(pattern)
        yield from asking


class Lazy(Generic[_T]):
    """A value that is made when it is first asked for."""

    def __init__(self, make: Callable[[], _T]) -> None:
        """Keep how to make it."""
        self._make = make
        self._made: _T | None = None

    def __call__(self) -> _T:
        """The value."""
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(frozen=True, slots=True)
class _Message:
    """A message taken apart: its concepts, how they are meant, wishes and lengths."""

    concepts: Mapping[str, list[Found]]
    scopes: Lazy[Scoping]
    blocking: Lazy[Mapping[str, list[Found]]]
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


def _matches(message: _Message, pattern: Pattern) -> Iterator[_Match]:
    """Each part of the pattern once, close together and not on the same words."""
    concepts, scopes = message.concepts, message.scopes()
    chains = [_chains(concepts, part, scopes) for part in pattern.parts]
    if not all(chains):
        return
    for chosen in itertools.islice(itertools.product(*chains), MOST_WAYS):
        if _belong_together(chosen):
            parts = tuple(part for part, _ in chosen)
            sentences = {scopes.sentences[part.start] for part in parts}
            clauses = {number for p in parts for number in scopes.clauses[p.start : p.end]}
            if (pattern.unless or pattern.unless_near) and (
                _stands(message.blocking(), pattern.unless, scopes.clauses, clauses)
                or _stands(message.blocking(), pattern.unless_near, scopes.sentences, sentences)
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
