"""The pace of messages: never over Telegram's limit, replies first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from random import Random

import pytest

from bot.adapters.telegram.gate import MOST, MOST_BULK, Gate
from bot.core.errors import StoreError

pytestmark = pytest.mark.asyncio


class Time:
    """Passes when told; timers are called late by up to `lag` seconds."""

    def __init__(self, lag: float = 0.0) -> None:
        self.now, self._lag = 0.0, lag
        self._chance, self._count = Random(1), itertools.count()  # noqa: S311
        self._timers: list[tuple[float, int, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        at = self.now + seconds + self._chance.uniform(0, self._lag)
        heapq.heappush(self._timers, (at, next(self._count), call))

    def passes(self, seconds: float) -> None:
        until = self.now + seconds
        while self._timers and self._timers[0][0] <= until:
            self.now, _, call = heapq.heappop(self._timers)
            call()
        self.now = until


class Turns:
    """Asks for turns, and knows when each came."""

    def __init__(self, time: Time) -> None:
        self.time, self.gate = time, Gate(lambda: time.now, time.later)
        self.asked: list[tuple[float, bool, asyncio.Future[None]]] = []
        self.came: dict[asyncio.Future[None], float] = {}

    def ask(self, *, bulk: bool) -> asyncio.Future[None]:
        turn = self.gate.turn(bulk=bulk)
        self.asked.append((self.time.now, bulk, turn))
        self.note()
        return turn

    def note(self) -> None:
        for _, _, turn in self.asked:
            if turn.done():
                self.came.setdefault(turn, self.time.now)

    def passes(self, seconds: float, step: float = 0.005) -> None:
        for _ in range(round(seconds / step)):
            self.time.passes(step)
            self.note()

    def most_in_a_second(self) -> int:
        moments = sorted(self.came.values())
        return max(sum(m <= other < m + 0.99 for other in moments) for m in moments)

    def waits(self, *, bulk: bool) -> list[float]:
        return [self.came[turn] - at for at, kind, turn in self.asked if kind == bulk]


async def test_bulk_goes_at_its_rate_and_not_faster() -> None:
    turns = Turns(Time())
    for _ in range(200):
        turns.ask(bulk=True)
    turns.passes(10)
    assert len(turns.came) == 200
    assert turns.most_in_a_second() <= MOST_BULK
    assert max(turns.came.values()) == pytest.approx(200 / MOST_BULK, abs=0.5)


async def test_late_timers_cost_bulk_little_of_its_rate() -> None:
    turns = Turns(Time(lag=0.05))
    for _ in range(200):
        turns.ask(bulk=True)
    turns.passes(10)
    assert max(turns.came.values()) < 1.1 * 200 / MOST_BULK
    assert turns.most_in_a_second() <= MOST_BULK


async def test_replies_do_not_wait_while_bulk_is_queued() -> None:
    turns = Turns(Time())
    for _ in range(300):
        turns.ask(bulk=True)
    for _ in range(100):
        turns.passes(0.1)
        turns.ask(bulk=False)  # ten a second
    turns.passes(20)
    assert turns.waits(bulk=False) == [0.0] * 100
    assert turns.most_in_a_second() <= MOST


async def test_a_burst_of_replies_goes_before_all_bulk_and_under_the_limit() -> None:
    turns = Turns(Time())
    bulk = [turns.ask(bulk=True) for _ in range(300)]
    turns.passes(2)
    before = sum(turn.done() for turn in bulk)
    for _ in range(2 * MOST):
        turns.ask(bulk=False)
    turns.passes(1.9)
    assert sum(turn.done() for turn in bulk) == before
    turns.passes(20)
    assert max(turns.waits(bulk=False)) < 2.1
    assert turns.most_in_a_second() <= MOST


async def test_bulk_that_someone_waits_behind_goes_as_a_reply() -> None:
    turns = Turns(Time())
    bulk = [turns.ask(bulk=True) for _ in range(100)]
    turns.gate.hurry(bulk[-1])
    assert bulk[-1].done()
    turns.gate.hurry(bulk[-1])  # once is enough
    turns.passes(10)
    assert all(turn.done() for turn in bulk)


async def test_a_pause_that_telegram_wants_holds_bulk_and_not_replies() -> None:
    turns = Turns(Time())
    turns.gate.hold(7)
    held, reply = turns.ask(bulk=True), turns.ask(bulk=False)
    assert reply.done()
    turns.passes(6.9)
    assert not held.done()
    turns.passes(0.2)
    assert held.done()


async def test_a_long_pause_of_bulk_does_not_make_replies_wait_for_its_timer() -> None:
    turns = Turns(Time())
    turns.gate.hold(30)
    turns.ask(bulk=True)
    for _ in range(MOST + 1):
        turns.ask(bulk=False)
    turns.passes(1.1)
    assert len(turns.came) == MOST + 1


async def test_who_gave_up_takes_no_turn() -> None:
    turns = Turns(Time())
    bulk = [turns.ask(bulk=True) for _ in range(50)]
    for turn in bulk[10:40]:
        turn.cancel()
    turns.passes(1)
    assert all(turn.done() for turn in bulk)


async def test_what_goes_without_waiting_counts() -> None:
    turns = Turns(Time())
    for _ in range(MOST):
        turns.gate.count()
    assert not turns.ask(bulk=False).done()
    turns.passes(1.1)
    assert turns.asked[0][2].done()


# -- shared with other workers -------------------------------------------------------------------


class Shared:
    """A book that all gates of a test share, on their time, as the database keeps it."""

    def __init__(self, time: Time) -> None:
        self.time, self.free, self.asked = time, 0.0, 0
        self.away: Exception | None = None

    async def __call__(self, seconds: float, *, busy: float = 0.0, after: float = 0.0) -> float:
        self.asked += 1
        if self.away is not None:
            raise self.away
        now = self.time.now
        begin = max(self.free, now + after, min(self.free + busy, now + 1))
        self.free = begin + seconds
        return begin - now


class SharedTurns(Turns):
    """The turns of one of several workers."""

    def __init__(self, time: Time, book: Shared) -> None:
        super().__init__(time)
        self.gate = Gate(lambda: time.now, time.later, book=book)


async def passes(workers: list[SharedTurns], seconds: float) -> None:
    """Time passes for all; what they ask of the book is answered at once."""
    for _ in range(round(seconds / 0.005)):
        workers[0].time.passes(0.005)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for worker in workers:
            worker.note()


def together(workers: list[SharedTurns], begin: float, end: float) -> int:
    return sum(begin <= at < end for worker in workers for at in worker.came.values())


async def test_workers_together_send_no_more_bulk_than_one() -> None:
    time = Time()
    book = Shared(time)
    workers = [SharedTurns(time, book) for _ in range(4)]
    for worker in workers:
        for _ in range(60):
            worker.ask(bulk=True)
    await passes(workers, 11)
    assert all(len(worker.came) == 60 for worker in workers)
    assert max(max(worker.came.values()) for worker in workers) == pytest.approx(10, abs=0.5)
    for second in range(10):
        assert together(workers, second, second + 1) <= MOST_BULK + 1
    assert book.asked <= 4 * 11  # a few statements a second, of all workers together


async def test_replies_of_one_worker_make_the_bulk_of_another_wait() -> None:
    time = Time()
    book = Shared(time)
    writes, reminds = workers = [SharedTurns(time, book) for _ in range(2)]
    for _ in range(200):
        reminds.ask(bulk=True)
    for _ in range(100):  # ten a second
        writes.ask(bulk=False)
        await passes(workers, 0.1)
    assert writes.waits(bulk=False) == [0.0] * 100
    for second in range(1, 9):
        assert together(workers, second, second + 1) <= MOST
    assert len(reminds.came) == pytest.approx(140, abs=20)


async def test_a_pause_that_telegram_wants_holds_the_bulk_of_all_workers() -> None:
    time = Time()
    book = Shared(time)
    refused, other = workers = [SharedTurns(time, book) for _ in range(2)]
    refused.gate.hold(7)
    await passes(workers, 0.1)
    held = other.ask(bulk=True)
    await passes(workers, 6.8)
    assert not held.done()
    await passes(workers, 0.4)
    assert held.done()


@pytest.mark.parametrize("trouble", [StoreError("away"), ValueError("a defect")])
async def test_without_the_book_bulk_waits_and_replies_do_not(trouble: Exception) -> None:
    time = Time()
    book = Shared(time)
    (worker,) = workers = [SharedTurns(time, book)]
    book.away = trouble
    held, reply = worker.ask(bulk=True), worker.ask(bulk=False)
    await passes(workers, 3)
    assert (held.done(), reply.done()) == (False, True)
    book.away = None
    await passes(workers, 1.5)
    assert held.done()
