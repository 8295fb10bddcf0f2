"""The same small screening on several engines: first every reply compared, then the time taken.

Each engine is run in a process of its own, aiogram's with an interpreter of its own, so this
module needs nothing but the standard library there.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.report import Part, Row, screening_head, timed
from bench.screening.data import Turn, everything
from bench.screening.engines import table

ROUNDS = 9
FLOOR = "the same replies looked up in a dictionary"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine, the package that it comes in, and what it does besides."""

    module: str
    name: str
    package: str
    needs: str  # what is imported
    besides: str
    apart: str = ""  # the folder of an environment of its own


ENGINES = (
    Engine(
        "unknot_style",
        "Unknot's style: one pure step over data",
        "",
        "",
        "the state is a frozen value, so it can be saved and gone back to; persistence is apart",
    ),
    Engine(
        "with_transitions",
        "transitions",
        "transitions",
        "transitions",
        "hooks, nested and timed states, diagrams; nothing is persisted; async on request",
    ),
    Engine(
        "conversation_handler",
        "python-telegram-bot ConversationHandler",
        "python-telegram-bot",
        "telegram",
        "async; filters of Telegram's updates, timeouts; persists through its persistence classes",
    ),
    Engine(
        "with_clips",
        "clipspy (CLIPS)",
        "clipspy",
        "clips",
        "any number of rules over facts (Rete), why a rule fired; facts can be saved to a file",
    ),
    Engine(
        "with_aiml",
        "python-aiml",
        "python-aiml",
        "aiml",
        "wildcards, substitutions and recursion over free text; keeps 10 messages; no persistence",
    ),
    Engine(
        "with_rivescript",
        "RiveScript",
        "rivescript",
        "rivescript",
        "wildcards, substitutions and macros over free text; keeps 9 messages; variables can be"
        " exported",
    ),
    Engine(
        "with_statemachine",
        "python-statemachine",
        "python-statemachine",
        "statemachine",
        "full statecharts, arguments by name, checked definitions; the model keeps the state;"
        " async too",
    ),
    Engine(
        "with_aiogram",
        "aiogram FSM",
        "aiogram",
        "aiogram",
        "async; routers, middlewares, typed filters; states in memory here, Redis or MongoDB on"
        " request",
        apart="aiogram",
    ),
)


def measured() -> Part:
    """A row for each engine that is installed, a note for each that is not."""
    turns, rows, notes = everything(), [], []
    for engine in ENGINES:
        found = _apart(engine)
        if isinstance(found, str):
            notes.append(f"Not measured: {engine.name}. {found}")
            continue
        floor, taken, version = found
        name = f"{engine.name} {version}".strip()
        row = timed(taken / len(turns), "us", name, floor / len(turns), FLOOR)
        rows.append(Row(row.what, row.median, row.unit, row.ratio, row.floor, engine.besides))
    rows.sort(key=lambda row: row.ratio)
    head = screening_head(len(turns))
    return Part("One screening on several engines", tuple(rows), tuple(notes), head)


def _apart(engine: Engine) -> tuple[float, float, str] | str:
    """Floor, time and version, or why there are none."""
    python = interpreter(engine)
    if python is None:
        return "It needs other versions than ours, and its own environment could not be made."
    done = subprocess.run(  # noqa: S603
        [python, "-m", "bench.screening.compare", engine.module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return f"It does not run here: {done.stderr.strip().splitlines()[-1]}"
    floor, taken, version = json.loads(done.stdout.splitlines()[-1])
    return floor, taken, version


def interpreter(engine: Engine) -> str | None:
    """The Python that has this engine, unless its own environment is missing."""
    if not engine.apart:
        return sys.executable
    python = Path(sys.prefix) / "apart" / engine.apart / "bin" / "python"
    return str(python) if python.exists() else None


def differing(module: str, turns: list[Turn]) -> list[tuple[Turn, str, str]]:
    """Where an engine's replies are not, word for word, those of the table."""
    wanted = table.player(turns)()
    play = importlib.import_module(f"bench.screening.engines.{module}").player(turns)
    pairs = zip(turns, wanted, play(), strict=True)
    return [(turn, right, said) for turn, right, said in pairs if right != said]


def _timed(module: str) -> tuple[float, float, str]:
    turns = everything()
    wrong = differing(module, turns)
    if wrong:
        raise AssertionError(f"{module} says something else: {wrong[0]}")
    engine = importlib.import_module(f"bench.screening.engines.{module}")
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for spent, player in zip(times, (table.player, engine.player), strict=True):
            play = player(turns)
            begin = time.process_time()  # none of them waits for anything but the processor
            play()
            spent.append(time.process_time() - begin)
    package = next(found.package for found in ENGINES if found.module == module)
    version = importlib.metadata.version(package) if package else ""
    return statistics.median(times[0]), statistics.median(times[1]), version


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_timed(sys.argv[1])))
    else:
        from bench.report import show

        show(measured())
