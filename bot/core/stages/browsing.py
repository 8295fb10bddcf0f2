"""Every stretch to look at, by position or by the part it reaches, behind the routine's gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import get_args

from bot.core import stretches
from bot.core.knowledge import Area, Position, Stretch
from bot.core.messages import Reply
from bot.core.stages import routine
from bot.core.stages.flow import Context, Turn, is_fresh, proceed
from bot.core.stages.present import open_question
from bot.core.state import Advising, Asking, AskingSeen, Correcting, New, UserState
from bot.core.triage import may_stretch
from bot.core.understand.text import normalise
from bot.core.wording.pieces import before

QUESTION = "browse"
ALL = ("all", "list", "browse")
LINK = "s_"  # stands before a stretch in a link to share
WHOLE_DAY = 600  # minutes: room for every stretch, so that only reasons of health are left
POSITIONS: tuple[str, ...] = get_args(Position)
AREAS: tuple[str, ...] = get_args(Area)


def pressed(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """A tap in the list of all stretches; the warning signs come first where they are due."""
    closed = _closed(c, state, at)
    if closed is not None:
        return closed
    named = c.book.stretches.get(option)
    if named is not None:
        return state, (card(c, state, named, at),)
    if option in POSITIONS or option in AREAS:
        fit = [s for s in c.book.stretches.values() if option in (s.position, *s.areas)]
        return state, (c.wording.stretches_of(state, option, fit),)
    return state, (c.wording.all_stretches(state, POSITIONS, AREAS),)


def linked(c: Context, state: UserState, argument: str, at: datetime) -> Turn | None:
    """Someone followed a link to one stretch; None when it is no such link."""
    stretch = c.book.stretches.get(argument.removeprefix(LINK))
    if stretch is None or not argument.startswith(LINK) or state.consent_at is None:
        return None
    return _closed(c, state, at) or (state, (card(c, state, stretch, at),))


def named(c: Context, state: UserState, argument: str, at: datetime) -> Turn | None:
    """ "/stretch child's pose", "/stretch all": one stretch, or the list; else None."""
    wanted = normalise(argument).strip(" .!?")
    if wanted in ALL:
        return pressed(c, state, QUESTION, at)
    for stretch in c.book.stretches.values():
        if wanted in {normalise(name) for name in (stretch.name, *stretch.aliases)}:
            return pressed(c, state, stretch.id, at)
    return None


def is_link(c: Context, argument: str) -> bool:
    """Whether a command's argument names a stretch, and so is nobody's words."""
    return argument.startswith(LINK) and argument.removeprefix(LINK) in c.book.stretches


def _closed(c: Context, state: UserState, at: datetime) -> Turn | None:
    """What comes first while no stretch may be shown; None when the gate is open."""
    allowed = may_stretch(c.book, state.facts) and is_fresh(c, state, at)
    allowed &= not routine.rests_today(c, state, at)
    if allowed and state.consent_at is not None:
        return None
    if isinstance(state.stage, New | Advising | AskingSeen | Correcting):
        return open_question(c, state, at)
    go_on = proceed if isinstance(state.stage, Asking) else routine.wanted
    state, (first, *rest) = go_on(c, state, at)
    line = c.wording.line("browse_first")
    return state, (replace(before(first, line), edit=False), *rest)


def card(c: Context, state: UserState, stretch: Stretch, at: datetime) -> Reply:
    """One stretch with its start dose; or why it is none for this person now."""
    plan = stretches.plan(c.book, state.facts, state.diary, at, WHOLE_DAY)
    why = next(((key, value) for name, key, value in plan.left_out if name == stretch.id), None)
    if why is not None and why[0] != "no_time":
        return c.wording.not_for_now(state, stretch, why)
    return c.wording.browsed(state, stretch, stretches.lowest(c.book, state.facts, stretch))
