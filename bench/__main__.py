"""All benches in one run, and the page of their figures: `make bench`."""

from __future__ import annotations

import os

from bench import guard, report, telegram, ticks, turns, users
from bench.screening import compare


def main() -> None:
    """Measure one part after the other, print each, write them down at the end."""
    parts, (load, *_) = [], os.getloadavg()
    for measured in (
        turns.measured,
        users.measured,
        ticks.measured,
        telegram.measured,
        compare.measured,
    ):
        part = measured()
        report.show(part)
        print(flush=True)
        parts.append(part)
    report.write(parts, guard.measured(), load)
    print(f"written: {report.PAGE.name} and {report.FIGURES.name}")


if __name__ == "__main__":
    main()
