"""How much of a long test is run: all of it with NIGHTLY=1 (`make nightly`)."""

from __future__ import annotations

import os

NIGHTLY = bool(os.environ.get("NIGHTLY"))
