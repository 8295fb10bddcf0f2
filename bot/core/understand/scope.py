"""How words are meant: one's own and now, denied, another person's, past, or only supposed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from enum import StrEnum

from bot.core.knowledge import Scopes
from bot.core.understand.phrases import Found
from bot.core.understand.text import PUNCTUATION, SENTENCE_ENDS

NOT_REACH = 9  # words that a "not" covers within its clause
FIRST_WORDS = 3  # among which the person stands whom a sentence is about
NEXT = 1  # words between a denial and what it names directly
NO_REACH = 7  # words that a "no" covers; it ends at the next statement
LOOK_AHEAD = 5  # words in which a verb makes what follows "and" or "my" a statement of its own


class Scope(StrEnum):
    """How a clause means what it says."""

    OWN = "own"
    DENIED = "denied"
    OTHER = "other"
    UNCLEAR = "unclear"  # whose it is: "my wife called the doctor, cannot walk"
    PAST = "past"
    LONG_PAST = "long_past"  # years back, and nothing says that it goes on
    HEALED = "healed"  # past, and over
    WHAT_IF = "what_if"


_BEFORE_OPENING = frozenset((*PUNCTUATION, "and", "but", "so"))

_STATEMENT_ENDS = SENTENCE_ENDS | {",", "and", "or", "but"}
_OPENERS = frozenset(("my", "both", "the", "it", "its", "left", "right"))
_MAY_TURN = SENTENCE_ENDS | _OPENERS | {",", ":", "i", "and"}  # where a clause may begin or end

_SIMILE = frozenset(("like", "as"))
_WHOSE = frozenset(("my", "our", "the", "a"))
_FOR = frozenset(("for", "about", "at", "to"))
_LIKE = frozenset(("as", "like", "even"))  # "as if someone sat on it" supposes nothing

EARNEST = (
    *(Scope.OWN, Scope.UNCLEAR, Scope.PAST, Scope.OTHER, Scope.WHAT_IF),
    *(Scope.LONG_PAST, Scope.HEALED, Scope.DENIED),
)


class ScopeWords:
    """The single words that tell where a statement begins and what a question looks like."""

    def __init__(self, scopes: Scopes) -> None:
        """Make the lists quick to look up."""
        self.verbs = frozenset(scopes.verbs)
        self.before_my = frozenset(scopes.before_my)
        self.run_ends = PUNCTUATION | frozenset(scopes.turns)
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
        self._supposing = [
            mark
            for mark in marks.get("what_if", ())
            if mark.start == 0 or words[mark.start - 1] not in _LIKE
        ]
        # "As a child, I ...", "what if my ...": what follows belongs to it.
        self._openings = {
            mark.end
            for name in ("past", "what_if")
            for mark in marks.get(name, ())
            if name == "what_if" or mark.start == 0 or words[mark.start - 1] in _BEFORE_OPENING
        }
        self.clauses, self.sentences = self._numbered()
        # The stretches without a comma or a turn like "but": a chain stays in one.
        self.runs = list(itertools.accumulate(word in table.run_ends for word in words))
        self._nots = self._real("denial") + self._real("denial_of_noun")
        self._afters = self._real("denial_after")
        not_other = marks.get("not_other", ())
        people = [
            mark
            for mark in marks.get("other_people", ())
            if not any(n.start <= mark.start < n.end for n in not_other)
            # "Panting like a dog" names nobody.
            and not _SIMILE.intersection(words[max(0, mark.start - 2) : mark.start + 1])
        ]
        # "Lifting my mum, and now my leg is numb": she is named, but it is not about her.
        done_to = {mark.end for mark in marks.get("done_to", ())}
        done_to |= {at + 1 for at in done_to if at < len(words) and words[at] in _WHOSE}
        self._people = [mark for mark in people if mark.start not in done_to]
        # "His aneurysm was clipped": a sentence that begins so is another's, even unnamed.
        unnamed = [
            mark.start
            for mark in marks.get("pronouns", ())
            if mark.start == 0 or words[mark.start - 1] in SENTENCE_ENDS
        ]
        named = [mark.start for mark in people]
        self._named_from = min((*named, *unnamed), default=len(words))

    def _real(self, name: str) -> list[tuple[str, int, int]]:
        marks = self.marks.get(name)
        if not marks:
            return []
        pseudo = self.marks.get("pseudo_denial", ())
        return [
            (name, mark.start, mark.end)
            for mark in marks
            if not any(p.start <= mark.start < p.end for p in pseudo)
        ]

    def _numbered(self) -> tuple[list[int], list[int]]:
        """The number of the clause and of the sentence in which each word stands."""
        words = self.words
        marked = {mark.start for mark in self.marks.get("clause_ends", ())}
        turns = [0] * (len(words) + 1)
        ends = [0] * (len(words) + 1)
        for at, word in enumerate(words):
            if word not in _MAY_TURN and at not in marked:
                continue
            if word in SENTENCE_ENDS:
                turns[at + 1] += 1
                ends[at + 1] = 1
            elif word == ",":
                bare_no = words[at - 1] == "no"
                turns[at] += bare_no or not (at in self._openings or self._list_goes_on(at))
            else:
                turns[at] += word == ":" or at in marked or self._begins_anew(at, word)
        return list(itertools.accumulate(turns[:-1])), list(itertools.accumulate(ends[:-1]))

    def _list_goes_on(self, comma: int) -> bool:
        """ "no fever, numbness or tingling" goes on; "no pain, legs numb" begins anew."""
        rest: list[str] = []
        for word in self.words[comma + 1 : comma + 9]:
            if word in SENTENCE_ENDS or word == ",":
                break
            rest.append(word)
        if rest and rest[0] in ("no", "or", "nor"):
            return True
        if any(word in self._table.verbs for word in rest):
            return False
        if "not" in self.words[max(0, comma - 3) : comma] and not {"or", "nor"} & set(rest):
            return False  # "not weak, tingly"
        return "or" in rest or "nor" in rest or len(rest) == 1

    def _begins_anew(self, at: int, word: str) -> bool:
        """Whether a statement of its own begins here without any mark, as in dictation."""
        before = self.words[at - 1]
        if at in self._openings:
            return False
        if word == "i":
            return before not in self._table.before_i
        if word in _OPENERS and before in self._table.before_my:
            return False
        return self._verb_follows(at)

    def _verb_follows(self, at: int) -> bool:
        for word in self.words[at + 1 : at + 1 + LOOK_AHEAD]:
            if word in _STATEMENT_ENDS:
                return False
            if word in self._table.verbs:
                return True
        return False

    # -- the scope of an occurrence --------------------------------------------------------------

    def of(self, parts: Sequence[Found], inside: frozenset[int]) -> Scope:
        """How these found parts are meant; `inside` are the words that they consist of."""
        last = _last_run(inside)
        mine = {self.clauses[part.start] for part in parts}
        whose = None
        if self._named_from < last.end:
            whose = self._whose(parts, last, mine, inside)
            if whose is Scope.OTHER:
                return Scope.OTHER
        if self._supposed(mine, last, inside):
            return Scope.WHAT_IF
        if (self._nots or self._afters) and (
            self._is_denied(last, inside, NOT_REACH, NO_REACH)
            or self._answered_no(last)
            # "No bleeding and I am pregnant" is no bleeding in pregnancy.
            or any(self._is_denied(part, inside, NEXT, NEXT) for part in parts)
        ):
            return Scope.DENIED
        if self._is_healed(last):
            return Scope.HEALED
        return self._when(last, mine) or whose or Scope.OWN

    def _when(self, last: Found, mine: set[int]) -> Scope | None:
        if "past" not in self.marks and "long_past" not in self.marks:
            return None
        # "I leaked in 2016. Now my back is stiff": that sentence's "now" is not about the leak.
        present = {self.sentences[mark.start] for mark in self._near("ongoing", mine)}
        if self._is_past("long_past", mine, present) and not self._goes_on(last):
            return Scope.LONG_PAST
        return Scope.PAST if self._is_past("past", mine, present) else None

    def _whose(
        self, parts: Sequence[Found], last: Found, mine: set[int], inside: frozenset[int]
    ) -> Scope | None:
        other = self._of_other(last, mine, inside)
        if other is None:
            # "My nephew fell, I hurt my back": the fall is his.
            each = {self._of_other(p, {self.clauses[p.start]}, inside) for p in parts}
            return Scope.UNCLEAR if Scope.OTHER in each else None
        return other

    def _is_healed(self, last: Found) -> bool:
        """ "A fall in 2009, all healed": said after it in the same sentence, or next."""
        sentence = self.sentences[last.start]
        over = self.marks.get("over")
        if not over or not any(
            m.start >= last.end and self._same_or_next(m.start, sentence) for m in over
        ):
            return False
        long_ago = [*self.marks.get("past", ()), *self.marks.get("long_over", ())]
        return any(self._same_or_next(m.start, sentence) for m in long_ago)

    def _same_or_next(self, place: int, sentence: int) -> bool:
        """Whether a place is in this sentence, or among the first words of the next."""
        here = self.sentences[place]
        if here == sentence:
            return True
        return here == sentence + 1 and place - self.sentences.index(here) <= FIRST_WORDS

    def _is_past(self, name: str, clauses: set[int], present: set[int]) -> bool:
        """ "When I was nine" is the time of what stands before it, too."""
        past = self.marks.get(name)
        return past is not None and any(
            (
                self.clauses[m.start] in clauses
                or (
                    self.words[m.start] == "when"
                    and m.start
                    and self.clauses[m.start - 1] in clauses
                )
            )
            and self.sentences[m.start] not in present
            for m in past
        )

    def _goes_on(self, last: Found) -> bool:
        """ "Years ago, and it is happening again", "it leaks like years ago"."""
        sentence = self.sentences[last.start]
        return any(self.sentences[m.start] == sentence for m in self.marks.get("goes_on", ()))

    def _near(self, name: str, clauses: set[int]) -> list[Found]:
        return [m for m in self.marks.get(name, ()) if self.clauses[m.start] in clauses]

    def _of_other(self, last: Found, mine: set[int], inside: frozenset[int]) -> Scope | None:
        """OTHER, or UNCLEAR when only an earlier statement of the sentence names the person."""
        sentence = self.sentences[last.start]
        # "My baby has stopped moving": a person inside the words themselves does not count.
        others = [
            mark.start
            for mark in (*self._people, *self.marks.get("pronouns", ()))
            if self._named_from <= mark.start < last.end
            and mark.start not in inside
            and self.sentences[mark.start] == sentence
        ]
        if not others:
            return None
        latest = max(others)
        selves = [
            mark.start
            for mark in self.marks.get("self_again", ())
            # "My nan has thin bones and worries about me" stays about her.
            if mark.start > latest
            and not (self.words[mark.start] == "me" and self.words[mark.start - 1] in _FOR)
        ]
        if any(self.clauses[start] in mine or start < last.end for start in selves):
            return None
        if self.clauses[latest] in mine:
            return Scope.OTHER
        # "She cannot feel her feet, wets the bed": the sentence is about her from its beginning.
        first = self.sentences.index(sentence)
        return Scope.OTHER if latest - first <= FIRST_WORDS else Scope.UNCLEAR

    def _supposed(self, mine: set[int], last: Found, inside: frozenset[int]) -> bool:
        sentence = self.sentences[last.start]
        supposing = [m for m in self._supposing if m.start not in inside]
        if supposing and any(self.clauses[m.start] in mine for m in supposing):
            ongoing = self.marks.get("ongoing", ())
            if not any(self.sentences[m.start] == sentence for m in ongoing):
                return True
        return self._is_general_question(sentence)

    def _is_general_question(self, sentence: int) -> bool:
        """ "Is numbness dangerous?", "when should someone worry about tingling?"."""
        begin = self.sentences.index(sentence)
        if self.words[begin] not in self._table.question_words:
            return False
        said = self.words[begin : begin + self.sentences.count(sentence)]
        asks = said[-1] == "?" or said[0] == "should" or said[:2] == ["when", "should"]
        return asks and not {"i", "my", "me", "mine", "am", "have", "having"} & set(said)

    def _is_denied(self, part: Found, inside: frozenset[int], not_: int, no: int) -> bool:
        """Whether a denial covers a part, at most so many words after a "not" or a "no"."""
        clauses = self.clauses
        clause = clauses[part.start]
        for name, start, end in self._nots:
            reach = not_ if name == "denial" else no
            if clauses[start] == clause and start not in inside and 0 <= part.start - end <= reach:
                return True
        return any(
            clauses[start] == clause and start not in inside and 0 <= start - part.end <= 3
            for _, start, _ in self._afters
        )

    def denied_at_once(self, place: int) -> bool:
        """Whether a "no" stands directly before this word."""
        return any(name == "denial_of_noun" and place == end for name, _, end in self._nots)

    def _answered_no(self, part: Found) -> bool:
        """ "Fever? Nope.": a question that the next word answers."""
        for at in range(part.end, len(self.words) - 1):
            if self.words[at] in SENTENCE_ENDS:
                after = {start for _, start, _ in (*self._nots, *self._afters)}
                return self.words[at] == "?" and at + 1 in after
        return False


def _last_run(inside: frozenset[int]) -> Found:
    """The last words that stand together: "chest ... hurt" is denied before "hurt"."""
    end = max(inside)
    start = end
    while start - 1 in inside:
        start -= 1
    return Found(start, end + 1)
