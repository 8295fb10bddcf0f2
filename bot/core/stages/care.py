"""After care was advised: repeat it, ask if the person was seen, reopen only on a clear word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core import agenda
from bot.core.knowledge import Outcome
from bot.core.messages import Reply
from bot.core.stages.flow import Context, Turn, advise, new_session, proceed, rescreen, weighed
from bot.core.state import Advising, AskingSeen, FollowUp, Home, UserState
from bot.core.triage import assess, clear
from bot.core.wording.pieces import CRISIS, before


def again(c: Context, state: UserState, at: datetime) -> Turn:
    """The advice once more; it stands until the person has been seen."""
    verdict = assess(c.book, state.facts)
    if verdict.outcome is Outcome.SELF_CARE:
        return proceed(c, state, at)
    if isinstance(state.stage, Advising) and state.stage.seen:
        rows = (
            (c.wording.button(state, "advice", "seen"),),
            (c.wording.button(state, "advice", "change"),),
        )
        reply = replace(c.wording.plain("seen_wait_again"), outcome=verdict.outcome)
        return state, (replace(reply, buttons=rows, question="advice"),)
    return advise(c, state, at, verdict)


def ask_seen(c: Context, state: UserState, outcome: Outcome, at: datetime) -> Turn:
    """Someone says they were seen. After an emergency this counts from the follow-up on."""
    planned = state.follow_up
    if assess(c.book, state.facts).final:
        return again(c, state, at)
    early = planned is not None and planned.asked == 0 and at < planned.due
    if outcome.is_emergency and early:
        state, (reply, *rest) = again(c, state, at)
        return state, (before(reply, c.wording.line("too_soon")), *rest)
    _, about_body = assess(c.book, state.facts).parted(CRISIS)
    stage = AskingSeen(outcome, card=None if about_body.because else CRISIS)
    state = replace(new_session(state, at), stage=stage)
    return state, (c.wording.seen(state, stage),)


def follow_up(c: Context, state: UserState, at: datetime) -> Turn:
    """It is time to ask: were you seen?"""
    planned = state.follow_up
    if planned is None:
        return state, ()
    asked = planned.asked + 1
    rules = c.book.knowledge.rules
    due = agenda.follow_up_due(state, at, 24 * 2**asked, rules)
    # Then the person is left in peace, and the advice still stands.
    quiet = asked >= rules.follow_ups
    crisis, _ = assess(c.book, state.facts).parted(CRISIS)
    stage = AskingSeen(planned.outcome, follow_up=True, card=CRISIS if crisis.because else None)
    follow_up = replace(planned, due=due, asked=asked, quiet=quiet)
    state = replace(new_session(state, at), stage=stage, follow_up=follow_up)
    return state, (c.wording.seen(state, stage),)


def seen(c: Context, state: UserState, stage: AskingSeen, option: str, at: datetime) -> Turn:
    """The answer to "were you seen?"."""
    crisis, rest = assess(c.book, state.facts).parted(CRISIS)
    if option == "seen_fine":
        state = replace(state, facts=clear(rest, state.facts, at), follow_up=None)
        state, replies = proceed(c, rescreen(c, state, at), at)
        return state, (_first_line(c, replies[0], "cleared"), *replies[1:])
    if option == "talked":
        state = replace(state, facts=clear(crisis, state.facts, at))
        if rest.because:
            # What was said about the body still stands, and is asked about on its own.
            stage = AskingSeen(rest.outcome, stage.follow_up)
            return replace(state, stage=stage), (c.wording.seen(state, stage),)
        state, _ = weighed(c, replace(state, stage=Home()), at)
        return state, (c.wording.home(state, "crisis_seen"),)
    if option in {"not_seen", "not_talked"}:
        return again(c, replace(state, stage=Advising(stage.outcome)), at)
    rules = c.book.knowledge.rules
    due = agenda.follow_up_due(state, at, rules.wait_after_not_yet_hours, rules)
    planned = state.follow_up or FollowUp(due, stage.outcome)
    state = replace(
        state,
        stage=Advising(stage.outcome, seen=option == "seen_wait"),
        follow_up=replace(planned, due=due),
    )
    key = "seen_wait_reply" if option == "seen_wait" else "seen_unsure_reply"
    return state, (replace(c.wording.plain(key), outcome=stage.outcome),)


def _first_line(c: Context, reply: Reply, key: str) -> Reply:
    return before(reply, c.wording.line(key))
