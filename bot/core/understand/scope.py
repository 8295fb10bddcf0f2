"""How words are meant: one's own and now, denied, another person's, past, or only supposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from bot.core.knowledge import Scopes
from bot.core.understand.phrases import Found
from bot.core.understand.text import PUNCTUATION, SENTENCE_ENDS

NOT_REACH = 9  # words that a "not" covers within its clause
NO_REACH = 7  # words that a "no" covers; it ends at the next statement
LOOK_AHEAD = 5  # words in which a verb makes what follows "and" or "my" a statement of its own


class Scope(StrEnum):
    """How a clause means what it says."""

    OWN = "own"
    DENIED = "denied"
    OTHER = "other"
    PAST = "past"
    WHAT_IF = "what_if"


_BEFORE_OPENING = frozenset((*PUNCTUATION, "and", "but", "so"))

EARNEST = (Scope.OWN, Scope.PAST, Scope.OTHER, Scope.WHAT_IF, Scope.DENIED)


class ScopeWords:
    """The single words that tell where a statement begins and what a question looks like."""

    def __init__(self, scopes: Scopes) -> None:
        """Make the lists quick to look up."""
        self.verbs = frozenset(scopes.verbs)
        self.before_my = frozenset(scopes.before_my)
        self.before_i = frozenset(scopes.before_i)
        self.question_words = frozenset(scopes.question_words)


class Scoping:
    """The clauses and marks of one message."""

    def __init__(
        self, table: ScopeWords, words: Sequence[str], marks: Mapping[str, Sequence[Found]]
    ) -> None:
        """Number the clauses and drop the denials that only look like one."""
        self.words = words
        self.marks = marks
        self._table = table
        # "As a child, I ...", "what if my ...": what follows belongs to it.
        self._openings = {
            mark.end
            for name in ("past", "what_if")
            for mark in marks.get(name, ())
            if mark.start == 0 or words[mark.start - 1] in _BEFORE_OPENING
        }
        self.clauses, self.sentences = self._numbered()
        self._nots = self._real("denial") + self._real("denial_of_noun")
        self._afters = self._real("denial_after")
        self._named_from = min(
            (mark.start for mark in marks.get("other_people", ())), default=len(words)
        )

    def _real(self, name: str) -> list[tuple[str, int, int]]:
        pseudo = self.marks.get("pseudo_denial", ())
        return [
            (name, mark.start, mark.end)
            for mark in self.marks.get(name, ())
            if not any(p.start <= mark.start < p.end for p in pseudo)
        ]

    def _numbered(self) -> tuple[list[int], list[int]]:
        ends = {mark.start for mark in self.marks.get("clause_ends", ())}
        clauses: list[int] = []
        sentences: list[int] = []
        clause = sentence = 0
        words = self.words
        for at, word in enumerate(words):
            if word in SENTENCE_ENDS:
                clauses.append(clause)
                sentences.append(sentence)
                clause, sentence = clause + 1, sentence + 1
                continue
            if word == ",":
                bare_no = at > 0 and words[at - 1] == "no"
                clause += bare_no or not (at in self._openings or self._list_goes_on(at))
            elif word == ":" or at in ends or self._begins_anew(at, word):
                clause += 1
            clauses.append(clause)
            sentences.append(sentence)
        return clauses, sentences

    def _list_goes_on(self, comma: int) -> bool:
        """ "no fever, numbness or tingling" goes on; "no pain, legs numb" begins anew."""
        rest: list[str] = []
        for word in self.words[comma + 1 : comma + 9]:
            if word in SENTENCE_ENDS or word == ",":
                break
            rest.append(word)
        if rest[:1] and rest[0] in ("no", "or", "nor"):
            return True
        if any(word in self._table.verbs for word in rest):
            return False
        return "or" in rest or "nor" in rest or len(rest) == 1

    def _begins_anew(self, at: int, word: str) -> bool:
        """Whether a statement of its own begins here without any mark, as in dictation."""
        if at == 0:
            return False
        before = self.words[at - 1]
        if at in self._openings:
            return False
        if word == "i":
            return before not in self._table.before_i
        if word in ("my", "both", "the", "it", "its", "left", "right"):
            return before not in self._table.before_my and self._verb_follows(at)
        if word == "and":
            return self._verb_follows(at)
        return False

    def _verb_follows(self, at: int) -> bool:
        for word in self.words[at + 1 : at + 1 + LOOK_AHEAD]:
            if word in SENTENCE_ENDS or word in (",", "and", "or", "but"):
                return False
            if word in self._table.verbs:
                return True
        return False

    # -- the scope of an occurrence --------------------------------------------------------------

    def of(self, parts: Sequence[Found], inside: frozenset[int]) -> Scope:
        """How these found parts are meant; `inside` are the words that they consist of."""
        last = max(parts, key=lambda part: part.start)
        mine = {self.clauses[part.start] for part in parts}
        if self._of_other(last, mine):
            return Scope.OTHER
        if self._supposed(mine, last):
            return Scope.WHAT_IF
        if self.denied(last, inside):
            return Scope.DENIED
        if self._near("past", mine) and not self._near("ongoing", mine):
            return Scope.PAST
        return Scope.OWN

    def _near(self, name: str, clauses: set[int]) -> list[Found]:
        return [m for m in self.marks.get(name, ()) if self.clauses[m.start] in clauses]

    def _of_other(self, last: Found, mine: set[int]) -> bool:
        people = self._near("other_people", mine)
        if self._named_from < last.start:
            people += [m for m in self._near("pronouns", mine) if m.start > self._named_from]
        others = [mark.start for mark in people if mark.start < last.end]
        if not others:
            return False
        latest = max(others)
        return not any(mark.start > latest for mark in self._near("self_again", mine))

    def _supposed(self, mine: set[int], last: Found) -> bool:
        sentence = self.sentences[last.start]
        now = any(self.sentences[m.start] == sentence for m in self.marks.get("ongoing", ()))
        if self._near("what_if", mine) and not now:
            return True
        return self._is_general_question(sentence)

    def _is_general_question(self, sentence: int) -> bool:
        """ "Is numbness dangerous?", "when should someone worry about tingling?"."""
        places = [at for at, number in enumerate(self.sentences) if number == sentence]
        said = [self.words[at] for at in places]
        asks = bool(said) and (said[-1] == "?" or said[0] in ("should", "when"))
        if not asks or said[0] not in self._table.question_words:
            return False
        return not {"i", "my", "me", "mine", "am", "have", "having"} & set(said)

    def denied(self, last: Found, inside: frozenset[int]) -> bool:
        """Whether a denial covers the last of the parts."""
        clauses = self.clauses
        clause = clauses[last.start]
        for name, start, end in self._nots:
            reach = NOT_REACH if name == "denial" else NO_REACH
            if clauses[start] == clause and start not in inside and 0 <= last.start - end <= reach:
                return True
        return any(
            clauses[start] == clause and start not in inside and 0 <= start - last.end <= 3
            for _, start, _ in self._afters
        )
