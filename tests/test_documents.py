"""The documents are true: the commands, targets, files and numbers that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.__main__ import app
from bot.core.knowledge import Knowledge

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "knowledge/README.md",
    "docs/operate.md",
    "docs/offering.md",
    "docs/scale.md",
    "docs/safety.md",
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_linked_file_exists(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", text(name))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not ((ROOT / name).parent / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_and_command_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    commands = set(get_command(app).list_commands(None))  # type: ignore[attr-defined]
    named = set(re.findall(r"`?make (\w+)", text(name))) & set(re.findall(r"[a-z]+", text(name)))
    used = set(re.findall(r"`unknot ([\w-]+)", text(name)))
    prose = {"its", "their", "them", "it", "the", "a", "is", "builds"}
    assert named - targets - prose == set()
    assert used - commands == set()


def test_the_readme_counts_what_is_there(knowledge: Knowledge) -> None:
    readme = text("README.md")
    for count, what in (
        (len(knowledge.flags), "red flags"),
        (len(knowledge.combinations), "combinations"),
        (len(knowledge.stretches), "stretches"),
    ):
        assert f"{count} {what}" in readme
    assert f"{len(knowledge.emergency_numbers)} countries" in readme


def test_no_lock_file_and_no_address_is_tracked() -> None:
    assert "uv.lock" in text(".gitignore").split()
    assert "://" not in text("constraints.txt")
