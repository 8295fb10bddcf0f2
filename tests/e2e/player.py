"""Plays conversations through the real Telegram application, against a loopback Bot API."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.conversations import Seen
from bot.adapters.places import main_places, zone_at
from bot.adapters.session import MovableClock, shared_zone, waiting
from bot.adapters.simulator.chats import SentMessage
from bot.adapters.simulator.server import BotApiServer
from bot.adapters.telegram.bot import TelegramBot
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Outcome
from tests.keys import VAULT

CHAT = 4711
STEP = timedelta(minutes=5)


async def no_sleep(_: float) -> None:
    """Pauses between retries take no time in tests."""
    await asyncio.sleep(0)


class Running:
    """A bot that runs, and what is needed to stop and start it again."""

    def __init__(
        self, dialogue: Dialogue, server: BotApiServer, folder: Path, clock: MovableClock
    ) -> None:
        """Nothing runs before `start`."""
        self._dialogue, self._server = dialogue, server
        self._folder, self._clock = folder, clock

    async def start(self) -> None:
        """Open the store and poll."""
        self.store = TinyDBStore(self._folder, VAULT)
        self.bot = TelegramBot(
            self._dialogue,
            self.store,
            token=self._server.token,
            api_url=self._server.base_url,
            poll_seconds=20,
            tick_seconds=300,
            clock=self._clock,
            zone_at=zone_at,
            sleep=no_sleep,
            proxies=False,
        )
        self._task = asyncio.create_task(self.bot.run())

    async def stop(self) -> None:
        """Stop as SIGTERM does; an error of the bot's comes out here."""
        self.bot.stop()
        await self._task
        self.store.close()

    async def settle(self) -> None:
        """Wait until every update is committed and every reply is out."""
        await self._server.quiet()
        await self.bot.settled()
        await self._server.quiet()


@asynccontextmanager
async def running(
    dialogue: Dialogue, server: BotApiServer, folder: Path, clock: MovableClock
) -> AsyncIterator[Running]:
    """A bot for the length of a test."""
    process = Running(dialogue, server, folder, clock)
    await process.start()
    try:
        yield process
    finally:
        await process.stop()


class TelegramPlayer:
    """What a user does and sees in one private chat."""

    def __init__(
        self, process: Running, server: BotApiServer, clock: MovableClock, dialogue: Dialogue
    ) -> None:
        """Opens the chat."""
        self._process, self._server, self._clock = process, server, clock
        self._book = dialogue.book
        self._known: dict[int, tuple[str, int]] = {}
        server.open_chat(CHAT)

    async def __call__(self, line: str) -> Sequence[Seen]:
        """What the user sees after one input line of a conversation file."""
        span = waiting(line)
        if span is not None:
            await self._wait(self._clock.at + span)
        elif line == "restart":
            await self._process.stop()
            await self._process.start()
        else:
            self._do(line)
        await self._process.settle()
        return self._news()

    async def _wait(self, until: datetime) -> None:
        while self._clock.at < until:
            self._clock.at = min(until, self._clock.at + STEP)
            if await self._process.bot.tick():
                await self._process.settle()

    def _do(self, line: str) -> None:
        press = re.fullmatch(r"\[(.+)\]", line)
        sends = re.fullmatch(r"\((\w+)\)", line)
        zone = shared_zone(line)
        if zone is not None:
            self._server.user_sends(CHAT, "location", *main_places()[zone])
        elif press:
            self._server.user_presses(CHAT, press.group(1), self._with_button(press.group(1)))
        elif sends:
            self._server.user_sends(CHAT, sends.group(1))
        else:
            self._server.user_says(CHAT, line)

    def _with_button(self, label: str) -> int | None:
        """The newest message that shows the button; None lets the server explain."""
        for message in reversed(self._server.messages(CHAT)):
            if any(label == shown for row in message.buttons for shown in row):
                return message.message_id
        return None

    def _news(self) -> list[Seen]:
        """Messages that are new or say something else, in order."""
        news = []
        for message in self._server.messages(CHAT):
            known = self._known.get(message.message_id)
            if known is None or (known[0] != message.html and known[1] != message.edited):
                news.append(self._seen(message))
            self._known[message.message_id] = (message.html, message.edited)
        return news

    def _seen(self, message: SentMessage) -> Seen:
        """A message with what its words state: an outcome, a stretch."""
        text = message.text
        k = self._book.knowledge
        headings = [(o.id, words) for o in k.outcomes for words in (o.heading, o.noted)]
        rules = [(flag.outcome, flag.card) for flag in k.flags]
        rules += [(combination.outcome, combination.card) for combination in k.combinations]
        headings += [(found, self._book.cards[card].heading) for found, card in rules if card]
        headings.append((Outcome.SELF_CARE, k.texts["no_new_signs"]))
        outcome = next((found for found, words in headings if words in text), None)
        stretches = tuple(s.id for s in k.stretches if f"{s.name} (" in text)
        buttons = tuple(label for row in message.buttons for label in row)
        return Seen(text, buttons, outcome, stretches)
