"""Composition root: the only module that names concrete adapters.

Imports stay inside the functions, so that each command loads only what it uses.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from bot.core.dialogue import Dialogue

if TYPE_CHECKING:
    from bot.settings import Settings


def dialogue(knowledge: Path | None = None) -> Dialogue:
    """The dialogue over a knowledge folder."""
    from bot.adapters.knowledge_files import load

    return Dialogue(load(knowledge), tuple(sorted(available_timezones())))


def chat(*, data: Path | None, at: datetime | None, zone: str | None, as_json: bool) -> int:
    """A conversation in this terminal, now or `at`. Without a folder it is soon forgotten."""
    from bot.adapters.memory_store import MemoryStore
    from bot.adapters.session import MovableClock, RunningClock, Session
    from bot.adapters.terminal import standard
    from bot.ports import UserStore

    with ExitStack() as stack:
        store: UserStore = MemoryStore()
        if data is not None:
            from bot.adapters.tinydb_store import TinyDBStore

            store = stack.enter_context(TinyDBStore(data))
        clock = MovableClock(at) if at is not None else RunningClock()
        session = Session(dialogue(), store, clock)
        return standard(as_json=as_json).run(session, zone)


def replay(files: list[Path], *, accept: bool) -> list[str]:
    """Run conversation files; returns what did not go as written."""
    from bot.adapters.conversations import replay_file

    talk = dialogue()
    # Beginnings are the openings of other files: their replies are checked where they matter.
    chosen = [file for file in files if file.parent.name != "beginnings"]
    return [problem for file in chosen for problem in replay_file(talk, file, accept=accept)]


def telegram(settings: Settings) -> int:
    """Long polling until told to stop."""
    import asyncio

    from bot import logs
    from bot.adapters.telegram.bot import TelegramBot
    from bot.adapters.tinydb_store import TinyDBStore

    logs.set_up(settings.log_level)
    if settings.token is None:
        sys.stderr.write("no token\n")
        return 2
    with TinyDBStore(settings.data) as store:
        bot = TelegramBot(
            dialogue(settings.knowledge),
            store,
            token=settings.token.get_secret_value(),
            api_url=settings.api_url,
            poll_seconds=settings.poll_seconds,
            tick_seconds=settings.tick_seconds,
        )
        asyncio.run(bot.run_until_stopped())
    return 0
