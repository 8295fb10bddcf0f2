"""Updates that Telegram brings: each is answered when it is committed, and not before."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.core.errors import SettingsError

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the name of a header
MOST_BYTES = 512 * 1024  # many times the longest message with all its formatting
CONNECTIONS = 40  # at which Telegram delivers side by side, to all workers together
STOP_SECONDS = 5.0  # for what is being handled at a stop

log = logging.getLogger(__name__)

Take = Callable[[dict[str, Any]], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram finds the bot, by which secret it shows itself, and where we listen."""

    url: str
    secret: str = field(repr=False)
    host: str
    port: int

    @property
    def path(self) -> str:
        """The path of the address, which is the only one that is served."""
        return urlsplit(self.url).path or "/"


def secret_of(token: str) -> str:
    """A secret that all workers of a bot know, and nobody without its token."""
    return hmac.new(token.encode(), b"unknot webhook", hashlib.sha256).hexdigest()


class Listener:
    """The address on which updates come in."""

    def __init__(self, hook: Hook, take: Take) -> None:
        """`take` handles an update, and says whether it is done with."""
        self.hook = hook
        self._take = take
        self._runner: web.AppRunner | None = None
        self.port = hook.port

    async def open(self) -> None:
        """Begin to listen."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_post(self.hook.path, self._answer)
        # Requests carry what people write: no access log.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.hook.host, self.hook.port).start()
        except (OSError, OverflowError) as error:
            raise SettingsError(
                f"UNKNOT_LISTEN: cannot listen on {self.hook.host}:{self.hook.port}; choose an"
                " address of this machine and a port that nobody uses"
            ) from error
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Take nothing more, and finish what is being handled."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _answer(self, http: web.Request) -> web.Response:
        """200 when Telegram need not bring it again, 503 when it shall."""
        given = http.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self.hook.secret.encode()):
            log.warning("webhook_without_secret")
            return web.Response(status=403)
        try:
            update = json.loads(await http.read())
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if not isinstance(update, dict) or type(update.get("update_id")) is not int:
            return web.Response(status=400)
        return web.Response(status=200 if await self._take(update) else 503)
