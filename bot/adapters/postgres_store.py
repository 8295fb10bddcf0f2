"""UserStore on PostgreSQL: one sealed row per user, for as many workers as are wanted.

A turn is one transaction that holds the lock of the user's row from load to save. While a worker
sends to a user it stands in the row as `sender`; what others answer meanwhile it sends, too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from weakref import WeakValueDictionary

import psycopg
from psycopg import AsyncConnection

from bot.adapters.postgres import queries
from bot.adapters.postgres.connections import Connections, told
from bot.adapters.postgres.membership import LEASE, Membership
from bot.adapters.postgres.queries import Line, Row, begun_of
from bot.adapters.postgres.schema import migrate
from bot.adapters.records import Entry, safety_first, to_draft, to_record
from bot.adapters.vault import Vault
from bot.adapters.wakes import seconds
from bot.core.errors import NotOursError, StoreError
from bot.ports import Draft, Owed, UserId

SPARE = 64  # candidates beyond the limit: other workers take some of them
AT_ONCE = 6  # users that are taken over side by side: some connections stay free for turns
UNSURE = 30.0  # seconds after which the database has ended a turn that nobody ends
NEVER = datetime.max.replace(tzinfo=UTC)

log = logging.getLogger(__name__)


class PostgresStore:
    """The users in a database, and the workers that share it.

    `worker` names the place of this process: when one begins there, the one before it is dead.
    """

    def __init__(
        self, url: str, vault: Vault, *, worker: str | None = None, lease: timedelta = LEASE
    ) -> None:
        """Nothing is opened before the context is entered. A shorter `lease` is for tests."""
        self._vault = vault
        self._connections = Connections(url)
        self._crew = Membership(self._connections, worker, lease)
        self._has_begun: set[UserId] = set()  # of whom a sending was noted
        self._counting: set[UserId] = set()
        self._editing: set[UserId] = set()  # whose count is being edited
        self._turns: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()
        self._postponed: dict[str, datetime] = {}
        # Rows of which it is not known whether they were saved, and since when.
        self._unsure: dict[str, float] = {}
        # What has nothing to do with records.
        self.beat, self.holds, self.book = self._crew.beat, self._crew.holds, self._crew.book
        self.beat_seconds = self._crew.beat_seconds

    async def __aenter__(self) -> Self:
        """Connect, bring the tables up to date, and look whether the keys fit."""
        try:
            with told("use the database"):
                with self._connections.plain() as connection:
                    migrate(connection)
                    # Both look at whole tables, which takes as long as it takes.
                    connection.execute(queries.ORPHANS)
                    self._check_keys(connection)
                await self._connections.open()
                await self._crew.begin()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Tell the others, and give all connections back."""
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(1):
                await self._crew.end()
        await self._connections.close()

    def _check_keys(self, connection: psycopg.Connection) -> None:
        known = [key.id for key in self._vault.keys]
        for (key_id,) in connection.execute(queries.OTHER_KEYS, {"known": known}):
            raise StoreError(
                f"the database holds records of the key {key_id}, which is not among the given"
                f" ones ({', '.join(sorted(known))}); put the right key in place"
            )

    # -- turns -----------------------------------------------------------------------------------

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        """The user's record, exclusively; committed before the context ends."""
        names = self._vault.names(user)
        async with self._turn(user), self._saving(names) as connection:
            row = await queries.locked(connection, names)
            lines = await queries.lines_of(connection, row)
            draft = self._draft_of(row)
            sender = row.sender if row is not None else None
            if await self._crew.elsewhere(connection, sender):
                draft.sends = "none"
            else:
                draft.sends = "all"
                if sender != self._crew.name:
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

    @asynccontextmanager
    async def _saving(self, names: Sequence[str]) -> AsyncIterator[AsyncConnection]:
        """A transaction: one that fails may have been committed, and only its answer lost."""
        try:
            async with self._connections.transaction() as connection:
                yield connection
        except BaseException:
            self._unsure |= dict.fromkeys(names, time.monotonic())
            raise

    def _turn(self, user: UserId) -> asyncio.Lock:
        """One connection for all of this process that wait for a user, not one for each."""
        lock = self._turns.get(user)
        if lock is None:
            lock = self._turns[user] = asyncio.Lock()
        return lock

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
        mine = self._crew.name if sends else None
        values = self._sealed(name, user, draft) | {
            "sent": row.sent if row is not None else 0,
            "sender": row.sender if row is not None and draft.sends == "none" else mine,
            "worker": self._crew.name,
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
        async with self._turn(user), self._connections.transaction() as connection:
            await queries.locked(connection, names)
            await queries.remove(connection, names)
        self._let_go(names)

    # -- who is due ------------------------------------------------------------------------------

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, claimed for this worker, the longest overdue first."""
        values = {
            "now": now,
            "worker": self._crew.name,
            "held": [name for name, until in self._postponed.items() if until > now],
            "limit": limit + SPARE,
        }
        found: list[UserId] = []
        async with self._connections.note("look for who is due") as connection:
            cursor = await connection.execute(queries.CANDIDATES, values)
            candidates = [name for (name,) in await cursor.fetchall()]
            if len(candidates) < limit + SPARE:
                self._forget_others(now, candidates)
            for name in candidates:
                if len(found) == limit:
                    break
                claimed = await queries.rows(connection, queries.CLAIM, values | {"name": name})
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

    async def next_due(self) -> datetime | None:
        """The moment at which the next user is due; None also while the database is away."""
        held = [until for until in self._postponed.values() if until != NEVER]
        try:
            async with self._connections.note("look who is next") as connection:
                found = await connection.execute(queries.NEXT, {"held": list(self._postponed)})
                ((moment,),) = await found.fetchall()
        except StoreError:
            log.warning("next_due_unknown")
            return None
        return min([*held, moment] if moment is not None else held, default=None)

    def postpone(self, user: UserId, until: datetime) -> None:
        """Do not count a user as due before then; other workers leave the claim as it is."""
        for name in self._vault.names(user):
            self._postponed[name] = until

    def _let_go(self, names: Sequence[str]) -> None:
        for name in names:
            self._postponed.pop(name, None)

    # -- what is owed ----------------------------------------------------------------------------

    async def owing(self) -> AsyncIterator[Entry]:
        """Users with replies that nobody sends, and the number last begun; now ours to send.

        Taken over a few at a time: should this worker die, the rest is nobody's still.
        """
        living = await self._crew.living()
        with told("look for what is owed"):
            async with self._connections.turns.connection() as connection:
                unsent = await queries.rows(connection, queries.UNSENT, {"living": living})
        found = [
            (user, self._draft_of(row).owed, 0) for row in unsent if (user := self._user_of(row))
        ]
        users = [user for user, *_ in safety_first(found)]
        for begin in range(0, len(users), AT_ONCE):
            taken = map(self._taken_over, users[begin : begin + AT_ONCE])
            results = await asyncio.gather(*taken, return_exceptions=True)
            for result in results:
                if isinstance(result, tuple):
                    yield result
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    async def _taken_over(self, user: UserId) -> Entry | None:
        names = list(self._vault.names(user))
        async with self._saving(names) as connection:
            for row in await queries.rows(connection, queries.LOCK, {"names": names}):
                if not row.unsent or row.sender == self._crew.name:
                    return None
                if await self._crew.elsewhere(connection, row.sender):
                    return None
                begun = begun_of(await queries.lines_of(connection, row))
                owed = self._draft_of(row).owed
                if not _without_begun(owed, begun):
                    await connection.execute(queries.SKIP_BEGUN, {"name": row.user_key})
                    return None
                values = {"name": row.user_key, "worker": self._crew.name}
                await connection.execute(queries.TAKE_OVER, values)
                return user, owed, begun
        return None

    async def begun(self, user: UserId, number: int) -> None:
        """The sending of this reply begins."""
        self._has_begun.add(user)
        if not await self._note("B", user, number):
            raise NotOursError("this is not owed any more, or it is another worker's to send")

    async def refused(self, user: UserId, number: int) -> None:
        """This reply surely did not arrive."""
        await self._note("R", user, number)

    async def _note(self, kind: str, user: UserId, number: int) -> bool:
        values = {"kind": kind, "number": number, **self._of(user)}
        async with self._connections.note("note what is sent") as connection:
            return bool((await connection.execute(queries.NOTE, values)).rowcount)

    async def sent(self, user: UserId, number: int) -> Sequence[Owed]:
        """All replies up to this one have been sent, or given up."""
        values = self._of(user) | {
            "number": number,
            "keeps": user in self._editing,
            "counts": user in self._counting,
        }
        async with self._connections.note("note what is sent") as connection:
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
        return {"names": list(self._vault.names(user)), "worker": self._crew.name}

    # -- among workers ---------------------------------------------------------------------------

    async def left_to_us(self, users: Sequence[UserId]) -> Sequence[tuple[UserId, Sequence[Owed]]]:
        """Of users to whom this worker sends: all that is owed to them now.

        Also of those whom it may have saved last without knowing: nobody else sends to them.
        """
        began = time.monotonic()
        names = [name for user in users for name in self._vault.names(user)] + [*self._unsure]
        if not names:
            return []
        values = {"names": names, "worker": self._crew.name}
        async with self._connections.note("look for what is owed") as connection:
            found = await queries.rows(connection, queries.OURS, values)
        self._unsure = {n: at for n, at in self._unsure.items() if at > began - UNSURE}
        return [
            (user, self._draft_of(row).owed)
            for row in found
            if (user := self._user_of(row)) is not None
        ]

    async def take(self, user: UserId) -> bool:
        """Before a count is edited: whether it is ours still. If so, nobody else sends now."""
        self._editing.add(user)
        taken = False
        try:
            async with self._connections.note("take a count") as connection:
                cursor = await connection.execute(queries.TAKE, self._of(user))
                taken = bool(cursor.rowcount)
        finally:
            if not taken:
                self._editing.discard(user)
        return taken

    async def give_back(self, user: UserId) -> Sequence[Owed]:
        """The edit is done. Returns what other workers have left to this one meanwhile."""
        self._editing.discard(user)
        async with self._connections.note("give a count back") as connection:
            found = await queries.rows(connection, queries.GIVE_BACK, self._of(user))
        return self._left(found)

    def counts(self, user: UserId, *, running: bool) -> None:
        """Whether a count of this user is shown by this worker, which then wakes them, too."""
        (self._counting.add if running else self._counting.discard)(user)

    async def is_writable(self) -> bool:
        """Whether the database can be reached and takes changes: a standby takes none."""
        try:
            with told("use the database"):
                async with self._connections.turns.connection() as connection:
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
        page = self._connections.now(queries.PAGE, {"after": ""})
        while page:
            for row in (Row(*values) for values in page):
                try:
                    self._draft_of(row)
                except StoreError as error:
                    found.append(f"row {row.user_key}: {error}")
            page = self._connections.now(queries.PAGE, {"after": page[-1][0]})
        return found

    def drop_older_generations(self) -> None:
        """There are none: keeping them is the work of the database and its backups."""

    async def _rows(self) -> AsyncIterator[Row]:
        after = ""
        while True:
            with told("read all users"):
                async with self._connections.turns.connection() as connection:
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
        with told("read a user"):
            async with self._connections.turns.connection() as connection:
                for row in await queries.rows(connection, queries.READ, {"names": list(names)}):
                    lines = await queries.lines_of(connection, row)
                    user = self._user_of(row)
                    if user is not None:
                        return user, self._draft_of(row), begun_of(lines)
        return None

    def knows(self, user: UserId) -> bool:
        """Whether anything is kept of a user."""
        return bool(self._connections.now(queries.READ, {"names": list(self._vault.names(user))}))

    def label(self, user: UserId) -> str:
        """A name for logs; nobody without the key can tell whose it is."""
        return self._vault.label(user)

    def spread(self, user: UserId) -> timedelta:
        """How much later than others a user is woken: the same each day, and tells nothing."""
        return self._vault.spread(user)


def _without_begun(owed: Sequence[Owed], begun: int) -> tuple[Owed, ...]:
    """Without the reminders that a dead worker had begun to send: they may have arrived."""
    return tuple(o for o in owed if not (o.reply.reminder and o.number <= begun))
