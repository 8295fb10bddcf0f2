"""The chat in the browser: its JSON API over loopback, with the real bot behind it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.adapters.simulator.page import MOST_PEOPLE, Page, moved
from bot.core.dialogue import Dialogue
from tests.e2e.rig import MONDAY, QUESTION, Rig, rig

pytestmark = pytest.mark.asyncio

ROOT = Path(__file__).parents[2]


@dataclass
class Browser:
    """What a page asks for, without the page."""

    rig: Rig
    page: Page
    client: ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.client.get(self.page.address + path, headers=headers) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        url = self.page.address + path
        async with self.client.post(url, json=body, headers=headers) as answer:
            given = answer.status, await answer.json()
        await self.rig.settle()
        return given

    async def messages(self, chat: int = 1) -> list[dict[str, Any]]:
        _, given = await self.get(f"api/chats/{chat}")
        found: list[dict[str, Any]] = given["messages"]
        return [message for message in found if "text" in message]

    async def says(self, text: str, chat: int = 1) -> None:
        assert (await self.post(f"api/chats/{chat}/text", {"text": text}))[0] == 200

    async def presses(self, label: str, chat: int = 1) -> tuple[int, Any]:
        shown = await self.messages(chat)
        for message in reversed(shown):
            for button in (one for row in message["buttons"] for one in row):
                if button["text"] == label:
                    body = {"message": message["id"], "data": button["callback_data"]}
                    return await self.post(f"api/chats/{chat}/press", body)
        raise AssertionError(label)


@asynccontextmanager
async def browser(dialogue: Dialogue) -> AsyncIterator[Browser]:
    async with rig(dialogue) as r:

        async def woken() -> None:
            await r.bot.tick()
            await r.bot.settled()

        async def move(until: datetime) -> None:
            await moved(r.clock, until, r.store.next_due, woken)

        async with Page(r.server, r.clock, move) as page, ClientSession() as client:
            yield Browser(r, page, client)


async def test_a_conversation_starts_and_goes_on_by_buttons(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        await b.says("/start")
        await b.presses("Agree and start")
        shown = await b.messages()
        assert shown[0]["mine"]
        assert QUESTION in shown[-1]["text"]
        assert not shown[-1]["mine"]
        assert {"type": "bold"}.items() <= shown[-1]["entities"][0].items()


async def test_only_what_is_new_comes_after_a_change(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        await b.says("/start")
        _, before = await b.get("api/chats/1")
        waiting = asyncio.create_task(b.get(f"api/chats/1?since={before['change']}&wait=1"))
        await b.says("/help")
        _, after = await waiting
        assert after["change"] > before["change"]
        _, whole = await b.get(f"api/chats/1?since={before['change']}")
        old = {message["id"] for message in before["messages"]}
        assert whole["messages"]
        assert not old & {m["id"] for m in whole["messages"] if m.get("mine")}


async def test_a_press_on_a_button_that_is_gone_is_refused_in_words(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        await b.says("/start")
        first = (await b.messages())[-1]
        data = first["buttons"][0][0]["callback_data"]
        await b.presses("Agree and start")
        gone = {"message": first["id"], "data": data}
        status, given = await b.post("api/chats/1/press", gone)
        assert status == 409
        assert given["problem"].startswith("no button")


async def test_an_old_button_still_on_the_screen_answers_no_other_question(
    dialogue: Dialogue,
) -> None:
    async with browser(dialogue) as b:
        await b.says("/start")
        await b.presses("Agree and start")
        old = (await b.messages())[-1]
        await b.says("/stop")
        before = await b.rig.state(1)
        body = {"message": old["id"], "data": old["buttons"][0][0]["callback_data"]}
        assert (await b.post("api/chats/1/press", body))[0] == 200
        after = await b.rig.state(1)
        assert (after.facts, after.stage) == (before.facts, before.stage)


async def test_moving_the_time_makes_a_reminder_arrive_at_once(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        await b.says("/start")
        await b.presses("Agree and start")
        for line in ("/stop", "/remind", "10:00", "UTC+0"):
            await b.says(line)
        await b.presses("Yes, that is right")
        before = len(await b.messages())
        status, _ = await b.post("api/chats/1/time", {"to": "hour", "zone": "UTC"})
        assert status == 200
        assert b.rig.clock.at == MONDAY + timedelta(hours=1)
        assert len(await b.messages()) == before + 1


async def test_tomorrow_morning_is_the_morning_of_the_shared_place(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        await b.post("api/chats/1/place", {"place": "Tokyo"})
        await b.post("api/chats/1/time", {"to": "morning", "zone": "UTC"})
        assert b.rig.clock.at == datetime.fromisoformat("2026-03-03T08:00+09:00")
        assert (await b.messages())[0]["place"] == "Tokyo"


async def test_people_stand_side_by_side_and_there_is_an_end_to_them(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        for number in range(2, MOST_PEOPLE + 1):
            added = (200, {"id": number, "name": f"Person {number}"})
            assert await b.post("api/chats", {}) == added
        assert (await b.post("api/chats", {}))[0] == 409
        await b.says("/help", chat=2)
        assert await b.messages(1) == []
        assert len(await b.messages(2)) == 2


async def test_a_document_comes_to_be_saved_and_never_to_run(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        await b.says("/start")
        await b.presses("Agree and start")
        await b.says("/export")
        media = next(m["media"] for m in await b.messages() if m["media"])
        async with b.client.get(f"{b.page.address}api/files/{media['id']}") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.content_type == "application/octet-stream"
            assert len(await answer.read()) == media["size"]
        assert (await b.get("api/files/document-file-99"))[0] == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("api/chats/1/text", {"text": " "}),
        ("api/chats/1/text", {"text": "x" * 4097}),
        ("api/chats/1/text", {"text": 5}),
        ("api/chats/1/text", ["text"]),
        ("api/chats/1/press", {"message": "1", "data": "x"}),
        ("api/chats/1/place", {"place": "Atlantis"}),
        ("api/chats/1/time", {"to": "yesterday"}),
        ("api/chats/1/time", {"to": "morning", "zone": "../etc"}),
    ],
)
async def test_a_bad_request_is_refused_and_changes_nothing(
    dialogue: Dialogue, path: str, body: object
) -> None:
    async with browser(dialogue) as b:
        status, given = await b.post(path, body)
        assert status == 400
        assert given["problem"]
        assert await b.messages() == []
        assert b.rig.clock.at == MONDAY


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "unknot.example"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "http://unknot.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_other_sites_may_neither_read_nor_write(
    dialogue: Dialogue, headers: dict[str, str]
) -> None:
    async with browser(dialogue) as b:
        for path in ("", "page.js", "api/chats", "api/chats/1"):
            assert (await b.get(path, **headers))[0] == 403
        assert (await b.post("api/chats/1/text", {"text": "hello"}, **headers))[0] == 403
        assert await b.messages() == []


async def test_a_plain_form_of_another_site_is_no_request(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        url = f"{b.page.address}api/chats/1/text"
        async with b.client.post(url, data='{"text": "hello"}') as answer:
            assert answer.status == 415
        assert (await b.get("api/chats/7"))[0] == 404
        assert (await b.get("api/chats/1?since=-1"))[0] == 400


async def test_the_page_loads_nothing_from_elsewhere(dialogue: Dialogue) -> None:
    async with browser(dialogue) as b:
        for name in ("", "page.css", "page.js", "page.svg"):
            async with b.client.get(b.page.address + name) as answer:
                text = await answer.text()
                assert answer.status == 200
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["Cache-Control"] == "no-store"
                links = set(re.findall(r"https?://[\w.]+", text))
                assert links <= {"http://www.w3.org"}  # the name of SVG, never fetched
                assert " style=" not in text
                assert "innerHTML" not in text


async def test_without_a_token_the_program_shows_the_page_and_stops_cleanly(
    tmp_path: Path,
) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("UNKNOT_")}
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=tmp_path,
        env=env | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert program.stdout is not None
    try:
        async with asyncio.timeout(60):
            line = (await program.stdout.readline()).decode()
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert found, line
            async with ClientSession() as client, client.get(found[0]) as answer:
                assert "<title>Unknot</title>" in await answer.text()
            assert str(tmp_path / "data-page") in (await program.stdout.readline()).decode()
            program.send_signal(signal.SIGTERM)
            assert await program.wait() == 0
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


async def test_a_reply_keyboard_is_shown_and_says_what_asks_for_a_place(
    dialogue: Dialogue,
) -> None:
    async with browser(dialogue) as b:
        await b.says("hello")
        rows = [["Yes", {"text": "Where I am", "request_location": True}]]
        url = f"{b.rig.server.base_url}{b.rig.server.token}/sendMessage"
        asked = {"chat_id": 1, "text": "Well?", "reply_markup": {"keyboard": rows}}
        async with b.client.post(url, json=asked) as answer:
            assert answer.status == 200
        _, given = await b.get("api/chats/1")
        assert given["keyboard"] == [
            [{"text": "Yes"}, {"text": "Where I am", "place": True}],
        ]
