"""When a user must be woken next, and for what. Local times become UTC here and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.core.knowledge import Outcome, Rules
from bot.core.state import UserState

Purpose = Literal["follow_up", "reminder", "forget", "warn"]


def zone_of(state: UserState) -> ZoneInfo:
    """The user's zone; UTC until they have told it."""
    return ZoneInfo(state.zone or "UTC")


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The one instant of a local date and time, in UTC.

    Ambiguous times mean the first occurrence, times in a gap are read with the offset before it
    (RFC 5545, section 3.3.5): exactly one instant for each local date.
    """
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)


def next_wake(state: UserState, after: datetime, rules: Rules) -> datetime | None:
    """The next moment at which this user is due for something, in UTC; None for never."""
    end = forget_at(state, rules)
    if state.blocked:
        return end
    moments = [] if end is None else [end]
    warning = _warn_at(state, rules)
    if warning is not None:
        moments.append(warning)
    if state.follow_up and not state.follow_up.quiet:
        moments.append(state.follow_up.due)
    reminder = _reminder_due(state, after, rules)
    if reminder:
        moments.append(reminder)
    return min(moments, default=None)


def due(state: UserState, now: datetime, rules: Rules) -> Purpose | None:
    """What this user is due for now: a follow-up before a reminder."""
    end = forget_at(state, rules)
    if end is not None and end <= now:
        return "forget"
    if state.blocked:
        return None
    warning = _warn_at(state, rules)
    if warning is not None and warning <= now:
        return "warn"
    if state.follow_up and not state.follow_up.quiet and state.follow_up.due <= now:
        return "follow_up"
    moment = _reminder_due(state, now, rules)
    if moment and moment <= now:
        return "reminder"
    return None


def forget_at(state: UserState, rules: Rules) -> datetime | None:
    """When all that is kept of this user goes, unless they write; never without being told."""
    if state.seen_at is None:
        return None
    if state.passing:
        return state.seen_at + timedelta(hours=rules.passing_hours)
    end = state.seen_at + timedelta(days=rules.keep_days)
    if state.blocked:
        return end  # they cannot be told
    if state.warned_at is None:
        return None
    return max(end, state.warned_at + timedelta(days=rules.keep_warning_days))


def _warn_at(state: UserState, rules: Rules) -> datetime | None:
    if state.seen_at is None or state.passing or state.warned_at is not None:
        return None
    return state.seen_at + timedelta(days=rules.keep_days - rules.keep_warning_days)


def _reminder_due(state: UserState, after: datetime, rules: Rules) -> datetime | None:
    day = reminder_day(state, after, rules)
    if state.reminder is None or day is None:
        return None
    return local_instant(day, time(state.reminder.hour, state.reminder.minute), zone_of(state))


def reminder_day(state: UserState, after: datetime, rules: Rules) -> date | None:
    """The local date of the reminder that is due or next: not sent that day, and not too late."""
    if state.reminder is None or is_held(state):
        return None
    zone = zone_of(state)
    today = after.astimezone(zone).date()
    at = time(state.reminder.hour, state.reminder.minute)
    late = timedelta(hours=rules.reminder_late_hours)
    sent_on = state.reminder.sent_on
    # A late reminder is not carried over midnight: the next day has its own.
    for day in (today + timedelta(days=n) for n in range(3)):
        instant = local_instant(day, at, zone)
        if (sent_on and sent_on >= day) or instant < state.reminder.set_at:
            continue
        if instant + late < after:
            continue  # too late: not sent at all, so that nothing floods in after a pause
        if any(past.at.astimezone(zone).date() == day for past in state.diary):
            continue  # done today means no more today
        return day
    return None


def is_held(state: UserState) -> bool:
    """Whether reminders wait because a flag is open."""
    return state.last_outcome not in {None, Outcome.SELF_CARE}


def reminded(state: UserState, day: date) -> UserState:
    """The state after the reminder of that local date went out or was skipped."""
    if state.reminder is None:
        return state
    return replace(state, reminder=replace(state.reminder, sent_on=day))


def follow_up_due(state: UserState, at: datetime, hours: int, rules: Rules) -> datetime:
    """`hours` from now, moved into the hours of the day in which a question is welcome."""
    zone = zone_of(state)
    local = (at + timedelta(hours=hours)).astimezone(zone)
    if local.hour < rules.follow_up_from_hour:
        return local_instant(local.date(), time(rules.follow_up_from_hour), zone)
    if local.hour >= rules.follow_up_until_hour:
        return local_instant(
            local.date() + timedelta(days=1), time(rules.follow_up_from_hour), zone
        )
    return local.astimezone(UTC)
