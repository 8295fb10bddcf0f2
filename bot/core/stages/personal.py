"""What is not about the back itself: consent, the way home, progress, deletion."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.knowledge import Outcome
from bot.core.messages import Document, Reply
from bot.core.stages import privacy
from bot.core.stages.flow import Context, Turn, advise, local_date, new_check, proceed
from bot.core.state import (
    Deleting,
    Home,
    New,
    UserState,
)
from bot.core.triage import assess
from bot.core.wording.summary import as_text

PAGE, PAGE_TEXT = "back-summary.pdf", "back-summary.txt"


def agree(c: Context, state: UserState, at: datetime, *, passing: bool = False) -> Turn:
    """Consent is given: the first question. What was said before it still counts.

    `passing`: to this conversation only; nothing is kept beyond it.
    """
    told = [name for name in state.facts.findings if name in c.book.flags]
    facts = state.facts
    state = new_check(c, replace(state, consent_at=at), at)
    state = replace(state, facts=facts, passing=passing)
    return proceed(c, state, at, told)


def home(c: Context, state: UserState, at: datetime) -> Turn:
    """To where everything begins: the advice while a flag is open, the greeting before consent."""
    verdict = assess(c.book, state.facts)
    if state.consent_at and state.facts.choices and state.screened_at is None:
        return proceed(c, state, at)  # a side road in the middle of the questions leads back
    if verdict.outcome is not Outcome.SELF_CARE:
        return advise(c, state, at, verdict)
    if state.consent_at is None:
        state = replace(state, stage=New())
        return state, (c.wording.greeting(state),)
    state = replace(state, stage=Home())
    return state, (c.wording.home(state),)


# -- progress, deletion ------------------------------------------------------------------


def progress(c: Context, state: UserState, at: datetime) -> Reply:
    """How it has gone, in words."""
    if not any(session.done for session in state.diary):
        return c.wording.plain("progress_none")
    reply = c.wording.progress(state, local_date(state, at))
    if assess(c.book, state.facts).outcome.urgency:
        return replace(reply, lines=(*reply.lines, c.wording.line("progress_held")))
    return reply


def summary(c: Context, state: UserState, at: datetime) -> Turn:
    """A page for the clinician, to print and to read."""
    if not state.facts.findings:
        return state, (c.wording.summary(state),)
    title = c.wording.text("summary_title")
    sections = c.wording.sections(state, at)
    text = as_text(title, sections)
    documents = (Document(PAGE, title, sections), Document(PAGE_TEXT, text))
    return state, (replace(c.wording.summary(state), documents=documents),)


def ask_delete(c: Context, state: UserState) -> Turn:
    """Ask once before everything is deleted."""
    state = replace(state, stage=Deleting())
    return state, (c.wording.menu(state, "delete_question", "delete", ("delete", "keep")),)


def delete_pressed(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """Delete, or keep. A deleted user is a new one."""
    if option == "delete":
        return privacy.deleted(c, state, at)
    return home(c, state, at)
