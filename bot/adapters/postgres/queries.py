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
    SELECT user_key, key_id, wake_at, owed, record, sent, sender FROM unknot_users
    WHERE user_key = ANY(%(names)s) FOR UPDATE
"""
READ = """
    SELECT user_key, key_id, wake_at, owed, record, sent, sender FROM unknot_users
    WHERE user_key = ANY(%(names)s)
"""
# Until its transaction ends nobody else sees the empty row, and whoever makes the same one waits.
PLACE = """
    INSERT INTO unknot_users (user_key, key_id, record) VALUES (%(name)s, '', '')
    ON CONFLICT (user_key) DO NOTHING
"""
# A turn ends the claim of whoever wanted to wake the user; who counts a stretch keeps its own.
SAVE = """
    UPDATE unknot_users SET key_id = %(key_id)s, wake_at = %(wake_at)s, owed = %(owed)s,
        record = %(record)s, sent = %(sent)s, sender = %(sender)s,
        claimed_by = CASE WHEN %(counts)s AND claimed_by = %(worker)s THEN claimed_by END
    WHERE user_key = %(name)s
"""
DELETE = "DELETE FROM unknot_users WHERE user_key = ANY(%(names)s)"
LINES = "SELECT line, kind, number FROM unknot_receipts WHERE user_key = %(name)s ORDER BY line"
DELETE_LINES = "DELETE FROM unknot_receipts WHERE user_key = ANY(%(names)s) AND number <= %(sent)s"
DELETE_ALL_LINES = "DELETE FROM unknot_receipts WHERE user_key = ANY(%(names)s)"
# Only what is owed can be sent: a note that comes after its user is gone leaves nothing behind.
NOTE = """
    INSERT INTO unknot_receipts (user_key, kind, number)
    SELECT user_key, %(kind)s, %(number)s FROM unknot_users
    WHERE user_key = ANY(%(names)s) AND owed >= %(number)s AND sender = %(worker)s
"""
NO_CHANGE = "UPDATE unknot_users SET owed = owed WHERE false"
OTHER_KEYS = "SELECT key_id FROM unknot_users WHERE key_id <> ALL(%(known)s) LIMIT 1"
ORPHANS = """
    DELETE FROM unknot_receipts r
    WHERE NOT EXISTS (SELECT 1 FROM unknot_users u WHERE u.user_key = r.user_key)
"""

# -- who is due ----------------------------------------------------------------------------------

CANDIDATES = """
    SELECT user_key FROM unknot_users
    WHERE wake_at <= %(now)s AND (claimed_by IS NULL OR claimed_by NOT IN (
        SELECT name FROM unknot_workers
        WHERE alive_until > clock_timestamp() AND name <> %(worker)s
    )) AND user_key <> ALL(%(held)s)
    ORDER BY wake_at, user_key LIMIT %(limit)s
"""
# One user a statement: where users are spread over machines, a lock on several is not to be had.
CLAIM = """
    UPDATE unknot_users SET claimed_by = %(worker)s
    WHERE user_key = (
        SELECT user_key FROM unknot_users
        WHERE user_key = %(name)s AND wake_at <= %(now)s
            AND (claimed_by IS NULL OR claimed_by NOT IN (
                SELECT name FROM unknot_workers
                WHERE alive_until > clock_timestamp() AND name <> %(worker)s
            ))
        FOR UPDATE SKIP LOCKED
    )
    RETURNING user_key, key_id, wake_at, owed, record, sent, sender
"""
NEXT = "SELECT min(wake_at) FROM unknot_users WHERE user_key <> ALL(%(held)s)"

# -- who sends -----------------------------------------------------------------------------------

# Numbers begin anew after a user is forgotten: a note above what is owed is of an earlier time.
SENT = """
    UPDATE unknot_users SET sent = greatest(sent, %(number)s),
        sender = CASE WHEN %(keeps)s OR owed > greatest(sent, %(number)s) THEN sender END,
        claimed_by = CASE WHEN %(counts)s THEN %(worker)s
            WHEN claimed_by = %(worker)s THEN NULL ELSE claimed_by END
    WHERE user_key = ANY(%(names)s) AND sender = %(worker)s AND owed >= %(number)s
    RETURNING user_key, key_id, wake_at, owed, record, sent, sender
"""
# A turn of another worker ends the claim, so it is known here that the count may have changed.
TAKE = """
    UPDATE unknot_users SET sender = %(worker)s
    WHERE user_key = ANY(%(names)s) AND claimed_by = %(worker)s
        AND (sender IS NULL OR sender = %(worker)s)
"""
GIVE_BACK = """
    UPDATE unknot_users SET sender = CASE WHEN owed > sent THEN sender END
    WHERE user_key = ANY(%(names)s) AND sender = %(worker)s
    RETURNING user_key, key_id, wake_at, owed, record, sent, sender
"""
OURS = """
    SELECT user_key, key_id, wake_at, owed, record, sent, sender FROM unknot_users
    WHERE user_key = ANY(%(names)s) AND sender = %(worker)s AND owed > sent
"""
UNSENT = """
    SELECT user_key, key_id, wake_at, owed, record, sent, sender FROM unknot_users
    WHERE owed > sent AND (sender IS NULL OR sender <> ALL(%(living)s))
"""
TAKE_OVER = "UPDATE unknot_users SET sender = %(worker)s WHERE user_key = %(name)s"
SKIP_BEGUN = "UPDATE unknot_users SET sender = NULL, sent = owed WHERE user_key = %(name)s"

# -- workers -------------------------------------------------------------------------------------

SUCCEED = """
    UPDATE unknot_workers SET alive_until = clock_timestamp()
    WHERE starts_with(name, %(place)s) AND alive_until > clock_timestamp()
"""
REGISTER = "INSERT INTO unknot_workers VALUES (%(worker)s, clock_timestamp() + %(lease)s)"
BEAT = """
    UPDATE unknot_workers SET alive_until = clock_timestamp() + %(lease)s
    WHERE name = %(worker)s AND alive_until > clock_timestamp()
"""
LIVING = "SELECT name FROM unknot_workers WHERE alive_until > clock_timestamp()"
LIVES = """
    SELECT 1 FROM unknot_workers WHERE name = %(sender)s AND alive_until > clock_timestamp()
"""
# Whoever deletes the name of a dead worker sees to what it owed; should that one die as well, the
# others hear of it in turn.
BURY = "DELETE FROM unknot_workers WHERE alive_until <= clock_timestamp()"
RESIGN = "UPDATE unknot_workers SET alive_until = clock_timestamp() WHERE name = %(worker)s"
BOOK = """
    UPDATE unknot_pace SET free_at = %(span)s + greatest(
        free_at,
        clock_timestamp() + %(after)s,
        least(free_at + %(busy)s, clock_timestamp() + %(most)s)
    ) WHERE id = 1
    RETURNING extract(epoch FROM free_at - %(span)s - clock_timestamp())
"""

PAGE = """
    SELECT user_key, key_id, wake_at, owed, record, sent, sender FROM unknot_users
    WHERE user_key > %(after)s
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
    sent: int
    sender: str | None

    @property
    def unsent(self) -> bool:
        """Whether something is owed still."""
        return self.owed is not None and self.owed > self.sent


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
    if row is None or not row.unsent:
        return []
    cursor = await connection.execute(LINES, {"name": row.user_key})
    return [(line, kind, number) for line, kind, number in await cursor.fetchall()]


async def remove(connection: AsyncConnection, names: Sequence[str]) -> None:
    """Delete the row and the lines of a user."""
    await connection.execute(DELETE_ALL_LINES, {"names": list(names)})
    await connection.execute(DELETE, {"names": list(names)})


def begun_of(lines: Sequence[Line]) -> int:
    """The number of the reply whose sending began last."""
    begun = 0
    for _, kind, number in lines:
        if kind == "B":
            begun = max(begun, number)
        elif kind == "R" and begun == number:
            begun = number - 1
    return begun


def bound(name: str, key_id: str, wake_at: datetime | None, owed: int | None) -> bytes:
    """What stands in the clear beside a record: sealed with it, so that none can be exchanged."""
    wake = "-" if wake_at is None else int(wake_at.timestamp())
    return f"{FORMAT} {key_id} {wake},{'-' if owed is None else owed} {name}".encode()
