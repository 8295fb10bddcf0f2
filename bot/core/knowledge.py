"""Schemas of everything in knowledge/. Loaded once, frozen; bad data never gets past here."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Sentence = Annotated[str, StringConstraints(min_length=2, max_length=400)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^[0-9 +*#-]{2,20}$")]
Sources = Annotated[tuple[Slug, ...], Field(min_length=1)]


class Strict(BaseModel):
    """Frozen, and unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(StrEnum):
    """The six outcomes, most urgent first."""

    EMERGENCY_CALL = "emergency_call"
    EMERGENCY_GO = "emergency_go"
    SAME_DAY = "same_day"
    CLINICIAN_DAYS = "clinician_days"
    CLINICIAN_ROUTINE = "clinician_routine"
    SELF_CARE = "self_care"

    @property
    def urgency(self) -> int:
        """5 for a call to the emergency number, 0 for self-care."""
        return _URGENCY[self]

    @property
    def is_emergency(self) -> bool:
        """True for the two outcomes after which nothing more is asked."""
        return self.urgency >= Outcome.EMERGENCY_GO.urgency


_URGENCY = {outcome: 5 - place for place, outcome in enumerate(Outcome)}


class Evidence(StrEnum):
    """How far a statement is backed: read in the source, general knowledge, or our judgement."""

    READ = "read"
    UNVERIFIED = "unverified"
    JUDGEMENT = "judgement"


class Review(Strict):
    """When an entry was last looked at, and by which clinician ("none yet" until there is one)."""

    date: date
    reviewer: str


class Source(Strict):
    """A publication that entries point to; `short` is what a user sees."""

    id: Slug
    short: Label
    title: str
    publisher: str
    kind: Literal["article", "guidance", "study", "judgement"]
    address: str | None = None
    date: date


class Condition(Strict):
    """Holds when all of `all`, one of `any` and `at_least.count` of `at_least.of` are present."""

    all: tuple[Slug, ...] = ()
    any: tuple[Slug, ...] = ()
    at_least: AtLeast | None = None

    def names(self) -> frozenset[str]:
        """Every finding that the condition looks at."""
        return frozenset(self.all + self.any + (self.at_least.of if self.at_least else ()))

    def holds(self, present: frozenset[str]) -> bool:
        """Whether the findings that are present satisfy the condition."""
        if not present.issuperset(self.all):
            return False
        if self.any and present.isdisjoint(self.any):
            return False
        if self.at_least is not None:
            return len(present.intersection(self.at_least.of)) >= self.at_least.count
        return bool(self.all or self.any)


class AtLeast(Strict):
    """A count and the findings among which they must be present."""

    count: Annotated[int, Field(ge=2)]
    of: tuple[Slug, ...]


class Finding(Strict):
    """Something a person may have: what flags and traits share, so a page can ask for both."""

    id: Slug
    short: str
    item: Sentence
    button: Annotated[str, StringConstraints(min_length=2, max_length=32)]
    question: Sentence
    not_sure: Literal["yes", "no"]
    ages: tuple[int, int] | None = None
    hears: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    says_not: tuple[str, ...] = ()
    sources: Sources
    evidence: Evidence
    review: Review


class Easing(Strict):
    """A milder outcome for a flag, given what the person has answered about themselves."""

    outcome: Outcome
    when: Condition
    why: Sentence


class Scale(Strict):
    """What a bare number means as an answer to a flag's question: spans, both ends included."""

    present: tuple[tuple[float, float], ...]
    absent: tuple[tuple[float, float], ...] = ()


class Flag(Finding):
    """One red flag. `row` is its row in the clinical table, `label` its class in labelled data.

    `at_once`: nothing more is asked. `final`: no word of a clinician opens stretches here.
    `lasting`: having had it long ago counts too. `subject`: what its question is about; a typed
    answer is read with it in front ("my leg: a bit fuzzy"), so alone it must raise nothing.
    `denied_by`: what denies or explains it in an answer ("just the left one", "slimming club").
    """

    row: str
    label: Slug | None = None
    core: Literal["legs", "bladder_bowel", "trauma", "two_weeks"] | None = None
    outcome: Outcome
    why: Sentence
    tell_them: Sentence
    card: Slug | None = None
    at_once: bool = False
    final: bool = False
    lasting: bool = False
    subject: str | None = None
    denied_by: tuple[str, ...] = ()
    reading: Scale | None = None
    eased: Easing | None = None


class Combination(Strict):
    """Findings that together mean more than each alone."""

    id: Slug
    row: str
    outcome: Outcome
    when: Condition
    why: Sentence
    tell_them: Sentence | None = None
    card: Slug | None = None
    sources: Sources
    evidence: Evidence
    review: Review


class Guard(Strict):
    """A look-alike that raises nothing by itself, and the question that tells it apart."""

    id: Slug
    row: str
    guards: tuple[Slug, ...]
    question: Sentence
    why: Sentence
    sources: Sources
    evidence: Evidence
    review: Review


class Trait(Finding):
    """Something about the person that changes advice without being a flag."""


class Group(Strict):
    """A headed part of a page; at most six items, so that it can be taken in."""

    heading: Label
    items: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=6)]


class Page(Strict):
    """Findings asked together: one tap denies them all, a tap on one says yes to it."""

    id: Slug
    title: Label
    intro: Sentence
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    numbers: bool = True
    emergency: bool = False
    each_time: bool = False
    routine_only: bool = False
    when: Condition | None = None

    @cached_property
    def items(self) -> tuple[str, ...]:
        """All finding ids of the page, in order."""
        return tuple(item for group in self.groups for item in group.items)


class Option(Strict):
    """One answer to a choice question, with findings it states (`has`) or denies (`has_not`)."""

    id: Slug
    button: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    says: str
    has: tuple[Slug, ...] = ()
    has_not: tuple[Slug, ...] = ()
    words: tuple[str, ...] = ()
    days: int | None = None


class Choice(Strict):
    """A question with one answer. `unsure` is what "I am not sure" is taken to mean."""

    id: Slug
    title: Label
    text: Sentence
    options: Annotated[tuple[Option, ...], Field(min_length=2)]
    unsure: Option
    number: bool = False
    per_row: int = 1
    when: Condition | None = None
    routine_only: bool = False
    sources: Sources = ("unknot",)


class OutcomeText(Strict):
    """What a person is told for an outcome; `{...}` marks are filled in by wording."""

    id: Outcome
    level: str
    heading: Sentence
    do: Annotated[tuple[Sentence, ...], Field(max_length=6)]
    noted: Sentence
    follow_up_hours: int | None = None
    follow_up: Sentence | None = None
    sources: Sources
    review: Review


class Card(Strict):
    """A text of its own for flags whose way to care differs (labour unit, crisis line)."""

    id: Slug
    heading: Sentence
    do: Annotated[tuple[Sentence, ...], Field(max_length=6)]
    sources: Sources
    review: Review


class WarningSigns(Strict):
    """The card after every self-care result and every routine."""

    heading: Sentence
    signs: Annotated[tuple[Sentence, ...], Field(min_length=5, max_length=6)]
    action: Sentence
    note: Sentence
    sources: Sources
    review: Review


class SourceDose(Strict):
    """A dose as a source gives it; what it does not state is absent. Holds in seconds."""

    source: Slug
    hold: tuple[int, int] | None = None
    repetitions: tuple[int, int] | None = None
    sessions: tuple[int, int] | None = None
    note: str | None = None


class Dose(Strict):
    """A chosen dose: hold in seconds (0: keep moving), repetitions (each side), sessions a day."""

    hold: Annotated[int, Field(ge=0, le=60)]
    repetitions: Annotated[int, Field(ge=1, le=10)]
    sessions: Annotated[int, Field(ge=1, le=3)]


class Doses(Strict):
    """Every source's dose beside the chosen start and cap."""

    sources: Annotated[tuple[SourceDose, ...], Field(min_length=1)]
    start: Dose
    cap: Dose
    why: Sentence
    evidence: Evidence


class Skip(Strict):
    """When a stretch is left out or changed, why, and what to do instead."""

    when: Condition
    do: Literal["skip", "change"]
    why: Sentence
    instead: tuple[Slug, ...] = ()
    tip: Sentence | None = None
    sources: Sources
    evidence: Evidence


Position = Literal[
    "lying_on_back", "lying_on_front", "all_fours", "kneeling", "sitting", "standing"
]
Place = Literal["bed", "floor", "room"]
Area = Literal["lower_back", "upper_back", "hips", "buttocks", "thighs", "belly"]
Phase = Literal["acute", "settling", "prevention"]
Direction = Literal["bending", "arching", "turning", "neutral"]


class Stretch(Strict):
    """One stretch, in our own words, with every dose and rule sourced."""

    id: Slug
    name: Label
    aliases: tuple[str, ...] = ()
    position: Position
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
    surface: str
    areas: Annotated[tuple[Area, ...], Field(min_length=1)]
    family: Slug
    direction: Direction
    purpose: Literal["mobility", "stretch", "strength"]
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    summary: Sentence
    steps: Annotated[tuple[Sentence, ...], Field(min_length=2, max_length=6)]
    sides: Literal["both", "none"]
    dose: Doses
    feel: Sentence
    breathe: Sentence
    mistakes: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    skip: tuple[Skip, ...] = ()
    stop: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    note: Sentence | None = None
    variants: tuple[Sentence, ...] = ()
    after: Slug | None = None
    easier: Slug | None = None
    harder: Slug | None = None
    sources: Sources
    evidence: Evidence
    review: Review

    def seconds(self, dose: Dose) -> int:
        """How long the stretch takes: holds or slow movements, a breath between, both sides."""
        sides = 2 if self.sides == "both" else 1
        return sides * dose.repetitions * (max(dose.hold, 4) + 3) + 20


Vector = tuple[float, float, float]
MiddleSpot = Literal["low_back", "upper_back", "belly"]
RightSpot = Literal["right_waist", "right_buttock", "right_hip", "right_thigh_back"]
LeftSpot = Literal["left_waist", "left_buttock", "left_hip", "left_thigh_back"]
Spot = MiddleSpot | RightSpot | LeftSpot
Part = Literal["low_back", "chest", "head"]
Limb = Literal["right_foot", "left_foot", "right_hand", "left_hand"]
Holder = Literal["right_thigh", "left_thigh", "right_shin", "left_shin", "pelvis", "chest", "head"]


class Bend(Strict):
    """How far the low back, the chest or the head is bent forward, leaned and turned right."""

    bend: float = 0
    lean: float = 0
    turn: float = 0


class Pelvis(Strict):
    """Where the middle of the hips is, and how the pelvis lies: the anchor of the whole pose.

    `tilt`: 0 upright, 90 on the back with the head left, -90 on the front with the head right.
    `turn`: about the upright axis of the room, `roll`: about the spine, both to the own right.
    `by`: a point halfway of the way here, when that is not straight.
    """

    at: Vector
    by: Vector | None = None
    tilt: float = 0
    turn: float = 0
    roll: float = 0


class Reach(Strict):
    """Where a wrist or ankle is: at a point of the room, or on a part of the body.

    On a limb, `along` runs from 0 (hip, knee) to 1; on the trunk or head, `up` is in centimetres.
    `front` and `out` are centimetres from there, to the own front and to the own side of the limb.
    `bend`: to which side the elbow or knee points; `end`: where the fingers or toes point.
    """

    at: Vector | None = None
    on: Holder | None = None
    along: float = 0
    up: float = 0
    front: float = 0
    out: float = 0
    bend: Vector
    end: Vector | None = None

    @model_validator(mode="after")
    def _one_place_and_real_directions(self) -> Reach:
        if (self.at is None) == (self.on is None):
            raise ValueError("write either at (a point of the room) or on (a part of the body)")
        if not any(self.bend) or (self.end is not None and not any(self.end)):
            raise ValueError("a direction of three zeros points nowhere")
        return self


class Arrow(Strict):
    """Shows the movement: from, over and to points of the room."""

    points: Annotated[tuple[Vector, ...], Field(min_length=2, max_length=3)]


class KeyPose(Strict):
    """One key pose: seconds to come into it and to stay, and what is not as in the pose before."""

    id: Slug
    move: Annotated[float, Field(gt=0, le=5)]
    stay: Annotated[float, Field(ge=0, le=5)]
    felt: Annotated[float, Field(ge=0, le=1)] = 0
    arrows: tuple[Arrow, ...] = ()
    pelvis: Pelvis | None = None
    low_back: Bend | None = None
    chest: Bend | None = None
    head: Bend | None = None
    right_foot: Reach | None = None
    left_foot: Reach | None = None
    right_hand: Reach | None = None
    left_hand: Reach | None = None


class View(Strict):
    """From where it is seen: `turn` about the upright axis (0: from the side), `tilt` upwards."""

    turn: float = 0
    tilt: Annotated[float, Field(ge=0, le=90)] = 0


class Figure(Strict):
    """How a stretch looks: key poses of one person, what lies below, where it is felt.

    `sides`: it is shown again with right and left exchanged. `names`: where the words stand.
    `still`: the pose that stands for the stretch, or two where one does not tell.
    """

    id: Slug
    text: Sentence
    view: View
    surface: Literal["mat", "bed", "floor"]
    felt: Annotated[tuple[Spot, ...], Field(min_length=1)]
    sides: bool = False
    names: dict[Literal["right", "left"], Vector] = {}
    still: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=2)]
    poses: Annotated[tuple[KeyPose, ...], Field(min_length=1, max_length=8)]


class Advice(Strict):
    """A tip, cause, fact, benefit, home-care item, caveat or stop rule."""

    id: Slug
    kind: Literal["tip", "cause", "fact", "benefit", "home_care", "caveat", "stop_rule", "course"]
    text: Sentence
    sources: Sources
    evidence: Evidence
    review: Review


class Conflict(Strict):
    """A point on which the sources differ, and the rule by which it is settled."""

    id: Slug
    topic: str
    say: Annotated[tuple[str, ...], Field(min_length=1)]
    rule: Sentence
    sources: Sources
    evidence: Evidence
    review: Review


class NumberSource(Strict):
    """Where an emergency number was found."""

    id: Slug
    title: str
    publisher: str
    address: str
    date: date


class EmergencyNumber(Strict):
    """What to dial in one country."""

    country: Country
    name: str
    aliases: tuple[str, ...] = ()
    emergency: PhoneNumber
    also: tuple[PhoneNumber, ...] = ()
    urgent_line: PhoneNumber | None = None
    sources: Sources
    date: date


class CrisisLine(Strict):
    """A line for people who think of ending their life."""

    country: Country
    name: str
    number: PhoneNumber
    hours: str | None = None
    sources: Sources
    date: date


class Topic(Strict):
    """Words that answer one flag's own question: its sign is there, absent or unclear; places."""

    place: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


class Words(Strict):
    """How words are written, what answers a question, and what people wish for."""

    written_out: dict[str, str]
    emoji: dict[str, str]
    fillers: tuple[str, ...]
    as_first_person: dict[str, str]
    guard: tuple[str, ...] = ()
    yes: tuple[str, ...]
    no: tuple[str, ...]
    yes_with: tuple[str, ...]
    yes_first: tuple[str, ...]
    no_first: tuple[str, ...]
    no_tails: tuple[str, ...]
    unsure: tuple[str, ...]
    soft_yes: tuple[str, ...]
    soft_no: tuple[str, ...]
    unchanged: tuple[str, ...]
    openers: tuple[str, ...]
    corrections: tuple[str, ...]
    asking: tuple[str, ...]
    asking_about: tuple[str, ...]
    asking_back: tuple[str, ...]
    commands: tuple[str, ...]
    leanings: dict[Slug, tuple[str, ...]]
    topics: dict[Slug, Topic]
    intents: dict[Slug, tuple[str, ...]]
    replies: dict[Slug, tuple[str, ...]]


class Scopes(Strict):
    """Marks that change how a clause is meant."""

    denial: tuple[str, ...]
    denial_of_noun: tuple[str, ...]
    pseudo_denial: tuple[str, ...]
    denial_after: tuple[str, ...]
    clause_ends: tuple[str, ...]
    turns: tuple[str, ...]
    verbs: tuple[str, ...]
    before_my: tuple[str, ...]
    before_i: tuple[str, ...]
    question_words: tuple[str, ...]
    other_people: tuple[str, ...]
    not_other: tuple[str, ...]
    done_to: tuple[str, ...]
    pronouns: tuple[str, ...]
    self_again: tuple[str, ...]
    past: tuple[str, ...]
    long_past: tuple[str, ...]
    goes_on: tuple[str, ...]
    over: tuple[str, ...]
    long_over: tuple[str, ...]
    ongoing: tuple[str, ...]
    what_if: tuple[str, ...]
    idioms: tuple[str, ...]

    def marks(self) -> dict[str, tuple[str, ...]]:
        """The phrases of every mark that is looked for in a message."""
        single = {"turns", "verbs", "before_my", "before_i", "question_words", "idioms"}
        return {name: value for name, value in self if name not in single}


MonthDay = tuple[int, int]


class Times(Strict):
    """Words of the durations grammar. Units, moments and numbers are in days."""

    numbers: dict[str, tuple[float, float]]
    units: dict[str, float]
    some: tuple[str, ...]
    between: tuple[str, ...]
    small: tuple[str, ...]
    more_than: tuple[str, ...]
    less_than: tuple[str, ...]
    nearly: tuple[str, ...]
    through: tuple[str, ...]
    of_the_back: tuple[str, ...]
    ago: tuple[str, ...]
    other_after: tuple[str, ...]
    other_before: tuple[str, ...]
    since: tuple[str, ...]
    always: tuple[str, ...]
    weekdays: Annotated[tuple[tuple[str, ...], ...], Field(min_length=7, max_length=7)]
    months: Annotated[tuple[tuple[str, ...], ...], Field(min_length=12, max_length=12)]
    moments: dict[str, tuple[int, int]]
    named: dict[str, tuple[MonthDay, MonthDay]]


class BothSides(Strict):
    """Signs of one leg that are another sign when they have come on both sides within days."""

    of: Annotated[tuple[Slug, ...], Field(min_length=1)]
    are: Slug
    within_days: int


class LeadsTo(Strict):
    """The signs that answers on how it goes are about."""

    over_two_weeks: Slug
    no_better: Slug
    getting_worse: Slug
    tingling: Slug


class Rules(Strict):
    """Numbers that decide something, each explained where it stands in the file."""

    screening_valid_hours: int
    follow_up_from_hour: int
    follow_up_until_hour: int
    follow_ups: int
    wait_after_not_yet_hours: int
    long_after_days: int
    worse_by_points: int
    strong_pain: int
    rest_after_hurt_days: int
    step_up_sessions: int
    step_up_pain: int
    hold_steps: tuple[int, ...]
    first_week_repetitions: int
    start_anew_days: int
    regressions: int
    worse_sessions: int
    episode_gap_days: int
    settling_day: int
    settling_hour: int
    begun_days: dict[Slug, int]
    comeback_days: int
    matters_points: int
    matters_percent: int
    rate_days: tuple[int, ...]
    both_sides: BothSides
    leads_to: LeadsTo
    routine_minutes: tuple[int, ...]
    reminder_late_hours: int
    keep_days: int
    keep_warning_days: int
    passing_hours: int
    sources: Sources
    review: Review


class Counted(Strict):
    """So many of so many."""

    hits: int
    total: int


class Accuracy(Strict):
    """How well this version reads messages and answers that its word lists were not made from."""

    measured: date
    emergencies_reached: Counted
    any_right_reached: Counted
    any_right_raised: Counted
    falsely_raised: Counted
    asked_without_flag: Counted
    within_one_level: Counted
    answers_right: Counted
    emergencies_denied: Counted


class Knowledge(Strict):
    """All of knowledge/: the files are merged by their top-level keys into these fields."""

    sources: tuple[Source, ...]
    outcomes: tuple[OutcomeText, ...]
    cards: tuple[Card, ...]
    warning_signs: WarningSigns
    flags: tuple[Flag, ...]
    combinations: tuple[Combination, ...]
    guards: tuple[Guard, ...]
    traits: tuple[Trait, ...]
    marks: dict[Slug, Sentence]
    pages: tuple[Page, ...]
    questions: tuple[Choice, ...]
    order: tuple[Slug, ...]
    stretches: tuple[Stretch, ...]
    figures: tuple[Figure, ...]
    advice: tuple[Advice, ...]
    conflicts: tuple[Conflict, ...]
    rules: Rules
    number_sources: tuple[NumberSource, ...]
    emergency_numbers: tuple[EmergencyNumber, ...]
    crisis_lines: tuple[CrisisLine, ...]
    words: Words
    scopes: Scopes
    times: Times
    accuracy: Accuracy
    concepts: dict[Slug, tuple[str, ...]]
    texts: dict[Slug, str]
    buttons: dict[Slug, Label]
