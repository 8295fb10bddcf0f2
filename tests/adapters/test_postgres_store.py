"""What is PostgreSQL's own: workers, claims, locks between them, what stands in the clear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from bot.adapters.postgres import connections, schema
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.vault import Vault
from bot.core.errors import NotOursError, StoreError
from bot.core.messages import Reply
from bot.core.state import UserState
from bot.ports import News, Owed, UserId
from tests.keys import OTHER_SECRET, SECRET, VAULT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
USER, OTHER = UserId("tg:4711"), UserId("tg:4712")
STATE = UserState(session="kept", country="DE", zone="Asia/Tokyo")
REPLY = Reply("reminder", (), reminder=True)

# Ends the connections of this session's stores, and of nobody else on a shared server.
BREAK = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')
"""

WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def one(empty_database: str) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(empty_database, VAULT, worker="one") as store:
        yield store


@pytest_asyncio.fixture
async def two(empty_database: str) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(empty_database, VAULT, worker="two") as store:
        yield store


def ask(url: str, query: str, *values: Any) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []


async def put(store: PostgresStore, user: UserId, wake: datetime | None, owed: int = 0) -> None:
    async with store.edit(user) as draft:
        draft.state, draft.wake_at = STATE, wake
        draft.owe([REPLY] * owed, None)


def silent(url: str, place: str) -> None:
    """A worker was not heard of for too long."""
    query = "UPDATE unknot_workers SET alive_until = clock_timestamp() WHERE starts_with(name, %s)"
    ask(url, query, f"{place}.")


async def owed_by(store: PostgresStore) -> list[tuple[UserId, list[int], int]]:
    """What this worker takes over."""
    return [(u, [o.number for o in owed], begun) async for u, owed, begun in store.owing()]


async def numbers(left: Awaitable[Sequence[Owed]]) -> list[int]:
    return [entry.number for entry in await left]


async def kept_of(store: PostgresStore) -> tuple[list[int], int]:
    kept = await store.kept(USER)
    assert kept is not None
    return [owed.number for owed in kept[0].owed], kept[1]


# -- workers -------------------------------------------------------------------------------------


async def test_edits_of_one_user_by_two_workers_exclude_each_other(
    one: PostgresStore, two: PostgresStore
) -> None:
    async def count_up(store: PostgresStore, update: int) -> None:
        async with store.edit(USER) as draft:
            before = draft.handled
            await asyncio.sleep(0)
            draft.handled = (*before, update)

    await asyncio.gather(*(count_up((one, two)[n % 2], n) for n in range(30)))
    async with one.edit(USER) as draft:
        assert sorted(draft.handled) == list(range(30))


async def test_forgetting_waits_for_the_edit_of_another_worker(
    one: PostgresStore, two: PostgresStore, empty_database: str
) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow_edit() -> None:
        async with one.edit(USER) as draft:
            draft.state = STATE
            entered.set()
            await go_on.wait()

    edit = asyncio.create_task(slow_edit())
    await entered.wait()
    forget = asyncio.create_task(two.forget(USER))
    async with asyncio.timeout(5):
        while not await asyncio.to_thread(ask, empty_database, WAITING, "%unknot_users%"):
            pass
    go_on.set()
    await asyncio.gather(edit, forget)
    assert ask(empty_database, "SELECT 1 FROM unknot_users") == []


async def test_whom_one_worker_has_claimed_another_leaves_alone_until_it_is_dead(
    one: PostgresStore, two: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, NOW)
    await put(one, OTHER, NOW + timedelta(minutes=1))
    assert await one.due(NOW + timedelta(hours=1), 1) == [USER]
    assert await two.due(NOW + timedelta(hours=1), 10) == [OTHER]
    assert await one.due(NOW + timedelta(hours=1), 10) == [USER]
    silent(empty_database, "one")
    assert (await two.beat()).died
    assert await two.due(NOW + timedelta(hours=1), 10) == [USER, OTHER]


async def test_many_workers_claim_everyone_once(empty_database: str, one: PostgresStore) -> None:
    users = {UserId(f"tg:{number}") for number in range(60)}
    for user in users:
        await put(one, user, NOW)

    async def work(store: PostgresStore) -> list[UserId]:
        return [*await store.due(NOW, 8), *await store.due(NOW, 16)]

    async with AsyncExitStack() as stack:
        opened = [PostgresStore(empty_database, VAULT) for _ in range(4)]
        stores = [await stack.enter_async_context(store) for store in opened]
        claimed = await asyncio.gather(*(work(store) for store in stores))
    taken = [user for some in claimed for user in set(some)]
    assert len(taken) == len(set(taken))
    assert set(taken) == users


async def test_who_is_in_the_middle_of_a_turn_is_not_waited_for(
    one: PostgresStore, two: PostgresStore
) -> None:
    await put(one, USER, NOW)
    await put(one, OTHER, NOW)
    async with one.edit(USER):
        assert await two.due(NOW, 10) == [OTHER]


async def test_a_save_ends_the_claim(one: PostgresStore, two: PostgresStore) -> None:
    await put(one, USER, NOW)
    await one.due(NOW, 10)
    await put(one, USER, NOW)
    assert await two.due(NOW, 10) == [USER]


async def test_whom_another_worker_saw_to_is_not_postponed_here_for_ever(
    one: PostgresStore, two: PostgresStore
) -> None:
    await put(one, USER, NOW)
    one.postpone(USER, NOW + timedelta(minutes=10))
    await put(two, USER, NOW + timedelta(days=1))
    assert await one.due(NOW + timedelta(hours=1), 10) == []
    assert await one.next_due() == NOW + timedelta(days=1)


async def test_what_a_worker_owes_is_left_to_it_and_goes_to_one_other_when_it_is_dead(
    one: PostgresStore, two: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, None, owed=3)
    await one.begun(USER, 1)
    await one.sent(USER, 1)
    await one.begun(USER, 2)
    assert await owed_by(two) == []
    assert await owed_by(one) == []  # it is on its way
    silent(empty_database, "one")
    assert await owed_by(two) == [(USER, [2, 3], 2)]
    assert await owed_by(two) == []
    async with PostgresStore(empty_database, VAULT, worker="three") as three:
        assert await owed_by(three) == []


async def test_a_reminder_that_a_dead_worker_had_begun_is_passed_over(
    one: PostgresStore, two: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, None, owed=1)
    await one.begun(USER, 1)
    silent(empty_database, "one")
    assert await owed_by(two) == []
    assert ask(empty_database, "SELECT sent, sender FROM unknot_users") == [(1, None)]


async def test_a_worker_that_begins_in_the_place_of_another_takes_over_at_once(
    one: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, None, owed=1)
    async with PostgresStore(empty_database, VAULT, worker="one") as again:
        assert await owed_by(again) == [(USER, [1], 0)]
        assert (await one.beat()).lost


async def test_what_is_answered_while_another_worker_sends_is_sent_by_that_one(
    one: PostgresStore, two: PostgresStore
) -> None:
    await put(one, USER, None, owed=2)
    async with two.edit(USER) as draft:
        draft.owe([REPLY], None)
    assert draft.sends == "none"
    assert await numbers(one.sent(USER, 1)) == [2, 3]
    ((_, owed),) = await one.left_to_us([USER])
    assert [entry.number for entry in owed] == [2, 3]
    assert await one.sent(USER, 3) == []
    async with two.edit(USER) as draft:
        draft.owe([REPLY], None)
    assert (draft.sends, [entry.number for entry in draft.owed]) == ("all", [4])
    assert await one.left_to_us([USER]) == []


async def test_a_turn_takes_over_from_a_dead_worker_but_no_reminder_that_had_begun(
    one: PostgresStore, two: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, None, owed=2)
    await one.begun(USER, 1)
    silent(empty_database, "one")
    async with two.edit(USER) as draft:
        draft.owe([REPLY], None)
    assert (draft.sends, [entry.number for entry in draft.owed]) == ("all", [2, 3])
    with pytest.raises(NotOursError):
        await one.begun(USER, 2)
    assert await one.sent(USER, 3) == []
    assert await kept_of(two) == ([2, 3], 1)


async def test_nobody_is_forgotten_while_another_worker_sends_to_them(
    one: PostgresStore, two: PostgresStore
) -> None:
    async def farewell() -> None:
        async with two.edit(USER) as draft:
            draft.forget = True

    await put(one, USER, NOW, owed=1)
    with pytest.raises(NotOursError):
        await farewell()
    assert two.knows(USER)
    await one.sent(USER, 1)
    await farewell()
    assert not two.knows(USER)


async def test_a_note_of_an_earlier_time_is_none_for_who_begins_anew(one: PostgresStore) -> None:
    await put(one, USER, NOW, owed=5)
    await one.forget(USER)
    await put(one, USER, NOW, owed=1)
    assert await one.sent(USER, 5) == []
    assert await kept_of(one) == ([1], 0)


async def test_a_worker_that_was_silent_for_too_long_hears_of_it_and_the_others_too(
    one: PostgresStore, two: PostgresStore, empty_database: str
) -> None:
    assert one.holds()
    assert await one.beat() == News()
    silent(empty_database, "one")
    assert await two.beat() == News(died=True)
    assert await two.beat() == News()
    assert await one.beat() == News(lost=True)
    assert await one.beat() == News()


async def test_a_count_is_edited_until_another_worker_has_to_do_with_that_person(
    one: PostgresStore, two: PostgresStore
) -> None:
    await put(one, USER, NOW, owed=1)
    one.counts(USER, running=True)
    await one.sent(USER, 1)
    assert await two.due(NOW, 10) == []  # whoever counts also wakes
    await put(one, USER, NOW)
    assert await one.take(USER)
    async with two.edit(USER) as draft:
        draft.owe([REPLY], None)
    assert draft.sends == "none"
    assert await numbers(one.give_back(USER)) == [2]
    await one.sent(USER, 2)
    async with two.edit(USER) as draft:
        pass
    assert draft.sends == "all"
    one.counts(USER, running=False)
    assert not await one.take(USER)
    assert await one.give_back(USER) == []
    assert await two.due(NOW, 10) == [USER]


async def test_workers_share_the_time_in_which_bulk_goes_out(
    one: PostgresStore, two: PostgresStore
) -> None:
    begins = [await store.book(0.25) for store in (one, two, one)]
    assert begins[0] <= 0.01
    assert begins[1:] == pytest.approx([0.25, 0.5], abs=0.1)
    assert await one.book(0, after=30) == pytest.approx(30, abs=0.1)
    assert await two.book(1) == pytest.approx(30, abs=0.2)


async def test_replies_move_the_bulk_of_all_workers_back_by_a_second_at_most(
    one: PostgresStore, two: PostgresStore
) -> None:
    await one.book(0.2)
    assert await one.book(0, busy=0.5) == pytest.approx(0.7, abs=0.1)
    await one.book(0, busy=100)
    assert await two.book(0.25) == pytest.approx(1, abs=0.1)
    await one.book(0, busy=100)
    assert await two.book(0.25) == pytest.approx(1.25, abs=0.2)


async def test_a_note_is_taken_while_the_user_is_in_a_turn(one: PostgresStore) -> None:
    await put(one, USER, None, owed=2)
    async with one.edit(USER):
        await one.begun(USER, 1)
    assert await kept_of(one) == ([1, 2], 1)


async def test_notes_that_are_settled_are_swept(one: PostgresStore, empty_database: str) -> None:
    await put(one, USER, None, owed=3)
    await one.begun(USER, 1)
    await one.sent(USER, 1)
    await one.begun(USER, 2)
    assert ask(empty_database, "SELECT kind, number FROM unknot_receipts") == [("B", 2)]
    await one.sent(USER, 3)
    assert ask(empty_database, "SELECT count(*) FROM unknot_receipts") == [(0,)]
    async with one.edit(USER):
        pass
    assert ask(empty_database, "SELECT owed, sender FROM unknot_users") == [(None, None)]


# -- what is kept --------------------------------------------------------------------------------


async def test_nothing_is_readable_but_when_to_wake_whom(
    one: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, NOW, owed=1)
    await one.begun(USER, 1)
    whole = str(
        ask(empty_database, "SELECT u::text, r::text FROM unknot_users u, unknot_receipts r")
    )
    for secret in ("4711", "kept", "Tokyo", "reminder", "tg:", b"kept".hex(), b"Tokyo".hex()):
        assert secret not in whole
    assert VAULT.key.name(USER) in whole
    assert "2026-03-02" in whole


async def test_forgetting_leaves_nothing_and_a_late_note_brings_nothing_back(
    one: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, NOW, owed=2)
    await one.begun(USER, 1)
    await one.forget(USER)
    await one.sent(USER, 1)
    with pytest.raises(NotOursError):
        await one.begun(USER, 2)
    for table in ("unknot_users", "unknot_receipts"):
        assert ask(empty_database, f"SELECT * FROM {table}") == []  # noqa: S608
    assert not one.knows(USER)


@pytest.mark.parametrize(
    "change",
    [
        "SET wake_at = wake_at + interval '1 hour'",
        "SET owed = owed + 1",
        "SET record = (SELECT record FROM unknot_users WHERE user_key = %s)",
        "SET record = substring(record for 20)",
    ],
)
async def test_a_row_that_was_meddled_with_is_refused_and_costs_its_own_user_only(
    change: str, one: PostgresStore, empty_database: str
) -> None:
    for user in (USER, OTHER):
        await put(one, user, NOW, owed=1)
    names = [VAULT.key.name(user) for user in (OTHER, USER)]
    values = names if "%s" in change else names[1:]
    ask(empty_database, f"UPDATE unknot_users {change} WHERE user_key = %s", *values)
    with pytest.raises(StoreError, match="damaged"):
        async with one.edit(USER):
            pass
    assert await one.due(NOW + timedelta(days=1), 10) == [OTHER]
    assert [user async for user in one.everyone()] == [OTHER]
    assert await one.next_due() == NOW
    assert len(one.damaged()) == 1


async def test_a_new_key_renames_the_row_at_the_next_save_and_keeps_what_had_begun(
    one: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, NOW, owed=3)
    await one.sent(USER, 1)
    await one.begun(USER, 2)
    ring = Vault([OTHER_SECRET, SECRET])
    async with PostgresStore(empty_database, ring, worker="one") as renewed:
        assert await owed_by(renewed) == [(USER, [2, 3], 2)]
        assert renewed.knows(USER)
        async with renewed.edit(USER) as draft:
            assert draft.state == STATE
        assert await kept_of(renewed) == ([2, 3], 2)
        assert await renewed.due(NOW, 10) == [USER]
    found = ask(empty_database, "SELECT user_key, key_id FROM unknot_users")
    assert found == [(ring.key.name(USER), ring.key.id)]
    keys = {key for (key,) in ask(empty_database, "SELECT user_key FROM unknot_receipts")}
    assert keys == {ring.key.name(USER)}


async def test_a_database_of_another_key_is_refused(
    one: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, NOW)
    with pytest.raises(StoreError, match="put the right key in place"):
        async with PostgresStore(empty_database, Vault([OTHER_SECRET])):
            pass


# -- tables and failures -------------------------------------------------------------------------


async def test_workers_that_start_at_once_make_the_tables_once(empty_database: str) -> None:
    ask(empty_database, "DROP TABLE unknot_users")
    ask(empty_database, "DROP TABLE unknot_receipts")
    for table in ("unknot_migrations", "unknot_workers", "unknot_pace"):
        ask(empty_database, f"DROP TABLE {table}")

    def make() -> int:
        with psycopg.connect(empty_database, autocommit=True) as connection:
            return schema.migrate(connection)

    versions = await asyncio.gather(*(asyncio.to_thread(make) for _ in range(4)))
    assert versions == [max(schema.files())] * 4
    found = ask(empty_database, "SELECT version FROM unknot_migrations ORDER BY version")
    assert [version for (version,) in found] == sorted(schema.files())


async def test_tables_of_a_newer_version_are_refused(
    one: PostgresStore, empty_database: str
) -> None:
    ask(empty_database, "INSERT INTO unknot_migrations VALUES (9999)")
    try:
        with pytest.raises(StoreError, match="version 9999 of the tables"):
            async with PostgresStore(empty_database, VAULT):
                pass
    finally:
        ask(empty_database, "DELETE FROM unknot_migrations WHERE version = 9999")


async def test_an_unreachable_database_is_told_without_its_address() -> None:
    with pytest.raises(StoreError) as refused:
        async with PostgresStore("postgresql://me:secret@127.0.0.1:1/x", VAULT):
            pass
    assert "secret" not in str(refused.value)
    assert "UNKNOT_DATABASE_URL" in str(refused.value)


async def test_after_a_restart_of_the_database_turns_and_notes_go_on(
    one: PostgresStore, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "UNCHECKED", -1.0)  # as if it had taken a while
    await put(one, USER, NOW, owed=2)
    ask(empty_database, BREAK)
    await one.sent(USER, 1)
    async with one.edit(USER) as draft:
        assert [owed.number for owed in draft.owed] == [2]
        draft.state = replace(STATE, session="new")
    assert await one.due(NOW, 10) == [USER]


async def test_a_turn_whose_connection_breaks_is_told_and_changes_nothing(
    one: PostgresStore, empty_database: str
) -> None:
    async def broken() -> None:
        async with one.edit(USER) as draft:
            draft.state = UserState(session="lost")
            ask(empty_database, BREAK)

    await put(one, USER, NOW)
    with pytest.raises(StoreError, match="cannot read or save a user"):
        await broken()
    async with one.edit(USER) as draft:
        assert draft.state == STATE


@contextmanager
def hanging(url: str) -> Iterator[None]:
    """Nothing that concerns users is answered."""
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE unknot_users")
        yield
        connection.rollback()


async def test_while_the_database_hangs_the_loop_goes_on(
    one: PostgresStore, empty_database: str
) -> None:
    await put(one, USER, NOW)
    with hanging(empty_database):
        looking = asyncio.create_task(one.next_due())
        async with asyncio.timeout(5):
            while not await asyncio.to_thread(ask, empty_database, WAITING, "%min(wake_at)%"):
                pass
        assert not looking.done()
    assert await looking == NOW


async def test_a_database_that_hangs_is_given_up(
    one: PostgresStore, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(one, USER, NOW)
    monkeypatch.setattr(connections, "LONGEST", 0.1)
    with hanging(empty_database):
        for work in (put(one, USER, NOW), one.due(NOW, 1)):
            with pytest.raises(StoreError, match="TimeoutError"):
                await work
    monkeypatch.undo()
    assert await one.due(NOW, 1) == [USER]
