"""The tables in PostgreSQL: numbered files of SQL, each applied once, in order."""

from __future__ import annotations

from pathlib import Path

import psycopg

from bot.core.errors import StoreError

FOLDER = Path(__file__).parent
LOCK = 0x756E6B6E6F74  # "unknot": any number that other programs do not use


def files() -> dict[int, Path]:
    """The files by the version that they lead to."""
    return {int(path.name.partition("_")[0]): path for path in sorted(FOLDER.glob("*.sql"))}


def migrate(connection: psycopg.Connection) -> int:
    """Bring the tables to the version of this program, and return it; a newer one is refused.

    All or nothing, and one worker at a time: the others wait, and find nothing left to do.
    """
    known = files()
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        present = _version(connection)
        if present > max(known):
            raise StoreError(
                f"the database has version {present} of the tables, this program knows"
                f" {max(known)}; run the version of Unknot that made them, or a newer one"
            )
        for version, path in known.items():
            if version > present:
                connection.execute(path.read_bytes())
                connection.execute("INSERT INTO unknot_migrations VALUES (%s)", (version,))
    return max(known)


def _version(connection: psycopg.Connection) -> int:
    # Looked for first: to create what is there asks for a right that a worker need not have.
    found = connection.execute("SELECT to_regclass('unknot_migrations')").fetchone()
    if found is None or found[0] is None:
        connection.execute(
            "CREATE TABLE unknot_migrations (version integer PRIMARY KEY,"
            " applied_at timestamptz NOT NULL DEFAULT now())"
        )
    row = connection.execute("SELECT coalesce(max(version), 0) FROM unknot_migrations").fetchone()
    return int(row[0]) if row else 0
