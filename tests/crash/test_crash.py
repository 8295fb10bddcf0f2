"""A small crash campaign; the large one is `make crash`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.campaign import campaign
from tests.nightly import NIGHTLY

KILLS = 100 if NIGHTLY else 10

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


async def test_nothing_is_lost_in_crashes(tmp_path: Path) -> None:
    result = await campaign(KILLS, seed=2, folder=tmp_path)
    assert result.clean, "\n".join(result.details)
    assert result.kills == KILLS
    assert result.updates > 3 * KILLS
