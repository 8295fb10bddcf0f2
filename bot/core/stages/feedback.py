"""How it went: pain, reach and fit after a routine, the day after it, and whether it settles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.core import diary
from bot.core.agenda import SINCE_WHEN
from bot.core.messages import Line, Reply
from bot.core.stages import reminders, tasks
from bot.core.stages.flow import (
    Context,
    Turn,
    choose,
    local_date,
    new_session,
    proceed,
    rescreen,
)
from bot.core.state import (
    Answer,
    AskingAfter,
    AskingNextDay,
    AskingSettling,
    Feel,
    Found,
    Home,
    Session,
    UserState,
)
from bot.core.triage import record
from bot.core.wording.pieces import UNSURE, before

FEELS: Mapping[str, Feel] = {"hard": "hard", "easy": "easy"}
ALL, ENOUGH = "all", "enough"


# -- after a routine ---------------------------------------------------------------------


def shown(c: Context, state: UserState, stage: AskingAfter) -> Reply:
    """The open question after a routine."""
    match stage.part:
        case "pain":
            return c.wording.routine_done(state)
        case "reach":
            return c.wording.menu(state, "reach_now", "after", (*diary.REACHES, UNSURE))
        case "feel":
            return c.wording.menu(state, "feel_now", "after", ("right", "hard", "easy"))
        case "which":
            return c.wording.which(state, _unnamed(state, stage), hard=stage.feel == "hard")
        case _:
            assert_never(stage.part)


def after(c: Context, state: UserState, stage: AskingAfter, option: str, at: datetime) -> Turn:
    """A tap under one of them."""
    match stage.part:
        case "pain":
            return _pain(c, state, option, at)
        case "reach":
            reach = next((reach for reach in diary.REACHES if reach == option), None)
            state = _noted(state, replace(state.diary[-1], reach=reach))
            return _open(c, state, AskingAfter("feel"))
        case "feel":
            return _feel(c, state, FEELS.get(option), at)
        case "which":
            return _which(c, state, stage, option, at)
        case _:
            assert_never(stage.part)


def _feel(c: Context, state: UserState, feel: Feel | None, at: datetime) -> Turn:
    if feel is None:
        return _closing(c, state, at)
    if len(state.diary[-1].done) > 1:
        return _open(c, state, AskingAfter("which", feel))
    return _closing(c, _felt(state, feel, state.diary[-1].done), at)


def _open(c: Context, state: UserState, stage: AskingAfter) -> Turn:
    return replace(state, stage=stage), (shown(c, state, stage),)


def _noted(state: UserState, session: Session) -> UserState:
    return replace(state, diary=(*state.diary[:-1], session))


def _pain(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    pain = int(option[1:]) if option[1:].isdigit() else None
    if not state.diary:
        state, replies = _closing(c, state, at)
        return state, replies
    state = _noted(state, replace(state.diary[-1], pain_after=pain))
    if pain is not None and pain >= c.book.knowledge.rules.strong_pain:
        state = replace(rescreen(c, replace(state, stage=Home()), at), resting=True)
        facts = choose(c, state.facts, c.book.questions["pain"], f"p{pain}", at)
        state, replies = proceed(c, replace(state, facts=facts), at)
        first = before(replies[0], c.wording.line("after_strong"))
        return state, (replace(first, edit=False), *replies[1:])
    if not state.diary[-1].done or pain == 0:
        return _closing(c, state, at)
    return _open(c, state, AskingAfter("reach"))


def _unnamed(state: UserState, stage: AskingAfter) -> tuple[str, ...]:
    last = state.diary[-1]
    named = last.hard if stage.feel == "hard" else last.easy
    return tuple(name for name in last.done if name not in named)


def _felt(state: UserState, feel: Feel | None, names: Sequence[str]) -> UserState:
    last = state.diary[-1]
    if feel == "hard":
        return _noted(state, replace(last, hard=(*last.hard, *names)))
    return _noted(state, replace(last, easy=(*last.easy, *names)))


def _which(c: Context, state: UserState, stage: AskingAfter, option: str, at: datetime) -> Turn:
    """One after the other, until "that is all"."""
    left = _unnamed(state, stage)
    if option == ENOUGH:
        return _closing(c, state, at)
    state = _felt(state, stage.feel, left if option == ALL else (option,))
    return _open(c, state, stage) if _unnamed(state, stage) else _closing(c, state, at)


def _closing(c: Context, state: UserState, at: datetime) -> Turn:
    """What comes of it is said aloud; then a task of their own, or the first reminder."""
    reply = _in_words(c, state)
    state = replace(state, stage=Home())
    reply = before(reply, *_direction(c, state))
    due = None if reply.key == "after_worse" else tasks.due(c, state, at)
    if due is not None:
        first = replace(reply, buttons=(), question=None)
        state, replies = tasks.ask(c, state, due)
        return state, (first, *replies)
    return reminders.offered_first(c, state, reply, at)


def _in_words(c: Context, state: UserState) -> Reply:
    last = state.diary[-1] if state.diary else None
    key = "after_same"
    if last and last.pain_after is not None and last.pain_before is not None:
        if last.pain_after < last.pain_before:
            key = "after_better"
        elif last.pain_after >= last.pain_before + c.book.knowledge.rules.worse_by_points:
            key = "after_worse"
    return c.wording.home(state, key)


def _direction(c: Context, state: UserState) -> tuple[Line, ...]:
    """Whether the pain moves toward the spine, which is good, or outward."""
    reaches = [session.reach for session in state.diary if session.reach is not None]
    if not state.diary or state.diary[-1].reach is None or len(reaches) < 2:
        return ()
    moved = diary.moved_out(state.diary)
    if moved is state.diary[-1]:
        return (c.wording.line("moved_out"),)
    if moved is not None:
        return (c.wording.line("moved_out_stays"),)
    now, then = (diary.REACHES.index(reach) for reach in (reaches[-1], reaches[-2]))
    return (c.wording.line("moved_in"),) if now < then else ()


# -- before the next routine -------------------------------------------------------------


def ask_next_day(c: Context, state: UserState, at: datetime) -> Turn | None:
    """How was the day after? Asked once, before the next routine on another day."""
    last = state.diary[-1] if state.diary else None
    recent = timedelta(days=c.book.knowledge.rules.comeback_days)
    if last is None or last.next_day is not None or not last.done or at - last.at >= recent:
        return None
    if local_date(state, last.at) == local_date(state, at):
        return None
    state = replace(new_session(state, at), stage=AskingNextDay())
    return state, (next_day_shown(c, state),)


def next_day_shown(c: Context, state: UserState) -> Reply:
    """The question about the day after."""
    options = ("day_better", "day_same", "day_worse", UNSURE)
    return c.wording.menu(state, "next_day", "next", options)


def with_next_day(c: Context, state: UserState, option: str) -> tuple[UserState, tuple[Line, ...]]:
    """The state with the day after noted, and what follows from it in words."""
    answers = {"day_better": "better", "day_same": "same", "day_worse": "worse"}
    last = state.diary[-1]
    match answers.get(option, "same"):
        case "worse":
            state = _noted(state, replace(last, next_day="worse"))
            often = diary.regressions(state.diary, c.book.knowledge.rules)
            if often < c.book.knowledge.rules.regressions:
                return state, (c.wording.line("next_day_worse"),)
            worse = c.book.knowledge.rules.leads_to.getting_worse
            to_ask = tuple(dict.fromkeys((*state.to_ask, worse)))
            facts = state.facts.without(_denied(state, worse), frozenset())
            state = replace(state, screened_at=None, to_ask=to_ask, facts=facts)
            return state, (c.wording.line("next_day_twice"),)
        case "better":
            return _noted(state, replace(last, next_day="better")), ()
        case _:
            return _noted(state, replace(last, next_day="same")), ()


def _denied(state: UserState, name: str) -> frozenset[str]:
    said = state.facts.findings.get(name)
    return frozenset({name} if said and said.answer is Answer.NO else ())


def from_diary(c: Context, state: UserState, at: datetime) -> UserState:
    """The state in which is asked what the diary tells: over 2 weeks of pain, pain that rises."""
    rules = c.book.knowledge.rules
    since = diary.pain_since(state.diary, rules)
    limit = timedelta(days=rules.long_after_days)
    long, sign = rules.leads_to.over_two_weeks, rules.leads_to.getting_worse
    said = state.facts.findings.get(long)
    denied_early = since and said and said.answer is Answer.NO and said.at < since + limit
    if since and denied_early and at - since > limit:
        facts = state.facts.without(frozenset({long}), frozenset({SINCE_WHEN}))
        state = replace(state, facts=facts)
    worse = state.facts.findings.get(sign)
    lately = worse is not None and state.diary and worse.at > state.diary[-1].at
    if diary.is_getting_worse(state.diary, rules) and not lately and _may_deny(worse):
        state = replace(state, to_ask=tuple(dict.fromkeys((*state.to_ask, sign))))
        state = replace(state, facts=state.facts.without(_denied(state, sign), frozenset()))
    return state


def _may_deny(said: Found | None) -> bool:
    return said is None or said.answer is Answer.NO


# -- after two weeks ---------------------------------------------------------------------


def ask_settling(c: Context, state: UserState, at: datetime) -> Turn:
    """On day 15 of a bout: how is it?"""
    state = replace(new_session(state, at), stage=AskingSettling(), settling_asked=at)
    return state, (settling_shown(c, state),)


def settling_shown(c: Context, state: UserState) -> Reply:
    """The question whether it settles."""
    options = ("pain_gone", "pain_settling", "pain_same", "pain_worse")
    return c.wording.menu(state, "settling", "settling", options)


def settling(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """The answer; pain that does not settle after 2 weeks is for a clinician to see."""
    state = replace(state, stage=Home())
    signs = c.book.knowledge.rules.leads_to
    if option == "pain_gone":
        facts = state.facts.without(
            _denied(state, signs.over_two_weeks), frozenset({SINCE_WHEN, "pain"})
        )
        state = replace(state, facts=facts, screened_at=None)
        return state, (c.wording.home(state, "settling_gone"),)
    if option == "pain_settling":
        return state, (c.wording.home(state, "settling_well"),)
    found = Found(Answer.YES, at, "pressed")
    facts = state.facts
    course = signs.getting_worse if option == "pain_worse" else signs.no_better
    for name in (signs.over_two_weeks, course):
        facts = record(c.book, facts, name, found)
    return proceed(c, replace(state, facts=facts), at, (signs.over_two_weeks,))
