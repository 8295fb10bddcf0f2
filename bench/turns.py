"""One turn, one message read, one saved turn, a start, and memory, each beside a floor."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from bench.report import Part, Row, medians, show, timed
from bot.adapters.knowledge_files import load as load_knowledge
from bot.adapters.tinydb_store import TinyDBStore
from bot.adapters.vault import throwaway
from bot.app import dialogue
from bot.core.dialogue import Dialogue
from bot.core.messages import Command, Event, Press, Reply, Text
from bot.core.state import UserState, dump, load
from bot.core.understand.reader import Reader
from bot.ports import UserId

ROUNDS = 200
OFTEN = 50
LABELLED = Path(__file__).resolve().parents[1] / "tests" / "labelled" / "messages-test.jsonl"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
Call = Callable[[], object]
PRESSES = (
    *("Agree and start", "Lifting, bending or twisting", "None of these", "None of these"),
    *("Today or yesterday", "None of these", "None of these", "5", "None of these"),
    *("Bending or curling up", "Low back", "5 minutes", "Done, next", "It hurts"),
)
TYPED = (
    "my back went into spasm yesterday when I bent down to pick up my little boy",
    "no numbness or tingling and I can go to the toilet without any trouble at all",
)
LINES = "20 lines of text formatted"
EMPTY = [sys.executable, "-c", "pass"]
CHAT = [sys.executable, "-m", "bot", "chat"]
_PEAK = "from bench.peak import megabytes; print(megabytes())"
_LOADED = "from bot.app import dialogue; dialogue(); " + _PEAK


def measured() -> Part:
    """Every row of this part."""
    steps = conversation()
    floor, *times = medians(ROUNDS, format_often, *steps)
    floor /= OFTEN
    rows = [
        timed(statistics.median(times), "us", "one turn, of a whole conversation", floor, LINES),
        timed(max(times), "us", f"the slowest of its {len(steps)} turns", floor, LINES),
        _computed("one turn with a typed message of 15 words", typed_steps(), ROUNDS),
        _computed("reading a message of 12 to 18 words", readings(), 20),
        _computed("a state to JSON values and back", [round_trip()], ROUNDS),
        _saved_row(),
        _start_row(),
        *_memory_rows(),
    ]
    return Part("One turn", tuple(rows))


def _computed(what: str, calls: list[Call], rounds: int) -> Row:
    floor, *times = medians(rounds, format_often, *calls)
    return timed(statistics.median(times), "us", what, floor / OFTEN, LINES)


@cache
def _talk() -> Dialogue:
    """Made once: it keeps nothing of anyone, and takes a second."""
    return dialogue()


def format_lines() -> str:
    """The floor of everything that only computes."""
    return "\n".join(f"{n}. {'word ' * 8}" for n in range(20))


def format_often() -> None:
    """The floor so often that it takes as long as what it is compared with, and as undisturbed."""
    for _ in range(OFTEN):
        format_lines()


def conversation() -> list[Call]:
    """The turns of a whole conversation; a step changes nothing, so each can be taken again."""
    talk = _talk()
    steps: list[Call] = []
    state: UserState = UserState()
    event: Event = Command(AT, "start")
    for label in (*PRESSES, ""):
        steps.append(partial(talk.step, state, event))
        state, replies = talk.step(state, event)
        if label:
            event = Press(AT, token(replies, label))
    return steps


def token(replies: tuple[Reply, ...], label: str) -> str:
    """The token of the button with this label."""
    buttons = [button for reply in replies for row in reply.buttons for button in row]
    return next(button.token for button in buttons if button.label == label)


def typed_steps() -> list[Call]:
    """A turn with each of the typed messages."""
    talk = _talk()
    state, _ = talk.step(UserState(), Command(AT, "start"))
    return [partial(talk.step, state, Text(AT, text)) for text in TYPED]


def readings(most: int = 1000) -> list[Call]:
    """The reader alone, on labelled messages of 12 to 18 words."""
    reader = _talk().context.reader
    lines = LABELLED.read_text(encoding="utf-8").splitlines()
    texts = [str(json.loads(line)["text"]) for line in lines]
    chosen = [text for text in texts if 12 <= len(text.split()) <= 18][:most]
    for text in chosen:
        reader.read(text, AT.date())
    return [partial(reader.read, text, AT.date()) for text in chosen]


def in_the_middle() -> UserState:
    """Someone who is counting a stretch."""
    talk = _talk()
    state, replies = talk.step(UserState(), Command(AT, "start"))
    for label in PRESSES[:12]:
        state, replies = talk.step(state, Press(AT, token(replies, label)))
    return state


def round_trip() -> Call:
    """What stands between a state and its record."""
    state = in_the_middle()
    return lambda: load(dump(state))


@contextmanager
def saving(place: str | None = None) -> Iterator[tuple[Call, Call]]:
    """A bare write that waits for the disk, and a saved turn that writes as many bytes."""
    with (
        asyncio.Runner() as loop,
        tempfile.TemporaryDirectory(dir=place) as folder,
        TinyDBStore(Path(folder), throwaway()) as store,
    ):
        state, turns = in_the_middle(), iter(range(10**9))

        async def turn() -> None:
            number = next(turns)
            async with store.edit(UserId(f"user {number % 20}")) as draft:
                draft.state, draft.wake_at = state, AT + timedelta(minutes=number)

        def save() -> None:
            loop.run(turn())

        save()
        size = max(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        content, bare = bytes(size), Path(folder) / "bare"

        def write() -> None:
            with bare.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

        yield write, save


def _saved_row() -> Row:
    with saving() as (write, save):
        floor, saved = medians(ROUNDS, write, save)
    bare = "as many bytes written, and the disk waited for"
    return timed(saved, "us", "one saved turn, TinyDB, sealed, the disk waited for", floor, bare)


def run(command: list[str]) -> str:
    """A program from its start to its end, with one line to answer; what it printed."""
    done = subprocess.run(command, input="/start\n", capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def _start_row() -> Row:
    empty, chat = medians(7, partial(run, EMPTY), partial(run, CHAT))
    return timed(chat, "s", "start to first reply of `unknot chat`", empty, "an empty Python")


def _memory_rows() -> list[Row]:
    peak, loaded = (float(run([sys.executable, "-c", code])) for code in (_PEAK, _LOADED))
    tracemalloc.start()
    knowledge = load_knowledge()
    base, _ = tracemalloc.get_traced_memory()
    reader = Reader(knowledge)
    both, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del reader
    kept = (both - base) / 1e6
    return [
        Row("memory of a process that can answer", loaded, "MB", loaded / peak, "an empty Python"),
        Row("memory that the reader adds", kept, "MB", kept * 1e6 / base, "the knowledge base"),
    ]


if __name__ == "__main__":
    show(measured())
