"""When a user must be woken next, and for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.core.agenda import (
    calls,
    due,
    follow_up_due,
    forget_at,
    is_held,
    is_quiet,
    is_wanted,
    local_instant,
    next_wake,
    no_more_on,
    reminder_until,
    served,
    zone_of,
)
from bot.core.knowledge import Knowledge, Outcome, Rules
from bot.core.state import FollowUp, Home, Reminder, Reminding, Session, UserState
from tests.core.person import MONDAY
from tests.nightly import NIGHTLY

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
TIMES = (time(0, 0), time(0, 30), time(2, 30), time(8, 30), time(23, 45))
LAST_HOUR = 23
CLOCK_CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("America/Santiago", date(2026, 9, 6)),
]


@pytest.fixture(scope="module")
def rules(knowledge: Knowledge) -> Rules:
    return knowledge.rules


@cache
def zones_of_a_kind() -> list[ZoneInfo]:
    """One zone of each kind: alike are those whose clocks change at the same instants alike."""
    kinds: dict[tuple[object, ...], ZoneInfo] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        kinds.setdefault(tuple(changes_of(zone)), zone)
    return list(kinds.values())


def changes_of(zone: ZoneInfo) -> Iterator[tuple[datetime, timedelta | None]]:
    """The offset at the beginning, then each change: to the minute, with the offset after it."""
    moment = datetime.combine(FIRST, time(0), UTC)
    offset = moment.astimezone(zone).utcoffset()
    yield moment, offset
    for _ in DAYS:
        later = moment + timedelta(days=1)
        if later.astimezone(zone).utcoffset() != offset:
            before, after = moment, later
            while after - before > timedelta(minutes=1):
                middle = before + (after - before) / 2
                same = middle.astimezone(zone).utcoffset() == offset
                before, after = (middle, after) if same else (before, middle)
            offset = later.astimezone(zone).utcoffset()
            yield after.replace(second=0, microsecond=0), offset
        moment = later


def user(
    hour: int = 8, minute: int = 30, zone: str = "Europe/Berlin", at: datetime = MONDAY
) -> UserState:
    return UserState(
        stage=Home(),
        consent_at=MONDAY,
        zone=zone,
        reminders=(Reminder(hour, minute, at),),
        last_outcome=Outcome.SELF_CARE,
    )


def ticked(state: UserState, begin: datetime, end: datetime, rules: Rules) -> list[datetime]:
    """The moments at which reminders go out when the clock ticks every 10 minutes."""
    sent = []
    now = begin
    while now < end:
        if due(state, now, rules) == "reminder":
            state = served(state, now, rules)
            sent.append(now)
        now += timedelta(minutes=10)
    return sent


# -- local time ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_zone_and_quarter_of_an_hour_has_one_instant_a_local_date_for_two_years() -> None:
    quarters = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]
    for zone in zones_of_a_kind():
        for days in (DAYS,) if NIGHTLY else around_changes(zone):
            for at in quarters:
                one_instant_a_date(zone, at, days)


def around_changes(zone: ZoneInfo) -> list[list[date]]:
    """The days about each change of the clock, and the first ones: between them all are alike."""
    moments = [moment.astimezone(zone).date() for moment, _ in changes_of(zone)]
    return [[day for day in DAYS if abs((day - moment).days) <= 4] for moment in moments]


@pytest.mark.slow
def test_each_local_date_has_exactly_one_instant() -> None:
    for zone in zones_of_a_kind()[::7]:
        for at in TIMES:
            one_instant_a_date(zone, at, DAYS)


def one_instant_a_date(zone: ZoneInfo, at: time, days: Sequence[date]) -> None:
    """Each date has one instant, on that very date by the local clock, a day after the last."""
    instants = [local_instant(day, at, zone) for day in days]
    steps = {later - first for first, later in pairwise(instants)}
    assert min(steps) >= timedelta(hours=22), (zone.key, at)
    assert max(steps) <= timedelta(hours=26), (zone.key, at)
    shown = [instant.astimezone(zone).date() for instant in instants]
    assert shown == list(days), (zone.key, at)


def test_the_local_clock_shows_the_time_that_was_asked_for() -> None:
    for zone in zones_of_a_kind():
        for day in DAYS[::9]:
            for at in TIMES:
                local = local_instant(day, at, zone).astimezone(zone).replace(tzinfo=None)
                shift = local - datetime.combine(day, at)
                # Only in the hour that a spring change leaves out does the clock show more,
                # or less where that hour ends at midnight.
                least = timedelta(hours=-1 if at.hour == LAST_HOUR else 0)
                assert least <= shift <= timedelta(hours=1), (zone.key, day, at)


def test_a_time_that_comes_twice_means_the_first_and_one_that_is_missing_the_hour_later() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    twice = local_instant(date(2026, 10, 25), time(2, 30), berlin)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    gap = local_instant(date(2026, 3, 29), time(2, 30), berlin)
    assert gap == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert gap.astimezone(berlin).time() == time(3, 30)


def test_a_time_in_a_gap_that_reaches_midnight_stays_on_its_date() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    instants = [local_instant(date(2026, 3, n), time(23, 30), nuuk) for n in (27, 28, 29)]
    assert [i.astimezone(nuuk).date().day for i in instants] == [27, 28, 29]
    assert instants[1].astimezone(nuuk).time() == time(22, 30)


def test_the_fold_of_the_given_time_makes_no_difference() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for fold in (0, 1):
        at = time(2, 30, fold=fold)
        found = local_instant(date(2026, 10, 25), at, berlin)
        assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_without_a_zone_it_is_utc() -> None:
    assert zone_of(UserState()).key == "UTC"


# -- reminders -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "change"), CLOCK_CHANGES)
@pytest.mark.parametrize("hour", [0, 2, 8, 23])
def test_one_reminder_a_local_day_through_a_clock_change(
    zone: str, change: date, hour: int, rules: Rules
) -> None:
    local = ZoneInfo(zone)
    begin = local_instant(change - timedelta(days=3), time(0), local)
    end = local_instant(change + timedelta(days=4), time(0), local)
    state = user(hour, 30, zone, at=begin)
    sent = ticked(state, begin, end, rules)
    assert [moment.astimezone(local).date() for moment in sent] == [
        change + timedelta(days=n) for n in range(-3, 4)
    ]


def test_a_reminder_comes_at_the_hour_the_users_own_clock_shows(rules: Rules) -> None:
    for zone in ("Asia/Kolkata", "America/St_Johns", "Pacific/Auckland", "UTC"):
        wake = next_wake(user(zone=zone), MONDAY, rules)
        assert wake is not None
        assert wake.astimezone(ZoneInfo(zone)).time() == time(8, 30)


def test_a_reminder_that_is_too_late_is_not_sent(rules: Rules) -> None:
    state = user(at=MONDAY - timedelta(days=1))
    late = timedelta(hours=rules.reminder_late_hours)
    moment = local_instant(MONDAY.date(), time(8, 30), ZoneInfo("Europe/Berlin"))
    assert due(state, moment - timedelta(seconds=1), rules) is None
    assert due(state, moment, rules) == "reminder"
    assert due(state, moment + late, rules) == "reminder"
    after = moment + late + timedelta(seconds=1)
    assert due(state, after, rules) is None
    assert next_wake(state, after, rules) == moment + timedelta(days=1)


def test_nothing_floods_in_after_a_long_pause(rules: Rules) -> None:
    state = user(at=MONDAY)
    noon = MONDAY + timedelta(days=20, hours=3)
    sent = ticked(state, noon, noon + timedelta(days=1), rules)
    assert len(sent) == 1


@pytest.mark.parametrize("hour", [22, 23])
def test_a_late_reminder_after_midnight_is_not_followed_by_a_second_one_that_day(
    hour: int, rules: Rules
) -> None:
    state = user(hour, 50, zone="UTC", at=MONDAY)
    midnight = datetime(2026, 3, 4, 0, 10, tzinfo=UTC)
    sent = ticked(state, midnight, midnight + timedelta(days=3), rules)
    days = [moment.date() for moment in sent]
    assert len(days) == len(set(days)), [f"{moment:%d %H:%M}" for moment in sent]


def test_a_reminder_set_after_its_hour_begins_the_next_day(rules: Rules) -> None:
    state = user(8, 30, zone="UTC", at=MONDAY)  # set at 9:00
    wake = next_wake(state, MONDAY, rules)
    assert wake == MONDAY.replace(hour=8, minute=30) + timedelta(days=1)


def test_done_today_means_no_more_today(rules: Rules) -> None:
    state = user(19, 0, zone="Europe/Berlin")
    done = replace(state, diary=(Session(MONDAY, ("cat_camel",)),))
    wake, later = next_wake(state, MONDAY, rules), next_wake(done, MONDAY, rules)
    assert wake is not None
    assert later == wake + timedelta(days=1)


def test_done_counts_by_the_users_own_day(rules: Rules) -> None:
    zone = ZoneInfo("Pacific/Auckland")
    state = user(19, 0, zone=zone.key, at=MONDAY - timedelta(days=3))
    late_monday_utc = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)  # Tuesday morning in Auckland
    done = replace(state, diary=(Session(late_monday_utc, ("cat_camel",)),))
    wake = next_wake(done, late_monday_utc, rules)
    assert wake is not None
    assert wake.astimezone(zone).date() == date(2026, 3, 4)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.urgency])
def test_reminders_are_held_while_a_flag_is_open(outcome: Outcome, rules: Rules) -> None:
    state = replace(user(), last_outcome=outcome)
    assert is_held(state)
    assert next_wake(state, MONDAY, rules) is None
    assert not ticked(state, MONDAY, MONDAY + timedelta(days=3), rules)


@pytest.mark.parametrize("outcome", [None, Outcome.SELF_CARE])
def test_reminders_are_not_held_when_nothing_is_open(outcome: Outcome | None) -> None:
    assert not is_held(replace(user(), last_outcome=outcome))


def test_whoever_blocked_the_bot_is_not_woken(rules: Rules) -> None:
    state = replace(user(), blocked=True, follow_up=FollowUp(MONDAY, Outcome.SAME_DAY))
    assert next_wake(state, MONDAY, rules) is None
    assert due(state, MONDAY + timedelta(days=1), rules) is None


def test_nobody_without_a_reminder_or_a_follow_up_is_woken(rules: Rules) -> None:
    assert next_wake(UserState(), MONDAY, rules) is None
    assert due(UserState(), MONDAY, rules) is None
    assert served(UserState(), MONDAY, rules) == UserState()


def test_moving_west_does_not_bring_a_second_reminder_for_the_same_date(rules: Rules) -> None:
    state = user(8, 30, zone="Asia/Tokyo", at=MONDAY - timedelta(days=5))
    (first, *_) = ticked(state, MONDAY, MONDAY + timedelta(days=1), rules)
    day = calls(state, first, rules)[0].day
    moved = replace(served(state, first, rules), zone="America/Los_Angeles")
    wake = next_wake(moved, first, rules)
    assert wake is not None
    assert wake.astimezone(ZoneInfo("America/Los_Angeles")).date() > day


def test_the_next_wake_is_the_first_moment_at_which_something_is_due(rules: Rules) -> None:
    for zone, hour in (("UTC", 0), ("Europe/Berlin", 2), ("America/New_York", 23)):
        state = user(hour, 15, zone=zone)
        now = MONDAY
        for _ in range(40):
            wake = next_wake(state, now, rules)
            assert wake is not None
            assert wake >= now
            assert due(state, wake, rules) == "reminder"
            assert due(state, wake - timedelta(seconds=1), rules) is None
            state, now = served(state, wake, rules), wake


# -- several, on some days, paused, quiet ---------------------------------------------------------


def coming(state: UserState, rules: Rules, days: int = 14) -> list[str]:
    """When reminders come from Monday 00:00 UTC on, as weekday and local hour."""
    begin = MONDAY.replace(hour=0)
    sent = ticked(state, begin, begin + timedelta(days=days), rules)
    return [f"{at.astimezone(zone_of(state)):%a %H:%M}" for at in sent]


def several(*reminders: Reminder, **changes: Any) -> UserState:
    return replace(user(zone="UTC"), reminders=reminders, **changes)


BEFORE = MONDAY - timedelta(days=30)


def test_each_of_several_reminders_comes_once_a_day(rules: Rules) -> None:
    state = several(Reminder(8, 0, BEFORE), Reminder(12, 30, BEFORE), Reminder(19, 0, BEFORE))
    assert coming(state, rules, 2) == [
        f"{day} {hour}" for day in ("Mon", "Tue") for hour in ("08:00", "12:30", "19:00")
    ]


def test_a_reminder_comes_on_its_weekdays_only(rules: Rules) -> None:
    state = several(Reminder(8, 0, BEFORE, days=(0, 2, 4)))
    assert coming(state, rules, 7) == ["Mon 08:00", "Wed 08:00", "Fri 08:00"]


def test_halved_reminders_come_every_second_day(rules: Rules) -> None:
    halved = Reminding(halved=MONDAY.date())
    state = several(Reminder(8, 0, BEFORE), reminding=halved)
    assert coming(state, rules, 7) == ["Tue 08:00", "Thu 08:00", "Sat 08:00"]


def test_one_weekday_every_second_week_is_still_found(rules: Rules) -> None:
    halved = Reminding(halved=MONDAY.date())
    state = several(Reminder(8, 0, BEFORE, days=(0,)), reminding=halved)
    assert coming(state, rules, 28) == ["Mon 08:00", "Mon 08:00"]


def test_a_pause_ends_on_the_day_that_was_said(rules: Rules) -> None:
    paused = Reminding(paused_until=MONDAY.date() + timedelta(days=3))
    state = several(Reminder(8, 0, BEFORE), reminding=paused)
    assert coming(state, rules, 5) == ["Thu 08:00", "Fri 08:00"]
    assert next_wake(state, MONDAY, rules) == MONDAY.replace(hour=8) + timedelta(days=3)


def test_a_pause_of_months_is_slept_through(rules: Rules) -> None:
    until = MONDAY.date() + timedelta(days=200)
    state = several(Reminder(8, 0, BEFORE), reminding=Reminding(paused_until=until))
    wake = next_wake(state, MONDAY, rules)
    assert wake is not None
    assert wake.date() == until


def test_after_a_downtime_one_message_stands_for_all_that_are_due(rules: Rules) -> None:
    state = several(Reminder(8, 0, BEFORE), Reminder(9, 30, BEFORE))
    back = MONDAY.replace(hour=9, minute=40)
    assert [call.place for call in calls(state, back, rules) if call.at <= back] == [0, 1]
    state = served(state, back, rules)
    assert due(state, back, rules) is None


def test_nothing_late_goes_out_into_quiet_hours(rules: Rules) -> None:
    quiet = Reminding(quiet=(22 * 60, 7 * 60))
    state = several(Reminder(21, 30, BEFORE), reminding=quiet)
    assert due(state, MONDAY.replace(hour=21, minute=59), rules) == "reminder"
    assert due(state, MONDAY.replace(hour=22, minute=1), rules) is None


@pytest.mark.parametrize(
    ("span", "hour", "quiet"),
    [
        *(((1320, 420), 23, True), ((1320, 420), 6, True), ((1320, 420), 7, False)),
        *(((780, 900), 13, True), ((780, 900), 15, False), ((780, 900), 2, False)),
    ],
)
def test_quiet_hours_may_span_midnight(span: tuple[int, int], hour: int, quiet: bool) -> None:
    state = several(reminding=Reminding(quiet=span))
    assert is_quiet(state, MONDAY.replace(hour=hour)) is quiet


def test_a_snoozed_reminder_moves_nothing_and_ends_when_it_is_done(rules: Rules) -> None:
    later = MONDAY.replace(hour=9, minute=20)
    state = served(several(Reminder(9, 0, BEFORE)), MONDAY.replace(hour=9), rules)
    state = replace(state, reminding=Reminding(snoozed=later))
    assert next_wake(state, MONDAY, rules) == later
    assert due(state, later, rules) == "snooze"
    assert is_wanted(state, later, rules)
    done = replace(state, diary=(Session(later - timedelta(minutes=5), ("child_pose",)),))
    assert not is_wanted(done, later, rules)
    assert not is_wanted(state, later + timedelta(hours=3), rules)
    without = replace(state, reminding=Reminding())
    assert next_wake(without, later, rules) == MONDAY.replace(hour=9) + timedelta(days=1)


def test_no_more_on_a_day_takes_all_reminders_of_that_day(rules: Rules) -> None:
    state = no_more_on(several(Reminder(8, 0, BEFORE), Reminder(19, 0, BEFORE)), MONDAY.date())
    assert coming(state, rules, 2) == ["Tue 08:00", "Tue 19:00"]


@pytest.mark.parametrize(
    ("reminding", "hour", "minute", "until"),
    [
        (Reminding(), 8, 0, "Mon 10:00"),
        (Reminding(), 23, 30, "Tue 00:00"),
        (Reminding(quiet=(9 * 60, 17 * 60)), 8, 0, "Mon 09:00"),
        (Reminding(quiet=(22 * 60, 7 * 60)), 8, 0, "Mon 10:00"),
        (Reminding(quiet=(22 * 60, 7 * 60)), 21, 0, "Mon 22:00"),
    ],
)
def test_a_reminder_may_wait_for_its_turn_but_not_into_quiet_hours_or_the_next_day(
    reminding: Reminding, hour: int, minute: int, until: str, rules: Rules
) -> None:
    state = several(Reminder(hour, minute, BEFORE), reminding=reminding)
    at = MONDAY.replace(hour=hour, minute=minute)
    for later in (timedelta(), timedelta(minutes=20)):
        end = reminder_until(state, at + later, rules)
        assert end is not None
        assert f"{end:%a %H:%M}" == until
    assert reminder_until(state, at - timedelta(seconds=1), rules) is None


def test_a_snoozed_reminder_may_wait_as_long_as_any_other(rules: Rules) -> None:
    at = MONDAY.replace(hour=9, minute=20)
    state = replace(user(19, 0, zone="UTC"), reminding=Reminding(snoozed=at))
    late = timedelta(hours=rules.reminder_late_hours)
    assert reminder_until(state, at, rules) == at + late


# -- follow-ups ----------------------------------------------------------------------------------


def test_a_follow_up_comes_before_a_reminder(rules: Rules) -> None:
    state = replace(user(zone="UTC"), follow_up=FollowUp(MONDAY, Outcome.SAME_DAY))
    assert due(state, MONDAY + timedelta(hours=23, minutes=40), rules) == "follow_up"
    assert next_wake(state, MONDAY, rules) == MONDAY


def test_a_quiet_follow_up_wakes_nobody(rules: Rules) -> None:
    state = UserState(follow_up=FollowUp(MONDAY, Outcome.EMERGENCY_GO, asked=3, quiet=True))
    assert next_wake(state, MONDAY, rules) is None
    assert due(state, MONDAY + timedelta(days=4000), rules) is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles", "Europe/Berlin"])
@pytest.mark.parametrize("hours", [24, 72, 168])
def test_a_follow_up_comes_in_the_welcome_hours_and_never_early(
    zone: str, hours: int, rules: Rules
) -> None:
    state = UserState(zone=zone)
    for start in range(48):
        asked = MONDAY + timedelta(minutes=30 * start)
        moment = follow_up_due(state, asked, hours, rules)
        local = moment.astimezone(ZoneInfo(zone))
        assert timedelta(hours=hours) <= moment - asked < timedelta(hours=hours + 14)
        welcome = time(rules.follow_up_from_hour) <= local.time()
        assert welcome
        assert local.time() <= time(rules.follow_up_until_hour)
        assert moment.utcoffset() == timedelta(0)


# -- how long anything is kept -------------------------------------------------------------------


def silent(**changes: Any) -> UserState:
    return replace(UserState(stage=Home(), consent_at=MONDAY, seen_at=MONDAY), **changes)


def test_nobody_is_forgotten_before_the_warning_was_given(rules: Rules) -> None:
    long_after = MONDAY + timedelta(days=3 * rules.keep_days)
    assert forget_at(silent(), rules) is None
    assert due(silent(), long_after, rules) == "warn"
    warned = silent(warned_at=long_after)
    assert due(warned, long_after + timedelta(days=1), rules) is None
    assert due(warned, long_after + timedelta(days=rules.keep_warning_days), rules) == "forget"


def test_the_warning_comes_in_time_for_the_end(rules: Rules) -> None:
    wake = next_wake(silent(), MONDAY, rules)
    assert wake == MONDAY + timedelta(days=rules.keep_days - rules.keep_warning_days)
    warned = silent(warned_at=wake)
    assert next_wake(warned, wake, rules) == MONDAY + timedelta(days=rules.keep_days)


def test_who_has_blocked_the_bot_is_forgotten_without_a_word(rules: Rules) -> None:
    end = MONDAY + timedelta(days=rules.keep_days)
    assert next_wake(silent(blocked=True), MONDAY, rules) == end
    assert due(silent(blocked=True), end - timedelta(days=1), rules) is None
    assert due(silent(blocked=True), end, rules) == "forget"


def test_who_wants_nothing_kept_is_forgotten_after_the_conversation(rules: Rules) -> None:
    end = MONDAY + timedelta(hours=rules.passing_hours)
    assert next_wake(silent(passing=True), MONDAY, rules) == end
    assert due(silent(passing=True), end, rules) == "forget"


def test_of_whom_nothing_is_kept_nothing_is_due(rules: Rules) -> None:
    assert next_wake(UserState(), MONDAY, rules) is None
