"""How far the sending to each user has come: an append-only file, so that a note costs little.

A line says `S NAME NUMBER` (sent up to here) or `B NAME NUMBER` (begun; a lower
number takes the one before back). Names are those of the
record files. What a kill cuts off at the end is read over: then a reply counts as not sent.
"""

from __future__ import annotations

import os
from collections.abc import Container
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO

LONGEST = 4_000_000  # bytes, from which on the file is written anew


class ReceiptLog:
    """The notes of one data folder."""

    def __init__(self, path: Path) -> None:
        """Read what is there."""
        self._path = path
        self.sent: dict[str, int] = {}
        self.begun: dict[str, int] = {}
        self._file: BinaryIO | BufferedWriter | None = None
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
        for line in content.split(b"\n"):
            kind, _, rest = line.decode("ascii", "replace").partition(" ")
            name, _, number = rest.partition(" ")
            if kind in {"S", "B"} and number.isdecimal():
                self._table(kind)[name] = int(number)

    def _table(self, kind: str) -> dict[str, int]:
        return self.sent if kind == "S" else self.begun

    def note(self, kind: str, name: str, number: int) -> None:
        """Write a note down at once; it outlives a kill, though perhaps not a power cut."""
        table = self._table(kind)
        if table.get(name, -1) >= number:
            return
        table[name] = number
        if self._file is None:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = os.fdopen(descriptor, "ab", buffering=0)
        self._file.write(f"{kind} {name} {number}\n".encode())

    def take_back(self, name: str, number: int) -> None:
        """What had begun surely did not arrive."""
        if self.begun.get(name) == number:
            del self.begun[name]
            self.note("B", name, number - 1)

    def drop(self, name: str) -> None:
        """Forget a user; the line in the file goes with the next `compact`."""
        self.sent.pop(name, None)
        self.begun.pop(name, None)

    def compact(self, keep: Container[str]) -> None:
        """Write the file anew with the last note of each name that still matters."""
        self.close()
        for table in (self.sent, self.begun):
            for name in [name for name in table if name not in keep]:
                del table[name]
        lines = [f"S {name} {number}\n" for name, number in self.sent.items()]
        lines += [f"B {name} {number}\n" for name, number in self.begun.items()]
        temporary = self._path.with_suffix(".tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)

    @property
    def is_long(self) -> bool:
        """Whether it is time to compact."""
        return self._file is not None and self._file.tell() > LONGEST

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
