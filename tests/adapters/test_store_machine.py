"""Any order of edits, notes, ticks, forgetting and restarts: each store does as a plain dict."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.adapters.operator import KeptStore
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.messages import Reply
from bot.core.state import UserState
from bot.ports import UserId
from tests.database import emptied
from tests.keys import VAULT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
USERS = [UserId(f"tg:{number}") for number in range(3)]
REPLY = Reply("help", ())  # no reminder: one that had begun is dropped when a database is opened
Open = Callable[[AsyncExitStack, Path], Awaitable[KeptStore]]

users = st.sampled_from(USERS)
wakes = st.none() | st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))


@dataclass
class Kept:
    """What the oracle knows of a user."""

    session: str = ""
    wake: datetime | None = None
    owed: tuple[int, ...] = ()
    last: int = 0
    begun: int = 0


@dataclass
class Oracle:
    """The users as a plain dict."""

    users: dict[UserId, Kept] = field(default_factory=dict)
    postponed: dict[UserId, datetime] = field(default_factory=dict)

    def wake_of(self, user: UserId) -> datetime | None:
        return self.postponed.get(user) or self.users[user].wake

    def due(self, now: datetime) -> set[UserId]:
        return {u for u in self.users if (wake := self.wake_of(u)) is not None and wake <= now}

    def next_due(self) -> datetime | None:
        return min((w for u in self.users if (w := self.wake_of(u)) is not None), default=None)


Owing = dict[UserId, tuple[tuple[int, ...], int]]


class StoreMachine(RuleBasedStateMachine):
    """One store and the oracle beside it."""

    opened: Open

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.oracle = Oracle()
        self.stack = AsyncExitStack()
        self.store = self.runner.run(self._open())

    async def _open(self) -> KeptStore:
        self.stack = AsyncExitStack()
        return await type(self).opened(self.stack, Path(self.folder.name))

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    @rule(user=users, session=st.text(max_size=3), wake=wakes, replies=st.integers(0, 2))
    def edit(self, user: UserId, session: str, wake: datetime | None, replies: int) -> None:
        async def run() -> None:
            async with self.store.edit(user) as draft:
                draft.state, draft.wake_at = UserState(session=session), wake
                draft.owe([REPLY] * replies, None)

        self.runner.run(run())
        kept = self.oracle.users.setdefault(user, Kept())
        kept.session, kept.wake = session, wake
        kept.owed += tuple(range(kept.last + 1, kept.last + 1 + replies))
        kept.last += replies
        self.oracle.postponed.pop(user, None)

    @rule(user=users)
    def fail(self, user: UserId) -> None:
        async def run() -> None:
            async with self.store.edit(user) as draft:
                draft.state, draft.wake_at = UserState(session="never"), NOW
                raise KeyError

        with pytest.raises(KeyError):
            self.runner.run(run())

    @rule(user=users, inside=st.booleans())
    def forget(self, user: UserId, inside: bool) -> None:
        async def run() -> None:
            if not inside:
                await self.store.forget(user)
                return
            async with self.store.edit(user) as draft:
                draft.forget = True

        self.runner.run(run())
        self.oracle.users.pop(user, None)
        self.oracle.postponed.pop(user, None)

    # Replies go out in order: the first that is owed begins, is refused, or is sent.
    @precondition(lambda self: any(kept.owed for kept in self.oracle.users.values()))
    @rule(data=st.data(), what=st.sampled_from(["begun", "refused", "sent"]))
    def note(self, data: st.DataObject, what: str) -> None:
        user = data.draw(st.sampled_from([u for u, k in self.oracle.users.items() if k.owed]))
        kept = self.oracle.users[user]
        number = kept.owed[0]
        self.runner.run(getattr(self.store, what)(user, number))
        if what == "begun":
            kept.begun = number
        elif what == "refused":
            kept.begun = min(kept.begun, number - 1)
        else:
            kept.owed = kept.owed[1:]

    @rule(hours=st.integers(-3, 3), limit=st.integers(1, 4))
    def look(self, hours: int, limit: int) -> None:
        now = NOW + timedelta(hours=hours)
        found = self.runner.run(_list(self.store.due(now, limit)))
        due = self.oracle.due(now)
        assert set(found) <= due
        assert len(found) == min(limit, len(due))

    @precondition(lambda self: self.oracle.due(NOW))
    @rule(data=st.data(), minutes=st.integers(1, 300))
    def postpone(self, data: st.DataObject, minutes: int) -> None:
        user = data.draw(st.sampled_from(sorted(self.oracle.due(NOW))))
        until = NOW + timedelta(minutes=minutes)
        self.store.postpone(user, until)
        self.oracle.postponed[user] = until

    @rule()
    def restart(self) -> None:
        self.runner.run(self.stack.aclose())
        self.store = self.runner.run(self._open())
        self.oracle.postponed.clear()

        async def owing() -> Owing:
            return {
                user: (tuple(o.number for o in owed), begun if begun >= owed[0].number else 0)
                async for user, owed, begun in self.store.owing()
            }

        assert self.runner.run(owing()) == self._owed()

    def _owed(self) -> Owing:
        known = self.oracle.users.items()
        return {u: (k.owed, k.begun if k.begun >= k.owed[0] else 0) for u, k in known if k.owed}

    @invariant()
    def agrees(self) -> None:
        async def seen() -> tuple[dict[UserId, Kept], Owing]:
            found, owing = {}, {}
            async for user in self.store.everyone():
                kept = await self.store.kept(user)
                assert kept is not None
                draft, begun = kept
                numbers = tuple(owed.number for owed in draft.owed)
                found[user] = Kept(draft.state.session, draft.wake_at, numbers, draft.last)
                if numbers:
                    owing[user] = numbers, begun if begun >= numbers[0] else 0
            return found, owing

        found, owing = self.runner.run(seen())
        known = self.oracle.users
        assert found == {u: Kept(k.session, k.wake, k.owed, k.last) for u, k in known.items()}
        assert owing == self._owed()
        assert self.runner.run(self.store.next_due()) == self.oracle.next_due()


async def _list(found: Awaitable[Sequence[UserId]]) -> list[UserId]:
    return list(await found)


def played(machine: type[StoreMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_tinydb_does_as_a_dict() -> None:
    class OnTinyDB(StoreMachine):
        @staticmethod
        async def opened(stack: AsyncExitStack, folder: Path) -> KeptStore:
            return stack.enter_context(TinyDBStore(folder, VAULT))

    played(OnTinyDB, 25)


def test_postgres_does_as_a_dict(empty_database: str) -> None:
    class OnPostgres(StoreMachine):
        def __init__(self) -> None:
            emptied(empty_database)
            super().__init__()

        @staticmethod
        async def opened(stack: AsyncExitStack, folder: Path) -> KeptStore:
            store = PostgresStore(empty_database, VAULT, worker="one")
            return await stack.enter_async_context(store)

    played(OnPostgres, 9)
