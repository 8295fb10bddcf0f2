"""Words to meaning: which flags a message raises or makes us ask about.

The patterns of the knowledge base (see `bot.core.patterns`) name concepts, which are word lists.
What is denied, another person's, past or supposed never raises a flag.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot.core.knowledge import Knowledge
from bot.core.patterns import (
    LONG_AGO,
    MAYBE_TWO_WEEKS,
    OTHER_TIME,
    OVER_TWO_WEEKS,
    SHORT_TIME,
    TIME_CONCEPTS,
    TWO_WEEKS,
    Pattern,
    parsed,
)
from bot.core.state import Side
from bot.core.understand.durations import Kind, Length
from bot.core.understand.lexicon import Lexicon
from bot.core.understand.matching import Hit, Match, Matching, Senses, concepts_in, fitting
from bot.core.understand.phrases import Found
from bot.core.understand.scope import EARNEST, Scope, ScopeWords, Scoping

MOST_EARNEST = (0, False)  # one's own, and said in one sentence
PASTS = (Scope.PAST, Scope.LONG_PAST, Scope.HEALED)
SUPPOSED = (Scope.WHAT_IF, Scope.LONG_PAST)  # asked about all the same where it is about life
CRISIS_CARD = "crisis"
SIDED: Mapping[str, Side] = {"legs_left": "left", "legs_right": "right"}  # concepts that name one
FEW_LABELS = 2  # a concept that serves more of them says nothing of the topic
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heard:
    """A flag that the words point to, the words themselves, and how they are meant."""

    flag: str
    words: str
    scope: Scope
    sides: tuple[Side, ...] = ()


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
        patterns = [
            parsed(flag.id, pattern, raises=raises)
            for flag in knowledge.flags
            for raises, patterns in ((True, flag.hears), (False, flag.asks))
            for pattern in patterns
        ]
        senses = Senses(patterns, (*knowledge.concepts, *TIME_CONCEPTS))
        self._times = {name: senses.of((name,)) for name in TIME_CONCEPTS}
        self._lexicon = Lexicon(knowledge, senses.of)
        self._words_of_scope = ScopeWords(knowledge.scopes)
        self._urgency = {flag.id: flag.outcome.urgency for flag in knowledge.flags}
        self._dangers = frozenset(
            f.id for f in knowledge.flags if f.outcome.is_emergency or f.card == CRISIS_CARD
        )
        self._lasting = frozenset(flag.id for flag in knowledge.flags if flag.lasting)
        self._crisis = frozenset(f.id for f in knowledge.flags if f.card == CRISIS_CARD)
        self._labels = {flag.id: flag.label or flag.id for flag in knowledge.flags}
        self._sided = frozenset(knowledge.rules.both_sides.of)
        self._topics = _topics(patterns, self._labels)

    @property
    def lexicon(self) -> Lexicon:
        """The words and phrases that are looked for."""
        return self._lexicon

    def words_of(self, text: str) -> list[str]:
        """The words of a text in full, typing errors put right, with its punctuation."""
        return self._lexicon.texts(text)

    def read(self, text: str, today: date | None = None) -> Reading:
        """Everything that a message says, danger first. Without `today` no date is placed."""
        message = self._taken_apart(text, today)
        heard, wide = self._heard(message)
        raised: dict[str, Heard] = {}
        for entry in heard:
            if self._counts(entry):
                raised.setdefault(entry.flag, entry)
        asks = [e.flag for e in wide if e.scope is Scope.OWN or self._is_doubtful(e)]
        asks += [e.flag for e in heard if self._is_doubtful(e)]
        # Nobody supposes this idly, nor tells of it as long past.
        asks += [e.flag for e in (*heard, *wide) if self._is_crisis(e)]
        asks = [flag for flag in dict.fromkeys(asks) if flag not in raised]
        return Reading(
            raised=tuple(raised.values()),
            asks=tuple(sorted(asks, key=lambda flag: -self._urgency[flag])),
            others=tuple(e for e in heard if e.scope is Scope.OTHER),
            denied=_flags(heard, Scope.DENIED),
            what_if=_flags(heard, Scope.WHAT_IF),
            past=_flags(heard, *PASTS),
            intents=message.intents,
            lengths=message.lengths,
        )

    def lengths(self, text: str, today: date | None = None) -> list[Length]:
        """Every length that a text states, in order."""
        return self._lexicon.lengths(self._lexicon.words(text), today)

    def denies_a_sign(self, text: str) -> bool:
        """Whether a text says of any sign that it is not there: "no numbness, bladder fine"."""
        message = self._taken_apart(text, None)
        scopes = self._scoping(message)
        return any(
            scopes.denied_at_once(start) and not self._topics.keys().isdisjoint(sense.concepts)
            for sense, start, _ in message.hits
        )

    def marks_in(self, text: str) -> frozenset[str]:
        """The names of the scope marks that stand in a text: other people, the past, ..."""
        found = self._lexicon.exact(self._lexicon.words(text))
        return frozenset(name for exact, _, _ in found for name in exact.marks)

    def scopes_about(
        self, text: str, flags: Iterable[str], today: date | None = None
    ) -> frozenset[Scope]:
        """How a text means what it says on the topic of these flags, by single concepts.

        For an answer to a flag's own question, which has set the topic: "fuzzy toes".
        """
        wanted = {self._labels[flag] for flag in flags if flag in self._labels}
        message = self._taken_apart(text, today)
        scopes = self._scoping(message)
        return frozenset(
            scopes.of((Found(start, end),), frozenset(range(start, end)))
            for sense, start, end in message.hits
            if any(wanted & self._topics.get(name, _NONE) for name in sense.concepts)
        )

    def _taken_apart(self, text: str, today: date | None) -> _Message:
        found = self._lexicon.words(text)
        words = [word.text for word in found]
        hits = self._lexicon.concepts(found)
        idioms: list[Found] = []
        intents: list[str] = []
        marks: dict[str, list[Found]] = defaultdict(list)
        for (names, wishes, is_idiom, sense), start, end in self._lexicon.exact(found):
            for name in names:
                marks[name].append(Found(start, end))
            intents += wishes
            if is_idiom:
                idioms.append(Found(start, end))
            if sense:
                hits.append((sense, start, end))
        hidden = [hit for hit in hits if _inside(hit, idioms)] if idioms else []
        if hidden:
            hits = [hit for hit in hits if not _inside(hit, idioms)]
        lengths = self._lexicon.lengths(found, today)
        hits += [(self._times[_time_concept(e)], e.start, e.end) for e in lengths]
        return _Message(words, hits, hidden, marks, frozenset(intents), tuple(lengths))

    def _scoping(self, message: _Message) -> Scoping:
        return Scoping(self._words_of_scope, message.words, message.marks)

    def _is_doubtful(self, heard: Heard) -> bool:
        """Whose it is, is asked only of a danger: most others' troubles are told in passing."""
        return heard.scope is Scope.PAST or (
            heard.scope is Scope.UNCLEAR and heard.flag in self._dangers
        )

    def _is_crisis(self, heard: Heard) -> bool:
        return heard.scope in SUPPOSED and heard.flag in self._crisis

    def _counts(self, heard: Heard) -> bool:
        past = heard.scope in PASTS
        return heard.scope is Scope.OWN or (past and heard.flag in self._lasting)

    def _heard(self, message: _Message) -> tuple[list[Heard], list[Heard]]:
        """What raises, and what only makes us ask. One earnest hearing of a flag is enough."""
        raising: list[Heard] = []
        asking: list[Heard] = []
        present = concepts_in(message.hits)
        fit = fitting(message.hits, present)
        if not fit:
            return raising, asking
        scopes = self._scoping(message)
        matching = Matching(fit, message.hits, message.hidden, scopes, present)
        settled: set[str] = set()
        for wanted in fit:
            pattern = wanted.pattern
            if pattern.flag in settled:
                continue
            best: tuple[tuple[int, bool], Match] | None = None
            for match in matching.matches(wanted):
                scope = scopes.of(match.parts, match.inside)
                # "not incontinent but I leak": what is meant in earnest once counts.
                rank = (EARNEST.index(scope), not match.together)
                if best is None or rank < best[0]:
                    best = (rank, match)
                if rank == MOST_EARNEST:
                    break
            if best is None:
                continue
            (at, apart), match = best
            said = " ".join(message.words[min(match.inside) : max(match.inside) + 1])
            sides = self._sides(message, scopes, match) if pattern.flag in self._sided else ()
            entry = Heard(pattern.flag, said, EARNEST[at], sides)
            # Words that stand in two sentences may not belong together: we ask.
            (raising if pattern.raises and not apart else asking).append(entry)
            if pattern.raises and best[0] == MOST_EARNEST:
                settled.add(pattern.flag)
        return raising, asking

    def _sides(self, message: _Message, scopes: Scoping, match: Match) -> tuple[Side, ...]:
        """Which sides are named in the statements of a match: "left leg numb, right one fine"."""
        mine = {scopes.clauses[place] for place in match.inside}
        return self._sides_of(h for h in message.hits if scopes.clauses[h[1]] in mine)

    def sides_in(self, text: str) -> tuple[Side, ...]:
        """The sides of the body that a short answer names."""
        return self._sides_of(self._taken_apart(text, None).hits)

    def _sides_of(self, hits: Iterable[Hit]) -> tuple[Side, ...]:
        named = {name for sense, _, _ in hits for name in sense.concepts}
        return tuple(side for concept, side in SIDED.items() if concept in named)


class _Message(NamedTuple):
    """A message taken apart: what it names, in idioms too, marks of scope, wishes and lengths."""

    words: Sequence[str]
    hits: Sequence[Hit]
    hidden: Sequence[Hit]
    marks: Mapping[str, Sequence[Found]]
    intents: frozenset[str]
    lengths: tuple[Length, ...]


def _inside(hit: Hit, places: Iterable[Found]) -> bool:
    """Whether a hit begins in one of these places."""
    return any(place.start <= hit[1] < place.end for place in places)


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


def _topics(patterns: Iterable[Pattern], labels: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The labels that each concept is about; one that serves many labels is about none."""
    used: dict[str, set[str]] = defaultdict(set)
    for pattern in patterns:
        for name in pattern.needs:
            used[name].add(labels[pattern.flag])
    return {name: frozenset(those) for name, those in used.items() if len(those) <= FEW_LABELS}
