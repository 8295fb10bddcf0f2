"""Facts and history to today's routine, with a reason for each stretch chosen or left out.

Doses start at the lowest that a source gives and follow the diary; nothing here knows a dose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.diary import dose_now, level_of, moved_out, stopped_by
from bot.core.knowledge import Direction, Dose, Phase, Skip, Stretch
from bot.core.state import Facts, Plan, PlanItem, Session
from bot.core.triage import Rulebook

Reason = tuple[str, str]

STEPS = {"up": "step_up", "down": "step_down", "anew": "step_anew"}
OPPOSITE: dict[Direction, Direction] = {"bending": "arching", "arching": "bending"}
ORDER = ("lying_on_back", "lying_on_front", "all_fours", "kneeling", "sitting", "standing")


@dataclass(frozen=True, slots=True)
class _Past:
    """What the diary says about stretches: ever done, hurt or too hard so lately that they rest.

    `outward` are the families after which the pain reached further down, and `turned` is the way
    to go instead.
    """

    done: frozenset[str]
    hurt_lately: frozenset[str]
    too_hard: frozenset[str]
    outward: frozenset[str]
    turned: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Fit:
    """A stretch that may be done today, how well it fits, and why."""

    stretch: Stretch
    score: int
    reasons: tuple[Reason, ...]
    tips: tuple[str, ...]
    dose: Dose

    @property
    def seconds(self) -> int:
        """How long it takes at today's dose."""
        return self.stretch.seconds(self.dose)


def phase(book: Rulebook, facts: Facts) -> Phase:
    """Acute in the first days or with strong pain, prevention without pain, else settling."""
    present = book.present(facts)
    if "preventing" in present or "no_pain" in _chosen(facts):
        return "prevention"
    if "recent_onset" in present or "pain_severe" in present:
        return "acute"
    return "settling"


def _chosen(facts: Facts) -> set[str]:
    return {chosen.option for chosen in facts.choices.values()}


def plan(
    book: Rulebook, facts: Facts, diary: Iterable[Session], at: datetime, minutes: int
) -> Plan:
    """Today's routine of at most `minutes`. Call it only behind `triage.may_stretch`."""
    history = tuple(diary)
    past = _past(book, history, at)
    present = book.present(facts)
    now = phase(book, facts)
    fits: list[_Fit] = []
    left_out: list[tuple[str, str, str]] = []
    offered: dict[str, str] = {}
    for stretch in book.knowledge.stretches:
        skip = _skipped(stretch, present)
        if skip:
            offered.update(dict.fromkeys(skip.instead, stretch.name))
        reason = _unfit(stretch, present, now, past, skip)
        if reason:
            left_out.append((stretch.id, *reason))
    out = {name for name, _, _ in left_out}
    for stretch in book.knowledge.stretches:
        if stretch.id not in out:
            fit = _fit(stretch, present, history, offered)
            fits.append(_learned(book, fit, past, history, at))
    fits.sort(key=lambda fit: -fit.score)
    chosen = _within(fits, minutes * 60)
    taken = {fit.stretch.id for fit in chosen}
    left_out += [
        (fit.stretch.id, "no_time", str(minutes)) for fit in fits if fit.stretch.id not in taken
    ]
    chosen.sort(key=lambda fit: (ORDER.index(fit.stretch.position), bool(fit.stretch.after)))
    return Plan(at, minutes, tuple(_item(fit) for fit in chosen), tuple(left_out))


def _past(book: Rulebook, history: tuple[Session, ...], at: datetime) -> _Past:
    rules = book.knowledge.rules
    lately = [s for s in history if at - s.at < timedelta(days=rules.rest_after_hurt_days)]
    stopped = stopped_by(moved_out(history), book.knowledge.stretches)
    ways = {stretch.direction for stretch in stopped}
    return _Past(
        frozenset(name for session in history for name in session.done),
        frozenset(name for session in lately for name in session.hurt),
        frozenset(
            name
            for session in lately
            for name in session.hard
            if name in book.stretches
            and level_of(book.stretches[name], history, at, rules).last == "rest"
        ),
        frozenset(stretch.family for stretch in stopped),
        frozenset(OPPOSITE[way] for way in ways if way in OPPOSITE) - ways,
    )


def _learned(
    book: Rulebook, fit: _Fit, past: _Past, history: tuple[Session, ...], at: datetime
) -> _Fit:
    """The fit with the dose that the diary allows, and what changed said aloud."""
    dose, step = dose_now(fit.stretch, history, at, book.knowledge.rules)
    reasons, score = fit.reasons, fit.score
    if fit.stretch.direction in past.turned:
        reasons, score = (*reasons, ("turned", "")), score + 4
    if step in STEPS:
        reasons = (*reasons, (STEPS[step], ""))
    return replace(fit, dose=dose, reasons=reasons, score=score)


def _skipped(stretch: Stretch, present: frozenset[str]) -> Skip | None:
    return next((s for s in stretch.skip if s.do == "skip" and s.when.holds(present)), None)


def _unfit(
    stretch: Stretch,
    present: frozenset[str],
    now: Phase,
    past: _Past,
    skip: Skip | None,
) -> Reason | None:
    if "bed_only" in present and "bed" not in stretch.places:
        return ("not_in_bed", "")
    if "no_floor" in present and stretch.places == ("floor",):
        return ("needs_floor", "")
    if "no_sitting" in present and stretch.position == "sitting":
        return ("needs_sitting", "")
    if "no_front" in present and stretch.position == "lying_on_front":
        return ("needs_front", "")
    if skip:
        return ("precaution", skip.why)
    if now not in stretch.phases:
        return ("wrong_phase", "")
    if stretch.id in past.hurt_lately:
        return ("hurt_before", "")
    if stretch.id in past.too_hard:
        return ("too_hard", "")
    if stretch.family in past.outward:
        return ("moved_out", "")
    if stretch.after and stretch.after not in past.done:
        return ("later_step", "")
    return _wrong_way(stretch, present)


def _wrong_way(stretch: Stretch, present: frozenset[str]) -> Reason | None:
    if "eases_bending" in present and stretch.direction == "arching":
        return ("bending_eases", "")
    if "eases_arching" in present and stretch.direction == "bending":
        return ("arching_eases", "")
    return None


def _fit(
    stretch: Stretch,
    present: frozenset[str],
    history: tuple[Session, ...],
    offered: dict[str, str],
) -> _Fit:
    score, reasons = 0, []
    if "bed_only" in present:
        reasons.append(("in_bed", ""))
    for eases, direction in (("eases_bending", "bending"), ("eases_arching", "arching")):
        if eases in present and stretch.direction == direction:
            score += 4
            reasons.append((eases, ""))
    if "eases_moving" in present and stretch.purpose == "mobility":
        score += 3
        reasons.append(("eases_moving", ""))
    if "side_pain" in present and {"hips", "buttocks"} & set(stretch.areas):
        score += 3
        reasons.append(("side_pain", ""))
    if "lower_back" in stretch.areas:
        score += 1
    if "acute" in stretch.phases:
        score += 1
    if stretch.id in offered:
        score += 2
        reasons.append(("instead_of", offered[stretch.id]))
    if history and stretch.id in history[-1].done:
        score += 2
        reasons.append(("did_before", ""))
    if "pain_severe" in present and stretch.dose.start.hold <= 5:
        score += 1
    if not reasons:
        reasons.append(("gentle", "") if "acute" in stretch.phases else ("settled", ""))
    tips = _tips(stretch, present)
    return _Fit(stretch, score, tuple(reasons), tips, stretch.dose.start)


def _within(fits: list[_Fit], seconds: int) -> list[_Fit]:
    """The best fits that the time allows, at least one; other families before a second of one."""
    chosen: list[_Fit] = []
    used = 0
    families: set[str] = set()
    taken: set[str] = set()
    for again in (False, True):
        for fit in fits:
            cost = fit.seconds
            repeats = fit.stretch.family in families
            if fit.stretch.id in taken or (repeats and not again):
                continue
            if chosen and used + cost > seconds:
                continue
            chosen.append(fit)
            taken.add(fit.stretch.id)
            families.add(fit.stretch.family)
            used += cost
    return chosen


def lowest(book: Rulebook, facts: Facts, stretch: Stretch) -> PlanItem:
    """A stretch at its start dose, with the tips that concern this person."""
    tips = _tips(stretch, book.present(facts))
    return _item(_Fit(stretch, 0, (("gentle", ""),), tips, stretch.dose.start))


def _tips(stretch: Stretch, present: frozenset[str]) -> tuple[str, ...]:
    return tuple(
        skip.tip
        for skip in stretch.skip
        if skip.do == "change" and skip.tip and skip.when.holds(present)
    )


def _item(fit: _Fit) -> PlanItem:
    return PlanItem(
        stretch=fit.stretch.id,
        hold=fit.dose.hold,
        repetitions=fit.dose.repetitions,
        seconds=fit.seconds,
        reasons=fit.reasons,
        tips=fit.tips,
    )
