"""The conversations marked `also: telegram`, through the real application over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.conversations import parse, run
from bot.adapters.session import MovableClock
from bot.adapters.simulator.server import BotApiServer
from bot.core.dialogue import Dialogue
from tests.e2e.player import TelegramPlayer, running
from tests.test_conversations import FILES

pytestmark = pytest.mark.e2e

ON_TELEGRAM = [file for file in FILES if "telegram" in parse(file).also]


@pytest.mark.asyncio
@pytest.mark.parametrize("file", ON_TELEGRAM, ids=lambda file: f"{file.parent.name}/{file.stem}")
async def test_conversation_goes_as_written_on_telegram(
    file: Path, dialogue: Dialogue, tmp_path: Path
) -> None:
    conversation = parse(file)
    clock = MovableClock(conversation.at)
    async with (
        BotApiServer(clock=clock.timestamp) as server,
        running(dialogue, server, tmp_path, clock) as process,
    ):
        problems = await run(conversation, TelegramPlayer(process, server, clock, dialogue))
    assert not problems, "\n".join(problems)


def test_the_main_conversations_also_run_on_telegram() -> None:
    assert len(ON_TELEGRAM) >= 20
