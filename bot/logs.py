"""Logging set-up and redaction: no token, no message text, in any line."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from bot.core.errors import UnknotError

_TOKEN = re.compile(r"\d{5,}:[\w-]{20,}")
_VALUE = re.compile(r" (\w+)=")
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


class Objects(Redaction):
    """One JSON object a line: moment, level, logger, event, and each `name=value` by its name."""

    def format(self, record: logging.LogRecord) -> str:
        """The object without tokens."""
        event, *pairs = _VALUE.split(record.getMessage())
        # A pair never takes the place of a field of ours.
        line = dict(zip(pairs[::2], pairs[1::2], strict=True)) | {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": event,
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return _TOKEN.sub("<token>", json.dumps(line, ensure_ascii=False))


class WithoutPayload(logging.Filter):
    """The library below writes whole updates into its errors: only that there was one is kept."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the message of a library's line is replaced."""
        if record.name.partition(".")[0] in QUOTING:
            record.msg, record.args = "library_error", ()
            record.exc_info, record.exc_text = None, None
        return True


def set_up(level: str, form: str = "text") -> None:
    """One handler on standard error; libraries that print the token speak from WARNING on.

    `form`: text, a line for people, or json, an object for programs.
    """
    handler = logging.StreamHandler(sys.stderr)
    text = "%(asctime)s %(levelname)s %(name)s %(message)s"
    handler.setFormatter(Objects() if form == "json" else Redaction(text))
    handler.addFilter(WithoutPayload())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # A line that cannot be written is dropped: the library would print it raw, with all it quotes.
    logging.raiseExceptions = False
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
