"""A small crash campaign; the large one is `make crash`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.campaign import campaign

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


async def test_nothing_is_lost_in_thirty_crashes(tmp_path: Path) -> None:
    result = await campaign(30, seed=2, folder=tmp_path)
    assert result.clean, "\n".join(result.details)
    assert result.kills == 30
    assert result.updates > 100
