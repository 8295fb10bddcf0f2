"""When a user must be woken next, and for what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.core.agenda import (
    due,
    follow_up_due,
    forget_at,
    is_held,
    local_instant,
    next_wake,
    reminded,
    reminder_day,
    zone_of,
)
from bot.core.knowledge import Knowledge, Outcome, Rules
from bot.core.state import FollowUp, Home, Reminder, Session, UserState
from tests.core.person import MONDAY

FIRST, LAST = date(2025, 12, 1), date(2028, 1, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
TIMES = (time(0, 0), time(0, 30), time(2, 30), time(8, 30), time(23, 45))
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


def zones_of_a_kind() -> list[ZoneInfo]:
    """One zone of each kind: those with the same offsets at every noon and midnight are alike."""
    kinds: dict[tuple[timedelta | None, ...], ZoneInfo] = {}
    weeks = [datetime(2025, 12, 1, tzinfo=UTC) + timedelta(days=7 * n) for n in range(114)]
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        kinds.setdefault(tuple(week.astimezone(zone).utcoffset() for week in weeks), zone)
    return list(kinds.values())


def user(
    hour: int = 8, minute: int = 30, zone: str = "Europe/Berlin", at: datetime = MONDAY
) -> UserState:
    return UserState(
        stage=Home(),
        consent_at=MONDAY,
        zone=zone,
        reminder=Reminder(hour, minute, at),
        last_outcome=Outcome.SELF_CARE,
    )


def ticked(state: UserState, begin: datetime, end: datetime, rules: Rules) -> list[datetime]:
    """The moments at which reminders go out when the clock ticks every 10 minutes."""
    sent = []
    now = begin
    while now < end:
        if due(state, now, rules) == "reminder":
            day = reminder_day(state, now, rules)
            assert day is not None
            state = reminded(state, day)
            sent.append(now)
        now += timedelta(minutes=10)
    return sent


# -- local time ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_local_date_has_exactly_one_instant_in_every_zone() -> None:
    for zone in zones_of_a_kind():
        for at in TIMES:
            instants = [local_instant(day, at, zone) for day in DAYS]
            steps = {later - first for first, later in pairwise(instants)}
            assert min(steps) >= timedelta(hours=22), (zone.key, at)
            assert max(steps) <= timedelta(hours=26), (zone.key, at)


def test_the_local_clock_shows_the_time_that_was_asked_for() -> None:
    for zone in zones_of_a_kind():
        for day in DAYS[::9]:
            for at in TIMES:
                local = local_instant(day, at, zone).astimezone(zone).replace(tzinfo=None)
                shift = local - datetime.combine(day, at)
                # Only in the hour that a spring change leaves out does the clock show more.
                assert timedelta(0) <= shift <= timedelta(hours=1), (zone.key, day, at)


def test_a_time_that_comes_twice_means_the_first_and_one_that_is_missing_the_hour_later() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    twice = local_instant(date(2026, 10, 25), time(2, 30), berlin)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    gap = local_instant(date(2026, 3, 29), time(2, 30), berlin)
    assert gap == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert gap.astimezone(berlin).time() == time(3, 30)


def test_the_fold_of_the_given_time_makes_no_difference() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for fold in (0, 1):
        at = time(2, 30, fold=fold)
        found = local_instant(date(2026, 10, 25), at, berlin)
        assert found == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_without_a_zone_it_is_utc() -> None:
    assert zone_of(UserState()).key == "UTC"


# -- reminders -----------------------------------------------------------------------------------


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
    assert reminded(UserState(), MONDAY.date()) == UserState()


def test_moving_west_does_not_bring_a_second_reminder_for_the_same_date(rules: Rules) -> None:
    state = user(8, 30, zone="Asia/Tokyo", at=MONDAY - timedelta(days=5))
    (first, *_) = ticked(state, MONDAY, MONDAY + timedelta(days=1), rules)
    day = reminder_day(state, first, rules)
    assert day is not None
    moved = replace(reminded(state, day), zone="America/Los_Angeles")
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
            day = reminder_day(state, wake, rules)
            assert day is not None
            state, now = reminded(state, day), wake


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
