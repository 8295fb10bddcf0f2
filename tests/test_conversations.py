"""Every conversation file, on the pure core. The file's title is the test's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.conversations import parse, player, run
from bot.core.dialogue import Dialogue

FOLDER = Path(__file__).parent / "conversations"
FILES = sorted(file for file in FOLDER.rglob("*.txt") if file.parent.name != "beginnings")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
@pytest.mark.asyncio
async def test_conversation_goes_as_written(file: Path, dialogue: Dialogue) -> None:
    conversation = parse(file)
    problems = await run(conversation, player(dialogue, conversation))
    assert not problems, "\n".join(problems)


def test_every_conversation_names_a_source_that_exists(dialogue: Dialogue) -> None:
    unknown = [file.name for file in FILES if parse(file).source not in dialogue.book.sources]
    assert unknown == []


def test_there_are_enough_conversations() -> None:
    assert len(FILES) >= 40
