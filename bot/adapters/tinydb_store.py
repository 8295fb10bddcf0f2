"""UserStore on TinyDB: one sealed document store per user, so a save costs the same at any number.

A start reads only the first line of each file: when to wake the user, and what is owed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout
from tinydb import TinyDB
from tinydb.table import Document

from bot.adapters import safe_file
from bot.adapters.receipts import ReceiptLog
from bot.adapters.records import Entry, safety_first, to_draft, to_record
from bot.adapters.safe_file import SafeFile, Tables
from bot.adapters.vault import Vault
from bot.adapters.wakes import Wakes, seconds
from bot.core.errors import StoreError
from bot.ports import Draft, Owed, UserId

RECORD = 1
USERS, RECEIPTS = "users", "receipts"  # in the folder of the data
SUFFIX = ".unknot"

log = logging.getLogger(__name__)


class TinyDBStore:
    """A folder of users. One process at a time; a second one is refused."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        """Lock the folder, sweep what a crash left over, and learn who must be woken when."""
        self._users = folder / USERS
        self._vault = vault
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
        self._wakes: Wakes[str] = Wakes()
        self._owing: dict[str, int] = {}
        self._receipts = ReceiptLog(folder / RECEIPTS)
        try:
            self._look_round()
        except BaseException:
            self.close()
            raise

    def _look_round(self) -> None:
        self._adopt()
        for leftover in self._users.rglob("*.tmp"):
            leftover.unlink(missing_ok=True)
        known = {key.id for key in self._vault.keys}
        for path in self.files():
            try:
                key_id, notes, _ = safe_file.header_of(path)
            except StoreError as error:
                log.error("record_unreadable file=%s reason=%s", path.name, error)
                continue
            if key_id not in known:
                raise StoreError(
                    f"{path.name} was written with the key {key_id}, which is not among the"
                    f" given ones ({', '.join(sorted(known))}); put the right key in place"
                )
            self._note(path.stem, notes)
        self._receipts.compact(self._owing)

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder free."""
        self.close()

    def close(self) -> None:
        """Give the folder free for another process."""
        self._receipts.close()
        self._pid.unlink(missing_ok=True)
        self._lock.release()

    @asynccontextmanager
    async def edit(self, user: UserId) -> AsyncIterator[Draft]:
        """The user's record, exclusively; saved before the context ends."""
        async with self._locks[user]:
            path = self.path_of(user)
            with self._opened(path) as database:
                stored = _record_in(database, path)
                draft = self._draft_of(stored, path)
                yield draft
                if draft.forget:
                    self._remove(user)
                else:
                    self._save(user, draft, path, database)

    def _draft_of(self, record: dict[str, Any] | None, path: Path) -> Draft:
        draft = to_draft(record)
        done = self._receipts.sent.get(path.stem, 0)
        draft.owed = tuple(owed for owed in draft.owed if owed.number > done)
        return draft

    def _opened(self, path: Path) -> TinyDB:
        return TinyDB(path, storage=SafeFile, vault=self._vault, notes=_notes)

    def _save(self, user: UserId, draft: Draft, path: Path, database: TinyDB) -> None:
        """Write a record under the present key; a file under an older key's name goes."""
        new = self._path(self._vault.key.name(user))
        record = to_record(user, draft)
        if path == new:
            _put(database, record)
        else:
            with self._opened(new) as moved:
                _put(moved, record)
            safe_file.remove(path)
            self._forget_notes(path.stem)
        self._note(new.stem, _notes_of(record))
        if self._receipts.is_long:
            self._receipts.compact(self._owing)

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, the longest overdue first."""
        names = self._wakes.due(int(now.timestamp()), limit)
        return [user for name in names if (user := self._user_of(name)) is not None]

    async def next_due(self) -> datetime | None:
        """The moment at which the next user is due."""
        return self._wakes.next_moment()

    def postpone(self, user: UserId, until: datetime) -> None:
        """Do not count a user as due before then."""
        self._wakes.put(self.path_of(user).stem, seconds(until))

    async def owing(self) -> AsyncIterator[tuple[UserId, Sequence[Owed], int]]:
        """Users with replies that are not known to be sent, and the number last begun."""
        for entry in safety_first(self._unsent()):
            yield entry

    def _unsent(self) -> Iterator[Entry]:
        for name, last in list(self._owing.items()):
            done = self._receipts.sent.get(name, 0)
            record = self._record_of(self._path(name)) if last > done else None
            if record is None:
                continue
            owed = [entry for entry in to_draft(record).owed if entry.number > done]
            if owed:
                yield UserId(record["user"]), owed, self._receipts.begun.get(name, 0)

    async def begun(self, user: UserId, number: int) -> None:
        """The sending of this reply begins."""
        self._receipts.note("B", self._vault.key.name(user), number)

    async def refused(self, user: UserId, number: int) -> None:
        """This reply surely did not arrive."""
        self._receipts.take_back(self._vault.key.name(user), number)

    async def sent(self, user: UserId, number: int) -> Sequence[Owed]:
        """All replies up to this one have been sent, or given up."""
        self._receipts.note("S", self._vault.key.name(user), number)
        return ()

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of the user, after any edit that is under way."""
        async with self._locks[user]:
            self._remove(user)

    def _remove(self, user: UserId) -> None:
        try:
            for name in self._vault.names(user):
                safe_file.remove(self._path(name))
                self._forget_notes(name)
            self._receipts.compact(self._owing)
        except OSError as error:
            raise StoreError(f"cannot delete a user's file: {error.strerror}") from error
        self._locks.pop(user, None)

    async def everyone(self) -> AsyncIterator[UserId]:
        """All users of whom something is kept."""
        for path in self.files():
            record = self._record_of(path)
            if record is not None:
                yield UserId(record["user"])

    async def is_writable(self) -> bool:
        """Whether a record could be saved now: one of the usual size is written and deleted."""
        try:
            safe_file.try_writing(self._users.parent / "probe")
        except OSError:
            return False
        return True

    # -- for the operator ------------------------------------------------------------------------

    def label(self, user: UserId) -> str:
        """A name for logs; nobody without the key can tell whose it is."""
        return self._vault.label(user)

    def spread(self, user: UserId) -> timedelta:
        """How much later than others a user is woken: the same each day, and tells nothing."""
        return self._vault.spread(user)

    async def kept(self, user: UserId) -> tuple[Draft, int] | None:
        """What is kept of a user: the record and the number last begun."""
        path = self.path_of(user)
        record = self._read(path)
        if record is None:
            return None
        return self._draft_of(record, path), self._receipts.begun.get(path.stem, 0)

    def knows(self, user: UserId) -> bool:
        """Whether anything is kept of a user."""
        path = self.path_of(user)
        return path.exists() or path.with_suffix(safe_file.OLD).exists()

    def damaged(self) -> list[str]:
        """The files that do not open, each with the reason."""
        found = []
        for path in self.files():
            try:
                self._read(path)
            except StoreError as error:
                found.append(f"{path}: {error}")
        return found

    def drop_older_generations(self) -> None:
        """Delete all older generations: those under a key that is to go could not be read."""
        for path in self._users.rglob("*" + safe_file.OLD):
            path.unlink(missing_ok=True)

    def examined(self) -> tuple[list[str], int]:
        """What is wrong with each file, and how many could not be repaired safely."""
        findings: list[str] = []
        left = sound = 0
        for path in self.files():
            newest, older = self._state_of(path), self._state_of(path.with_suffix(safe_file.OLD))
            if newest is None and path.exists():
                sound += 1
                continue
            reason = newest or "missing"
            if older is None and path.with_suffix(safe_file.OLD).exists():
                safe_file.restore_older(path)
                findings.append(f"{path}: {reason}; the generation before it was put in its place")
            else:
                left += 1
                findings.append(
                    f"{path}: {reason}, and so is the generation before it; restore it from a"
                    " backup, or delete both files: the user then begins anew"
                )
        findings.append(f"{sound} sound records, {len(findings)} findings")
        return findings, left

    def _state_of(self, path: Path) -> str | None:
        """None when a file opens and holds a record that fits; else what is wrong."""
        if not path.exists():
            return "missing"
        try:
            with self._opened(path) as database:
                record = _record_in(database, path, fall_back=False)
            to_draft(record)
        except StoreError as error:
            return str(error)
        return None

    def _adopt(self) -> None:
        """Seal the plain records of versions before 0.2, and delete the plain files."""
        for plain in sorted(self._users.rglob("*.json")):
            try:
                record = json.loads(plain.read_bytes())["_default"][str(RECORD)]["record"]
                user = UserId(record["user"])
                draft = to_draft(record)
            except (ValueError, KeyError, TypeError, StoreError) as error:
                log.error("plain_record_unreadable file=%s reason=%s", plain.name, error)
                continue
            path = self._path(self._vault.key.name(user))
            if not path.exists():
                with self._opened(path) as database:
                    _put(database, to_record(user, draft))
            plain.unlink()
            log.info("plain_record_sealed file=%s", plain.name)

    # -- files -----------------------------------------------------------------------------------

    def files(self) -> Iterator[Path]:
        """The file of every user, also where only the older generation is left."""
        for folder in sorted(self._users.iterdir()):
            with os.scandir(folder) as entries:
                names = {
                    entry.name.partition(".")[0]
                    for entry in entries
                    if entry.name.endswith((SUFFIX, safe_file.OLD))
                }
            for name in sorted(names):
                yield folder / f"{name}{SUFFIX}"

    def path_of(self, user: UserId) -> Path:
        """Where the user's record is: under the present key's name, or still an older key's."""
        present, *older = (self._path(name) for name in self._vault.names(user))
        for path in older:
            if not present.exists() and (path.exists() or path.with_suffix(".old").exists()):
                return path
        return present

    def _path(self, name: str) -> Path:
        return self._users / name[:2] / f"{name}{SUFFIX}"

    def _record_of(self, path: Path) -> dict[str, Any] | None:
        """A record; a damaged one costs its own user only, and is told."""
        try:
            return self._read(path)
        except StoreError as error:
            log.error("record_unreadable file=%s reason=%s", path.name, error)
            return None

    def _user_of(self, name: str) -> UserId | None:
        record = self._record_of(self._path(name))
        if record is None:
            self._forget_notes(name)  # until the next start: no use in trying it at every tick
            return None
        return UserId(record["user"])

    def _read(self, path: Path) -> dict[str, Any] | None:
        with self._opened(path) as database:
            return _record_in(database, path)

    # -- what is known without opening a file ----------------------------------------------------

    def _note(self, name: str, notes: str) -> None:
        wake, _, owed = notes.partition(",")
        if wake.isdecimal():
            self._wakes.put(name, int(wake))
        else:
            self._wakes.drop(name)
        if owed.isdecimal():
            self._owing[name] = int(owed)
        else:
            self._owing.pop(name, None)

    def _forget_notes(self, name: str) -> None:
        self._wakes.drop(name)
        self._owing.pop(name, None)

    def _holder(self) -> str:
        try:
            return self._pid.read_text(encoding="ascii")
        except OSError:
            return "(unknown)"


def _record_in(database: TinyDB, path: Path, *, fall_back: bool = True) -> dict[str, Any] | None:
    """The record; None when there is no file."""
    try:
        storage = database.storage
        if not fall_back and isinstance(storage, SafeFile):
            storage.newest_only()
        if database.storage.read() is None:
            return None
        record: dict[str, Any] = database.get(doc_id=RECORD)["record"]
        return record
    except (TypeError, KeyError, AttributeError, ValueError):
        # A file without its record is damaged: it is never taken for a new user.
        raise StoreError(
            f"{path.name}: the file is damaged; restore it from a backup, or run unknot doctor"
        ) from None


def _put(database: TinyDB, record: dict[str, Any]) -> None:
    """Write the record, in one write; TinyDB's own upsert writes twice for a new user."""
    # Under one key: TinyDB merges top-level keys; dropped ones would stay for ever.
    if database.storage.read() is None:
        database.insert(Document({"record": record}, doc_id=RECORD))
    else:
        database.update({"record": record}, doc_ids=[RECORD])


def _notes(tables: Tables) -> str:
    """What stands readable in front: `WAKE,OWED`, a second since 1970 and a reply's number."""
    return _notes_of(tables["_default"][str(RECORD)]["record"])


def _notes_of(record: dict[str, Any]) -> str:
    wake = record["wake_at"]
    second = seconds(datetime.fromisoformat(wake)) if wake else "-"
    return f"{second},{record['last'] if record['owed'] else '-'}"
