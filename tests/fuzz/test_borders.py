"""Anything at all at each border: words and an exit code come back, never a traceback.

`corpus/` keeps what once went wrong, or nearly; it is tried each time. `make nightly` tries more.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from unittest import mock

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bot.__main__ import main
from bot.adapters.conversations import parse
from bot.adapters.knowledge_files import folder as knowledge_folder
from bot.adapters.knowledge_files import load
from bot.adapters.labelled import triaged
from bot.adapters.records import to_draft
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.core.errors import ConversationError, KnowledgeError, StoreError, UnknotError
from bot.core.messages import Text
from bot.core.state import UserState
from bot.core.understand.clock import age_in, clock_in, day_in, score_in, weekdays_in
from bot.ports import UserId
from tests import cached_yaml
from tests.core.person import MONDAY
from tests.keys import VAULT
from tests.nightly import NIGHTLY

CORPUS = Path(__file__).with_name("corpus")
USER = UserId("tg:1")
PLACED = re.compile(r"[\w./-]+\.yaml:\d+: ")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def tries(few: int) -> settings:
    """So many examples by day, fifty times as many at night; there what fails is made smaller."""
    by_day = (Phase.explicit, Phase.reuse, Phase.generate)
    return settings(
        phases=tuple(Phase) if NIGHTLY else by_day,
        max_examples=few * (50 if NIGHTLY else 1),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def kept(name: str) -> list[str]:
    """What a file of the corpus keeps, a JSON text in each line."""
    return [json.loads(line) for line in (CORPUS / name).read_text("utf-8").splitlines()]


@contextlib.contextmanager
def temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


# -- what people type ----------------------------------------------------------------------------

NEAR_A_TIME = st.text("0123456789:.,-+ apmhAPM½²٣€\u202e\ufe0f'hoclkqurtefdnsmgTUy", max_size=24)


@tries(150)
@given(NEAR_A_TIME | st.text(max_size=60))
def test_a_typed_time_is_a_time_or_nothing(text: str) -> None:
    found = clock_in(text)
    assert found is None or (found[0] in range(24) and found[1] in range(60))
    assert set(weekdays_in(text) or ()) <= set(range(7))
    assert score_in(text) in {None, *range(11)}
    assert age_in(text) is None or age_in(text) in range(131)
    assert isinstance(day_in(text, date(2026, 3, 2)), date | None)


@pytest.mark.parametrize("text", kept("typed.jsonl"))
def test_words_that_once_went_wrong_get_an_answer(dialogue: Dialogue, text: str) -> None:
    answered(dialogue, text)


@tries(40)
@given(text=st.text(max_size=300))
def test_whatever_is_typed_gets_an_answer(dialogue: Dialogue, text: str) -> None:
    answered(dialogue, text)


def answered(dialogue: Dialogue, text: str) -> None:
    state, replies = dialogue.step(UserState(), Text(MONDAY, text))
    assert replies
    assert dialogue.step(state, Text(MONDAY, text))[1]


# -- what authors write --------------------------------------------------------------------------

FILES = sorted(knowledge_folder().rglob("*.yaml"))
PIECES = (
    *("", "- ", "  ", ": ", "null", "[]", "{}", "&a *a", "!!python/name:x", "\t", "yes", "? "),
    *(
        "\x00",
        "\ufeff",
        '"',
        "- {",
        "<<: *x",
        "2026-99-99",
        "1e999",
        "\U0001f642",
        "\ud800",
        "\x08",
    ),
)


@tries(3)
@given(st.data())
def test_a_spoilt_knowledge_file_is_told_with_its_place(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    lines = file.read_text(encoding="utf-8").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    piece = data.draw(st.sampled_from(PIECES) | st.text(max_size=12))
    place = data.draw(st.integers(0, len(lines[at])))
    how: dict[str, list[str]] = {
        "drop": [],
        "twice": [lines[at], lines[at]],
        "replace": [piece],
        "inside": [lines[at][:place] + piece + lines[at][place:]],
    }
    lines[at : at + 1] = how[data.draw(st.sampled_from(sorted(how)))]
    with temporary() as root:
        whole = root / "knowledge"
        shutil.copytree(knowledge_folder(), whole, ignore=shutil.ignore_patterns("*.md"))
        spoilt = whole / file.relative_to(knowledge_folder())
        spoilt.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        problems = refusal(whole)
    assert problems is None or problems
    assert all(PLACED.match(problem) for problem in problems or ()), problems


def refusal(root: Path) -> tuple[str, ...] | None:
    try:
        with mock.patch.object(yaml, "compose", cached_yaml.compose):
            load(root)
    except KnowledgeError as error:
        return error.problems
    return None


@tries(60)
@given(st.text("abc: \n[]()you:bot-waitrestart/never...0123", max_size=200) | st.text(max_size=99))
def test_a_spoilt_conversation_file_is_told_in_words(text: str) -> None:
    with temporary() as root:
        file = root / "talk.txt"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        with contextlib.suppress(ConversationError):
            parse(file)


@tries(40)
@given(line=st.text(max_size=80) | JSON_VALUES.map(json.dumps))
def test_any_line_for_triage_gets_a_line_or_words(dialogue: Dialogue, line: str) -> None:
    with contextlib.suppress(UnknotError):
        assert len(list(triaged(dialogue, iter([line]), MONDAY))) <= 1


# -- what lies on the disk -----------------------------------------------------------------------


@tries(10)
@given(at=st.floats(0, 1), length=st.integers(0, 40), piece=st.binary(max_size=20))
@pytest.mark.asyncio
async def test_a_spoilt_record_is_never_a_new_user(at: float, length: int, piece: bytes) -> None:
    with temporary() as root:
        with TinyDBStore(root, VAULT) as store:
            async with store.edit(USER) as draft:
                draft.state = UserState(zone="Europe/Berlin")
        (file,) = (root / "users").rglob("*.unknot")
        content = bytearray(file.read_bytes())
        begin = int(at * len(content))
        content[begin : begin + length] = piece
        file.write_bytes(bytes(content))
        zones = []
        with contextlib.suppress(StoreError), TinyDBStore(root, VAULT) as store:
            async with store.edit(USER) as draft:
                zones.append(draft.state.zone)
    assert zones in ([], ["Europe/Berlin"])


@tries(60)
@given(
    st.dictionaries(
        st.sampled_from(["version", "user", "state", "handled", "wake_at", "owed", "last", "x"]),
        JSON_VALUES,
    )
)
@example({"version": 10**30})
@example({"version": True, "state": {}})
def test_a_record_of_any_shape_is_read_or_refused_in_words(record: dict[str, object]) -> None:
    with contextlib.suppress(StoreError):
        to_draft(record)


# -- what operators type -------------------------------------------------------------------------

SAFE = ("check", "triage", "evaluate", "replay", "doctor", "export", "forget", "move")
ARGUMENTS = st.sampled_from(
    (
        *("--help", "--json", "--nonsense", "-x", "", " ", "--", "nowhere.txt", "tg:1", "-1"),
        *("--from", "--to", "data", "database", "--port", "99999", "\x00", "ü", "*", "--data"),
    )
)


@tries(6)
@given(command=st.sampled_from(SAFE), arguments=st.lists(ARGUMENTS, max_size=3))
def test_any_command_line_ends_in_words(command: str, arguments: list[str]) -> None:
    out = io.StringIO()
    with temporary() as root, pytest.MonkeyPatch.context() as patched:
        patched.chdir(root)
        patched.setenv("UNKNOT_DATA", str(root / "data"))
        patched.setattr(sys, "argv", ["unknot", command, *arguments])
        patched.setattr(sys, "stdin", io.StringIO(""))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = exit_code()
    assert code in {0, 1, 2}
    assert "Traceback" not in out.getvalue()


def exit_code() -> object:
    try:
        main()
    except SystemExit as ended:
        return ended.code or 0
    return 0
