"""Several workers of one bot: each update once, replies in order, counts and reminders too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.telegram.delivery import PAUSES
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from tests.e2e.crew import Crew, crew
from tests.e2e.rig import EMERGENCY, FIRST, GREETING, NUMB, QUESTION, SECOND
from tests.e2e.test_routine import TO_THE_ROUTINE

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

REMINDER = "Time for your daily minute."


async def test_a_conversation_goes_on_whichever_worker_gets_the_next_message(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        assert GREETING in (await c.says("/start", 0))[0].text
        await c.presses("Agree and start", 1)
        assert QUESTION in c.sent()[-1]
        assert EMERGENCY in (await c.says(NUMB, 0))[0].text


async def test_an_update_that_comes_to_two_workers_is_handled_once(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        c.server.lose_webhook_answer_next()
        said = c.server.user_says(FIRST, "/start")
        await c.settle()
        c.turn = 1
        c.server.redeliver(said.update_id)
        await c.settle()
        assert len(c.sent()) == 1


async def test_who_answers_second_does_not_overtake_what_another_worker_still_sends(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        c.server.delay_next("sendMessage", 0.2)
        c.server.user_says(FIRST, "/country Germany")
        await c.until(lambda: not c.server.state.queue.pending)  # handled, and not sent yet
        for number, country in enumerate(("Norway", "Japan", "Kenya")):
            c.turn = (number + 1) % 2
            c.server.user_says(FIRST, f"/country {country}")
            await c.until(lambda: not c.server.state.queue.pending)
        assert len(c.sent()) == 1
        await c.settle()
        last = [text.partition(":")[0] for text in c.sent()[-4:]]
        assert last == ["Germany", "Norway", "Japan", "Kenya"]


async def test_what_a_dead_worker_owed_is_sent_by_another_in_order(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        c.server.delay_next("sendMessage", 60)
        c.server.user_says(FIRST, NUMB)
        await c.until(lambda: not c.server.state.queue.pending)
        await c.kill(0)
        c.turn = 1
        c.server.user_says(FIRST, "/country Norway")
        await c.until(lambda: not c.server.state.queue.pending)
        assert len(c.sent()) == 1  # the other one may be alive still
        c.silent(1)
        await c.workers[1].bot.watch()
        await c.server.wait_for(FIRST, lambda message: "Norway" in message.text)
        assert [text.startswith("Norway") for text in c.sent()[1:]] == [False, True]


async def test_a_worker_that_was_taken_for_dead_leaves_its_replies_to_the_others(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        c.server.fail_next("sendMessage", 502, "Bad Gateway")  # then it waits a second
        c.server.user_says(FIRST, NUMB)
        await c.until(lambda: not c.server.state.queue.pending)
        c.silent(1)
        await c.workers[1].bot.watch()
        await c.server.wait_for(FIRST, lambda message: EMERGENCY in message.text)
        await c.workers[0].bot.watch()
        await c.settle()
        assert len(c.sent()) == 2


async def test_while_nobody_hears_of_a_worker_it_sends_nothing(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        store = c.workers[0].store
        store._crew._until = 0.0
        c.server.user_says(FIRST, NUMB)
        await c.until(lambda: not c.server.state.queue.pending)
        await asyncio.sleep(0)
        assert c.sent() == []
        await c.workers[0].bot.watch()
        await c.settle()
        assert EMERGENCY in c.sent()[0]


async def test_a_reminder_comes_once_though_all_workers_look_at_the_clock(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        await c.presses("Agree and start", 0)
        for number, line in enumerate(("/stop", "/remind", "10:00", "UTC+0")):
            await c.says(line, number % 2)
        await c.presses("Yes, that is right", 1)
        c.clock.at += timedelta(hours=1)
        await asyncio.gather(*(worker.bot.tick() for worker in c.workers))
        await c.settle()
        assert c.sent().count(REMINDER) == 1


async def test_an_answer_waits_for_no_reminder_that_another_worker_holds_back(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        await c.presses("Agree and start", 0)
        for line in ("/stop", "/remind", "10:00", "UTC+0"):
            await c.says(line, 0)
        await c.presses("Yes, that is right", 0)
        c.clock.at += timedelta(hours=1)
        await c.workers[0].store.book(0, after=3600)  # nobody's bulk goes out for an hour
        await c.workers[0].bot.tick()
        c.turn = 1
        c.server.user_says(FIRST, "/country Norway")
        await c.until(lambda: not c.server.state.queue.pending)
        await c.workers[0].bot.watch()
        await c.settle()
        assert REMINDER in c.sent()[-2]
        assert "Norway" in c.sent()[-1]


# -- a database that fails in the middle ---------------------------------------------------------


class Failing:
    """In place of a method of a store: so many calls fail, or one that is `at` its turn."""

    def __init__(self, whole: Any, *, times: int = 1, at: int = 1) -> None:
        self.whole, self.calls, self.fail = whole, 0, range(at, at + times)

    async def __call__(self, *given: Any) -> Any:
        self.calls += 1
        if self.calls in self.fail:
            raise StoreError("the database is away")
        return await self.whole(*given)


async def no_pause(_: float) -> None:
    await asyncio.sleep(0)


def lose_the_answer_to_a_commit(c: Crew, number: int) -> None:
    connections = c.workers[number].store._connections
    whole = connections.transaction

    @asynccontextmanager
    async def lost() -> AsyncIterator[Any]:
        connections.transaction = whole  # type: ignore[method-assign]
        async with whole() as connection:
            yield connection
        raise StoreError("committed, but nobody knows")

    connections.transaction = lost  # type: ignore[method-assign]


async def test_who_does_not_know_whether_it_saved_looks_for_what_it_then_owes(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        lose_the_answer_to_a_commit(c, 0)
        c.server.user_says(FIRST, "/country Norway")
        await c.until(lambda: "I cannot save" in c.sent()[-1])
        c.turn = 1  # Telegram brings it again, to the other one
        await c.settle()
        await c.says(NUMB, 1)
        await c.workers[0].bot.watch()
        await c.settle()
        norway, emergency = c.sent()[2:]
        assert norway.startswith("Norway")
        assert EMERGENCY in emergency


async def test_what_was_taken_over_goes_out_though_the_rest_cannot_be_read_yet(
    dialogue: Dialogue, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crew(dialogue, empty_database) as c:
        c.workers[0].store._crew._until = 0.0  # so that it sends nothing
        for chat in (FIRST, SECOND):
            c.server.user_says(chat, NUMB)
        await c.until(lambda: not c.server.state.queue.pending)
        await c.kill(0)
        c.silent(1)
        store, bot = c.workers[1].store, c.workers[1].bot
        failing = Failing(store._taken_over, at=2)
        monkeypatch.setattr(store, "_taken_over", failing)
        monkeypatch.setattr(bot, "_sleep", no_pause)
        await bot.watch()
        for chat in (FIRST, SECOND):
            await c.server.wait_for(chat, lambda message: EMERGENCY in message.text)


async def test_what_could_not_be_noted_as_sent_is_noted_later_and_not_sent_again(
    dialogue: Dialogue, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crew(dialogue, empty_database) as c:
        store, bot = c.workers[0].store, c.workers[0].bot
        failing = Failing(store.sent, times=len(PAUSES))
        monkeypatch.setattr(store, "sent", failing)
        monkeypatch.setattr(bot._delivery, "_sleep", no_pause)
        await c.says("/start", 0)
        assert failing.calls == len(PAUSES)
        await c.says("/country Norway", 1)  # left to the first one
        await bot.watch()
        await c.settle()
        await c.says("/country Japan", 0)
        assert [text.partition(":")[0] for text in c.sent()[1:]] == ["Norway", "Japan"]


async def test_a_reminder_waits_until_it_can_be_noted_as_begun(
    dialogue: Dialogue, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        await c.presses("Agree and start", 0)
        for line in ("/stop", "/remind", "10:00", "UTC+0"):
            await c.says(line, 0)
        await c.presses("Yes, that is right", 0)
        store, bot = c.workers[0].store, c.workers[0].bot
        failing = Failing(store.begun, times=2)
        monkeypatch.setattr(store, "begun", failing)
        paused = []

        async def pause(_: float) -> None:
            paused.append(c.sent().count(REMINDER))

        monkeypatch.setattr(bot._delivery, "_sleep", pause)
        c.clock.at += timedelta(hours=1)
        await bot.tick()
        await c.settle()
        assert paused == [0, 0]
        assert c.sent().count(REMINDER) == 1


async def test_who_could_not_be_given_back_after_an_edit_is_given_back_later(
    dialogue: Dialogue, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crew(dialogue, empty_database) as c:
        await count_at_the_first(c)
        store, bot = c.workers[0].store, c.workers[0].bot
        failing = Failing(store.give_back, times=len(PAUSES))
        monkeypatch.setattr(store, "give_back", failing)
        monkeypatch.setattr(bot._delivery, "_sleep", no_pause)
        c.counting.release()
        await c.until(lambda: c.waiting == 1)
        await c.presses("Pause", 1)
        await bot.watch()
        await c.server.wait_for(FIRST, lambda message: "Paused." in message.text)


# -- counts --------------------------------------------------------------------------------------


async def count_at_the_first(c: Crew) -> int:
    """A routine up to a count that the first worker shows; the message in which it counts."""
    await c.says("/start", 0)
    for label in ("Agree and start", *TO_THE_ROUTINE, "2 minutes", "Start counting"):
        await c.presses(label, 0)
    assert "Get ready." in c.sent()[-1]
    await c.until(lambda: c.waiting == 1)
    return c.server.messages(FIRST)[-1].message_id


def edits(c: Crew) -> int:
    return sum(call.method == "editMessageText" for call in c.server.state.calls)


async def test_a_count_stops_when_another_worker_hears_of_a_tap_and_goes_on_there(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        count = await count_at_the_first(c)
        await c.presses("Pause", 1)
        assert "Paused." in c.sent()[-1]
        before = edits(c)
        c.counting.release()
        await c.counted(0)
        assert edits(c) == before
        await c.presses("Go on", 1)
        await c.until(lambda: c.waiting == 1)
        c.let_count()
        await c.server.wait_for(FIRST, lambda message: "(2 of 2)" in message.text)
        (ended,) = [m for m in c.server.messages(FIRST) if m.message_id == count]
        assert ended.buttons == []


async def test_a_tap_that_comes_to_another_worker_during_an_edit_is_answered_after_it(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await count_at_the_first(c)
        before = edits(c)
        c.server.delay_next("editMessageText", 0.2)
        c.counting.release()
        while edits(c) == before:  # noqa: ASYNC110  # a request that waits tells nobody
            await asyncio.sleep(0)
        await c.presses("Pause", 1)
        await c.server.wait_for(FIRST, lambda message: "Paused." in message.text)
        assert c.waiting == 0
        await c.settle()
        assert "Paused." in c.sent()[-1]


async def test_a_count_is_looked_at_by_the_worker_that_shows_it_until_that_one_is_dead(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await count_at_the_first(c)
        before = len(c.sent())
        c.clock.at += timedelta(seconds=21)
        assert [await worker.bot.tick() for worker in c.workers[::-1]] == [0, 1]
        await c.settle()
        assert len(c.sent()) == before
        await c.kill(0)
        c.silent(1)
        c.clock.at += timedelta(seconds=21)
        await c.workers[1].bot.watch()
        assert await c.workers[1].bot.tick() == 1
        await c.settle()
        assert len(c.sent()) == before + 1
        c.let_count()
        await c.server.wait_for(FIRST, lambda message: "(2 of 2)" in message.text)


async def test_a_farewell_does_not_overtake_what_another_worker_still_sends(
    dialogue: Dialogue, empty_database: str
) -> None:
    async with crew(dialogue, empty_database) as c:
        await c.says("/start", 0)
        await c.presses("Agree and start", 0)
        await c.says("/delete", 0)
        c.server.delay_next("sendMessage", 0.2)
        c.server.user_says(FIRST, "/country Norway")
        await c.until(lambda: not c.server.state.queue.pending)
        await c.presses("Delete everything", 1)
        assert "was deleted" in c.sent()[-1]
        assert any("Norway" in text for text in c.sent()[:-1])
        assert [user async for user in c.workers[0].store.everyone()] == []
