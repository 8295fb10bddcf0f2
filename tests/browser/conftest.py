"""A browser, and the chat page of a bot that really runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page at a width, in light or dark; it must make no mistake of its own."""
    contexts = []
    mistakes: list[str] = []

    def open_page(width: int = 1280, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.goto(address)
        page.get_by_role("button", name="Send").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert mistakes == []
