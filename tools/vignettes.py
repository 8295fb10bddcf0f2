"""Plays the people of tests/vignettes through the real dialogue and measures what they are told.

Each one writes their message, then answers whatever is asked by what they know, until an outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import comb
from pathlib import Path
from typing import Literal

import yaml
from pydantic import TypeAdapter

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Choice, Outcome, Page, Strict
from bot.core.messages import Command, Event, Press, Reply, Text
from bot.core.stages.carer import ME
from bot.core.stages.flow import length_option
from bot.core.state import Advising, Answer, Asking, Reviewing, UserState
from bot.core.wording.pieces import NONE, UNSURE

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "vignettes"
KINDS = ("emergency", "same_day", "days", "self_care", "unclear")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOST_TURNS = 60
SILENT = "my back hurts"
CONFIDENCE = 0.95

Level = Literal[
    "ambulance", "emergency", "same_day", "days", "routine", "self_care", "unclear", "stuck"
]
LEVELS: dict[Outcome, Level] = {
    Outcome.EMERGENCY_CALL: "ambulance",
    Outcome.EMERGENCY_GO: "emergency",
    Outcome.SAME_DAY: "same_day",
    Outcome.CLINICIAN_DAYS: "days",
    Outcome.CLINICIAN_ROUTINE: "routine",
    Outcome.SELF_CARE: "self_care",
}
URGENCY: dict[Level, int] = {level: outcome.urgency for outcome, level in LEVELS.items()}
Fact = bool | int | Literal["unsure"]


class Vignette(Strict):
    """A person: what they write, what they would answer, and the level by guidance."""

    id: str
    row: str
    says: str
    facts: Mapping[str, Fact]
    expect: Level
    accept: tuple[Level, ...] = ()
    source: str
    note: str = ""

    def has(self, sign: str) -> Answer:
        """What this person says of a sign: a sign that is not named is a no."""
        fact = self.facts.get(sign, False)
        if fact == "unsure":
            return Answer.UNSURE
        return Answer.YES if fact is True else Answer.NO

    def number(self, name: str) -> int | None:
        """Age, days or pain."""
        fact = self.facts.get(name)
        return fact if isinstance(fact, int) and not isinstance(fact, bool) else None


class Line(Strict):
    """An option of a question with one answer, taken when one of these signs is there."""

    when: tuple[str, ...]
    option: str


class Bridge(Strict):
    """From the signs of the vignettes to what the bot asks."""

    findings: Mapping[str, tuple[str, ...]]
    choices: Mapping[str, tuple[Line, ...]]
    told: Mapping[str, Mapping[str, str]]


class Signs(Strict):
    """The words in which the vignettes are written."""

    person: tuple[str, ...]
    signs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Played:
    """A vignette and the level that it was given."""

    vignette: Vignette
    given: Level
    turns: int

    @property
    def exact(self) -> bool:
        """Whether the level is the expected one."""
        return self.given == self.vignette.expect

    @property
    def allowed(self) -> bool:
        """Whether guidance allows the level."""
        return self.exact or self.given in self.vignette.accept

    @property
    def under(self) -> int:
        """By how many levels the advice is milder than expected."""
        if self.vignette.expect == "unclear":
            return 0
        return URGENCY[self.vignette.expect] - URGENCY.get(self.given, 0)


@cache
def vignettes() -> tuple[Vignette, ...]:
    """All of them, in the order of the files."""
    adapter = TypeAdapter(list[Vignette])
    return tuple(e for kind in KINDS for e in adapter.validate_python(_read(f"{kind}.yaml")))


def signs() -> Signs:
    """The ids that facts may use."""
    return Signs.model_validate(_read("signs.yaml"))


def bridge() -> Bridge:
    """The mapping to the bot's own ids."""
    return Bridge.model_validate(_read("bridge.yaml"))


def _read(name: str) -> object:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


class Player:
    """One person at the dialogue, with the answers of a vignette."""

    def __init__(
        self, dialogue: Dialogue, across: Bridge, vignette: Vignette, *, silent: bool = False
    ) -> None:
        """Nothing is said yet. `silent` people write no sign and only answer by buttons."""
        self.says = SILENT if silent else vignette.says
        self.dialogue = dialogue
        self.across = across
        self.vignette = vignette
        self.state = UserState(zone="UTC", country="GB")
        self.at = START
        self.tokens: list[str] = []
        self.turns = 0

    def play(self) -> Level:
        """The level that this person is given in the end."""
        self._step(Command(self.at, "start"))
        self._press("agree")
        self._step(Text(self.at, self.says))
        if self.vignette.expect == "unclear":
            return self._at_once()
        while self.turns < MOST_TURNS:
            stage = self.state.stage
            if isinstance(stage, Advising):
                return LEVELS[stage.outcome]
            if isinstance(stage, Reviewing):
                return "self_care"
            whom = any(token.endswith(f".{ME}") for token in self.tokens)
            option = self._whom() if whom else self._answer()
            if option is None:
                return "stuck"
            self._press(option)
        return "stuck"

    def _at_once(self) -> Level:
        """What the message alone led to: nothing but a question, or a level."""
        stage = self.state.stage
        if isinstance(stage, Advising):
            return LEVELS[stage.outcome]
        if isinstance(stage, Asking) and not self.state.facts.findings:
            return "unclear"
        return LEVELS[self.state.last_outcome] if self.state.last_outcome else "stuck"

    def _whom(self) -> str:
        other = self.vignette.has("other_person") is Answer.YES
        return "about_other" if other else "about_me"

    def _answer(self) -> str | None:
        stage = self.state.stage
        if not isinstance(stage, Asking):
            return None
        if stage.item is not None:
            return self._has(stage.item).value
        if stage.option is not None:  # "So about 10 days?"
            length = self._length()
            return Answer.YES.value if stage.option == length else length
        step = self.dialogue.book.steps[stage.step]
        return self._chosen(step) if isinstance(step, Choice) else self._ticked(step)

    def _ticked(self, page: Page) -> str:
        known = self.state.facts.findings
        left = [n for n in page.items if n not in known or known[n].answer is not self._has(n)]
        for name in left:
            if self._has(name) is Answer.YES:
                return name
        unsure = any(self._has(name) is Answer.UNSURE and name not in known for name in left)
        return UNSURE if unsure else NONE

    def _chosen(self, step: Choice) -> str:
        told = self.across.told.get(self.vignette.id, {})
        if step.id in told:
            return told[step.id]
        if step.id == "since_when":
            return self._length()
        if step.id == "pain":
            return f"p{self.vignette.number('pain') or 0}"
        return next(
            line.option
            for line in self.across.choices[step.id]
            if not line.when or any(self.vignette.has(s) is not Answer.NO for s in line.when)
        )

    def _length(self) -> str:
        return length_option(self.vignette.number("days") or 0)

    def _has(self, finding: str) -> Answer:
        told = self.across.told.get(self.vignette.id, {})
        if finding in told:
            return Answer(told[finding])
        span = self.dialogue.book.findings[finding].ages
        age = self.vignette.number("age")
        if span and age is not None:
            return Answer.YES if span[0] <= age <= span[1] else Answer.NO
        said = {self.vignette.has(sign) for sign in self.across.findings.get(finding, ())}
        return next((a for a in (Answer.YES, Answer.UNSURE) if a in said), Answer.NO)

    def _press(self, option: str) -> None:
        token = next(t for t in reversed(self.tokens) if t.split(".", 2)[2] == option)
        self._step(Press(self.at, token))

    def _step(self, event: Event) -> None:
        self.turns += 1
        self.at += timedelta(seconds=5)
        self.state, replies = self.dialogue.step(self.state, event)
        self.tokens = _tokens(replies) or self.tokens


def _tokens(replies: Iterable[Reply]) -> list[str]:
    return [b.token for reply in replies for row in reply.buttons for b in row]


def played(dialogue: Dialogue, *, silent: bool = False) -> list[Played]:
    """Every vignette, played; `silent` leaves out the unclear ones, who have nothing to tap."""
    across = bridge()
    done = []
    for vignette in vignettes():
        if silent and vignette.expect == "unclear":
            continue
        player = Player(dialogue, across, vignette, silent=silent)
        done.append(Played(vignette, player.play(), player.turns))
    return done


# -- figures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its exact bounds."""

    name: str
    what: str
    target: str
    hits: int
    total: int

    @property
    def percent(self) -> float:
        """The share, of a hundred."""
        return 100 * self.hits / self.total

    @property
    def bounds(self) -> tuple[float, float]:
        """The exact 95 % interval of Clopper and Pearson, of a hundred."""
        low, high = clopper_pearson(self.hits, self.total)
        return 100 * low, 100 * high


def figures(entries: Sequence[Played]) -> tuple[Figure, ...]:
    """What is measured, each over those whom it concerns."""
    clear = [entry for entry in entries if entry.vignette.expect != "unclear"]
    urgent = [e for e in clear if URGENCY[e.vignette.expect] >= URGENCY["emergency"]]
    well = [entry for entry in clear if entry.vignette.expect == "self_care"]
    unclear = [entry for entry in entries if entry.vignette.expect == "unclear"]

    def figure(
        name: str, what: str, target: str, of: Sequence[Played], holds: Callable[[Played], bool]
    ) -> Figure:
        return Figure(name, what, target, sum(map(holds, of)), len(of))

    return (
        figure(
            *("emergencies", "emergencies sent to emergency care", "100 %"),
            *(urgent, lambda e: e.given in {"ambulance", "emergency"}),
        ),
        figure(
            *("under_by_two", "told a level milder by more than 1", "0"),
            *(clear, lambda e: e.under > 1),
        ),
        figure("under", "told any milder level", "none set", clear, lambda e: e.under > 0),
        figure(
            "exact", "told exactly the expected level", "at least 85 %", clear, lambda e: e.exact
        ),
        figure(
            *("allowed", "told a level that guidance allows", "none set"),
            *(clear, lambda e: e.allowed),
        ),
        figure(
            *("over", "self-care sent to someone", "at most 15 %"),
            *(well, lambda e: e.given != "self_care"),
        ),
        figure(
            *("asked_back", "unclear messages asked back, with no level", "none set"),
            *(unclear, lambda e: e.exact),
        ),
    )


def clopper_pearson(hits: int, total: int) -> tuple[float, float]:
    """The exact two-sided interval of a share, from the tails of the binomial distribution."""
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if hits == 0 else _solve(lambda p: 1 - _at_most(hits - 1, total, p), tail)
    high = 1.0 if hits == total else 1 - _solve(lambda q: _at_most(hits, total, 1 - q), tail)
    return low, high


def _at_most(hits: int, total: int, share: float) -> float:
    return sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(hits + 1))


def _solve(rising: Callable[[float], float], wanted: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2
