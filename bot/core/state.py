"""What is remembered of one user: frozen values, and the union of stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from bot.core.knowledge import Outcome

SCHEMA_VERSION = 3
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)  # 0 is Monday
DIARY_LENGTH = 400

_strict = ConfigDict(extra="forbid")


class Answer(StrEnum):
    """What a person said of one finding."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Found:
    """An answer about one flag or trait, when and how it was given; `words` if typed.

    `sides`: the sides of the body that were named with it.
    """

    answer: Answer
    at: datetime
    how: Literal["pressed", "typed", "said"]
    words: str = ""
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The option taken in a choice question."""

    option: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cleared:
    """A rule that a clinician has looked at: for this rule alone, stretches are free again."""

    at: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known of this episode. A finding that is absent has not been asked."""

    findings: Mapping[str, Found] = field(default_factory=dict)
    choices: Mapping[str, Chosen] = field(default_factory=dict)
    cleared: Mapping[str, Cleared] = field(default_factory=dict)

    def answered(self, finding: str, found: Found) -> Facts:
        """The facts with one more answer."""
        return replace(self, findings={**self.findings, finding: found})

    def denied(self, findings: Iterable[str], found: Found) -> Facts:
        """The facts with the same answer, a no, to several findings."""
        return replace(self, findings={**self.findings, **dict.fromkeys(findings, found)})

    def chose(self, question: str, chosen: Chosen) -> Facts:
        """The facts with one more choice."""
        return replace(self, choices={**self.choices, question: chosen})

    def without(self, findings: frozenset[str], choices: frozenset[str]) -> Facts:
        """The facts with some answers forgotten, so that they are asked anew."""
        return replace(
            self,
            findings={key: value for key, value in self.findings.items() if key not in findings},
            choices={key: value for key, value in self.choices.items() if key not in choices},
        )


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One stretch of a routine with today's dose; `reasons` are text keys with their values."""

    stretch: str
    hold: int
    repetitions: int
    seconds: int
    reasons: tuple[tuple[str, str], ...] = ()
    tips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Today's routine, and why each other stretch is not in it."""

    at: datetime
    minutes: int
    items: tuple[PlanItem, ...]
    left_out: tuple[tuple[str, str, str], ...] = ()


HurtWhere = Literal["hurt_back", "hurt_leg", "hurt_other"]
HurtHow = Literal["hurt_sharp", "hurt_tingle", "hurt_ache"]
Feel = Literal["hard", "easy"]
Reach = Literal["spine", "buttock", "thigh", "below_knee", "foot"]
"""How far down the pain goes, from the spine outward."""


@dataclass(frozen=True, slots=True)
class Session:
    """A routine that was done: for the diary, and for choosing the next one.

    Pain is 0 to 10. `hard` and `easy` are the stretches that were too much or too little;
    `next_day` is how the back was on the day after. `hurt_where` and `hurt_how`: what a stretch
    that hurt was like. `doses`: of each stretch done its hold in seconds and its repetitions.
    """

    at: datetime
    done: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    hurt: tuple[str, ...] = ()
    pain_before: int | None = None
    pain_after: int | None = None
    reach: Reach | None = None
    hard: tuple[str, ...] = ()
    easy: tuple[str, ...] = ()
    next_day: Literal["better", "same", "worse"] | None = None
    doses: tuple[tuple[str, int, int], ...] = ()
    hurt_where: HurtWhere | None = None
    hurt_how: HurtHow | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Local dates on which no routine was to be expected: a pause, or care was advised.

    `until` is the first day after it; None while it lasts.
    """

    start: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """How well the person can do a task of their own, 0 (not at all) to 10 (as before)."""

    at: datetime
    score: int


@dataclass(frozen=True, slots=True)
class Task:
    """Something of their own that the back hinders, and how well it went over time."""

    name: str
    ratings: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder at a local time on some weekdays, 0 for Monday.

    `sent_on` is the last local date that is served: sent, skipped, or given up as too late.
    """

    hour: int
    minute: int
    set_at: datetime
    sent_on: date | None = None
    days: tuple[int, ...] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Reminding:
    """How reminders come.

    `snoozed`: once more at this moment. `paused_until`: the local date on which they come again.
    `quiet`: from and until, in minutes of the day. `silent`: without a sound. `plain`: the message
    names what it is about; else it is neutral on a lock screen. `waiting`: nothing was done since
    the last one; `ignored`: so many in a row. `halved`: the local date since which only every
    second one comes. `offered`: the time of day, in minutes, that was offered already.
    """

    snoozed: datetime | None = None
    paused_until: date | None = None
    quiet: tuple[int, int] | None = None
    silent: bool = False
    plain: bool = False
    waiting: bool = False
    ignored: int = 0
    halved: date | None = None
    offered: int | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The question "were you seen?": when it is next due, how often it was asked.

    `emergencies` are the rules it is about. `quiet`: never asked (the person wrote /stop), but
    nothing counts as seen before it is due.
    """

    due: datetime
    outcome: Outcome
    asked: int = 0
    quiet: bool = False
    emergencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class New:
    """Nobody has agreed to anything yet."""

    kind: Literal["new"] = "new"


@dataclass(frozen=True, slots=True)
class Home:
    """Nothing is under way."""

    kind: Literal["home"] = "home"


@dataclass(frozen=True, slots=True)
class Asking:
    """A page or choice question is open. `item` asks one finding of it by its own question.

    `option`: "so about ten days?" is open, the option that a typed length of `days` fits.
    """

    step: str
    item: str | None = None
    walk: bool = False
    option: str | None = None
    days: int = 0
    kind: Literal["asking"] = "asking"


@dataclass(frozen=True, slots=True)
class Correcting:
    """Open flags are asked again, one by one: a mistake? `anew`: then everything else too."""

    flags: tuple[str, ...]
    anew: bool = False
    kind: Literal["correcting"] = "correcting"


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The answers are shown; choosing the minutes accepts them. `changing`: as buttons."""

    changing: bool = False
    kind: Literal["reviewing"] = "reviewing"


@dataclass(frozen=True, slots=True)
class Advising:
    """Care was advised; it holds until a clinician allows more. `seen`: seen, not allowed yet."""

    outcome: Outcome
    seen: bool = False
    kind: Literal["advising"] = "advising"


@dataclass(frozen=True, slots=True)
class AskingSeen:
    """ "Were you seen, and what was said?" is open. `follow_up` when we asked first."""

    outcome: Outcome
    follow_up: bool = False
    card: str | None = None
    kind: Literal["asking_seen"] = "asking_seen"


@dataclass(frozen=True, slots=True)
class Stretching:
    """A routine is under way at stretch `index`.

    `since`: its count of `seconds` runs since then, after `spent` seconds before a pause;
    `checked` is when it was last looked at.
    """

    plan: Plan
    index: int = 0
    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    since: datetime | None = None
    seconds: int = 0
    spent: int = 0
    checked: datetime | None = None
    kind: Literal["stretching"] = "stretching"


@dataclass(frozen=True, slots=True)
class AskingAfter:
    """The routine is over: how is the pain now, how far does it reach, how was it?

    `feel`: which ones were too hard or too easy is open.
    """

    part: Literal["pain", "reach", "feel", "which"] = "pain"
    feel: Feel | None = None
    kind: Literal["asking_after"] = "asking_after"


@dataclass(frozen=True, slots=True)
class AskingHurt:
    """A stretch hurt and all has stopped: where, and how?"""

    part: Literal["where", "how"] = "where"
    kind: Literal["asking_hurt"] = "asking_hurt"


@dataclass(frozen=True, slots=True)
class AskingNextDay:
    """ "How was your back on the day after the last routine?" is open, before the next one."""

    kind: Literal["asking_next_day"] = "asking_next_day"


@dataclass(frozen=True, slots=True)
class AskingSettling:
    """Two weeks have passed: is it settling?"""

    kind: Literal["asking_settling"] = "asking_settling"


@dataclass(frozen=True, slots=True)
class AskingTask:
    """A task of their own is to be named, or rated."""

    part: Literal["name", "rate"] = "name"
    kind: Literal["asking_task"] = "asking_task"


@dataclass(frozen=True, slots=True)
class SettingReminder:
    """Reminders are being set: which part is open, for which of them (`place`; None: a new one).

    `zone`: a city was named, "is it 14:05 for you now?" is open. `found`: the place that it is
    asked of, or several of one name to choose from, each as its name and its zone.
    """

    part: Literal["list", "time", "zone", "confirm", "one", "days", "pause"] = "list"
    place: int | None = None
    hour: int = 0
    minute: int = 0
    zone: str | None = None
    found: tuple[tuple[str, str], ...] = ()
    kind: Literal["setting_reminder"] = "setting_reminder"


@dataclass(frozen=True, slots=True)
class Settings:
    """Country, time zone or quiet hours are awaited. `zone`, `found`: as in SettingReminder."""

    part: Literal["menu", "country", "zone", "confirm", "quiet"] = "menu"
    zone: str | None = None
    found: tuple[tuple[str, str], ...] = ()
    kind: Literal["settings"] = "settings"


@dataclass(frozen=True, slots=True)
class Deleting:
    """ "Delete everything?" is open."""

    kind: Literal["deleting"] = "deleting"


Feedback = AskingAfter | AskingHurt | AskingNextDay | AskingSettling | AskingTask
"""Questions on how it went: none of them holds anything up."""

Stage = Annotated[
    New
    | Home
    | Asking
    | Correcting
    | Reviewing
    | Advising
    | AskingSeen
    | Stretching
    | AskingAfter
    | AskingHurt
    | AskingNextDay
    | AskingSettling
    | AskingTask
    | SettingReminder
    | Settings
    | Deleting,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True)
class UserState:
    """All that is kept of one user. `session` changes with every check: old buttons are known.

    `heard_days`: a length that was typed before it was asked for. `about`: whom the answers are
    about, once that was asked; `theirs` are the flags of someone else while it is being asked.
    `seen_at`: when the person last did something. `passing`: nothing is kept beyond this
    conversation. `warned_at`: when it was said that everything goes soon. `settling_asked`:
    when it was asked after two weeks whether it settles. `dark`: pictures in dark colours.
    """

    session: str = "0"
    stage: Stage = New()
    consent_at: datetime | None = None
    country: str | None = None
    zone: str | None = None
    facts: Facts = Facts()
    to_ask: tuple[str, ...] = ()
    screened_at: datetime | None = None
    diary: tuple[Session, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    reminding: Reminding = Reminding()
    follow_up: FollowUp | None = None
    last_outcome: Outcome | None = None
    resting: bool = False
    paused: Stretching | None = None
    blocked: bool = False
    heard_days: int | None = None
    about: Literal["me", "other"] | None = None
    theirs: tuple[str, ...] = ()
    seen_at: datetime | None = None
    passing: bool = False
    warned_at: datetime | None = None
    breaks: tuple[Break, ...] = ()
    task: Task | None = None
    settling_asked: datetime | None = None
    dark: bool = False


_models: tuple[type, ...] = (
    *(Found, Chosen, Cleared, Facts, PlanItem, Plan, Session, Reminder, FollowUp),
    *(Reminding, Break, Rating, Task, UserState),
    *(New, Home, Asking, Correcting, Reviewing, Advising, AskingSeen, Stretching, AskingAfter),
    *(AskingHurt, AskingNextDay, AskingSettling, AskingTask),
    *(SettingReminder, Settings, Deleting),
)
for _model in _models:
    setattr(_model, "__pydantic_config__", _strict)  # noqa: B010  # read by TypeAdapter

_adapter: TypeAdapter[UserState] = TypeAdapter(UserState)


def dump(state: UserState) -> dict[str, Any]:
    """The state as plain JSON values."""
    dumped: dict[str, Any] = _adapter.dump_python(state, mode="json")
    return dumped


def load(data: Mapping[str, Any]) -> UserState:
    """The state from what `dump` gave; anything else raises `pydantic.ValidationError`."""
    return _adapter.validate_python(dict(data))
