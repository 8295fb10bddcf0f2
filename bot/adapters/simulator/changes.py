"""Waiting for the simulated state to change, without polling."""

import asyncio
from collections.abc import Callable

SETTLING_TURNS = 50


class Changes:
    """Wakes every waiter when something changes; notify() may be called from plain functions."""

    def __init__(self) -> None:
        self.version = 0
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Something changed."""
        self.version += 1
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until the condition holds; False when the time is over first."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    await self._event.wait()
        except TimeoutError:
            return condition()
        return True

    async def until_settled(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until the condition holds and nothing changes for some turns of the event loop."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while await self.until(condition, max(deadline - loop.time(), 0)):
            version = self.version
            for _ in range(SETTLING_TURNS):
                await asyncio.sleep(0)
            if version == self.version and condition():
                return True
        return False
