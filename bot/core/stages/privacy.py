"""What is kept of a person, and their say in it: to read it, take it along, or have it deleted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from bot.core import agenda
from bot.core.messages import Document
from bot.core.stages.flow import Context, Turn
from bot.core.state import SCHEMA_VERSION, UserState, dump

READABLE, MACHINE = "unknot-answers.txt", "unknot-data.json"


def privacy(c: Context, state: UserState) -> Turn:
    """What is kept, why, how long, where and by whom; export and withdrawal a tap away."""
    return state, (c.wording.privacy(state, passing=state.passing),)


def export(c: Context, state: UserState, at: datetime) -> Turn:
    """A copy to read and a copy for programs."""
    whole = {
        "format": "unknot export",
        "schema": SCHEMA_VERSION,
        "exported_at": at.isoformat(),
        "state": dump(state),
    }
    documents = (
        Document(READABLE, c.wording.exported(state, at)),
        Document(MACHINE, json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True)),
    )
    return state, (replace(c.wording.plain("export"), documents=documents),)


def deleted(c: Context, state: UserState, at: datetime) -> Turn:
    """Everything is gone; the receipt says what and when."""
    when = c.wording.day_and_time(at.astimezone(agenda.zone_of(state)))
    zone = state.zone or c.wording.text("zone_utc")
    return UserState(), (c.wording.plain("deleted", when=when, zone=zone),)


def warned(c: Context, state: UserState, at: datetime) -> Turn:
    """Nobody has written for long: what is kept goes soon unless they do."""
    days = c.book.knowledge.rules.keep_warning_days
    return replace(state, warned_at=at), (c.wording.plain("keep_warning", days=days),)


def forgotten() -> Turn:
    """The time is over for which anything is kept. Said before, so not said again."""
    return UserState(), ()
