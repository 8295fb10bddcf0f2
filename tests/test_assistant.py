"""Waking: nobody early, nobody who could not be sent to soon, and nobody over and over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.memory_store import MemoryStore
from bot.assistant import PAUSE_AFTER_FAILURE, Assistant
from bot.core import agenda
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from bot.core.knowledge import Outcome
from bot.core.messages import Command, Counted, Text
from bot.core.state import Home, Reminder, UserState
from bot.pace import Pace
from bot.ports import Owed, UserId
from tests.core.person import Person

pytestmark = pytest.mark.asyncio

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEN = MONDAY.replace(hour=10)
USERS = [UserId(f"tg:{number}") for number in range(1, 6)]


class Box:
    """A channel that keeps what it is given, with room for so many."""

    def __init__(self, room: int = 100) -> None:
        self.left = room
        self.got: list[tuple[UserId, Owed, bool]] = []

    def deliver(self, user: UserId, owed: Sequence[Owed], *, bulk: bool = False) -> None:
        self.got += [(user, entry, bulk) for entry in owed]
        self.left -= bulk

    def room(self) -> int:
        return self.left

    def ended(self) -> AbstractContextManager[Mapping[UserId, int]]:
        return nullcontext({})

    def forgotten(self, user: UserId) -> None:
        """Numbers are not looked at."""

    async def delivered(self, user: UserId) -> None:
        """Nothing waits."""


async def people(store: MemoryStore, wake: datetime = TEN, users: Sequence[UserId] = ()) -> None:
    state = UserState(
        stage=Home(),
        consent_at=MONDAY,
        seen_at=MONDAY,
        zone="UTC",
        reminders=(Reminder(10, 0, MONDAY),),
        last_outcome=Outcome.SELF_CARE,
    )
    for user in users or USERS:
        async with store.edit(user) as draft:
            draft.state, draft.wake_at = state, wake


async def wake_of(store: MemoryStore, user: UserId) -> datetime | None:
    async with store.edit(user) as draft:
        return draft.wake_at


async def test_who_finds_no_room_stays_due_and_unchanged(dialogue: Dialogue) -> None:
    store, box = MemoryStore(), Box(room=3)
    await people(store)
    assistant = Assistant(dialogue, store, box)
    assert await assistant.wake(TEN) == 3
    assert await assistant.wake(TEN) == 0
    assert await store.due(TEN, 10) == USERS[3:]
    box.left = 10
    assert await assistant.wake(TEN) == 2
    assert [user for user, _, _ in box.got] == USERS
    assert await assistant.wake(TEN) == 0


async def test_what_a_tick_brings_is_bulk_and_an_answer_is_not(dialogue: Dialogue) -> None:
    store, box = MemoryStore(), Box()
    await people(store, users=USERS[:1])
    assistant = Assistant(dialogue, store, box)
    await assistant.wake(TEN)
    await assistant.handle(USERS[0], Text(TEN, "hello"))
    assert [bulk for _, _, bulk in box.got] == [True, *([False] * (len(box.got) - 1))]
    assert len(box.got) > 1


async def test_a_reminder_says_until_when_it_makes_sense(dialogue: Dialogue) -> None:
    store, box = MemoryStore(), Box()
    await people(store, users=USERS[:1])
    assistant = Assistant(dialogue, store, box)
    await assistant.wake(TEN + timedelta(minutes=70))
    await assistant.handle(USERS[0], Text(TEN, "hello"))
    late = timedelta(hours=dialogue.book.knowledge.rules.reminder_late_hours)
    assert box.got[0][1].until == TEN + late
    assert {entry.until for _, entry, _ in box.got[1:]} == {None}


async def test_people_are_spread_and_nobody_is_woken_early(dialogue: Dialogue) -> None:
    store, box = MemoryStore(), Box()
    await people(store, TEN - timedelta(days=1, hours=-1))
    offsets = {user: timedelta(seconds=7 * place) for place, user in enumerate(USERS)}
    assistant = Assistant(dialogue, store, box, spread=offsets.__getitem__)
    for user in USERS:
        await assistant.handle(user, Text(MONDAY, "hello"))
    assert [await wake_of(store, user) for user in USERS] == [TEN + offsets[u] for u in USERS]
    box.got.clear()
    assert await assistant.wake(TEN - timedelta(seconds=1)) == 0
    assert await assistant.wake(TEN + timedelta(seconds=14)) == 3
    assert await assistant.wake(TEN + timedelta(seconds=49)) == 2
    assert [user for user, entry, _ in box.got if entry.reply.reminder] == USERS
    tomorrow = TEN + timedelta(days=1)
    assert [await wake_of(store, u) for u in USERS] == [tomorrow + offsets[u] for u in USERS]


async def test_an_alarm_that_finds_nothing_to_do_does_not_ring_again_at_once(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    await people(store, users=USERS[:1])
    monkeypatch.setattr(agenda, "due", lambda *_: None)
    assistant = Assistant(dialogue, store, Box())
    assert await assistant.wake(TEN) == 1
    assert await assistant.wake(TEN) == 0
    assert await wake_of(store, USERS[0]) == TEN + PAUSE_AFTER_FAILURE


async def counting(dialogue: Dialogue, store: MemoryStore) -> tuple[Person, Counted]:
    """One who does a stretch to the count, kept in the store, and the end of that count."""
    person = Person(dialogue).stretching()
    person.press("count")
    countdown = person.replies[-1].countdown
    assert countdown is not None
    async with store.edit(USERS[0]) as draft:
        draft.state = person.state
    at = person.at + timedelta(seconds=countdown.seconds)
    return person, Counted(at, countdown.token)


async def test_a_count_is_not_spread_as_a_reminder_is(dialogue: Dialogue) -> None:
    store = MemoryStore()
    person, _ = await counting(dialogue, store)
    running = agenda.count_due(person.state.stage)
    assert running is not None
    assistant = Assistant(dialogue, store, Box(), spread=lambda _: timedelta(seconds=40))
    await assistant.handle(USERS[0], Command(person.at, "privacy"))
    assert await wake_of(store, USERS[0]) == running


async def test_the_end_of_a_count_is_never_one_message_too_many(dialogue: Dialogue) -> None:
    store, box, pace = MemoryStore(), Box(), Pace()
    _, end = await counting(dialogue, store)
    while pace.allows(USERS[0], end.at):
        pass
    await Assistant(dialogue, store, box, pace=pace).handle(USERS[0], end)
    assert [entry.reply.picture is not None for _, entry, _ in box.got] == [True]


async def test_a_count_that_cannot_be_saved_says_nothing_and_is_taken_up_later(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, box = MemoryStore(), Box()
    _, end = await counting(dialogue, store)
    postponed: list[datetime] = []
    monkeypatch.setattr(store, "postpone", lambda _, until: postponed.append(until))

    def no_disk(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "edit", no_disk)
    await Assistant(dialogue, store, box).handle(USERS[0], end)
    assert box.got == []
    assert postponed == [end.at + PAUSE_AFTER_FAILURE]
