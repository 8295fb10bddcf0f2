"""What is counted while the bot runs: numbers over all people, never one about a person."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate

PREFIX = "unknot_"
# Seconds: a save takes a tenth of a millisecond on a fast disk, some on a usual one.
STEPS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)

Labels = tuple[str, ...]


class Tally:
    """A number that only grows, for each of its labels. Labels are words of ours, a few each."""

    def __init__(self, name: str, about: str, *labels: str) -> None:
        """`labels` are the names of the labels."""
        self.name, self.about, self._labels = f"{PREFIX}{name}_total", about, labels
        self._counts: Counter[Labels] = Counter()

    def count(self, *values: str) -> None:
        """One more, with a value for each label."""
        self._counts[values] += 1

    def __getitem__(self, values: Labels) -> int:
        """How many there were of these."""
        return self._counts[values]

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        yield from _head(self.name, self.about, "counter")
        for values, number in sorted(self._counts.items()):
            named = zip(self._labels, values, strict=True)
            marks = ",".join(f'{label}="{value}"' for label, value in named)
            yield f"{self.name}{{{marks}}} {number}"


class Timing:
    """How long something took, by steps."""

    def __init__(self, name: str, about: str) -> None:
        """Nothing was measured yet."""
        self.name, self.about = f"{PREFIX}{name}_seconds", about
        self._counts, self._sum = [0] * (len(STEPS) + 1), 0.0

    def note(self, seconds: float) -> None:
        """One more, which took so long."""
        self._counts[bisect_left(STEPS, seconds)] += 1
        self._sum += seconds

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        yield from _head(self.name, self.about, "histogram")
        bounds = [*map(str, STEPS), "+Inf"]
        for bound, number in zip(bounds, accumulate(self._counts), strict=True):
            yield f'{self.name}_bucket{{le="{bound}"}} {number}'
        yield f"{self.name}_sum {self._sum:.6f}"
        yield f"{self.name}_count {sum(self._counts)}"


class Meter:
    """All that is counted. Each part of the program is handed the same one."""

    def __init__(self, on_tick: Callable[[], None] = lambda: None) -> None:
        """Everything at nought: a start begins anew, which Prometheus understands.

        `on_tick` hears of every look at who is due, failed or not.
        """
        self._on_tick = on_tick
        self.updates = Tally("updates", "Updates taken from Telegram.", "kind")
        self.turns = Tally("turns", "Events handled, and what came of them.", "event", "result")
        self.outcomes = Tally(
            "outcomes", "Turns that gave advice or said it again, by its level.", "level"
        )
        self.sends = Tally("sends", "Calls to Telegram, by what came of them.", "result")
        self.ticks = Tally("ticks", "Looks at who is due.", "result")
        self.save = Timing("save", "Time from the end of a step to its being durable.")
        self._gauges: list[tuple[str, str, Callable[[], float]]] = []

    def ticked(self, result: str) -> None:
        """The clock has looked at who is due."""
        self.ticks.count(result)
        self._on_tick()

    def gauge(self, name: str, about: str, read: Callable[[], float]) -> None:
        """A number that is looked up each time the page is asked for."""
        self._gauges.append((f"{PREFIX}{name}", about, read))

    def text(self) -> str:
        """The whole page, in the text format of Prometheus."""
        parts = (self.updates, self.turns, self.outcomes, self.sends, self.ticks, self.save)
        lines = [line for part in parts for line in part.lines()]
        for name, about, read in self._gauges:
            lines += [*_head(name, about, "gauge"), f"{name} {read():.3f}"]
        return "\n".join(lines) + "\n"


def _head(name: str, about: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {about}", f"# TYPE {name} {kind}"
