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

from bench.turns import PRESSES, token
from bot.adapters.records import to_record
from bot.adapters.safe_file import sealed_file
from bot.adapters.tinydb_store import SUFFIX, TinyDBStore
from bot.adapters.vault import Vault, encoded, from_setting
from bot.app import dialogue
from bot.core.messages import Command, Press
from bot.core.state import UserState
from bot.ports import Draft, UserId

SIZES = (100, 10_000, 100_000)
TURNS = 400  # saved turns at each size, by turns, so that a slow moment of the disk hits all
START_SECONDS, START_MEGABYTES = 5.0, 200.0
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_SECRET = encoded(bytes(range(32)))


def main() -> None:
    """Print what a saved turn and a start cost at each size."""
    vault = from_setting(_SECRET)
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in SIZES]
        for size, folder in zip(SIZES, folders, strict=True):
            fill(folder, vault, size)
        turns = asyncio.run(_turns(folders, vault))
        print(f"{'users':>8} {'saved turn':>14} {'x first':>8} {'start':>9} {'memory':>9}")
        for size, folder, turn in zip(SIZES, folders, turns, strict=True):
            seconds, megabytes = started(folder)
            print(
                f"{size:>8} {turn * 1e6:>11.0f} us {turn / turns[0]:>8.2f}"
                f" {seconds:>7.2f} s {megabytes:>6.0f} MB"
            )
        print(f"targets at {SIZES[-1]}: ratio 1.3, {START_SECONDS} s, {START_MEGABYTES:.0f} MB")


def fill(folder: Path, vault: Vault, size: int) -> None:
    """Users in the middle of a conversation, each with a reminder at some time of the day."""
    draft = Draft(_in_the_middle())
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


def _in_the_middle() -> UserState:
    talk = dialogue()
    state, replies = talk.step(UserState(), Command(AT, "start"))
    for label in PRESSES[:12]:
        state, replies = talk.step(state, Press(AT, token(replies, label)))
    return state


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
    import resource

    begin = time.perf_counter()
    dialogue()
    with TinyDBStore(folder, from_setting(os.environ["UNKNOT_KEY"])):
        seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([seconds, peak / 1024]))  # Linux counts in KiB


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _start(Path(sys.argv[1]))
    else:
        main()
