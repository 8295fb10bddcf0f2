"""Moving everyone between a folder and a database, in both directions, broken off and again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from bot.__main__ import app
from bot.adapters import vault
from bot.adapters.moving import moved
from bot.adapters.operator import KeptStore
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.tinydb_store import TinyDBStore
from bot.adapters.vault import Vault
from bot.core.errors import SettingsError
from bot.core.messages import Reply
from bot.core.state import UserState
from bot.ports import Draft, UserId
from tests.keys import OTHER_SECRET, SECRET, VAULT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
USERS = [UserId(f"tg:{number}") for number in range(20)]
Two = tuple[KeptStore, KeptStore]


class BrokenOffError(Exception):
    """A kill, for tests."""


@pytest_asyncio.fixture(params=["to the database", "from the database"])
async def two(
    request: pytest.FixtureRequest, tmp_path: Path, empty_database: str
) -> AsyncIterator[Two]:
    """A source and a target, each with a key of its own."""
    async with PostgresStore(empty_database, Vault([OTHER_SECRET]), worker="one") as database:
        with TinyDBStore(tmp_path / "data", VAULT) as folder:
            both = (folder, database)
            yield both if request.param == "to the database" else (database, folder)


async def fill(store: KeptStore) -> None:
    for number, user in enumerate(USERS):
        async with store.edit(user) as draft:
            draft.state = UserState(session=f"s{number}", zone="Asia/Tokyo", country="DE")
            draft.handled = tuple(range(number))
            draft.wake_at = NOW + timedelta(minutes=number, microseconds=7) if number else None
            draft.owe([Reply("reminder", (), reminder=True)] * (number % 4), 5, NOW)
        if number % 4 > 1:
            await store.begun(user, 1)
            await store.sent(user, 1)
            await store.begun(user, 2)


async def all_of(store: KeptStore) -> dict[UserId, tuple[Draft, int] | None]:
    found = {user: await store.kept(user) for user in [user async for user in store.everyone()]}
    # What had begun matters only for what is still owed.
    return {u: kept and (kept[0], kept[1] if kept[0].owed else 0) for u, kept in found.items()}


@pytest.mark.asyncio
async def test_everything_of_everyone_arrives_and_the_source_keeps_it(two: Two) -> None:
    source, target = two
    await fill(source)
    before = await all_of(source)
    assert await moved(source, target) == (
        ["20 users copied and compared, 0 were there already"],
        0,
    )
    assert await all_of(target) == await all_of(source) == before
    assert await target.next_due() == await source.next_due()
    late = NOW + timedelta(days=1)
    assert await target.due(late, 50) == await source.due(late, 50) == USERS[1:]
    assert sum(bool(kept and kept[0].owed) for kept in before.values()) == 15


@pytest.mark.asyncio
async def test_a_move_that_is_broken_off_goes_on_when_it_is_run_again(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = two
    await fill(source)
    notes, edits = iter(range(2)), iter(range(3))  # how many go well
    begun, edit = target.begun, target.edit

    async def dying(user: UserId, number: int) -> None:
        if next(notes, None) is None:
            raise BrokenOffError  # between the record and the note of what had begun
        await begun(user, number)

    @asynccontextmanager
    async def dying_edit(user: UserId) -> AsyncIterator[Draft]:
        async with edit(user) as draft:
            yield draft
            if next(edits, None) is None:
                raise BrokenOffError

    for name, broken in (("begun", dying), ("edit", dying_edit)):
        with monkeypatch.context() as patched:
            patched.setattr(target, name, broken)
            with pytest.raises(BrokenOffError):
                await moved(source, target)
    (said,), trouble = await moved(source, target)
    assert trouble == 0
    assert not said.endswith(" 0 were there already")
    assert await all_of(target) == await all_of(source)
    assert await moved(source, target) == (
        ["0 users copied and compared, 20 were there already"],
        0,
    )


@pytest.mark.asyncio
async def test_who_differs_in_the_target_is_told_and_not_overwritten(two: Two) -> None:
    source, target = two
    await fill(source)
    async with target.edit(USERS[3]) as draft:
        draft.state = replace(draft.state, session="newer")
    lines, trouble = await moved(source, target)
    assert trouble == 1
    assert lines[1].startswith("tg:3: the target holds something else")
    there = await target.kept(USERS[3])
    assert there is not None
    assert there[0].state.session == "newer"


def test_the_command_moves_there_and_back(
    tmp_path: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "back"):
        vault.write_keys(tmp_path / f"{folder}.key", [SECRET])
    with TinyDBStore(tmp_path / "data", VAULT) as store:
        asyncio.run(fill(store))
        before = asyncio.run(all_of(store))
    run = CliRunner()
    without = run.invoke(app, ["move", "--from", "data", "--to", "database"])
    assert "UNKNOT_DATABASE_URL" in str(without.exception)
    monkeypatch.setenv("UNKNOT_DATABASE_URL", empty_database)
    for source, target in (("data", "database"), ("database", "back")):
        done = run.invoke(app, ["move", "--from", source, "--to", target])
        assert done.output == "20 users copied and compared, 0 were there already\n"
        assert done.exit_code == 0
    with TinyDBStore(tmp_path / "back", VAULT) as store:
        assert asyncio.run(all_of(store)) == before
    shown = run.invoke(app, ["export", "7"])
    assert '"session": "s7"' in shown.output
    assert "everything of tg:7" in run.invoke(app, ["forget", "tg:7"]).output
    assert run.invoke(app, ["export", "7"]).exit_code == 1
    assert run.invoke(app, ["doctor"]).output == "0 findings\n"
    assert "19 records are under the present key." in run.invoke(app, ["rotate-key"]).output
    assert run.invoke(app, ["export", "8"]).exit_code == 0
    assert vault.read_keys(tmp_path / "data.key") != [SECRET]


def test_without_its_package_a_database_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNKNOT_DATABASE_URL", "postgresql://unknot@db/unknot")
    monkeypatch.setitem(sys.modules, "bot.adapters.postgres_store", None)
    with pytest.raises(SettingsError, match=r"pip install 'unknot\[postgres\]'"):
        CliRunner().invoke(app, ["export", "7"], catch_exceptions=False)
