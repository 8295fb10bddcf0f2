"""After care was advised: repeat it, ask if the person was seen, reopen only on a clear word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core import agenda
from bot.core.knowledge import Outcome
from bot.core.messages import Reply
from bot.core.stages.flow import Context, Turn, advise, proceed, rescreen
from bot.core.state import Advising, AskingSeen, FollowUp, UserState
from bot.core.triage import assess, clear
from bot.core.wording import before

LONGEST_ASKED = 3


def again(c: Context, state: UserState, at: datetime) -> Turn:
    """The advice once more; it stands until the person has been seen."""
    verdict = assess(c.book, state.facts)
    if verdict.outcome is Outcome.SELF_CARE:
        return proceed(c, state, at)
    return advise(c, state, at, verdict)


def ask_seen(c: Context, state: UserState, outcome: Outcome, at: datetime) -> Turn:
    """Someone says they were seen. After an emergency this counts from the follow-up on."""
    planned = state.follow_up
    early = planned is not None and planned.asked == 0 and planned.due and at < planned.due
    if outcome.is_emergency and early:
        state, (reply, *rest) = again(c, state, at)
        return state, (before(reply, c.wording.line("too_soon")), *rest)
    state = replace(state, stage=AskingSeen(outcome))
    return state, (c.wording.seen(state, outcome, follow_up=False),)


def follow_up(c: Context, state: UserState, at: datetime) -> Turn:
    """It is time to ask: were you seen?"""
    planned = state.follow_up
    if planned is None:
        return state, ()
    asked = planned.asked + 1
    rules = c.book.knowledge.rules
    later = agenda.follow_up_due(state, at, 24 * 2**asked, rules)
    # Asked three times at most: then the person is left in peace, and the advice still stands.
    due = later if asked < LONGEST_ASKED else None
    state = replace(
        state,
        stage=AskingSeen(planned.outcome, follow_up=True),
        follow_up=FollowUp(due, planned.outcome, asked),
    )
    return state, (c.wording.seen(state, planned.outcome, follow_up=True),)


def seen(c: Context, state: UserState, stage: AskingSeen, option: str, at: datetime) -> Turn:
    """The answer to "were you seen?"."""
    if option == "seen_fine":
        state = replace(state, facts=clear(c.book, state.facts, at), follow_up=None)
        state, replies = proceed(c, rescreen(c, state), at)
        return state, (_first_line(c, replies[0], "cleared"), *replies[1:])
    if option == "not_seen":
        return again(c, state, at)
    due = agenda.follow_up_due(state, at, 72, c.book.knowledge.rules)
    asked = state.follow_up.asked if state.follow_up else 0
    state = replace(
        state,
        stage=Advising(stage.outcome),
        follow_up=FollowUp(due, stage.outcome, asked),
    )
    key = "seen_wait_reply" if option == "seen_wait" else "seen_unsure_reply"
    return state, (replace(c.wording.plain(key), outcome=stage.outcome),)


def _first_line(c: Context, reply: Reply, key: str) -> Reply:
    return before(reply, c.wording.line(key))
