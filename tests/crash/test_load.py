"""A small load of reminders; the large one is `make load`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.crash.load import load

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


async def test_240_people_due_at_once_are_reminded_once_though_the_bot_is_killed(
    tmp_path: Path,
) -> None:
    figures = await load(240, 10, tmp_path, late=timedelta(minutes=1))
    shown = "\n".join(figures.lines())
    assert figures.good, shown
    assert len(figures.uncertain) <= 2, shown
    assert figures.refused <= 5, shown  # time runs fast here; `make load` measures more precisely
