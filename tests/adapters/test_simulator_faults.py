"""Faults on request: refusals, lost answers, updates twice or late, jumps of the clock."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ServerDisconnectedError

from bot.adapters.simulator.server import BotApiServer
from tests.adapters.test_simulator import CHAT, Clock, post

OTHER = 12


@pytest_asyncio.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(clock=Clock()) as running:
        for chat in (CHAT, OTHER):
            running.open_chat(chat)
        yield running


async def say(server: BotApiServer, chat_id: int = CHAT) -> dict[str, Any]:
    return await post(server, "sendMessage", chat_id=chat_id, text="Text")


async def polled(server: BotApiServer, offset: int = 0) -> list[int]:
    answer = await post(server, "getUpdates", offset=offset)
    return [update["update_id"] for update in answer["result"]]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "description"),
    [
        (400, "Bad Request: chat not found"),
        (403, "Forbidden: bot was blocked by the user"),
        (409, "Conflict: terminated by other getUpdates request"),
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
    ],
)
async def test_refusals_on_request(server: BotApiServer, code: int, description: str) -> None:
    server.fail_next("sendMessage", code, description)
    answer = await say(server)
    assert answer == {"ok": False, "error_code": code, "description": description}
    assert server.messages(CHAT) == []
    assert (await say(server))["ok"]


@pytest.mark.asyncio
async def test_a_limit_on_request_for_one_chat(server: BotApiServer) -> None:
    server.limit_next("sendMessage", 7, chat_id=CHAT)
    assert (await say(server, OTHER))["ok"]
    assert await say(server) == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }


@pytest.mark.asyncio
async def test_a_lost_answer_has_been_acted_on(server: BotApiServer) -> None:
    server.lose_answer_next("sendMessage")
    with pytest.raises(ServerDisconnectedError):
        await say(server)
    assert [message.text for message in server.messages(CHAT)] == ["Text"]


@pytest.mark.asyncio
async def test_a_cut_connection_has_done_nothing(server: BotApiServer) -> None:
    server.drop_connection_next("sendMessage")
    with pytest.raises(ServerDisconnectedError):
        await say(server)
    assert server.messages(CHAT) == []


@pytest.mark.asyncio
async def test_an_update_comes_twice(server: BotApiServer) -> None:
    said = server.user_says(CHAT, "x").update_id
    assert await polled(server) == [said]
    assert await polled(server, said + 1) == []
    server.redeliver(said)
    assert await polled(server, said + 1) == [said]
    assert await polled(server, said + 1) == []


@pytest.mark.asyncio
async def test_an_update_comes_late(server: BotApiServer) -> None:
    server.hold_updates()
    late = server.user_says(CHAT, "late").update_id
    assert await polled(server) == []
    server.release_updates()
    early = server.user_says(CHAT, "next").update_id
    assert await polled(server) == [late, early]


@pytest.mark.asyncio
async def test_an_update_comes_after_newer_ones(server: BotApiServer) -> None:
    server.hold_updates()
    late = server.user_says(CHAT, "late").update_id
    server.release_updates()
    newer = server.user_says(OTHER, "newer").update_id
    assert await polled(server, newer + 1) == [late]
    assert await polled(server, newer + 1) == []


@pytest.mark.asyncio
async def test_the_clock_jumps(server: BotApiServer) -> None:
    dates = []
    for jump in (0, 3600, -7200):
        server.jump_clock(jump)
        dates.append((await say(server))["result"]["date"])
    assert dates == [1_700_000_000, 1_700_003_600, 1_699_996_400]


@pytest.mark.asyncio
async def test_updates_are_forgotten_after_a_day(server: BotApiServer) -> None:
    server.user_says(CHAT, "old")
    server.jump_clock(24 * 3600)
    assert await polled(server) == []


@pytest.mark.asyncio
async def test_a_negative_offset_keeps_the_last_ones(server: BotApiServer) -> None:
    said = [server.user_says(CHAT, text).update_id for text in ("one", "two", "three")]
    assert await polled(server, -1) == said[2:]
    assert await polled(server) == said[2:]
