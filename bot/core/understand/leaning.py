"""How the words of an answer lean, where no fixed phrase of the word lists decides it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.knowledge import Topic
from bot.core.understand.meaning import Meaning
from bot.core.understand.text import PUNCTUATION

FAR, NEAR = 4, 2  # words after a denial in which it turns a sign round, or a word like "fine"
SHORTEST_STEM = 2
ENDING = 3  # letters of a pattern like "*ing"


class Lean(StrEnum):
    """What one word or phrase says; the first of two that are equally long counts."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCLEAR = "unclear"
    PLACE = "place"
    GONE = "gone"
    REFUSED = "refused"
    OLD = "old"
    ELLIPSIS = "ellipsis"
    PERSON = "person"
    PAST = "past"
    SELF = "self"
    UNSAID = "unsaid"
    WELL = "well"
    TROUBLE = "trouble"
    HEDGED = "hedged"
    SOME = "some"
    EVERY = "every"
    LESSENED = "lessened"
    TIME = "time"
    NEEDED = "needed"
    TURNS = "turns"
    REASON = "reason"
    NOT_THERE = "not_there"
    NEVER_DID = "never_did"
    NARROWED = "narrowed"
    ENOUGH = "enough"
    CONDITION = "condition"
    OTHERWISE = "otherwise"
    ASIDE = "aside"
    NOT = "not"
    NONE = "none"
    PAIN = "pain"
    BACK = "back"
    CAUSE = "cause"
    SMALL = "small"
    ELSEWHERE = "elsewhere"
    DENIED = "denied"
    NOT_HERE = "not_here"


Table = Mapping[str, list[list[str]]]
_Found = tuple[Lean, int, int]
_BREAKS = (Lean.TURNS, Lean.REASON, Lean.NARROWED, Lean.CONDITION)  # another statement begins here
_HELPERS = frozenset(("is", "are", "was", "were", "do", "does", "did", "have", "has"))
_PRONOUNS = frozenset(("it", "i", "they", "but"))
_SELVES = frozenset(("i", "me", "mine", "myself"))
_OF_TOPIC = (Lean.ABSENT, Lean.PRESENT, Lean.UNCLEAR, Lean.PLACE)
_AGAINST = frozenset((Lean.ABSENT, Lean.DENIED, Lean.REFUSED, Lean.OLD, Lean.GONE))
# A statement with one of these is accounted for: it says that nothing is there, or what else is.
_SETTLED = _AGAINST | {
    Lean.PERSON,
    Lean.PAST,
    Lean.WELL,
    Lean.NOT_HERE,
    Lean.PAIN,
    Lean.BACK,
    Lean.UNCLEAR,
    Lean.CAUSE,
    Lean.NEVER_DID,
}
_NAMED = frozenset((Lean.BACK, Lean.PAIN, Lean.ABSENT))  # what an "apart from" may name
_WEIGHTY = _AGAINST | {Lean.PRESENT, Lean.UNCLEAR}
# What a closing "but ..." may take an answer back with, and what leaves it open all the same.
_TAKES_BACK = frozenset(
    (Lean.ABSENT, Lean.REFUSED, Lean.OLD, Lean.GONE, Lean.CAUSE, Lean.NEVER_DID)
)
_TURNS_BACK = frozenset(("but", "though", "although", "however", "because", "now", "and"))
_SOUND = frozenset((Lean.WELL, Lean.ABSENT, Lean.DENIED))
_LIMITS = frozenset((Lean.NOT, Lean.TROUBLE, Lean.NARROWED, Lean.SOME, Lean.EVERY, Lean.TIME))
_CLOSING = (Lean.TURNS, Lean.REASON, Lean.NARROWED)
_LEAVES_OPEN = frozenset((Lean.PRESENT, Lean.TROUBLE, Lean.SOME, Lean.CONDITION, Lean.UNSAID))
_TURNED = {
    **dict.fromkeys((Lean.PRESENT, Lean.TROUBLE, Lean.SOME), Lean.DENIED),
    **dict.fromkeys((Lean.WELL, Lean.ABSENT), Lean.PRESENT),
    Lean.PLACE: Lean.NOT_HERE,
    Lean.NEEDED: Lean.UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class Leans:
    """What the statements of an answer lean to; `last` is the weighty one that ends it."""

    kinds: frozenset[Lean]
    last: Lean | None = None
    unexplained: bool = False  # a statement says something that no word list knows
    is_limited: bool = False  # "I can go, but I cannot stop": what follows the "but" is not well
    taken_back: bool = False  # "numb at first, but not now": what follows the last "but" denies

    @property
    def is_unclear(self) -> bool:
        """Whether nothing but doubt is said of the sign: "the test is tomorrow"."""
        open_ = not self.kinds & {Lean.TROUBLE, Lean.WELL}
        return open_ and self.kinds & _WEIGHTY == {Lean.UNCLEAR}

    @property
    def is_against(self) -> bool:
        """Whether the answer ends by denying or explaining the sign."""
        return self.last in _AGAINST

    @property
    def is_narrowed(self) -> bool:
        """Whether the answer names the one place in which the sign is: "only at the front"."""
        narrowed = {Lean.NARROWED, Lean.ENOUGH} & self.kinds
        return bool(narrowed) and Lean.PLACE in self.kinds and Lean.NOT_HERE not in self.kinds

    @property
    def is_elsewhere(self) -> bool:
        """Whether the sign is said of another part: "my back is numb, not my legs"."""
        other = bool(self.kinds & {Lean.BACK, Lean.ELSEWHERE})
        return other and Lean.NOT_HERE in self.kinds and Lean.PLACE not in self.kinds

    @property
    def is_unknown(self) -> bool:
        """Whether nothing but a denial without an object is said: "I feel nothing"."""
        return self.unexplained and not self.kinds - {Lean.SMALL, Lean.SELF, Lean.PLACE}

    @property
    def is_well_so_far(self) -> bool:
        """Whether all is well only up to a point: "fine until I sit"."""
        if {Lean.REFUSED, Lean.OLD, Lean.GONE, Lean.ASIDE} & self.kinds:
            return False
        well = bool({Lean.WELL, Lean.ABSENT} & self.kinds)
        return self.is_limited or (Lean.CONDITION in self.kinds and well)

    @property
    def is_feared(self) -> bool:
        """Whether the sign is named and no set phrase takes it back at the end."""
        return Lean.PRESENT in self.kinds and self.last not in (Lean.REFUSED, Lean.OLD, Lean.GONE)

    @property
    def is_odd(self) -> bool:
        """Whether more is said than that all is well: "fine if I sit still"."""
        if self.unexplained or self.kinds & {Lean.SOME, Lean.TROUBLE, Lean.ELLIPSIS}:
            return True
        sure = self.kinds & {Lean.WELL, Lean.ABSENT, Lean.REFUSED}
        if Lean.CONDITION in self.kinds and sure:
            return True
        return Lean.HEDGED in self.kinds and Lean.ABSENT not in self.kinds

    @property
    def is_present(self) -> bool:
        """Whether the sign is said to be there, and not taken back or explained."""
        back = {Lean.ABSENT, Lean.REFUSED, Lean.OLD, Lean.GONE} & self.kinds
        return self.last is Lean.PRESENT or (Lean.PRESENT in self.kinds and not back)

    def meaning(self, *, danger: bool) -> Meaning:
        """Where the answer goes; with `danger` nothing that speaks of an amount is a no."""
        kinds = self.kinds
        if Lean.ASIDE in kinds:
            return Meaning.OTHER
        if self.is_elsewhere:
            return Meaning.NO
        part = {Lean.NOT_HERE, Lean.PLACE} <= kinds  # "bladder, not bowel"
        if self.is_present or (danger and self.is_feared) or part:
            return Meaning.YES
        if Lean.UNCLEAR in kinds and self.last not in _AGAINST:
            return Meaning.UNSURE
        settled = kinds & {Lean.ABSENT, Lean.REFUSED, Lean.OLD, Lean.PAIN, Lean.WELL}
        if {Lean.TROUBLE, Lean.DENIED} <= kinds and not settled:
            return Meaning.YES  # "not numb, but it feels odd"
        if self._is_denial():
            narrow = Lean.OTHERWISE in kinds and Lean.BACK not in kinds
            return Meaning.OTHER if narrow or (danger and self.is_odd) else Meaning.NO
        if Lean.PLACE in kinds and kinds <= {Lean.PLACE, Lean.SMALL} and not self.unexplained:
            return Meaning.YES  # "my toes and now my foot"
        if Lean.ENOUGH in kinds and self.unexplained:
            return Meaning.OTHER if danger else Meaning.NO  # "my feet are cold, that is all"
        if Lean.HEDGED in kinds:
            return Meaning.YES if {Lean.SOME, Lean.TROUBLE} & kinds else Meaning.UNSURE
        if Lean.ELSEWHERE in kinds and Lean.PLACE not in kinds:
            narrow = Lean.NARROWED in kinds and not danger
            return Meaning.NO if narrow else Meaning.OTHER
        some = bool({Lean.SOME, Lean.EVERY, Lean.TIME, Lean.CONDITION} & kinds)
        some |= (
            bool({Lean.NARROWED, Lean.ENOUGH} & kinds) and Lean.PLACE in kinds
        )  # "just the toes"
        if Lean.TROUBLE in kinds or (some and Lean.PAIN not in kinds):
            return Meaning.YES
        return Meaning.OTHER

    def _is_denial(self) -> bool:
        """ "Legs are fine", "more of an ache"."""
        if self.kinds & {*_AGAINST, Lean.WELL, Lean.NOT_HERE}:
            return True
        narrowed = {Lean.NARROWED, Lean.ENOUGH} & self.kinds
        return bool(narrowed) and bool(self.kinds & {Lean.PAIN, Lean.BACK})


class Leaning:
    """Weighs the words of an answer by the topic of the question."""

    def __init__(
        self,
        general: Mapping[str, Iterable[Sequence[str]]],
        topics: Mapping[str, Topic],
        denied_by: Mapping[str, Iterable[Sequence[str]]],
    ) -> None:
        """Take the lists apart once; what denies a sign outright is absent here, too."""
        self._general = [
            (lean, by_first(general[lean.value])) for lean in Lean if lean.value in general
        ]
        self._topics = {
            flag: [
                (lean, by_first(phrase.split() for phrase in getattr(topic, lean.value)))
                for lean in _OF_TOPIC
            ]
            for flag, topic in topics.items()
        }
        for flag, phrases in denied_by.items():
            self._topics.setdefault(flag, []).insert(0, (Lean.ABSENT, by_first(phrases)))

    def of(self, words: Sequence[str], flags: Collection[str]) -> Leans:
        """What the statements of an answer lean to."""
        topics = [table for flag in flags for table in self._topics.get(flag, ())]
        tables = [*topics, *self._general]
        placed = any(lean is Lean.PLACE and table for lean, table in topics)
        found: list[Lean] = []
        unexplained = _is_half_said(words)
        end = _Closing()
        for statement, unknown in _statements(words, tables):
            leans = _in_one_breath(list(_turned_round(statement)), placed=placed)
            open_ = unknown and not _SETTLED & set(leans)
            turned = {words[at] for lean, at, _ in statement if lean in _CLOSING}
            if turned & _TURNS_BACK:
                end = _Closing(frozenset(found), frozenset(leans), open_)
            else:
                open_end = end.open_ or open_ or "then" in turned
                end = replace(end, leans=end.leans | set(leans), open_=open_end)
            if any(lean is Lean.NOT for lean, _, _ in statement):
                end = replace(end, leans=end.leans | {Lean.NOT})
            found += leans
            unexplained |= open_
        if Lean.WELL in found and {Lean.GONE, Lean.ELLIPSIS} & set(found):
            found.append(Lean.PRESENT)  # "the front is normal, the back is not"
        if Lean.WELL in found and Lean.NOT_HERE in found[found.index(Lean.WELL) :]:
            unexplained = True  # "can hold solids, not gas"
        if Lean.CONDITION in found and _NAMED & set(found[found.index(Lean.CONDITION) :]):
            found.remove(Lean.CONDITION)  # "fine apart from the back"
        weighty = [lean for lean in found if lean in _WEIGHTY]
        return Leans(
            frozenset(found),
            weighty[-1] if weighty else None,
            unexplained,
            is_limited=end.limits,
            taken_back=end.takes_back,
        )


@dataclass(frozen=True, slots=True)
class _Closing:
    """What stands before the last "but", what follows it, and whether that is all known."""

    head: frozenset[Lean] = frozenset()
    leans: frozenset[Lean] = frozenset()
    open_: bool = True

    @property
    def limits(self) -> bool:
        """ "I can hold it, but only for seconds"."""
        if not self.head & _SOUND or self.head & {Lean.PRESENT, Lean.NARROWED}:
            return False
        settled = self.leans & (_AGAINST | {Lean.PAIN, Lean.BACK})
        return self.open_ and not settled and bool(self.leans & _LIMITS)

    @property
    def takes_back(self) -> bool:
        """ "But it is winter", "but fine today", "the class has it, but I am fine"."""
        if self.open_ or self.leans & _LEAVES_OPEN:
            return False
        if self.leans & _TAKES_BACK or self.leans >= {Lean.WELL, Lean.TIME}:
            return True
        if self.head and self.leans >= {Lean.WELL, Lean.SELF} and Lean.SELF not in self.head:
            return True
        neutral = not self.head & _LEAVES_OPEN
        return neutral and (
            Lean.DENIED in self.leans or bool(self.head and Lean.WELL in self.leans)
        )


def _in_one_breath(leans: list[Lean], *, placed: bool) -> list[Lean]:
    """What the leans of one statement do to each other."""
    if Lean.NOT_THERE in leans:
        # "Numbness is not there".
        leans = [Lean.DENIED if lean in (Lean.PRESENT, Lean.TROUBLE) else lean for lean in leans]
        leans = [lean for lean in leans if lean is not Lean.NOT_THERE]
    if placed and Lean.ELSEWHERE in leans and Lean.PLACE not in leans:
        # "My hands are numb" says nothing of the legs.
        return [lean for lean in leans if lean not in (*_WEIGHTY, Lean.WELL)]
    if Lean.OLD in leans:
        return [*(lean for lean in leans if lean is not Lean.OLD), Lean.OLD]  # "always been numb"
    if Lean.PERSON in leans and Lean.SELF not in leans:
        return leans[: leans.index(Lean.PERSON) + 1]  # "my daughter has flu"
    if Lean.PERSON in leans:
        return [lean for lean in leans if lean is not Lean.WELL]  # "my son had to wash me"
    if Lean.ABSENT in leans:
        # "Slept funny", "one steroid jab": the odd thing is explained.
        explained = (Lean.PRESENT, Lean.TROUBLE, Lean.SOME, Lean.EVERY)
        rest = [lean for lean in leans if lean not in explained]
        return [Lean.PRESENT, *rest] if Lean.PRESENT in leans else rest
    if Lean.PAIN in leans and Lean.PRESENT not in leans:
        # "Aches now and then", "sore since Friday".
        return [lean for lean in leans if lean not in (Lean.SOME, Lean.EVERY, Lean.TIME)]
    return leans


def _with_late_no(statement: list[_Found], words: Sequence[str]) -> list[_Found]:
    """ "Tearing no": a no that ends a statement denies what stands before it."""
    if len(statement) > 1 and statement[-1][0] is Lean.NONE:
        at = statement[-1][1]
        if words[at] == "no":
            return [*statement[:-1], (Lean.NOT_THERE, at, at + 1)]
    return statement


def _statements(
    words: Sequence[str], tables: Sequence[tuple[Lean, Table]]
) -> list[tuple[list[_Found], bool]]:
    """The leans of each statement, and whether it holds words that no list knows.

    A comma, a "but", an "until" or a "just" begins a new one.
    """
    statements: list[list[_Found]] = [[]]
    unknown = [False]
    at = 0
    while at < len(words):
        length, lean = _longest(words, at, tables)
        denied = lean is Lean.REASON and words[at - 1] == "not" and at > 0  # "not because"
        if words[at] in PUNCTUATION or (lean in _BREAKS and not denied):
            statements.append([])
            unknown.append(False)
        if lean is not None:
            statements[-1].append((lean, at, at + length))
        if not _SELVES.isdisjoint(words[at : at + max(length, 1)]):
            statements[-1].append((Lean.SELF, at, at + length))
        if lean is Lean.NOT and words[at - 1] in _HELPERS and _ends(words, at + 1):
            statements[-1].append((Lean.ELLIPSIS, at, at))  # "the left is not"
            if at > 1 and words[at - 2] in _PRONOUNS:
                statements[-1].append((Lean.NEVER_DID, at, at))  # "but it has not"
        # "My hands", "a bit": these are known, and leave open what is said of the sign.
        open_ = lean in (
            None,
            Lean.ELSEWHERE,
            Lean.SOME,
            Lean.EVERY,
            Lean.TIME,
            Lean.TROUBLE,
            Lean.NOT,
        )
        unknown[-1] |= open_ and words[at] not in PUNCTUATION and words[at] not in _SELVES
        at += max(length, 1)
    return [(_with_late_no(s, words), u) for s, u in zip(statements, unknown, strict=True)]


def _is_half_said(words: Sequence[str]) -> bool:
    """ "Right leg, left a bit too" names both sides; "not numb numb" denies half."""
    halved = any(
        words[at] == "not" and words[at + 1] == words[at + 2] for at in range(len(words) - 2)
    )
    return halved or {"left", "right"} <= set(words)


def _ends(words: Sequence[str], at: int) -> bool:
    return at >= len(words) or words[at] in PUNCTUATION


def _turned_round(statement: Sequence[_Found]) -> Iterator[Lean]:
    """The leans of a statement, those that a denial covers turned round."""
    far = near = less = -1
    unsaid = False
    for lean, start, end in statement:
        if lean in (Lean.NOT, Lean.NONE):
            if unsaid:  # "I would not say it is not dragging"
                far = near = -1
            else:
                far, near = end + FAR, end + NEAR if lean is Lean.NOT else -1
        elif lean is Lean.NARROWED:
            far = near = -1  # "not numb, more like buzzing"
            yield lean
        elif lean is Lean.LESSENED:
            less = end + NEAR  # "less strong than the other"
            yield Lean.TROUBLE
        elif lean is Lean.WELL and start < less:
            yield Lean.PRESENT
        elif lean is Lean.NOT_THERE:
            yield Lean.NOT_THERE
        elif lean is Lean.UNSAID:
            unsaid, far, near = True, end + FAR, end + NEAR
        elif lean in _TURNED and start < (near if lean in (Lean.WELL, Lean.ABSENT) else far):
            yield _TURNED[lean]
        elif lean not in (Lean.NEEDED, Lean.TURNS, Lean.REASON):
            yield lean


def _longest(
    words: Sequence[str], at: int, tables: Sequence[tuple[Lean, Table]]
) -> tuple[int, Lean | None]:
    best: tuple[int, Lean | None] = (0, None)
    for lean, table in tables:
        length = longest_in(words, at, table)
        if length > best[0]:
            best = (length, lean)
    return best


def by_first(phrases: Iterable[Sequence[str]]) -> dict[str, list[list[str]]]:
    """Phrases by their first word, as written: "easi*" too."""
    table: dict[str, list[list[str]]] = {}
    for phrase in phrases:
        if phrase:
            table.setdefault(phrase[0], []).append(list(phrase))
    return table


def longest_in(words: Sequence[str], at: int, table: Table) -> int:
    """The length of the longest phrase of a table that begins at a word, or 0."""
    if at >= len(words):
        return 0
    word = words[at]
    stems = (f"{word[:end]}*" for end in range(SHORTEST_STEM, len(word) + 1))
    keys = [word, *stems, f"*{word[-ENDING:]}"]
    fits = [
        len(phrase)
        for key in keys
        for phrase in table.get(key, ())
        if at + len(phrase) <= len(words)
        and all(_fits(w, p) for w, p in zip(words[at:], phrase, strict=False))
    ]
    return max(fits, default=0)


def _fits(word: str, pattern: str) -> bool:
    if pattern.startswith("*"):
        return word.endswith(pattern[1:])
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
