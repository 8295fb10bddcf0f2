"""Saved turns a second through the whole Telegram path, beside a bare echo bot on the same path.

Both talk to the simulated Bot API on loopback; the echo bot is python-telegram-bot as its manual
shows it, and keeps nothing.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time

from bench.report import Part, Row, show
from bot.adapters.simulator.server import TOKEN, BotApiServer

USERS, MESSAGES, ROUNDS = 50, 8, 5
TALK = (
    *("/start", "yes", "I was lifting a box", "none", "none", "since yesterday", "none"),
    "no numbness and I can go to the toilet",
)
WARM = 999_999  # a chat that only shows that the bot is there


def measured() -> Part:
    """Both bots by turns, as the time that an update takes of a loaded bot."""
    rates = [[asyncio.run(_rate(kind)) for kind in ("echo", "unknot")] for _ in range(ROUNDS)]
    echo, saved = (statistics.median(found) for found in zip(*rates, strict=True))
    # Each round by itself: a busy minute of the machine hits both bots of it.
    ratio = statistics.median(bare / kept for bare, kept in rates)
    what, floor = "an update read, stepped, saved and answered", "a bare echo bot, no disk"
    row = Row(what, 1000 / saved, "ms", ratio, f"{floor}, median of {ROUNDS} rounds")
    goal = "Target: a ratio of at most 1."
    notes = (f"Updates a second: {saved:.0f}, the echo bot {echo:.0f}. {goal}",)
    return Part("The whole Telegram path", (row,), notes)


async def _rate(kind: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with BotApiServer() as server:
            server.open_chat(WARM)
            for chat in range(USERS):
                server.open_chat(1000 + chat)
            bot = await asyncio.create_subprocess_exec(
                *(
                    sys.executable,
                    "-m",
                    "bench.telegram",
                    kind,
                    server.base_url,
                    folder,
                )
            )
            try:
                server.user_says(WARM, "/start")
                await _answered(server, [WARM], 1)
                begin = time.perf_counter()
                for text in TALK[:MESSAGES]:
                    for chat in range(USERS):
                        server.user_says(1000 + chat, text)
                await _answered(server, [1000 + chat for chat in range(USERS)], MESSAGES)
                return USERS * MESSAGES / (time.perf_counter() - begin)
            finally:
                bot.terminate()
                await bot.wait()


async def _answered(server: BotApiServer, chats: list[int], times: int) -> None:
    """Wait until each chat has so many answers of the bot and no update waits."""

    def done() -> bool:
        return all(len(server.messages(chat)) >= times for chat in chats)

    if not await server.state.changes.until(done, 120):
        raise TimeoutError
    await server.quiet()


def _echo(url: str) -> None:
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters
    from telegram.request import HTTPXRequest

    async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.message is not None and update.message.text:
            await update.message.reply_text(update.message.text)

    request = HTTPXRequest(connection_pool_size=256, httpx_kwargs={"trust_env": False})
    polls = HTTPXRequest(httpx_kwargs={"trust_env": False})
    application = (
        Application.builder()
        .token(TOKEN)
        .base_url(url)
        .request(request)
        .get_updates_request(polls)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling(allowed_updates=[Update.MESSAGE])


def _unknot(url: str, folder: str) -> None:
    from pathlib import Path

    from bot import logs
    from bot.adapters.telegram.bot import TelegramBot
    from bot.adapters.telegram.gate import Gate
    from bot.adapters.tinydb_store import TinyDBStore
    from bot.adapters.vault import throwaway
    from bot.app import dialogue

    logs.set_up("INFO")
    with TinyDBStore(Path(folder), throwaway()) as store:
        bot = TelegramBot(
            dialogue(),
            store,
            token=TOKEN,
            api_url=url,
            poll_seconds=20,
            tick_seconds=30,
            label=store.label,
            gate=Gate(most=100_000, most_bulk=100_000),  # what it could do, not what is allowed
            proxies=False,
        )
        asyncio.run(bot.run_until_stopped())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["echo", url, _]:
            _echo(url)
        case ["unknot", url, folder]:
            _unknot(url, folder)
        case _:
            show(measured())
