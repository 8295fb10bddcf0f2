"""Taps on buttons: only what the open question offers counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.core.messages import Command, Press
from bot.core.stages import (
    browsing,
    care,
    carer,
    commands,
    feedback,
    personal,
    privacy,
    reminders,
    routine,
    screening,
    settings,
    tasks,
)
from bot.core.stages.flow import Context, Turn
from bot.core.stages.present import open_question
from bot.core.state import (
    Advising,
    Answer,
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
from bot.core.wording.pieces import BACK, before

ACTIONS = frozenset({"home", "reminder"})  # their buttons mean the same at any time


def press(c: Context, state: UserState, event: Press) -> Turn:
    """A tap: an action that holds anywhere, an answer to the open question, or a stale button."""
    session, _, rest = event.token.partition(".")
    question, _, option = rest.partition(".")
    if question in ACTIONS and option:
        return _action(c, state, option, event.at)
    if question == browsing.QUESTION and option:
        return browsing.pressed(c, state, option, event.at)
    if question == "whom" and session == state.session and carer.may_answer(state):
        return carer.answered(c, state, option, event.at)
    if session != state.session or not _is_open(c, state, question, option, event.at):
        return stale(c, state, event.at)
    return _answer(c, state, question, option, event.at)


def _is_open(c: Context, state: UserState, question: str, option: str, at: datetime) -> bool:
    """Whether the present question offers exactly this button."""
    if isinstance(state.stage, Asking):
        return screening.offers(c, state.stage, question, option)
    offered = {
        button.token
        for reply in open_question(c, state, at)[1]
        for row in reply.buttons
        for button in row
    }
    return f"{state.session}.{question}.{option}" in offered


def stale(c: Context, state: UserState, at: datetime) -> Turn:
    """The open question once more, and why the button did nothing."""
    state, replies = open_question(c, state, at)
    fresh = [replace(reply, edit=False) for reply in replies]
    return state, (before(fresh[0], c.wording.line("stale")), *fresh[1:])


def _action(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    about_reminders = reminders.tapped(c, state, option, at)
    if about_reminders is not None:
        return about_reminders
    match option:
        case "export":
            return privacy.export(c, state, at)
        case "withdraw":
            return personal.ask_delete(c, state)
        case "change_reminder":
            return commands.run(c, state, Command(at, "remind"))
        case "stretch" | "start_now":
            return commands.run(c, state, Command(at, "stretch"))
        case "browse":
            return browsing.pressed(c, state, option, at)
        case "task":
            return commands.task(c, state, at)
        case "check" | "remind" | "help":
            return commands.run(c, state, Command(at, option))
        case _:
            return stale(c, state, at)


def _answer(c: Context, state: UserState, question: str, option: str, at: datetime) -> Turn:
    match state.stage:
        case New():
            return _consented(c, state, option, at)
        case Asking():
            return screening.pressed(c, state, state.stage, option, at)
        case Correcting() if option == BACK:
            return care.again(c, state, at)
        case Correcting():
            return screening.corrected(c, state, state.stage, Answer(option), at)
        case Reviewing():
            return _reviewed(c, state, state.stage, option, at)
        case Advising():
            if option == "seen":
                return care.ask_seen(c, state, state.stage.outcome, at)
            return screening.change(c, state)
        case AskingSeen():
            return care.seen(c, state, state.stage, option, at)
        case Stretching():
            return routine.step(c, state, state.stage, option, at)
        case AskingAfter() | AskingHurt() | AskingNextDay() | AskingSettling() | AskingTask():
            return _told(c, state, state.stage, option, at)
        case SettingReminder():
            return reminders.pressed(c, state, state.stage, option, at)
        case Settings():
            return settings.pressed(c, state, state.stage, option, at)
        case Deleting():
            return personal.delete_pressed(c, state, option, at)
        case Home():
            return stale(c, state, at)
        case _:
            assert_never(state.stage)


def _told(c: Context, state: UserState, stage: Feedback, option: str, at: datetime) -> Turn:
    match stage:
        case AskingAfter():
            return feedback.after(c, state, stage, option, at)
        case AskingHurt():
            return routine.hurt(c, state, stage, option, at)
        case AskingNextDay():
            return routine.next_day(c, state, option, at)
        case AskingSettling():
            return feedback.settling(c, state, option, at)
        case AskingTask():
            return tasks.pressed(c, state, option, at)
        case _:
            assert_never(stage)


def _consented(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    if option in {"agree", "passing"}:
        return personal.agree(c, state, at, passing=option == "passing")
    state, replies = privacy.privacy(c, state)
    return state, (*replies, c.wording.greeting(state))


def _reviewed(c: Context, state: UserState, stage: Reviewing, option: str, at: datetime) -> Turn:
    if stage.changing:
        return screening.changing(c, state, option, at)
    if option == "change":
        return screening.change(c, state)
    if option == BACK:
        return screening.back_to_last(c, state)
    return routine.begin(c, state, int(option[1:]), at)
