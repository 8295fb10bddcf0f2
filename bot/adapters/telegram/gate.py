"""How fast messages go out: replies first, and what nobody waits for in the room they leave.

Telegram takes about 30 messages a second from one bot (core.telegram.org/bots/faq). A refusal
costs everyone a pause, so the bot stays under it by itself.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable

SECOND = 1.0
MOST, MOST_BULK = 28, 24  # in any second: all together, and up to which bulk may go
CATCH_UP = 5  # bulk messages that may follow each other at once after a late timer

Later = Callable[[float, Callable[[], None]], object]


def _later(seconds: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, call)


class Gate:
    """Gives each message its turn."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        later: Later = _later,
        *,
        most: int = MOST,
        most_bulk: int = MOST_BULK,
    ) -> None:
        """`now` counts seconds, `later` calls back after some: both are replaced in tests."""
        self._now = now
        self._later = later
        self._most, self._most_bulk = most, most_bulk
        self._gone: deque[float] = deque(maxlen=most)  # when the last ones went
        self._replies: deque[asyncio.Future[None]] = deque()
        self._bulk: deque[asyncio.Future[None]] = deque()
        self._bulk_from = now()
        self._timer = math.inf  # when it is looked again

    def turn(self, *, bulk: bool) -> asyncio.Future[None]:
        """Done when the message may go; it counts from then."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._bulk if bulk else self._replies).append(turn)
        self._let_through()
        return turn

    def hurry(self, turn: asyncio.Future[None]) -> None:
        """Someone waits behind this bulk message: it goes as a reply would."""
        if turn in self._bulk:
            self._bulk.remove(turn)
            self._replies.append(turn)
            self._let_through()

    def count(self) -> None:
        """Something goes out that waits for nobody."""
        self._gone.append(self._now())

    def hold(self, seconds: float) -> None:
        """Telegram wants a pause: no bulk for so long."""
        self._bulk_from = max(self._bulk_from, self._now() + seconds)

    def _let_through(self) -> None:
        now = self._now()
        wait: float | None = None
        while self._replies and not (wait := self._missing(self._most, now)):
            self._pass(self._replies.popleft(), now)
        while self._bulk and not self._replies and not (wait := self._missing_bulk(now)):
            if self._pass(self._bulk.popleft(), now):
                pause = SECOND / self._most_bulk
                self._bulk_from = max(self._bulk_from, now - CATCH_UP * pause) + pause
        if wait and now + wait < self._timer:
            self._timer = now + wait
            self._later(wait, self._again)

    def _again(self) -> None:
        self._timer = math.inf
        self._let_through()

    def _pass(self, turn: asyncio.Future[None], now: float) -> bool:
        if turn.done():  # given up meanwhile
            return False
        self._gone.append(now)
        turn.set_result(None)
        return True

    def _missing(self, most: int, now: float) -> float:
        """Seconds until fewer than so many went within the last second."""
        if len(self._gone) < most:
            return 0.0
        return max(0.0, self._gone[-most] + SECOND - now)

    def _missing_bulk(self, now: float) -> float:
        return max(self._bulk_from - now, self._missing(self._most_bulk, now), 0.0)
