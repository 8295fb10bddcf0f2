"""What an operator does with stored records: a copy, a deletion, new keys, a check of all."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.adapters import vault as keys
from bot.adapters.records import to_record
from bot.adapters.tinydb_store import TinyDBStore
from bot.adapters.vault import Vault
from bot.core.errors import SettingsError
from bot.ports import Draft, UserId, UserStore


class KeptStore(UserStore, Protocol):
    """What an operator asks of a store beside what the bot does."""

    def knows(self, user: UserId) -> bool:
        """Whether anything is kept of a user."""
        ...

    async def kept(self, user: UserId) -> tuple[Draft, int] | None:
        """What is kept of a user: the record and the number last begun."""
        ...

    def damaged(self) -> list[str]:
        """The records that do not open, each with the reason."""
        ...

    def drop_older_generations(self) -> None:
        """Delete all older generations, where there are any."""
        ...


Opener = Callable[[Vault], AbstractAsyncContextManager[KeptStore]]


def user_id(given: str) -> UserId:
    """The id of a user as an operator writes it: a bare number is a Telegram user."""
    return UserId(f"tg:{given}" if given.lstrip("-").isdecimal() else given)


async def exported(store: KeptStore, given: str) -> str | None:
    """All that is kept of a user, as JSON; None when there is nothing."""
    user = user_id(given)
    if not store.knows(user):
        return None
    async with store.edit(user) as draft:
        record = to_record(user, draft)
    return json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True)


async def forgotten(store: KeptStore, given: str) -> bool:
    """Delete a user; whether there was anything."""
    user = user_id(given)
    known = store.knows(user)
    await store.forget(user)
    return known


async def rotate(data: Path, path: Path, opened: Opener | None = None) -> list[str]:
    """Write every record under a new key, then drop the old ones from the key file.

    Broken off at any point it goes on from there: as long as the file holds two keys, both open.
    """
    ring = keys.read_keys(path)
    if len(ring) == 1:
        ring = [secrets.token_bytes(keys.KEY_BYTES), *ring]
        keys.write_keys(path, ring)
    lines, left = await _rewritten(opened or _in_folder(data), Vault(ring))
    if left:
        lines.append(f"The old key stays in {path}. Run unknot doctor, then this again.")
    else:
        keys.write_keys(path, ring[:1])
        lines.append(f"The old key is gone from {path}.")
    return lines


async def rotate_setting(data: Path, ring: Vault, opened: Opener | None = None) -> list[str]:
    """Write every record under the first key of UNKNOT_KEY."""
    if len(ring.keys) == 1:
        raise SettingsError(
            "UNKNOT_KEY holds one key. Put a new one in front, UNKNOT_KEY=<new>,<old>, and run"
            " this again; every record is then written under the new one"
        )
    lines, left = await _rewritten(opened or _in_folder(data), ring)
    lines.append("The old key is still needed." if left else "Take the old key out of UNKNOT_KEY.")
    return lines


def _in_folder(data: Path) -> Opener:
    @asynccontextmanager
    async def opened(ring: Vault) -> AsyncIterator[KeptStore]:
        with TinyDBStore(data, ring) as store:
            yield store

    return opened


async def _rewritten(opened: Opener, ring: Vault) -> tuple[list[str], list[str]]:
    """Write every record under the present key; what was done, and those that did not open."""
    async with opened(ring) as store:
        users = [user async for user in store.everyone()]
        for user in users:
            async with store.edit(user):
                pass  # a save writes under the present key
        left = store.damaged()
        if not left:
            store.drop_older_generations()
    return [f"{len(users)} records are under the present key.", *left], left


def doctor(data: Path, ring: Vault) -> tuple[list[str], int]:
    """Look at every file, repair what is safe; the findings, and how many are left to repair.

    Safe is only this: leftovers of a crash go, and a damaged newest file gives way to the sound
    one before it. Nothing else is touched.
    """
    with TinyDBStore(data, ring) as store:
        return store.examined()
