"""Nothing of a person's health, name or words is in any log line or any plain byte on disk."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from telegram.error import NetworkError

from bot import logs
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from bot.core.state import dump
from tests.e2e.rig import FIRST, NUMB, rig
from tests.keys import SECRET, VAULT

pytestmark = pytest.mark.asyncio

# What a person would not want to be found: their words, id and name, the token, the key.
WHERE = (51.83712, 12.24361)
COORDINATES = ("51.83", "12.24", "83712", "24361")
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


@pytest.mark.parametrize("kind", ["location", "venue"])
async def test_a_shared_location_leaves_a_zone_and_no_coordinates(
    kind: str,
    dialogue: Dialogue,
    tmp_path: Path,
    whole_log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain: list[str] = []

    def seen(value: object) -> str:
        plain.append(json.dumps(value, default=str))
        return plain[-1]

    with TinyDBStore(tmp_path, VAULT) as store:
        async with rig(dialogue, store) as r:
            await r.begins()
            for line in ("/stop", "/remind", "10:00"):
                await r.says(line)
            r.server.user_sends(FIRST, kind, *WHERE)
            await r.settle()
            assert "Is it 10:00am for you now? (Europe/Berlin)" in r.sent()[-1]
            seen(dump(await r.state()))
            r.server.user_sends(FIRST, kind, *WHERE)
            await r.settle()
            await r.presses("Yes, that is right")
            assert (await r.state()).zone == "Europe/Berlin"
            seen(dump(await r.state()))

            def broken(*_: object) -> None:
                raise ValueError("broken")

            with monkeypatch.context() as patch:
                patch.setattr(type(dialogue), "step", broken)
                r.server.user_sends(FIRST, kind, *WHERE)
                await r.settle()
            r.server.user_sends(FIRST, kind, *WHERE)
            await r.settle()
            exported = await r.says("/export")
            plain.extend(message.text for message in exported)
            plain.extend(str(call.params) for call in r.server.calls)
        assert "I use a location only to learn your time zone" in "".join(plain)
    shown = whole_log.getvalue()
    assert "event=Place" in shown
    assert "update_failed" in shown
    for told in (*plain, shown):
        assert [part for part in COORDINATES if part in told] == []
    for file in below(tmp_path):
        content = file.read_bytes()
        assert [part for part in COORDINATES if part.encode() in content] == []


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
