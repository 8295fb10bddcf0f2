"""A routine over Telegram: pictures, counts that are edited in place, pause, restart, pain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.file_ids import FileIds
from bot.adapters.pictures.studio import Studio
from bot.adapters.simulator.chats import SentMessage
from bot.adapters.telegram.enclosures import Enclosures
from bot.adapters.telegram.render import caption, units
from bot.adapters.tinydb_store import TinyDBStore
from bot.core.dialogue import Dialogue
from bot.core.errors import UnknotError
from bot.core.messages import Chart
from bot.core.state import AskingAfter, AskingHurt, Plan, PlanItem, Stretching, UserState
from tests.e2e.rig import FIRST, MONDAY, Rig, rig
from tests.keys import VAULT

pytestmark = pytest.mark.asyncio

TO_THE_ROUTINE = (
    *("Lifting, bending or twisting", "None of these", "None of these", "Today or yesterday"),
    *("None of these", "None of these", "5", "None of these", "Bending or curling up", "Low back"),
)
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


class FakeStudio:
    """Draws nothing, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken: Exception | None = None

    def key(self, stretch: str, *, dark: bool) -> str:
        return f"{stretch}-{dark}"

    def animation(self, stretch: str, dark: bool) -> bytes:
        self.asked.append(stretch)
        if self.broken is not None:
            raise self.broken
        return GIF

    def chart(self, chart: Chart) -> bytes:
        return b"\x89PNG" + chart.title.encode()

    def page(self, title: str, sections: Sequence[tuple[str, tuple[str, ...]]]) -> bytes:
        return b"%PDF " + title.encode()


async def to_the_routine(r: Rig, minutes: str = "2 minutes") -> None:
    await r.begins()
    for label in (*TO_THE_ROUTINE, minutes):
        await r.presses(label)


def newest(r: Rig) -> SentMessage:
    return r.server.messages(FIRST)[-1]


async def waits(r: Rig, words: str) -> SentMessage:
    """The message with these words, once it is there and all is quiet."""
    found = await r.server.wait_for(FIRST, lambda message: words in message.text)
    await r.settle()
    return found


@pytest.mark.parametrize("minutes", ["2 minutes", "5 minutes", "10 minutes"])
async def test_every_stretch_is_counted_to_the_end_of_the_routine(
    dialogue: Dialogue, minutes: str
) -> None:
    async with rig(dialogue) as r:
        await to_the_routine(r, minutes)
        stage = (await r.state()).stage
        assert isinstance(stage, Stretching)
        planned = [item.stretch for item in stage.plan.items]
        for number in range(1, len(planned) + 1):
            await r.presses("Start counting")
            last = number == len(planned)
            await waits(r, "How strong is the pain" if last else f"({number + 1} of ")
        assert isinstance((await r.state()).stage, AskingAfter)
        assert [s.done for s in (await r.state()).diary] == [tuple(planned)]


async def test_one_message_is_edited_and_loses_its_buttons_at_the_end(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await to_the_routine(r)
        r.counting.clear()
        await r.presses("Start counting")
        count = newest(r)
        assert "Get ready." in count.text
        assert count.buttons == [["Pause", "Skip this one"], ["Easier", "It hurts"]]
        before = len(r.server.messages(FIRST))
        r.counting.set()
        await waits(r, "(2 of 2)")
        shown = r.server.messages(FIRST)
        assert len(shown) == before + 1
        (ended,) = [m for m in shown if m.message_id == count.message_id]
        assert ended.edited >= 5
        assert ended.buttons == []


async def test_a_pause_stops_the_edits_and_go_on_goes_on_in_place(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await to_the_routine(r)
        r.counting.clear()
        await r.presses("Start counting")
        count = newest(r).message_id
        await r.presses("Pause")
        assert "Paused." in newest(r).text
        r.counting.set()
        await r.settle()
        assert "Paused." in newest(r).text
        await r.presses("Go on")
        await waits(r, "(2 of 2)")
        assert count in [message.message_id for message in r.server.messages(FIRST)]


async def test_it_hurts_in_the_middle_of_a_count_stops_it_at_once(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await to_the_routine(r)
        r.counting.clear()
        await r.presses("Start counting")
        await r.presses("It hurts")
        edits = r.tries("editMessageText")
        r.counting.set()
        await r.settle()
        assert r.tries("editMessageText") == edits
        assert "Where does it hurt?" in newest(r).text
        assert isinstance((await r.state()).stage, AskingHurt)


async def test_danger_in_the_middle_of_a_count_stops_it(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await to_the_routine(r)
        r.counting.clear()
        await r.presses("Start counting")
        count = newest(r).message_id
        await r.says("I cannot feel anything between my legs when I wipe")
        r.counting.set()
        await r.settle()
        assert newest(r).text.startswith("Emergency")
        (stopped,) = [m for m in r.server.messages(FIRST) if m.message_id == count]
        assert stopped.buttons == []


async def test_after_a_kill_a_count_is_taken_up_again(dialogue: Dialogue, tmp_path: Path) -> None:
    with TinyDBStore(tmp_path, VAULT) as store:
        async with rig(dialogue, store) as r:
            await to_the_routine(r)
            r.counting.clear()
            await r.presses("Start counting")
            await r.kill()
            left = r.clock.at
    with TinyDBStore(tmp_path, VAULT) as store:
        async with rig(dialogue, store) as r:
            r.counting.clear()
            r.clock.at = left
            r.clock.at += timedelta(seconds=25)
            await r.bot.tick()
            await r.settle()
            assert "Hold" in newest(r).text
            r.counting.set()
            await waits(r, "(2 of 2)")
            stage = (await r.state()).stage
            assert isinstance(stage, Stretching)
            assert stage.index == 1


# -- pictures ------------------------------------------------------------------------------------


async def test_a_picture_comes_with_words_that_suffice_and_is_uploaded_once(
    dialogue: Dialogue, tmp_path: Path
) -> None:
    studio = FakeStudio()
    async with rig(dialogue, start=False) as r:
        r.enclosures = Enclosures(studio, FileIds(tmp_path))
        r.start()
        await to_the_routine(r)
        card = newest(r)
        assert card.kind == "animation"
        assert "(1 of 2)" in card.text
        assert "Today: " in card.text
        assert card.buttons[0] == ["Start counting"]
        await r.says("/start")
        for label in ("A routine for today", "2 minutes"):
            await r.presses(label)
        assert newest(r).file_id == card.file_id
        assert len(studio.asked) == 1
        # Another process knows the file id, too.
        again = Enclosures(studio, FileIds(tmp_path))
        known = await again.picture(studio.asked[0], dark=False)
        assert known is not None
        assert known.content == card.file_id


async def test_a_file_id_that_telegram_forgot_is_uploaded_anew(
    dialogue: Dialogue, tmp_path: Path
) -> None:
    studio = FakeStudio()
    ids = FileIds(tmp_path)
    async with rig(dialogue, start=False) as r:
        r.enclosures = Enclosures(studio, ids)
        for stretch in dialogue.book.stretches:
            ids[studio.key(stretch, dark=False)] = "gone"
        r.start()
        await to_the_routine(r)
        assert newest(r).kind == "animation"
        assert len(studio.asked) == 1


@pytest.mark.parametrize("error", [UnknotError("no such figure"), RuntimeError("no such font")])
async def test_without_a_picture_the_words_go_out(dialogue: Dialogue, error: Exception) -> None:
    studio = FakeStudio()
    async with rig(dialogue, start=False) as r:
        r.enclosures = Enclosures(studio, {})
        r.start()
        studio.broken = error
        await to_the_routine(r)
        assert (newest(r).kind, "(1 of 2)" in newest(r).text) == ("text", True)
        studio.broken = None
        r.server.fail_next("sendAnimation", 400, "Bad Request: wrong type of the web page content")
        await r.presses("Done, next")
        assert (newest(r).kind, "(2 of 2)" in newest(r).text) == ("text", True)


async def test_a_page_and_a_chart_are_made_and_sent(dialogue: Dialogue) -> None:
    async with rig(dialogue, start=False) as r:
        r.enclosures = Enclosures(FakeStudio(), {})
        r.start()
        await to_the_routine(r)
        await r.says("/summary")
        kinds = [message.kind for message in r.server.messages(FIRST)[-2:]]
        assert kinds == ["document", "document"]
        for _ in range(2):
            while isinstance((await r.state()).stage, Stretching):
                await r.presses("Done, next")
            for label in ("3", "Only the back", "All just right"):
                await r.presses(label)
            await r.says("/start")
            await r.presses("A routine for today")
            await r.presses("2 minutes")
        await r.says("/progress")
        chart, words = r.server.messages(FIRST)[-2:]
        assert (chart.kind, chart.text) == ("photo", "Your back over time")
        assert "Routines so far: 2." in words.text


async def test_the_real_pictures_charts_and_pages_are_taken_by_telegram(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue, start=False) as r:
        r.enclosures = Enclosures(Studio(dialogue.book.knowledge), {})
        r.start()
        await to_the_routine(r)
        await waits(r, "(1 of 2)")
        assert newest(r).kind == "animation"
        await r.says("/summary")
        assert [m.kind for m in r.server.messages(FIRST)[-2:]] == ["document", "document"]


async def test_every_stretch_has_a_figure_and_a_caption_that_fits_or_follows(
    dialogue: Dialogue,
) -> None:
    studio = Studio(dialogue.book.knowledge)
    keys = {
        studio.key(name, dark=dark) for name in dialogue.book.stretches for dark in (False, True)
    }
    assert len(keys) == 2 * len(dialogue.book.stretches)
    for name, stretch in dialogue.book.stretches.items():
        dose = stretch.dose.cap
        tips = tuple(skip.tip for skip in stretch.skip if skip.tip)
        item = PlanItem(name, dose.hold, dose.repetitions, 60, tips=tips)
        card = dialogue.context.wording.stretch(UserState(), Plan(MONDAY, 5, (item,)), 0)
        words = caption(card)
        assert words is None or units(words.plain) <= 1024, name
        bare = replace(item, tips=())
        card = dialogue.context.wording.stretch(UserState(), Plan(MONDAY, 5, (bare,)), 0)
        assert caption(card) is not None, name


async def test_a_stretch_is_shared_by_a_link_that_tells_nothing_of_the_person(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        await to_the_routine(r)
        await r.says("/start s_child_pose")
        card = newest(r)
        assert card.text.startswith("Child's pose")
        assert card.buttons[-1] == ["Share this stretch"]
        (call,) = [c for c in r.server.calls if "s_child_pose" in str(c.params)][-1:]
        assert f"https%3A%2F%2Ft.me%2F{r.bot._bot.username}%3Fstart%3Ds_child_pose" in str(call)
