"""UserStore in memory, for tests and for conversations that are forgotten at their end."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from bot.adapters.records import Entry, safety_first, to_draft, to_record
from bot.adapters.wakes import Wakes, seconds
from bot.ports import Draft, Owed, UserId


class MemoryStore:
    """Keeps JSON text, so that a state which would not survive a restart fails here too."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._records: dict[UserId, str] = {}
        self._wakes: Wakes[UserId] = Wakes()
        self._locks: dict[UserId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sent: dict[UserId, int] = {}
        self._begun: dict[UserId, int] = {}

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        """The user's record, exclusively."""
        async with self._locks[user]:
            text = self._records.get(user)
            draft = to_draft(json.loads(text) if text else None)
            done = self._sent.get(user, 0)
            draft.owed = tuple(owed for owed in draft.owed if owed.number > done)
            yield draft
            if draft.forget:
                self._remove(user)
                return
            self._records[user] = json.dumps(to_record(user, draft))
            self._wakes.drop(user)
            if draft.wake_at is not None:
                self._wakes.put(user, seconds(draft.wake_at))

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, the longest overdue first."""
        return self._wakes.due(int(now.timestamp()), limit)

    async def next_due(self) -> datetime | None:
        """The moment at which the next user is due."""
        return self._wakes.next_moment()

    def postpone(self, user: UserId, until: datetime) -> None:
        """Do not count a user as due before then."""
        self._wakes.put(user, seconds(until))

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of a user, after any edit that is under way."""
        async with self._locks[user]:
            self._remove(user)

    async def owing(self) -> AsyncIterator[tuple[UserId, Sequence[Owed], int]]:
        """Users with replies that are not known to be sent, and the number last begun."""
        for entry in safety_first(self._unsent()):
            yield entry

    def _unsent(self) -> Iterator[Entry]:
        for user, text in list(self._records.items()):
            done = self._sent.get(user, 0)
            owed = [e for e in to_draft(json.loads(text)).owed if e.number > done]
            if owed:
                yield user, owed, self._begun.get(user, 0)

    async def begun(self, user: UserId, number: int) -> None:
        """The sending of this reply begins."""
        self._begun[user] = max(number, self._begun.get(user, 0))

    async def refused(self, user: UserId, number: int) -> None:
        """This reply surely did not arrive."""
        if self._begun.get(user) == number:
            del self._begun[user]

    async def sent(self, user: UserId, number: int) -> Sequence[Owed]:
        """All replies up to this one have been sent, or given up."""
        self._sent[user] = max(number, self._sent.get(user, 0))
        return ()

    def _remove(self, user: UserId) -> None:
        self._sent.pop(user, None)
        self._begun.pop(user, None)
        self._records.pop(user, None)
        self._wakes.drop(user)

    async def everyone(self) -> AsyncIterator[UserId]:
        """All users of whom something is kept."""
        for user in list(self._records):
            yield user
