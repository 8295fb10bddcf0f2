"""A small cluster whose workers are killed; the large one is `make cluster`."""

from __future__ import annotations

import pytest

from tests.crash.cluster import Plan, cluster
from tests.nightly import NIGHTLY

PLAN = Plan(people=40, messages=320, lease=1.2, between_kills=(0.1, 0.4), down=(0.05, 0.3))
LONG = Plan(people=300, messages=3000)

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


async def test_workers_that_are_killed_lose_nothing_and_do_nothing_twice(
    empty_database: str,
) -> None:
    plan = LONG if NIGHTLY else PLAN
    figures = await cluster(plan, empty_database)
    shown = "\n".join(figures.lines())
    assert figures.good, shown
    assert figures.kills, shown
    # Of each worker that was killed a few requests may have been on their way.
    assert figures.not_reminded <= 8 * figures.kills, shown
    # A chat may lose its worker twice in a row, and other tests share the machine.
    assert max(figures.waits) < 30 + 2 * plan.lease, shown
