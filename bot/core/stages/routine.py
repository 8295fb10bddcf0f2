"""Today's routine: from the review to the last stretch, and how the pain is after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

from bot.core import diary, stretches
from bot.core.knowledge import Outcome
from bot.core.messages import Line
from bot.core.stages import feedback, guiding
from bot.core.stages.flow import (
    Context,
    Turn,
    is_fresh,
    local_date,
    new_session,
    proceed,
    rescreen,
)
from bot.core.state import (
    DIARY_LENGTH,
    AskingAfter,
    AskingHurt,
    Home,
    HurtHow,
    HurtWhere,
    Session,
    Stretching,
    UserState,
)
from bot.core.triage import assess, may_stretch
from bot.core.wording.pieces import before

WHERE: tuple[HurtWhere, ...] = get_args(HurtWhere)
HOW: tuple[HurtHow, ...] = get_args(HurtHow)


def begin(c: Context, state: UserState, minutes: int, at: datetime) -> Turn:
    """Make the routine and show its first stretch. The one way in, behind the one gate."""
    state = replace(state, resting=False)
    if rests_today(c, state, at):
        return _resting(c, state)
    if not may_stretch(c.book, state.facts) or not is_fresh(c, state, at):
        return proceed(c, rescreen(c, state, at), at)
    plan = stretches.plan(c.book, state.facts, state.diary, at, minutes)
    if not plan.items:
        state = replace(state, stage=Home())
        return state, (before(c.wording.home(state), c.wording.line("no_stretch_fits")),)
    state = replace(new_session(state, at), stage=Stretching(plan))
    return state, (c.wording.overview(plan), c.wording.stretch(state, plan, 0))


def wanted(c: Context, state: UserState, at: datetime) -> Turn:
    """Someone asks for stretches: how the day after was, the checks that are due, the review."""
    if assess(c.book, state.facts).outcome is not Outcome.SELF_CARE:
        return proceed(c, state, at)
    if rests_today(c, state, at) and is_fresh(c, state, at):
        return _resting(c, state)
    asked = feedback.ask_next_day(c, state, at)
    if asked is not None:
        return asked
    return checked(c, state, at, _welcome(c, state, at))


def rests_today(c: Context, state: UserState, at: datetime) -> bool:
    """Whether the last routine ended in strong pain on this very day."""
    last = state.diary[-1] if state.diary else None
    if last is None or last.pain_after is None:
        return False
    strong = last.pain_after >= c.book.knowledge.rules.strong_pain
    return strong and local_date(state, last.at) == local_date(state, at)


def _resting(c: Context, state: UserState) -> Turn:
    state = replace(state, stage=Home())
    return state, (c.wording.home(state, "rest_today"),)


def checked(c: Context, state: UserState, at: datetime, lines: tuple[Line, ...]) -> Turn:
    """The checks that are due before a routine, also those that the diary calls for."""
    if not is_fresh(c, state, at):
        state = rescreen(c, state, at)
    state, replies = proceed(c, feedback.from_diary(c, state, at), at)
    if not lines:
        return state, replies
    return state, (replace(before(replies[0], *lines), edit=False), *replies[1:])


def next_day(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """How the day after was; then on to the next routine."""
    state, lines = feedback.with_next_day(c, replace(state, stage=Home()), option)
    return checked(c, state, at, lines)


def _welcome(c: Context, state: UserState, at: datetime) -> tuple[Line, ...]:
    """A kind word after a while, and no word of blame."""
    away = diary.away_for(state, at)
    if away is None or away < timedelta(days=c.book.knowledge.rules.comeback_days):
        return ()
    return (c.wording.line("welcome_again"),)


def step(c: Context, state: UserState, stage: Stretching, option: str, at: datetime) -> Turn:
    """A tap under a stretch: done, skip, it hurts, or enough for today."""
    name = stage.plan.items[stage.index].stretch
    if not is_fresh(c, state, at) and option != "finish":
        # The screening is too old to go on with: the warning signs come first again.
        return proceed(c, rescreen(c, replace(state, stage=Home()), at), at)
    match option:
        case "hurts":
            return _hurt(c, state, stage, name, at)
        case "finish":
            return _over(c, state, stage, at)
        case "count" | "go_on":
            return guiding.start(c, state, stage, at)
        case "hold_on":
            return guiding.pause(c, state, stage, at)
        case "easier":
            return guiding.easier(c, state, stage, at)
        case "more":
            return state, (c.wording.more_about(stage.plan.items[stage.index].stretch),)
    done = (*stage.done, name) if option == "done" else stage.done
    skipped = (*stage.skipped, name) if option == "skip" else stage.skipped
    stage = replace(guiding.next_one(stage), done=done, skipped=skipped)
    if stage.index >= len(stage.plan.items):
        return _over(c, state, stage, at)
    state = replace(state, stage=stage)
    return state, (c.wording.stretch(state, stage.plan, stage.index),)


def counted(c: Context, state: UserState, at: datetime, token: str | None = None) -> Turn:
    """A count is over, or is still running when the clock looks; a late one changes nothing."""
    stage = state.stage
    if not isinstance(stage, Stretching) or stage.since is None:
        return state, ()
    if token is not None and token != c.wording.countdown(state, stage).token:
        return state, ()
    if token is not None or guiding.is_over(stage, at):
        return step(c, state, stage, "done", at)
    return guiding.went_on(c, state, stage, at)


def kept(before_it: UserState, state: UserState, at: datetime) -> UserState:
    """The state with what was done of a routine that a command or a danger word has ended."""
    was = before_it.stage if isinstance(before_it.stage, Stretching) else before_it.paused
    still = isinstance(state.stage, Stretching) or state.paused is not None
    if was is None or still or not (was.done or was.skipped):
        return state
    told = len(state.diary) > len(before_it.diary) or state == UserState()
    return state if told else _written_down(state, was, at)


def _over(c: Context, state: UserState, stage: Stretching, at: datetime) -> Turn:
    state = _written_down(state, stage, at)
    state = replace(state, stage=AskingAfter())
    return state, (c.wording.routine_done(state), c.wording.warning_signs())


def _hurt(c: Context, state: UserState, stage: Stretching, name: str, at: datetime) -> Turn:
    # The signs come first again whichever way this is left.
    state = rescreen(c, _written_down(state, stage, at, hurt=(name,)), at)
    state = replace(state, stage=AskingHurt())
    return state, (c.wording.hurt_where(state),)


def hurt(c: Context, state: UserState, stage: AskingHurt, option: str, at: datetime) -> Turn:
    """Where and how it hurt; then the warning signs come first again."""
    last = state.diary[-1]
    if stage.part == "where":
        where = next((said for said in WHERE if said == option), None)
        state = replace(state, diary=(*state.diary[:-1], replace(last, hurt_where=where)))
        state = replace(state, stage=AskingHurt("how"))
        return state, (c.wording.hurt_how(state),)
    how = next((said for said in HOW if said == option), None)
    state = replace(state, diary=(*state.diary[:-1], replace(last, hurt_how=how)), stage=Home())
    if how == "hurt_tingle":
        # The sign that this may be is asked about by its own question, first of all.
        sign = c.book.knowledge.rules.leads_to.tingling
        state = replace(state, to_ask=tuple(dict.fromkeys((sign, *state.to_ask))))
    state, replies = proceed(c, state, at)
    first = before(replies[0], c.wording.line("hurt_check"))
    return state, (replace(first, edit=False), *replies[1:])


def _written_down(
    state: UserState, stage: Stretching, at: datetime, hurt: tuple[str, ...] = ()
) -> UserState:
    chosen = state.facts.choices.get("pain")
    before_it = int(chosen.option[1:]) if chosen and chosen.option[1:].isdigit() else None
    doses = tuple((i.stretch, i.hold, i.repetitions) for i in stage.plan.items)
    given = tuple(dose for dose in doses if dose[0] in (*stage.done, *hurt))
    session = Session(at, stage.done, stage.skipped, hurt, before_it, doses=given)
    return replace(state, diary=(*state.diary, session)[-DIARY_LENGTH:])
