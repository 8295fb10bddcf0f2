"""What the diary of routines says: streak, change that matters, a turn for the worse, doses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

from bot.core.agenda import zone_of
from bot.core.knowledge import Dose, Rules, Stretch
from bot.core.state import Break, Reach, Session, UserState

REACHES: tuple[Reach, ...] = get_args(Reach)
MOST_BREAKS = 60
Step = Literal["up", "down", "rest", "anew"]


# -- days --------------------------------------------------------------------------------


def days_done(state: UserState) -> frozenset[date]:
    """The local dates on which at least one stretch was done."""
    zone = zone_of(state)
    return frozenset(s.at.astimezone(zone).date() for s in state.diary if s.done)


def streak(state: UserState, today: date) -> int:
    """Days with a routine up to today; a single day between is forgiven, breaks do not count.

    Today does not count as missed while it lasts.
    """
    done = days_done(state)
    if not done:
        return 0
    day, missed, length = today, 0, 0
    while day >= min(done) and missed <= 1:
        if day in done:
            length, missed = length + 1, 0
        elif day != today and not _in_break(state.breaks, day):
            missed += 1
        day -= timedelta(days=1)
    return length


def _in_break(breaks: Iterable[Break], day: date) -> bool:
    return any(b.start <= day and (b.until is None or day < b.until) for b in breaks)


def with_break(breaks: tuple[Break, ...], today: date, *, held: bool) -> tuple[Break, ...]:
    """The breaks with one begun when care is advised, and ended when stretches are free again."""
    lasting = bool(breaks) and breaks[-1].until is None
    if held == lasting:
        return breaks
    if held:
        return (*breaks, Break(today))[-MOST_BREAKS:]
    begun = breaks[-1].start
    return breaks[:-1] if begun == today else (*breaks[:-1], Break(begun, today))


def with_pause(breaks: tuple[Break, ...], today: date, until: date | None) -> tuple[Break, ...]:
    """The breaks with a pause until a date; None ends one that lasts."""
    ended = tuple(
        Break(b.start, min(b.until, today)) if b.until and b.until > today else b for b in breaks
    )
    kept = tuple(b for b in ended if b.until is None or b.start < b.until)
    if until is None:
        return kept
    lasting = [b for b in kept if b.until is None]
    closed = tuple(b for b in kept if b.until is not None)
    return (*closed, Break(today, until), *lasting)[-MOST_BREAKS:]


def away_for(state: UserState, at: datetime) -> timedelta | None:
    """How long ago the last routine was; None when there was none."""
    return at - state.diary[-1].at if state.diary else None


# -- pain --------------------------------------------------------------------------------


def now_and_start(diary: Iterable[Session]) -> tuple[int, int] | None:
    """Pain before the first routine, and after the last one; None until both are known."""
    known = [(s.pain_before, s.pain_after) for s in diary]
    befores = [before for before, _ in known if before is not None]
    latest = [after if after is not None else before for before, after in known]
    said = [pain for pain in latest if pain is not None]
    return (befores[0], said[-1]) if befores and said else None


def change(start: int, now: int, rules: Rules) -> Literal["better", "worse", "same"]:
    """Whether the change matters: so many points, or so many percent of the start."""
    apart = abs(start - now)
    percent = 100 * apart >= rules.matters_percent * start > 0
    if apart < rules.matters_points and not percent:
        return "same"
    return "better" if now < start else "worse"


def pain_since(diary: Sequence[Session], rules: Rules) -> datetime | None:
    """Since when routines tell of pain, without a week between; None while there is none."""
    first: datetime | None = None
    later: datetime | None = None
    for session in reversed(diary):
        hurts = bool(session.pain_before or session.pain_after)
        if not hurts or (later and later - session.at > timedelta(days=rules.episode_gap_days)):
            break
        first = later = session.at
    return first


def is_getting_worse(diary: Sequence[Session], rules: Rules) -> bool:
    """Whether pain before the last routines rose from one to the next, by enough to matter."""
    pains = [s.pain_before for s in diary if s.pain_before is not None][-rules.worse_sessions :]
    if len(pains) < rules.worse_sessions:
        return False
    rises = all(later >= earlier for earlier, later in pairwise(pains))
    return rises and pains[-1] - pains[0] >= rules.worse_by_points


def regressions(diary: Sequence[Session], rules: Rules) -> int:
    """How many of the last routines in a row were followed by a worse day."""
    said = [s.next_day for s in diary if s.next_day is not None]
    count = 0
    while count < len(said) and said[-1 - count] == "worse":
        count += 1
    return count


def changes(told: Sequence[Session]) -> list[Literal["more", "less", "hurt"] | None]:
    """What was new in each routine: a higher dose than before, a lower one, or that it hurt."""
    known: dict[str, tuple[int, int]] = {}
    found: list[Literal["more", "less", "hurt"] | None] = []
    for session in told:
        change: Literal["more", "less", "hurt"] | None = "hurt" if session.hurt else None
        for name, hold, often in session.doses:
            before = known.get(name)
            if before is not None and change is None and before != (hold, often):
                change = "more" if (hold, often) > before else "less"
            known[name] = (hold, often)
        found.append(change)
    return found


# -- how far down the leg ----------------------------------------------------------------


def moved_out(diary: Sequence[Session]) -> Session | None:
    """The routine after which the pain reached further down, until it is back where it was."""
    moved: tuple[Session, Reach] | None = None  # the routine, and how far it reached before
    last: Reach | None = None
    for session in diary:
        if session.reach is None:
            continue
        if last is not None and _further(session.reach, last):
            moved = (session, moved[1] if moved else last)
        elif moved and not _further(session.reach, moved[1]):
            moved = None
        last = session.reach
    return moved[0] if moved else None


def _further(one: Reach, other: Reach) -> bool:
    return REACHES.index(one) > REACHES.index(other)


def stopped_by(session: Session | None, stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """What stops when the pain moved outward: the way that the back was bent, else all of it."""
    done = [s for s in stretches if session and s.id in session.done]
    bent = [s for s in done if s.direction in ("bending", "arching")]
    return tuple(bent or done)


# -- dose --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Level:
    """How many steps above its start a stretch is, and what the last routine changed.

    "rest": it was too hard even at its lowest dose, and is left out for a while.
    """

    steps: int = 0
    last: Step | None = None


def level_of(stretch: Stretch, diary: Iterable[Session], at: datetime, rules: Rules) -> Level:
    """One step up after enough good routines, one down when it was too much, anew after a gap."""
    done = [s for s in diary if stretch.id in s.done or stretch.id in s.hurt]
    gap = timedelta(days=rules.start_anew_days)
    most = len(doses_of(stretch, rules)) - 1
    steps, good = 0, 0
    last: Step | None = None
    before: datetime | None = None
    for session in done:
        if before is not None and session.at - before > gap:
            steps, good = 0, 0
        before, last = session.at, None
        if stretch.id in session.hurt:
            steps, good = 0, 0
        elif session.next_day == "worse" or stretch.id in session.hard:
            good = 0
            if steps:
                steps, last = steps - 1, "down"
            elif stretch.id in session.hard:
                last = "rest"
        else:
            mild = session.pain_after is not None and session.pain_after <= rules.step_up_pain
            easy = mild and stretch.id in session.easy
            good += mild
            if (easy or good >= rules.step_up_sessions) and steps < most:
                steps, good, last = steps + 1, 0, "up"
    if before is not None and at - before > gap:
        return Level(0, "anew" if steps else None)
    return Level(steps, last)


def doses_of(stretch: Stretch, rules: Rules) -> list[Dose]:
    """All doses from the start to the cap: one repetition more, then the next hold."""
    dose, cap = stretch.dose.start, stretch.dose.cap
    doses = [dose]
    while dose.repetitions < cap.repetitions:
        dose = dose.model_copy(update={"repetitions": dose.repetitions + 1})
        doses.append(dose)
    for hold in rules.hold_steps:
        if dose.hold and dose.hold < hold <= cap.hold:
            dose = dose.model_copy(update={"hold": hold})
            doses.append(dose)
    return doses


def dose_now(
    stretch: Stretch, diary: Sequence[Session], at: datetime, rules: Rules
) -> tuple[Dose, Step | None]:
    """Today's dose, and how it differs from before; moving ones stay low in the first week."""
    level = level_of(stretch, diary, at, rules)
    dose = doses_of(stretch, rules)[level.steps]
    first_week = not diary or at - diary[0].at < timedelta(days=7)
    if first_week and not dose.hold and dose.repetitions > rules.first_week_repetitions:
        most = max(rules.first_week_repetitions, stretch.dose.start.repetitions)
        return dose.model_copy(update={"repetitions": most}), None
    return dose, level.last
