"""Polling: it goes on through trouble, and ends with words where it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import warnings
from pathlib import Path

import aiohttp
import pytest

from bot.adapters.memory_store import MemoryStore
from bot.adapters.simulator.server import BotApiServer
from bot.adapters.telegram.bot import TelegramBot
from bot.core.dialogue import Dialogue
from bot.core.errors import SettingsError, UnknotError
from tests.e2e.rig import EMERGENCY, FIRST, GREETING, NUMB, Rig, rig

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]


async def answered_after_all(r: Rig) -> None:
    """The bot runs, and whoever writes is answered once."""
    await r.settle()
    assert r.alive
    assert [GREETING in text for text in r.sent()] == [True]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (409, "Conflict: terminated by other getUpdates request"),
        (429, "Too Many Requests: retry after 3"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (504, "Gateway Timeout"),
    ],
)
async def test_polling_goes_on_after_a_refusal(code: int, words: str, dialogue: Dialogue) -> None:
    async with rig(dialogue, start=False) as r:
        retry_after = 3 if code == 429 else None
        r.server.fail_next("getUpdates", code, words, times=4, retry_after=retry_after)
        r.server.user_says(FIRST, "/start")
        r.start()
        await answered_after_all(r)
        assert len(r.pauses) == 4
        assert set(r.pauses) <= {3.0, 5.0}


@pytest.mark.parametrize("cut", ["drop_connection_next", "lose_answer_next"])
async def test_polling_goes_on_after_a_broken_connection(cut: str, dialogue: Dialogue) -> None:
    async with rig(dialogue, start=False) as r:
        for _ in range(3):
            getattr(r.server, cut)("getUpdates")
        r.server.user_says(FIRST, "/start")
        r.start()
        await answered_after_all(r)
        assert len(r.pauses) == 3


@pytest.mark.parametrize("method", ["getMe", "setMyCommands"])
async def test_a_bot_started_before_its_network_waits_for_it(
    method: str, dialogue: Dialogue
) -> None:
    async with rig(dialogue, start=False) as r:
        r.server.fail_next(method, 502, "Bad Gateway", times=3)
        r.server.user_says(FIRST, "/start")
        r.start()
        await r.server.wait_for(FIRST, lambda message: GREETING in message.text, timeout=1)
        await answered_after_all(r)


def with_a_wrong_token(dialogue: Dialogue, server: BotApiServer) -> TelegramBot:
    return TelegramBot(
        dialogue,
        MemoryStore(),
        token="1:wrong",  # noqa: S106
        api_url=server.base_url,
        poll_seconds=1,
        tick_seconds=300,
        proxies=False,
    )


async def test_a_wrong_token_is_refused_with_words(dialogue: Dialogue) -> None:
    async with BotApiServer() as server:
        with pytest.raises(SettingsError, match=r"UNKNOT_TOKEN: .*copy it anew from BotFather"):
            await with_a_wrong_token(dialogue, server).run()


async def test_a_bot_that_could_not_start_leaves_no_connection_open(dialogue: Dialogue) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always")
        async with BotApiServer() as server:
            with contextlib.suppress(SettingsError):
                await with_a_wrong_token(dialogue, server).run()
            gc.collect()
    assert [str(one.message) for one in noticed] == []


async def test_a_token_revoked_while_running_ends_the_bot_with_words(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.fail_next("getUpdates", 401, "Unauthorized")
        r.server.user_says(FIRST, "/start")
        with pytest.raises(UnknotError, match="UNKNOT_TOKEN"):
            await r.ended()


# -- the real command ----------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["folder", "database"])
async def test_the_real_command_answers_and_ends_on_sigterm(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with BotApiServer() as server:
        server.open_chat(FIRST)
        wanted = {"UNKNOT_API_URL": server.base_url, "UNKNOT_SECRETS": str(tmp_path / "secrets")}
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "unknot_token").write_text(f"{server.token}\n")
        with socket.create_server(("127.0.0.1", 0)) as free:
            wanted["UNKNOT_STATUS_PORT"] = str(free.getsockname()[1])
        wanted["PYTHONPATH"] = str(ROOT)
        if place == "database":
            wanted["UNKNOT_DATABASE_URL"] = request.getfixturevalue("empty_database")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot"),
            env={"PATH": os.environ["PATH"], "UNKNOT_LOG_LEVEL": "DEBUG", **wanted},
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        server.user_says(FIRST, NUMB)
        await server.wait_for(FIRST, lambda message: EMERGENCY in message.text, timeout=20)
        address = f"http://127.0.0.1:{wanted['UNKNOT_STATUS_PORT']}"
        async with aiohttp.ClientSession(address) as client:
            words = [await (await client.get(path)).text() for path in ("/healthz", "/readyz")]
            numbers = await (await client.get("/metrics")).text()
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, errors.decode()
    assert words == ["well\n", "ready\n"]
    assert 'unknot_outcomes_total{level="emergency_go"} 1' in numbers
    assert server.token.encode() not in errors
    assert b"between my legs" not in errors
    assert (tmp_path / "data" / "users").exists() == (place == "folder")
