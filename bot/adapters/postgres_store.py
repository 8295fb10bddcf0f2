"""UserStore on PostgreSQL: one sealed row per user, for as many workers as are wanted.

A turn is one transaction that holds the lock of the user's row from load to save.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, Self
from weakref import WeakValueDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.adapters.postgres import queries
from bot.adapters.postgres.queries import Line, Row, progress_of
from bot.adapters.postgres.schema import migrate
from bot.adapters.records import to_draft, to_record
from bot.adapters.vault import Vault
from bot.adapters.wakes import seconds
from bot.core.errors import StoreError
from bot.ports import Draft, Owed, UserId

LEASE = timedelta(seconds=30)  # after which what a dead worker had taken is free again
CONNECTIONS = 8  # for turns; each worker has one more for claims and one for notes
PATIENCE = 5  # seconds to wait for a connection or a lock before a turn is given up
SPARE = 64  # candidates beyond the limit: other workers take some of them
NEVER = datetime.max.replace(tzinfo=UTC)

# A worker that hangs in a turn must not hold its user for ever.
_TURNS = f"SET lock_timeout = '{PATIENCE}s'; SET idle_in_transaction_session_timeout = '30s'"
# Notes and claims that a power cut of the database loses do no harm; a kill of ours loses none.
_QUICK = f"SET synchronous_commit = off; SET statement_timeout = '{PATIENCE}s'"

log = logging.getLogger(__name__)


class PostgresStore:
    """The users in a database. `worker` names this process, and after a restart again.

    What is due or owed and was taken by a worker of another name is left to it for `LEASE`.
    """

    def __init__(self, url: str, vault: Vault, *, worker: str | None = None) -> None:
        """Nothing is opened before the context is entered."""
        self._url = url
        self._vault = vault
        self._worker = worker or token_hex(8)
        self._turns: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()
        self._postponed: dict[str, datetime] = {}
        self._direct: psycopg.Connection | None = None
        self._pool = self._made_pool(CONNECTIONS, _TURNS)
        self._claims = self._made_pool(1, _QUICK)

    def _made_pool(self, size: int, setting: str) -> AsyncConnectionPool[AsyncConnection]:
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
            check=AsyncConnectionPool.check_connection,
        )

    async def __aenter__(self) -> Self:
        """Connect, bring the tables up to date, and look whether the keys fit."""
        try:
            with _told("use the database"):
                with psycopg.connect(
                    self._url, autocommit=True, connect_timeout=PATIENCE
                ) as connection:
                    migrate(connection)
                self._now(queries.ORPHANS, {})
                self._check_keys()
                for pool in (self._pool, self._claims):
                    await pool.open(wait=True, timeout=PATIENCE)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give all connections back."""
        await self._claims.close()
        await self._pool.close()
        if self._direct is not None:
            self._direct.close()

    def _check_keys(self) -> None:
        known = [key.id for key in self._vault.keys]
        for (key_id,) in self._now(queries.OTHER_KEYS, {"known": known}):
            raise StoreError(
                f"the database holds records of the key {key_id}, which is not among the given"
                f" ones ({', '.join(sorted(known))}); put the right key in place"
            )

    # -- turns -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        """The user's record, exclusively; committed before the context ends."""
        names = self._vault.names(user)
        async with self._turn(user), self._transaction() as connection:
            row = await queries.locked(connection, names)
            lines = await queries.lines_of(connection, row)
            draft = self._draft_of(row, lines)
            yield draft
            if draft.forget:
                await queries.remove(connection, names)
            else:
                await self._save(connection, user, draft, row, lines)
        self._let_go(names)

    def _turn(self, user: UserId) -> asyncio.Lock:
        """One connection for all of this process that wait for a user, not one for each."""
        lock = self._turns.get(user)
        if lock is None:
            lock = self._turns[user] = asyncio.Lock()
        return lock

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        with _told("read or save a user"):
            async with self._pool.connection() as connection, connection.transaction():
                yield connection

    async def _save(
        self,
        connection: AsyncConnection,
        user: UserId,
        draft: Draft,
        row: Row | None,
        lines: Sequence[Line],
    ) -> None:
        """Save under the present key; a row under an older key's name goes."""
        name, progress = self._vault.key.name(user), progress_of(lines)
        if row is not None and row.user_key != name:
            await connection.execute(queries.PLACE, {"name": name})
            await queries.remove(connection, [row.user_key])
        await connection.execute(queries.SAVE, self._sealed(name, user, draft))
        if row is not None and row.user_key != name:
            if draft.owed and progress.begun:
                values = {"names": [name], "kind": "B", "number": progress.begun}
                await connection.execute(queries.NOTE, values)
            return
        # What is sent is not in the record any more, so nobody needs to read that it was.
        past = [line for line, _, number in lines if number <= progress.sent or not draft.owed]
        if past:
            await connection.execute(queries.DELETE_LINES, {"name": name, "lines": past})

    def _sealed(self, name: str, user: UserId, draft: Draft) -> dict[str, Any]:
        wake = draft.wake_at and datetime.fromtimestamp(seconds(draft.wake_at), UTC)
        owed = draft.last if draft.owed else None
        plain = json.dumps(to_record(user, draft), separators=(",", ":"), ensure_ascii=False)
        key_id = self._vault.key.id
        bound = queries.bound(name, key_id, wake, owed)
        return {
            "name": name,
            "key_id": key_id,
            "wake_at": wake,
            "owed": owed,
            "record": self._vault.seal(plain.encode(), bound),
            "worker": self._worker,
            "lease": LEASE,
        }

    def _record_of(self, row: Row) -> Mapping[str, Any]:
        bound = queries.bound(row.user_key, row.key_id, row.wake_at, row.owed)
        plain = self._vault.open(row.key_id, bytes(row.record), bound)
        record: Mapping[str, Any] = json.loads(plain)
        return record

    def _draft_of(self, row: Row | None, lines: Sequence[Line]) -> Draft:
        draft = to_draft(None if row is None else self._record_of(row))
        sent = progress_of(lines).sent
        draft.owed = tuple(owed for owed in draft.owed if owed.number > sent)
        return draft

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of a user, after any edit that is under way anywhere."""
        names = self._vault.names(user)
        async with self._turn(user), self._transaction() as connection:
            await queries.locked(connection, names)
            await queries.remove(connection, names)
        self._let_go(names)

    # -- who is due ------------------------------------------------------------------------------

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, claimed for this worker, the longest overdue first."""
        values = {
            "now": now,
            "worker": self._worker,
            "lease": LEASE,
            "held": [name for name, until in self._postponed.items() if until > now],
            "limit": limit + SPARE,
        }
        found: list[UserId] = []
        with _told("look for who is due"):
            async with self._claims.connection() as connection:
                cursor = await connection.execute(queries.CANDIDATES, values)
                candidates = [name for (name,) in await cursor.fetchall()]
                if len(candidates) < limit + SPARE:
                    self._forget_others(now, candidates)
                for name in candidates:
                    if len(found) == limit:
                        break
                    claimed = await queries.rows(
                        connection, queries.CLAIM, values | {"name": name}
                    )
                    found += [user for row in claimed if (user := self._user_of(row)) is not None]
        return found

    def _forget_others(self, now: datetime, due: Sequence[str]) -> None:
        """Whoever is not due any more was seen to by another worker: no longer postponed here."""
        for name in [n for n, until in self._postponed.items() if until <= now and n not in due]:
            del self._postponed[name]

    def _user_of(self, row: Row) -> UserId | None:
        """Whose row it is; a damaged one costs its own user only, and is told."""
        try:
            return UserId(self._record_of(row)["user"])
        except StoreError as error:
            log.error("record_unreadable row=%s reason=%s", row.user_key, error)
            self._postponed[row.user_key] = NEVER  # no use in trying it at every tick
            return None

    def next_due(self) -> datetime | None:
        """The moment at which the next user is due; None also while the database is away."""
        held = [until for until in self._postponed.values() if until != NEVER]
        try:
            ((moment,),) = self._now(queries.NEXT, {"held": list(self._postponed)})
        except StoreError:
            log.warning("next_due_unknown")
            return None
        return min([*held, moment] if moment is not None else held, default=None)

    def postpone(self, user: UserId, until: datetime) -> None:
        """Do not count a user as due before then. Other workers may try sooner."""
        for name in self._vault.names(user):
            self._postponed[name] = until

    def _let_go(self, names: Sequence[str]) -> None:
        for name in names:
            self._postponed.pop(name, None)

    # -- what is owed ----------------------------------------------------------------------------

    async def owing(self) -> AsyncIterator[tuple[UserId, Sequence[Owed], int]]:
        """Users with replies that are not known to be sent, and the number last begun."""
        with _told("look for what is owed"):
            async with self._pool.connection() as connection:
                found = await connection.execute(queries.OWING, {"worker": self._worker})
                names = [name for (name,) in await found.fetchall()]
        for name in names:
            kept = await self._kept([name])
            if kept is not None and kept[1].owed:
                user, draft, begun = kept
                yield user, draft.owed, begun

    def begun(self, user: UserId, number: int) -> None:
        """The sending of this reply begins."""
        self._note("B", user, number)

    def refused(self, user: UserId, number: int) -> None:
        """This reply surely did not arrive."""
        self._note("R", user, number)

    def sent(self, user: UserId, number: int) -> None:
        """All replies up to this one have been sent, or given up."""
        self._note("S", user, number)

    def _note(self, kind: str, user: UserId, number: int) -> None:
        names = list(self._vault.names(user))
        self._now(queries.NOTE, {"kind": kind, "names": names, "number": number})

    def _now(self, query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a short statement that waits for no lock, without leaving the loop.

        A receipt has to be written before the bytes of the reply are. It is written over a
        connection of its own, which is made anew once when it has broken.
        """
        with _told("use the database"):
            try:
                return _run(self._line(), query, values)
            except psycopg.OperationalError:
                if self._direct is None or not self._direct.closed:
                    raise
            return _run(self._line(), query, values)

    def _line(self) -> psycopg.Connection:
        if self._direct is None or self._direct.closed:
            self._direct = psycopg.connect(self._url, autocommit=True, connect_timeout=PATIENCE)
            self._direct.execute(_QUICK)
        return self._direct

    async def is_writable(self) -> bool:
        """Whether the database can be reached and takes changes: a standby takes none."""
        try:
            with _told("use the database"):
                async with self._pool.connection() as connection:
                    await connection.execute(queries.NO_CHANGE)
        except StoreError:
            return False
        return True

    # -- all of them -----------------------------------------------------------------------------

    async def everyone(self) -> AsyncIterator[UserId]:
        """All users of whom something is kept."""
        async for row in self._rows():
            user = self._user_of(row)
            if user is not None:
                yield user

    def damaged(self) -> list[str]:
        """The rows that do not open, each with the reason."""
        found: list[str] = []
        page = self._now(queries.PAGE, {"after": ""})
        while page:
            for row in (Row(*values) for values in page):
                try:
                    self._draft_of(row, [])
                except StoreError as error:
                    found.append(f"row {row.user_key}: {error}")
            page = self._now(queries.PAGE, {"after": page[-1][0]})
        return found

    def drop_older_generations(self) -> None:
        """There are none: keeping them is the work of the database and its backups."""

    async def _rows(self) -> AsyncIterator[Row]:
        after = ""
        while True:
            with _told("read all users"):
                async with self._pool.connection() as connection:
                    page = await queries.rows(connection, queries.PAGE, {"after": after})
            for row in page:
                yield row
            if not page:
                return
            after = page[-1].user_key

    async def kept(self, user: UserId) -> tuple[Draft, int] | None:
        """What is kept of a user, without a lock: the record and the number last begun."""
        found = await self._kept(self._vault.names(user))
        return found and found[1:]

    async def _kept(self, names: Sequence[str]) -> tuple[UserId, Draft, int] | None:
        with _told("read a user"):
            async with self._pool.connection() as connection:
                for row in await queries.rows(connection, queries.READ, {"names": list(names)}):
                    lines = await queries.lines_of(connection, row)
                    user = self._user_of(row)
                    if user is not None:
                        return user, self._draft_of(row, lines), progress_of(lines).begun
        return None

    def knows(self, user: UserId) -> bool:
        """Whether anything is kept of a user."""
        return bool(self._now(queries.READ, {"names": list(self._vault.names(user))}))

    def label(self, user: UserId) -> str:
        """A name for logs; nobody without the key can tell whose it is."""
        return self._vault.label(user)

    def spread(self, user: UserId) -> timedelta:
        """How much later than others a user is woken: the same each day, and tells nothing."""
        return self._vault.spread(user)


def _run(
    connection: psycopg.Connection, query: str, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    cursor = connection.execute(query, values)
    return cursor.fetchall() if cursor.description else []


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Errors of the database as our own; only their kind is told, for their text quotes values."""
    try:
        yield
    except psycopg.Error as error:
        kind = f"{type(error).__name__} {error.sqlstate or ''}".strip()
        raise StoreError(
            f"cannot {what} in PostgreSQL ({kind}); see that the database of"
            " UNKNOT_DATABASE_URL runs and can be reached"
        ) from None
