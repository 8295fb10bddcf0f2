"""When a user must be woken next, and for what. Local times become UTC here and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from bot.core.knowledge import Outcome, Rules
from bot.core.state import (
    Advising,
    AskingSeen,
    Correcting,
    Deleting,
    Reminding,
    Stage,
    Stretching,
    UserState,
)

Purpose = Literal["count", "follow_up", "settling", "reminder", "snooze", "forget", "warn"]
SINCE_WHEN = "since_when"
COUNT_LOOK = timedelta(seconds=20)  # a count that a restart has stopped is taken up after it
SETTLING_LATE = timedelta(days=7)
LOOK_AHEAD_DAYS = 15  # one weekday, every second week of it


def zone_of(state: UserState) -> ZoneInfo:
    """The user's zone; UTC until they have told it."""
    return ZoneInfo(state.zone or "UTC")


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The one instant of a local date and time, in UTC.

    Ambiguous times mean the first occurrence, times in a gap are read with the offset before it
    (RFC 5545, section 3.3.5): exactly one instant for each local date. Where the gap reaches
    midnight (Greenland) they are read with the offset after it, to stay on their date.
    """
    instant = datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).date() == day:
        return instant
    return datetime.combine(day, at.replace(fold=1), tzinfo=zone).astimezone(UTC)


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
    moments += [
        moment
        for moment in (
            count_due(state.stage),
            _snooze_due(state),
            settling_due(state, after, rules),
        )
        if moment is not None
    ]
    moments += [call.at for call in calls(state, after, rules)[:1]]
    return min(moments, default=None)


def due(state: UserState, now: datetime, rules: Rules) -> Purpose | None:
    """What this user is due for now: a follow-up before a reminder."""
    end = forget_at(state, rules)
    if end is not None and end <= now:
        return "forget"
    if state.blocked:
        return None
    counting = count_due(state.stage)
    if counting is not None and counting <= now:
        return "count"
    warning = _warn_at(state, rules)
    if warning is not None and warning <= now:
        return "warn"
    if state.follow_up and not state.follow_up.quiet and state.follow_up.due <= now:
        return "follow_up"
    settling = settling_due(state, now, rules)
    if settling is not None and settling <= now:
        return "settling"
    if any(call.at <= now for call in calls(state, now, rules)):
        return "reminder"
    snoozed = _snooze_due(state)
    return "snooze" if snoozed is not None and snoozed <= now else None


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


class Call(NamedTuple):
    """A reminder that is due or next: its moment in UTC, its place in the list, its local date."""

    at: datetime
    place: int
    day: date


def calls(state: UserState, after: datetime, rules: Rules) -> list[Call]:
    """The due or next call of each reminder, the earliest first; none while they are held."""
    if is_held(state):
        return []
    found = [
        call
        for place in range(len(state.reminders))
        if (call := _call_of(state, place, after, rules)) is not None
    ]
    return sorted(found)


def _call_of(state: UserState, place: int, after: datetime, rules: Rules) -> Call | None:
    reminder, reminding = state.reminders[place], state.reminding
    zone = zone_of(state)
    at = time(reminder.hour, reminder.minute)
    late = timedelta(hours=rules.reminder_late_hours)
    today = after.astimezone(zone).date()
    start = max(today, reminding.paused_until or today)
    # The diary is in order, and no day before today is asked about.
    last = state.diary[-1].at.astimezone(zone).date() if state.diary else None
    # A late reminder is not carried over midnight: the next day has its own.
    for day in (start + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS)):
        if day.weekday() not in reminder.days or _is_left_out(reminding, day):
            continue
        instant = local_instant(day, at, zone)
        if (reminder.sent_on and reminder.sent_on >= day) or instant < reminder.set_at:
            continue
        if instant + late < after:
            continue  # too late: not sent at all, so that nothing floods in after a pause
        if day == last or is_quiet(state, max(instant, after)):
            continue  # done today means no more today
        return Call(instant, place, day)
    return None


def _is_left_out(reminding: Reminding, day: date) -> bool:
    """Whether this is the day between two, since reminders come on every second day only."""
    return reminding.halved is not None and (day - reminding.halved).days % 2 == 0


def is_quiet(state: UserState, at: datetime) -> bool:
    """Whether a moment lies in the person's quiet hours."""
    if state.reminding.quiet is None:
        return False
    start, end = state.reminding.quiet
    local = at.astimezone(zone_of(state))
    minute = local.hour * 60 + local.minute
    return start <= minute < end if start <= end else minute >= start or minute < end


def _snooze_due(state: UserState) -> datetime | None:
    return None if is_held(state) else state.reminding.snoozed


def is_wanted(state: UserState, at: datetime, rules: Rules) -> bool:
    """Whether a snoozed reminder still makes sense: not too late, not done, not in quiet hours."""
    snoozed = state.reminding.snoozed
    if snoozed is None or at - snoozed > timedelta(hours=rules.reminder_late_hours):
        return False
    zone = zone_of(state)
    last = state.diary[-1].at.astimezone(zone).date() if state.diary else None
    return last != at.astimezone(zone).date() and not is_quiet(state, at)


def reminder_until(state: UserState, now: datetime, rules: Rules) -> datetime | None:
    """Until when a reminder that is due now may go out, for it may have to wait for its turn.

    Not too late, not in quiet hours, and not on the next day.
    """
    moments = [call.at for call in calls(state, now, rules) if call.at <= now]
    snoozed = _snooze_due(state)
    if snoozed is not None and snoozed <= now:
        moments.append(snoozed)
    if not moments:
        return None
    zone = zone_of(state)
    today = now.astimezone(zone).date()
    ends = [local_instant(today + timedelta(days=1), time(0), zone)]
    if state.reminding.quiet is not None:
        quiet = local_instant(today, time(*divmod(state.reminding.quiet[0], 60)), zone)
        ends += [quiet] if quiet > now else []
    return min(max(moments) + timedelta(hours=rules.reminder_late_hours), *ends)


def is_held(state: UserState) -> bool:
    """Whether reminders wait because a flag is open."""
    return state.last_outcome not in {None, Outcome.SELF_CARE}


def served(state: UserState, at: datetime, rules: Rules) -> UserState:
    """The state after one message stood for all reminders that are due now."""
    due_now = {call.place: call.day for call in calls(state, at, rules) if call.at <= at}
    reminders = tuple(
        replace(reminder, sent_on=due_now.get(place, reminder.sent_on))
        for place, reminder in enumerate(state.reminders)
    )
    return replace(state, reminders=reminders)


def no_more_on(state: UserState, day: date) -> UserState:
    """The state in which no reminder comes on a local date, and no snoozed one."""
    reminders = tuple(
        replace(reminder, sent_on=max(day, reminder.sent_on or day))
        for reminder in state.reminders
    )
    reminding = replace(state.reminding, snoozed=None, waiting=False)
    return replace(state, reminders=reminders, reminding=reminding)


def counted(stage: Stretching, at: datetime) -> int:
    """How many seconds of a stretch have been counted."""
    running = max(timedelta(0), at - stage.since) if stage.since else timedelta(0)
    return stage.spent + int(running.total_seconds())


def count_due(stage: Stage) -> datetime | None:
    """When a running count is looked at: at its end, or before it, after a restart."""
    if not isinstance(stage, Stretching) or stage.since is None:
        return None
    end = stage.since + timedelta(seconds=stage.seconds - stage.spent)
    return min(end, (stage.checked or stage.since) + COUNT_LOOK)


def settling_due(state: UserState, after: datetime, rules: Rules) -> datetime | None:
    """When to ask whether a bout of pain settles: once, on day 15, in the hours of the day.

    Its beginning is the middle of what was answered to "since when".
    """
    begun = state.facts.choices.get(SINCE_WHEN)
    days = rules.begun_days.get(begun.option) if begun else None
    busy = isinstance(state.stage, Stretching | Advising | AskingSeen | Correcting | Deleting)
    asked = state.settling_asked is not None and begun and state.settling_asked >= begun.at
    if begun is None or days is None or busy or asked or state.passing or is_held(state):
        return None
    if not state.consent_at or state.screened_at is None:
        return None
    zone = zone_of(state)
    day = begun.at.astimezone(zone).date() + timedelta(days=rules.settling_day - days)
    if state.reminding.paused_until is not None:
        day = max(day, state.reminding.paused_until)
    moment = local_instant(day, time(rules.settling_hour), zone)
    while is_quiet(state, moment) and moment.astimezone(zone).date() == day:
        moment += timedelta(hours=1)
    # After a long silence it would come from nowhere; the next check asks since when anyway.
    return moment if after - moment <= SETTLING_LATE else None


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
