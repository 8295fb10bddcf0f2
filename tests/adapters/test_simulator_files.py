"""getFile and downloads, as a bot and as a page use them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from telegram import Bot, InputMediaPhoto

from bot.adapters.simulator.server import BotApiServer
from tests.adapters.test_simulator import CHAT, request
from tests.adapters.test_simulator_refusals import refused


@pytest_asyncio.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer() as running:
        running.open_chat(CHAT)
        yield running


@pytest_asyncio.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    async with Bot(
        server.token,
        base_url=server.base_url,
        base_file_url=server.base_file_url,
        request=request(),
        get_updates_request=request(),
    ) as running:
        yield running


async def status(address: str) -> int:
    async with ClientSession() as session, session.get(address) as response:
        return response.status


@pytest.mark.asyncio
async def test_uploads_are_downloaded(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_document(CHAT, b"%PDF-1.7", filename="page.pdf")
    assert sent.document is not None
    file = await bot.get_file(sent.document.file_id)
    assert file.file_path is not None
    assert file.file_path.endswith(".pdf")
    assert file.file_size == 8
    assert bytes(await file.download_as_bytearray()) == b"%PDF-1.7"


@pytest.mark.asyncio
async def test_the_small_photo_is_downloaded_too(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_photo(CHAT, b"\xff\xd8\xffbytes")
    for size in sent.photo:
        file = await bot.get_file(size.file_id)
        assert bytes(await file.download_as_bytearray()) == b"\xff\xd8\xffbytes"


@pytest.mark.asyncio
async def test_a_changed_picture_has_its_own_bytes(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_photo(CHAT, b"one")
    first = server.screen(CHAT).file_id
    await sent.edit_media(InputMediaPhoto(b"two"))
    second = server.screen(CHAT).file_id
    assert first is not None
    assert second is not None
    assert (server.file(first), server.file(second)) == (b"one", b"two")


@pytest.mark.asyncio
async def test_refuses_what_cannot_be_downloaded(
    server: BotApiServer, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await refused(server, "getFile", file_id="nothing") == (
        400,
        "Bad Request: invalid file_id",
    )
    assert await refused(server, "getFile", file_id="") == (
        400,
        "Bad Request: file_id not specified",
    )
    server.user_sends(CHAT, "voice")
    assert await refused(server, "getFile", file_id="voice-file-1") == (
        400,
        "Bad Request: wrong file_id or the file is temporarily unavailable",
    )
    sent = await bot.send_document(CHAT, b"four", filename="x")
    assert sent.document is not None
    monkeypatch.setattr("bot.adapters.simulator.downloads.MAX_DOWNLOAD_BYTES", 3)
    assert await refused(server, "getFile", file_id=sent.document.file_id) == (
        400,
        "Bad Request: file is too big",
    )


@pytest.mark.asyncio
async def test_downloads_need_the_token_and_a_path(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_document(CHAT, b"four", filename="x.txt")
    assert sent.document is not None
    path = f"documents/{sent.document.file_id}.txt"
    assert await status(f"{server.base_file_url}{server.token}/{path}") == 200
    assert await status(f"{server.base_file_url}1:wrong/{path}") == 401
    assert await status(f"{server.base_file_url}{server.token}/photos/{path}") == 404
