"""A stop: no more is taken in, what is under way is finished, and never too late for a supervisor.

The time that a stop may take is cut to a fraction of a second here; the real one stays below the
10 seconds that supervisors allow.
"""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.adapters.simulator.server import BotApiServer
from bot.adapters.telegram import bot as telegram_bot
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from tests.e2e.rig import FIRST, GREETING, NUMB, Rig, rig

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

SHORT, LATE = 0.3, 600.0


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop that does not keep the tests waiting."""
    assert telegram_bot.STOP_SECONDS < 10
    monkeypatch.setattr(telegram_bot, "STOP_SECONDS", SHORT)


async def stopped(r: Rig) -> float:
    """Stop, and how long that took."""
    begin = time.monotonic()
    await r.stop()
    return time.monotonic() - begin


async def called(server: BotApiServer, method: str, seen: int = 0) -> None:
    """Wait until a method is called, after so many calls."""
    async with asyncio.timeout(5):
        # The server tells of what it has done, not of what it was asked to do.
        while all(call.method != method for call in server.calls[seen:]):  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_what_is_being_sent_is_still_sent(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.delay_next("sendMessage", SHORT / 3)
        r.server.user_says(FIRST, "/start")
        await called(r.server, "sendMessage")
        assert await stopped(r) < 5
        assert [GREETING in text for text in r.sent()] == [True]


async def test_a_telegram_that_never_answers_delays_no_stop_and_loses_no_reply(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        r.server.drop_connection_next("sendMessage")
        r.server.delay_next("sendMessage", LATE)
        before, seen = len(r.sent()), len(r.server.calls)
        r.server.user_says(FIRST, NUMB)
        await called(r.server, "sendMessage", seen)
        assert await stopped(r) < 2
        assert len(r.sent()) == before
        r.start()
        await r.settle()
        assert len(r.sent()) > before


@pytest.mark.parametrize("method", ["getMe", "setMyCommands"])
async def test_a_start_that_hangs_can_be_stopped(method: str, dialogue: Dialogue) -> None:
    async with rig(dialogue, start=False) as r:
        r.server.delay_next(method, LATE)
        r.start()
        await called(r.server, method)
        assert await stopped(r) < 2


async def test_a_stop_while_nothing_can_be_saved_or_said_is_no_longer(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")

        def full(_: object) -> object:
            raise StoreError("disk full")

        monkeypatch.setattr(r.store, "edit", full)
        r.server.delay_next("sendMessage", LATE)
        before = len(r.server.calls)
        r.server.user_says(FIRST, NUMB)
        await called(r.server, "sendMessage", before)
        assert await stopped(r) < 2
