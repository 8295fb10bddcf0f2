"""What many users cost: a saved turn and a start with 100, 10,000 and 100,000 of them."""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.peak import megabytes
from bench.report import Part, Row, show, timed
from bench.turns import in_the_middle
from bot.adapters.records import to_record
from bot.adapters.safe_file import sealed_file
from bot.adapters.tinydb_store import SUFFIX, TinyDBStore
from bot.adapters.vault import Vault, encoded, from_setting
from bot.app import dialogue
from bot.ports import Draft, UserId

SIZES = (100, 10_000, 100_000)
TURNS = 400  # saved turns at each size, by turns, so that a slow moment of the disk hits all
START_SECONDS, START_MEGABYTES = 5.0, 200.0
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_SECRET = encoded(bytes(range(32)))


def measured() -> Part:
    """What a saved turn, a start and its memory cost at each size."""
    vault = from_setting(_SECRET)
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in SIZES]
        for size, folder in zip(SIZES, folders, strict=True):
            fill(folder, vault, size)
        turns = asyncio.run(_turns(folders, vault))
        starts = [started(folder) for folder in folders]
    floor = f"the same with {SIZES[0]} users"
    rows = []
    for size, turn, (seconds, peak) in zip(SIZES, turns, starts, strict=True):
        if size != SIZES[0]:
            (first, memory), users = starts[0], f"{size:,} users"
            rows += [
                timed(turn, "us", f"a saved turn, {users}", turns[0], floor),
                timed(seconds, "s", f"a start of the whole bot, {users}", first, floor),
                Row(f"its memory, {users}", peak, "MB", peak / memory, floor),
            ]
    limits = f"{START_SECONDS:.0f} s and {START_MEGABYTES:.0f} MB for {SIZES[-1]:,} users"
    return Part("Many users", tuple(rows), (f"Targets: 1.3 for a saved turn, {limits}.",))


def fill(folder: Path, vault: Vault, size: int) -> None:
    """Users in the middle of a conversation, each with a reminder at some time of the day."""
    draft = Draft(in_the_middle())
    for number in range(size):
        user = UserId(f"tg:{number}")
        draft.wake_at = AT + timedelta(seconds=number % 86_400)
        draft.handled = tuple(range(number, number + 20))
        name = vault.key.name(user)
        tables = {"_default": {"1": {"record": to_record(user, draft)}}}
        notes = f"{int(draft.wake_at.timestamp())},-"
        path = folder / "users" / name[:2] / f"{name}{SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sealed_file(tables, vault, name, notes))


async def _turns(folders: list[Path], vault: Vault) -> list[float]:
    chance = random.Random(1)  # noqa: S311  # no secret
    times: list[list[float]] = [[] for _ in folders]
    with ExitStack() as stack:
        stores = [stack.enter_context(TinyDBStore(folder, vault)) for folder in folders]
        for turn in range(TURNS):
            for store, size, spent in zip(stores, SIZES, times, strict=True):
                user = UserId(f"tg:{chance.randrange(size)}")
                begin = time.perf_counter()
                async with store.edit(user) as draft:
                    draft.wake_at = AT + timedelta(minutes=turn)
                spent.append(time.perf_counter() - begin)
    return [statistics.median(spent) for spent in times]


def started(folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of a whole bot that opens this folder."""
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench.users", str(folder)],
        env={**os.environ, "UNKNOT_KEY": _SECRET},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = json.loads(answer.stdout)
    return seconds, megabytes


def _start(folder: Path) -> None:
    begin = time.perf_counter()
    dialogue()
    with TinyDBStore(folder, from_setting(os.environ["UNKNOT_KEY"])):
        seconds = time.perf_counter() - begin
    print(json.dumps([seconds, megabytes()]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _start(Path(sys.argv[1]))
    else:
        show(measured())
