"""Many people whose reminders fall due in one minute, while others write: `make load`.

The real Telegram path on loopback, against a server that refuses more than 30 messages a second.
Half-way the bot is killed and started again. With `--speed 4` the clocks of bot and server run
four times as fast, so that four times as much is done in each second; the time that a person waits
for an answer is measured in real seconds at any speed.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import logs
from bot.adapters.receipts import ReceiptLog
from bot.adapters.records import to_record
from bot.adapters.safe_file import sealed_file
from bot.adapters.simulator.rates import Rates
from bot.adapters.simulator.server import TOKEN, BotApiServer
from bot.adapters.telegram.bot import TelegramBot
from bot.adapters.telegram.gate import Gate
from bot.adapters.tinydb_store import SUFFIX, TinyDBStore
from bot.app import dialogue
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Outcome
from bot.core.state import Home, Reminder, UserState
from bot.ports import Draft, UserId
from tests.keys import VAULT

ROOT = Path(__file__).resolve().parents[2]
DUE = datetime(2026, 3, 2, 10, tzinfo=UTC)
STARTING = 0.5  # real seconds that a bot needs to open its data and to poll
CHATS = 1000  # the first of those who are due
WRITERS, A_SECOND = 60, 3.0  # people who write, and how many messages they write together
SAID = ("/help", "my back hurts when I bend", "/privacy", "it came on as I lifted a box")
SLOWEST = 200  # milliseconds, of 99 in 100 answers
PATIENCE = 10.0  # real seconds until a message counts as unanswered


@dataclass(frozen=True)
class FastTime:
    """A clock that shows `begin` at `real` (both since 1970) and runs so many times too fast."""

    begin: float
    real: float
    speed: float

    def timestamp(self) -> float:
        """Its seconds since 1970."""
        return self.begin + (time.time() - self.real) * self.speed

    def now(self) -> datetime:
        """Its moment."""
        return datetime.fromtimestamp(self.timestamp(), UTC)


@dataclass
class Figures:
    """What came of it."""

    people: int
    speed: float
    reminders: Counter[int] = field(default_factory=Counter)
    uncertain: set[int] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    unanswered: int = 0
    refused: int = 0
    busiest: int = 0
    earliest: float = 0.0
    latest: float = 0.0

    @property
    def twice(self) -> int:
        """Who was reminded more than once."""
        return sum(times > 1 for times in self.reminders.values())

    @property
    def missing(self) -> int:
        """Who was not reminded."""
        return sum(not times for times in self.reminders.values())

    @property
    def forgotten(self) -> int:
        """Who was not reminded, though no request for them was under way at the kill."""
        return sum(not n and chat not in self.uncertain for chat, n in self.reminders.items())

    @property
    def good(self) -> bool:
        """Whether everyone was reminded once and answered."""
        return not (self.twice or self.forgotten or self.unanswered)

    def wait(self, hundredth: int) -> float:
        """So many hundredths of all answers came faster, in milliseconds."""
        return statistics.quantiles(self.waits, n=100)[hundredth - 1] * 1000

    def lines(self) -> list[str]:
        """The figures in words."""
        return [
            f"{self.people} people due in one minute, clock {self.speed:g} times as fast as real",
            f"reminded: {sum(map(bool, self.reminders.values()))}, twice: {self.twice},"
            f" not: {self.missing} (begun before the kill and so not sent again:"
            f" {len(self.uncertain)}, forgotten: {self.forgotten})",
            f"first {self.earliest:.0f} s and last {self.latest:.0f} s after the minute began",
            f"most messages in a second: {self.busiest}; refused by the server: {self.refused}",
            f"replies meanwhile: {len(self.waits)}, unanswered: {self.unanswered};"
            f" median {self.wait(50):.0f} ms, 99 % within {self.wait(99):.0f} ms,"
            f" slowest {max(self.waits) * 1000:.0f} ms",
        ]


class CountedRates(Rates):
    """Telegram's limits, with a count of what was refused and the moments of what was not."""

    def __init__(self, clock: FastTime) -> None:
        super().__init__(clock.timestamp)
        self._fast, self.refused = clock, 0
        self.taken: list[float] = []
        self.chats: Counter[int] = Counter()

    def retry_after(self, chat_id: int) -> int | None:
        """Count a message; the seconds to wait when it is one too many."""
        wait = super().retry_after(chat_id)
        if wait is None:
            self.taken.append(self._fast.timestamp())
            self.chats[chat_id] += 1
        else:
            self.refused += 1
        return wait

    def busiest(self) -> int:
        """The most messages that were taken in any second."""
        most = begin = 0
        for end, moment in enumerate(self.taken):
            while self.taken[begin] <= moment - 1:
                begin += 1
            most = max(most, end - begin + 1)
        return most


def fill(folder: Path, chats: range) -> None:
    """People at home, each with a daily reminder at the same minute."""
    state = UserState(
        stage=Home(),
        consent_at=DUE - timedelta(days=3),
        seen_at=DUE - timedelta(hours=30),
        zone="UTC",
        reminders=(Reminder(DUE.hour, DUE.minute, DUE - timedelta(days=1, hours=1)),),
        last_outcome=Outcome.SELF_CARE,
    )
    with TinyDBStore(folder, VAULT) as store:
        for chat in chats:
            user = UserId(f"tg:{chat}")
            name = VAULT.key.name(user)
            draft = Draft(state, wake_at=DUE + store.spread(user))
            tables = {"_default": {"1": {"record": to_record(user, draft)}}}
            path = folder / "users" / name[:2] / f"{name}{SUFFIX}"
            path.parent.mkdir(parents=True, exist_ok=True)
            notes = f"{int((DUE + store.spread(user)).timestamp())},-"
            path.write_bytes(sealed_file(tables, VAULT, name, notes))


async def load(
    people: int, speed: float, folder: Path, *, late: timedelta | None = None
) -> Figures:
    """Wake so many people, kill the bot half-way, and count. `late`: start so much after."""
    chats = range(CHATS, CHATS + people)
    fill(folder, chats)
    figures = Figures(people, speed)
    starting = timedelta(seconds=STARTING * speed)
    lives = await _Lives.begun(folder)
    clock = FastTime((DUE + (late or -starting)).timestamp(), time.time(), speed)
    async with BotApiServer(clock=clock.timestamp, enforce_rates=True) as server:
        server.state.rates = rates = CountedRates(clock)
        for chat in chats:
            server.open_chat(chat)
        writers = _Writers(server, figures)
        try:
            await lives.born(server, clock)
            writing = asyncio.create_task(writers.write(A_SECOND * speed))
            await _reminded(rates, people // 2, clock)
            await writers.pause()
            await lives.end(signal.SIGKILL)
            await server.state.changes.until(lambda: not server.state.in_flight, 5)
            figures.uncertain = _uncertain(folder, chats) - set(rates.chats)
            await lives.born(server, clock)
            writers.go_on()
            await _reminded(rates, people - len(figures.uncertain), clock)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await lives.end(signal.SIGTERM)
        finally:
            await lives.over()
        _count(server, chats, figures, rates)
    return figures


class _Writers:
    """People who write by turns, and how long each waits for an answer."""

    def __init__(self, server: BotApiServer, figures: Figures) -> None:
        self._server, self._figures = server, figures
        self._may = asyncio.Event()
        self._may.set()
        self._waiting: set[asyncio.Task[None]] = set()
        for chat in range(1, WRITERS + 1):
            server.open_chat(chat)

    async def write(self, a_second: float) -> None:
        """Go on until cancelled."""
        for number, chat in enumerate(itertools.cycle(range(1, WRITERS + 1))):
            await self._may.wait()
            text = SAID[number // WRITERS % len(SAID)] if number >= WRITERS else "/start"
            task = asyncio.create_task(self._wait(chat, text))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
            await asyncio.sleep(1 / a_second)

    async def pause(self) -> None:
        """Nobody writes, and nobody waits any more."""
        self._may.clear()
        await asyncio.gather(*self._waiting)

    def go_on(self) -> None:
        """They write again."""
        self._may.set()

    async def _wait(self, chat: int, text: str) -> None:
        stored = self._server.state.chats.known(chat)
        before = len(stored.sent())
        began = time.perf_counter()
        self._server.user_says(chat, text)

        def answered() -> bool:
            return len(stored.sent()) > before

        if await self._server.state.changes.until(answered, PATIENCE):
            self._figures.waits.append(time.perf_counter() - began)
        else:
            self._figures.unanswered += 1


class _Lives:
    """A process that has loaded everything and forks one life of the bot after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._pid: int | None = None

    @classmethod
    async def begun(cls, folder: Path) -> _Lives:
        """The process, when all is loaded."""
        pipe = asyncio.subprocess.PIPE
        made = cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.crash.load", "live", str(folder)),
                cwd=ROOT,
                stdin=pipe,
                stdout=pipe,
            )
        )
        await made._line()
        return made

    async def born(self, server: BotApiServer, clock: FastTime) -> None:
        """Start a life, and wait until it polls."""
        polls = len(server.state.polls)
        if self._process.stdin is None:
            raise RuntimeError
        told = (server.base_url, clock.begin, clock.real, clock.speed)
        self._process.stdin.write(f"{' '.join(map(str, told))}\n".encode())
        self._pid = int(await self._line())
        if not await server.state.changes.until(lambda: len(server.state.polls) > polls, 60):
            raise TimeoutError

    async def end(self, sign: int) -> None:
        """End the life."""
        if self._pid is not None:
            os.kill(self._pid, sign)
            self._pid = None
            await self._line()

    async def over(self) -> None:
        """There are no more lives."""
        await self.end(signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _line(self) -> str:
        line = b"" if self._process.stdout is None else await self._process.stdout.readline()
        if not line:
            raise RuntimeError
        return line.decode()


async def _reminded(rates: CountedRates, number: int, clock: FastTime) -> None:
    """Wait until so many have been reminded, or it is too late for any more."""
    while sum(chat >= CHATS for chat in rates.chats) < number:
        if clock.now() > DUE + timedelta(hours=2, minutes=5):
            return
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.3)  # whoever is reminded a second time


def _uncertain(folder: Path, chats: range) -> set[int]:
    """Whose reminder was under way: it may have arrived, and so is not sent again."""
    receipts = ReceiptLog(folder / "receipts")
    return {
        chat
        for chat in chats
        if (name := VAULT.key.name(f"tg:{chat}")) in receipts.begun
        and receipts.begun[name] > receipts.sent.get(name, 0)
    }


def _count(server: BotApiServer, chats: range, figures: Figures, rates: CountedRates) -> None:
    moments = []
    for chat in chats:
        sent = server.messages(chat)
        figures.reminders[chat] = len(sent)
        moments += [message.date - DUE.timestamp() for message in sent]
    figures.earliest, figures.latest = min(moments), max(moments)
    figures.refused, figures.busiest = rates.refused, rates.busiest()


def lives(folder: Path) -> None:
    """Fork a life of the bot for each line, which says where the server is and what time it is."""
    talk = dialogue()
    sys.stdout.write("loaded\n")
    sys.stdout.flush()
    for line in sys.stdin:
        url, *times = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                live(folder, talk, url, FastTime(*map(float, times)))
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        os.waitpid(pid, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


def live(folder: Path, talk: Dialogue, url: str, clock: FastTime) -> None:
    """One life of the bot."""
    logs.set_up("ERROR")

    def later(seconds: float, call: Callable[[], None]) -> object:
        return asyncio.get_running_loop().call_later(seconds / clock.speed, call)

    with TinyDBStore(folder, VAULT) as store:
        bot = TelegramBot(
            talk,
            store,
            token=TOKEN,
            api_url=url,
            poll_seconds=20,
            tick_seconds=1,
            clock=clock,
            label=store.label,
            spread=store.spread,
            sleep=lambda seconds: asyncio.sleep(seconds / clock.speed),
            gate=Gate(lambda: time.monotonic() * clock.speed, later),
            proxies=False,
        )
        asyncio.run(bot.run_until_stopped())


def main() -> int:
    """Run it from the command line and print the figures."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--speed", type=float, default=1.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(load(given.people, given.speed, Path(folder)))
    sys.stdout.write("".join(f"{line}\n" for line in figures.lines()))
    return 0 if figures.good and figures.wait(99) <= SLOWEST else 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["live", data]:
            lives(Path(data))
        case _:
            sys.exit(main())
