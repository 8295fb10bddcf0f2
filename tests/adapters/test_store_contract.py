"""What every UserStore must do. One fixture: each test runs on each store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.adapters.memory_store import MemoryStore
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.knowledge import Outcome
from bot.core.messages import Reply
from bot.core.state import Advising, Answer, Facts, Found, Reminder, UserState
from bot.ports import Draft, UserId, UserStore
from tests.keys import VAULT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST, SECOND, THIRD = UserId("tg:1"), UserId("tg:2"), UserId("tg:3")

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(params=["memory", "tinydb", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[UserStore]:
    match request.param:
        case "memory":
            yield MemoryStore()
        case "tinydb":
            with TinyDBStore(tmp_path, VAULT) as opened:
                yield opened
        case _:
            async with PostgresStore(request.getfixturevalue("empty_database"), VAULT) as shared:
                yield shared


async def put(store: UserStore, user: UserId, state: UserState, wake: datetime | None) -> None:
    async with store.edit(user) as draft:
        draft.state, draft.wake_at = state, wake


async def get(store: UserStore, user: UserId) -> Draft:
    async with store.edit(user) as draft:
        return draft


async def fail_in_the_middle(store: UserStore, user: UserId) -> None:
    async with store.edit(user) as draft:
        draft.state, draft.handled, draft.wake_at = UserState(session="x"), (1,), None
        raise KeyError


async def everyone(store: UserStore) -> set[UserId]:
    return {user async for user in store.everyone()}


async def begun_of(store: UserStore) -> int:
    """The number last begun of the first user."""
    if isinstance(store, PostgresStore):  # where only another worker takes over what is owed
        kept = await store.kept(FIRST)
        return kept[1] if kept is not None else -1
    ((_, _, begun),) = [entry async for entry in store.owing()]
    return begun


def full_state() -> UserState:
    found = Found(Answer.YES, NOW, "said", "cannot feel a thing \U0001f9b5 <&>")
    return UserState(
        session="abc",
        stage=Advising(Outcome.EMERGENCY_GO),
        consent_at=NOW,
        country="DE",
        zone="Europe/Berlin",
        facts=Facts(findings={"saddle_numbness": found}),
        reminders=(Reminder(8, 30, NOW),),
        last_outcome=Outcome.EMERGENCY_GO,
    )


async def test_a_new_user_has_an_empty_state(store: UserStore) -> None:
    assert await get(store, FIRST) == Draft(UserState(), (), None)


async def test_a_clean_exit_saves_the_whole_record(store: UserStore) -> None:
    async with store.edit(FIRST) as draft:
        draft.state, draft.handled, draft.wake_at = full_state(), (5, 7), NOW
    assert await get(store, FIRST) == Draft(full_state(), (5, 7), NOW)


async def test_an_exception_saves_nothing(store: UserStore) -> None:
    await put(store, FIRST, full_state(), NOW)
    with pytest.raises(KeyError):
        await fail_in_the_middle(store, FIRST)
    assert await get(store, FIRST) == Draft(full_state(), (), NOW)
    assert await store.due(NOW, 10) == [FIRST]


async def test_an_exception_with_a_new_user_leaves_nobody(store: UserStore) -> None:
    with pytest.raises(KeyError):
        await fail_in_the_middle(store, FIRST)
    assert await everyone(store) == set()


async def test_a_cancelled_edit_saves_nothing_and_frees_the_user(store: UserStore) -> None:
    entered = asyncio.Event()

    async def stuck() -> None:
        async with store.edit(FIRST) as draft:
            draft.state = full_state()
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await entered.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await get(store, FIRST)).state == UserState()


async def test_edits_of_one_user_exclude_each_other(store: UserStore) -> None:
    async def count_up(update: int) -> None:
        async with store.edit(FIRST) as draft:
            before = draft.handled
            await asyncio.sleep(0)  # whoever may, runs now
            draft.handled = (*before, update)

    await asyncio.gather(*(count_up(update) for update in range(20)))
    assert sorted((await get(store, FIRST)).handled) == list(range(20))


async def test_two_users_are_edited_side_by_side(store: UserStore) -> None:
    inside: list[UserId] = []
    both = asyncio.Event()

    async def meet(user: UserId) -> None:
        async with store.edit(user) as draft:
            draft.state = full_state()
            inside.append(user)
            if len(inside) == 2:
                both.set()
            await both.wait()

    async with asyncio.timeout(5):
        await asyncio.gather(meet(FIRST), meet(SECOND))
    assert await everyone(store) == {FIRST, SECOND}


async def test_a_forgotten_user_is_new_again(store: UserStore) -> None:
    await put(store, FIRST, full_state(), NOW)
    await put(store, SECOND, full_state(), NOW)
    await store.forget(FIRST)
    assert await everyone(store) == {SECOND}
    assert await store.due(NOW, 10) == [SECOND]
    assert await get(store, FIRST) == Draft(UserState(), (), None)


async def test_forgetting_someone_unknown_is_no_error(store: UserStore) -> None:
    await store.forget(FIRST)
    assert await everyone(store) == set()


async def test_an_edit_that_ends_in_forgetting_leaves_nothing(store: UserStore) -> None:
    await put(store, FIRST, full_state(), NOW)
    async with store.edit(FIRST) as draft:
        draft.forget = True
    assert await everyone(store) == set()
    assert await store.due(NOW, 10) == []


async def test_forgetting_is_not_undone_by_an_edit_that_was_under_way(store: UserStore) -> None:
    await put(store, FIRST, full_state(), NOW)
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow_edit() -> None:
        async with store.edit(FIRST):
            entered.set()
            await go_on.wait()

    edit = asyncio.create_task(slow_edit())
    await entered.wait()
    forget = asyncio.create_task(store.forget(FIRST))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(edit, forget)
    assert await everyone(store) == set()


async def test_the_longest_overdue_come_first_and_no_more_than_asked(store: UserStore) -> None:
    hour = timedelta(hours=1)
    await put(store, FIRST, full_state(), NOW - hour)
    await put(store, SECOND, full_state(), NOW - 2 * hour)
    await put(store, THIRD, full_state(), NOW)
    assert await store.due(NOW, 10) == [SECOND, FIRST, THIRD]
    assert await store.due(NOW, 2) == [SECOND, FIRST]
    assert await store.due(NOW - hour, 10) == [SECOND, FIRST]
    assert await store.due(NOW - timedelta(days=1), 10) == []


async def test_whoever_has_no_wake_is_never_due(store: UserStore) -> None:
    await put(store, FIRST, full_state(), NOW)
    await put(store, FIRST, full_state(), None)
    assert await store.due(NOW + timedelta(days=900), 10) == []


async def test_the_next_one_due_is_known(store: UserStore) -> None:
    assert await store.next_due() is None
    await put(store, FIRST, full_state(), NOW + timedelta(hours=2))
    await put(store, SECOND, full_state(), NOW + timedelta(hours=1))
    assert await store.next_due() == NOW + timedelta(hours=1)
    await put(store, SECOND, full_state(), None)
    assert await store.next_due() == NOW + timedelta(hours=2)
    await store.forget(FIRST)
    assert await store.next_due() is None


async def test_who_is_postponed_is_not_due_before_then_or_the_next_save(store: UserStore) -> None:
    later = NOW + timedelta(minutes=10)
    for user in (FIRST, SECOND):
        await put(store, user, full_state(), NOW)
        store.postpone(user, later)
    assert await store.due(NOW, 10) == []
    assert await store.next_due() == later
    await put(store, SECOND, full_state(), NOW)
    assert await store.due(NOW, 10) == [SECOND]
    assert set(await store.due(later, 10)) == {FIRST, SECOND}


async def test_nobody_is_due_before_their_moment_not_even_by_a_fraction(store: UserStore) -> None:
    await put(store, FIRST, full_state(), NOW + timedelta(milliseconds=1))
    assert await store.due(NOW, 10) == []
    assert await store.due(NOW + timedelta(seconds=1), 10) == [FIRST]


async def test_a_sending_that_had_begun_and_was_refused_counts_as_not_begun(
    store: UserStore,
) -> None:
    reply = Reply("reminder", (), reminder=True)
    async with store.edit(FIRST) as draft:
        draft.state = full_state()
        draft.owe([reply], None)
    for _ in range(2):
        await store.begun(FIRST, 1)
        assert await begun_of(store) == 1
        await store.refused(FIRST, 1)
        assert await begun_of(store) == 0


async def test_whoever_is_owed_safety_comes_first(
    store: UserStore, request: pytest.FixtureRequest
) -> None:
    for user, safety in ((FIRST, False), (SECOND, True), (THIRD, False)):
        async with store.edit(user) as draft:
            draft.owe([Reply("help", (), safety=safety)], None)
    if not isinstance(store, PostgresStore):
        assert [user async for user, _, _ in store.owing()] == [SECOND, FIRST, THIRD]
        return
    async with PostgresStore(request.getfixturevalue("empty_database"), VAULT) as other:
        await store.__aexit__()  # only what a worker that is gone owes is another's to send
        found = [user async for user, _, _ in other.owing()]
    assert found[0] == SECOND
    assert set(found) == {FIRST, SECOND, THIRD}


async def test_looking_at_a_user_keeps_their_wake(store: UserStore) -> None:
    await put(store, FIRST, full_state(), NOW)
    await get(store, FIRST)
    assert await store.due(NOW, 10) == [FIRST]


async def test_everyone_is_each_user_once(store: UserStore) -> None:
    for user in (FIRST, SECOND, FIRST, THIRD):
        await put(store, user, full_state(), None)
    assert sorted([user async for user in store.everyone()]) == [FIRST, SECOND, THIRD]


async def test_a_dropped_answer_does_not_come_back(store: UserStore) -> None:
    await put(store, FIRST, full_state(), None)
    await put(store, FIRST, replace(full_state(), facts=Facts(), country=None), None)
    kept = (await get(store, FIRST)).state
    assert (dict(kept.facts.findings), kept.country) == ({}, None)


async def test_the_state_given_out_is_no_alias_of_what_is_stored(store: UserStore) -> None:
    await put(store, FIRST, full_state(), None)
    given = (await get(store, FIRST)).state.facts.findings
    assert isinstance(given, dict)
    given.clear()
    assert (await get(store, FIRST)).state == full_state()


async def test_the_state_taken_in_is_no_alias_of_what_is_stored(store: UserStore) -> None:
    mine = full_state()
    await put(store, FIRST, mine, None)
    assert isinstance(mine.facts.findings, dict)
    mine.facts.findings.clear()
    assert (await get(store, FIRST)).state == full_state()


@pytest.mark.parametrize("user", ["tg:-5", "a/../b", "ümlaut ☃", "x" * 300, ".", "CON"])
async def test_any_user_id_is_kept_apart(user: str, store: UserStore) -> None:
    await put(store, UserId(user), full_state(), None)
    assert (await get(store, UserId(user + "2"))).state == UserState()
    assert (await get(store, UserId(user))).state == full_state()
