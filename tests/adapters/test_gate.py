"""The pace of messages: never over Telegram's limit, replies first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from random import Random

import pytest

from bot.adapters.telegram.gate import MOST, MOST_BULK, Gate

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
