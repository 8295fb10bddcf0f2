"""What a tick costs with 1,000,000 people to wake, beside python-telegram-bot's JobQueue.

Measured is the index in memory with which a store knows who is due. Who is due is then also read,
stepped, saved and written to; that is measured by `python -m bench.turns` and `make load`. Each
part runs in a process of its own, whose memory is read before and after.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from bot.adapters.wakes import Wakes

PEOPLE, DUE, SLICE = 1_000_000, 1_000, 32
JOBS = 100_000  # in the JobQueue; its start grows faster than their number
ROUNDS = 200
AT = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())


def main() -> None:
    """Print the table and the ratios."""
    ours = _apart("wakes")
    print(f"the index of who is due, {PEOPLE:,} people, {DUE:,} of them due:")
    print(f"  filling it             {ours['fill']:>10.2f} s")
    print(f"  memory                 {ours['bytes']:>10.0f} bytes a person, its name among them")
    print(f"  a tick, nobody due     {ours['none'] * 1e6:>10.2f} us")
    print(f"  the same with {DUE:,}    {ours['none_small'] * 1e6:>10.2f} us")
    print(f"  {DUE:,} due, each moved {ours['due'] * 1e3:>10.2f} ms, in slices of {SLICE}")
    ratio = ours["none"] / ours["none_small"]
    print(f"  tick with nobody due, {PEOPLE:,} / {DUE:,} people: {ratio:.2f} (target about 1)")
    if importlib.util.find_spec("apscheduler") is None:
        print("JobQueue: not measured, APScheduler is missing; pip install apscheduler")
        return
    theirs = _apart("jobs")
    print(f"python-telegram-bot's JobQueue, {JOBS:,} daily jobs:")
    print(f"  filling and starting   {theirs['fill']:>10.2f} s")
    print(f"  memory                 {theirs['bytes']:>10.0f} bytes a person")
    print(f"  a look, nobody due     {theirs['none'] * 1e6:>10.2f} us")
    print(f"  {DUE:,} due, each moved {theirs['due'] * 1e3:>10.2f} ms")
    fill = (ours["fill"] / PEOPLE) / (theirs["fill"] / JOBS)
    print("index / JobQueue, for each person:")
    print(f"  memory {ours['bytes'] / theirs['bytes']:.3f}, filling {fill:.4f}")
    print(f"  a look with nobody due {ours['none'] / theirs['none']:.2f}, with ten times as many")
    print(f"  {DUE:,} due {ours['due'] / theirs['due']:.4f}, with ten times as many")


def _apart(part: str) -> dict[str, float]:
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench.ticks", part], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return figures


def _resident() -> int:
    """Bytes of memory that this process holds now (Linux)."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def _names(number: int) -> list[str]:
    return [hashlib.sha256(str(n).encode()).hexdigest()[:32] for n in range(number)]


def _wakes() -> dict[str, float]:
    before = _resident()
    begin = time.perf_counter()
    wakes: Wakes[str] = Wakes()
    # As a start fills it: names made one after the other, due at some second of the next day.
    for number in range(PEOPLE):
        name = hashlib.sha256(str(number).encode()).hexdigest()[:32]
        wakes.put(name, AT + (1 if number < DUE else 2 + number * 7919 % 86_400))
    fill = time.perf_counter() - begin
    figures = {"fill": fill, "bytes": (_resident() - before) / PEOPLE}
    figures["none"] = _look(wakes, AT)
    small: Wakes[str] = Wakes()
    for name in _names(DUE):
        small.put(name, AT + 1)
    figures["none_small"] = _look(small, AT)
    begin = time.perf_counter()
    moved = 0
    while due := wakes.due(AT + 1, SLICE):
        for name in due:
            wakes.put(name, AT + 86_401)
        moved += len(due)
    assert moved == DUE
    figures["due"] = time.perf_counter() - begin
    return figures


def _look(wakes: Wakes[str], moment: int) -> float:
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(100):
            assert not wakes.due(moment, SLICE)
        times.append((time.perf_counter() - begin) / 100)
    return statistics.median(times)


async def _jobs() -> dict[str, float]:
    from telegram.ext import ContextTypes, JobQueue

    async def remind(_: ContextTypes.DEFAULT_TYPE) -> None:
        raise AssertionError("nobody is due")

    before = _resident()
    begin = time.perf_counter()
    queue: JobQueue[ContextTypes.DEFAULT_TYPE] = JobQueue()
    soon = datetime.now(UTC) + timedelta(hours=2)
    for number in range(JOBS):
        at = (soon + timedelta(seconds=number * 7919 % 72_000)).timetz()
        queue.run_daily(remind, at, chat_id=number, name=f"tg:{number}")
    await queue.start()
    fill = time.perf_counter() - begin
    figures = {"fill": fill, "bytes": (_resident() - before) / JOBS}
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        queue.scheduler._process_jobs()  # what its timer calls
        times.append(time.perf_counter() - begin)
    figures["none"] = statistics.median(times)
    now = datetime.now(UTC)
    for job in queue.jobs()[:DUE]:
        job.job.modify(next_run_time=now)
    begin = time.perf_counter()
    queue.scheduler._process_jobs()  # starts what is due, and moves it to the next day
    figures["due"] = time.perf_counter() - begin
    await queue.stop(wait=False)
    return figures


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["wakes"]:
            print(json.dumps(_wakes()))
        case ["jobs"]:
            print(json.dumps(asyncio.run(_jobs())))
        case _:
            main()
