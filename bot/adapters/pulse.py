"""A file that a running bot writes at every tick, and what its age and words say of its health."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

NAME = "alive"
WELL, NOT_SAVING = "well", "not saving"
MISSED = 3  # ticks that may be missed

log = logging.getLogger(__name__)


class Pulse:
    """Beats in the data folder, so that a disk that takes no writes shows as well."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written before the first beat."""
        self._path = folder / NAME

    def beat(self, saving: bool) -> None:
        """Say that the clock runs, and whether the last turn could be saved."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(WELL if saving else NOT_SAVING)
                file.flush()
                os.fsync(descriptor)
        except OSError:
            log.exception("pulse_not_written")


def trouble(folder: Path, tick_seconds: int) -> str | None:
    """What is wrong with the bot on this data folder; None while it is well."""
    path = folder / NAME
    try:
        said, age = path.read_text(encoding="ascii"), time.time() - path.stat().st_mtime
    except OSError as error:
        return f"{path}: no sign of a running bot ({error.strerror}); start it with: unknot"
    if age > MISSED * tick_seconds:
        return f"{path}: the last sign of life is {age:.0f} s old; look at the bot's log"
    if said != WELL:
        return f"{path}: the last message could not be saved; look at the disk of {folder}"
    return None
