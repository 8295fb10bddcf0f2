"""Connections to PostgreSQL: for turns, for quick notes, and one that is used without waiting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.core.errors import StoreError

FOR_TURNS, FOR_NOTES = 8, 4
PATIENCE = 5  # seconds to wait for a connection or a lock before a turn is given up
LONGEST = 15.0  # seconds for all of a turn or note: a database that hangs may never answer
UNCHECKED = 1.0  # seconds for which a connection that was in use is believed to be alive

# A worker that hangs in a turn must not hold its user for ever.
_TURNS = f"SET lock_timeout = '{PATIENCE}s'; SET idle_in_transaction_session_timeout = '30s'"
# Notes and claims that a power cut of the database loses do no harm; a kill of ours loses none.
_NOTES = f"SET synchronous_commit = off; SET statement_timeout = '{PATIENCE}s'"

Rows = list[tuple[Any, ...]]


class Connections:
    """All of one worker."""

    def __init__(self, url: str) -> None:
        """Nothing is opened before `open`."""
        self._url = url
        self._alive: WeakKeyDictionary[AsyncConnection, float] = WeakKeyDictionary()
        self._direct: psycopg.Connection | None = None
        self.turns = self._pool(FOR_TURNS, _TURNS)
        self.notes = self._pool(FOR_NOTES, _NOTES)

    def _pool(self, size: int, setting: str) -> AsyncConnectionPool[AsyncConnection]:
        async def configure(connection: AsyncConnection) -> None:
            await connection.execute(setting)

        return AsyncConnectionPool(
            self._url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=PATIENCE,
            kwargs={"autocommit": True, "connect_timeout": PATIENCE},
            configure=configure,
            # After a restart of the database the first turns would fail on dead connections.
            check=self._checked,
        )

    async def _checked(self, connection: AsyncConnection) -> None:
        """Ask whether a connection is alive, unless it was a moment ago."""
        now = time.monotonic()
        if now > self._alive.get(connection, 0.0) + UNCHECKED:
            await AsyncConnectionPool.check_connection(connection)
        self._alive[connection] = now

    async def open(self) -> None:
        """Connect."""
        for pool in (self.turns, self.notes):
            await pool.open(wait=True, timeout=PATIENCE)

    async def close(self) -> None:
        """Give all back."""
        await self.notes.close()
        await self.turns.close()
        if self._direct is not None:
            self._direct.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """For one turn: committed on a clean exit, undone on an error."""
        with told("read or save a user"):
            async with (
                asyncio.timeout(LONGEST),
                self.turns.connection() as connection,
                connection.transaction(),
            ):
                yield connection

    @asynccontextmanager
    async def note(self, what: str) -> AsyncIterator[AsyncConnection]:
        """For quick statements, each committed by itself."""
        with told(what):
            async with asyncio.timeout(LONGEST), self.notes.connection() as connection:
                yield connection

    def now(self, query: str, values: Mapping[str, Any]) -> Rows:
        """Run a short statement that waits for no lock, without leaving the loop.

        It has a connection of its own, which is made anew once when it has broken.
        """
        with told("use the database"):
            try:
                return _run(self._line(), query, values)
            except psycopg.OperationalError:
                if self._direct is None or not self._direct.closed:
                    raise
            return _run(self._line(), query, values)

    def _line(self) -> psycopg.Connection:
        if self._direct is None or self._direct.closed:
            self._direct = self.plain()
            self._direct.execute(_NOTES)
        return self._direct

    def plain(self) -> psycopg.Connection:
        """A connection as it comes."""
        return psycopg.connect(self._url, autocommit=True, connect_timeout=PATIENCE)


def _run(connection: psycopg.Connection, query: str, values: Mapping[str, Any]) -> Rows:
    cursor = connection.execute(query, values)
    return cursor.fetchall() if cursor.description else []


@contextmanager
def told(what: str) -> Iterator[None]:
    """Errors of the database as our own; only their kind is told, for their text quotes values."""
    try:
        yield
    except (psycopg.Error, TimeoutError) as error:
        state = getattr(error, "sqlstate", None) or ""
        kind = f"{type(error).__name__} {state}".strip()
        raise StoreError(
            f"cannot {what} in PostgreSQL ({kind}); see that the database of"
            " UNKNOT_DATABASE_URL runs and can be reached"
        ) from None
