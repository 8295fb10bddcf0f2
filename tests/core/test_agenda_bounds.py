"""The exact moments at which something is due, in a zone where local and UTC dates differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.core.agenda import (
    COUNT_LOOK,
    SETTLING_LATE,
    SINCE_WHEN,
    calls,
    count_due,
    counted,
    due,
    follow_up_due,
    is_quiet,
    is_wanted,
    next_wake,
    no_more_on,
    reminder_until,
    served,
    settling_due,
)
from bot.core.knowledge import Knowledge, Outcome, Rules
from bot.core.state import (
    Advising,
    AskingSeen,
    Chosen,
    Correcting,
    Deleting,
    Facts,
    FollowUp,
    Home,
    Plan,
    Reminder,
    Reminding,
    Session,
    Stage,
    Stretching,
    UserState,
)

TOKYO = "Asia/Tokyo"  # nine hours ahead of UTC, without summer time
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
SET = datetime(2026, 3, 1, tzinfo=UTC)


def tokyo(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 by the clock in Tokyo."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - 9 * HOUR


@pytest.fixture(scope="module")
def rules(knowledge: Knowledge) -> Rules:
    return knowledge.rules


def early(hour: int = 7, **fields: Any) -> UserState:
    """Someone in Tokyo with one reminder, in the early morning: UTC is a day behind."""
    return UserState(
        zone=TOKYO, reminders=(Reminder(hour, 0, SET),), reminding=Reminding(**fields)
    )


# -- snoozed -------------------------------------------------------------------------------------


def test_a_snoozed_reminder_is_wanted_until_it_is_too_late_and_not_a_moment_longer(
    rules: Rules,
) -> None:
    late = rules.reminder_late_hours * HOUR
    state = early(snoozed=tokyo(3, 7))
    assert is_wanted(state, tokyo(3, 7) + late, rules)
    assert not is_wanted(state, tokyo(3, 7) + late + SECOND, rules)
    assert not is_wanted(early(), tokyo(3, 7), rules)


def test_a_snoozed_reminder_looks_at_the_local_day_and_hour(rules: Rules) -> None:
    state = early(snoozed=tokyo(3, 7), quiet=(60, 6 * 60))
    at = tokyo(3, 7)
    assert is_wanted(state, at, rules)
    # In UTC this routine is of the same day, in Tokyo of the day before.
    yesterday = replace(state, diary=(Session(tokyo(2, 10), ()),))
    assert yesterday.diary[-1].at.date() == at.date()
    assert is_wanted(yesterday, at, rules)
    # In UTC this one is of the day before, in Tokyo of today.
    today = replace(state, diary=(Session(tokyo(3, 7, 30), ()),))
    assert today.diary[-1].at.date() == date(2026, 3, 2)
    assert not is_wanted(today, tokyo(3, 8), rules)
    assert not is_wanted(early(snoozed=tokyo(3, 5), quiet=(60, 6 * 60)), tokyo(3, 5, 30), rules)


# -- until when ----------------------------------------------------------------------------------


def test_a_reminder_may_wait_as_long_as_it_is_not_late_quiet_or_tomorrow(rules: Rules) -> None:
    late = rules.reminder_late_hours * HOUR
    assert reminder_until(early(7), tokyo(3, 7), rules) == tokyo(3, 7) + late
    assert reminder_until(early(23), tokyo(3, 23), rules) == tokyo(4, 0)
    assert reminder_until(early(7, quiet=(8 * 60, 540)), tokyo(3, 7), rules) == tokyo(3, 8)
    # Hours that were quiet before it say nothing of it; those that begin now neither.
    assert reminder_until(early(7, quiet=(60, 300)), tokyo(3, 7), rules) == tokyo(3, 7) + late
    night = early(23, quiet=(60, 300))
    assert reminder_until(night, tokyo(3, 23), rules) == tokyo(4, 0)
    soon = early(23, quiet=(23 * 60 + 30, 300))
    assert reminder_until(soon, tokyo(3, 23), rules) == tokyo(3, 23, 30)


def test_the_latest_of_those_that_are_due_counts(rules: Rules) -> None:
    late = rules.reminder_late_hours * HOUR
    state = early(7, snoozed=tokyo(3, 7, 40))
    assert reminder_until(state, tokyo(3, 7, 39), rules) == tokyo(3, 7) + late
    assert reminder_until(state, tokyo(3, 7, 40), rules) == tokyo(3, 7, 40) + late
    assert reminder_until(state, tokyo(3, 6), rules) is None


# -- no more today -------------------------------------------------------------------------------


def test_no_more_on_a_day_takes_also_what_was_put_off_and_waits_for_nothing() -> None:
    state = early(snoozed=tokyo(3, 9), waiting=True, ignored=2)
    state = replace(
        state, reminders=(replace(state.reminders[0], sent_on=date(2026, 3, 9)), *state.reminders)
    )
    after = no_more_on(state, date(2026, 3, 3))
    assert [r.sent_on for r in after.reminders] == [date(2026, 3, 9), date(2026, 3, 3)]
    assert after.reminding == Reminding(snoozed=None, waiting=False, ignored=2)


def test_one_message_serves_what_is_due_and_nothing_else(rules: Rules) -> None:
    before = Reminder(8, 0, SET, sent_on=date(2026, 3, 2))
    state = replace(early(), reminders=(Reminder(7, 0, SET), before))
    after = served(state, tokyo(3, 7), rules)
    assert [r.sent_on for r in after.reminders] == [date(2026, 3, 3), date(2026, 3, 2)]


# -- calls ---------------------------------------------------------------------------------------


def test_a_call_names_its_moment_its_place_and_its_local_date(rules: Rules) -> None:
    state = replace(early(), reminders=(Reminder(8, 0, SET), Reminder(7, 0, SET)))
    assert calls(state, tokyo(3, 6), rules) == [
        (tokyo(3, 7), 1, date(2026, 3, 3)),
        (tokyo(3, 8), 0, date(2026, 3, 3)),
    ]


def test_a_call_may_be_as_late_as_the_rules_say(rules: Rules) -> None:
    late = rules.reminder_late_hours * HOUR
    at = tokyo(3, 7)
    assert calls(early(), at + late, rules)[0].at == at
    assert calls(early(), at + late + SECOND, rules)[0].at == at + DAY


def test_a_reminder_counts_from_the_moment_at_which_it_was_set(rules: Rules) -> None:
    for set_at, first in ((tokyo(3, 7), tokyo(3, 7)), (tokyo(3, 7) + SECOND, tokyo(4, 7))):
        state = replace(early(), reminders=(Reminder(7, 0, set_at),))
        assert calls(state, tokyo(3, 7), rules)[0].at == first


def test_a_served_day_is_not_called_again(rules: Rules) -> None:
    for sent, first in ((2, 3), (3, 4), (4, 5)):
        reminder = Reminder(7, 0, SET, sent_on=date(2026, 3, sent))
        state = replace(early(), reminders=(reminder,))
        assert calls(state, tokyo(3, 6), rules)[0].at == tokyo(first, 7)


def test_after_a_routine_today_the_next_call_is_tomorrow(rules: Rules) -> None:
    state = replace(early(), diary=(Session(tokyo(3, 6), ()),))
    assert calls(state, tokyo(3, 6, 30), rules)[0].at == tokyo(4, 7)


def test_a_snoozed_reminder_is_held_while_a_flag_is_open(rules: Rules) -> None:
    state = replace(early(23, snoozed=tokyo(3, 12)), last_outcome=Outcome.SAME_DAY)
    assert due(state, tokyo(3, 12), rules) is None
    assert next_wake(state, tokyo(3, 10), rules) is None


def test_quiet_hours_that_end_as_they_begin_are_none() -> None:
    assert not is_quiet(early(quiet=(420, 420)), tokyo(3, 7))


# -- a count -------------------------------------------------------------------------------------


def stretching(**fields: Any) -> Stretching:
    return Stretching(Plan(SET, 5, ()), seconds=60, **fields)


def test_seconds_are_counted_from_the_start_and_before_the_pause() -> None:
    assert counted(stretching(), SET) == 0
    assert counted(stretching(spent=7), SET) == 7
    running = stretching(since=SET, spent=7)
    assert counted(running, SET + 12 * SECOND) == 19
    assert counted(running, SET - HOUR) == 7


def test_a_running_count_is_looked_at_after_a_while_and_at_its_end() -> None:
    assert count_due(Home()) is None
    assert count_due(stretching()) is None
    assert count_due(stretching(since=SET)) == SET + COUNT_LOOK
    assert count_due(stretching(since=SET, spent=50)) == SET + 10 * SECOND
    checked = SET + 30 * SECOND
    assert count_due(stretching(since=SET, checked=checked)) == checked + COUNT_LOOK
    assert count_due(stretching(since=SET, checked=checked + COUNT_LOOK)) == SET + 60 * SECOND


def test_a_count_wakes_and_is_due_at_its_moment(rules: Rules) -> None:
    state = UserState(zone="UTC", stage=stretching(since=SET))
    assert next_wake(state, SET, rules) == SET + COUNT_LOOK
    assert due(state, SET + COUNT_LOOK, rules) == "count"
    assert due(state, SET + COUNT_LOOK - SECOND, rules) is None


# -- day 15 --------------------------------------------------------------------------------------


def bout(option: str = "days", **fields: Any) -> UserState:
    """Someone in Tokyo whose pain began some days before the 3rd of March."""
    at = tokyo(3, 8)
    facts = Facts(choices={SINCE_WHEN: Chosen(option, at)})
    state = UserState(zone=TOKYO, facts=facts, consent_at=at, screened_at=at)
    return replace(state, **fields)


def test_day_15_is_counted_from_the_middle_of_what_was_answered(rules: Rules) -> None:
    for option, days in rules.begun_days.items():
        moment = settling_due(bout(option), tokyo(3, 9), rules)
        assert moment == tokyo(3, rules.settling_hour) + (rules.settling_day - days) * DAY
    assert settling_due(bout("months"), tokyo(3, 9), rules) is None
    assert settling_due(replace(bout(), facts=Facts()), tokyo(3, 9), rules) is None


BUSY: tuple[Stage, ...] = (
    stretching(),
    Advising(Outcome.SAME_DAY),
    AskingSeen(Outcome.SAME_DAY),
    Correcting(("trauma",)),
    Deleting(),
)


@pytest.mark.parametrize(
    "fields",
    [
        *({"stage": stage} for stage in BUSY),
        {"settling_asked": tokyo(3, 8)},
        {"passing": True},
        {"last_outcome": Outcome.SAME_DAY},
        {"consent_at": None},
        {"screened_at": None},
    ],
)
def test_day_15_is_not_asked_about_when_it_would_not_fit(
    fields: dict[str, Any], rules: Rules
) -> None:
    assert settling_due(bout(), tokyo(3, 9), rules) is not None
    assert settling_due(bout(**fields), tokyo(3, 9), rules) is None


def test_a_question_about_an_earlier_bout_does_not_count(rules: Rules) -> None:
    assert settling_due(bout(settling_asked=tokyo(3, 7, 59)), tokyo(3, 9), rules) is not None


def test_day_15_waits_for_the_end_of_a_pause_and_of_the_quiet_hours(rules: Rules) -> None:
    usual = settling_due(bout(), tokyo(3, 9), rules)
    assert usual == tokyo(14, rules.settling_hour)
    for paused, day in ((date(2026, 3, 20), 20), (date(2026, 3, 10), 14)):
        state = bout(reminding=Reminding(paused_until=paused))
        assert settling_due(state, tokyo(3, 9), rules) == tokyo(day, rules.settling_hour)
    start = rules.settling_hour * 60
    for end, later in ((start + 30, HOUR), (start + 90, 2 * HOUR)):
        quiet = bout(reminding=Reminding(quiet=(start - 30, end)))
        assert settling_due(quiet, tokyo(3, 9), rules) == usual + later
    always = bout(reminding=Reminding(quiet=(start, start - 1)))
    shifted = settling_due(always, tokyo(3, 9), rules)
    assert shifted == tokyo(15, 0)


def test_after_a_week_day_15_is_no_longer_asked_about(rules: Rules) -> None:
    usual = settling_due(bout(), tokyo(3, 9), rules)
    assert usual is not None
    assert settling_due(bout(), usual + SETTLING_LATE, rules) == usual
    assert settling_due(bout(), usual + SETTLING_LATE + SECOND, rules) is None


def test_day_15_wakes_and_is_due_at_its_moment(rules: Rules) -> None:
    usual = settling_due(bout(), tokyo(3, 9), rules)
    assert usual is not None
    assert next_wake(bout(), tokyo(3, 9), rules) == usual
    assert due(bout(), usual, rules) == "settling"
    assert due(bout(), usual - SECOND, rules) is None


# -- what comes first ----------------------------------------------------------------------------


def test_each_purpose_is_due_from_its_moment_on(rules: Rules) -> None:
    follow_up = FollowUp(tokyo(3, 12), Outcome.SAME_DAY)
    asked = UserState(zone=TOKYO, follow_up=follow_up)
    assert due(asked, tokyo(3, 12), rules) == "follow_up"
    assert due(asked, tokyo(3, 12) - SECOND, rules) is None
    assert next_wake(asked, SET, rules) == tokyo(3, 12)
    quiet = replace(asked, follow_up=replace(follow_up, quiet=True))
    assert next_wake(quiet, SET, rules) is None
    assert due(quiet, tokyo(3, 12), rules) is None
    snoozed = early(23, snoozed=tokyo(3, 12))
    assert due(snoozed, tokyo(3, 12), rules) == "snooze"
    assert due(snoozed, tokyo(3, 12) - SECOND, rules) is None
    assert next_wake(snoozed, tokyo(3, 10), rules) == tokyo(3, 12)
    assert due(early(), tokyo(3, 7), rules) == "reminder"
    assert due(early(), tokyo(3, 7) - SECOND, rules) is None


def test_silence_wakes_for_the_warning_and_then_for_the_end(rules: Rules) -> None:
    state = UserState(zone=TOKYO, seen_at=SET)
    warning = SET + (rules.keep_days - rules.keep_warning_days) * DAY
    assert next_wake(state, SET, rules) == warning
    assert due(state, warning, rules) == "warn"
    assert due(state, warning - SECOND, rules) is None
    warned = replace(state, warned_at=warning)
    end = SET + rules.keep_days * DAY
    assert next_wake(warned, SET, rules) == end
    assert due(warned, end, rules) == "forget"
    assert due(warned, end - SECOND, rules) is None


# -- a follow-up ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local_hour", "moved"),
    [(8, tokyo(5, 9)), (9, tokyo(5, 9)), (19, tokyo(5, 19)), (20, tokyo(6, 9)), (0, tokyo(5, 9))],
)
def test_a_follow_up_is_moved_into_the_welcome_hours_in_utc(
    local_hour: int, moved: datetime, rules: Rules
) -> None:
    state = UserState(zone=TOKYO)
    found = follow_up_due(state, tokyo(4, local_hour), 24, rules)
    assert found == moved
    assert found.tzinfo is UTC
