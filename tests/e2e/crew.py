"""Several workers of one bot, behind a proxy, on one database and one loopback Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg

from bot.adapters.postgres_store import PostgresStore
from bot.adapters.session import MovableClock
from bot.adapters.simulator.chats import SentMessage
from bot.adapters.simulator.server import BotApiServer
from bot.adapters.telegram.bot import TelegramBot
from bot.adapters.telegram.gate import Gate
from bot.adapters.telegram.webhook import Hook
from bot.core.dialogue import Dialogue
from tests.e2e.rig import FIRST, FREELY, LONGEST, MONDAY, SECOND
from tests.keys import VAULT

URL = "http://127.0.0.1:1/hook"  # where the proxy would be
SECRET = "only-telegram-knows"  # noqa: S105


@dataclass
class Worker:
    """One of them."""

    store: PostgresStore
    bot: TelegramBot
    task: asyncio.Task[None]

    @property
    def address(self) -> str:
        """Where the proxy hands updates on to."""
        assert self.bot.listener is not None
        return f"http://127.0.0.1:{self.bot.listener.port}/hook"


class Crew:
    """The workers, whichever of them `turn` says gets the next update."""

    def __init__(
        self, dialogue: Dialogue, server: BotApiServer, url: str, clock: MovableClock
    ) -> None:
        self.dialogue, self.server, self.url, self.clock = dialogue, server, url, clock
        self.workers: list[Worker] = []
        self.turn = 0
        self.counting = asyncio.Semaphore(0)  # so many moments of counts may pass
        self.waiting = 0  # counts that wait for one
        self._stack = AsyncExitStack()
        server.behind_a_proxy(lambda _: self.workers[self.turn].address)

    async def _count(self, seconds: float) -> None:
        self.waiting += 1
        self.server.state.changes.notify()
        try:
            await self.counting.acquire()
        finally:
            self.waiting -= 1
        self.clock.at += timedelta(seconds=seconds)

    async def hire(self) -> Worker:
        """One more worker."""
        store = PostgresStore(self.url, VAULT)
        await self._stack.enter_async_context(store)
        bot = TelegramBot(
            self.dialogue,
            store,
            token=self.server.token,
            api_url=self.server.base_url,
            poll_seconds=20,
            tick_seconds=300,
            clock=self.clock,
            gate=Gate(most=FREELY, most_bulk=FREELY, book=store.book),
            count_sleep=self._count,
            proxies=False,
            hook=Hook(URL, SECRET, "127.0.0.1", 0),
            workers=store,
        )
        worker = Worker(store, bot, asyncio.create_task(bot.run()))
        self.workers.append(worker)
        calls = self.server.state.calls
        known = sum(call.method == "setWebhook" for call in calls)
        await self.until(lambda: sum(c.method == "setWebhook" for c in calls) > known)
        return worker

    async def until(self, condition: Any) -> None:
        """Wait for something that the server sees."""
        assert await self.server.state.changes.until(condition, 10)

    async def kill(self, number: int) -> None:
        """A worker ends as by SIGKILL: nothing is finished, and nobody hears of it."""
        worker = self.workers[number]
        self.workers[number] = self.workers[1 - number]
        mine = (worker.bot, worker.bot._delivery, worker.bot._delivery._counts)
        parts = [task for task in asyncio.all_tasks() if _self_of(task) in mine]
        for task in parts:
            task.cancel()
        await asyncio.gather(*parts, return_exceptions=True)

    def silent(self, number: int = -1) -> None:
        """No sign of life of a worker for too long; of all but the given one."""
        names = [w.store._crew.name for n, w in enumerate(self.workers) if n == number]
        query = "UPDATE unknot_workers SET alive_until = now() WHERE name <> ALL(%s)"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(query, [names])

    async def settle(self) -> None:
        """Wait until every update is confirmed and every reply is out."""
        await self.server.quiet()
        for worker in self.workers:
            await worker.bot.settled()
        await self.server.quiet()

    def let_count(self) -> None:
        """Counts wait no more."""
        for _ in range(1000):
            self.counting.release()

    async def counted(self, number: int) -> None:
        """Wait until a worker counts nothing any more."""
        while self.workers[number].bot._delivery._counts._running:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def says(self, text: str, at: int, chat: int = FIRST) -> list[SentMessage]:
        """Write something that goes to a worker; what is new in the chat."""
        before = len(self.server.messages(chat))
        self.turn = at
        self.server.user_says(chat, text)
        await self.settle()
        return self.server.messages(chat)[before:]

    async def presses(self, label: str, at: int, chat: int = FIRST) -> list[SentMessage]:
        """Tap a button; what is new in the chat."""
        before = len(self.server.messages(chat))
        self.turn = at
        self.server.user_presses(chat, label)
        await self.settle()
        return self.server.messages(chat)[before:]

    def sent(self, chat: int = FIRST) -> list[str]:
        """The texts of the bot's messages in a chat."""
        return [message.text for message in self.server.messages(chat)]

    async def dismiss(self) -> None:
        """Stop all."""
        for worker in self.workers:
            worker.bot.stop()
        async with asyncio.timeout(20):
            await asyncio.gather(*(w.task for w in self.workers), return_exceptions=True)
            await self._stack.aclose()


def _self_of(task: asyncio.Task[Any]) -> object:
    frame = getattr(task.get_coro(), "cr_frame", None)
    return frame.f_locals.get("self") if frame is not None else None


@asynccontextmanager
async def crew(dialogue: Dialogue, url: str, workers: int = 2) -> AsyncIterator[Crew]:
    """So many workers for the length of a test, and two people."""
    clock = MovableClock(MONDAY)

    def now() -> float:
        return clock.at.timestamp()

    async with BotApiServer(clock=now, webhook_pace=0.01) as server:
        made = Crew(dialogue, server, url, clock)
        for chat in (FIRST, SECOND):
            server.open_chat(chat)
        for _ in range(workers):
            await made.hire()
        try:
            async with asyncio.timeout(LONGEST):
                yield made
        finally:
            await made.dismiss()
