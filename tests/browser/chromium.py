"""Finds the distribution's Chromium, and installs it where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It must not look anything up by itself, and has no display and no other process to share with.
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
INSTALL_SECONDS = 300


@cache
def chromium() -> str | None:
    """The path of a Chromium; None when there is none and none can be installed."""
    found = _found()
    if found is None and _may_install():
        subprocess.run(  # fixed words
            ["apt-get", "install", "-y", "-qq", "chromium"],  # noqa: S607
            check=False,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
        found = _found()
    return found


def _found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _may_install() -> bool:
    return shutil.which("apt-get") is not None and os.geteuid() == 0
