"""Updates delivered to the bot's own address, with Telegram's order and pacing.

Only loopback is ever called. Another address may be set, as Telegram lets one, and then stays
without deliveries.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout

from bot.adapters.simulator.changes import Changes
from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.updates import Entry, UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
DEFAULT_CONNECTIONS = 40
ANSWER_SECONDS = 60.0
LONGEST_PAUSE = 60
LONGEST_RETRY_AFTER = 3600
NOT_CALLED = "the simulator delivers to loopback addresses only"
_IDLE_SECONDS = 3600.0

Lane: TypeAlias = tuple[int, bool]
Route: TypeAlias = Callable[[JsonDict], str]
"""From an update to the address of the worker to which a proxy hands it on."""


@dataclass(frozen=True)
class HookError:
    """Why the last delivery that failed did so."""

    date: int
    message: str


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def pause(failures: int) -> int:
    """Seconds until an update is tried again: at once the first time, then ever longer."""
    return 0 if failures <= 1 else min(2 ** (failures - 1), LONGEST_PAUSE)


class Webhook:
    """The address that was set, and the task that delivers to it."""

    def __init__(
        self, clock: Callable[[], float], queue: UpdateQueue, changes: Changes, pace: float
    ) -> None:
        self.params: JsonDict = {}
        self.error: HookError | None = None
        self.answers_to_lose = 0
        self.presses_apart = False
        self.route: Route | None = None
        self._clock, self._queue, self._changes, self._pace = clock, queue, changes, pace
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Where updates go; empty without a webhook."""
        return str(self.params.get("url", ""))

    @property
    def connections(self) -> int:
        """How many deliveries may be under way at once."""
        return max(1, min(int(self.params.get("max_connections", DEFAULT_CONNECTIONS)), 100))

    def point_at(self, params: JsonDict) -> None:
        """Begin to deliver to another address, or stop when it is empty.

        What is set already is no news, as on Telegram: workers that start one after the other
        all set it.
        """
        if self.params == params:
            return
        self._stop()
        self.params = params if params["url"] else {}
        self.error = None
        if self.url and is_loopback(self.url):
            self._tasks.append(asyncio.create_task(self._deliver(self.params, set())))
        elif self.url:
            self._fail(NOT_CALLED)

    async def close(self) -> None:
        """Stop delivering."""
        self._stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _deliver(self, params: JsonDict, busy: set[Lane]) -> None:
        loop = asyncio.get_running_loop()
        timeout = ClientTimeout(total=ANSWER_SECONDS)
        async with ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as deliveries:
            while True:
                seen = self._changes.version
                for entry in list(self._ready(busy, loop.time())):
                    busy.add(self._lane(entry))
                    deliveries.create_task(self._post(session, params, entry, busy))
                free = len(busy) < self.connections
                due = min((head.due for head in self._heads(busy)), default=None) if free else None
                wait = _IDLE_SECONDS if due is None else max(due - loop.time(), 0)
                await self._changes.until(partial(self._changed_since, seen), wait)

    def _changed_since(self, version: int) -> bool:
        return self._changes.version != version

    def _heads(self, busy: set[Lane]) -> Iterator[Entry]:
        """The oldest update of each chat that has no delivery under way."""
        seen = set(busy)
        for entry in self._queue.entries(self._clock()):
            if (lane := self._lane(entry)) not in seen:
                seen.add(lane)
                yield entry

    def _lane(self, entry: Entry) -> Lane:
        return entry.chat, self.presses_apart and "callback_query" in entry.update

    def _ready(self, busy: set[Lane], now: float) -> Iterator[Entry]:
        room = self.connections - len(busy)
        due = (entry for entry in self._heads(busy) if entry.due <= now)
        for _, entry in zip(range(room), due, strict=False):
            yield entry

    async def _post(
        self, session: ClientSession, params: JsonDict, entry: Entry, busy: set[Lane]
    ) -> None:
        secret = params.get("secret_token")
        headers = {SECRET_HEADER: secret} if secret else {}
        url = self.route(entry.update) if self.route is not None else params["url"]
        problem, retry_after = await _answered(session, url, headers, entry.update)
        if problem is None and self.answers_to_lose > 0:
            self.answers_to_lose -= 1
            problem = "Connection closed"
        if problem is None:
            self._queue.delivered(entry)
        else:
            entry.failures += 1
            seconds = retry_after or pause(entry.failures)
            entry.due = asyncio.get_running_loop().time() + seconds * self._pace
            self._fail(problem)
        busy.discard(self._lane(entry))
        self._changes.notify()

    def _fail(self, problem: str) -> None:
        self.error = HookError(int(self._clock()), problem)


async def _answered(
    session: ClientSession, url: str, headers: dict[str, str], update: JsonDict
) -> tuple[str | None, int]:
    """What was wrong with a delivery, if anything, and the wait that the bot asked for."""
    try:
        async with session.post(
            url, json=update, headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
            if 200 <= answer.status <= 299:
                return None, 0
            wanted = answer.headers.get("Retry-After", "")
            wait = min(int(wanted), LONGEST_RETRY_AFTER) if wanted.isdecimal() else 0
            return f"Wrong response from the webhook: {answer.status} {answer.reason}", wait
    except TimeoutError:
        return "Read timeout expired", 0
    except ClientConnectorError:
        return "Connection refused", 0
    except ClientError:
        return "Connection closed", 0
