"""The folder of users: whole after any failure, refused when damaged, for one process only."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters import receipts as receipts_module
from bot.adapters.safe_file import SafeFile, sealed_file
from bot.adapters.tinydb_store import TinyDBStore
from bot.adapters.vault import SPREAD_SECONDS, Vault
from bot.core.errors import StoreError
from bot.core.messages import Kind, Line, Reply
from bot.core.state import Answer, Facts, Found, UserState
from bot.ports import Draft, UserId
from tests.adapters.failing_disk import Disk
from tests.keys import OTHER_SECRET, SECRET, VAULT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST, SECOND = UserId("tg:4711"), UserId("tg:4712")
OLD, NEW = UserState(session="old", zone="Asia/Tokyo"), UserState(session="new")


async def put(store: TinyDBStore, user: UserId, state: UserState) -> None:
    async with store.edit(user) as draft:
        draft.state, draft.wake_at = state, NOW


async def get(store: TinyDBStore, user: UserId) -> UserState:
    async with store.edit(user) as draft:
        return draft.state


def record_file(folder: Path) -> Path:
    (file,) = folder.rglob("*.unknot")
    return file


def files(folder: Path, pattern: str) -> list[Path]:
    return list(folder.rglob(pattern))


# -- a write is whole or not at all ------------------------------------------------------------


IN_ORDER = [
    *("open file", "write", "fsync file"),
    *("link", "replace", "replace"),  # the older generation, then the new file
    *("open folder", "fsync folder"),
]


@pytest.mark.asyncio
async def test_a_save_syncs_the_file_then_renames_then_syncs_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        disk = Disk(monkeypatch)
        await put(store, FIRST, NEW)
        assert disk.log == IN_ORDER


@pytest.mark.asyncio
@pytest.mark.parametrize("operation", sorted(set(IN_ORDER)))
async def test_a_failing_disk_leaves_the_old_state_or_the_new_one(
    operation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        disk = Disk(monkeypatch)
        disk.failing = operation
        with pytest.raises(StoreError, match="cannot write a user's file: No space left"):
            await put(store, FIRST, NEW)
        assert operation in disk.log
        assert files(tmp_path, "*.tmp") == []
        kept = await get(store, FIRST)
    renamed = operation.endswith("folder")
    assert kept == (NEW if renamed else OLD)
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await get(store, FIRST) == kept


@pytest.mark.asyncio
async def test_a_failed_save_is_over_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        disk = Disk(monkeypatch)
        disk.failing = "fsync file"
        with pytest.raises(StoreError):
            await put(store, FIRST, OLD)
        await put(store, FIRST, NEW)
        assert await get(store, FIRST) == NEW


@pytest.mark.asyncio
async def test_a_failing_disk_at_the_first_save_leaves_no_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        disk = Disk(monkeypatch)
        disk.failing = "replace"
        with pytest.raises(StoreError):
            await put(store, FIRST, NEW)
        assert [user async for user in store.everyone()] == []


@pytest.mark.asyncio
async def test_what_a_crash_left_over_is_swept_at_the_start(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
    half = record_file(tmp_path).with_suffix(".tmp")
    half.write_bytes(b'{"_default":{"1":{"rec')
    with TinyDBStore(tmp_path, VAULT) as store:
        assert files(tmp_path, "*.tmp") == []
        assert await get(store, FIRST) == OLD


@pytest.mark.asyncio
async def test_a_user_that_cannot_be_forgotten_is_told_as_a_store_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", refuse)
            with pytest.raises(StoreError):
                await store.forget(FIRST)


# -- what is damaged is refused ----------------------------------------------------------------

DAMAGED: dict[str, Any] = {
    "empty": b"",
    "zeros": b"\0" * 200,
    "another language": b"\xff\xfe\x00",
    "plain text": b'{"_default":{"1":{"record":{"schema":1}}}}',
    "a header alone": b"unknot 1 00000000 -,- 00\n",
    "no table": {},
    "an empty table": {"_default": {}},
    "a list": [],
    "no record": {"_default": {"1": {}}},
    "a record of words": {"_default": {"1": {"record": "words"}}},
}


@pytest.mark.asyncio
@pytest.mark.parametrize("name", DAMAGED)
async def test_a_damaged_file_is_never_a_new_user(name: str, tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        file = record_file(tmp_path)
        damage = DAMAGED[name]
        if not isinstance(damage, bytes):
            damage = sealed_file(damage, VAULT, file.stem, "-,-")
        file.write_bytes(damage)
        with pytest.raises(StoreError):
            await put(store, FIRST, NEW)
        assert file.read_bytes() == damage


@pytest.mark.asyncio
@pytest.mark.parametrize("at", [0, 9, 20, 40, 110, 130, -1])
async def test_a_single_changed_byte_is_noticed(at: int, tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        content = bytearray(record_file(tmp_path).read_bytes())
        content[at] ^= 1
        record_file(tmp_path).write_bytes(content)
        with pytest.raises(StoreError):
            await get(store, FIRST)


@pytest.mark.asyncio
async def test_a_file_put_under_the_name_of_another_user_does_not_open(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        stolen = record_file(tmp_path).read_bytes()
        await put(store, SECOND, NEW)
        store.path_of(SECOND).write_bytes(stolen)
        with pytest.raises(StoreError):
            await get(store, SECOND)


# -- the older generation ------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("damage", [b"", b"\0" * 300, None], ids=["empty", "zeros", "missing"])
async def test_a_damaged_newest_file_falls_back_to_the_one_before_loudly(
    damage: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        await put(store, FIRST, NEW)
        file = store.path_of(FIRST)
        if damage is None:
            file.unlink()
        else:
            file.write_bytes(damage)
        assert await get(store, FIRST) == OLD
    assert "fell_back_to_older_generation" in caplog.text
    assert "4711" not in caplog.text


@pytest.mark.asyncio
async def test_with_both_generations_damaged_nothing_is_taken_for_empty(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        await put(store, FIRST, NEW)
        file = store.path_of(FIRST)
        file.write_bytes(b"")
        file.with_suffix(".old").write_bytes(b"")
        with pytest.raises(StoreError, match="unknot doctor"):
            await get(store, FIRST)


# -- keys ----------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_nothing_of_the_user_can_be_read_without_the_key(tmp_path: Path) -> None:
    found = Found(Answer.YES, NOW, "said", "my very own words")
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, replace(OLD, facts=Facts(findings={"trauma": found})))
        await put(store, FIRST, NEW)
        await store.sent(FIRST, 3)
    for file in files(tmp_path, "*"):
        if file.is_file():
            content = file.read_bytes()
            for word in (b"my very own words", b"trauma", b"Asia/Tokyo", b"4711", b"session"):
                assert word not in content, file.name


@pytest.mark.asyncio
async def test_a_wrong_key_is_refused_at_the_start_with_what_to_do(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
    with pytest.raises(StoreError, match=r"not among the given ones.*put the right key in place"):
        TinyDBStore(tmp_path, Vault([OTHER_SECRET]))
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await get(store, FIRST) == OLD


@pytest.mark.asyncio
async def test_an_older_key_still_opens_and_a_save_moves_to_the_new_one(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        old_file = record_file(tmp_path)
    with TinyDBStore(tmp_path, Vault([OTHER_SECRET, SECRET])) as store:
        assert await store.due(NOW, 10) == [FIRST]
        await put(store, FIRST, NEW)
    assert not old_file.exists()
    with TinyDBStore(tmp_path, Vault([OTHER_SECRET])) as store:
        assert await get(store, FIRST) == NEW


# -- what is owed --------------------------------------------------------------------------------


async def owe(store: TinyDBStore, user: UserId, *keys: str) -> None:
    async with store.edit(user) as draft:
        draft.state = NEW
        draft.owe([Reply(key, (Line(Kind.TEXT, key),)) for key in keys], pressed=None)


async def owed(store: TinyDBStore) -> dict[UserId, list[str]]:
    return {user: [o.reply.key for o in rest] async for user, rest, _ in store.owing()}


@pytest.mark.asyncio
async def test_what_was_not_sent_is_known_after_a_restart(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await owe(store, FIRST, "one", "two")
        await owe(store, SECOND, "three")
        await store.sent(FIRST, 1)
        await store.sent(SECOND, 1)
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await owed(store) == {FIRST: ["two"]}


@pytest.mark.asyncio
async def test_what_was_sent_is_dropped_with_the_next_save(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await owe(store, FIRST, "one")
        await store.sent(FIRST, 1)
        await owe(store, FIRST, "two")
        async with store.edit(FIRST) as draft:
            assert [entry.reply.key for entry in draft.owed] == ["two"]
            assert draft.last == 2


@pytest.mark.asyncio
async def test_a_refused_reminder_is_known_as_not_begun_after_a_restart(tmp_path: Path) -> None:
    for again in (False, True):
        with TinyDBStore(tmp_path, VAULT) as store:
            await owe(store, FIRST, "reminder")
            await store.begun(FIRST, 1 + again)
            await store.refused(FIRST, 1 + again)
        with TinyDBStore(tmp_path, VAULT) as store:
            assert [begun async for _, _, begun in store.owing()] == [again]


# -- spreading -----------------------------------------------------------------------------------


def test_people_are_spread_over_less_than_a_minute_each_always_alike(tmp_path: Path) -> None:
    users = [UserId(f"tg:{number}") for number in range(3000)]
    with TinyDBStore(tmp_path, VAULT) as store:
        offsets = [store.spread(user) for user in users]
    with TinyDBStore(tmp_path, VAULT) as store:
        assert [store.spread(user) for user in users] == offsets
    whole = {timedelta(seconds=n) for n in range(SPREAD_SECONDS)}
    assert set(offsets) == whole
    assert max(whole) < timedelta(minutes=1)
    crowded = max(Counter(offsets).values())
    assert crowded < 2 * len(users) / SPREAD_SECONDS


def test_nobody_without_the_key_can_tell_who_has_which_offset(tmp_path: Path) -> None:
    users = [UserId(f"tg:{number}") for number in range(100)]
    with TinyDBStore(tmp_path / "one", VAULT) as store:
        offsets = [store.spread(user) for user in users]
    with TinyDBStore(tmp_path / "two", Vault([OTHER_SECRET])) as store:
        alike = sum(store.spread(u) == offset for u, offset in zip(users, offsets, strict=True))
    assert alike < 10


@pytest.mark.asyncio
async def test_a_torn_last_receipt_counts_as_not_sent(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await owe(store, FIRST, "one")
        await store.sent(FIRST, 1)
    receipts = tmp_path / "receipts"
    receipts.write_bytes(receipts.read_bytes()[:-6])
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await owed(store) == {FIRST: ["one"]}


@pytest.mark.asyncio
async def test_receipts_are_written_anew_when_they_grow_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts_module, "LONGEST", 2000)
    with TinyDBStore(tmp_path, VAULT) as store:
        for number in range(1, 200):
            await owe(store, FIRST, "one")
            await store.sent(FIRST, number)
        assert (tmp_path / "receipts").stat().st_size < 4000
        assert await owed(store) == {}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "change",
    [{"state": {}}, {"state": "words"}, {"state": None}, {"wake_at": "soon"}, {"handled": None}],
    ids=["no session", "words", "null", "a wake that is no date", "no handled updates"],
)
async def test_a_record_that_does_not_fit_is_refused(
    change: dict[str, Any], tmp_path: Path
) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        rewrite(tmp_path, change | ({"state": {"sesion": "x"}} if change == {"state": {}} else {}))
        with pytest.raises(StoreError):
            await get(store, FIRST)


def rewrite(folder: Path, change: dict[str, Any]) -> None:
    file = record_file(folder)
    tables = SafeFile(file, VAULT).read()
    assert tables is not None
    tables["_default"]["1"]["record"] |= change
    file.write_bytes(sealed_file(tables, VAULT, file.stem, "-,-"))


@pytest.mark.asyncio
async def test_one_damaged_file_does_not_keep_the_others_from_their_bot(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        record_file(tmp_path).write_bytes(b"")
        await put(store, SECOND, OLD)
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await get(store, SECOND) == OLD
        with pytest.raises(StoreError):
            await get(store, FIRST)


@pytest.mark.asyncio
async def test_a_record_of_a_newer_version_is_refused_with_words(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        rewrite(tmp_path, {"schema": 99})
        with pytest.raises(StoreError, match=r"schema version 99.*or a newer one"):
            await get(store, FIRST)
        before = record_file(tmp_path).read_bytes()
        with pytest.raises(StoreError):
            await put(store, FIRST, NEW)
        assert record_file(tmp_path).read_bytes() == before


# -- the folder --------------------------------------------------------------------------------


def test_a_second_process_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from bot.adapters.tinydb_store import TinyDBStore\n"
        "from bot.core.errors import StoreError\n"
        "from tests.keys import VAULT\n"
        "try:\n    TinyDBStore(pathlib.Path(sys.argv[1]), VAULT)\n"
        "except StoreError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with TinyDBStore(tmp_path, VAULT):
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == (
        f"{tmp_path}: process {os.getpid()} uses this data already; stop it first,"
        " or choose another folder\n"
    )
    free = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert free.stdout == ""


def test_a_folder_that_cannot_be_used_is_told_with_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be used for data"):
        TinyDBStore(tmp_path / "data", VAULT)


@pytest.mark.asyncio
async def test_a_folder_that_was_refused_is_free_again(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
    whole = record_file(tmp_path).read_bytes()
    record_file(tmp_path).write_bytes(b"")
    try:
        TinyDBStore(tmp_path, VAULT).close()
    except StoreError as error:
        kept = error  # the traceback holds the half-made store
        assert "damaged" in str(kept)
    record_file(tmp_path).write_bytes(whole)
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await get(store, FIRST) == OLD


@pytest.mark.asyncio
async def test_who_must_be_woken_is_known_after_a_restart(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        async with store.edit(SECOND) as draft:
            draft.state = NEW
    with TinyDBStore(tmp_path, VAULT) as store:
        assert await store.due(NOW, 10) == [FIRST]


@pytest.mark.asyncio
async def test_a_file_name_does_not_tell_whose_it_is(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
    assert "4711" not in str(record_file(tmp_path).relative_to(tmp_path))


@pytest.mark.asyncio
async def test_only_the_operator_may_read_the_files(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path / "data", VAULT) as store:
        await put(store, FIRST, OLD)
        await put(store, FIRST, NEW)
    file = record_file(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in (file.parent, file.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.asyncio
async def test_a_dropped_answer_is_gone_from_the_file(tmp_path: Path) -> None:
    found = Found(Answer.YES, NOW, "said", "my very own words")
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, replace(OLD, facts=Facts(findings={"trauma": found})))
        assert "my very own words" in str(SafeFile(record_file(tmp_path), VAULT).read())
        await put(store, FIRST, OLD)
        assert "my very own words" not in str(SafeFile(record_file(tmp_path), VAULT).read())


@pytest.mark.asyncio
async def test_forgetting_removes_the_file_itself(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        await put(store, FIRST, OLD)
        await store.forget(FIRST)
        assert files(tmp_path, "users/*/*") == []


@pytest.mark.asyncio
async def test_a_draft_that_nothing_was_done_to_reads_back_the_same(tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        async with store.edit(FIRST) as draft:
            draft.state, draft.handled = OLD, (1, 2)
        before = SafeFile(record_file(tmp_path), VAULT).read()
        async with store.edit(FIRST) as draft:
            assert draft == Draft(OLD, (1, 2), None)
        assert SafeFile(record_file(tmp_path), VAULT).read() == before
