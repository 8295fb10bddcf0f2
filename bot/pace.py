"""How many messages one user may send: far more than any person types, far fewer than a script."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.ports import UserId

AT_ONCE = 60  # messages
PER_SECOND = 1.0
COMPLAIN_SECONDS = 30.0
REMEMBERED = 20_000  # users; then those who have been quiet are forgotten


class _Bucket(NamedTuple):
    left: float
    at: datetime
    complained: datetime | None = None


class Pace:
    """A bucket for each user that drains with every message and fills with time."""

    def __init__(self) -> None:
        """Start with full buckets."""
        self._buckets: dict[UserId, _Bucket] = {}

    def allows(self, user: UserId, at: datetime) -> bool:
        """Whether one more message is taken now."""
        bucket = self._buckets.get(user) or _Bucket(AT_ONCE, at)
        passed = max(0.0, (at - bucket.at).total_seconds())
        left = min(float(AT_ONCE), bucket.left + passed * PER_SECOND)
        allowed = left >= 1
        if len(self._buckets) >= REMEMBERED:
            self._forget_quiet(at)
        self._buckets[user] = _Bucket(left - allowed, at, bucket.complained)
        return allowed

    def may_complain(self, user: UserId, at: datetime) -> bool:
        """Whether it is time to say so again; once in a while is enough."""
        bucket = self._buckets[user]
        last = bucket.complained
        if last is not None and (at - last).total_seconds() < COMPLAIN_SECONDS:
            return False
        self._buckets[user] = bucket._replace(complained=at)
        return True

    def _forget_quiet(self, at: datetime) -> None:
        full = [u for u, b in self._buckets.items() if (at - b.at).total_seconds() > AT_ONCE]
        for user in full:
            del self._buckets[user]
        if len(self._buckets) >= REMEMBERED:
            self._buckets.clear()
