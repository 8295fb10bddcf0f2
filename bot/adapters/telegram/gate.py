"""How fast messages go out: replies first, and what nobody waits for in the room they leave.

Telegram takes about 30 messages a second from one bot (core.telegram.org/bots/faq). A refusal
costs everyone a pause, so the bot stays under it by itself. Where several workers are one bot,
they share the time in which bulk goes out: each books a few turns at once.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.core.errors import StoreError

SECOND = 1.0
MOST, MOST_BULK = 28, 24  # in any second: all together, and up to which bulk may go
CATCH_UP = 5  # bulk messages that may follow each other at once after a late timer
BOOKED = 6  # turns for bulk that are booked at once: a quarter of a second of all workers' time

log = logging.getLogger(__name__)

Later = Callable[[float, Callable[[], None]], object]


class Book(Protocol):
    """See `Workers.book`."""

    def __call__(
        self, seconds: float, /, *, busy: float = 0.0, after: float = 0.0
    ) -> Awaitable[float]:
        """In how many seconds the time begins that was booked."""
        ...


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
        book: Book | None = None,
    ) -> None:
        """`now` counts seconds, `later` calls back after some: both are replaced in tests.

        `book` takes time for bulk that is shared with other workers.
        """
        self._now = now
        self._later = later
        self._most, self._most_bulk = most, most_bulk
        self._gone: deque[float] = deque(maxlen=most)  # when the last ones went
        self._replies: deque[asyncio.Future[None]] = deque()
        self._bulk: deque[asyncio.Future[None]] = deque()
        self._bulk_from = now()
        self._timer = math.inf  # when it is looked again
        self._book = book
        self._booked: deque[float] = deque()  # when bulk may go, by all workers' book
        self._untold = 0  # replies that the others have not been told of
        self._pause = 0.0  # for the others, too
        self._booking: asyncio.Task[None] | None = None

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
        self._tell()

    def hold(self, seconds: float) -> None:
        """Telegram wants a pause: no bulk for so long."""
        self._bulk_from = max(self._bulk_from, self._now() + seconds)
        self._pause = max(self._pause, seconds)
        self._booked.clear()
        self._fetch()

    def _let_through(self) -> None:
        now = self._now()
        wait: float | None = None
        while self._replies and not (wait := self._missing(self._most, now)):
            if self._pass(self._replies.popleft(), now):
                self._tell()
        while self._bulk and not self._replies and not (wait := self._missing_bulk(now)):
            if self._pass(self._bulk.popleft(), now):
                pause = SECOND / self._most_bulk
                self._bulk_from = max(self._bulk_from, now - CATCH_UP * pause) + pause
                if self._book is not None:
                    self._booked.popleft()
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
        wait = max(self._bulk_from - now, self._missing(self._most_bulk, now), 0.0)
        return wait if self._book is None else max(wait, self._missing_booked(now))

    # -- what is shared with other workers -------------------------------------------------------

    def _missing_booked(self, now: float) -> float:
        """Seconds until the next turn that is booked; without an end when none is yet."""
        while self._booked and self._booked[0] < now - SECOND:
            self._booked.popleft()  # replies took its place
        if self._booked:
            return max(0.0, self._booked[0] - now)
        self._fetch()
        return math.inf

    def _tell(self) -> None:
        """The others hear of replies once a second."""
        self._untold += 1
        if self._book is not None and self._untold == 1:
            self._later(SECOND, self._fetch)

    def _fetch(self) -> None:
        if self._book is not None and self._booking is None:
            self._booking = asyncio.create_task(self._booked_by(self._book))

    async def _booked_by(self, book: Book) -> None:
        wanted = min(len(self._bulk), BOOKED) if not self._booked else 0
        untold, self._untold = self._untold, 0
        pause, self._pause = self._pause, 0.0
        pace = SECOND / self._most_bulk
        try:
            if wanted or untold or pause:
                wait = await book(wanted * pace, busy=untold * pace, after=pause)
                begin = self._now() + wait
                self._booked.extend(begin + place * pace for place in range(wanted))
        except Exception as error:
            if not isinstance(error, StoreError):
                log.exception("pace_not_booked")  # a defect, which must not end all reminders
            # Without the book nobody sends bulk; who would be woken cannot be read either.
            self._booking = None
            self._later(SECOND, self._let_through)
        else:
            self._booking = None
            if self._bulk:
                self._let_through()
