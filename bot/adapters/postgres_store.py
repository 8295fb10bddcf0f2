"""UserStore on PostgreSQL: one sealed row per user, for as many workers as are wanted.

A turn is one transaction that holds the lock of the user's row from load to save. While a worker
sends to a user it stands in the row as `sender`; what others answer meanwhile it sends, too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, Self
from weakref import WeakKeyDictionary, WeakValueDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.adapters.postgres import queries
from bot.adapters.postgres.queries import Line, Row, begun_of
from bot.adapters.postgres.schema import migrate
from bot.adapters.records import to_draft, to_record
from bot.adapters.vault import Vault
from bot.adapters.wakes import seconds
from bot.core.errors import NotOursError, StoreError
from bot.ports import Draft, News, Owed, UserId

LEASE = timedelta(seconds=12)  # after which a worker that is not heard of is dead to the others
# A worker ceases to send by then: within the rest a request is answered or given up.
SURE = 7 / 12
BEATS = 6  # signs of life in a lease
CONNECTIONS, QUICK = 8, 4  # for turns; for claims and notes
MOST_BUSY = timedelta(seconds=1)  # by so much replies move bulk back at most
PATIENCE = 5  # seconds to wait for a connection or a lock before a turn is given up
UNCHECKED = 1.0  # seconds for which a connection that was in use is believed to be alive
SPARE = 64  # candidates beyond the limit: other workers take some of them
NEVER = datetime.max.replace(tzinfo=UTC)

# A worker that hangs in a turn must not hold its user for ever.
_TURNS = f"SET lock_timeout = '{PATIENCE}s'; SET idle_in_transaction_session_timeout = '30s'"
# Notes and claims that a power cut of the database loses do no harm; a kill of ours loses none.
_QUICK = f"SET synchronous_commit = off; SET statement_timeout = '{PATIENCE}s'"

log = logging.getLogger(__name__)


class PostgresStore:
    """The users in a database, and the workers that share it.

    `worker` names the place of this process: when one begins there, the one before it is dead.
    """

    def __init__(
        self, url: str, vault: Vault, *, worker: str | None = None, lease: timedelta = LEASE
    ) -> None:
        """Nothing is opened before the context is entered. A shorter `lease` is for tests."""
        self._url = url
        self._vault = vault
        self._lease = lease
        self._place = worker or token_hex(4)
        self._worker = self._new_name()
        self._until = 0.0  # by the monotonic clock: how long this worker is surely not dead
        self._has_begun: set[UserId] = set()  # of whom a sending was noted
        self._counting: set[UserId] = set()
        self._editing: set[UserId] = set()  # whose count is being edited
        self._turns: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()
        self._postponed: dict[str, datetime] = {}
        self._alive: WeakKeyDictionary[AsyncConnection, float] = WeakKeyDictionary()
        self._direct: psycopg.Connection | None = None
        self._pool = self._made_pool(CONNECTIONS, _TURNS)
        self._quick = self._made_pool(QUICK, _QUICK)

    def _new_name(self) -> str:
        return f"{self._place}.{token_hex(4)}"

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
            check=self._checked,
        )

    async def _checked(self, connection: AsyncConnection) -> None:
        """Ask whether a connection is alive, unless it was a moment ago."""
        now = time.monotonic()
        if now > self._alive.get(connection, 0.0) + UNCHECKED:
            await AsyncConnectionPool.check_connection(connection)
        self._alive[connection] = now

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
                for pool in (self._pool, self._quick):
                    await pool.open(wait=True, timeout=PATIENCE)
                await self._quickly(queries.SUCCEED, {"slot": f"{self._place}."})
                await self.beat()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Tell the others, and give all connections back."""
        with suppress(psycopg.Error, TimeoutError):
            async with asyncio.timeout(1):
                await self._quickly(queries.RESIGN, {"worker": self._worker})
        await self._quick.close()
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
            draft = self._draft_of(row)
            sender = row.sender if row is not None else None
            if sender is not None and await self._elsewhere(connection, sender):
                draft.sends = "none"
            else:
                draft.sends = "all"
                if sender != self._worker:
                    draft.owed = _without_begun(draft.owed, begun_of(lines))
            yield draft
            if draft.forget and draft.sends == "none":
                # The farewell would overtake what the other one sends.
                raise NotOursError("another worker is sending to this user; nothing was changed")
            if draft.forget:
                await queries.remove(connection, names)
            else:
                await self._save(connection, user, draft, row, lines)
        self._let_go(names)

    async def _elsewhere(self, connection: AsyncConnection, sender: str) -> bool:
        """Whether another worker, which is alive, sends to the user whose row is locked."""
        if sender == self._worker:
            return False
        found = await connection.execute(queries.LIVES, {"sender": sender})
        return await found.fetchone() is not None

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
        name = self._vault.key.name(user)
        if row is not None and row.user_key != name:
            await connection.execute(queries.PLACE, {"name": name})
            await queries.remove(connection, [row.user_key])
        sends = bool(draft.owed) or user in self._editing
        mine = self._worker if sends else None
        values = self._sealed(name, user, draft) | {
            "sent": row.sent if row is not None else 0,
            "sender": row.sender if row is not None and draft.sends == "none" else mine,
            "worker": self._worker,
            "counts": user in self._counting,
        }
        await connection.execute(queries.SAVE, values)
        if row is not None and row.user_key != name:
            begun = begun_of(lines) if draft.owed else 0
            if begun:
                note = {"names": [name], "kind": "B", "number": begun, "worker": values["sender"]}
                await connection.execute(queries.NOTE, note)
        elif row is not None and any(number <= row.sent for _, _, number in lines):
            gone = {"names": [name], "sent": row.sent}
            await connection.execute(queries.DELETE_LINES, gone)

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
        }

    def _record_of(self, row: Row) -> Mapping[str, Any]:
        bound = queries.bound(row.user_key, row.key_id, row.wake_at, row.owed)
        plain = self._vault.open(row.key_id, bytes(row.record), bound)
        record: Mapping[str, Any] = json.loads(plain)
        return record

    def _draft_of(self, row: Row | None) -> Draft:
        draft = to_draft(None if row is None else self._record_of(row))
        if row is not None:
            draft.owed = tuple(owed for owed in draft.owed if owed.number > row.sent)
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
            "held": [name for name, until in self._postponed.items() if until > now],
            "limit": limit + SPARE,
        }
        found: list[UserId] = []
        with _told("look for who is due"):
            async with self._quick.connection() as connection:
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
        """Users with replies that nobody sends, and the number last begun; now ours to send."""
        with _told("look for what is owed"):
            async with self._pool.connection() as connection:
                living = [name for (name,) in await self._quickly(queries.LIVING, {})]
                found = await connection.execute(queries.UNSENT, {"living": living})
                names = [name for (name,) in await found.fetchall()]
        for name in names:
            taken = await self._taken_over(name)
            if taken is not None:
                yield taken

    async def _taken_over(self, name: str) -> tuple[UserId, Sequence[Owed], int] | None:
        async with self._transaction() as connection:
            for row in await queries.rows(connection, queries.LOCK, {"names": [name]}):
                if not row.unsent or row.sender == self._worker:
                    return None
                if row.sender is not None and await self._elsewhere(connection, row.sender):
                    return None
                user = self._user_of(row)
                if user is None:
                    return None
                lines = await queries.lines_of(connection, row)
                values = {"name": name, "worker": self._worker}
                await connection.execute(queries.TAKE_OVER, values)
                return user, self._draft_of(row).owed, begun_of(lines)
        return None

    async def begun(self, user: UserId, number: int) -> None:
        """The sending of this reply begins."""
        self._has_begun.add(user)
        if not await self._note("B", user, number):
            raise NotOursError(
                "another worker sends to this user now, or nothing is owed any more"
            )

    async def refused(self, user: UserId, number: int) -> None:
        """This reply surely did not arrive."""
        await self._note("R", user, number)

    async def _note(self, kind: str, user: UserId, number: int) -> bool:
        values = {"kind": kind, "number": number, **self._of(user)}
        with _told("note what is sent"):
            async with self._quick.connection() as connection:
                return bool((await connection.execute(queries.NOTE, values)).rowcount)

    async def sent(self, user: UserId, number: int) -> Sequence[Owed]:
        """All replies up to this one have been sent, or given up."""
        values = self._of(user) | {
            "number": number,
            "keeps": user in self._editing,
            "counts": user in self._counting,
        }
        with _told("note what is sent"):
            async with self._quick.connection() as connection:
                found = await queries.rows(connection, queries.SENT, values)
                if found and user in self._has_begun:
                    self._has_begun.discard(user)
                    settled = {"names": values["names"], "sent": number}
                    await connection.execute(queries.DELETE_LINES, settled)
        return self._left(found)

    def _left(self, found: Sequence[Row]) -> Sequence[Owed]:
        """What is owed still to the user whose row was found."""
        return [owed for row in found if row.unsent for owed in self._draft_of(row).owed]

    def _of(self, user: UserId) -> dict[str, Any]:
        return {"names": list(self._vault.names(user)), "worker": self._worker}

    # -- among workers ---------------------------------------------------------------------------

    @property
    def beat_seconds(self) -> float:
        """How often to do so."""
        return self._lease.total_seconds() / BEATS

    async def beat(self) -> News:
        """Tell the others that this worker lives, and hear of them."""
        began = time.monotonic()
        with _told("tell that this worker lives"):
            async with self._quick.connection() as connection:
                values = {"worker": self._worker, "lease": self._lease}
                lost = not (await connection.execute(queries.BEAT, values)).rowcount
                if lost:
                    # Under the old name others may be taking over what was this worker's.
                    values["worker"] = self._worker = self._new_name()
                    await connection.execute(queries.REGISTER, values)
                died = (await connection.execute(queries.BURY)).rowcount
        self._until = began + self._lease.total_seconds() * SURE
        return News(lost=lost, died=bool(died))

    def holds(self) -> bool:
        """Whether this worker has been heard of lately."""
        return time.monotonic() < self._until

    async def left_to_us(self, users: Sequence[UserId]) -> Sequence[tuple[UserId, Sequence[Owed]]]:
        """Of users to whom this worker sends: all that is owed to them now."""
        names = [name for user in users for name in self._vault.names(user)]
        with _told("look for what is owed"):
            async with self._quick.connection() as connection:
                values = {"names": names, "worker": self._worker}
                found = await queries.rows(connection, queries.OURS, values)
        return [
            (user, self._draft_of(row).owed)
            for row in found
            if (user := self._user_of(row)) is not None
        ]

    async def book(self, seconds: float, *, busy: float = 0.0, after: float = 0.0) -> float:
        """Take so many seconds of the time in which bulk goes out; returns when they begin."""
        values = {
            "span": timedelta(seconds=seconds),
            "busy": timedelta(seconds=busy),
            "after": timedelta(seconds=after),
            "most": MOST_BUSY,
        }
        with _told("share the pace"):
            ((begin,),) = await self._quickly(queries.BOOK, values)
        return float(begin)

    async def take(self, user: UserId) -> bool:
        """Before a count is edited: whether it is ours still. If so, nobody else sends now."""
        self._editing.add(user)
        taken = False
        try:
            with _told("take a count"):
                async with self._quick.connection() as connection:
                    cursor = await connection.execute(queries.TAKE, self._of(user))
                    taken = bool(cursor.rowcount)
        finally:
            if not taken:
                self._editing.discard(user)
        return taken

    async def give_back(self, user: UserId) -> Sequence[Owed]:
        """The edit is done. Returns what other workers have left to this one meanwhile."""
        self._editing.discard(user)
        with _told("give a count back"):
            async with self._quick.connection() as connection:
                found = await queries.rows(connection, queries.GIVE_BACK, self._of(user))
        return self._left(found)

    def counts(self, user: UserId, *, running: bool) -> None:
        """Whether a count of this user is shown by this worker, which then wakes them, too."""
        (self._counting.add if running else self._counting.discard)(user)

    async def _quickly(self, query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        async with self._quick.connection() as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else []

    def _now(self, query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run a short statement that waits for no lock, without leaving the loop.

        It has a connection of its own, which is made anew once when it has broken.
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
                    self._draft_of(row)
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
                        return user, self._draft_of(row), begun_of(lines)
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


def _without_begun(owed: Sequence[Owed], begun: int) -> tuple[Owed, ...]:
    """Without the reminders that a dead worker had begun to send: they may have arrived."""
    return tuple(o for o in owed if not (o.reply.reminder and o.number <= begun))


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
