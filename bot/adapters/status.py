"""What a supervisor asks a running bot: /healthz, /readyz and /metrics, on a port of their own.

Each answer is one word or numbers over all people, so nothing here tells of anyone.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.adapters.pulse import MISSED
from bot.meter import Meter

Check = Callable[[], Awaitable[bool]]

PATIENCE = 4.0  # seconds for each check: supervisors ask again when an answer takes long
FRESH = 5.0  # seconds for which an answer holds, so that nobody can make the bot busy by asking
METRICS = "text/plain; version=0.0.4; charset=utf-8"


class Life:
    """When the clock last looked at who is due; systemd hears of it where it started the bot."""

    def __init__(self, tick_seconds: int, now: Callable[[], float] = time.monotonic) -> None:
        """`now` counts seconds, and is replaced in tests."""
        self._most, self._now = MISSED * tick_seconds, now
        self._last: float | None = None

    def ticked(self) -> None:
        """The clock has looked just now, whether or not it could do anything."""
        self._last = self._now()
        notify("READY=1\nWATCHDOG=1")

    def age(self) -> float:
        """Seconds since the last look; 0 while the bot still starts."""
        return 0.0 if self._last is None else self._now() - self._last

    @property
    def goes_on(self) -> bool:
        """Whether the last look is recent. A start waits for its network as long as it takes."""
        return self.age() <= self._most


def notify(message: str) -> None:
    """Tell systemd, if it asked for it (sd_notify); nothing hangs on it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        try:
            line.connect("\0" + address[1:] if address.startswith("@") else address)
            line.send(message.encode())
        except OSError:
            return


class Status:
    """The listener, for as long as the context lasts."""

    def __init__(  # every part comes from outside
        self,
        meter: Meter,
        life: Life,
        checks: Mapping[str, Check],
        *,
        host: str,
        port: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`checks`: what must hold for the bot to be of use, each with the word for its lack."""
        self._meter, self._life, self._checks = meter, life, checks
        self._host, self._port, self._now = host, port, now
        self._asking = asyncio.Lock()
        self._found: tuple[float, str | None] | None = None
        self._runner: web.AppRunner | None = None
        meter.gauge("tick_age_seconds", "Seconds since the last look at who is due.", life.age)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        """Listen; OSError when the port is taken."""
        app = web.Application(client_max_size=1024)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return _word("well") if self._life.goes_on else _word("tick", 503)

    async def _readyz(self, _: web.Request) -> web.Response:
        missing = await self._missing()
        return _word("ready") if missing is None else _word(missing, 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._meter.text().encode(), headers={"Content-Type": METRICS, **_UNKEPT}
        )

    async def _missing(self) -> str | None:
        """The word for the first check that fails; asked anew when the answer has grown old."""
        async with self._asking:
            if self._found is None or self._now() - self._found[0] > FRESH:
                found = await asyncio.gather(*map(_holds, self._checks.values()))
                lacks = [
                    word for word, holds in zip(self._checks, found, strict=True) if not holds
                ]
                self._found = self._now(), next(iter(lacks), None)
            return self._found[1]


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except TimeoutError:
        return False


_UNKEPT = {"Cache-Control": "no-store"}


def _word(word: str, status: int = 200) -> web.Response:
    return web.Response(text=f"{word}\n", status=status, headers=_UNKEPT)
