"""How well the reader reads: labelled messages and answers, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.knowledge import Outcome
from bot.core.state import Answer, Facts, Found
from bot.core.triage import Rulebook, assess, record
from bot.core.understand.answers import Answers
from bot.core.understand.meaning import Meaning
from bot.core.understand.reader import Reader

# The four levels of labelled data, least urgent first.
LEVELS = ("selfcare", "routine", "urgent", "emergency")
LEVEL_OF = {
    Outcome.SELF_CARE: "selfcare",
    Outcome.CLINICIAN_ROUTINE: "routine",
    Outcome.CLINICIAN_DAYS: "routine",
    Outcome.SAME_DAY: "urgent",
    Outcome.EMERGENCY_GO: "emergency",
    Outcome.EMERGENCY_CALL: "emergency",
}
NO_FLAG = "none"


@dataclass(frozen=True, slots=True)
class Triaged:
    """What one message leads to. Flags go by the labels of labelled data.

    `outcome` takes what would be asked as if it were there; `outcome_said` only what was said.
    """

    raised: tuple[str, ...]
    asks: tuple[str, ...]
    outcome: Outcome
    outcome_said: Outcome


def triage(reader: Reader, book: Rulebook, text: str, at: datetime) -> Triaged:
    """Read one message by itself, as the first of a person."""
    reading = reader.read(text, at.date())
    labels = {flag.id: flag.label or flag.id for flag in book.knowledge.flags}
    said = [heard.flag for heard in reading.raised]
    raised = dict.fromkeys(labels[name] for name in said)
    asks = dict.fromkeys(labels[name] for name in reading.asks)
    return Triaged(
        tuple(raised),
        tuple(label for label in asks if label not in raised),
        _outcome(book, [*said, *reading.asks], at),
        _outcome(book, said, at),
    )


def _outcome(book: Rulebook, flags: Iterable[str], at: datetime) -> Outcome:
    facts = Facts()
    for name in flags:
        facts = record(book, facts, name, Found(Answer.YES, at, "said"))
    return assess(book, facts).outcome


@dataclass(frozen=True, slots=True)
class Message:
    """A labelled message: the flags that it states, and the level that it calls for."""

    id: str
    text: str
    labels: tuple[str, ...]
    level: str

    @property
    def flagged(self) -> bool:
        """Whether it states any flag."""
        return self.labels != (NO_FLAG,)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    total: int

    @property
    def percent(self) -> float:
        """0 to 100; 100 when there was nothing to count."""
        return 100.0 * self.hits / self.total if self.total else 100.0


@dataclass
class _Flag:
    rows: int = 0
    raised: int = 0
    reached: int = 0
    given: int = 0
    right: int = 0
    misses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FlagFigures:
    """One flag: recall of raise, recall of raise-or-ask, precision of raise, and the misses."""

    flag: str
    raised: Share
    reached: Share
    precise: Share
    misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageFigures:
    """All figures over a set of messages, and the ids and texts behind those that fall short."""

    total: int
    emergencies_reached: Share
    any_right_reached: Share
    any_right_raised: Share
    falsely_raised: Share
    asked_without_flag: Share
    within_one_level: Share
    flags: tuple[FlagFigures, ...]
    misses: Mapping[str, tuple[str, ...]]


def messages_figures(
    reader: Reader, book: Rulebook, rows: Sequence[Message], at: datetime
) -> MessageFigures:
    """Read every row and count."""
    flags: dict[str, _Flag] = {}
    count: Counter[str] = Counter()
    misses: dict[str, list[str]] = {}

    def tell(what: str, row: Message, given: Triaged) -> None:
        got = f"raised {','.join(given.raised) or '-'}; asks {','.join(given.asks) or '-'}"
        want = ",".join(row.labels)
        misses.setdefault(what, []).append(f"{row.id} [{row.level}: {want}] {got}: {row.text}")

    for row in rows:
        given = triage(reader, book, row.text, at)
        reached = {*given.raised, *given.asks}
        _count_flags(flags, row, given)
        if row.flagged:
            count["flagged"] += 1
            count["raised"] += bool(set(given.raised) & set(row.labels))
            count["reached"] += bool(reached & set(row.labels))
            if not reached & set(row.labels):
                tell("no right flag raised or asked", row, given)
            elif not set(given.raised) & set(row.labels):
                tell("asked but not raised", row, given)
        else:
            count["plain"] += 1
            count["false"] += bool(given.raised)
            count["asked"] += bool(given.asks) and not given.raised
            if given.raised:
                tell("raised without a flag", row, given)
            elif given.asks:
                tell("asked without a flag", row, given)
        if row.level == "emergency":
            count["emergency"] += 1
            count["emergency_reached"] += bool(reached & set(row.labels))
            if not reached & set(row.labels):
                tell("emergency missed", row, given)
        apart = abs(LEVELS.index(LEVEL_OF[given.outcome]) - LEVELS.index(row.level))
        count["near"] += apart <= 1
        if apart > 1:
            tell(f"outcome {given.outcome} is more than one level away", row, given)
    return _message_figures(len(rows), count, flags, misses)


def _message_figures(
    total: int,
    count: Mapping[str, int],
    flags: Mapping[str, _Flag],
    misses: Mapping[str, Sequence[str]],
) -> MessageFigures:
    return MessageFigures(
        total,
        Share(count["emergency_reached"], count["emergency"]),
        Share(count["reached"], count["flagged"]),
        Share(count["raised"], count["flagged"]),
        Share(count["false"], count["plain"]),
        Share(count["asked"], count["plain"]),
        Share(count["near"], total),
        tuple(
            FlagFigures(
                name,
                Share(one.raised, one.rows),
                Share(one.reached, one.rows),
                Share(one.right, one.given),
                tuple(one.misses),
            )
            for name, one in sorted(flags.items())
        ),
        {what: tuple(lines) for what, lines in misses.items()},
    )


def _count_flags(flags: dict[str, _Flag], row: Message, given: Triaged) -> None:
    wanted = set(row.labels) - {NO_FLAG}
    for label in wanted:
        one = flags.setdefault(label, _Flag())
        one.rows += 1
        one.raised += label in given.raised
        one.reached += label in given.raised or label in given.asks
        if label not in given.raised and label not in given.asks:
            one.misses.append(f"{row.id}: {row.text}")
    for label in given.raised:
        one = flags.setdefault(label, _Flag())
        one.given += 1
        one.right += label in wanted


# -- answers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypedAnswer:
    """A labelled answer to one question, and the labels that the question asks for."""

    id: str
    question: str
    about: tuple[str, ...]
    answer: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """How answers were read: right ones, emergencies wrongly denied, what was taken for what."""

    total: int
    right: Share
    emergencies_denied: tuple[str, ...]
    confusion: Mapping[tuple[Meaning, Meaning], int]
    misses: tuple[str, ...]


def answers_figures(
    answers: Answers, book: Rulebook, rows: Sequence[TypedAnswer], at: datetime
) -> AnswerFigures:
    """Read every answer and count; the confusion is by (labelled, read)."""
    confusion: Counter[tuple[Meaning, Meaning]] = Counter()
    misses: list[str] = []
    denied: list[str] = []
    for row in rows:
        asked = [f for f in book.knowledge.flags if (f.label or f.id) in row.about]
        read = answers.meaning(row.answer, [flag.id for flag in asked], at.date()).meaning
        confusion[row.meaning, read] += 1
        if read is row.meaning:
            continue
        line = f"{row.id} [{row.meaning}] read as {read}: {row.answer} ({row.question})"
        misses.append(line)
        emergency = any(flag.outcome.is_emergency for flag in asked)
        if emergency and (row.meaning, read) == (Meaning.YES, Meaning.NO):
            denied.append(line)
    right = Share(len(rows) - len(misses), len(rows))
    return AnswerFigures(len(rows), right, tuple(denied), dict(confusion), tuple(misses))
