"""A browser, and the chat page of a bot that really runs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bot.adapters.session import RunningClock
from bot.adapters.simulator.page import Page as ChatPage
from bot.adapters.simulator.server import BotApiServer
from tests.browser.chromium import ARGUMENTS, chromium

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
STOP_SECONDS = 10

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium here, and none can be installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of a page that was started with one command, on a free port."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("UNKNOT_")}
    env |= {"UNKNOT_DATA": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(  # our own program
        [sys.executable, "-m", "bot"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            found = ADDRESS.search(line)
            if found:
                break
        else:
            pytest.fail("".join(lines))
        yield found.group()
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
        assert ended == 0


@dataclass(frozen=True)
class Bare:
    """A page with no bot behind it: the test speaks for the bot, over the Bot API."""

    address: str
    api: str

    def call(self, method: str, **params: object) -> Any:
        """Call the Bot API; the result."""
        request = urllib.request.Request(  # noqa: S310 - loopback only
            f"{self.api}/{method}",
            json.dumps(params).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=STOP_SECONDS) as answer:  # noqa: S310
            return json.load(answer)["result"]

    def heard(self) -> list[str]:
        """What people wrote or shared since the bot last asked."""
        messages = [update["message"] for update in self.call("getUpdates")]
        return [message.get("text", "a place") for message in messages]


@pytest.fixture
def bare() -> Iterator[Bare]:
    """A server and a page in a thread of their own."""
    ready: Queue[Bare] = Queue()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        clock = RunningClock()

        async def moved(until: datetime) -> None:
            clock.at = until

        server = BotApiServer(clock=clock.timestamp)
        async with server, ChatPage(server, clock, moved) as page:
            ready.put(Bare(page.address, f"{server.base_url}{server.token}"))
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield ready.get(timeout=STOP_SECONDS)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(STOP_SECONDS)
        assert not thread.is_alive()
        loop.close()


@pytest.fixture
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens the page at a width, in light or dark; it must make no mistake of its own.

    The page is that of the whole program, or an `other` one.
    """
    contexts = []
    mistakes: list[str] = []

    def open_page(
        width: int = 1280, scheme: str = "light", *, other: str = "", **wishes: Any
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
            **wishes,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(other or request.getfixturevalue("address"))
        page.get_by_role("button", name="Send").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert mistakes == []
