"""What the end-to-end tests share."""

from __future__ import annotations

import pytest

from bot.adapters.places import zone_at


@pytest.fixture(scope="session", autouse=True)
def _cities() -> None:
    """Loaded before the first test: on a busy machine it takes a large part of its 5 seconds."""
    zone_at(0.0, 0.0)
