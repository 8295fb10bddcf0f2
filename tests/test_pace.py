"""Nobody is slowed down who types; a script is, and told so once in a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot import pace
from bot.pace import AT_ONCE, Pace
from bot.ports import UserId

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST, SECOND = UserId("tg:1"), UserId("tg:2")


def test_a_burst_is_taken_and_then_no_more() -> None:
    limit = Pace()
    assert all(limit.allows(FIRST, NOW) for _ in range(AT_ONCE))
    assert not limit.allows(FIRST, NOW)


def test_one_user_does_not_use_up_the_others_messages() -> None:
    limit = Pace()
    for _ in range(AT_ONCE + 5):
        limit.allows(FIRST, NOW)
    assert limit.allows(SECOND, NOW)


def test_a_message_a_second_is_always_taken() -> None:
    limit = Pace()
    assert all(limit.allows(FIRST, NOW + timedelta(seconds=n)) for n in range(500))


def test_it_is_said_once_in_a_while() -> None:
    limit = Pace()
    for _ in range(AT_ONCE + 1):
        limit.allows(FIRST, NOW)
    assert limit.may_complain(FIRST, NOW)
    assert not limit.may_complain(FIRST, NOW + timedelta(seconds=5))
    assert limit.may_complain(FIRST, NOW + timedelta(seconds=40))


def test_users_who_are_quiet_are_not_remembered_for_ever() -> None:
    limit = Pace()
    for number in range(pace.REMEMBERED + 10):
        limit.allows(UserId(f"tg:{number}"), NOW + timedelta(minutes=number))
    assert len(limit._buckets) <= pace.REMEMBERED
