"""Nothing of a person's health, name or words is in any log line or any plain byte on disk."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from telegram.error import NetworkError

from bot import logs
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from tests.e2e.rig import FIRST, NUMB, rig
from tests.keys import SECRET, VAULT

pytestmark = pytest.mark.asyncio

# What a person would not want to be found: their words, id and name, the token, the key.
SAID = "my zebra canary cannot feel its saddle"
WORDS = ("zebra", "canary", str(FIRST), "wipe", "saddle_numbness", "numbness", "Asia/Tokyo")


@pytest.fixture
def whole_log() -> Iterator[io.StringIO]:
    """All that is logged, at the most talkative level."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.set_up("DEBUG")
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_no_log_line_holds_anything_of_the_person(
    dialogue: Dialogue,
    tmp_path: Path,
    whole_log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        async with rig(dialogue, store) as r:
            for line in ("/start", "yes", SAID, NUMB, "/settings", "/export", "/why"):
                await r.says(line)
            r.server.fail_next("sendMessage", 400, f"Bad Request: {SAID}")
            await r.says("/why")
            r.server.drop_connection_next("sendMessage")
            await r.says("hm " + SAID)

            def full(*_: object) -> None:
                raise StoreError("cannot write a user's file: No space left on device")

            def broken(*_: object) -> None:
                raise ValueError(SAID)

            with monkeypatch.context() as patch:
                patch.setattr(type(store), "_save", full)
                await r.says(SAID)
            with monkeypatch.context() as patch:
                patch.setattr(type(dialogue), "step", broken)
                await r.says(SAID)
            logging.getLogger("telegram").error("update %s", SAID)
            logging.getLogger("aiohttp.client").error(SAID, exc_info=NetworkError(SAID))
            token = r.server.token
    shown = whole_log.getvalue()
    assert "handled user=" in shown
    assert "save_failed" in shown
    for word in (*WORDS, token, SECRET.hex()):
        assert word not in shown, word


def below(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize("then", ["nothing", "export", "delete"])
async def test_no_plain_byte_on_disk_tells_of_the_person(
    dialogue: Dialogue, tmp_path: Path, then: str
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        async with rig(dialogue, store) as r:
            for line in ("/start", "yes", SAID, NUMB):
                await r.says(line)
            if then == "export":
                await r.says("/export")
            if then == "delete":
                await r.says("/delete")
                await r.presses("Delete everything")
    files = below(tmp_path)
    for file in files:
        for word in WORDS:
            assert word.encode() not in file.read_bytes(), file.name
            assert word not in str(file.relative_to(tmp_path))
    if then == "delete":
        assert not [file for file in files if file.suffix in {".unknot", ".old"}]
        assert (tmp_path / "receipts").read_bytes() == b""


async def test_an_export_comes_as_a_text_and_as_json(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        for line in ("/start", "yes", NUMB, "/export"):
            await r.says(line)
        names = [c.params["document"] for c in r.server.calls if c.method == "sendDocument"]
        assert len(names) == 2
