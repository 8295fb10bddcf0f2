"""A copy of a data folder, made while the bot goes on writing to it. No key is needed."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.adapters import safe_file
from bot.adapters.tinydb_store import RECEIPTS, SUFFIX, USERS
from bot.core.errors import StoreError


def emptied(target: Path) -> None:
    """Make the folder of a copy; one that holds something is refused."""
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        used = any(target.iterdir())
    except OSError as error:
        raise StoreError(f"{target}: cannot be written ({error.strerror})") from error
    if used:
        raise StoreError(f"{target}: holds something already; name a new folder for each copy")


def copied(data: Path, target: Path) -> tuple[list[str], int]:
    """Copy every record; what was done, and how many could not be copied.

    A record is replaced as a whole, so that each copy is one that was saved. The receipts come
    last: they may then say more was sent than the copied records know, which repeats nothing.
    """
    if not (data / USERS).is_dir():
        raise StoreError(f"{data}: there are no records here; set UNKNOT_DATA to where they are")
    emptied(target)
    number, trouble = 0, []
    for name in sorted({file.stem for file in (data / USERS).rglob(f"*{SUFFIX}")}):
        path = data / USERS / name[:2] / f"{name}{SUFFIX}"
        try:
            content = _sound(path)
            if content is None:
                continue
            safe_file.write_through(target / USERS / name[:2] / path.name, content)
        except StoreError as error:
            trouble.append(f"{path.name}: {error}; run unknot doctor")
        else:
            number += 1
    if (data / RECEIPTS).exists():
        shutil.copy(data / RECEIPTS, target / RECEIPTS)
    for folder in (target, *target.rglob("*/")):
        safe_file.sync_folder(folder)
    return [f"{number} records copied and compared", *trouble], len(trouble)


def _sound(path: Path) -> bytes | None:
    """A record whose checksum fits, the generation before it if need be; None: deleted by now."""
    try:
        return safe_file.checked(path)
    except FileNotFoundError:
        return None
    except StoreError:
        try:
            return safe_file.checked(path.with_suffix(safe_file.OLD))
        except FileNotFoundError:
            raise StoreError("damaged, and there is no generation before it") from None
