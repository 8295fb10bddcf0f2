"""What an operator can do: keys, a copy, a deletion, a look at every file."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import app
from bot.adapters import operator, vault
from bot.adapters.postgres_store import PostgresStore
from bot.adapters.tinydb_store import TinyDBStore
from bot.adapters.vault import Vault
from bot.core.errors import SettingsError
from bot.core.state import UserState
from bot.ports import UserId
from bot.settings import Settings
from tests.keys import OTHER_SECRET, SECRET, VAULT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
USERS = [UserId(f"tg:{number}") for number in range(4711, 4721)]
KEPT = UserState(session="kept", zone="Asia/Tokyo")


async def fill(store: TinyDBStore) -> None:
    for user in USERS:
        async with store.edit(user) as draft:
            draft.state, draft.wake_at = replace(KEPT, country="DE"), NOW
        async with store.edit(user) as draft:
            draft.state = KEPT


async def states(data: Path, ring: Vault) -> list[UserState]:
    with TinyDBStore(data, ring) as store:
        found = []
        for user in USERS:
            async with store.edit(user) as draft:
                found.append(draft.state)
        return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    vault.write_keys(tmp_path / "data.key", [SECRET])
    with TinyDBStore(folder, VAULT) as store:
        asyncio.run(fill(store))
    return folder


def files(data: Path) -> list[Path]:
    return [file for file in data.rglob("*") if file.is_file() and file.name != "lock"]


# -- keys ----------------------------------------------------------------------------------------


def test_a_first_start_makes_a_key_that_only_its_owner_may_read(tmp_path: Path) -> None:
    path = vault.key_file_for(tmp_path / "data")
    ring, made = vault.made_or_read(path, data=tmp_path / "data")
    assert made
    assert not path.is_relative_to(tmp_path / "data")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again, made = vault.made_or_read(path, data=tmp_path / "data")
    assert not made
    assert again.key.id == ring.key.id


def test_a_missing_key_is_refused_where_there_is_data(data: Path) -> None:
    with pytest.raises(SettingsError, match=r"the key is missing.*Put the key\s+back"):
        vault.made_or_read(data.with_name("other.key"), data=data)


def test_a_key_inside_the_data_folder_is_refused(data: Path) -> None:
    inside = data / "key"
    vault.write_keys(inside, [SECRET])
    with pytest.raises(SettingsError, match="inside the data folder"):
        vault.made_or_read(inside, data=data)


def test_a_key_that_others_may_read_is_refused(data: Path) -> None:
    path = data.with_name("data.key")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        vault.made_or_read(path, data=data)


@pytest.mark.parametrize("text", ["", "words", "AAAA", "\u00e9" * 44])
def test_what_is_no_key_is_told_with_what_to_do(text: str, tmp_path: Path) -> None:
    path = tmp_path / "data.key"
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(SettingsError):
        vault.made_or_read(path, data=tmp_path / "data")


def test_rotating_the_key_moves_every_record_and_drops_the_old_key(data: Path) -> None:
    path = data.with_name("data.key")
    asyncio.run(operator.rotate(data, path))
    (new,) = vault.read_keys(path)
    assert new != SECRET
    assert asyncio.run(states(data, Vault([new]))) == [KEPT] * len(USERS)
    old = VAULT.key.id.encode()
    assert not any(old in file.read_bytes() for file in files(data))


@pytest.mark.parametrize("at", [1, 2, 5, 20, 41, 60])
def test_a_rotation_that_is_broken_off_goes_on_where_it_was(
    data: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data.with_name("data.key")
    left, real = [at], os.replace

    def replace_(*args: Path) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(operator.rotate(data, path))
    ring = Vault(vault.read_keys(path))
    assert asyncio.run(states(data, ring)) == [KEPT] * len(USERS)
    asyncio.run(operator.rotate(data, path))
    (new,) = vault.read_keys(path)
    assert asyncio.run(states(data, Vault([new]))) == [KEPT] * len(USERS)


def test_a_key_from_a_setting_is_rotated_by_putting_a_new_one_in_front(data: Path) -> None:
    with pytest.raises(SettingsError, match="Put a new one in front"):
        asyncio.run(operator.rotate_setting(data, VAULT))
    lines = asyncio.run(operator.rotate_setting(data, Vault([OTHER_SECRET, SECRET])))
    assert lines[-1] == "Take the old key out of UNKNOT_KEY."
    assert asyncio.run(states(data, Vault([OTHER_SECRET]))) == [KEPT] * len(USERS)


# -- a copy, a deletion --------------------------------------------------------------------------


def test_an_export_holds_all_that_is_kept(data: Path) -> None:
    with TinyDBStore(data, VAULT) as store:
        text = asyncio.run(operator.exported(store, "4711"))
        assert asyncio.run(operator.exported(store, "1")) is None
    assert text is not None
    assert json.loads(text)["state"]["zone"] == "Asia/Tokyo"


def test_after_forgetting_nothing_of_the_user_is_in_any_file(data: Path) -> None:
    with TinyDBStore(data, VAULT) as store:
        name = store.path_of(USERS[0]).stem
        asyncio.run(store.sent(USERS[0], 1))
        assert asyncio.run(operator.forgotten(store, "4711"))
        assert not asyncio.run(operator.forgotten(store, "4711"))
        assert store.due is not None
        assert USERS[0] not in asyncio.run(store.due(NOW, 100))
    for file in data.rglob("*"):
        assert name not in file.name
        if file.is_file():
            assert name.encode() not in file.read_bytes()


# -- doctor --------------------------------------------------------------------------------------


def test_the_doctor_finds_nothing_in_sound_data(data: Path) -> None:
    findings, left = operator.doctor(data, VAULT)
    assert left == 0
    assert findings == [f"{len(USERS)} sound records, 0 findings"]


def test_the_doctor_puts_the_sound_generation_in_place_of_a_damaged_one(data: Path) -> None:
    with TinyDBStore(data, VAULT) as store:
        file = store.path_of(USERS[0])
    file.write_bytes(b"")
    findings, left = operator.doctor(data, VAULT)
    assert left == 0
    assert "the generation before it was put in its place" in findings[0]
    assert asyncio.run(states(data, VAULT))[0].country == "DE"  # the generation before


def test_the_doctor_touches_nothing_that_it_cannot_repair_safely(data: Path) -> None:
    with TinyDBStore(data, VAULT) as store:
        file = store.path_of(USERS[0])
    file.write_bytes(b"x")
    file.with_suffix(".old").write_bytes(b"y")
    findings, left = operator.doctor(data, VAULT)
    assert left == 1
    assert "restore it from a" in findings[0]
    assert (file.read_bytes(), file.with_suffix(".old").read_bytes()) == (b"x", b"y")


# -- plain records of older versions -------------------------------------------------------------


def test_plain_records_of_older_versions_are_sealed_at_the_start(tmp_path: Path) -> None:
    fixture = Path(__file__).parents[1] / "fixtures" / "record-1.json"
    record = json.loads(fixture.read_text("utf-8"))
    plain = tmp_path / "users" / "ab" / "abcdef.json"
    plain.parent.mkdir(parents=True)
    plain.write_text(json.dumps({"_default": {"1": {"record": record}}}), encoding="utf-8")
    with TinyDBStore(tmp_path, VAULT) as store:
        assert not plain.exists()
        assert asyncio.run(store.due(NOW, 5)) == [UserId("tg:4711")]
        text = asyncio.run(operator.exported(store, "4711"))
    assert text is not None
    assert "no feeling when i wipe" in text
    for file in tmp_path.rglob("*.unknot"):
        assert b"no feeling" not in file.read_bytes()


def test_a_command_beside_a_bot_that_polls_leaves_it_alive(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNKNOT_DATABASE_URL", empty_database)
    monkeypatch.setenv("UNKNOT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("UNKNOT_KEY", base64.urlsafe_b64encode(SECRET).decode())

    async def lost() -> bool:
        async with PostgresStore(empty_database, VAULT, worker="polling") as running:
            await asyncio.to_thread(app.export, Settings(), "4711")
            return (await running.beat()).lost

    assert not asyncio.run(lost())
