"""Someone writes about another person: advice for that person, and whom the chat is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.knowledge import Outcome
from bot.core.messages import Reply
from bot.core.stages import flow
from bot.core.stages.flow import Context, Turn
from bot.core.stages.present import open_question
from bot.core.state import Answer, Asking, Facts, Found, UserState
from bot.core.triage import assess, record
from bot.core.understand.reader import Reading
from bot.core.wording.pieces import before

ME, OTHER = "about_me", "about_other"


def read_for(state: UserState, reading: Reading) -> Reading:
    """The reading with another person's signs as one's own, once the chat is about them."""
    if state.about != "other" or not reading.others:
        return reading
    return replace(reading, raised=(*reading.raised, *reading.others), others=())


def advice(c: Context, state: UserState, reading: Reading, at: datetime) -> Reply | None:
    """What another person's signs call for; None when they call for nothing."""
    theirs = Facts()
    for heard in reading.others:
        theirs = record(c.book, theirs, heard.flag, Found(Answer.YES, at, "said"))
    verdict = assess(c.book, theirs)
    if verdict.outcome is Outcome.SELF_CARE:
        return None
    return c.wording.someone_else(state, verdict, theirs)


def ask_whom(c: Context, state: UserState, reading: Reading) -> Turn:
    """Ask once whether the answers are about the writer or about that person."""
    theirs = tuple(dict.fromkeys(heard.flag for heard in reading.others))
    return replace(state, theirs=theirs), (c.wording.whom(state),)


def answered(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """Whom it is about: their signs count from now on, or the open question goes on."""
    theirs, state = state.theirs, replace(state, theirs=())
    if option != OTHER:
        state, replies = open_question(c, replace(state, about="me"), at)
        return state, (before(replies[0], c.wording.line("whom_me")), *replies[1:])
    facts = state.facts
    for name in theirs:
        facts = record(c.book, facts, name, Found(Answer.YES, at, "said"))
    state = replace(state, about="other", facts=facts)
    state, replies = flow.noted(c, state, theirs, at) if theirs else open_question(c, state, at)
    return state, (before(replies[0], c.wording.line("whom_other")), *replies[1:])


def typed(c: Context, state: UserState, text: str, at: datetime) -> Turn | None:
    """A typed answer to "whom shall I help?"; None when it is none."""
    labels = {option: c.book.knowledge.buttons[option] for option in (ME, OTHER)}
    picked = c.answers.picked(text, labels)
    if not picked and c.answers.speaks_of_other(text):
        picked = (OTHER,)
    return answered(c, state, picked[0], at) if picked else None


def unclear(
    c: Context, state: UserState, text: str, reading: Reading, at: datetime
) -> Turn | None:
    """Another person's back and no sign of theirs: whom it is about; None when it is no one's.

    Only before the first sign was answered: an answer of the writer must not count as theirs.
    """
    if not _at_the_beginning(state):
        return None
    for option in (ME, OTHER):
        if text.strip(" .!").lower() == c.book.knowledge.buttons[option].lower():
            return answered(c, state, option, at)
    return (state, (c.wording.whom(state),)) if "others_back" in reading.intents else None


def may_answer(state: UserState) -> bool:
    """Whether a button below "whom shall I help?" still counts."""
    return bool(state.theirs) or _at_the_beginning(state)


def _at_the_beginning(state: UserState) -> bool:
    asking = isinstance(state.stage, Asking) and not state.facts.findings
    return asking and state.about is None
