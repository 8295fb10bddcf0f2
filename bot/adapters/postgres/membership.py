"""One worker among others: its name, its signs of life, and its share of the pace."""

from __future__ import annotations

import time
from datetime import timedelta
from secrets import token_hex

from psycopg import AsyncConnection

from bot.adapters.postgres import queries
from bot.adapters.postgres.connections import Connections
from bot.ports import News

LEASE = timedelta(seconds=12)  # after which a worker that is not heard of is dead to the others
# A worker ceases to send by then: within the rest a request is answered or given up.
SURE = 7 / 12
BEATS = 6  # signs of life in a lease
MOST_BUSY = timedelta(seconds=1)  # by so much replies move bulk back at most


class Membership:
    """What the others know of this worker, and it of them."""

    def __init__(self, connections: Connections, place: str | None, lease: timedelta) -> None:
        """When a worker begins in a place, the one before it there is dead."""
        self._connections = connections
        self._place = place or token_hex(4)
        self._lease = lease
        self._until = 0.0  # by the monotonic clock: how long this worker is surely not dead
        self.name = self._new_name()

    def _new_name(self) -> str:
        return f"{self._place}.{token_hex(4)}"

    async def begin(self) -> None:
        """Take the place, and tell that this worker lives."""
        async with self._connections.note("begin as a worker") as connection:
            await connection.execute(queries.SUCCEED, {"place": f"{self._place}."})
        await self.beat()

    async def end(self) -> None:
        """The others need not wait until the lease ends."""
        async with self._connections.note("end as a worker") as connection:
            await connection.execute(queries.RESIGN, {"worker": self.name})

    @property
    def beat_seconds(self) -> float:
        """How often to tell that this worker lives."""
        return self._lease.total_seconds() / BEATS

    async def beat(self) -> News:
        """Tell the others that this worker lives, and hear of them."""
        began = time.monotonic()
        async with self._connections.note("tell that this worker lives") as connection:
            values = {"worker": self.name, "lease": self._lease}
            lost = not (await connection.execute(queries.BEAT, values)).rowcount
            if lost:
                # Under the old name others may be taking over what was this worker's.
                values["worker"] = self.name = self._new_name()
                await connection.execute(queries.REGISTER, values)
            died = (await connection.execute(queries.BURY)).rowcount
        self._until = began + self._lease.total_seconds() * SURE
        return News(lost=lost, died=bool(died))

    def holds(self) -> bool:
        """Whether this worker has been heard of lately."""
        return time.monotonic() < self._until

    async def living(self) -> list[str]:
        """The names of all who live."""
        async with self._connections.note("hear of other workers") as connection:
            found = await connection.execute(queries.LIVING)
            return [name for (name,) in await found.fetchall()]

    async def elsewhere(self, connection: AsyncConnection, sender: str | None) -> bool:
        """Whether another worker, which is alive, sends to the user whose row is locked.

        Asked after the lock was had: what a statement that waited for it read may be older.
        """
        if sender is None or sender == self.name:
            return False
        found = await connection.execute(queries.LIVES, {"sender": sender})
        return await found.fetchone() is not None

    async def book(self, seconds: float, *, busy: float = 0.0, after: float = 0.0) -> float:
        """Take so many seconds of the time in which bulk goes out; returns when they begin."""
        values = {
            "span": timedelta(seconds=seconds),
            "busy": timedelta(seconds=busy),
            "after": timedelta(seconds=after),
            "most": MOST_BUSY,
        }
        async with self._connections.note("share the pace") as connection:
            ((begin,),) = await (await connection.execute(queries.BOOK, values)).fetchall()
        return float(begin)
