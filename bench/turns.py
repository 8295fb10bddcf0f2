"""Speed as ratios within one run: `make bench`. Absolute times depend on the machine."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.adapters.knowledge_files import load as load_knowledge
from bot.adapters.tinydb_store import TinyDBStore
from bot.adapters.vault import throwaway
from bot.app import dialogue
from bot.core.messages import Command, Event, Press, Reply, Text
from bot.core.state import UserState, dump, load
from bot.core.understand.reader import Reader
from bot.ports import UserId

ROUNDS = 200
LABELLED = Path(__file__).resolve().parents[1] / "tests" / "labelled" / "messages-test.jsonl"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PRESSES = (
    *("Agree and start", "Lifting, bending or twisting", "None of these", "None of these"),
    *("Today or yesterday", "None of these", "None of these", "5", "None of these"),
    *("Bending or curling up", "Low back", "5 minutes", "Done, next", "It hurts"),
)
TYPED = (
    "my back went into spasm yesterday when I bent down to pick up my little boy",
    "no numbness or tingling and I can go to the toilet without any trouble at all",
)


def main() -> None:
    """Print the table."""
    floor = _floor()
    steps = _steps()
    rows = [
        ("floor: format 20 lines of text", floor),
        ("one Dialogue.step, median of a whole conversation", statistics.median(steps)),
        ("one Dialogue.step, slowest 5 %", statistics.quantiles(steps, n=20)[-1]),
        ("one Dialogue.step, a typed message of 15 words", statistics.median(_typed())),
        ("reading a message of 12 to 18 words, median", _read()),
        ("state to JSON values and back", _round_trip()),
        ("one saved turn, TinyDB (fsync and all)", _saved()),
    ]
    print(f"{'what':<52} {'microseconds':>12} {'x floor':>9}")
    for what, seconds in rows:
        print(f"{what:<52} {seconds * 1e6:>12.1f} {seconds / floor:>9.1f}")
    print(f"\nmemory that the reader adds: {_memory():.1f} MB")
    bare, first = _first_reply()
    print(f"\nfirst reply of `unknot chat`: {first:.2f} s, {first / bare:.0f} x an empty Python")


def _read() -> float:
    """The reader alone, on labelled messages of that length."""
    reader = dialogue().context.reader
    texts = [text for text in _messages() if 12 <= len(text.split()) <= 18]
    for text in texts:
        reader.read(text, AT.date())
    return statistics.median(_median(partial(reader.read, text, AT.date()), 20) for text in texts)


def _messages() -> list[str]:
    lines = LABELLED.read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["text"]) for line in lines]


def _memory() -> float:
    """Megabytes that the reader adds to a process that has the knowledge base."""
    knowledge = load_knowledge()
    tracemalloc.start()
    reader = Reader(knowledge)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del reader
    return kept / 1e6


def _median(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _floor() -> float:
    return _median(lambda: "\n".join(f"{n}. {'word ' * 8}" for n in range(20)))


def _steps() -> list[float]:
    talk = dialogue()
    times: list[float] = []
    for _ in range(ROUNDS):
        state = UserState()
        replies: tuple[Reply, ...] = ()
        event: Event = Command(AT, "start")
        for label in (*PRESSES, ""):
            start = time.perf_counter()
            state, replies = talk.step(state, event)
            times.append(time.perf_counter() - start)
            if label:
                event = Press(AT, token(replies, label))
    return times


def token(replies: tuple[Reply, ...], label: str) -> str:
    """The token of the button with this label."""
    buttons = [button for reply in replies for row in reply.buttons for button in row]
    return next(button.token for button in buttons if button.label == label)


def _typed() -> list[float]:
    talk = dialogue()
    state, _ = talk.step(UserState(), Command(AT, "start"))
    return [
        _median(lambda text=text: talk.step(state, Text(AT, text)))  # type: ignore[misc]
        for text in TYPED
    ]


def _round_trip() -> float:
    talk = dialogue()
    state, replies = talk.step(UserState(), Command(AT, "start"))
    for label in PRESSES[:12]:
        state, replies = talk.step(state, Press(AT, token(replies, label)))
    return _median(lambda: load(dump(state)))


def _saved() -> float:
    async def saves() -> float:
        times = []
        with (
            tempfile.TemporaryDirectory() as folder,
            TinyDBStore(Path(folder), throwaway()) as store,
        ):
            for n in range(ROUNDS):
                start = time.perf_counter()
                async with store.edit(UserId(f"user {n % 20}")) as draft:
                    draft.wake_at = AT + timedelta(minutes=n)
                times.append(time.perf_counter() - start)
        return statistics.median(times)

    return asyncio.run(saves())


def _first_reply() -> tuple[float, float]:
    bare = [sys.executable, "-c", "pass"]
    chat = [sys.executable, "-m", "bot", "chat"]

    def run(command: list[str]) -> None:
        subprocess.run(command, input="/start\n", capture_output=True, text=True, check=True)  # noqa: S603

    return _median(lambda: run(bare), 5), _median(lambda: run(chat), 5)


if __name__ == "__main__":
    main()
