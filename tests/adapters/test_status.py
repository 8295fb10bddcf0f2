"""The port for supervisors: alive, ready, and numbers as text."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import app
from bot.adapters import status
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.status import FRESH, Life, Status
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.errors import SettingsError
from bot.meter import STEPS, Meter
from bot.settings import Settings
from tests.keys import VAULT

TICK = 30
SAMPLE = re.compile(r'^[a-z_]+(\{[a-z]+="[\w.+]+"(,[a-z]+="[\w.+]+")*\})? -?[\d.]+(e-?\d+)?$')


class World:
    """What a status asks about, in a test's hand."""

    def __init__(self) -> None:
        """All is well."""
        self.time = 0.0
        self.meter, self.life = Meter(), Life(TICK, self.now)
        self.lacking: set[str] = set()
        self.asked = 0
        self.hangs = False

    def now(self) -> float:
        """The seconds that the test has let pass."""
        return self.time

    async def store(self) -> bool:
        """Whether the store holds."""
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        return "store" not in self.lacking

    async def telegram(self) -> bool:
        """Whether Telegram holds."""
        return "telegram" not in self.lacking

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A client of a status on a free port."""
        checks = {"store": self.store, "telegram": self.telegram}
        made = Status(self.meter, self.life, checks, host="127.0.0.1", port=0, now=self.now)
        async with made, aiohttp.ClientSession(made.address) as client:
            yield client


async def said(client: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with client.get(path) as answer:
        return answer.status, (await answer.text()).strip()


@pytest.mark.asyncio
async def test_a_clock_that_stands_is_no_life() -> None:
    world = World()
    async with world.listening() as client:
        world.time = 1000.0
        assert await said(client, "/healthz") == (200, "well")  # it still starts
        world.life.ticked()
        world.time += 3 * TICK
        assert await said(client, "/healthz") == (200, "well")
        world.time += 1
        assert await said(client, "/healthz") == (503, "tick")
        world.life.ticked()
        assert await said(client, "/healthz") == (200, "well")


@pytest.mark.asyncio
async def test_readiness_names_what_is_lacking_in_one_word() -> None:
    world = World()
    async with world.listening() as client:
        for lacking, expected in (
            (set(), (200, "ready")),
            ({"telegram"}, (503, "telegram")),
            ({"store", "telegram"}, (503, "store")),
            (set(), (200, "ready")),
        ):
            world.lacking, world.time = lacking, world.time + FRESH + 1
            assert await said(client, "/readyz") == expected


@pytest.mark.asyncio
async def test_many_questions_at_once_are_one_look() -> None:
    world = World()
    async with world.listening() as client:
        await asyncio.gather(*(said(client, "/readyz") for _ in range(20)))
    assert world.asked == 1


@pytest.mark.asyncio
async def test_a_check_that_hangs_counts_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "PATIENCE", 0.01)
    world = World()
    world.hangs = True
    async with world.listening() as client:
        assert await said(client, "/readyz") == (503, "store")


@pytest.mark.asyncio
async def test_the_numbers_are_what_prometheus_reads() -> None:
    world = World()
    meter = world.meter
    meter.updates.count("Text")
    meter.turns.count("Text", "saved")
    meter.turns.count("Text", "saved")
    for seconds in (0.0001, 0.003, 9.0):
        meter.save.note(seconds)
    async with world.listening() as client, client.get("/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = (await answer.text()).splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert [line for line in samples if not SAMPLE.match(line)] == []
    assert 'unknot_turns_total{event="Text",result="saved"} 2' in samples
    assert 'unknot_save_seconds_bucket{le="0.005"} 2' in samples
    assert 'unknot_save_seconds_bucket{le="+Inf"} 3' in samples
    assert "unknot_save_seconds_count 3" in samples
    assert sum("_bucket" in line for line in samples) == len(STEPS) + 1
    described = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {re.sub(r"_(bucket|sum|count)$", "", re.split(r"[{ ]", s)[0]) for s in samples} <= (
        described
    )


@pytest.mark.asyncio
async def test_nothing_else_is_answered() -> None:
    async with World().listening() as client:
        assert (await said(client, "/"))[0] == 404
        async with client.post("/metrics") as answer:
            assert answer.status == 405


@pytest.mark.asyncio
async def test_a_port_that_is_taken_is_told_with_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = Settings(status_port=taken.getsockname()[1])
        with pytest.raises(SettingsError, match="UNKNOT_STATUS_PORT"):
            async with app._status(wanted, Meter(), Life(TICK), {}):
                pass


@pytest.mark.asyncio
async def test_without_a_port_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "Status", None)
    async with app._status(Settings(status_port=0), Meter(), Life(TICK), {}):
        pass


def test_systemd_hears_of_every_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        Meter(Life(TICK).ticked).ticked("failed")
        assert line.recv(100) == b"READY=1\nWATCHDOG=1"
    status.notify("WATCHDOG=1")  # nobody listens any more: no harm


# -- whether a store takes anything --------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_full_disk_is_noticed_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await store.is_writable()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        assert not await store.is_writable()
        monkeypatch.undo()
        assert not (tmp_path / "probe").exists()


@pytest.mark.asyncio
async def test_a_database_that_takes_no_changes_is_noticed(empty_database: str) -> None:
    async with PostgresStore(empty_database, VAULT, worker="one") as store:
        assert await store.is_writable()
        async with store._connections.turns.connection() as connection:
            await connection.execute("SET default_transaction_read_only = on")
        # The pool has one connection as long as nobody else wants one.
        assert not await store.is_writable()
