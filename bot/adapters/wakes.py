"""Who must be woken when, in memory: a tick at which nobody is due looks at one entry.

A heap in which changed entries stay until they come up; when these are too many it is made anew.
"""

from __future__ import annotations

import heapq
import math
from datetime import UTC, datetime
from typing import Generic, TypeVar

SPARE = 1000  # outdated entries that are always allowed

Name = TypeVar("Name", bound=str)


class Wakes(Generic[Name]):
    """Names with the second since 1970 at which each must be woken."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._at: dict[Name, int] = {}
        self._heap: list[tuple[int, Name]] = []

    def __len__(self) -> int:
        """How many are to be woken at some time."""
        return len(self._at)

    def put(self, name: Name, at: int) -> None:
        """Wake at this moment and at no other."""
        if self._at.get(name) == at:
            return
        self._at[name] = at
        heapq.heappush(self._heap, (at, name))
        # Every message moves the day on which silence ends: a year of entries would stay.
        if len(self._heap) > 2 * len(self._at) + SPARE:
            self._heap = [(at, name) for name, at in self._at.items()]
            heapq.heapify(self._heap)

    def drop(self, name: Name) -> None:
        """Do not wake."""
        self._at.pop(name, None)

    def due(self, moment: int, limit: int) -> list[Name]:
        """Whose moment has come, the longest overdue first. They stay until they are changed."""
        ready: dict[Name, None] = {}
        # The heap is walked from its top and not taken apart: below an entry all are later.
        near = [] if self.next() is None else [(self._heap[0], 0)]
        while near and len(ready) < limit:
            (at, name), place = heapq.heappop(near)
            if at > moment:
                break
            if self._at.get(name) == at:
                ready[name] = None
            for below in range(2 * place + 1, min(2 * place + 3, len(self._heap))):
                heapq.heappush(near, (self._heap[below], below))
        return list(ready)

    def next_moment(self) -> datetime | None:
        """The earliest moment of all."""
        at = self.next()
        return None if at is None else datetime.fromtimestamp(at, UTC)

    def next(self) -> int | None:
        """The earliest second of all."""
        while self._heap:
            at, name = self._heap[0]
            if self._at.get(name) == at:
                return at
            heapq.heappop(self._heap)
        return None


def seconds(moment: datetime) -> int:
    """The whole second, never one before the moment: nobody is woken early."""
    return math.ceil(moment.timestamp())
