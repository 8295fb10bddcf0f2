"""Reminders: set, listed, changed, paused; what a tap under one means; whether they are wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import assert_never

from bot.core import agenda, diary
from bot.core.messages import Reply
from bot.core.stages import places
from bot.core.stages.flow import Context, Turn
from bot.core.stages.personal import home
from bot.core.state import EVERY_DAY, Home, Reminder, Reminding, SettingReminder, UserState
from bot.core.understand.clock import clock_in, day_in, weekdays_in

DAY_PARTS = {"morning": (8, 0), "midday": (12, 30), "evening": (19, 0)}
NUMBERED = {"1": "morning", "2": "midday", "3": "evening", "4": "close"}
DAYS = {"every_day": EVERY_DAY, "workdays": (0, 1, 2, 3, 4)}
_UNTIL = re.compile(r"\b(?:un)?till?\b|\bfor\b", re.IGNORECASE)
PAUSES = {"pause_3": 3, "pause_7": 7, "pause_14": 14}
LATER = {"later_20": timedelta(minutes=20), "later_60": timedelta(hours=1)}
MOST = 3  # reminders of one person
LONGEST_PAUSE_DAYS = 366
IGNORED = 3  # in a row; then it is asked whether they are wanted (our judgement)
GIVEN_UP = 12  # in a row; then they end, and that is said (our judgement)
USUAL, APART = 3, timedelta(minutes=90)  # so many routines at about the same other time


# -- what is open ------------------------------------------------------------------------


def remind(c: Context, state: UserState, at: datetime) -> Turn:
    """The list of reminders, or the question for a first one. Who keeps nothing has none."""
    if state.passing:
        return state, (c.wording.plain("remind_needs_keeping"),)
    return _open(c, state, SettingReminder("list" if state.reminders else "time"), at)


def asked(c: Context, state: UserState, text: str, at: datetime) -> Turn:
    """ "Remind me every Monday at 7": the time and the days that were said, else the list."""
    clock = time_in(text) or time_in(text.lower().rpartition(" at ")[2])
    if clock is None or state.passing or len(state.reminders) >= MOST:
        return remind(c, state, at)
    number = len(state.reminders)
    state, replies = _timed(c, state, SettingReminder("time"), clock, at)
    days = weekdays_in(text)
    if days and len(state.reminders) > number:
        return _on_days(c, state, number, days, at)
    return state, replies


def shown(c: Context, state: UserState, stage: SettingReminder, at: datetime) -> Reply:
    """The question of a part."""
    match stage.part:
        case "list":
            return c.wording.reminders(state, at)
        case "one":
            return c.wording.one_reminder(state, stage.place or 0)
        case "time":
            return c.wording.menu(state, "remind_when", "remind", (*DAY_PARTS, "close"))
        case "days":
            return c.wording.menu(state, "remind_days", "remind", (*DAYS, "close"))
        case "pause":
            return c.wording.menu(state, "remind_pause", "remind", (*PAUSES, "close"))
        case "confirm":
            return c.wording.zone_confirm(state, "remind", stage, at)
        case "zone":
            return c.wording.zone_question(state, "remind", stage)
        case _:
            assert_never(stage.part)


def _open(c: Context, state: UserState, stage: SettingReminder, at: datetime) -> Turn:
    return replace(state, stage=stage), (shown(c, state, stage, at),)


def pressed(
    c: Context, state: UserState, stage: SettingReminder, option: str, at: datetime
) -> Turn:
    """A tap under one of these questions."""
    place = stage.place
    match option:
        case "stop_reminders":
            return stop(c, state)
        case "morning" | "midday" | "evening":
            return _timed(c, state, stage, DAY_PARTS[option], at)
        case "add" | "new_time":
            return _open(c, state, SettingReminder("time", place), at)
        case "days" | "pause":
            return _open(
                c, state, SettingReminder("days" if option == "days" else "pause", place), at
            )
        case "every_day" | "workdays" if place is not None:
            return _on_days(c, state, place, DAYS[option], at)
        case "pause_3" | "pause_7" | "pause_14":
            return pause(c, state, _today(state, at) + timedelta(days=PAUSES[option]), at)
        case "resume":
            breaks = diary.with_pause(state.breaks, _today(state, at), None)
            reminding = replace(state.reminding, paused_until=None)
            return remind(c, replace(state, reminding=reminding, breaks=breaks), at)
        case "remove" if place is not None:
            return _removed(c, state, place, at)
        case "right_zone":
            return _set(c, replace(state, zone=stage.zone), stage, at)
        case "other_zone":
            return _open(c, state, places.anew(stage), at)
        case "place0" | "place1" | "place2":
            return _open(c, state, places.picked(stage, option) or stage, at)
        case _ if option.startswith("r") and option[1:].isdigit():
            return _open(c, state, SettingReminder("one", int(option[1:])), at)
        case _:
            return home(c, state, at)


def typed(
    c: Context, state: UserState, stage: SettingReminder, text: str, at: datetime
) -> Turn | None:
    """Typed words for the open part; None when they say nothing about it."""
    match stage.part:
        case "zone" | "confirm":
            asked = places.asked(c, state, stage, text)
            return _open(c, state, asked, at) if asked else None
        case "days" if stage.place is not None:
            days = weekdays_in(text)
            return _on_days(c, state, stage.place, days, at) if days else None
        case "pause":
            until = _end_of_pause(c, state, text, at)
            return pause(c, state, until, at) if until else None
        case "time" if text.strip() in NUMBERED:
            # "Write its number": 1 to 4 are the buttons, not hours of the night.
            return pressed(c, state, stage, NUMBERED[text.strip()], at)
        case _:
            clock = time_in(text)
            return _timed(c, state, stage, clock, at) if clock else None


def time_in(text: str) -> tuple[int, int] | None:
    """A typed time of day, also "morning" or "in the evening" alone."""
    clock = clock_in(text)
    if clock is not None:
        return clock
    part = next((part for part in DAY_PARTS if part in text.lower()), None)
    alone = part and len(text.split()) <= 3 and not any(map(str.isdigit, text))
    return DAY_PARTS[part] if part and alone else None


# -- setting -----------------------------------------------------------------------------


def _timed(
    c: Context, state: UserState, stage: SettingReminder, clock: tuple[int, int], at: datetime
) -> Turn:
    hour, minute = clock
    stage = SettingReminder("zone", stage.place, hour, minute)
    if state.zone is None:
        return _open(c, state, stage, at)
    return _set(c, state, stage, at)


def _set(c: Context, state: UserState, stage: SettingReminder, at: datetime) -> Turn:
    """The reminder of the stage is added or moved; moving leaves a served day served."""
    day = datetime.combine(_today(state, at), time(stage.hour, stage.minute))
    if agenda.is_quiet(state, day.replace(tzinfo=agenda.zone_of(state))):
        return _in_quiet_hours(c, state, stage, at)
    new = Reminder(stage.hour, stage.minute, at)
    reminders = list(state.reminders)
    if stage.place is not None and stage.place < len(reminders):
        old = reminders[stage.place]
        reminders[stage.place] = replace(new, sent_on=old.sent_on, days=old.days)
    elif len(reminders) < MOST:
        reminders.append(new)
    place = stage.place if stage.place is not None else len(reminders) - 1
    reminding = replace(state.reminding, waiting=False, ignored=0, halved=None)
    state = replace(state, reminders=tuple(reminders), reminding=reminding, stage=Home())
    return _said(c, state, place, at)


def _in_quiet_hours(c: Context, state: UserState, stage: SettingReminder, at: datetime) -> Turn:
    stage = SettingReminder("time", stage.place)
    state = replace(state, stage=stage)
    quiet = c.wording.quiet_hours(state)
    return state, (c.wording.plain("remind_in_quiet", hours=quiet), shown(c, state, stage, at))


def _said(c: Context, state: UserState, place: int, at: datetime) -> Turn:
    """When it comes next, in words, and the signs to look out for meanwhile."""
    reminder = state.reminders[place]
    if agenda.is_held(state):
        when = c.wording.clock(reminder.hour, reminder.minute)
        state, replies = home(c, state, at)
        return state, (c.wording.plain("reminder_held", time=when), *replies)
    return state, (c.wording.reminder_set(state, place, at), c.wording.warning_signs())


def _on_days(c: Context, state: UserState, place: int, days: Sequence[int], at: datetime) -> Turn:
    reminders = list(state.reminders)
    reminders[place] = replace(reminders[place], days=tuple(days))
    state = replace(state, reminders=tuple(reminders), stage=Home())
    return _said(c, state, place, at)


def _removed(c: Context, state: UserState, place: int, at: datetime) -> Turn:
    left = tuple(reminder for n, reminder in enumerate(state.reminders) if n != place)
    if not left:
        return stop(c, state)
    return remind(c, replace(state, reminders=left), at)


def stop(c: Context, state: UserState) -> Turn:
    """Reminders off, and nothing else changed."""
    state = without(state)
    if isinstance(state.stage, SettingReminder):
        state = replace(state, stage=Home())
    return state, (c.wording.plain("reminders_off"),)


def without(state: UserState) -> UserState:
    """The state without reminders, and without the question of day 15; the rest is kept."""
    kept = state.reminding
    reminding = Reminding(quiet=kept.quiet, silent=kept.silent, plain=kept.plain)
    begun = state.facts.choices.get(agenda.SINCE_WHEN)
    asked = begun.at if begun else state.settling_asked
    return replace(state, reminders=(), reminding=reminding, settling_asked=asked)


def pause(c: Context, state: UserState, until: date, at: datetime) -> Turn:
    """None until a local date; the day on which they come again is said."""
    reminding = replace(
        state.reminding, paused_until=until, snoozed=None, waiting=False, ignored=0
    )
    breaks = diary.with_pause(state.breaks, _today(state, at), until)
    state = replace(state, reminding=reminding, breaks=breaks)
    if isinstance(state.stage, SettingReminder):
        state = replace(state, stage=Home())
    return state, (c.wording.plain("paused", day=c.wording.day(until)),)


def _end_of_pause(c: Context, state: UserState, text: str, at: datetime) -> date | None:
    today = _today(state, at)
    until = day_in(text, today)
    if until is None:
        days = [length.most for length in c.reader.lengths(text, today)]
        until = today + timedelta(days=days[0]) if len(days) == 1 else None
    fits = until is not None and today < until <= today + timedelta(days=LONGEST_PAUSE_DAYS)
    return until if fits else None


def no_more(c: Context, state: UserState, text: str, at: datetime) -> Turn:
    """ "Stop reminding me" ends them; "stop reminding me till Monday" is a pause."""
    until = _end_of_pause(c, state, text, at) if _UNTIL.search(text) else None
    if until is not None and state.reminders:
        return pause(c, state, until, at)
    return stop(c, state)


def away(c: Context, state: UserState, text: str, at: datetime) -> Turn:
    """ "I am away until Friday": a pause, asked for how long unless that was said."""
    until = _end_of_pause(c, state, text, at)
    if until is not None:
        return pause(c, state, until, at)
    return _open(c, state, SettingReminder("pause"), at)


# -- when one is due ---------------------------------------------------------------------


def due(c: Context, state: UserState, at: datetime) -> Turn:
    """One message for all that are due; after three without an answer the question comes along."""
    rules = c.book.knowledge.rules
    ignored = state.reminding.ignored + 1 if state.reminding.waiting else 0
    state = agenda.served(state, at, rules)
    reminding = replace(state.reminding, waiting=True, ignored=ignored, snoozed=None)
    state = replace(state, reminding=reminding)
    if ignored >= GIVEN_UP:
        return without(state), (c.wording.reminders_ended(state),)
    if ignored == IGNORED:
        halved = _today(state, at) + timedelta(days=1)
        state = replace(state, reminding=replace(reminding, halved=halved))
        return state, (c.wording.reminder_ignored(state, IGNORED),)
    offer = _usual_time(state)
    if offer is None or ignored:
        return state, (c.wording.reminder(state),)
    state = replace(state, reminding=replace(reminding, offered=offer))
    return state, (c.wording.reminder(state, offer),)


def snoozed(c: Context, state: UserState, at: datetime) -> Turn:
    """The one that was put off, unless it has become pointless."""
    wanted = agenda.is_wanted(state, at, c.book.knowledge.rules)
    state = replace(state, reminding=replace(state.reminding, snoozed=None, waiting=wanted))
    return state, (c.wording.reminder(state),) if wanted else ()


def _usual_time(state: UserState) -> int | None:
    """The time of day, in minutes, at which the routine is really done, if that is another one."""
    if len(state.reminders) != 1 or len(state.diary) < USUAL:
        return None
    zone = agenda.zone_of(state)
    local = [session.at.astimezone(zone) for session in state.diary[-USUAL:]]
    minutes = sorted(moment.hour * 60 + moment.minute for moment in local)
    apart = APART.total_seconds() / 60
    reminder = state.reminders[0]
    usual = minutes[len(minutes) // 2] // 30 * 30
    distance = abs(usual - (reminder.hour * 60 + reminder.minute))
    if minutes[-1] - minutes[0] > apart or min(distance, 1440 - distance) < apart:
        return None
    return usual if usual != state.reminding.offered else None


# -- taps under a reminder ---------------------------------------------------------------


def tapped(c: Context, state: UserState, option: str, at: datetime) -> Turn | None:
    """A tap that means the same whenever it comes; None for one that is not about reminders."""
    match option:
        case "stop_reminders":
            return stop(c, state)
        case "skip_today":
            return agenda.no_more_on(state, _today(state, at)), (c.wording.plain("skipped_today"),)
        case "later":
            return state, (c.wording.later(state, at),)
        case "later_20" | "later_60" | "later_evening":
            return _later(c, state, option, at)
        case "pause_week":
            return pause(c, state, _today(state, at) + timedelta(days=7), at)
        case "keep_all":
            return _often(c, state, None, "reminders_kept")
        case "fewer":
            return _often(c, state, state.reminding.halved or _today(state, at), "reminders_fewer")
        case "move" if state.reminding.offered is not None and len(state.reminders) == 1:
            hour, minute = divmod(state.reminding.offered, 60)
            return _set(c, state, SettingReminder("time", 0, hour, minute), at)
        case _:
            return None


def _often(c: Context, state: UserState, halved: date | None, key: str) -> Turn:
    reminding = replace(state.reminding, halved=halved, waiting=False, ignored=0)
    return replace(state, reminding=reminding), (c.wording.plain(key),)


def _later(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """Once more later; the series stays where it is."""
    zone = agenda.zone_of(state)
    if option == "later_evening":
        moment = agenda.local_instant(_today(state, at), time(*DAY_PARTS["evening"]), zone)
    else:
        moment = at + LATER[option]
    if moment <= at or not state.reminders or agenda.is_quiet(state, moment):
        return state, (c.wording.plain("later_not"),)
    state = replace(state, reminding=replace(state.reminding, snoozed=moment, waiting=False))
    local = moment.astimezone(zone)
    return state, (c.wording.plain("later_set", time=c.wording.clock(local.hour, local.minute)),)


def reacted(state: UserState) -> UserState:
    """The person did something: the last reminder was not ignored."""
    if not state.reminding.waiting and not state.reminding.ignored:
        return state
    return replace(state, reminding=replace(state.reminding, waiting=False, ignored=0))


def offered_first(c: Context, state: UserState, reply: Reply, at: datetime) -> Turn:
    """After a first routine that did no harm: three times of day, a tap away."""
    unwanted = state.passing or state.reminders or reply.key == "after_worse"
    if unwanted or len(state.diary) != 1:
        return state, (reply,)
    stage = SettingReminder("time")
    first = replace(reply, buttons=(), question=None)
    return replace(state, stage=stage), (first, shown(c, state, stage, at))


def _today(state: UserState, at: datetime) -> date:
    return at.astimezone(agenda.zone_of(state)).date()
