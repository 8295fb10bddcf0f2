"""A TinyDB storage that a crash cannot tear and a thief cannot read.

One file: a line `unknot 1 KEY_ID NOTES CHECKSUM`, then the sealed tables. It is replaced as a
whole (temporary file, fsync, rename, fsync of the folder); the one before it stays beside it.
Stock TinyDB writes in place; killed in the middle it leaves an unreadable file (18 of 40 kills).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinydb import Storage

from bot.adapters.vault import Vault
from bot.core.errors import StoreError

FORMAT = "unknot 1"
LONGEST_HEADER = 256  # bytes
OLD, TEMPORARY = ".old", ".tmp"
USUAL = 4096  # bytes that a record takes

log = logging.getLogger(__name__)

Tables = dict[str, dict[str, Any]]


class SafeFile(Storage):
    """One sealed file, replaced as a whole.

    `notes` are bound to it but readable without the key: what a start must know of each file.
    """

    def __init__(
        self, path: Path, vault: Vault, notes: Callable[[Tables], str] = lambda _: "-"
    ) -> None:
        """Nothing is opened until it is read or written."""
        self._path = path
        self._vault = vault
        self._notes = notes
        self._tables: Tables | None = None

    def read(self) -> Tables | None:
        """The tables; None when there is no file. A damaged file is never an empty user.

        Whoever opens the storage has the user to themselves, so it is read once.
        """
        if self._tables is None:
            self._tables = self._read()
        return self._tables

    def newest_only(self) -> None:
        """Read the file itself, without falling back to the generation before it."""
        self._tables = _opened(self._path, self._vault)

    def _read(self) -> Tables | None:
        try:
            return _opened(self._path, self._vault)
        except FileNotFoundError:
            if not self._old.exists():
                return None
            newest = StoreError("the newest file is missing")
        except StoreError as error:
            newest = error
        try:
            tables = _opened(self._old, self._vault)
        except (StoreError, FileNotFoundError):
            raise StoreError(
                f"{self._path.name}: {newest}; restore it from a backup, or run unknot doctor"
            ) from None
        log.error("fell_back_to_older_generation file=%s reason=%s", self._path.name, newest)
        return tables

    def write(self, data: Tables) -> None:
        """Replace the file; on any failure the old one stays as it was."""
        self._tables = None
        sealed = sealed_file(data, self._vault, self._path.stem, self._notes(data))
        temporary = self._path.with_suffix(TEMPORARY)
        try:
            write_through(temporary, sealed)
            self._keep_old()
            temporary.replace(self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            for leftover in (TEMPORARY, OLD + TEMPORARY):
                self._path.with_suffix(leftover).unlink(missing_ok=True)
            raise StoreError(f"cannot write a user's file: {error.strerror}") from error
        self._tables = data

    @property
    def _old(self) -> Path:
        return self._path.with_suffix(OLD)

    def _keep_old(self) -> None:
        """Keep the present file as the older generation. It was read, so it is whole."""
        link = self._path.with_suffix(OLD + TEMPORARY)
        try:
            os.link(self._path, link)
        except FileNotFoundError:
            return
        except FileExistsError:  # left over by a crash
            link.unlink()
            os.link(self._path, link)
        link.replace(self._old)


def sealed_file(data: Tables, vault: Vault, name: str, notes: str) -> bytes:
    """The bytes of a file with these tables."""
    plain = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    front = f"{FORMAT} {vault.key.id} {notes}"
    sealed = vault.seal(plain, f"{front} {name}".encode())
    return f"{front} {hashlib.sha256(sealed).hexdigest()}\n".encode() + sealed


def checked(path: Path) -> bytes:
    """The bytes of a file whose checksum fits; FileNotFoundError when there is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"cannot be read ({error.strerror})") from error
    header, _, sealed = content.partition(b"\n")
    if hashlib.sha256(sealed).hexdigest() != parsed_header(header)[2]:
        raise StoreError("damaged: its checksum does not fit")
    return content


def _opened(path: Path, vault: Vault) -> Tables:
    header, _, sealed = checked(path).partition(b"\n")
    key_id, notes, _ = parsed_header(header)
    bound = f"{FORMAT} {key_id} {notes} {path.stem}".encode()
    tables: Tables = json.loads(vault.open(key_id, sealed, bound))
    return tables


def parsed_header(header: bytes) -> tuple[str, str, str]:
    """Key id, notes and checksum of a file's first line."""
    fields = header.decode("ascii", "replace").split(" ")
    if len(fields) != 5 or " ".join(fields[:2]) != FORMAT:
        raise StoreError("damaged, or not a file of this version of Unknot")
    return fields[2], fields[3], fields[4]


def header_of(path: Path) -> tuple[str, str, str]:
    """The first line of a file, without reading the rest."""
    try:
        with path.open("rb") as file:
            return parsed_header(file.readline(LONGEST_HEADER).rstrip(b"\n"))
    except OSError as error:
        raise StoreError(f"cannot be read ({error.strerror})") from error


def restore_older(path: Path) -> None:
    """Put the older generation in the place of a damaged newest file."""
    path.with_suffix(OLD).replace(path)
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Delete a file with its older generation and leftovers."""
    for suffix in (OLD + TEMPORARY, TEMPORARY, OLD, path.suffix):
        path.with_suffix(suffix).unlink(missing_ok=True)
    if path.parent.exists():
        sync_folder(path.parent)


def write_through(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, through to the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, flags, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def try_writing(path: Path) -> None:
    """Write a file as a record is written, and delete it; OSError when that cannot be done."""
    try:
        write_through(path, bytes(USUAL))
    finally:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
