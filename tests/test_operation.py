"""The pages and tools for operators say what is so: settings, tables, figures, audit, workflow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bench import scale
from bot.adapters.memory_store import MemoryStore
from bot.adapters.records import to_record
from bot.adapters.session import USER, MovableClock, Session
from bot.core.dialogue import Dialogue
from bot.meter import Meter
from tests.core.person import MONDAY
from tools import audit, settings_table

ROOT = Path(__file__).parents[1]
BEGINNINGS = ROOT / "tests" / "conversations" / "beginnings"


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_table_of_settings_is_that_of_the_program() -> None:
    page = text("docs/operate.md")
    assert settings_table.renewed(page) == page, "run: make settings"


def test_every_metric_is_explained_and_every_explained_one_exists() -> None:
    meter = Meter()
    names = {part.name for part in vars(meter).values() if hasattr(part, "name")}
    named = set(re.findall(r"unknot_\w+(?:_total|_seconds)", text("docs/operate.md")))
    assert names <= named
    gauges = {"unknot_oldest_due_seconds", "unknot_oldest_unsent_seconds"}
    assert named - names == gauges | {"unknot_tick_age_seconds"}


# -- many people ---------------------------------------------------------------------------------


def test_the_page_shows_what_the_model_says() -> None:
    page = text("docs/scale.md")
    assert scale.renewed(page) == page, "run: make scale"


def test_a_bot_that_keeps_up_loses_nothing_and_one_that_does_not_tells_it() -> None:
    one = scale.Day([1 / scale.MINUTES] * scale.MINUTES, [0.0] * scale.MINUTES)
    pace = scale.Pace("a message a second", 1, 1)
    easy = scale.sent(one, 60 * scale.MINUTES, pace)
    assert (easy.latest, easy.left_out, easy.waiting, easy.stars) == (1, 0, 0, 0)
    twice = scale.sent(one, 120 * scale.MINUTES, pace)
    assert twice.left_out == pytest.approx(0.5, abs=0.02)
    assert scale.bots_for(one, 120 * scale.MINUTES, pace) == 2


def lines_of(name: str) -> list[str]:
    """What a person says in the beginning of a conversation file, those before it included."""
    found: list[str] = []
    for line in (BEGINNINGS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(":")
        if kind == "begin":
            found += lines_of(rest.strip())
        elif kind == "you":
            found.append(rest.strip())
        elif kind == "wait":
            found.append(line)
    return found


@pytest.mark.asyncio
async def test_the_measured_facts_of_the_model_still_hold(dialogue: Dialogue) -> None:
    store = MemoryStore()
    session = Session(dialogue, store, MovableClock(MONDAY))
    said = lines_of("first_routine_done")
    replies = [reply for line in said for reply in await session.say(line)]
    assert len(replies) / len(said) == pytest.approx(scale.REPLIES_A_TURN, rel=0.25)
    async with store.edit(USER) as draft:
        size = len(str(to_record(USER, draft)))
    assert size * 1.3 == pytest.approx(scale.ROW_BYTES, rel=0.35)  # 9 routines more, and the row


# -- packages and the workflow -------------------------------------------------------------------

FOUND = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
SOUND = {"name": "b", "version": "1", "vulns": []}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    lines, found = audit.told([FOUND, SOUND, UNKNOWN])
    assert found == 1
    assert lines[1] == "a 1: CVE-1, mended in 2"
    assert lines[-1] == "not audited: c"


@pytest.mark.parametrize("packages", [[], [UNKNOWN, UNKNOWN]])
def test_an_audit_that_reached_nothing_says_so_and_blames_nobody(
    packages: list[dict[str, object]],
) -> None:
    assert audit.told(packages) == ([audit.UNREACHED], 0)


def test_a_clean_audit_says_how_much_it_looked_at() -> None:
    assert audit.told([SOUND]) == (["audit: 1 packages audited, 0 vulnerabilities"], 0)


def test_the_workflow_runs_what_exists_with_no_more_rights_than_it_needs() -> None:
    workflow = yaml.safe_load(text(".github/workflows/ci.yml"))
    assert workflow["permissions"] == {"contents": "read"}
    commands = [
        step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step
    ]
    gates = ["make guard-speed", "make coverage", ".venv/bin/unknot verify"]
    assert commands == [".ci/run", *gates, "make sbom", "make audit"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    targets = set(re.findall(r"^([\w-]+):", text("Makefile"), re.MULTILINE))
    assert {command.split()[1] for command in commands if command.startswith("make")} <= targets
    for tool in ("cyclonedx-bom", "pip-audit"):
        assert f"\n{tool}==" in text("constraints.txt")
