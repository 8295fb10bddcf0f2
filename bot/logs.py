"""Logging set-up and redaction: no token, no message text, in any line."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any

from bot.core.errors import UnknotError

_TOKEN = re.compile(r"\d{5,}:[\w-]{20,}")
QUIET = ("aiohttp", "telegram", "telegram.ext", "asyncio")
QUOTING = frozenset(("aiohttp", "telegram"))  # libraries whose lines may quote a whole update


class Redaction(logging.Formatter):
    """Replaces whatever looks like a bot token, in tracebacks too."""

    def formatException(self, ei: Any) -> str:  # the library's name
        """Where it happened and of which kind; its words only when they are our own.

        The message of any other error may quote what a person wrote.
        """
        kind, error, trace = ei
        lines = ["Traceback (most recent call last):\n", *traceback.format_tb(trace)]
        words = f": {error}" if isinstance(error, UnknotError) else ""
        return "".join(lines) + f"{kind.__name__ if kind else 'error'}{words}"

    def format(self, record: logging.LogRecord) -> str:
        """The formatted line without tokens."""
        return _TOKEN.sub("<token>", super().format(record))


class WithoutPayload(logging.Filter):
    """The library below writes whole updates into its errors: only that there was one is kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the message of a library's line is replaced."""
        if record.name.partition(".")[0] in QUOTING:
            record.msg, record.args = "library_error", ()
            record.exc_info, record.exc_text = None, None
        return True


def set_up(level: str) -> None:
    """One handler on standard error; libraries that print the token speak from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redaction("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(WithoutPayload())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # A line that cannot be written is dropped: the library would print it raw, with all it quotes.
    logging.raiseExceptions = False
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
