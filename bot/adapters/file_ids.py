"""Telegram's ids of the pictures it has already, in one small file: nothing about any person."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

NAME = "pictures.json"

log = logging.getLogger(__name__)


class FileIds(MutableMapping[str, str]):
    """Kept across restarts; when the file cannot be read or written, pictures go up anew."""

    def __init__(self, folder: Path) -> None:
        """Read what is there."""
        self._path = folder / NAME
        self._ids: dict[str, str] = {}
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError):
            log.warning("file_ids_unreadable")
            return
        if isinstance(read, dict):
            self._ids = {str(key): str(value) for key, value in read.items()}

    def __getitem__(self, key: str) -> str:
        """The file id, or KeyError."""
        return self._ids[key]

    def __setitem__(self, key: str, value: str) -> None:
        """Keep it."""
        self._ids[key] = value
        self._write()

    def __delitem__(self, key: str) -> None:
        """Forget it."""
        del self._ids[key]
        self._write()

    def __iter__(self) -> Iterator[str]:
        """All keys."""
        return iter(self._ids)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._ids)

    def _write(self) -> None:
        waiting = self._path.with_suffix(".new")
        try:
            descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self._ids, file, sort_keys=True)
            waiting.replace(self._path)
        except OSError:
            log.warning("file_ids_not_kept")
