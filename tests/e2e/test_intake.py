"""Intake: acknowledged means durable, in order within a chat, and nothing stops the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.memory_store import MemoryStore
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from bot.core.messages import Event, Text, Tick
from bot.core.stages.flow import Turn
from bot.core.state import UserState
from bot.ports import Draft, UserId
from tests.e2e.rig import EMERGENCY, FIRST, GREETING, NUMB, QUESTION, SECOND, rig
from tests.keys import VAULT

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

COULD_NOT_SAVE = "I could not save that. Please say it again."
WENT_WRONG = (
    "Something went wrong on my side. Nothing is lost. Please say it again. "
    "In an emergency, call your emergency number."
)


def user(chat: int) -> UserId:
    return UserId(f"tg:{chat}")


class GatedStore(MemoryStore):
    """Saves of some users wait at a gate."""

    def __init__(self, *chats: int) -> None:
        super().__init__()
        self.gates = {user(chat): asyncio.Event() for chat in chats}
        self.waiting = asyncio.Event()

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        async with super().edit(user) as draft:
            yield draft
            if user in self.gates:
                self.waiting.set()
                await self.gates[user].wait()

    def open(self) -> None:
        for gate in self.gates.values():
            gate.set()


class FailingStore(MemoryStore):
    """Saves fail as long as `failing` is set."""

    failing = False

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        async with super().edit(user) as draft:
            yield draft
            if self.failing:
                raise StoreError("cannot write a user's file: No space left on device")


class BuggyDialogue(Dialogue):
    """Breaks at a word, and at the clock for whoever is in `poisoned`."""

    poisoned = ""

    def step(self, state: UserState, event: Event) -> Turn:
        if isinstance(event, Text) and event.text == "boom":
            raise ZeroDivisionError
        if isinstance(event, Tick) and state.country == self.poisoned:
            raise ZeroDivisionError
        return super().step(state, event)


# -- acknowledged means durable ----------------------------------------------------------------


async def test_nothing_is_confirmed_or_sent_before_it_is_saved(dialogue: Dialogue) -> None:
    store = GatedStore(FIRST)
    async with rig(dialogue, store) as r:
        update = r.server.user_says(FIRST, "/start").update_id
        await store.waiting.wait()
        assert r.server.confirmed_offset <= update
        assert r.sent() == []
        store.open()
        await r.settle()
        assert r.server.confirmed_offset == update + 1
        assert len(r.sent()) == 1


async def test_what_could_not_be_saved_is_said_and_the_old_state_holds(dialogue: Dialogue) -> None:
    store = FailingStore()
    async with rig(dialogue, store) as r:
        await r.begins()
        before = await r.state()
        store.failing = True
        assert [new.text for new in await r.says("it came by itself")] == [COULD_NOT_SAVE]
        store.failing = False
        assert await r.state() == before
        await r.bot.tick()
        await r.says("it came by itself")
        assert await r.state() != before
        await r.bot.tick()
        assert r.pulses[-2:] == [False, True]  # red until something could be saved again


async def test_danger_is_answered_even_when_it_cannot_be_saved(dialogue: Dialogue) -> None:
    store = FailingStore()
    async with rig(dialogue, store) as r:
        store.failing = True
        await r.says(NUMB)
        assert EMERGENCY in "\n".join(r.sent())


async def test_a_redelivered_message_changes_nothing_and_sends_nothing(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        said = r.server.user_says(FIRST, "it came by itself")
        await r.settle()
        state, messages = await r.state(), r.server.messages(FIRST)
        r.server.redeliver(said.update_id)
        await r.settle()
        assert await r.state() == state
        assert r.server.messages(FIRST) == messages


async def test_a_redelivered_tap_changes_nothing_and_sends_nothing(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        pressed = r.server.user_presses(FIRST, "Agree and start")
        await r.settle()
        state, messages = await r.state(), r.server.messages(FIRST)
        r.server.redeliver(pressed.update_id)
        await r.settle()
        assert await r.state() == state
        assert r.server.messages(FIRST) == messages


async def test_a_message_redelivered_after_a_restart_changes_nothing(
    dialogue: Dialogue, tmp_path: Path
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        async with rig(dialogue, store) as r:
            await r.begins()
            said = r.server.user_says(FIRST, "it came by itself")
            await r.settle()
            state, messages = await r.state(), r.server.messages(FIRST)
            await r.stop()
            r.server.redeliver(said.update_id)
            r.start()
            await r.settle()
            assert await r.state() == state
            assert r.server.messages(FIRST) == messages


async def test_a_message_that_was_not_saved_before_a_kill_is_handled_after_it(
    dialogue: Dialogue,
) -> None:
    store = GatedStore(FIRST)
    async with rig(dialogue, store) as r:
        r.server.user_says(FIRST, NUMB)
        await store.waiting.wait()
        await r.kill()
        assert r.sent() == []
        store.open()
        r.start()
        await r.settle()
        assert len(r.sent()) == 1
        assert EMERGENCY in r.sent()[0]


async def test_a_chat_goes_on_in_order_while_another_is_slow(dialogue: Dialogue) -> None:
    store = GatedStore(SECOND)
    async with rig(dialogue, store) as r:
        for chat, text in (
            (SECOND, "/start"),
            (FIRST, "/start"),
            (FIRST, "yes"),
            (FIRST, "/help"),
        ):
            r.server.user_says(chat, text)
        await r.server.wait_for(FIRST, lambda message: "/stretch gives" in message.text)
        assert [GREETING in r.sent()[0], QUESTION in r.sent()[1]] == [True, True]
        assert r.sent(SECOND) == []
        store.open()
        await r.settle()
        assert len(r.sent(SECOND)) == 1


async def test_many_messages_of_one_chat_are_answered_in_order(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        cities = ["/country Germany", "/country Norway", "/country Japan", "/country Kenya"]
        for line in cities:
            r.server.user_says(FIRST, line)
        await r.settle()
        last = [text.partition(":")[0] for text in r.sent()[-4:]]
        assert last == ["Germany", "Norway", "Japan", "Kenya"]


async def test_two_people_are_at_different_questions(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins(FIRST)
        r.server.user_says(SECOND, NUMB)
        r.server.user_says(FIRST, "it came by itself")
        await r.settle()
        assert EMERGENCY in r.sent(SECOND)[0]
        assert EMERGENCY not in "\n".join(r.sent(FIRST))
        assert sorted(await r.users()) == [user(FIRST), user(SECOND)]


async def test_a_slow_answer_to_one_tap_does_not_keep_others_waiting(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start", SECOND)
        r.server.delay_next("answerCallbackQuery", 1.5)
        r.server.user_presses(SECOND, "Agree and start")
        await r.server.state.changes.until(lambda: r.tries("answerCallbackQuery") > 0, 5)
        r.server.user_says(FIRST, "/start")
        await r.server.wait_for(FIRST, lambda message: GREETING in message.text, timeout=0.7)


# -- bugs ----------------------------------------------------------------------------------------


async def test_a_bug_is_told_to_the_user_and_does_not_stop_the_bot(dialogue: Dialogue) -> None:
    async with rig(BuggyDialogue(dialogue.book.knowledge)) as r:
        await r.begins()
        before = await r.state()
        assert [new.text for new in await r.says("boom")] == [WENT_WRONG]
        assert await r.state() == before
        assert r.server.state.queue.pending == []
        assert GREETING in (await r.says("/start", SECOND))[0].text


async def test_a_bug_at_one_persons_alarm_leaves_the_others_theirs(dialogue: Dialogue) -> None:
    buggy = BuggyDialogue(dialogue.book.knowledge, dialogue.context.zones)
    async with rig(buggy) as r:
        await r.wants_reminders(FIRST)
        await r.wants_reminders(SECOND)
        await r.says("/country Norway", FIRST)
        buggy.poisoned = "NO"
        r.clock.at += timedelta(hours=1)
        await r.bot.tick()
        await r.settle()
        assert r.sent(SECOND)[-1] == "Time for your daily minute."


async def test_a_bug_at_an_alarm_does_not_stop_the_bot(dialogue: Dialogue) -> None:
    buggy = BuggyDialogue(dialogue.book.knowledge, dialogue.context.zones)
    async with rig(buggy) as r:
        await r.wants_reminders(FIRST)
        await r.says("/country Norway", FIRST)
        await r.stop()
        buggy.poisoned = "NO"
        r.clock.at += timedelta(hours=1)
        r.start()
        r.server.user_says(SECOND, "/start")
        await r.server.wait_for(SECOND, lambda message: GREETING in message.text, timeout=1)
        await r.settle()
        assert r.alive


# -- stopping ------------------------------------------------------------------------------------


async def test_stopping_finishes_what_is_under_way(dialogue: Dialogue) -> None:
    store = GatedStore(FIRST)
    async with rig(dialogue, store) as r:
        r.server.user_says(FIRST, NUMB)
        await store.waiting.wait()
        r.bot.stop()
        store.open()
        await r.ended()
        assert await r.users() == [user(FIRST)]
        assert EMERGENCY in r.sent()[0]


async def test_what_was_finished_while_stopping_is_not_done_again(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.user_says(FIRST, "/start")
        await r.server.wait_for(FIRST, lambda message: GREETING in message.text)
        await r.stop()
        r.start()
        await r.settle()
        assert len(r.sent()) == 1


async def test_an_update_that_cannot_be_read_does_not_keep_the_others_back(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue, start=False) as r:
        r.server.user_says(FIRST, NUMB)
        r.server.push_update({"message": {"message_id": "x", "chat": 5}})
        r.server.push_update({"message": {"message_id": 9, "date": 1, "chat": {"id": True}}})
        r.server.user_says(SECOND, NUMB)
        r.start()
        for chat in (FIRST, SECOND):
            await r.server.wait_for(chat, lambda message: EMERGENCY in message.text)
        await r.settle()
        assert not r.server.state.queue.pending
