"""A disk that writes down what is asked of it, and fails where a test tells it to."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from bot.adapters import safe_file


class Disk:
    """Writes down what is asked of the operating system, and fails where it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self.failing: str | None = None
        self._kinds: dict[int, str] = {}
        self._open, self._fsync, self._replace = os.open, os.fsync, os.replace
        self._link = os.link
        monkeypatch.setattr(os, "link", self.link)
        monkeypatch.setattr(os, "open", self.open)
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "replace", self.replace)
        monkeypatch.setattr(safe_file, "open", self.open_file, raising=False)

    def _does(self, what: str) -> None:
        self.log.append(what)
        if what == self.failing:
            self.failing = None
            raise OSError(errno.ENOSPC, "No space left on device")

    def open(self, path: str, flags: int, mode: int = 0o777, **kwargs: Any) -> int:
        kind = "folder" if Path(path).is_dir() else "file"
        self._does(f"open {kind}")
        descriptor = self._open(path, flags, mode, **kwargs)
        self._kinds[descriptor] = kind
        return descriptor

    def open_file(self, descriptor: int, mode: str) -> Any:
        disk, file = self, open(descriptor, mode)  # noqa: SIM115

        class Half:
            """A file that may break in the middle of a write."""

            def __enter__(self) -> Half:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def write(self, data: bytes) -> None:
                file.write(data[: len(data) // 2])
                disk._does("write")
                file.write(data[len(data) // 2 :])

            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

        return Half()

    def fsync(self, descriptor: int) -> None:
        self._does(f"fsync {self._kinds.get(descriptor)}")
        self._fsync(descriptor)

    def link(self, source: Path, target: Path) -> None:
        self._does("link")
        self._link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        self._does("replace")
        self._replace(source, target)
