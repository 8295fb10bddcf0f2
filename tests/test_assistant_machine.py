"""The whole assistant on both stores: people, the clock, a failing disk, kills at any moment.

Whatever the order: a turn is saved whole or not at all, what was saved is sent once and in order,
a reminder never twice, and a repeated update changes nothing.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

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
from bot.assistant import Assistant
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from bot.core.messages import Command, Event, Press, Text, Tick
from bot.core.state import Home, Reminder, UserState
from bot.core.triage import may_stretch
from bot.ports import Draft, Owed, UserId
from tests.core.person import BOOK, Person
from tests.database import emptied
from tests.keys import VAULT
from tests.nightly import NIGHTLY

BEGIN = datetime(2026, 3, 27, 7, 50, tzinfo=UTC)  # two days before clocks change in Europe
USERS = [UserId("tg:1"), UserId("tg:2")]
WORDS = (
    *("hello", "my leg is numb", "i wet myself", "no", "yes", "stop", "it hurts", "3", "none"),
    *("give me a stretch", "8:30", "Berlin", "i have been seen", "delete everything"),
)
COMMANDS = ("start", "stretch", "check", "remind", "settings", "why", "stop", "delete", "export")
SPANS = (1, 10, 60, 6 * 60, 25 * 60)  # minutes

users = st.sampled_from(USERS)
Opened = Callable[[Path], AbstractAsyncContextManager[KeptStore]]


class DiskFullError(StoreError):
    """What the disk says when told to."""


class Failing:
    """A store whose next saves may fail."""

    def __init__(self, store: KeptStore) -> None:
        self._store = store
        self.broken = False

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        async with self._store.edit(user) as draft:
            yield draft
            if self.broken:
                raise DiskFullError("no space left")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@dataclass
class Wire:
    """What is on its way to people, and what has arrived."""

    waiting: dict[UserId, list[Owed]] = field(default_factory=lambda: defaultdict(list))
    arrived: dict[UserId, list[Owed]] = field(default_factory=lambda: defaultdict(list))
    unsaved: int = 0

    def deliver(self, user: UserId, owed: Sequence[Owed], *, bulk: bool = False) -> None:
        del bulk
        self.unsaved += sum(entry.number == 0 for entry in owed)
        # As the real one: while something waits, what is not newer has been seen to.
        last = max((entry.number for entry in self.waiting[user]), default=0)
        self.waiting[user] += [entry for entry in owed if entry.number > last]

    def ended(self) -> AbstractContextManager[Mapping[UserId, int]]:
        return nullcontext({})

    def forgotten(self, user: UserId) -> None:
        self.waiting[user].clear()

    def room(self) -> int:
        return 10

    async def delivered(self, user: UserId) -> None:
        """Nothing to wait for."""


@cache
def shared_dialogue() -> Dialogue:
    return Dialogue(BOOK.knowledge, tuple(sorted(available_timezones())))


@cache
def reminded() -> UserState:
    """Someone with a daily reminder at 8, all clear, at home."""
    person = Person(shared_dialogue(), at=BEGIN - timedelta(days=1)).reviewed()
    state = person.state
    reminder = Reminder(8, 0, BEGIN - timedelta(days=1))
    fields = {"stage": Home(), "zone": "UTC", "reminders": (reminder,)}
    return UserState(**{**{name: getattr(state, name) for name in state.__slots__}, **fields})


class AssistantMachine(RuleBasedStateMachine):
    """Anything that people, time and the machine can do, in any order."""

    opened: Opened

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.now = BEGIN
        self.updates = 0
        self.wire = Wire()
        self.said: dict[UserId, list[tuple[int, str]]] = defaultdict(list)
        self.tokens: dict[UserId, list[str]] = defaultdict(list)
        self.last: tuple[UserId, Event, int] | None = None
        self.lost: set[tuple[UserId, int]] = set()  # reminders that may have arrived at a kill
        self._open()
        self.runner.run(self._someone_with_a_reminder())

    def _open(self) -> None:
        self.context = type(self).opened(Path(self.folder.name))
        self.store = Failing(self.runner.run(self.context.__aenter__()))
        self.assistant = Assistant(shared_dialogue(), self.store, self.wire)

    async def _someone_with_a_reminder(self) -> None:
        async with self.store.edit(USERS[0]) as draft:
            draft.state, draft.wake_at = reminded(), BEGIN

    def teardown(self) -> None:
        self.runner.run(self.context.__aexit__(None, None, None))
        self.runner.close()
        self.folder.cleanup()

    # -- what can happen -------------------------------------------------------------------------

    @rule(user=users, text=st.sampled_from(WORDS))
    def say(self, user: UserId, text: str) -> None:
        self._event(user, Text(self.now, text))

    @rule(user=users, name=st.sampled_from(COMMANDS))
    def command(self, user: UserId, name: str) -> None:
        self._event(user, Command(self.now, name))

    @precondition(lambda self: any(self.tokens.values()))
    @rule(data=st.data())
    def press(self, data: st.DataObject) -> None:
        user = data.draw(st.sampled_from([user for user in USERS if self.tokens[user]]))
        newest = self.tokens[user][-4:]
        self._event(user, Press(self.now, data.draw(st.sampled_from(newest))))

    @precondition(lambda self: self.last is not None)
    @rule()
    def the_update_comes_again(self) -> None:
        assert self.last is not None
        user, event, number = self.last
        before, owed = self._state(user), len(self.wire.waiting[user])
        self.runner.run(self.assistant.handle(user, event, update_id=number))
        assert self._state(user) == before
        assert len(self.wire.waiting[user]) == owed

    @rule(user=users, text=st.sampled_from(WORDS))
    def say_while_the_disk_is_full(self, user: UserId, text: str) -> None:
        before, unsaved = self._state(user), self.wire.unsaved
        owed = len(self.wire.waiting[user])
        self.store.broken = True
        self.updates += 1
        self.runner.run(self.assistant.handle(user, Text(self.now, text), update_id=self.updates))
        self.store.broken = False
        assert self._state(user) == before
        assert self.wire.unsaved > unsaved, "the person is told"
        assert len(self.wire.waiting[user]) == owed

    @rule(minutes=st.sampled_from(SPANS), broken=st.booleans())
    def time_passes(self, minutes: int, broken: bool) -> None:
        self.now += timedelta(minutes=minutes)
        before = {user: self._state(user) for user in USERS}
        sizes = {user: len(self.wire.waiting[user]) for user in USERS}
        self.store.broken = broken
        self.runner.run(self.assistant.wake(self.now))
        self.store.broken = False
        for user, state in before.items():
            after = self._state(user)
            ticked, _ = shared_dialogue().step(state, Tick(self.now))
            assert after in ((state,) if broken else (state, ticked))
            if after == UserState():
                self._forgotten(user)
            self._take_down(user, sizes[user])

    @precondition(lambda self: any(self.wire.waiting.values()))
    @rule(data=st.data(), arrives=st.booleans())
    def the_next_reply_goes_out(self, data: st.DataObject, arrives: bool) -> None:
        user = data.draw(st.sampled_from([u for u in USERS if self.wire.waiting[u]]))
        self._send(user, acknowledged=arrives)

    @rule()
    def the_process_is_killed(self) -> None:
        self.wire.waiting.clear()
        self.runner.run(self.context.__aexit__(None, None, None))
        self._open()
        self.runner.run(self.assistant.resume())

    # -- how it is done --------------------------------------------------------------------------

    def _event(self, user: UserId, event: Event) -> None:
        before, owed = self._state(user), len(self.wire.waiting[user])
        self.updates += 1
        self.last = (user, event, self.updates)
        self.runner.run(self.assistant.handle(user, event, update_id=self.updates))
        state, replies = shared_dialogue().step(before, event)
        assert self._state(user) == state
        new = self.wire.waiting[user][owed:]
        if state == UserState():
            self._forgotten(user)
            return
        assert [entry.reply.key for entry in new] == [reply.key for reply in replies]
        self._take_down(user, owed)

    def _forgotten(self, user: UserId) -> None:
        """Nothing is kept of whoever is deleted, nor owed; numbers begin anew."""
        for kept in (self.said, self.wire.arrived, self.wire.waiting, self.tokens):
            kept[user].clear()

    def _take_down(self, user: UserId, owed: int) -> None:
        for entry in self.wire.waiting[user][owed:]:
            self.said[user].append((entry.number, entry.reply.key))
            buttons = [b.token for row in entry.reply.buttons for b in row]
            self.tokens[user] = buttons or self.tokens[user]

    def _send(self, user: UserId, *, acknowledged: bool) -> None:
        entry = self.wire.waiting[user].pop(0)
        self.runner.run(self.store.begun(user, entry.number))
        self.wire.arrived[user].append(entry)
        if acknowledged:
            self.runner.run(self.store.sent(user, entry.number))
        else:  # it arrived, and the process dies before it hears so
            if entry.reply.reminder:
                self.lost.add((user, entry.number))
            self.the_process_is_killed()

    def _state(self, user: UserId) -> UserState:
        kept = self.runner.run(self.store.kept(user))
        return kept[0].state if kept is not None else UserState()

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def replies_arrive_in_order_and_reminders_once(self) -> None:
        for user, entries in self.wire.arrived.items():
            said = dict(self.said[user])
            numbers = [entry.number for entry in entries]
            assert all(said[entry.number] == entry.reply.key for entry in entries)
            assert all(
                later - first in (0, 1) or self._skipped(user, first, later)
                for first, later in pairwise(numbers)
            )
            reminders = [entry.number for entry in entries if entry.reply.reminder]
            assert len(set(reminders)) == len(reminders)

    def _skipped(self, user: UserId, first: int, later: int) -> bool:
        """Whether only reminders that a kill caught on the wire lie between two replies."""
        return first < later and all((user, n) in self.lost for n in range(first + 1, later))

    @invariant()
    def no_stretch_stands_beside_a_flag(self) -> None:
        for user in USERS:
            for entry in self.wire.waiting[user]:
                shown = bool(entry.reply.stretches) and entry is self.wire.waiting[user][-1]
                assert not shown or may_stretch(BOOK, self._state(user).facts)

    @invariant()
    def everything_owed_is_on_its_way(self) -> None:
        async def owing() -> dict[UserId, list[int]]:
            return {u: [o.number for o in owed] async for u, owed, _ in self.store.owing()}

        for user, numbers in self.runner.run(owing()).items():
            waiting = [entry.number for entry in self.wire.waiting[user]]
            assert waiting == [n for n in numbers if n in waiting]
            assert all(n in waiting or (user, n) in self.lost for n in numbers)


def played(machine: type[AssistantMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples * (40 if NIGHTLY else 1),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_all_promises_of_the_assistant_on_tinydb() -> None:
    class OnTinyDB(AssistantMachine):
        @staticmethod
        @asynccontextmanager
        async def opened(folder: Path) -> AsyncIterator[KeptStore]:
            with TinyDBStore(folder, VAULT) as store:
                yield store

    played(OnTinyDB, 12)


def test_all_promises_of_the_assistant_on_postgres(empty_database: str) -> None:
    class OnPostgres(AssistantMachine):
        def __init__(self) -> None:
            emptied(empty_database)
            super().__init__()

        @staticmethod
        @asynccontextmanager
        async def opened(folder: Path) -> AsyncIterator[KeptStore]:
            del folder
            async with PostgresStore(empty_database, VAULT, worker="one") as store:
                yield store

    played(OnPostgres, 4)
