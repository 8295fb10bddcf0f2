"""What is counted of a real conversation, and what a supervisor hears of a bot in trouble."""

from __future__ import annotations

import re

import pytest

from bot.core.dialogue import Dialogue
from tests.e2e.rig import FIRST, NUMB, rig

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]


async def test_a_conversation_is_counted_without_a_trace_of_who_had_it(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        await r.says(NUMB)
        text, meter = r.meter.text(), r.meter
    assert [meter.updates[kind,] for kind in ("Command", "Press", "Text")] == [1, 1, 1]
    assert meter.turns["Text", "saved"] == 1
    assert meter.outcomes["emergency_go",] == 1
    assert meter.sends["sent",] >= 3
    assert "unknot_save_seconds_count 3" in text
    assert "unknot_oldest_unsent_seconds 0.000" in text
    assert str(FIRST) not in text
    assert set(re.findall(r'(\w+)="', text)) == {"kind", "event", "result", "level", "le"}


async def test_what_waits_to_be_sent_and_what_telegram_refuses_is_seen(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        seen: list[str] = []
        r.on_pause = lambda _: seen.append(r.meter.text())
        r.server.limit_next("sendMessage", 7)
        r.server.fail_next("sendMessage", 502, "Bad Gateway")
        await r.says("/start")
        (waiting,) = re.findall(r"oldest_unsent_seconds ([\d.]+)", seen[0])
        assert 0 < float(waiting) < 10
        assert r.meter.sends["told_to_wait",] == 1
        assert r.meter.sends["failed",] == 1
        assert r.meter.sends["sent",] == 1


async def test_a_person_who_is_due_and_waits_is_seen(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()
        assert "unknot_oldest_due_seconds 0.000" in r.meter.text()
        r.clock.at = r.clock.at.replace(hour=10, minute=5)
        await r.bot._pause()  # then the clock looks who is next
        (late,) = re.findall(r"oldest_due_seconds ([\d.]+)", r.meter.text())
        assert 200 < float(late) <= 300


async def test_whether_telegram_answers_is_asked_before_during_and_after(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        assert await r.bot.is_reached()
        r.server.fail_next("getMe", 502, "Bad Gateway")
        assert not await r.bot.is_reached()
        r.server.fail_next("getUpdates", 409, "Conflict: terminated by other getUpdates request")
        heard: list[bool] = []
        r.on_pause = lambda _: heard.append(r.bot._heard)
        await r.says("/help")  # ends the poll that waits, so that the next one is refused
        await r.says("/help")
        assert heard == [False]
        assert await r.bot.is_reached()
        await r.stop()
        assert not await r.bot.is_reached()
