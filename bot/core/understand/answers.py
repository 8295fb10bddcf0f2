"""Typed answers to an open question: yes, no, not sure, options, lengths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.knowledge import Choice, Knowledge
from bot.core.patterns import TWO_WEEKS
from bot.core.state import Answer
from bot.core.understand.clock import score_in
from bot.core.understand.durations import Kind, Length
from bot.core.understand.reader import Reader
from bot.core.understand.scope import Scope
from bot.core.understand.text import PUNCTUATION, normalise

SHORT_ANSWER = 5  # words within which one word of an option is enough
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
    ("but", "i", "my", "it", "though", "just", "only", "he", "she", "because", "we", "and", "the")
)
_TURNING = frozenset(("but", "though", "except", "however", "just", "only"))
_LISTED = re.compile(r"(?:(?:number|no\.?)\s*)?(\d{1,2}(?:\s*(?:,|and|&|\s)\s*\d{1,2})*)")


class Meaning(StrEnum):
    """What a typed text says to a yes-or-no question. OTHER is no answer to it."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Said:
    """A meaning; `plainly` when the words for it stand there and nothing speaks against it."""

    meaning: Meaning
    plainly: bool = False


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
        self._spoken_yes = frozenset(
            word for phrase in (*words.yes, *words.yes_with) for word in self._words(phrase)
        )
        self._no_first = frozenset(words.no_first)
        self._two_weeks = frozenset(
            flag.id for flag in knowledge.flags if flag.core == "two_weeks"
        )

    def _words(self, text: str) -> list[str]:
        return [word for word in self._reader.words_of(text) if word not in PUNCTUATION]

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
        return self._reader.names_other(text)

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
        fits = [
            len(phrase)
            for phrase in self._lists[name].get(said[0] if said else "", ())
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
        if not said:
            return Said(Meaning.OTHER)
        if self._two_weeks & set(flags):
            lasted = self._longer_than_two_weeks(text, said, today)
            if lasted is not None:
                return Said(lasted, plainly=True)
        plain = self.yes_no(text)
        if plain is not None:
            return Said(Meaning(plain.value), plainly=True)
        if self._start(said, "commands") and len(said) <= SHORT_ANSWER:
            return Said(Meaning.OTHER)
        return self._by_its_words(text, said, flags, today)

    def _particle(self, text: str, name: str) -> bool:
        """Whether a text begins with a phrase that stands by itself: "no, ...", "no but ...".

        "No feeling at all" begins with a no that does not.
        """
        words = self._reader.words_of(text)
        length = self._start(words, name)
        if not length:
            return False
        rest = words[length:]
        while rest and (more := self._start(rest, "no_tails")):
            rest = rest[more:]
        return not rest or rest[0] in PUNCTUATION or rest[0] in _NEW_STATEMENT

    def _by_its_words(
        self, text: str, said: Sequence[str], flags: Collection[str], today: date
    ) -> Said:
        reading = self._reader.read(text, today)
        here = {heard.flag for heard in reading.raised} & set(flags)
        scopes = self._reader.scopes_about(text, flags, today)
        own = Scope.OWN in scopes
        if self._start(said, "yes_first") or self._particle(text, "yes"):
            return Said(Meaning.YES, plainly=True)
        if self._start(said, "unsure") and not here:
            return Said(Meaning.UNSURE)
        if self._particle(text, "no"):
            turned = bool(_TURNING & set(said))
            if here or (own and turned):
                return Said(Meaning.YES)
            return Said(Meaning.NO, plainly=not own)
        if here:
            return Said(Meaning.YES)
        if self._start(said, "asking_back"):
            return Said(Meaning.OTHER)
        if self._anywhere(said, "unsure"):
            return Said(Meaning.UNSURE)
        if own or set(reading.asks) & set(flags) or self._anywhere(said, "soft_yes"):
            return Said(Meaning.YES)
        if reading.raised:
            return Said(Meaning.OTHER)
        if scopes or self._anywhere(said, "soft_no"):
            return Said(Meaning.NO)
        return Said(Meaning.OTHER)

    def _corrected(self, text: str) -> tuple[list[str], str]:
        """The words after "sorry, I meant" and the like, when an answer stands there."""
        said = self._words(text)
        for at in range(len(said) - 1, 0, -1):
            length = self._start(said[at:], "corrections")
            tail = said[at + length :]
            if length and (
                self._start(tail, "yes_first") or (tail[:1] and tail[0] in self._no_first)
            ):
                return tail, " ".join(tail)
        return said, text

    def _longer_than_two_weeks(
        self, text: str, said: Sequence[str], today: date
    ) -> Meaning | None:
        lengths = [e for e in self._reader.lengths(text, today) if e.kind is not Kind.OTHER]
        if not lengths:
            return None
        length = lengths[-1]  # "bouts for years, this one since Friday"
        if length.least > TWO_WEEKS:
            return Meaning.NO if self._is_denied(said) else Meaning.YES
        if length.most < TWO_WEEKS or self._is_denied(said):
            return Meaning.NO
        return Meaning.UNSURE

    def _is_denied(self, said: Sequence[str]) -> bool:
        """ "not two weeks yet": a denied length is shorter; "no, 3 months" is not denied."""
        return "not" in said and not self._anywhere(said, "unsure")

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


def _numbered(choice: Choice, number: int | None) -> str | None:
    return next((o.id for o in choice.options if o.button == str(number)), None)


def _word_fits(word: str, said: Sequence[str]) -> bool:
    if " " in word:
        return word in " ".join(said)
    if word.endswith("*"):
        return any(token.startswith(word[:-1]) for token in said)
    return word in said
