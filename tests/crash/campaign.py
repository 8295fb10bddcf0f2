"""Kills the bot again and again under load, and counts what was lost: `make crash`.

The real Telegram path on loopback, many users at once. Lives end by SIGKILL at a random moment, or
at an enumerated file operation, or meet one failing file operation (EIO, ENOSPC).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.records import to_draft
from bot.adapters.safe_file import SafeFile
from bot.adapters.simulator.server import BotApiServer
from bot.adapters.tinydb_store import RECORD
from bot.adapters.vault import Vault
from bot.core.errors import StoreError
from tests.keys import SECRET

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 8  # users who write side by side
MESSAGES = 10  # of each user, fewer than the update ids that a record remembers
DANGER = "I cannot feel anything between my legs when I wipe"
EMERGENCY = "Emergency: go to a hospital emergency department now"
SAY_AGAIN = "I could not save that"
TALK = ("/start", "yes", "I was lifting a box", "none", "none", "yesterday", "none", "hm", "/why")
OPERATIONS = 30  # file operations of a life at which faults are enumerated
LONGEST_LIFE = 0.6  # seconds until a random kill


@dataclass
class Result:
    """What was done, and what was lost."""

    lives: int = 0
    kills: int = 0
    failing: int = 0
    updates: int = 0
    unreadable: int = 0
    unhandled: int = 0
    twice: int = 0
    safety_missing: int = 0
    told_to_repeat: int = 0
    seconds: float = 0.0
    details: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost and nothing done twice."""
        return not (self.unreadable or self.unhandled or self.twice or self.safety_missing)


def plan(lives: int, seed: int) -> Iterator[tuple[str, int]]:
    """Kinds of end: every operation once with each kind, then random kills."""
    enumerated = [
        (kind, number) for number in range(1, OPERATIONS + 1) for kind in ("kill", "EIO", "ENOSPC")
    ]
    chance = random.Random(seed)  # noqa: S311  # no secret
    chance.shuffle(enumerated)
    yield from itertools.islice(
        itertools.chain(enumerated[: lives // 2], itertools.repeat(("none", 0))), lives
    )


async def campaign(lives: int, seed: int, folder: Path) -> Result:
    """Run the lives, then let the bot finish in peace, then count."""
    result, began = Result(), time.monotonic()
    chance = random.Random(seed)  # noqa: S311
    async with BotApiServer() as server:
        users = _Users(server, chance)
        zygote = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crash.zygote", str(folder), server.base_url),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        pid = 0
        try:
            for kind, number in plan(lives, seed):
                await _one_life(zygote, users, chance, kind, number, result)
            pid = await _born(zygote, "none", 0)
            await server.quiet(60)
            await _until_sent(server, users)
            os.kill(pid, signal.SIGTERM)
            await _ended(zygote)
        except BaseException:
            if pid:  # it holds the pipes of its parent open
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            zygote.kill()
            raise
        finally:
            if zygote.stdin is not None:
                zygote.stdin.close()
            await zygote.wait()
        _count(server, users, folder, result)
    result.seconds = time.monotonic() - began
    return result


class _Users:
    """People who write to the bot: what they sent, and whether it was danger."""

    def __init__(self, server: BotApiServer, chance: random.Random) -> None:
        self._server, self._chance = server, chance
        self.updates: dict[int, list[int]] = {}
        self.dangers: Counter[int] = Counter()
        self._open: list[int] = []

    def write(self) -> None:
        """One more message of someone."""
        while len(self._open) < AT_ONCE:
            chat = 1000 + len(self.updates)
            self._server.open_chat(chat)
            self.updates[chat] = []
            self._open.append(chat)
        chat = self._chance.choice(self._open)
        said = self.updates[chat]
        text = TALK[len(said)] if len(said) < len(TALK) else DANGER
        if self._chance.random() < 0.15:
            text = DANGER
        said.append(self._server.user_says(chat, text).update_id)
        self.dangers[chat] += text == DANGER
        if len(said) >= MESSAGES:
            self._open.remove(chat)


async def _one_life(
    zygote: asyncio.subprocess.Process,
    users: _Users,
    chance: random.Random,
    kind: str,
    number: int,
    result: Result,
) -> None:
    pid = await _born(zygote, kind, number)
    ended = asyncio.create_task(_ended(zygote))
    until = time.monotonic() + chance.uniform(0.05, LONGEST_LIFE)
    while time.monotonic() < until and not ended.done():
        users.write()
        await asyncio.sleep(chance.uniform(0, 0.05))
    if not ended.done():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    await ended
    result.lives += 1
    result.kills += 1
    result.failing += kind in {"EIO", "ENOSPC"}


async def _born(zygote: asyncio.subprocess.Process, kind: str, number: int) -> int:
    if zygote.stdin is None or zygote.stdout is None:
        raise RuntimeError
    zygote.stdin.write(f"{kind} {number}\n".encode())
    await zygote.stdin.drain()
    return int(await zygote.stdout.readline())


async def _ended(zygote: asyncio.subprocess.Process) -> None:
    if zygote.stdout is None:
        raise RuntimeError
    line = await zygote.stdout.readline()
    if line.strip() != b"ended":
        raise RuntimeError(line)


async def _until_sent(server: BotApiServer, users: _Users) -> None:
    """Wait until nothing new is sent for a while."""
    before = -1
    while (now := sum(len(server.messages(chat)) for chat in users.updates)) != before:
        before = now
        await asyncio.sleep(1.0)


def _count(server: BotApiServer, users: _Users, folder: Path, result: Result) -> None:
    vault = Vault([SECRET])
    handled: dict[int, tuple[int, ...]] = {}
    for file in folder.rglob("*.unknot"):
        try:
            tables = SafeFile(file, vault).read() or {}
            record = tables["_default"][str(RECORD)]["record"]
            handled[int(record["user"].removeprefix("tg:"))] = to_draft(record).handled
        except (StoreError, KeyError) as error:
            result.unreadable += 1
            result.details.append(f"{file.name}: {error}")
    for chat, updates in users.updates.items():
        seen = Counter(handled.get(chat, ()))
        result.updates += len(updates)
        missing = [update for update in updates if not seen[update]]
        # Where the disk failed the person was told so at once: nothing was lost in silence.
        told = sum(SAY_AGAIN in message.text for message in server.messages(chat))
        result.told_to_repeat += min(told, len(missing))
        missing = missing[told:]
        result.unhandled += len(missing)
        result.twice += sum(count > 1 for count in seen.values())
        cards = sum(EMERGENCY in message.text for message in server.messages(chat))
        if users.dangers[chat] and cards < users.dangers[chat]:
            result.safety_missing += users.dangers[chat] - cards
        if missing or (users.dangers[chat] and cards < users.dangers[chat]):
            result.details.append(f"chat {chat}: unhandled {missing}, cards {cards}")


def main() -> int:
    """Run a campaign from the command line and print its figures."""
    # A connection that breaks off is what this is about: no traceback of the server's for each.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(campaign(given.kills, given.seed, Path(folder)))
    for name in (
        *("lives", "kills", "failing", "updates", "unreadable", "unhandled", "twice"),
        *("safety_missing", "told_to_repeat"),
    ):
        sys.stdout.write(f"{name.replace('_', ' '):<16} {getattr(result, name):>7}\n")
    sys.stdout.write(f"{'seconds':<16} {result.seconds:>7.0f}\n")
    sys.stdout.write("".join(f"{line}\n" for line in result.details[:40]))
    return 0 if result.clean else 1


if __name__ == "__main__":
    sys.exit(main())
