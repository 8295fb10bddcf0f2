"""A chat in the browser: a page on loopback whose people write to the simulated Bot API.

Nothing of a conversation is written anywhere by the page; what the bot keeps lies in its store.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.adapters.session import MovableClock
from bot.adapters.simulator.chats import Chat
from bot.adapters.simulator.description import Json, JsonDict
from bot.adapters.simulator.errors import SimulatorError
from bot.adapters.simulator.loopback import HOST, listening
from bot.adapters.simulator.page_views import Views
from bot.adapters.simulator.server import BotApiServer

FILES = Path(__file__).with_name("page")
KINDS = {"index.html": "text/html", "page.css": "text/css", "page.js": "text/javascript"}
KINDS["page.svg"] = "image/svg+xml"
SHOWN_AS_PICTURE = frozenset(("image/gif", "image/png", "image/jpeg", "image/webp"))
NAMES = {HOST, "localhost"}
MOST_PEOPLE = 6
LONGEST_TEXT = 4096
MAX_BODY = 32 * 1024
POLL_SECONDS = 25.0
SETTLE_SECONDS = 10.0
STEP = timedelta(minutes=1)
CALLS_KEPT = 50  # the log of requests is for tests, and holds what was uploaded
PLACES: Mapping[str, tuple[float, float, str]] = {
    "Berlin": (52.52, 13.405, "Europe/Berlin"),
    "New York": (40.713, -74.006, "America/New_York"),
    "Tokyo": (35.69, 139.692, "Asia/Tokyo"),
    "Kolkata": (22.563, 88.363, "Asia/Kolkata"),
}
SAFETY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Move = Callable[[datetime], Awaitable[None]]


async def moved(
    clock: MovableClock,
    until: datetime,
    next_due: Callable[[], Awaitable[datetime | None]],
    woken: Callable[[], Awaitable[None]],
) -> None:
    """Move a clock, stopping at each moment at which something is due; back in one step."""
    while clock.at + STEP < until:
        due = await next_due()
        clock.at = min(until, max(due or until, clock.at + STEP))
        await woken()
    clock.at = until
    await woken()


class Page:
    """The page and its small JSON API, for as long as the context lasts."""

    def __init__(
        self,
        server: BotApiServer,
        clock: MovableClock,
        move: Move,
        *,
        people: int = 1,
        port: int = 0,
    ) -> None:
        """`move` sets the clock and lets the bot do what falls due on the way; 0: any port.

        `people` are there from the start, as many as the bot knows from earlier runs.
        """
        self._server = server
        self._clock = clock
        self._move = move
        self._port = port
        self._moving = asyncio.Lock()
        self._views = Views({(lat, lon): name for name, (lat, lon, _) in PLACES.items()})
        self._people: list[int] = []
        self._run = secrets.token_hex(8)
        for _ in range(min(max(people, 1), MOST_PEOPLE)):
            self._new_person()
        self._zones: dict[int, str] = {}
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{HOST}:{self._port}/"

    async def __aenter__(self) -> Self:
        """Listen on loopback."""
        app = web.Application(client_max_size=MAX_BODY, middlewares=[self._guard])
        app.router.add_get("/", self._file)
        app.router.add_get("/{name:page\\.(?:css|js|svg)}", self._file)
        app.router.add_get("/api/chats", self._chats)
        app.router.add_post("/api/chats", self._add)
        app.router.add_get("/api/chats/{chat:[0-9]{1,9}}", self._changes)
        app.router.add_post("/api/chats/{chat:[0-9]{1,9}}/text", self._text)
        app.router.add_post("/api/chats/{chat:[0-9]{1,9}}/press", self._press)
        app.router.add_post("/api/chats/{chat:[0-9]{1,9}}/place", self._place)
        app.router.add_post("/api/chats/{chat:[0-9]{1,9}}/time", self._time)
        app.router.add_get("/api/files/{id}", self._content)
        self._runner, self._port = await listening(app, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening; requests that wait are let go."""
        if self._runner is not None:
            await self._runner.cleanup()

    # -- who may ask ------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        refused = self._refusal(request)
        if refused is not None:
            answer: web.StreamResponse = _problem(*refused)
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as error:
                answer = _problem(error.status, error.reason)
            except SimulatorError as error:
                answer = _problem(409, str(error))
        answer.headers.update(SAFETY)
        return answer

    def _refusal(self, http: web.Request) -> tuple[int, str] | None:
        """A page of another site may neither read this one (Host) nor write to it (Origin)."""
        if http.headers.get("Host", "") not in {f"{name}:{self._port}" for name in NAMES}:
            return 403, "unknown host"
        own = f"http://{http.headers['Host']}"
        if http.headers.get("Origin", own) != own:
            return 403, "unknown origin"
        if http.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            return 403, "asked by another site"
        if http.method == "POST" and http.content_type != "application/json":
            return 415, "send JSON"
        return None

    # -- what the page reads ----------------------------------------------------------------

    async def _file(self, http: web.Request) -> web.Response:
        name = http.match_info.get("name", "index.html")
        body = await asyncio.to_thread((FILES / name).read_bytes)
        return web.Response(body=body, content_type=KINDS[name], charset="utf-8")

    async def _chats(self, _: web.Request) -> web.Response:
        commands = self._server.commands.get(("default", ""), [])
        people = [self._person(chat) for chat in self._people]
        return web.json_response(
            {
                "people": people,
                "most": MOST_PEOPLE,
                "commands": commands,
                "places": list(PLACES),
                "description": self._server.description.get("", ""),
            }
        )

    async def _changes(self, http: web.Request) -> web.Response:
        """What is new in a chat since a change; waits for something when asked to."""
        chat = self._chat(http)
        since = _number(http.query.get("since", "0"))
        state = self._server.state

        def news() -> bool:
            return state.closing or self._views.changed(chat, self._busy(), since)

        seconds = POLL_SECONDS if http.query.get("wait") else 0.0
        await state.changes.until(news, seconds)
        del state.calls[:-CALLS_KEPT], state.polls[:-CALLS_KEPT]
        return web.json_response(
            self._views.since(chat, self._busy(), since)
            | {
                "now": self._clock.at.timestamp(),
                "zone": self._zones.get(chat.id),
                "run": self._run,
            }
        )

    async def _content(self, http: web.Request) -> web.Response:
        """A picture to show; anything else only to save, so that it never runs here."""
        file_id = http.match_info["id"]
        file, content = self._server.file_info(file_id), self._server.file(file_id)
        if file is None or content is None:
            raise web.HTTPNotFound
        if file.kind != "document" and file.mime_type in SHOWN_AS_PICTURE:
            return web.Response(body=content, content_type=file.mime_type)
        name = quote(file.name or "file", safe="")
        return web.Response(
            body=content,
            content_type="application/octet-stream",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    # -- what the page does -----------------------------------------------------------------

    async def _add(self, _: web.Request) -> web.Response:
        if len(self._people) >= MOST_PEOPLE:
            raise SimulatorError(f"there is room for {MOST_PEOPLE} people")
        return web.json_response(self._person(self._new_person()))

    async def _text(self, http: web.Request) -> web.Response:
        chat = self._chat(http)
        text = _words(await _object(http), "text")
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise web.HTTPBadRequest(reason=f"text: 1 to {LONGEST_TEXT} characters")
        self._server.user_says(chat.id, text)
        return web.json_response({})

    async def _press(self, http: web.Request) -> web.Response:
        chat = self._chat(http)
        given = await _object(http)
        message = given.get("message")
        if not isinstance(message, int) or isinstance(message, bool):
            raise web.HTTPBadRequest(reason="message: a number")
        self._server.user_presses(chat.id, _words(given, "data"), message)
        return web.json_response({})

    async def _place(self, http: web.Request) -> web.Response:
        chat = self._chat(http)
        place = PLACES.get(_words(await _object(http), "place"))
        if place is None:
            raise web.HTTPBadRequest(reason=f"place: one of {', '.join(PLACES)}")
        latitude, longitude, zone = place
        self._zones[chat.id] = zone
        self._server.user_sends(chat.id, "location", latitude, longitude)
        return web.json_response({})

    async def _time(self, http: web.Request) -> web.Response:
        """Move the clock, then let the bot do what falls due until then."""
        chat = self._chat(http)
        given = await _object(http)
        zone = self._zones.get(chat.id) or str(given.get("zone", "UTC"))
        async with self._moving:
            await self._move(self._moment(_words(given, "to"), zone))
            await self._server.state.changes.until(lambda: not self._busy(), SETTLE_SECONDS)
        self._server.state.changes.notify()
        return web.json_response({"now": self._clock.at.timestamp()})

    def _moment(self, to: str, zone: str) -> datetime:
        now = self._clock.at
        if to == "now":
            return datetime.now(UTC)
        if to == "hour":
            return now + timedelta(hours=1)
        if to == "morning":
            try:
                there = now.astimezone(ZoneInfo(zone))
            except (KeyError, ValueError, OSError):
                raise web.HTTPBadRequest(reason="zone: as Europe/Berlin") from None
            tomorrow = there.date() + timedelta(days=1)
            return datetime.combine(tomorrow, time(8), there.tzinfo).astimezone(UTC)
        raise web.HTTPBadRequest(reason="to: now, hour or morning")

    # -- people -----------------------------------------------------------------------------

    def _new_person(self) -> int:
        number = len(self._people) + 1
        self._people.append(self._server.open_chat(number, f"Person {number}"))
        return number

    def _person(self, chat: int) -> JsonDict:
        return {"id": chat, "name": f"Person {chat}"}

    def _chat(self, http: web.Request) -> Chat:
        number = int(http.match_info["chat"])
        if number not in self._people:
            raise web.HTTPNotFound
        return self._server.state.chats.known(number)

    def _busy(self) -> bool:
        """Whether the bot has yet to take up something, or is writing an answer."""
        state = self._server.state
        return bool(state.queue.pending) or state.in_flight > 0


def _problem(status: int, words: str) -> web.Response:
    return web.json_response({"problem": words}, status=status)


async def _object(http: web.Request) -> JsonDict:
    try:
        given: Json = json.loads(await http.text())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(reason="send a JSON object")
    return given


def _words(given: JsonDict, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise web.HTTPBadRequest(reason=f"{name}: words")
    return value


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise web.HTTPBadRequest(reason="since: a number")
    return int(text)
