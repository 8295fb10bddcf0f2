"""What is open at each stage, shown once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.core.messages import Reply
from bot.core.stages import (
    care,
    feedback,
    flow,
    guiding,
    personal,
    places,
    reminders,
    settings,
    tasks,
)
from bot.core.stages.flow import Context, Turn
from bot.core.state import (
    Advising,
    Asking,
    AskingAfter,
    AskingHurt,
    AskingNextDay,
    AskingSeen,
    AskingSettling,
    AskingTask,
    Correcting,
    Deleting,
    Feedback,
    Home,
    New,
    Reviewing,
    SettingReminder,
    Settings,
    Stretching,
    UserState,
)
from bot.core.wording.pieces import before


def open_question(c: Context, state: UserState, at: datetime) -> Turn:
    """What is open, once more; changes nothing that matters."""
    match state.stage:
        case New():
            return state, (c.wording.greeting(state),)
        case Asking():
            return state, (flow.repeat(c, state, state.stage),)
        case Correcting():
            return state, (c.wording.correction(state, state.stage.flags[0]),)
        case Reviewing():
            show = c.wording.change if state.stage.changing else c.wording.review
            return state, (show(state),)
        case Advising():
            return care.again(c, state, at)
        case AskingSeen():
            return state, (c.wording.seen(state, state.stage),)
        case Stretching():
            return _stretch(c, state, state.stage, at)
        case AskingAfter() | AskingHurt() | AskingNextDay() | AskingSettling() | AskingTask():
            return state, (_how_it_went(c, state, state.stage),)
        case SettingReminder():
            return state, (reminders.shown(c, state, state.stage, at),)
        case Settings():
            return state, (settings.shown(c, state, state.stage, at),)
        case Deleting():
            return personal.ask_delete(c, state)
        case Home():
            return state, (c.wording.home(state),)
        case _:
            assert_never(state.stage)


def _how_it_went(c: Context, state: UserState, stage: Feedback) -> Reply:
    match stage:
        case AskingAfter():
            return feedback.shown(c, state, stage)
        case AskingHurt():
            ask = c.wording.hurt_where if stage.part == "where" else c.wording.hurt_how
            return ask(state)
        case AskingNextDay():
            return feedback.next_day_shown(c, state)
        case AskingSettling():
            return feedback.settling_shown(c, state)
        case AskingTask():
            return tasks.shown(c, state, stage)
        case _:
            assert_never(stage)


def _stretch(c: Context, state: UserState, stage: Stretching, at: datetime) -> Turn:
    if flow.is_fresh(c, state, at):
        return state, (guiding.shown(c, state, stage, at),)
    # Left open too long: the warning signs come first again.
    state = replace(state, stage=Home())
    return flow.proceed(c, flow.rescreen(c, state, at), at)


def not_understood(c: Context, state: UserState, at: datetime) -> Turn:
    """The open question once more, and that the message was not understood."""
    if isinstance(state.stage, Stretching) and flow.is_fresh(c, state, at):
        # What is not understood may be "ow": the count stands still.
        state = replace(state, stage=guiding.still(state.stage, at))
        shown = open_question(c, state, at)[1][-1]
        return state, (c.wording.changed(state, shown),)
    state, replies = open_question(c, state, at)
    key = "place_unknown" if places.is_asked(state.stage) else "not_understood"
    return state, (before(last_anew(replies), c.wording.line(key)),)


def last_anew(replies: Sequence[Reply]) -> Reply:
    """The reply that holds the open question, to be sent as a message of its own."""
    return replace(replies[-1], edit=False)
