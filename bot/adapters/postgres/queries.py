"""The statements of the store on PostgreSQL, and what they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

FORMAT = "unknot-row 1"

LOCK = """
    SELECT user_key, key_id, wake_at, owed, record FROM unknot_users
    WHERE user_key = ANY(%(names)s) FOR UPDATE
"""
READ = """
    SELECT user_key, key_id, wake_at, owed, record FROM unknot_users
    WHERE user_key = ANY(%(names)s)
"""
# Until its transaction ends nobody else sees the empty row, and whoever makes the same one waits.
PLACE = """
    INSERT INTO unknot_users (user_key, key_id, record) VALUES (%(name)s, '', '')
    ON CONFLICT (user_key) DO NOTHING
"""
SAVE = """
    UPDATE unknot_users SET key_id = %(key_id)s, wake_at = %(wake_at)s, owed = %(owed)s,
        record = %(record)s,
        claimed_by = CASE WHEN %(owed)s::bigint IS NULL THEN NULL ELSE %(worker)s END,
        claimed_until = CASE WHEN %(owed)s::bigint IS NULL THEN NULL
            ELSE clock_timestamp() + %(lease)s END
    WHERE user_key = %(name)s
"""
DELETE = "DELETE FROM unknot_users WHERE user_key = ANY(%(names)s)"
LINES = "SELECT line, kind, number FROM unknot_receipts WHERE user_key = %(name)s ORDER BY line"
DELETE_LINES = "DELETE FROM unknot_receipts WHERE user_key = %(name)s AND line = ANY(%(lines)s)"
DELETE_ALL_LINES = "DELETE FROM unknot_receipts WHERE user_key = ANY(%(names)s)"
# Only what is owed can be sent: a note that comes after its user is gone leaves nothing behind.
NOTE = """
    INSERT INTO unknot_receipts (user_key, kind, number)
    SELECT user_key, %(kind)s, %(number)s FROM unknot_users
    WHERE user_key = ANY(%(names)s) AND owed >= %(number)s
"""
NO_CHANGE = "UPDATE unknot_users SET owed = owed WHERE false"
OTHER_KEYS = "SELECT key_id FROM unknot_users WHERE key_id <> ALL(%(known)s) LIMIT 1"
ORPHANS = """
    DELETE FROM unknot_receipts r
    WHERE NOT EXISTS (SELECT 1 FROM unknot_users u WHERE u.user_key = r.user_key)
"""
CANDIDATES = """
    SELECT user_key FROM unknot_users
    WHERE wake_at <= %(now)s AND (
        claimed_until IS NULL OR claimed_until <= clock_timestamp() OR claimed_by = %(worker)s
    ) AND user_key <> ALL(%(held)s)
    ORDER BY wake_at, user_key LIMIT %(limit)s
"""
# One user a statement: where users are spread over machines, a lock on several is not to be had.
CLAIM = """
    UPDATE unknot_users
    SET claimed_by = %(worker)s, claimed_until = clock_timestamp() + %(lease)s
    WHERE user_key = (
        SELECT user_key FROM unknot_users
        WHERE user_key = %(name)s AND wake_at <= %(now)s AND (
        claimed_until IS NULL OR claimed_until <= clock_timestamp() OR claimed_by = %(worker)s
    )
        FOR UPDATE SKIP LOCKED
    )
    RETURNING user_key, key_id, wake_at, owed, record
"""
NEXT = "SELECT min(wake_at) FROM unknot_users WHERE user_key <> ALL(%(held)s)"
OWING = """
    SELECT user_key FROM unknot_users u WHERE owed > coalesce(
        (SELECT max(number) FROM unknot_receipts r
         WHERE r.user_key = u.user_key AND r.kind = 'S'), 0)
    AND (
        claimed_until IS NULL OR claimed_until <= clock_timestamp() OR claimed_by = %(worker)s
    )
"""
PAGE = """
    SELECT user_key, key_id, wake_at, owed, record FROM unknot_users WHERE user_key > %(after)s
    ORDER BY user_key LIMIT 200
"""


Line = tuple[int, str, int]  # line, kind, number


@dataclass(frozen=True, slots=True)
class Row:
    """A user's row, without its claim."""

    user_key: str
    key_id: str
    wake_at: datetime | None
    owed: int | None
    record: bytes


@dataclass(slots=True)
class Progress:
    """How far the sending has come, from the lines in their order."""

    sent: int = 0
    begun: int = 0

    def note(self, kind: str, number: int) -> None:
        """Take one line in."""
        if kind == "S":
            self.sent = max(self.sent, number)
        elif kind == "B":
            self.begun = max(self.begun, number)
        elif self.begun == number:
            self.begun = number - 1


async def rows(connection: AsyncConnection, query: str, values: Mapping[str, Any]) -> list[Row]:
    """All rows of users that a statement gives back."""
    async with connection.cursor(row_factory=class_row(Row)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def locked(connection: AsyncConnection, names: Sequence[str]) -> Row | None:
    """The row under one of the names, locked; None for a new user, whose place is then taken."""
    while True:
        found = await rows(connection, LOCK, {"names": list(names)})
        if found:
            return found[0]
        made = await connection.execute(PLACE, {"name": names[0]})
        if made.rowcount:
            return None


async def lines_of(connection: AsyncConnection, row: Row | None) -> list[Line]:
    """What is noted of the sending to a user, in order."""
    if row is None or row.owed is None:
        return []
    cursor = await connection.execute(LINES, {"name": row.user_key})
    return [(line, kind, number) for line, kind, number in await cursor.fetchall()]


async def remove(connection: AsyncConnection, names: Sequence[str]) -> None:
    """Delete the row and the lines of a user."""
    await connection.execute(DELETE_ALL_LINES, {"names": list(names)})
    await connection.execute(DELETE, {"names": list(names)})


def progress_of(lines: Sequence[Line]) -> Progress:
    """How far the sending has come."""
    progress = Progress()
    for _, kind, number in lines:
        progress.note(kind, number)
    return progress


def bound(name: str, key_id: str, wake_at: datetime | None, owed: int | None) -> bytes:
    """What stands in the clear beside a record: sealed with it, so that none can be exchanged."""
    wake = "-" if wake_at is None else int(wake_at.timestamp())
    return f"{FORMAT} {key_id} {wake},{'-' if owed is None else owed} {name}".encode()
