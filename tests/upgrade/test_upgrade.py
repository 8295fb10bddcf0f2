"""What earlier versions wrote opens, is brought up to date and goes on; it is never written anew.

`sealed` is a folder of the first version that sealed records (they have version 2 inside),
`tables-1.sql` a database of the first one that used PostgreSQL. Both hold 5 invented people under
the key of the tests: one who has only opened the chat, one in the first questions, one sent to an
emergency department with a reply still owed, one after a routine, one with a reminder at 8.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bot.adapters import operator, session
from bot.adapters.operator import KeptStore
from bot.adapters.postgres import schema
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.session import MovableClock, Session
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Outcome
from bot.core.state import SCHEMA_VERSION, Advising, Asking, Home, New, SettingReminder
from bot.ports import UserId
from tests.keys import VAULT

HERE = Path(__file__).parent
OPENED, ASKED, SENT_AWAY, DONE, REMINDED = (UserId(f"tg:{n}") for n in range(1001, 1006))
PEOPLE = {OPENED, ASKED, SENT_AWAY, DONE, REMINDED}
DUE = datetime(2026, 3, 3, 7, tzinfo=UTC)  # 8 o'clock in Berlin

# A file of tables that was once released is never changed: databases have gone past it.
RELEASED = {1: "9ef2063b88ea22ee135fd5716d9d0a380b7361b8e34166d4fc812209fe79175b"}


@asynccontextmanager
async def in_folder(tmp_path: Path) -> AsyncIterator[TinyDBStore]:
    """A copy of the old folder, opened."""
    if not (tmp_path / "data").exists():
        shutil.copytree(HERE / "sealed", tmp_path / "data")
    with TinyDBStore(tmp_path / "data", VAULT) as store:
        yield store


@pytest.fixture(params=["folder", "database"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> AbstractAsyncContextManager[KeptStore]:
    """The old data, to be opened by this version."""
    if request.param == "folder":
        return in_folder(tmp_path)
    return PostgresStore(request.getfixturevalue("old_database"), VAULT, worker="polling")


@pytest.fixture
def old_database(database: str) -> str:
    """The tables of the first version, with its people."""
    ours = """
        SELECT format('DROP TABLE %I', relname) FROM pg_class
        WHERE relname LIKE 'unknot%' AND relkind = 'r' AND pg_table_is_visible(oid)
    """
    with psycopg.connect(database, autocommit=True) as connection:
        for (drop,) in connection.execute(ours).fetchall():
            connection.execute(drop)
        connection.execute((HERE / "tables-1.sql").read_bytes())
    return database


@pytest.mark.asyncio
async def test_everyone_is_still_there_with_all_that_matters(
    old: AbstractAsyncContextManager[KeptStore],
) -> None:
    async with old as store:
        kept = {user: await store.kept(user) async for user in store.everyone()}
        assert set(kept) == PEOPLE
        drafts = {user: found[0] for user, found in kept.items() if found is not None}
        stages = {user: type(draft.state.stage) for user, draft in drafts.items()}
        assert (stages[OPENED], stages[ASKED], stages[SENT_AWAY]) == (New, Asking, Advising)
        assert stages[DONE] in {Home, SettingReminder}
        assert drafts[SENT_AWAY].state.last_outcome is Outcome.EMERGENCY_GO
        assert drafts[SENT_AWAY].handled == (77,)
        assert [len(drafts[user].state.diary) for user in (DONE, REMINDED)] == [1, 1]
        (reminder,) = drafts[REMINDED].state.reminders
        assert (reminder.hour, reminder.minute, len(reminder.days)) == (8, 0, 7)
        assert {draft.state.zone for draft in drafts.values()} == {"Europe/Berlin"}
        assert await store.due(DUE, 10) == [REMINDED]
        owing = {
            user: [entry.reply.safety for entry in owed] async for user, owed, _ in store.owing()
        }
        assert owing == {SENT_AWAY: [True]}


@pytest.mark.asyncio
async def test_each_goes_on_where_it_was_and_is_written_in_the_present_version(
    old: AbstractAsyncContextManager[KeptStore],
    dialogue: Dialogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with old as store:
        clock = MovableClock(DUE)
        for user, line, expected in (
            (REMINDED, "/help", "reminder"),  # it was due, and comes before the answer
            (ASKED, "none", "ask.body_now"),
            (SENT_AWAY, "/stretch", "outcome.emergency_go"),
            (OPENED, "I cannot feel anything between my legs", "outcome.emergency_go"),
            (DONE, "/why", "why"),
        ):
            monkeypatch.setattr(session, "USER", user)
            keys = [reply.key for reply in await Session(dialogue, store, clock).say(line)]
            assert expected in keys, (user, keys)
            text = await operator.exported(store, user)
            assert text is not None
            assert json.loads(text)["schema"] == SCHEMA_VERSION
        assert store.damaged() == []


def test_the_doctor_finds_an_old_folder_sound(tmp_path: Path) -> None:
    shutil.copytree(HERE / "sealed", tmp_path / "data")
    assert operator.doctor(tmp_path / "data", VAULT) == (["5 sound records, 0 findings"], 0)


def test_the_tables_are_numbered_without_a_gap_and_what_was_released_stays() -> None:
    files = schema.files()
    assert sorted(files) == list(range(1, len(files) + 1))
    digests = {n: hashlib.sha256(files[n].read_bytes()).hexdigest() for n in RELEASED}
    assert digests == RELEASED


def test_a_database_from_the_first_version_gets_every_later_step_once(
    old_database: str,
) -> None:
    async def opened() -> None:
        async with PostgresStore(old_database, VAULT, worker="polling"):
            pass

    for _ in range(2):
        asyncio.run(opened())
    with psycopg.connect(old_database) as connection:
        found = connection.execute("SELECT version FROM unknot_migrations ORDER BY 1").fetchall()
    assert [version for (version,) in found] == sorted(schema.files())
