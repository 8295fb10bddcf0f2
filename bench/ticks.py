"""What a tick costs with 1,000,000 people to wake, beside python-telegram-bot's JobQueue.

Measured is the index in memory with which a store knows who is due. Who is due is then also read,
stepped, saved and written to; that is measured by `python -m bench.turns` and `make load`. Each
part runs in a process of its own, whose memory is read before and after.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import itertools
import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from bench.report import Part, Row, show, timed
from bot.adapters.wakes import Wakes

PEOPLE, DUE, SLICE = 1_000_000, 1_000, 32
JOBS = 100_000  # in the JobQueue; its start grows faster than their number
ROUNDS = 200
TITLE = "Many reminders"
NOTES = (
    "JobQueue is python-telegram-bot's. It keeps jobs in memory only, and calls them itself.",
)
AT = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())


def measured() -> Part:
    """Every row of this part."""
    ours = _apart("wakes")
    people, few = f"{PEOPLE:,} people", f"the same with {DUE:,} people"
    rows = [
        timed(ours["none"], "us", f"a tick, nobody due, {people}", ours["none_small"], few),
        timed(
            ours["fill"], "s", f"a start: filling it with {people}", ours["dict"], "a dict of them"
        ),
        _memory(f"memory a person, {people}", ours["bytes"], ours["name"], "the name alone"),
    ]
    if importlib.util.find_spec("apscheduler") is None:
        return Part(TITLE, tuple(rows), ("JobQueue: not measured, APScheduler is missing.",))
    theirs = _apart("jobs")
    tenth, jobs = "the index with ten times as many", f"JobQueue, {JOBS:,} daily jobs"
    filled = ours["fill"] * JOBS / PEOPLE
    rows += [
        timed(
            ours["due"],
            "ms",
            f"{DUE:,} of them due, each moved",
            ours["moved"],
            "as many dict writes",
        ),
        timed(theirs["none"], "us", f"{jobs}: a look, nobody due", ours["none"], tenth),
        timed(theirs["due"], "ms", f"{jobs}: {DUE:,} due, each moved", ours["due"], tenth),
        timed(theirs["fill"], "s", f"{jobs}: filling and starting", filled, "the index, as many"),
        _memory(f"{jobs}: memory a person", theirs["bytes"], ours["bytes"], "the index"),
    ]
    return Part(TITLE, tuple(rows), NOTES)


def _memory(what: str, kept: float, floor_kept: float, floor: str) -> Row:
    return Row(what, kept, "bytes", kept / floor_kept, floor)


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
    figures |= {"none": _look(wakes, AT), "name": float(sys.getsizeof("0" * 32))}
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
    return figures | _floors()


def _floors() -> dict[str, float]:
    begin = time.perf_counter()
    plain = {
        hashlib.sha256(str(number).encode()).hexdigest()[:32]: number for number in range(PEOPLE)
    }
    filled = time.perf_counter() - begin
    names = list(itertools.islice(plain, DUE))
    begin = time.perf_counter()
    for name in names:
        plain[name] = 0
    return {"dict": filled, "moved": time.perf_counter() - begin}


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
            show(measured())
