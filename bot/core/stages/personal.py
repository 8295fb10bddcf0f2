"""What is not about the back itself: consent, reminder, settings, progress, privacy, deletion."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import agenda
from bot.core.knowledge import Outcome
from bot.core.messages import Reply
from bot.core.stages import privacy
from bot.core.stages.flow import Context, Turn, advise, new_check, proceed
from bot.core.state import (
    Deleting,
    Home,
    New,
    Reminder,
    SettingReminder,
    Settings,
    UserState,
)
from bot.core.triage import assess
from bot.core.understand.clock import clock_in

DAY_PARTS = {"morning": (8, 0), "midday": (12, 30), "evening": (19, 0)}
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(00|30|45))?")
# Etc zones know whole hours only; these zones have kept such an offset all year round for long.
AREAS = frozenset(
    (
        *("africa", "america", "antarctica", "arctic", "asia", "atlantic", "australia"),
        *("europe", "indian", "pacific"),
    )
)
NO_CITIES = frozenset(("west", "south", "north", "act", "nsw", "general", "eastern"))
_HALF_HOURS = {
    **{"+5:30": "Asia/Kolkata", "+5:45": "Asia/Kathmandu", "+3:30": "Asia/Tehran"},
    **{"+4:30": "Asia/Kabul", "+6:30": "Asia/Yangon", "+9:30": "Australia/Darwin"},
}


def agree(c: Context, state: UserState, at: datetime, *, passing: bool = False) -> Turn:
    """Consent is given: the first question. What was said before it still counts.

    `passing`: to this conversation only; nothing is kept beyond it.
    """
    told = [name for name in state.facts.findings if name in c.book.flags]
    facts = state.facts
    state = new_check(c, replace(state, consent_at=at), at)
    state = replace(state, facts=facts, passing=passing)
    return proceed(c, state, at, told)


# -- reminder ----------------------------------------------------------------------------


def remind(c: Context, state: UserState) -> Turn:
    """Offer the three usual times, or any typed one; without keeping answers there are none."""
    if state.passing:
        return state, (c.wording.plain("remind_needs_keeping"),)
    options = ("morning", "midday", "evening")
    state = replace(state, stage=SettingReminder())
    if state.reminder:
        at = c.wording.clock(state.reminder.hour, state.reminder.minute)
        reply = c.wording.menu(
            state, "remind_again", "remind", (*options, "stop_reminders", "close"), time=at
        )
    else:
        reply = c.wording.menu(state, "remind_when", "remind", (*options, "close"))
    return state, (reply,)


def remind_pressed(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """A tap under the question for a reminder time."""
    if option == "stop_reminders":
        return stop_reminders(c, state)
    if option not in DAY_PARTS:
        return home(c, state, at)
    return _timed(c, state, *DAY_PARTS[option], at)


def remind_typed(
    c: Context, state: UserState, stage: SettingReminder, text: str, at: datetime
) -> Turn | None:
    """A typed time, or a typed zone; None when it is neither."""
    if stage.part == "zone":
        zone = zone_named(c, text)
        if zone is None:
            return None
        return _reminder_set(c, replace(state, zone=zone), stage.hour, stage.minute, at)
    part = next((part for part in DAY_PARTS if part in text.lower()), None)
    clock = clock_in(text)
    if clock is None and part and len(text.split()) <= 2 and not any(map(str.isdigit, text)):
        clock = DAY_PARTS[part]
    return _timed(c, state, *clock, at) if clock else None


def _timed(c: Context, state: UserState, hour: int, minute: int, at: datetime) -> Turn:
    if state.zone is None:
        state = replace(state, stage=SettingReminder("zone", hour, minute))
        return state, (c.wording.menu(state, "zone_question", "remind", ("close",)),)
    return _reminder_set(c, state, hour, minute, at)


def _reminder_set(c: Context, state: UserState, hour: int, minute: int, at: datetime) -> Turn:
    state = replace(state, reminder=Reminder(hour, minute, at), stage=Home())
    if agenda.is_held(state):
        when = c.wording.clock(hour, minute)
        state, replies = home(c, state, at)
        return state, (c.wording.plain("reminder_held", time=when), *replies)
    moment = agenda.next_wake(replace(state, follow_up=None), at, c.book.knowledge.rules)
    zone = agenda.zone_of(state)
    local = moment.astimezone(zone) if moment else at.astimezone(zone)
    when = c.wording.day_and_time(local)
    reply = c.wording.home(state, "reminder_set")
    lines = tuple(
        replace(line, text=line.text.replace("{when}", when).replace("{zone}", zone.key))
        for line in reply.lines
    )
    return state, (replace(reply, lines=lines), c.wording.warning_signs())


def stop_reminders(c: Context, state: UserState) -> Turn:
    """Reminders off, and nothing else changed."""
    state = replace(state, reminder=None)
    if isinstance(state.stage, SettingReminder):
        state = replace(state, stage=Home())
    return state, (c.wording.plain("reminders_off"),)


def skip_today(c: Context, state: UserState, at: datetime) -> Turn:
    """No more reminder today."""
    day = at.astimezone(agenda.zone_of(state)).date()
    return agenda.reminded(state, day), (c.wording.plain("skipped_today"),)


def zone_named(c: Context, text: str) -> str | None:
    """The IANA zone for a typed city, zone name or whole-hour UTC offset; None if unclear."""
    plain = text.strip().lower().strip(" .!?")
    offset = _OFFSET.fullmatch(plain)
    if offset:
        sign, hours, minutes = offset.groups()
        if minutes and minutes != "00":
            return _HALF_HOURS.get(f"{sign}{int(hours)}:{minutes}")
        # Etc zones carry the sign of POSIX: Etc/GMT-2 is 2 hours ahead of UTC.
        zone = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
        return zone if zone in c.zones else None
    plain = plain.replace(" ", "_")
    for zone in c.zones:
        area, _, city = zone.lower().rpartition("/")
        named = area.partition("/")[0] in AREAS and city not in NO_CITIES
        if named and plain in {zone.lower(), city}:
            return zone
    return None


# -- settings ----------------------------------------------------------------------------


def settings(c: Context, state: UserState) -> Turn:
    """Country and time zone, as they are now."""
    number = c.wording.number_of(state)
    none = c.wording.text("not_set")
    state = replace(state, stage=Settings())
    return state, (
        c.wording.menu(
            state,
            "settings",
            "settings",
            ("country", "zone", "close"),
            country=number.name if number else none,
            number=number.emergency if number else c.wording.text("numbers_unknown"),
            zone=state.zone or none,
        ),
    )


def settings_pressed(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """Country or time zone is to be changed."""
    if option == "country":
        state = replace(state, stage=Settings("country"))
        return state, (c.wording.menu(state, "country_question", "settings", ("close",)),)
    if option == "zone":
        state = replace(state, stage=Settings("zone"))
        return state, (c.wording.menu(state, "zone_question", "settings", ("close",)),)
    return home(c, state, at)


def settings_typed(c: Context, state: UserState, stage: Settings, text: str) -> Turn | None:
    """A typed country or zone; None when it is neither."""
    if stage.part == "zone":
        zone = zone_named(c, text)
        return settings(c, replace(state, zone=zone)) if zone else None
    country = c.wording.country_named(text)
    return settings(c, replace(state, country=country)) if country else None


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
    done = [session for session in state.diary if session.done]
    if not done:
        return c.wording.plain("progress_none")
    zone = agenda.zone_of(state)
    days = {session.at.astimezone(zone).date() for session in done}
    first, last = done[0], done[-1]
    reply = c.wording.plain(
        "progress",
        routines=len(done),
        days=len(days),
        week=len([d for d in days if (at.astimezone(zone).date() - d) < timedelta(days=7)]),
        first=_pain(c, first.pain_before),
        last=_pain(c, last.pain_after if last.pain_after is not None else last.pain_before),
    )
    if assess(c.book, state.facts).outcome.urgency:
        return replace(reply, lines=(*reply.lines, c.wording.line("progress_held")))
    return reply


def _pain(c: Context, pain: int | None) -> str:
    return c.wording.text("pain_of", pain=pain) if pain is not None else c.wording.text("not_said")


def ask_delete(c: Context, state: UserState) -> Turn:
    """Ask once before everything is deleted."""
    state = replace(state, stage=Deleting())
    return state, (c.wording.menu(state, "delete_question", "delete", ("delete", "keep")),)


def delete_pressed(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """Delete, or keep. A deleted user is a new one."""
    if option == "delete":
        return privacy.deleted(c, state, at)
    return home(c, state, at)
