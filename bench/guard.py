"""Whether the key ratios are still those of the page: `make guard-speed`.

Only ratios are compared, of the least times out of many, taken by turns, and of time worked, not
waited: another busy program makes some slower, but not the least of both. A ratio that looks too
high is measured on, since more rounds can only bring it nearer to what it is.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from unittest import mock

from bench import turns
from bench.report import bests, guarded
from bench.ticks import AT, DUE, SLICE
from bot.adapters.wakes import Wakes

WORSE = 1.5  # times the ratio that was written down
SECONDS = 12.0  # for everything that may have to be measured on
PEOPLE = 100_000  # in the index of who is due; the page has 1,000,000, which take seconds to fill
MEMORY = "/dev/shm"  # noqa: S108  # a folder in memory, on Linux
Call = Callable[[], object]


@dataclass(slots=True)
class Key:
    """A call and its floor, and the least that each has taken so far."""

    floor: Call
    call: Call
    rounds: int = 40
    least: tuple[float, float] = field(default=(float("inf"), float("inf")))

    def measure(self) -> None:
        """Some more rounds."""
        floor, call = bests(self.rounds, self.floor, self.call)
        self.least = (min(floor, self.least[0]), min(call, self.least[1]))

    @property
    def ratio(self) -> float:
        """How many times its floor the call takes."""
        return self.least[1] / self.least[0]


@contextmanager
def _keys() -> Iterator[dict[str, Key]]:
    lines = turns.format_often
    with ExitStack() as stack:
        # Disks differ too much, and are busy: guarded is what we do, not what they do.
        stack.enter_context(mock.patch.object(os, "fsync"))
        write, save = stack.enter_context(turns.saving(MEMORY if Path(MEMORY).is_dir() else None))
        yield {
            "a conversation of 15 turns": Key(lines, _all(turns.conversation())),
            "a turn with a typed message": Key(lines, _all(turns.typed_steps())),
            "reading 20 messages": Key(lines, _all(turns.readings(20))),
            "a state to JSON and back": Key(lines, turns.round_trip()),
            "a saved turn, disk aside": Key(write, save),
            "a tick with nobody due": Key(_look(DUE), _look(PEOPLE)),
            "start to first reply": Key(
                partial(turns.run, turns.EMPTY), partial(turns.run, turns.CHAT), rounds=2
            ),
        }


def _all(calls: list[Call]) -> Call:
    def each() -> None:
        for call in calls:
            call()

    return each


def _look(people: int) -> Call:
    wakes: Wakes[str] = Wakes()
    for number in range(people):
        wakes.put(f"user {number}", AT + 1 + number)

    def looks() -> None:
        for _ in range(200):
            wakes.due(AT, SLICE)

    return looks


def measured() -> dict[str, float]:
    """The ratios to be written down."""
    with _keys() as keys:
        for _ in range(3):
            for key in keys.values():
                key.measure()
        return {name: key.ratio for name, key in keys.items()}


def too_slow(ratios: dict[str, float], kept: dict[str, float]) -> list[str]:
    """Those whose ratio is worse by more than half, or was never written down."""
    return [name for name, ratio in ratios.items() if ratio > WORSE * kept.get(name, 0.0)]


def main(*, planted: bool) -> int:
    """Compare, print, and say how it ended; `planted` does each call's work twice."""
    kept, late = guarded(), time.monotonic() + SECONDS
    with _keys() as keys:
        for key in keys.values():
            if planted:
                key.call = _all([key.call, key.call])
            key.measure()
        while slow := too_slow({name: key.ratio for name, key in keys.items()}, kept):
            if time.monotonic() > late:
                break
            for name in slow:
                keys[name].measure()
        for name, key in keys.items():
            state = "TOO SLOW" if name in slow else "ok"
            print(f"{name:<30} {key.ratio:>9.2f} was {kept.get(name, 0):>9.2f}  {state}")
    if slow:
        print(f"slower by more than half: {', '.join(slow)}")
        print("Find what slowed them; if it is wanted, `make bench` writes the new ratios down.")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main(planted="--planted" in sys.argv[1:]))
