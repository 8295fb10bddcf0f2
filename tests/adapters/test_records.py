"""Records of every released version are read, and those of a newer one are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.records import MIGRATIONS, to_draft, to_record
from bot.core.errors import StoreError
from bot.core.knowledge import Outcome
from bot.core.state import SCHEMA_VERSION, Advising, Answer
from bot.ports import UserId

FIXTURES = Path(__file__).parents[1] / "fixtures"
VERSIONS = range(1, SCHEMA_VERSION + 1)


def fixture(version: int) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / f"record-{version}.json").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("version", VERSIONS)
def test_a_record_of_every_version_is_read_with_all_that_it_holds(version: int) -> None:
    draft = to_draft(fixture(version))
    assert draft.handled == (5, 7)
    assert isinstance(draft.state.stage, Advising)
    assert draft.state.stage.outcome is Outcome.EMERGENCY_GO
    assert draft.state.facts.findings["saddle_numbness"].answer is Answer.YES
    assert draft.state.diary[0].done == ("child_pose",)
    assert [one.hour for one in draft.state.reminders] == [8]
    assert draft.state.zone == "Europe/Berlin"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_record_once_read_is_written_in_the_present_version(version: int) -> None:
    written = to_record(UserId("tg:4711"), to_draft(fixture(version)))
    assert written["schema"] == SCHEMA_VERSION
    assert to_draft(written) == to_draft(fixture(version))


def test_every_older_version_has_one_step_up() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, "2", None])
def test_a_record_of_an_unknown_version_is_refused(version: object) -> None:
    with pytest.raises(StoreError, match="schema version"):
        to_draft({**fixture(SCHEMA_VERSION), "schema": version})
