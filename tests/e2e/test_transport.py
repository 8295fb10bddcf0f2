"""Requests over aiohttp: what came of a failure decides whether a reminder is sent again."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from telegram import Bot
from telegram.error import NetworkError, TimedOut

from bot.adapters.simulator.server import TOKEN, BotApiServer
from bot.adapters.telegram.transport import Transport, may_have_arrived
from tests.e2e.rig import FIRST

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e]


def bot_at(url: str) -> Bot:
    return Bot(
        TOKEN,
        base_url=url,
        request=Transport(2, proxies=False),
        get_updates_request=Transport(1, proxies=False),
    )


async def test_texts_and_files_arrive_whole() -> None:
    async with BotApiServer() as server:
        server.open_chat(FIRST)
        async with bot_at(server.base_url) as bot:
            await bot.send_message(FIRST, "a & b = ü 🦵")
            sent = await bot.send_document(FIRST, "ü".encode(), filename="a.txt")
        assert server.messages(FIRST)[0].text == "a & b = ü 🦵"
        assert sent.document is not None
        assert sent.document.file_name == "a.txt"


async def test_a_refused_connection_never_went_out() -> None:
    bot = bot_at("http://127.0.0.1:9/bot")  # the discard port: nobody listens
    with pytest.raises(NetworkError) as refused:
        await bot.initialize()
    assert not may_have_arrived(refused.value)
    assert TOKEN not in str(refused.value)
    await bot.shutdown()


async def test_an_answer_that_breaks_off_may_have_arrived() -> None:
    async with BotApiServer() as server:
        server.open_chat(FIRST)
        async with bot_at(server.base_url) as bot:
            server.lose_answer_next("sendMessage")
            with pytest.raises(NetworkError) as cut:
                await bot.send_message(FIRST, "Hello")
        assert may_have_arrived(cut.value)
        assert TOKEN not in str(cut.value)


async def test_an_answer_that_takes_too_long_may_have_arrived() -> None:
    async with BotApiServer() as server:
        server.open_chat(FIRST)
        async with bot_at(server.base_url) as bot:
            server.delay_next("sendMessage", 5)
            with pytest.raises(TimedOut) as late:
                await bot.send_message(FIRST, "Hello", read_timeout=0.05, write_timeout=0.05)
        assert may_have_arrived(late.value)


async def test_who_finds_the_pool_full_waits() -> None:
    async with BotApiServer() as server:
        server.open_chat(FIRST)
        async with bot_at(server.base_url) as bot:
            await asyncio.gather(*(bot.send_message(FIRST, str(n)) for n in range(20)))
        assert len(server.messages(FIRST)) == 20


async def test_certificates_are_checked() -> None:
    from bot.adapters.telegram import transport

    context = transport._certificates()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
