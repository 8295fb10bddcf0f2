"""All users from one store to another: what is there already stays, and each copy is compared."""

from __future__ import annotations

import hashlib
import json

from bot.adapters.operator import KeptStore
from bot.adapters.records import to_record
from bot.core.errors import StoreError
from bot.ports import Draft, UserId


def checksum(user: UserId, draft: Draft, begun: int) -> str:
    """A digest of all that is kept of a user, the same whatever store keeps it."""
    whole = {**to_record(user, draft), "begun": begun if draft.owed else 0}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


async def moved(source: KeptStore, target: KeptStore) -> tuple[list[str], int]:
    """Copy everyone; what was done, and how many could not be copied.

    Each user is one write, so a move that was broken off goes on where it was when it is run
    again. Nobody is overwritten: who differs in the target is told and left.
    """
    copied = present = 0
    trouble = source.damaged()
    async for user in source.everyone():
        kept = await source.kept(user)
        if kept is None:
            continue
        there = await target.kept(user)
        if there is not None and checksum(user, there[0], 0) != checksum(user, kept[0], 0):
            trouble.append(
                f"{user}: the target holds something else of this user; nothing changed"
            )
        elif there is not None and checksum(user, *there) == checksum(user, *kept):
            present += 1
        else:
            await _copy(target, user, *kept)
            copied += 1
    done = f"{copied} users copied and compared, {present} were there already"
    return [done, *trouble], len(trouble)


async def _copy(target: KeptStore, user: UserId, kept: Draft, begun: int) -> None:
    async with target.edit(user) as draft:
        draft.state, draft.handled, draft.wake_at = kept.state, kept.handled, kept.wake_at
        draft.owed, draft.last = kept.owed, kept.last
    if begun and kept.owed:
        await target.begun(user, begun)
    there = await target.kept(user)
    if there is None or checksum(user, *there) != checksum(user, kept, begun):
        raise StoreError(
            f"{user}: the copy does not match what was copied; run this again, and report it"
            " when it stays so"
        )
