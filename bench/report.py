"""Rows of figures, and the page that they are written down on."""

from __future__ import annotations

import json
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PAGE, FIGURES = FOLDER / "results.md", FOLDER / "results.json"
UNITS = {"us": 1e6, "ms": 1e3, "s": 1.0}
_HEAD = """# Speed, compared

Written by `make bench`. Times depend on the machine; the ratios are what to look at: how many
times the median of a row is that of its floor, measured by turns with it in the same run. Less is
better, in every row. `make guard-speed` fails when a key ratio gets worse by more
than half. The machine had {cores} cores, and {load:.1f} programs wanted one when this began.
"""
_SCREENING = """
The same four questions on each engine, from the same data. Before anything was timed, every reply
of every engine was compared with the table's, word for word, over {turns:,} messages of scripted
and random conversations. Messages come as plain words, in the form that the engine takes; replies
are noted; nothing is sent or saved. Each engine has a process of its own, and is timed by turns
with the floor, in time worked.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what, its median, and how many times its floor that is."""

    what: str
    median: float
    unit: str
    ratio: float
    floor: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the page, with what must be said above and below it."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    head: str = ""


def timed(seconds: float, unit: str, what: str, floor_seconds: float, floor: str) -> Row:
    """A row of time."""
    return Row(what, seconds * UNITS[unit], unit, seconds / floor_seconds, floor)


def medians(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """The median seconds of each call, all by turns, so that a slow moment hits all."""
    return [statistics.median(times) for times in _by_turns(rounds, calls, time.perf_counter)]


def bests(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """The least seconds of the processor for each call: waiting for another program is none."""
    return [min(times) for times in _by_turns(rounds, calls, _worked)]


def _worked() -> float:
    """Seconds that this process and those that it has waited for have worked."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _by_turns(
    rounds: int, calls: Sequence[Callable[[], object]], clock: Callable[[], float]
) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, spent in zip(calls, times, strict=True):
            begin = clock()
            call()
            spent.append(clock() - begin)
    return times


def show(part: Part) -> None:
    """Print a part as it stands on the page."""
    print(_table(part))


def write(parts: Iterable[Part], guarded: Mapping[str, float], load: float) -> None:
    """Write the page, and the same figures for programs; `load` is that of the machine before."""
    parts = tuple(parts)
    head = _HEAD.format(cores=os.cpu_count(), load=load)
    PAGE.write_text(head + "".join(f"\n{_table(part)}\n" for part in parts), encoding="utf-8")
    figures = {
        "parts": [asdict(part) for part in parts],
        "guard": {name: round(ratio, 3) for name, ratio in guarded.items()},
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def guarded() -> dict[str, float]:
    """The ratios that were written down for the guard."""
    kept: dict[str, float] = json.loads(FIGURES.read_text(encoding="utf-8"))["guard"]
    return kept


def _table(part: Part) -> str:
    with_notes = any(row.note for row in part.rows)
    lines = [f"## {part.title}", *part.head.splitlines(), ""]
    lines.append("| what | median | ratio | floor |" + (" besides |" if with_notes else ""))
    lines.append("|---|---|---|---|" + ("---|" if with_notes else ""))
    for row in part.rows:
        cells = [row.what, f"{_short(row.median)} {row.unit}", _short(row.ratio), row.floor]
        cells += [row.note] if with_notes else []
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, *(f"\n{note}" for note in part.notes)])


def _short(figure: float) -> str:
    """Three figures that mean something."""
    if figure >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}"


def screening_head(turns: int) -> str:
    """What must be said above the engines."""
    return _SCREENING.format(turns=turns)
