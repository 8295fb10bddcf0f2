"""A fixed key for tests."""

from __future__ import annotations

from bot.adapters.vault import Vault

SECRET = bytes(range(32))
OTHER_SECRET = bytes(range(1, 33))
VAULT = Vault([SECRET])
