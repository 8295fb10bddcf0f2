"""Loads everything once, then forks one life of the bot for each line on standard input.

A line is `KIND NUMBER`: `none 0`, or a fault at the NUMBERth file operation of that life: `kill`,
`EIO` or `ENOSPC`. The pid of each life is printed, and `ended` when it is over.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import logs
from bot.adapters import safe_file
from bot.adapters.simulator.server import TOKEN
from bot.adapters.telegram.bot import TelegramBot
from bot.adapters.telegram.gate import Gate
from bot.adapters.tinydb_store import TinyDBStore
from bot.adapters.vault import Vault
from bot.app import dialogue
from bot.core.dialogue import Dialogue
from tests.keys import SECRET

WATCHED = ("open", "fsync", "link", "replace", "unlink")


class Fault:
    """Counts what is asked of the disk, and strikes once."""

    def __init__(self, kind: str, number: int) -> None:
        """Wrap the functions of `os` through which every file operation goes."""
        self._kind, self._left = kind, number
        for name in WATCHED:
            setattr(os, name, self._wrapped(getattr(os, name)))
        setattr(safe_file, "open", self._wrapped(open))  # noqa: B010  # not in its namespace

    def _wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                if self._kind == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                number = getattr(errno, self._kind)
                raise OSError(number, os.strerror(number))
            return function(*args, **kwargs)

        return called


def live(talk: Dialogue, data: Path, url: str, kind: str, number: int) -> None:
    """One life of the bot, until it is killed or told to stop."""
    logs.set_up("CRITICAL")
    with TinyDBStore(data, Vault([SECRET])) as store:
        if kind != "none":
            Fault(kind, number)
        bot = TelegramBot(
            talk,
            store,
            token=TOKEN,
            api_url=url,
            poll_seconds=5,
            tick_seconds=1,
            gate=Gate(most=1000, most_bulk=1000),
            proxies=False,
        )
        asyncio.run(bot.run_until_stopped())


def main() -> None:
    """Fork a life for each line."""
    data, url = Path(sys.argv[1]), sys.argv[2]
    talk = dialogue()
    gc.freeze()
    for line in sys.stdin:
        kind, number = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                live(talk, data, url, kind, int(number))
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        os.waitpid(pid, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
