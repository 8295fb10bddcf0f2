"""A bot against the loopback Bot API, with its pauses, store and clock in a test's hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram.error import TimedOut

from bot.adapters.memory_store import MemoryStore
from bot.adapters.places import zone_at
from bot.adapters.session import MovableClock
from bot.adapters.simulator.chats import SentMessage
from bot.adapters.simulator.server import BotApiServer
from bot.adapters.telegram import bot as telegram_bot
from bot.adapters.telegram.bot import TelegramBot
from bot.adapters.telegram.enclosures import Enclosures
from bot.adapters.telegram.gate import Gate
from bot.adapters.telegram.transport import Transport
from bot.adapters.telegram.webhook import Hook
from bot.core.dialogue import Dialogue
from bot.core.state import UserState
from bot.meter import Meter
from bot.ports import UserId, UserStore

FIRST, SECOND = 4711, 4712
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
NUMB = "I cannot feel anything between my legs when I wipe"
EMERGENCY = "Emergency: go to a hospital emergency department now"
GREETING, QUESTION = "I am Unknot", "What happened to your back?"

FREELY = 10_000  # messages a second: the pace has tests of its own
LONGEST = 60.0  # seconds of a test that waits for what never comes


class Rig:
    """One bot, its server, and what a test wants to know of both."""

    def __init__(
        self, dialogue: Dialogue, server: BotApiServer, store: UserStore, clock: MovableClock
    ) -> None:
        """Nothing runs before `start`."""
        self.dialogue, self.server, self.store, self.clock = dialogue, server, store, clock
        self.pauses: list[float] = []
        self.pulses: list[bool] = []
        self.on_pause: Callable[[float], None] = lambda _: None
        self.enclosures: Enclosures | None = None
        self.hook: Hook | None = None
        self.counting = asyncio.Event()  # counts stand still until it is set
        self.counting.set()
        self._task: asyncio.Task[None] | None = None

    async def _count(self, seconds: float) -> None:
        """The seconds of a count pass at once, on the clock too."""
        await self.counting.wait()
        self.clock.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def _sleep(self, seconds: float) -> None:
        """Pauses between retries are written down and take no time."""
        self.pauses.append(seconds)
        self.on_pause(seconds)
        await asyncio.sleep(0)

    def _passed(self) -> float:
        return time.monotonic() + sum(self.pauses)

    def start(self) -> None:
        """Run the bot."""
        self.meter = Meter()
        self.bot = TelegramBot(
            self.dialogue,
            self.store,
            token=self.server.token,
            api_url=self.server.base_url,
            poll_seconds=20,
            tick_seconds=300,
            clock=self.clock,
            pulse=self.pulses.append,
            zone_at=zone_at,
            sleep=self._sleep,
            gate=Gate(self._passed, most=FREELY, most_bulk=FREELY),
            enclosures=self.enclosures,
            count_sleep=self._count,
            proxies=False,
            meter=self.meter,
            hook=self.hook,
        )
        self._task = asyncio.create_task(self.bot.run())

    async def stop(self) -> None:
        """Stop as SIGTERM does; an error of the bot's comes out here."""
        if self._task is not None:
            self.bot.stop()
        await self.ended()

    async def ended(self) -> None:
        """Wait until the bot has ended; its error comes out here."""
        task, self._task = self._task, None
        if task is not None:
            async with asyncio.timeout(10):
                await task

    async def kill(self) -> None:
        """End the bot as SIGKILL does: nothing is finished, only what is stored remains."""
        self._task = None
        parts = [task for task in asyncio.all_tasks() if _is_of_a_bot(task)]
        for task in parts:
            task.cancel()
        await asyncio.gather(*parts, return_exceptions=True)

    @property
    def alive(self) -> bool:
        """Whether the bot still runs."""
        return self._task is not None and not self._task.done()

    async def settle(self) -> None:
        """Wait until every update is confirmed and every reply is out."""
        await self.server.quiet()
        await self.bot.settled()
        await self.server.quiet()

    async def says(self, text: str, chat: int = FIRST) -> list[SentMessage]:
        """Write something; returns what is new in the chat."""
        before = len(self.server.messages(chat))
        self.server.user_says(chat, text)
        await self.settle()
        return self.server.messages(chat)[before:]

    async def presses(self, label: str, chat: int = FIRST) -> list[SentMessage]:
        """Tap a button; returns what is new in the chat, not what was edited."""
        before = len(self.server.messages(chat))
        self.server.user_presses(chat, label)
        await self.settle()
        return self.server.messages(chat)[before:]

    async def begins(self, chat: int = FIRST) -> None:
        """Up to the first question."""
        await self.says("/start", chat)
        await self.presses("Agree and start", chat)

    async def wants_reminders(self, chat: int = FIRST) -> None:
        """Agree, leave the questions, and set a daily reminder at 10:00 UTC."""
        await self.begins(chat)
        for line in ("/stop", "/remind", "10:00", "UTC+0"):
            await self.says(line, chat)
        await self.presses("Yes, that is right", chat)

    async def state(self, chat: int = FIRST) -> UserState:
        """What is stored of a user."""
        async with self.store.edit(UserId(f"tg:{chat}")) as draft:
            return draft.state

    async def users(self) -> list[UserId]:
        """Of whom something is stored."""
        return [user async for user in self.store.everyone()]

    def sent(self, chat: int = FIRST) -> list[str]:
        """The texts of the bot's messages in a chat."""
        return [message.text for message in self.server.messages(chat)]

    def tries(self, method: str = "sendMessage") -> int:
        """How often a method was called."""
        return sum(call.method == method for call in self.server.calls)


def _is_of_a_bot(task: asyncio.Task[Any]) -> bool:
    name = getattr(task.get_coro(), "__qualname__", "")
    return name.startswith(("TelegramBot.", "Delivery."))


@asynccontextmanager
async def rig(
    dialogue: Dialogue, store: UserStore | None = None, *, start: bool = True
) -> AsyncIterator[Rig]:
    """A running bot for the length of a test, with two people who have opened the chat."""
    clock = MovableClock(MONDAY)

    def now() -> float:
        return clock.at.timestamp()

    async with BotApiServer(clock=now) as server:
        made = Rig(dialogue, server, store or MemoryStore(), clock)
        for chat in (FIRST, SECOND):
            server.open_chat(chat)
        if start:
            made.start()
        try:
            async with asyncio.timeout(LONGEST):
                yield made
        finally:
            await made.stop()


class UnsureTransport(Transport):
    """Requests that were carried out, and whose answer came too late for us."""

    late: dict[str, int]

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """The request as always; then a time-out where one is planned."""
        answer = await super().do_request(url, *args, **kwargs)
        method = url.rpartition("/")[2]
        if self.late.get(method, 0) > 0:
            self.late[method] -= 1
            raise TimedOut from TimeoutError()
        return answer


def late_answers(monkeypatch: Any, **times: int) -> dict[str, int]:
    """From now on, bots that are started get so many answers of a method too late."""
    late = dict(times)
    monkeypatch.setattr(UnsureTransport, "late", late, raising=False)
    monkeypatch.setattr(telegram_bot, "Transport", UnsureTransport)
    return late
