"""What was saved and not sent is sent by the next run; what was sent is not sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.postgres_store import PostgresStore
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.ports import UserStore
from tests.e2e.rig import EMERGENCY, FIRST, GREETING, NUMB, SECOND, Rig, rig
from tests.keys import VAULT

Opened = Callable[[], AbstractAsyncContextManager[UserStore]]

pytestmark = pytest.mark.asyncio


@pytest.fixture(params=["tinydb", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens the store, as each start of the bot does.

    Tests that need a start to read the store without leaving the loop keep to TinyDB.
    """
    if request.param == "postgres":
        url = request.getfixturevalue("empty_database")
        return lambda: PostgresStore(url, VAULT, worker="polling")

    @asynccontextmanager
    async def in_folder() -> AsyncIterator[UserStore]:
        with TinyDBStore(tmp_path, VAULT) as store:
            yield store

    return in_folder


async def hold(r: Rig) -> None:
    """Let no message out until `free`."""
    r.server.fail_next("sendMessage", 502, "Bad Gateway", times=10_000)


async def tried_in_vain(r: Rig) -> None:
    """Wait until the bot pauses before it tries once more."""
    paused = asyncio.Event()
    r.on_pause = lambda _: paused.set()
    await paused.wait()


async def test_a_reply_that_a_kill_kept_back_is_sent_at_the_next_start(
    dialogue: Dialogue, opened: Opened
) -> None:
    async with opened() as store, rig(dialogue, store) as r:
        await hold(r)
        r.server.user_says(FIRST, NUMB)
        await tried_in_vain(r)
        await r.kill()
        assert r.sent() == []
    async with opened() as store, rig(dialogue, store) as r:
        await r.server.wait_for(FIRST, lambda message: EMERGENCY in message.text)
        await r.settle()
        assert len(r.sent()) == 1


async def test_what_was_sent_is_not_sent_again_after_a_kill(
    dialogue: Dialogue, opened: Opened
) -> None:
    async with opened() as store, rig(dialogue, store) as r:
        await r.says(NUMB)
        await r.kill()
    async with opened() as store, rig(dialogue, store) as r:
        await r.settle()
        assert r.sent() == []


@pytest.mark.parametrize("opened", ["tinydb"], indirect=True)
async def test_safety_goes_out_before_the_rest(dialogue: Dialogue, opened: Opened) -> None:
    async with opened() as store, rig(dialogue, store) as r:
        await hold(r)
        r.server.user_says(SECOND, "/start")
        await tried_in_vain(r)
        r.server.user_says(FIRST, NUMB)
        while len([entry async for entry in store.owing()]) < 2:
            await tried_in_vain(r)
        await r.kill()
    async with opened() as store, rig(dialogue, store) as r:
        await r.settle()
        calls = [c for c in r.server.state.calls if c.method == "sendMessage"]
        texts = [str(call.params["text"]) for call in calls]
        assert EMERGENCY in texts[0]
        assert GREETING in texts[1]


async def test_a_reminder_whose_sending_had_begun_is_not_sent_again(
    dialogue: Dialogue, opened: Opened
) -> None:
    async with opened() as store, rig(dialogue, store) as r:
        await r.wants_reminders()
        r.clock.at += timedelta(hours=1, minutes=1)
        r.server.delay_next("sendMessage", 30)
        tries = r.tries()
        await r.bot.tick()
        while r.tries() == tries:  # noqa: ASYNC110  # a request that waits tells nobody
            await asyncio.sleep(0)
        await r.kill()
        later = r.clock.at
    async with opened() as store:
        if isinstance(store, TinyDBStore):  # a database passes it over when it is taken over
            assert [owed[0].reply.reminder async for _, owed, _ in store.owing()] == [True]
        async with rig(dialogue, store) as r:
            r.clock.at = later
            await r.settle()
            assert r.sent() == []


@pytest.mark.parametrize("opened", ["tinydb"], indirect=True)
@pytest.mark.parametrize(("hours", "reminders"), [(0, 1), (1.9, 1), (2.1, 0)])
async def test_a_reminder_that_telegram_had_refused_is_sent_at_the_next_start_unless_too_late(
    hours: float, reminders: int, dialogue: Dialogue, opened: Opened
) -> None:
    async with opened() as store, rig(dialogue, store) as r:
        await r.wants_reminders()
        r.clock.at += timedelta(hours=1)
        r.server.fail_next("sendMessage", 429, "Too Many Requests", retry_after=30, times=9999)
        await r.bot.tick()
        await tried_in_vain(r)
        await r.kill()
        later = r.clock.at + timedelta(hours=hours)
    for number in (reminders, 0):
        async with opened() as store, rig(dialogue, store, start=False) as r:
            r.clock.at = later
            r.start()
            await r.settle()
            assert len(r.sent()) == number
            assert [entry async for entry in store.owing()] == []
