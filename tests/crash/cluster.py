"""Several workers of one bot that are killed again and again: `make cluster`.

The real Telegram path on loopback: the simulated Bot API brings each update to a worker by turns,
as a proxy would, also to one that is dead. All share one PostgreSQL. What was lost, handled twice,
sent in the wrong order or reminded of twice is counted from what people see and what is stored.

Figures depend on the machine: the simulated Telegram, the database and all workers share its
processors. `--pace 10` lets bulk go out ten times as fast as Telegram allows.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import logging
import os
import random
import signal
import socket
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from bot import logs
from bot.adapters.postgres.membership import LEASE
from bot.adapters.postgres.queries import bound
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.records import to_record
from bot.adapters.simulator.server import TOKEN, BotApiServer
from bot.adapters.telegram.bot import TelegramBot
from bot.adapters.telegram.gate import MOST_BULK, Gate
from bot.adapters.telegram.webhook import Hook
from bot.app import dialogue
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Outcome
from bot.core.state import Home, Reminder, UserState
from bot.ports import Draft, UserId
from tests.crash.load import DUE, ROOT, FastTime
from tests.database import database
from tests.keys import VAULT

CHATS = 1000  # the first of all
PATH, SECRET = "/hook", "only-telegram-knows"
URL = f"http://127.0.0.1:1{PATH}"  # where the proxy would be
WAITING = 120  # messages that wait to be delivered at most: people do not all write at once
COUNTRIES = ("Germany", "Norway", "Japan", "Kenya", "Brazil", "Canada", "France", "India")
REMINDER = "Time for your daily minute."
FREELY = 10_000  # answers a second
PATIENCE = 60.0  # seconds without anything new, after which the rest is missing


@dataclass(frozen=True)
class Plan:
    """What is to be done."""

    workers: int = 3
    people: int = 10_000
    messages: int = 50_000
    reminders: bool = True
    kills: bool = True
    pace: float = 10.0
    lease: float = LEASE.total_seconds()
    seed: int = 1
    between_kills: tuple[float, float] = (5.0, 15.0)  # seconds
    down: tuple[float, float] = (0.2, 3.0)


@dataclass
class Figures:
    """What came of it."""

    plan: Plan
    kills: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    lost: int = 0
    twice: int = 0
    disordered: int = 0
    repeated: int = 0
    reminded: int = 0
    not_reminded: int = 0
    reminded_twice: int = 0
    busiest: int = 0
    waits: list[float] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all promises were kept."""
        return not (self.lost or self.twice or self.disordered or self.reminded_twice)

    def _each(self) -> float:
        return 1000 * self.processor / max(1, self.plan.messages + self.reminded)

    def lines(self) -> list[str]:
        """The figures in words."""
        plan, done = self.plan, self.plan.messages + self.reminded
        slow = statistics.quantiles(self.waits, n=100) if len(self.waits) > 1 else [0.0] * 99
        return [
            f"{plan.workers} workers, {plan.people} people, {plan.messages} messages,"
            f" killed {self.kills} times",
            f"lost: {self.lost}, handled twice: {self.twice}, out of order within a chat:"
            f" {self.disordered}, reminders twice: {self.reminded_twice}",
            f"reminded: {self.reminded}, not: {self.not_reminded} (begun when a worker was killed,"
            f" so not sent again); replies sent again after a kill: {self.repeated}",
            f"{self.seconds:.0f} s, {done / self.seconds:.0f} messages and reminders a second;"
            f" most sent in a second: {self.busiest}",
            *(
                []
                if plan.kills
                else [f"processor time of the workers: {self._each():.1f} ms each"]
            ),
            f"an answer took {slow[49] * 1000:.0f} ms in the middle, {slow[98]:.2f} s for 99 in"
            f" 100, {max(self.waits, default=0):.1f} s at most",
        ]


class Sent:
    """When a message went out to whom: stands in for the limits of the server."""

    def __init__(self) -> None:
        self.moments: dict[int, list[float]] = defaultdict(list)

    def retry_after(self, chat_id: int) -> int | None:
        """Takes all."""
        self.moments[chat_id].append(time.perf_counter())
        return None

    def busiest(self) -> int:
        """The most in any second."""
        moments = sorted(itertools.chain.from_iterable(self.moments.values()))
        most = begin = 0
        for end, moment in enumerate(moments):
            while moments[begin] <= moment - 1:
                begin += 1
            most = max(most, end - begin + 1)
        return most


def fill(url: str, plan: Plan) -> None:
    """People at home, each with a daily reminder at the same minute."""
    daily = Reminder(DUE.hour, DUE.minute, DUE - timedelta(days=1, hours=1))
    state = UserState(
        stage=Home(),
        consent_at=DUE - timedelta(days=3),
        seen_at=DUE - timedelta(hours=30),
        zone="UTC",
        reminders=(daily,) if plan.reminders else (),
        last_outcome=Outcome.SELF_CARE,
    )
    rows = []
    for chat in _chats(plan):
        user = UserId(f"tg:{chat}")
        wake = DUE + VAULT.spread(user) if plan.reminders else DUE + timedelta(days=300)
        name, key = VAULT.key.name(user), VAULT.key.id
        record = repr_of(to_record(user, Draft(state, wake_at=wake)))
        rows.append((name, key, wake, VAULT.seal(record, bound(name, key, wake, None))))
    insert = "INSERT INTO unknot_users (user_key, key_id, wake_at, record) VALUES (%s, %s, %s, %s)"
    with psycopg.connect(url) as connection:
        connection.cursor().executemany(insert, rows)
        connection.execute("UPDATE unknot_pace SET free_at = now()")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE unknot_users")


def repr_of(record: dict[str, Any]) -> bytes:
    """As the store writes it."""
    import json

    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def _chats(plan: Plan) -> range:
    return range(CHATS, CHATS + plan.people)


async def cluster(plan: Plan, url: str) -> Figures:
    """Let people write and reminders fall due while workers are killed, then count."""
    async with PostgresStore(url, VAULT):
        fill(url, plan)  # the tables are there now
    figures, chance = Figures(plan), random.Random(plan.seed)  # noqa: S311  # no secret
    # After the minute over which they are spread: all are due from the beginning.
    clock = FastTime((DUE + timedelta(minutes=1)).timestamp(), time.time(), 1.0)
    async with BotApiServer(clock=clock.timestamp, webhook_pace=0.05) as server:
        sent: Any = Sent()
        server.state.rates = sent
        for chat in _chats(plan):
            server.open_chat(chat)
        async with _workers(plan, url, server, clock) as workers:
            writers = _Writers(server, plan, chance)
            began = time.perf_counter()
            killing = asyncio.create_task(workers.killed_at_random(chance, figures))
            await writers.write()
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
            await workers.all_alive()
            await _all_done(server, url, plan, clock)
            figures.processor = workers.processor()
            last = max((moments[-1] for moments in sent.moments.values()), default=began)
            figures.seconds = last - began
        _count(server, sent, writers, figures)
    await _count_stored(url, plan, figures)
    return figures


class _Writers:
    """Everyone writes some messages, in an order that chance makes."""

    def __init__(self, server: BotApiServer, plan: Plan, chance: random.Random) -> None:
        self._server = server
        chats = list(_chats(plan))
        rounds, rest = divmod(plan.messages, len(chats))
        self._whose = [chat for chat in chats for _ in range(rounds)] + chats[:rest]
        chance.shuffle(self._whose)
        self.said: dict[int, list[tuple[str, float]]] = defaultdict(list)

    async def write(self) -> None:
        """Write all, no faster than they are taken."""
        queue, changes = self._server.state.queue, self._server.state.changes
        for chat in self._whose:
            country = COUNTRIES[len(self.said[chat]) % len(COUNTRIES)]
            self.said[chat].append((country, time.perf_counter()))
            self._server.user_says(chat, f"/country {country}")
            if len(queue.entries(0)) >= WAITING:
                await changes.until(lambda: len(queue.entries(0)) < WAITING, 600)


@dataclass
class _Place:
    """Where one worker after the other lives."""

    port: int
    pid: int | None = None


class _Workers:
    """Processes forked from one that has loaded everything."""

    def __init__(self, process: asyncio.subprocess.Process, server: BotApiServer) -> None:
        self._process, self._server = process, server
        self.places: list[_Place] = []
        self._turns = itertools.count()
        self._asking = asyncio.Lock()
        server.behind_a_proxy(self._next)

    def _next(self, _: object) -> str:
        place = self.places[next(self._turns) % len(self.places)]
        return f"http://127.0.0.1:{place.port}{PATH}"

    async def born(self, place: _Place) -> None:
        """Start a worker."""
        async with self._asking:
            if self._process.stdin is None:
                raise RuntimeError
            self._process.stdin.write(f"{place.port}\n".encode())
            place.pid = int(await self.line())

    async def line(self) -> bytes:
        """What the process says next."""
        if self._process.stdout is None:
            raise RuntimeError
        return await self._process.stdout.readline()

    def kill(self, place: _Place, sign: int = signal.SIGKILL) -> None:
        """End a worker."""
        pid, place.pid = place.pid, None
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)

    async def killed_at_random(self, chance: random.Random, figures: Figures) -> None:
        """Kill one after the other, each comes back a little later."""
        plan = figures.plan
        tasks = set()

        async def down(place: _Place) -> None:
            self.kill(place)
            await asyncio.sleep(chance.uniform(*plan.down))
            await self.born(place)

        try:
            while plan.kills:
                await asyncio.sleep(chance.uniform(*plan.between_kills))
                place = chance.choice(self.places)
                if place.pid is not None:
                    figures.kills += 1
                    tasks.add(asyncio.create_task(down(place)))
        finally:
            await asyncio.gather(*tasks)

    def processor(self) -> float:
        """Processor seconds of those who live."""
        return sum(_processor(place.pid) for place in self.places if place.pid is not None)

    async def all_alive(self) -> None:
        """Start whoever is dead."""
        for place in self.places:
            if place.pid is None:
                await self.born(place)


def _free_port() -> int:
    """One that no connection gets by chance while its worker is dead."""
    while True:
        port = random.randrange(15_000, 32_000)  # noqa: S311
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def _processor(pid: int) -> float:
    """As Linux counts them; elsewhere 0."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def _workers(
    plan: Plan, url: str, server: BotApiServer, clock: FastTime
) -> AsyncIterator[_Workers]:
    pipe = asyncio.subprocess.PIPE
    told = (url, server.base_url, clock.begin, clock.real, plan.pace, plan.lease)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crash.cluster", "live", *map(str, told)),
        cwd=ROOT,
        stdin=pipe,
        stdout=pipe,
    )
    workers = _Workers(process, server)
    try:
        await workers.line()
        for _ in range(plan.workers):
            workers.places.append(_Place(_free_port()))
        await workers.all_alive()

        def known() -> bool:
            calls = server.state.calls
            return sum(call.method == "setWebhook" for call in calls) >= plan.workers

        if not await server.state.changes.until(known, 60):
            raise TimeoutError
        yield workers
    finally:
        for place in workers.places:
            workers.kill(place)
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _all_done(server: BotApiServer, url: str, plan: Plan, clock: FastTime) -> None:
    """Wait until nothing waits, is owed or is due; or until nothing new has come for long."""
    query = "SELECT count(*) FROM unknot_users WHERE owed > sent OR wake_at <= %s"
    before, since = -1, time.monotonic()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while time.monotonic() < since + PATIENCE:
            cursor = await connection.execute(query, [max(clock.now(), DUE + timedelta(hours=1))])
            ((left,),) = await cursor.fetchall()
            if not left and not server.state.queue.entries(0) and not server.state.in_flight:
                return
            if left != before:
                before, since = left, time.monotonic()
            await asyncio.sleep(0.1)


def _count(server: BotApiServer, sent: Sent, writers: _Writers, figures: Figures) -> None:
    for chat in _chats(figures.plan):
        moments = sent.moments.get(chat, [])
        texts = [message.text for message in server.messages(chat)]
        reminders = sum(text.startswith(REMINDER) for text in texts)
        figures.reminded += bool(reminders)
        figures.reminded_twice += reminders > 1
        figures.not_reminded += figures.plan.reminders and not reminders
        answers = [
            (text.partition(":")[0], moment)
            for text, moment in zip(texts, moments, strict=True)
            if not text.startswith(REMINDER)
        ]
        _count_answers(answers, writers.said.get(chat, []), figures)
    figures.busiest = sent.busiest()


def _count_answers(
    answers: list[tuple[str, float]], said: list[tuple[str, float]], figures: Figures
) -> None:
    """Each is answered, in order; right after a kill the same one may come again."""
    place = -1
    for country, moment in answers:
        if place >= 0 and country == said[place][0]:
            figures.repeated += 1
        elif place + 1 < len(said) and country == said[place + 1][0]:
            place += 1
            figures.waits.append(moment - said[place][1])
        else:
            figures.disordered += 1
    figures.lost += len(said) - 1 - place


async def _count_stored(url: str, plan: Plan, figures: Figures) -> None:
    """Each reply has a number: one more for each message and reminder that was handled."""
    numbers: Counter[int] = Counter()
    async with PostgresStore(url, VAULT) as store:
        async for user in store.everyone():
            kept = await store.kept(user)
            if kept is not None:
                handled, last = kept[0].handled, kept[0].last
                figures.twice += len(handled) - len(set(handled))
                numbers[last - len(handled)] += 1
    # Beside the answers, one number for the reminder.
    figures.twice += sum(
        count * (extra - plan.reminders)
        for extra, count in numbers.items()
        if extra > plan.reminders
    )


def lives(url: str, api: str, *rest: str) -> None:
    """Fork a worker for each line, which says on which port it listens."""
    begin, real, pace, lease = map(float, rest)
    clock, talk = FastTime(begin, real, 1.0), dialogue()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("loaded\n")
    sys.stdout.flush()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                asyncio.run(live(talk, url, api, clock, int(line), pace, lease))
            finally:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


async def live(
    talk: Dialogue, url: str, api: str, clock: FastTime, port: int, pace: float, lease: float
) -> None:
    """One worker."""
    logs.set_up("CRITICAL")
    async with PostgresStore(url, VAULT, lease=timedelta(seconds=lease)) as store:
        bot = TelegramBot(
            talk,
            store,
            token=TOKEN,
            api_url=api,
            poll_seconds=20,
            tick_seconds=1,
            clock=clock,
            label=store.label,
            spread=store.spread,
            gate=Gate(most=FREELY, most_bulk=round(MOST_BULK * pace), book=store.book),
            proxies=False,
            hook=Hook(URL, SECRET, "127.0.0.1", port),
            workers=store,
        )
        await bot.run_until_stopped()


def main() -> int:
    """Run it from the command line and print the figures."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=Plan.workers)
    parser.add_argument("--people", type=int, default=Plan.people)
    parser.add_argument("--messages", type=int, default=Plan.messages)
    parser.add_argument("--pace", type=float, default=Plan.pace)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--no-kills", dest="kills", action="store_false")
    parser.add_argument("--no-reminders", dest="reminders", action="store_false")
    plan = Plan(**vars(parser.parse_args()))
    with database() as url:
        figures = asyncio.run(cluster(plan, url))
    sys.stdout.write("".join(f"{line}\n" for line in figures.lines()))
    return 0 if figures.good else 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["live", *told]:
            lives(*told)
        case _:
            sys.exit(main())
