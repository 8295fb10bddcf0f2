"""UserStore in memory, for tests and for conversations that are forgotten at their end."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from bot.adapters.records import to_draft, to_record
from bot.ports import Draft, UserId


class MemoryStore:
    """Keeps JSON text, so that a state which would not survive a restart fails here too."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._records: dict[UserId, str] = {}
        self._wakes: dict[UserId, datetime] = {}
        self._locks: dict[UserId, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        """The user's record, exclusively."""
        async with self._locks[user]:
            text = self._records.get(user)
            draft = to_draft(json.loads(text) if text else None)
            yield draft
            if draft.forget:
                self._remove(user)
                return
            self._records[user] = json.dumps(to_record(user, draft))
            self._wakes.pop(user, None)
            if draft.wake_at is not None:
                self._wakes[user] = draft.wake_at

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, the longest overdue first."""
        ready = sorted((at, user) for user, at in self._wakes.items() if at <= now)
        return [user for _, user in ready[:limit]]

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of a user, after any edit that is under way."""
        async with self._locks[user]:
            self._remove(user)

    def _remove(self, user: UserId) -> None:
        self._records.pop(user, None)
        self._wakes.pop(user, None)

    async def everyone(self) -> AsyncIterator[UserId]:
        """All users of whom something is kept."""
        for user in list(self._records):
            yield user
