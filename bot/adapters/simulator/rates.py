"""Telegram's limits on how fast a bot may send."""

import math
from collections.abc import Callable

PER_CHAT = 1.0
BURST_PER_CHAT = 3
OVERALL = 30.0


class _Bucket:
    def __init__(self, rate: float, size: float, now: float) -> None:
        self.rate, self.size = rate, size
        self.tokens, self.at = size, now

    def missing(self, now: float) -> float:
        """Seconds until one more message is allowed."""
        passed = max(now - self.at, 0.0)  # the clock may have been set back
        self.tokens = min(self.size, self.tokens + passed * self.rate)
        self.at = now
        return max(0.0, (1 - self.tokens) / self.rate)


class Rates:
    """One message a second in a chat after a short burst, and thirty a second overall."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._chats: dict[int, _Bucket] = {}
        self._overall = _Bucket(OVERALL, OVERALL, clock())

    def retry_after(self, chat_id: int) -> int | None:
        """Count a message; the seconds to wait when it is one too many."""
        now = self._clock()
        chat = self._chats.setdefault(chat_id, _Bucket(PER_CHAT, BURST_PER_CHAT, now))
        wait = max(chat.missing(now), self._overall.missing(now))
        if wait > 0:
            return math.ceil(wait)
        chat.tokens -= 1
        self._overall.tokens -= 1
        return None
