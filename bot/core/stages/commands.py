"""Commands, valid at every stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.knowledge import Outcome
from bot.core.messages import Command
from bot.core.stages import (
    browsing,
    care,
    flow,
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
    Asking,
    AskingSeen,
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

NAMES = frozenset(
    (
        *("start", "stretch", "check", "remind", "progress", "why", "help", "settings"),
        *("summary", "privacy", "stop", "delete", "back", "country", "accuracy", "export"),
    )
)


def run(c: Context, state: UserState, event: Command) -> Turn:
    """Carry out a command; an unknown one gets the way to /help."""
    at = event.at
    match event.name:
        case "start":
            return browsing.linked(c, state, event.argument, at) or _start(c, state, at)
        case "stretch":
            named = browsing.named(c, state, event.argument, at)
            return _agreed(c, state, at) or named or routine.wanted(c, state, at)
        case "check":
            if isinstance(state.stage, Advising):
                return check(c, state, at)
            return _agreed(c, state, at) or check(c, state, at)
        case "remind":
            return _agreed(c, state, at) or _remind(c, state, at)
        case "progress":
            return state, (personal.progress(c, state, at),)
        case "summary":
            return personal.summary(c, state, at)
        case "why":
            return state, c.wording.why(state)
        case "settings":
            return _while_advised(c, state, at) or settings.settings(c, state, at)
        case "help" | "accuracy" | "privacy" | "export":
            return _told(c, state, event.name, at)
        case "stop":
            return stop(c, state)
        case "delete":
            return personal.ask_delete(c, state)
        case "back":
            return back(c, state, at)
        case "country":
            return _country(c, state, event.argument, at)
        case _:
            again = open_question(c, state, at)
            return again[0], (c.wording.plain("unknown_command"), *again[1])


def _told(c: Context, state: UserState, name: str, at: datetime) -> Turn:
    """The commands that only tell something."""
    if name == "export":
        return privacy.export(c, state, at)
    if name == "privacy":
        return privacy.privacy(c, state)
    return state, (c.wording.accuracy() if name == "accuracy" else c.wording.plain("help"),)


def _start(c: Context, state: UserState, at: datetime) -> Turn:
    if state.consent_at is None and not isinstance(state.stage, Advising | Correcting):
        state = flow.new_session(replace(state, stage=New()), at)
        return state, (c.wording.greeting(state),)
    held = _while_advised(c, state, at)
    if held is not None:
        return held
    if isinstance(state.stage, Asking | Reviewing | Correcting):
        return check(c, state, at)
    state = replace(flow.new_session(state, at), stage=Home())
    return state, (c.wording.home(state, "welcome_back"),)


def _agreed(c: Context, state: UserState, at: datetime) -> Turn | None:
    """The advice while care is advised; the greeting as long as nobody has agreed."""
    held = _while_advised(c, state, at)
    if held is not None:
        return held
    if state.consent_at is None:
        state = replace(state, stage=New())
        return state, (c.wording.greeting(state),)
    return None


def _while_advised(c: Context, state: UserState, at: datetime) -> Turn | None:
    if isinstance(state.stage, Advising):
        return care.again(c, state, at)
    if isinstance(state.stage, AskingSeen | Correcting):
        return open_question(c, state, at)
    return None


def check(c: Context, state: UserState, at: datetime) -> Turn:
    """Screen again from the start. Open flags are asked about first: were they meant?"""
    flags = screening.open_flags(c, state)
    if not flags:
        return flow.proceed(c, flow.new_check(c, state, at), at)
    return screening.correct(c, flow.new_session(state, at), flags, anew=True)


def task(c: Context, state: UserState, at: datetime) -> Turn:
    """Name or rate a task of their own."""
    in_talk = isinstance(state.stage, Asking | Stretching)
    return _agreed(c, state, at) or (
        open_question(c, state, at) if in_talk or state.passing else tasks.wanted(c, state, at)
    )


def _remind(c: Context, state: UserState, at: datetime) -> Turn:
    if isinstance(state.stage, Asking):
        again = open_question(c, state, at)
        return again[0], (c.wording.plain("remind_later"), *again[1])
    return reminders.remind(c, state, at)


def stop(c: Context, state: UserState) -> Turn:
    """Stop and send nothing more; advice that was given still holds."""
    state = reminders.without(state)
    if state.follow_up is not None or isinstance(state.stage, Advising | AskingSeen):
        outcome = state.last_outcome or Outcome.SAME_DAY
        if state.follow_up is not None:
            state = replace(state, follow_up=replace(state.follow_up, quiet=True))
        if not isinstance(state.stage, Advising):
            state = replace(state, stage=Advising(outcome))
        return state, (c.wording.plain("stopped_advised"),)
    stage = New() if state.consent_at is None else Home()
    return replace(state, stage=stage), (c.wording.plain("stopped"),)


def _country(c: Context, state: UserState, name: str, at: datetime) -> Turn:
    country = c.wording.country_named(name)
    if country is None:
        again = open_question(c, state, at)
        return again[0], (c.wording.plain("country_unknown"), *again[1])
    return in_country(c, state, country, at)


def in_country(c: Context, state: UserState, country: str, at: datetime) -> Turn:
    """The open question once more, with the emergency number of the country just named."""
    state = replace(state, country=country)
    entry = c.wording.number_of(state)
    line = c.wording.line(
        "country_set",
        country=entry.name if entry else country,
        number=entry.emergency if entry else "",
    )
    state, replies = open_question(c, state, at)
    return state, (before(replies[0], line), *replies[1:])


def back(c: Context, state: UserState, at: datetime) -> Turn:
    """One step back, whatever is open."""
    match state.stage:
        case Asking():
            return screening.pressed(c, state, state.stage, BACK, at)
        case Reviewing(changing=True):
            return flow.proceed(c, state, at)
        case Reviewing():
            return screening.back_to_last(c, state)
        case Advising():
            return mistake(c, state, at)
        case SettingReminder() | Settings() | Deleting() | Stretching():
            return personal.home(c, state, at)
        case _ if isinstance(state.stage, Feedback):
            return personal.home(c, state, at)
        case _:
            return open_question(c, state, at)


def mistake(c: Context, state: UserState, at: datetime) -> Turn:
    """Something was said by mistake: ask each open flag again."""
    flags = screening.open_flags(c, state)
    if not flags:
        return check(c, state, at)
    return screening.correct(c, state, flags)
