"""Typed answers to an open question: yes, no, not sure, options, lengths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from rapidfuzz.distance import OSA

from bot.core.knowledge import Choice, Knowledge
from bot.core.patterns import TWO_WEEKS
from bot.core.state import Answer
from bot.core.understand.clock import score_in
from bot.core.understand.durations import Kind, Length
from bot.core.understand.leaning import Lean, Leaning, Leans, by_first, longest_in
from bot.core.understand.meaning import Meaning
from bot.core.understand.reader import CRISIS_CARD, Reader, Reading
from bot.core.understand.scope import Scope
from bot.core.understand.text import PUNCTUATION, normalise

SHORT_ANSWER = 5  # words within which one word of an option is enough
EXPLAINED = 3  # words before an explanation in which a denial takes it back
SHORTEST = 3  # words in which a no denies whatever is named
LONGEST_SOFT = 8  # words within which one word like "fine" is a no
LONGEST_PART = 5  # words within which half a sign is a yes to its own question
NOTHING_MEANT = "nothing_meant"  # phrases of `replies` that mean none of the buttons
LONGEST_REPLY = 8  # words; a longer text is a story
LONGEST_ANSWER = 12  # words; a longer text is a story, not a plain yes or no

_EMPTY_WORDS = frozenset(
    (
        *("the", "and", "are", "this", "these", "those", "that", "with", "from", "not", "but"),
        *("for", "have", "has", "had", "was", "its", "said", "fine"),
    )
)
_TURNED = frozenset(("not", "no", "neither", "nor", "never", "longer", "nothing", "but", "except"))
# After a yes or no that stands by itself, another statement begins.
_NEW_STATEMENT = frozenset(
    (
        "but",
        "i",
        "my",
        "it",
        "though",
        "just",
        "only",
        "he",
        "she",
        "because",
        "we",
        "and",
        "the",
        "all",
        "everything",
    )
)
_ASKING_VERBS = frozenset(("is", "are", "do", "does", "can", "should", "was", "would", "could"))
_ADVERBS = frozenset(("absolutely", "definitely", "definately", "certainly", "deffo", "correct"))
_PRONOUNS = frozenset(("it", "they", "that"))
_NO_PART = frozenset(("but", "though"))  # after these another part is spoken of
_LAST_NO = frozenset(("no", "nope", "nah", "naw"))
_DETERMINERS = frozenset(("no", "nae", "n", "negative"))
_TURNING = frozenset(("but", "though", "except", "however", "just", "only"))
_MAYBE = frozenset(("maybe", "perhaps", "possibly", "might"))
_ABOUT = frozenset(("ish", "tops", "roughly", "approx"))
_FILLERS = frozenset(("really", "quite", "honestly", "exactly", "actually", "properly", "truly"))
_ANY = frozenset(("any", "either", "it", "one", "them", "those", "that", "anything"))
_MISREAD = frozenset(("now", "and"))  # what "noo" and "n" are corrected to
_SEEN = frozenset(("to", "noticed", "found", "saw", "smelt", "says", "helps", "help"))
_HELPERS = frozenset(("i", "do", "did", "have", "am", "would"))
_SAID = frozenset((Lean.PRESENT, Lean.PLACE, Lean.TROUBLE, Lean.SOME))
_ASKING_ONESELF = frozenset(("do", "am", "can", "should", "may", "must", "shall"))
_UNITS = ("days", "weeks", "months", "years")
_DENIALS = frozenset(("not", "without", "never", "no"))
_SAYS = frozenset(("says", "noticed", "thinks", "reckons"))
_TROUBLES = frozenset(
    (
        *("problem", "problems", "issue", "issues", "trouble", "troubles", "change", "changes"),
        *("bother", "difficulty", "difficulties", "complaints", "concerns", "worries"),
    )
)
_SPOKEN_OF = frozenset(("i", "it", "my", "they"))
_BOUTS = frozenset(("one", "lot", "time", "bout", "spell", "episode", "round", "flare", "attack"))
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_LISTED = re.compile(r"(?:(?:number|no\.?)\s*)?(\d{1,2}(?:\s*(?:,|and|&|\s)\s*\d{1,2})*)")


@dataclass(frozen=True, slots=True)
class Said:
    """A meaning; `plainly` when the words for it stand there and nothing speaks against it."""

    meaning: Meaning
    plainly: bool = False


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer, and what the reader and the word lists make of it.

    `danger` is on where one of the flags is an emergency, `grave` where each of them is.
    """

    text: str
    said: Sequence[str]
    flags: Collection[str]
    reading: Reading
    leans: Leans
    here: bool
    danger: bool
    grave: bool


class Answers:
    """Reads answers with the word lists of the knowledge base."""

    def __init__(self, knowledge: Knowledge, reader: Reader) -> None:
        """Take the lists apart once."""
        self._reader = reader
        words = knowledge.words
        self._lists = {
            name: _by_first(self._words(phrase) for phrase in phrases)
            for name, phrases in words
            if isinstance(phrases, tuple)
        }
        self._leaning = Leaning(
            {
                **{name: [p.split() for p in lists] for name, lists in words.leanings.items()},
                "refused": [
                    *(self._words(p) for p in words.soft_no if p not in words.unchanged),
                    *(self._words(p) for p in words.no if _is_set(p) and p not in words.unchanged),
                ],
                "old": [self._words(phrase) for phrase in words.unchanged],
                "past": [phrase.split() for phrase in knowledge.scopes.past],
                "person": [phrase.split() for phrase in knowledge.scopes.other_people],
            },
            words.topics,
            {flag.id: [self._words(p) for p in flag.denied_by] for flag in knowledge.flags},
        )
        self._hedges = frozenset(words.leanings["hedged"])
        self._emergencies = frozenset(
            f.id for f in knowledge.flags if f.outcome.is_emergency or f.card == CRISIS_CARD
        )
        self._replies = {
            option: by_first(
                phrase.split() if "*" in phrase else self._words(phrase) for phrase in phrases
            )
            for option, phrases in words.replies.items()
        }
        self._spoken_yes = frozenset(
            word for phrase in (*words.yes, *words.yes_with) for word in self._words(phrase)
        )
        self._yes_alone = frozenset(word for word in words.yes_first if " " not in word)
        self._no_first = frozenset(words.no_first)
        self._readings = {flag.id: flag.reading for flag in knowledge.flags if flag.reading}
        self._denied_by = {
            flag.id: _by_first(self._words(phrase) for phrase in flag.denied_by)
            for flag in knowledge.flags
        }
        self._lasting = frozenset(flag.id for flag in knowledge.flags if flag.lasting)
        self._subjects = {flag.id: flag.subject for flag in knowledge.flags if flag.subject}
        self._units = frozenset(knowledge.times.units)
        self._two_weeks = frozenset(
            flag.id for flag in knowledge.flags if flag.core == "two_weeks"
        )

    def _words(self, text: str) -> list[str]:
        words = [word for word in self._reader.words_of(text) if word not in PUNCTUATION]
        # "It is not not tingling": two denials are none.
        pairs = [at for at in range(len(words) - 1) if words[at : at + 2] == ["not", "not"]]
        return [w for at, w in enumerate(words) if at not in pairs and at - 1 not in pairs]

    # -- plain yes and no ------------------------------------------------------------------------

    def yes_no(self, text: str) -> Answer | None:
        """Yes, no or not sure; None when the text is something else, or both at once."""
        said = self._words(text)
        if not said or len(said) > LONGEST_ANSWER:
            return None
        if self._anywhere(said, "unsure"):
            return Answer.UNSURE
        if {"but", "except"} & set(said):
            return None
        if {"yes", "no"} <= set(said) and set(said) <= {"yes", "no", "and", "or", "both"}:
            return None
        if self._is_clean_no(said):
            return Answer.NO
        if self.is_clean_yes(text) or self._start(said, "yes_first"):
            return Answer.YES
        return None

    def is_clean_yes(self, text: str) -> bool:
        """A yes and nothing beside it; "ok wait" and "right hip pinches" are none."""
        said = self._words(text)
        return bool(said) and bool(self._start(said, "yes")) and set(said) <= self._spoken_yes

    def begins_with_no(self, text: str) -> bool:
        """Whether the first word is a no."""
        return self._words(text)[:1] != [] and self._words(text)[0] in self._no_first

    def denies(self, text: str) -> bool:
        """Whether a denial stands anywhere in the words."""
        return not {"not", "never", "no"}.isdisjoint(self._words(text))

    def speaks_of_other(self, text: str) -> bool:
        """Whether another person is named: "my mum", "a friend"."""
        return "other_people" in self._reader.marks_in(text)

    def _is_clean_no(self, said: Sequence[str]) -> bool:
        """A no and nothing beside it: "no feeling at all" is no denial, it is the sign itself.

        What remains after a no must be another no or one of the tails of the word list.
        """
        rest = list(said)
        length = self._start(rest, "no")
        if not length:
            return False
        while length:
            rest = rest[length:]
            length = max(self._start(rest, "no"), self._start(rest, "no_tails"))
        return not rest

    def _start(self, said: Sequence[str], name: str) -> int:
        """The length of the longest phrase of a list that the words begin with, or 0."""
        return self._start_in(said, self._lists[name])

    @staticmethod
    def _start_in(said: Sequence[str], table: Mapping[str, list[list[str]]]) -> int:
        fits = [
            len(phrase)
            for phrase in table.get(said[0] if said else "", ())
            if list(said[: len(phrase)]) == phrase
        ]
        return max(fits, default=0)

    def _anywhere(self, said: Sequence[str], name: str) -> bool:
        return any(self._start(said[at:], name) for at in range(len(said)))

    # -- the answer to a sign's own question -----------------------------------------------------

    def meaning(self, text: str, flags: Collection[str], today: date) -> Said:
        """What a text means as an answer to the question about these flags.

        The question has set the topic: half a sign ("the tingly bit") is a yes to it.
        """
        said, text = self._corrected(text)
        said, text = self._without_opener(said, text)
        if said[:3] in (["yes", "or", "no"], ["no", "or", "yes"]):
            return Said(Meaning.OTHER)
        if not said or self._asks_first(text, said, flags):
            return Said(Meaning.OTHER)
        if self._no_and_well(said, flags) or self._no_trouble(said, flags):
            return Said(Meaning.NO, plainly=True)
        measured = self._measured(said, flags)
        if measured is not None:
            return Said(measured, plainly=True)
        if all(word.isdecimal() for word in said) and not self._two_weeks & set(flags):
            return Said(Meaning.OTHER)  # the number of a line above, perhaps
        if self._two_weeks & set(flags):
            return self._about_length(text, said, today)
        return self._by_its_words(text, said, flags, today)

    def _no_and_well(self, said: Sequence[str], flags: Collection[str]) -> bool:
        """ "No control is fine": the comma is missing."""
        if said[0] != "no" or len(said) not in (4, 5) or said[-2] not in ("is", "are"):
            return False
        return self._leaning.of(said[-1:], flags).kinds == {Lean.WELL}

    def _no_trouble(self, said: Sequence[str], flags: Collection[str]) -> bool:
        """ "No sensation problems" is no lack of sensation; "neither leg" names a place only."""
        if len(said) > SHORT_ANSWER:
            return False
        if said[0] == "neither" and len(said) <= SHORTEST:
            return self._leaning.of(said, flags).kinds <= {Lean.NOT_HERE, Lean.SMALL, Lean.SELF}
        return said[0] == "no" and said[-1] in _TROUBLES and not _TURNED & set(said[1:])

    def _without_opener(self, said: list[str], text: str) -> tuple[list[str], str]:
        """The words after "ngl", "well", "oh": what follows is the answer."""
        length = 0
        while more := self._start(said[length:], "openers"):
            length += more
        rest = said[length:]
        if length and (self._start(rest, "yes_first") or self._start(rest, "no")):
            return rest, " ".join(rest)
        return said, text

    def _about_length(self, text: str, said: Sequence[str], today: date) -> Said:
        text, said = self._this_time(self._with_units(text), said, today)
        lasted = self._longer_than_two_weeks(text, said, today)
        doubts = self._doubts(said)
        lengths = self._reader.lengths(text, today) if doubts else ()
        if self._is_torn(said, doubts) or (lasted is not None and len(lengths) > 1):
            return Said(Meaning.UNSURE)
        if lasted is not None:
            return Said(lasted, plainly=True)
        plain = self.yes_no(text)
        if plain is not None:
            return Said(Meaning(plain.value), plainly=True)
        if self._asks_back(text, said):
            return Said(Meaning.OTHER)
        leans = self._leaning.of(self._reader.words_of(text), self._two_weeks)
        denies = said[0] in self._no_first and leans.last is not Lean.PRESENT
        if denies and not self._doubts(said):
            return Said(Meaning.NO)  # "no, this is the first day"
        for name, meaning in (
            ("unsure", Meaning.UNSURE),
            ("soft_no", Meaning.NO),
            ("soft_yes", Meaning.YES),
        ):
            if self._anywhere(said, name):
                return Said(meaning)
        return Said(leans.meaning(danger=False) if leans.last else Meaning.OTHER)

    def _with_units(self, text: str) -> str:
        """The text with a misspelt unit after a number put right: "6 weks", "3 wekes"."""
        words = normalise(text).split()
        for at, (number, unit) in enumerate(pairwise(words), start=1):
            if number.isdecimal() and len(unit) > SHORTEST and unit.isalpha():
                near = (u for u in _UNITS if OSA.distance(unit, u, score_cutoff=1) == 1)
                words[at] = next(near, unit)
        return " ".join(words)

    def _this_time(self, text: str, said: Sequence[str], today: date) -> tuple[str, Sequence[str]]:
        """The words from "this one" on, when a length follows: "for years, this one 4 days"."""
        words = self._reader.words_of(text)
        if _ABOUT & set(words):
            text = " ".join(word for word in words if word not in _ABOUT)
            return text, self._words(text)
        for at in range(len(words) - 1, 0, -1):
            if words[at - 1] == "this" and words[at] in _BOUTS:
                rest = " ".join(word for word in words[at - 1 :] if word != "old")
                if self._reader.lengths(rest, today):
                    return rest, self._words(rest)
        return text, said

    def _measured(self, said: Sequence[str], flags: Collection[str]) -> Meaning | None:
        """A reading alone: "39" or "36.8" to the question about a fever."""
        if len(said) > SHORT_ANSWER:
            return None
        numbers = [float(w.replace(",", ".")) for w in said if _NUMBER.fullmatch(w)]
        for flag in flags:
            scale = self._readings.get(flag)
            if scale is None or not numbers:
                continue
            if any(low <= numbers[0] <= high for low, high in scale.present):
                return Meaning.YES
            lasts = self._units & set(said)  # "50 days ago"
            if not lasts and any(low <= numbers[0] <= high for low, high in scale.absent):
                return Meaning.NO
        return None

    def _particle(self, text: str, name: str) -> bool:
        """Whether a text begins with a phrase that stands by itself: "no, ...", "no but ...".

        "No feeling at all" begins with a no that does not.
        """
        words = self._reader.words_of(text)
        length = self._start(words, name)
        if not length:
            return False
        if words[0] in _MISREAD:
            return len(words) == length
        if name == "no" and words[0] in self._no_first - _DETERMINERS:
            return True  # "nah clean"; "no feeling" is another matter
        if name == "yes" and (len(words[0]) == 1 or words[0] in _PRONOUNS):
            return words[length:] == [] or words[length] in PUNCTUATION  # "it is my elbow"
        rest = words[length:]
        while rest and rest[0] not in _NEW_STATEMENT and (more := self._start(rest, "no_tails")):
            rest = rest[more:]
        return not rest or rest[0] in PUNCTUATION or rest[0] in _NEW_STATEMENT

    def _by_its_words(
        self, text: str, said: Sequence[str], flags: Collection[str], today: date
    ) -> Said:
        reading = self._reader.read(text, today)
        heard = _Heard(
            text,
            said,
            flags,
            reading,
            self._leaning.of(self._reader.words_of(text), flags),
            here=self._is_here(text, said, flags, reading, today),
            danger=bool(self._emergencies & set(flags)),
            grave=self._emergencies >= set(flags),
        )
        first = self._by_what_is_plain(heard)
        if first is not None:
            return Said(first, plainly=first is Meaning.YES and self._says_yes(text, said, flags))
        scopes = self._reader.scopes_about(text, flags, today)
        leans, danger, own = heard.leans, heard.danger, Scope.OWN in scopes
        if self._says_no(text) or (
            not heard.here and self._ends_with_no(said, leans, danger=danger)
        ):
            return self._after_a_no(heard, own=own)
        if heard.here:
            return Said(Meaning.YES)
        if not leans.last and (self._asks_back(text, said) or Lean.ASIDE in leans.kinds):
            return Said(Meaning.OTHER)
        if danger and leans.is_well_so_far:
            return Said(Meaning.YES)  # "normal until I sit down"
        decided = self._by_set_phrases(
            said, flags, own=own, marks=self._reader.marks_in(text), leans=leans, danger=danger
        )
        if decided is None:
            decided = leans.meaning(danger=danger)
        if decided is Meaning.OTHER:
            decided = self._by_signs(said, flags, reading, scopes, leans, danger=danger)
        never = not heard.grave and self._never_any(said)
        short = said[0] == "no" and len(said) <= SHORTEST and not danger  # "no ops"
        return Said(Meaning.NO if decided is Meaning.OTHER and (never or short) else decided)

    def _is_here(
        self,
        text: str,
        said: Sequence[str],
        flags: Collection[str],
        reading: Reading,
        today: date,
    ) -> bool:
        here = self._is_said(text, said, flags, reading, today)
        if here and said[0] == "no" and said[1:2] in (["i"], ["it"], ["my"], ["they"]):
            # "No I can feel when I wipe" is no lack of feeling.
            rest = text.strip().partition(" ")[2]
            return self._is_said(rest, said[1:], flags, self._reader.read(rest, today), today)
        return here

    def _by_what_is_plain(self, heard: _Heard) -> Meaning | None:
        """A yes, a doubt, or a sign that is taken back or explained at once."""
        said, flags, leans, here = heard.said, heard.flags, heard.leans, heard.here
        explained = self._is_explained_away(said, flags, here=here)
        if self._says_yes(heard.text, said, flags):
            back = "but" in said and leans.taken_back and Lean.OLD not in leans.kinds
            # "Yes but I have been dieting"
            return Meaning.NO if not heard.grave and (explained or back) else Meaning.YES
        if self._is_unsure(said, leans, here=here):
            return Meaning.UNSURE
        if not heard.grave and self._is_taken_back(leans, heard.reading, flags, here=here):
            return Meaning.NO
        so_far = Lean.CONDITION in leans.kinds  # "fine when people are around"
        doubted = leans.unexplained or so_far or leans.last is Lean.PRESENT
        if explained and not heard.danger and {"until", "till"} & set(said):
            return Meaning.YES  # "I sleep fine until 4, then it starts"
        return Meaning.NO if explained and not (heard.danger and doubted) else None

    def _after_a_no(self, heard: _Heard, *, own: bool) -> Said:
        """What an answer means that begins or ends with a no: "no, but it tingles"."""
        leans, danger = heard.leans, heard.danger
        turned = bool((_TURNING - {"just", "only"}) & set(heard.said))
        leant = leans.is_present or (danger and turned and leans.is_feared)
        open_ = own and turned and not heard.reading.raised and not leans.is_against
        if heard.here or leant or open_:
            return Said(Meaning.YES)
        rest = self._reader.words_of(heard.text)[1:]
        if danger and rest[:1] and rest[0] in _SPOKEN_OF:
            says = self._leaning.of(rest, heard.flags)
            if says.is_present or says.is_unknown:
                return Said(Meaning.OTHER)  # "no I leak"
        known = heard.reading.raised or heard.reading.asks
        odd = turned or (Lean.TROUBLE in leans.kinds and not leans.is_against)
        if danger and odd and leans.unexplained and not known:
            return Said(Meaning.OTHER)
        # "no but my leg", "no it is my chest"
        spoken_of = turned or rest[:1] in (["it"], ["its"])
        part = {Lean.PLACE, Lean.NOT_HERE} & leans.kinds and Lean.WELL not in leans.kinds
        hinted = (own and turned) or bool(spoken_of and part)
        return Said(Meaning.NO, plainly=not hinted)

    @staticmethod
    def _is_taken_back(
        leans: Leans, reading: Reading, flags: Collection[str], *, here: bool
    ) -> bool:
        """ "Numb at first, but not now", "I limp, but it is the pain"."""
        if leans.taken_back:
            return True
        heard = bool({heard.flag for heard in reading.raised} & set(flags))
        more = {Lean.PRESENT, Lean.TROUBLE, Lean.SOME, Lean.UNCLEAR} & leans.kinds
        explained = bool({Lean.PAIN, Lean.CAUSE} & leans.kinds)
        firm = leans.is_against and leans.last is not Lean.DENIED
        return here and not more and ((firm and explained) or (leans.is_against and not heard))

    def _is_unsure(self, said: Sequence[str], leans: Leans, *, here: bool) -> bool:
        """Doubt; "maybe a bit slow" is a yes, "the period is late" alone is none."""
        doubts = self._doubts(said)
        if self._is_torn(said, doubts):
            return True
        untested = leans.last is Lean.UNCLEAR and Lean.PRESENT in leans.kinds
        if not doubts:
            return leans.is_unclear or (untested and not here)
        hedged = all(doubt in self._hedges for doubt in doubts)
        first = not hedged and bool(self._start(said, "unsure")) and not _TURNING & set(said)
        if "if" in said or "whether" in said or first:
            return True
        turns = [at for at, word in enumerate(said) if word in _NO_PART]
        then = said[turns[-1] + 1 :] if turns else ()
        if self._start(then, "unsure") and (not hedged or then[0] in _MAYBE):
            return True  # "a small fall, but not sure it is related"
        said_more = leans.is_present or {Lean.ABSENT, Lean.SOME, Lean.TROUBLE} & leans.kinds
        return not here and not (hedged and said_more)

    @staticmethod
    def _never_any(said: Sequence[str]) -> bool:
        """ "Never taken any", "not used them"."""
        rest = [word for word in said if word not in _HELPERS]
        return rest[:1] in (["never"], ["not"]) and rest[-1] in _ANY and len(said) <= SHORT_ANSWER

    @staticmethod
    def _is_torn(said: Sequence[str], doubts: Sequence[str]) -> bool:
        """ "Could be 13, could be 16 days", "the period is late, so maybe"."""
        last = tuple(said[-2:])
        left = bool(doubts) and " ".join(said).endswith(f" {doubts[-1]}") and "sure" in doubts[-1]
        ends = left or (last[-1] in _MAYBE and last[0] in ("so", "or"))
        denied = last[-1] == "not" and last[0] in _MAYBE
        twice = len(doubts) > len(set(doubts)) or said.count("some") > 1
        return ends or denied or twice

    def _is_explained_away(
        self, said: Sequence[str], flags: Collection[str], *, here: bool
    ) -> bool:
        """ "Just the left one" to both legs, "slimming club" to lost weight."""
        explained = [
            any(
                self._start_in(said[at:], self._denied_by.get(flag, {}))
                and _DENIALS.isdisjoint(said[max(at - EXPLAINED, 0) : at])
                for at in range(len(said))
            )
            for flag in flags
        ]
        return all(explained) if here else any(explained)

    def _is_said(
        self,
        text: str,
        said: Sequence[str],
        flags: Collection[str],
        reading: Reading,
        today: date,
    ) -> bool:
        """Whether a sign is said, with the subject of the question or without it."""
        if {heard.flag for heard in reading.raised} & set(flags):
            return True
        if len(said) > LONGEST_ANSWER:
            return False
        return any(
            heard.flag in flags
            for subject in {self._subjects[flag] for flag in flags if flag in self._subjects}
            for heard in self._reader.read(f"{subject}: {text}", today).raised
        )

    def _by_set_phrases(
        self,
        said: Sequence[str],
        flags: Collection[str],
        *,
        own: bool,
        marks: frozenset[str],
        leans: Leans,
        danger: bool,
    ) -> Meaning | None:
        """ "Afraid so", "same as ever", "my mum has", "that was in 2015"."""
        refused = bool({Lean.REFUSED, Lean.OLD, Lean.GONE} & leans.kinds)
        if self._start(said, "soft_yes") and not refused:
            return Meaning.YES
        if refused and leans.last is not Lean.PRESENT:
            so_far = leans.unexplained or (Lean.CONDITION in leans.kinds and leans.is_odd)
            odd = (so_far or Lean.TROUBLE in leans.kinds) and Lean.OLD not in leans.kinds
            odd |= leans.is_narrowed  # "only round the back, the front is as it always was"
            return Meaning.OTHER if danger and odd else Meaning.NO
        other = "other_people" in marks
        past = {"past", "over"} & marks or any(_YEAR.fullmatch(word) for word in said)
        if past and self._lasting & set(flags) and not other and not leans.is_against:
            return Meaning.YES
        if self._anywhere(said, "soft_yes"):
            return Meaning.YES
        if other and not (own and leans.is_present):
            # "My daughter lifts it for me" is not about her.
            mine = {"i", "me"} & set(said) and said[-1] != "not"
            if mine and not leans.is_against and self._is_seen(said, flags, danger=danger):
                return Meaning.YES  # "my son had to wash me", "my sister says I look thin"
            return None if mine and danger and not leans.is_against else Meaning.NO
        dated = any(_YEAR.fullmatch(word) and said[at] == "in" for at, word in enumerate(said[1:]))
        past = "past" in marks and "than" not in said and Lean.TROUBLE not in leans.kinds
        long_ago = dated or {"over", "long_over"} & marks
        feared = danger and leans.is_feared  # "when I was walking it gave way"
        if past and (long_ago or ("ongoing" not in marks and not feared)):
            return Meaning.NO
        return None

    def _is_seen(self, said: Sequence[str], flags: Collection[str], *, danger: bool) -> bool:
        """Whether another person helps or sees what is wrong: "my wife found some"."""
        seen = [at for at, word in enumerate(said) if word in (_SEEN if danger else _SAYS)]
        if not seen or _DENIALS & set(said[seen[-1] :]):
            return danger and bool(seen)
        return Lean.WELL not in self._leaning.of(said[seen[-1] :], flags).kinds

    def _by_signs(
        self,
        said: Sequence[str],
        flags: Collection[str],
        reading: Reading,
        scopes: frozenset[Scope],
        leans: Leans,
        *,
        danger: bool,
    ) -> Meaning:
        """What the reader makes of it, where neither phrases nor words decide."""
        own = Scope.OWN in scopes
        if scopes and not own:
            # "I do not think it is my heart, but there is a pressure": that is asked about.
            denied = self._ends_in_denial(said)
            if danger:
                denied = denied and Scope.DENIED in scopes and not leans.is_odd
            return Meaning.NO if denied else Meaning.OTHER
        if set(reading.asks) & set(flags):
            return Meaning.YES
        if reading.raised or set(reading.asks):
            return Meaning.OTHER
        denies = {"not", "never", "no", "nothing"} & set(said)
        known = leans.kinds - {Lean.PLACE, Lean.SMALL, Lean.SELF}
        told = said[0] == "i" and len(said) > SHORTEST and "would" not in said
        if own and len(said) <= LONGEST_PART and not (denies or known or told):
            return Meaning.YES
        return Meaning.NO if reading.denied else Meaning.OTHER

    def _ends_in_denial(self, said: Sequence[str]) -> bool:
        """Whether nothing turns the denial: "aches, but no tingling" does, too."""
        turns = [at for at, word in enumerate(said) if word in _TURNING]
        tail = said[turns[-1] + 1 :] if turns else said
        return not turns or bool({"no", "not", "never"} & set(tail)) or self._softly_no(tail)

    def _softly_no(self, said: Sequence[str]) -> bool:
        """A denial without the word no; one word alone counts in a short answer only."""
        short = len(said) <= LONGEST_SOFT
        return any(self._start(said[at:], "soft_no") > (not short) for at in range(len(said)))

    def _says_yes(self, text: str, said: Sequence[str], flags: Collection[str]) -> bool:
        """ "Yeah loads, no idea why" is a yes; "yes maybe" is none, nor is "yes and no"."""
        length = self._start(said, "yes_first")
        if self._start(said, "no") > length:
            return False  # "definitely not"
        if (len(said[0]) == 1 or said[0] in _ADVERBS) and len(said) > 1:
            length = 0  # "y all ask strange things", "absolutely fine"
        if said.count("some") > 1:
            return False  # "some nights yes, some nights no"
        if self._part_yes(text, flags) and not self._doubts(said):
            return True
        if (
            length
            and not self._start(said[length:], "unsure")
            and said[length : length + 2] != ["and", "no"]
        ):
            return True
        return self._particle(text, "yes") and not self._doubts(said)

    def _ends_with_no(self, said: Sequence[str], leans: Leans, *, danger: bool) -> bool:
        """ "Ew no", "all fine, no"."""
        plain = len(said) <= SHORTEST or leans.is_against or Lean.WELL in leans.kinds
        odd = Lean.PRESENT in leans.kinds or (danger and leans.is_odd)
        return said[-1] in _LAST_NO and plain and not odd

    def _part_yes(self, text: str, flags: Collection[str]) -> bool:
        """ "The bladder bit yes", "bones yes, tablets no"."""
        words = self._reader.words_of(text)
        nos = [at for at, word in enumerate(words) if word in _LAST_NO]
        ends = [
            at
            for at, word in enumerate(words)
            if word in PUNCTUATION
            or word in _NO_PART
            # "pee yes poo no"
            or (words[at - 1] in self._yes_alone and nos and nos[-1] > at > 1)
            # "pee no poo yes"
            or (words[at - 1] in _LAST_NO and words[-1] in self._yes_alone and at > 1)
        ]
        clauses = [words[start + 1 : end] for start, end in pairwise([-1, *ends, len(words)])]
        said_no = words[-1] in _LAST_NO
        denied = said_no and any(Lean.DENIED in self._leaning.of(c, flags).kinds for c in clauses)
        return any(
            clause
            and clause[-1] in self._yes_alone
            and not (denied and not _SAID & self._leaning.of(clause[:-1], flags).kinds)
            and not self._no_first & set(clause)
            and Lean.ABSENT not in self._leaning.of(clause, flags).kinds
            for clause in clauses
        )

    def _says_no(self, text: str) -> bool:
        return self.yes_no(text) is Answer.NO or self._particle(text, "no")

    def _doubts(self, said: Sequence[str]) -> list[str]:
        """Words of doubt, unless part of a longer yes: "cannot say I have not"."""
        if _FILLERS & set(said) and not self._anywhere(said, "unsure"):
            said = [word for word in said if word not in _FILLERS]
        found = []
        at = 0
        while at < len(said):
            length = self._start(said[at:], "unsure")
            set_ = max(self._start(said[at:], name) for name in ("soft_yes", "soft_no"))
            if length > set_:
                found.append(" ".join(said[at : at + length]))
            at += max(length, 1)
        return found

    def _asks_first(self, text: str, said: Sequence[str], flags: Collection[str]) -> bool:
        """ "What does fizzy mean": the sign is asked about, not said."""
        own = {"i", "my", "me"} & set(said)
        if self._start(said, "unsure"):
            return False  # "who knows"
        if said[0] in _ASKING_ONESELF and said[1:2] == ["i"]:
            return True  # "can I have a bath", "do I look pregnant to you"
        if self._start(said, "asking") and text.rstrip()[-1:] == "?" and not own:
            return True
        if self._start(said, "asking"):
            words = self._reader.words_of(text)
            first = next((at for at, word in enumerate(words) if word in PUNCTUATION), len(words))
            rest = " ".join(words[first + 1 :]) or "what"
            return not self._start(self._words(rest), "yes_first") and not (
                self._leaning.of(words[first + 1 :], flags).last
            )
        about_words = self._anywhere(said, "asking_about")
        asks = text.rstrip()[-1:] == "?" and not own
        if asks and len(said) <= SHORT_ANSWER and not self._start(said, "yes_first"):
            return not self._doubts(said)  # "weakness like what?"
        begins = self._start(said, "asking_back")
        return bool(begins and asks) or (about_words and said[0] in _ASKING_VERBS)

    def _asks_back(self, text: str, said: Sequence[str]) -> bool:
        if self._start(said, "commands") and len(said) <= SHORT_ANSWER:
            return True
        back = bool(self._start(said, "asking_back"))
        return back or text.rstrip().endswith("?")

    def _corrected(self, text: str) -> tuple[list[str], str]:
        """The words after "sorry, I meant" and the like, when an answer stands there."""
        said = self._words(text)
        if ["not", "not"] in [self._reader.words_of(text)[at : at + 2] for at in range(40)]:
            text = " ".join(said)
        for at in range(len(said) - 1, 0, -1):
            length = self._start(said[at:], "corrections")
            rest = said[at + length :]
            for skipped in range(min(len(rest), SHORT_ANSWER) if length else 0):
                tail = rest[skipped:]
                if self._start(tail, "yes_first") or tail[0] in self._no_first:
                    return tail, " ".join(tail)
        return said, text

    def _longer_than_two_weeks(
        self, text: str, said: Sequence[str], today: date
    ) -> Meaning | None:
        lengths = [e for e in self._reader.lengths(text, today) if e.kind is not Kind.OTHER]
        if str(TWO_WEEKS) in said and len(said) <= SHORT_ANSWER and not self._units & set(said):
            return Meaning.UNSURE
        if not lengths:
            return None
        lasting = [length for length in lengths if length.kind is Kind.LASTING]
        length = (lasting or lengths)[-1]  # "bouts for years, this one since Friday"
        if "between" in said and len(lengths) > 1:
            length = replace(length, least=lengths[0].least)
        if length.least > TWO_WEEKS:
            return Meaning.NO if self._is_denied(said) else Meaning.YES
        if length.most < TWO_WEEKS or self._is_denied(said):
            return Meaning.NO
        return Meaning.UNSURE

    def _is_denied(self, said: Sequence[str]) -> bool:
        """ "not two weeks yet": a denied length is shorter; "no, 3 months" is not denied."""
        return "not" in said and not self._anywhere(said, "unsure")

    def replied(self, text: str, options: Collection[str]) -> str | None:
        """The one of these options that a short text means by its words, as in `replies`."""
        said = self._words(text)
        if not said or len(said) > LONGEST_REPLY:
            return None
        longest: dict[str, int] = {}
        for option in (*options, NOTHING_MEANT):
            table = self._replies.get(option, {})
            longest[option] = max(longest_in(said, at, table) for at in range(len(said)))
        nothing = longest.pop(NOTHING_MEANT)
        best = max(longest.values(), default=0)
        found = [option for option, length in longest.items() if length == best]
        # "No pain" means nothing under a stretch, and is a button where it may be gone.
        return found[0] if best >= max(nothing, 1) and len(found) == 1 else None

    # -- picking ---------------------------------------------------------------------------------

    def picked(
        self, text: str, labels: Mapping[str, str], *, parts: bool = True, numbers: bool = True
    ) -> tuple[str, ...]:
        """The options a text names: by number ("1 and 3"), label, or a part that fits one alone.

        `parts` is off where a stray word must not count, as "fine" for "Yes, and stretches are
        fine"; `numbers` is off where a number may belong to an older list.
        """
        plain = normalise(text).strip(" .!?")
        ids = list(labels)
        listed = _LISTED.fullmatch(plain)
        if listed:
            wanted = [int(digit) for digit in re.findall(r"\d+", listed.group(1))]
            if numbers and all(1 <= number <= len(ids) for number in wanted):
                return tuple(ids[number - 1] for number in wanted)
            return ()
        whole = [option for option, label in labels.items() if normalise(label) == plain]
        if whole:
            return tuple(whole[:1])
        said = {word for word in self._words(text) if len(word) > 2}
        if not parts or not said - _EMPTY_WORDS:
            return ()
        part = [option for option, label in labels.items() if said <= set(self._words(label))]
        return tuple(part) if len(part) == 1 else ()

    def option_of(self, choice: Choice, text: str) -> str | None:
        """The option of a choice that a text means, by number, label, part or its own words."""
        plain = normalise(text).strip(" .!?")
        if choice.number:
            return _numbered(choice, score_in(plain))
        labels = {option.id: option.button for option in choice.options}
        exact = self.picked(text, labels)
        if exact:
            return exact[0]
        said = self._words(text)
        fitting = [o.id for o in choice.options if any(_word_fits(word, said) for word in o.words)]
        if any(option.has_not for option in choice.options):
            # Some answers deny a flag: a stray word of a longer story must not.
            plain_words = len(said) <= SHORT_ANSWER and not _TURNED & set(said)
            return fitting[0] if plain_words and len(fitting) == 1 else None
        return fitting[0] if fitting else None

    # -- lengths ---------------------------------------------------------------------------------

    def length_in(self, text: str, today: date) -> Length | None:
        """How long a short text says that something has lasted; None if it does not say."""
        said = self._words(text)
        if len(said) > LONGEST_ANSWER or ({"not", "longer"} & set(said) and "than" not in said):
            return None  # a story, or a length that is denied
        lengths = [e for e in self._reader.lengths(text, today) if e.kind is not Kind.OTHER]
        # "worse for 2 hours, there for 3 months" is the longer one
        return max(lengths, key=lambda length: length.most) if lengths else None


def _by_first(phrases: Iterable[list[str]]) -> dict[str, list[list[str]]]:
    table: dict[str, list[list[str]]] = {}
    for phrase in phrases:
        if phrase:
            table.setdefault(phrase[0], []).append(phrase)
    return table


def _is_set(phrase: str) -> bool:
    """A denial that stands by itself; "I have not" may go on to name the sign."""
    last = phrase.rpartition(" ")[2]
    return last != phrase and not phrase.startswith("i ") and last not in ("no", "never")


def _numbered(choice: Choice, number: int | None) -> str | None:
    return next((o.id for o in choice.options if o.button == str(number)), None)


def _word_fits(word: str, said: Sequence[str]) -> bool:
    if " " in word:
        return word in " ".join(said)
    if word.endswith("*"):
        return any(token.startswith(word[:-1]) for token in said)
    return word in said
