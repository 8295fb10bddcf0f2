"""Today's routine: from the review to the last stretch, and how the pain is after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core import stretches
from bot.core.knowledge import Outcome
from bot.core.messages import Reply
from bot.core.stages import reminders
from bot.core.stages.flow import Context, Turn, choose, is_fresh, new_session, proceed, rescreen
from bot.core.state import DIARY_LENGTH, AskingAfter, Home, Session, Stretching, UserState
from bot.core.triage import assess, may_stretch
from bot.core.wording.pieces import before


def begin(c: Context, state: UserState, minutes: int, at: datetime) -> Turn:
    """Make the routine and show its first stretch. The one way in, behind the one gate."""
    state = replace(state, resting=False)
    if not may_stretch(c.book, state.facts) or not is_fresh(c, state, at):
        return proceed(c, rescreen(c, state, at), at)
    plan = stretches.plan(c.book, state.facts, state.diary, at, minutes)
    if not plan.items:
        state = replace(state, stage=Home())
        return state, (before(c.wording.home(state), c.wording.line("no_stretch_fits")),)
    state = replace(new_session(state, at), stage=Stretching(plan))
    return state, (c.wording.overview(plan), c.wording.stretch(state, plan, 0))


def wanted(c: Context, state: UserState, at: datetime) -> Turn:
    """Someone asks for stretches: the checks that are due first, then the review."""
    if assess(c.book, state.facts).outcome is Outcome.SELF_CARE and not is_fresh(c, state, at):
        state = rescreen(c, state, at)
    return proceed(c, state, at)


def step(c: Context, state: UserState, stage: Stretching, option: str, at: datetime) -> Turn:
    """A tap under a stretch: done, skip, it hurts, or enough for today."""
    name = stage.plan.items[stage.index].stretch
    if not is_fresh(c, state, at) and option != "finish":
        # The screening is too old to go on with: the warning signs come first again.
        return proceed(c, rescreen(c, replace(state, stage=Home()), at), at)
    if option == "hurts":
        return _hurt(c, state, stage, name, at)
    if option == "finish":
        return _over(c, state, stage, at)
    done = (*stage.done, name) if option == "done" else stage.done
    skipped = (*stage.skipped, name) if option == "skip" else stage.skipped
    stage = replace(stage, done=done, skipped=skipped, index=stage.index + 1)
    if stage.index >= len(stage.plan.items):
        return _over(c, state, stage, at)
    state = replace(state, stage=stage)
    return state, (c.wording.stretch(state, stage.plan, stage.index),)


def _over(c: Context, state: UserState, stage: Stretching, at: datetime) -> Turn:
    state = _written_down(state, stage, at)
    state = replace(state, stage=AskingAfter())
    return state, (c.wording.routine_done(state), c.wording.warning_signs())


def _hurt(c: Context, state: UserState, stage: Stretching, name: str, at: datetime) -> Turn:
    state = _written_down(state, stage, at, hurt=(name,))
    state, replies = proceed(c, rescreen(c, replace(state), at), at)
    first = before(replies[0], c.wording.line("hurt_stop"), c.wording.line("hurt_check"))
    return state, (replace(first, edit=False), *replies[1:])


def _written_down(
    state: UserState, stage: Stretching, at: datetime, hurt: tuple[str, ...] = ()
) -> UserState:
    chosen = state.facts.choices.get("pain")
    before_it = int(chosen.option[1:]) if chosen and chosen.option[1:].isdigit() else None
    session = Session(at, stage.done, stage.skipped, hurt, before_it)
    return replace(state, diary=(*state.diary, session)[-DIARY_LENGTH:])


def after(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """How the pain is after the routine, 0 to 10."""
    pain = int(option[1:]) if option[1:].isdigit() else None
    last = state.diary[-1] if state.diary else None
    if last is not None:
        state = replace(state, diary=(*state.diary[:-1], replace(last, pain_after=pain)))
    state = replace(state, stage=Home())
    if pain is not None and pain >= c.book.knowledge.rules.strong_pain:
        state = replace(rescreen(c, state, at), resting=True)
        facts = choose(c, state.facts, c.book.questions["pain"], f"p{pain}", at)
        state, replies = proceed(c, replace(state, facts=facts), at)
        first = before(replies[0], c.wording.line("after_strong"))
        return state, (replace(first, edit=False), *replies[1:])
    return reminders.offered_first(c, state, _after_reply(c, state, pain, last), at)


def _after_reply(c: Context, state: UserState, pain: int | None, last: Session | None) -> Reply:
    started = last.pain_before if last else None
    key = "after_same"
    if pain is not None and started is not None:
        if pain < started:
            key = "after_better"
        elif pain >= started + c.book.knowledge.rules.worse_by_points:
            key = "after_worse"
    return c.wording.home(state, key)
