"""UserStore on TinyDB: one document store per user, so a save costs the same at any number."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout
from tinydb import TinyDB
from tinydb.table import Document

from bot.adapters.records import to_draft, to_record
from bot.adapters.safe_file import SafeFile
from bot.core.errors import StoreError
from bot.ports import Draft, UserId

RECORD = 1

log = logging.getLogger(__name__)


class TinyDBStore:
    """A folder of users. One process at a time; a second one is refused."""

    def __init__(self, folder: Path) -> None:
        """Lock the folder, sweep what a crash left over, and learn who must be woken when."""
        self._users = folder / "users"
        try:
            self._users.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(
                f"{folder}: cannot be used for data ({error.strerror}); choose another folder"
                " or correct its permissions"
            ) from error
        self._lock = FileLock(folder / "lock")
        self._pid = folder / "lock.pid"
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise StoreError(
                f"{folder}: process {self._holder()} uses this data already; stop it first,"
                " or choose another folder"
            ) from None
        self._pid.write_text(str(os.getpid()), encoding="ascii")
        self._locks: dict[UserId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._wakes: dict[UserId, datetime] = {}
        for leftover in self._users.rglob("*.tmp"):
            leftover.unlink(missing_ok=True)
        for user, draft in self._readable():
            self._note_wake(user, draft.wake_at)

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder free."""
        self.close()

    def close(self) -> None:
        """Give the folder free for another process."""
        self._pid.unlink(missing_ok=True)
        self._lock.release()

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        """The user's record, exclusively; saved before the context ends."""
        async with self._locks[user]:
            path = self._path(user)
            draft = to_draft(_read(path))
            yield draft
            if draft.forget:
                self._remove(user)
                return
            with TinyDB(path, storage=SafeFile) as database:
                # Under one key: TinyDB merges top-level keys; dropped ones would stay for ever.
                database.upsert(Document({"record": to_record(user, draft)}, doc_id=RECORD))
            self._note_wake(user, draft.wake_at)

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, the longest overdue first."""
        ready = sorted((at, user) for user, at in self._wakes.items() if at <= now)
        return [user for _, user in ready[:limit]]

    async def forget(self, user: UserId) -> None:
        """Delete the user's file, after any edit that is under way."""
        async with self._locks[user]:
            self._remove(user)

    def _remove(self, user: UserId) -> None:
        try:
            self._path(user).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"cannot delete a user's file: {error.strerror}") from error
        self._wakes.pop(user, None)

    async def everyone(self) -> AsyncIterator[UserId]:
        """All users of whom something is kept."""
        for user, _ in self._readable():
            yield user

    def _readable(self) -> Iterator[tuple[UserId, Draft]]:
        """Every record that can be read; a damaged one costs its own user only, and is told."""
        for path in sorted(self._users.rglob("*.json")):
            try:
                record = _read(path)
                draft = to_draft(record)
            except StoreError as error:
                log.error("record_unreadable file=%s reason=%s", path.name, error)
                continue
            if record is not None:
                yield UserId(record["user"]), draft

    def _path(self, user: UserId) -> Path:
        name = hashlib.sha256(user.encode()).hexdigest()[:32]
        return self._users / name[:2] / f"{name}.json"

    def _note_wake(self, user: UserId, wake_at: datetime | None) -> None:
        self._wakes.pop(user, None)
        if wake_at is not None:
            self._wakes[user] = wake_at

    def _holder(self) -> str:
        try:
            return self._pid.read_text(encoding="ascii")
        except OSError:
            return "(unknown)"


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        with TinyDB(path, storage=SafeFile) as database:
            document = database.get(doc_id=RECORD)
        record: dict[str, Any] = document["record"]
    except (TypeError, KeyError, AttributeError, ValueError):
        # A file without its record is damaged: it is never taken for a new user.
        raise StoreError(
            f"{path.name}: the file is damaged; restore it from a backup, or delete it"
        ) from None
    return record
