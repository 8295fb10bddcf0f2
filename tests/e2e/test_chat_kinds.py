"""Everything people can send, where they send it, and who presses the buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.simulator.contents import KINDS, content
from bot.adapters.telegram.bot import COMMANDS
from bot.core.dialogue import Dialogue
from bot.ports import UserId
from tests.e2e.rig import EMERGENCY, FIRST, GREETING, MONDAY, NUMB, QUESTION, SECOND, Rig, rig

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

WORDS_ONLY = "I can read words only. Please write it, or tap a button."
PLACES = {"location", "venue"}
NO_RECORDINGS = (
    "I cannot listen to recordings. In an emergency, call your emergency number. "
    "Else please write it, or tap a button."
)
GROUP = -100500


def message(chat: int = FIRST, **fields: Any) -> dict[str, Any]:
    """A message of a kind that the server's people cannot send by themselves."""
    sender = {"id": FIRST, "is_bot": False, "first_name": "User"}
    at = int(MONDAY.timestamp())
    private = {"id": chat, "type": "private", "first_name": "User"}
    return {"message": {"message_id": 900, "from": sender, "chat": private, "date": at, **fields}}


async def pushed(r: Rig, update: dict[str, Any]) -> list[str]:
    """What the bot says to an update."""
    before = len(r.sent())
    r.server.push_update(update)
    await r.settle()
    return r.sent()[before:]


# -- no text -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(KINDS - PLACES))
async def test_whatever_is_sent_gets_an_answer_and_the_open_question(
    kind: str, dialogue: Dialogue
) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        state = await r.state()
        before = len(r.sent())
        r.server.user_sends(FIRST, kind)
        await r.settle()
        recording = kind in {"voice", "audio", "video_note"}
        answer, question = r.sent()[before:]
        assert answer == (NO_RECORDINGS if recording else WORDS_ONLY)
        assert QUESTION in question
        assert (await r.state()).facts == state.facts


@pytest.mark.parametrize("kind", sorted(PLACES))
async def test_a_location_that_nobody_asked_for_gets_an_answer_and_the_open_question(
    kind: str, dialogue: Dialogue
) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        state = await r.state()
        before = len(r.sent())
        r.server.user_sends(FIRST, kind, 35.68, 139.69)
        await r.settle()
        answer, question = r.sent()[before:]
        assert answer.startswith("I use a location only to learn your time zone")
        assert QUESTION in question
        assert await r.state() == state


async def test_a_location_with_coordinates_that_are_none_is_a_thing_without_words(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        where = {"latitude": 1e308, "longitude": 0.0}
        assert (await pushed(r, message(location=where)))[0] == WORDS_ONLY


async def test_a_kind_that_nobody_knows_yet_gets_an_answer(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        assert (await pushed(r, message()))[0] == WORDS_ONLY


@pytest.mark.parametrize("kind", ["photo", "video", "document", "voice"])
async def test_a_danger_word_in_a_caption_is_danger(kind: str, dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        fields = content(r.server.state.files, kind, 0, 0)
        (card,) = await pushed(r, message(**fields, caption=NUMB))
        assert card.startswith(EMERGENCY)


async def test_a_caption_without_danger_is_read_as_words(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        fields = content(r.server.state.files, "photo", 0, 0)
        await pushed(r, message(**fields, caption="it came by itself"))
        assert "what_happened" in (await r.state()).facts.choices


# -- text of other kinds -----------------------------------------------------------------------


async def test_a_danger_word_edited_into_a_message_is_danger(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        said = r.server.user_says(FIRST, "it hurts")
        await r.settle()
        before = len(r.sent())
        r.server.user_edits(FIRST, said.message_id, NUMB)
        await r.settle()
        (card,) = r.sent()[before:]
        assert card.startswith(EMERGENCY)


async def test_an_edited_answer_is_not_taken_as_one(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        said = r.server.user_says(FIRST, "hm")
        await r.settle()
        state = await r.state()
        r.server.user_edits(FIRST, said.message_id, "it came by itself")
        await r.settle()
        assert await r.state() == state
        assert r.sent()[-1].startswith("I saw that you changed a message.")


async def test_a_forwarded_danger_word_is_read_like_any_other(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        origin = {"type": "hidden_user", "date": 1, "sender_user_name": "Someone"}
        (card,) = await pushed(r, message(text=NUMB, forward_origin=origin))
        assert EMERGENCY in card


async def test_a_command_may_name_the_bot_and_be_written_large(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        for line in ("/start@simulated_bot", "/START", "/start now"):
            assert GREETING in (await r.says(line))[0].text


@pytest.mark.parametrize("text", ["/", "/ start", "//start", "/stärt", "🙂", "\u202e\u200b", "0"])
async def test_odd_text_gets_an_answer(text: str, dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        assert await r.says(text)
        assert r.alive


async def test_the_longest_message_gets_an_answer(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        assert EMERGENCY in (await r.says(("word " * 700) + "\n" + NUMB))[0].text


# -- groups ------------------------------------------------------------------------------------


def said_in_group(r: Rig) -> list[str]:
    return r.sent(GROUP)


async def test_being_added_to_a_group_is_answered_with_one_line_and_a_link(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        r.server.open_group(GROUP, "Family")
        await r.settle()
        assert said_in_group(r) == ["I speak about health in private only. Write to me here."]
        (call,) = [call for call in r.server.calls if call.method == "sendMessage"]
        ((button,),) = call.params["reply_markup"]["inline_keyboard"]
        assert button["url"] == "https://t.me/simulated_bot?start=group"
        assert await r.users() == []


@pytest.mark.parametrize("text", ["/start@simulated_bot", "@Simulated_Bot " + NUMB, "/stretch"])
async def test_speaking_to_the_bot_in_a_group_stores_nothing(
    text: str, dialogue: Dialogue
) -> None:
    async with rig(dialogue) as r:
        r.server.open_group(GROUP, "Family", announce=False)
        r.server.user_says(GROUP, text, from_user=FIRST)
        await r.settle()
        assert len(said_in_group(r)) == 1
        assert EMERGENCY not in said_in_group(r)[0]
        assert await r.users() == []


async def test_what_is_not_for_the_bot_is_left_alone(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.open_group(GROUP, "Family", announce=False)
        said = r.server.user_says(GROUP, f"{NUMB}, mum", from_user=FIRST)
        r.server.user_sends(GROUP, "photo", from_user=FIRST)
        r.server.user_edits(GROUP, said.message_id, "changed")
        await r.settle()
        assert said_in_group(r) == []
        assert await r.users() == []


async def test_a_caption_that_names_the_bot_in_a_group_is_answered(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.open_group(GROUP, "Family", announce=False)
        update = message(**content(r.server.state.files, "photo", 0, 0), caption="@simulated_bot")
        update["message"]["chat"] = {"id": GROUP, "type": "supergroup", "title": "Family"}
        r.server.push_update(update)
        await r.settle()
        assert len(said_in_group(r)) == 1


async def test_a_group_that_threw_the_bot_out_does_no_harm(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.open_group(GROUP, "Family", announce=False)
        r.server.fail_next("sendMessage", 403, "Forbidden: bot was kicked", chat_id=GROUP)
        r.server.user_says(GROUP, "/start", from_user=FIRST)
        await r.settle()
        assert GREETING in (await r.says("/start"))[0].text


# -- the profile -------------------------------------------------------------------------------


async def test_commands_descriptions_and_the_menu_are_set_at_the_start(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        texts = dialogue.book.knowledge.texts
        assert r.server.commands == {
            ("default", ""): [
                {"command": name, "description": texts[f"command_{name}"]} for name in COMMANDS
            ]
        }
        assert r.server.description == {"": texts["bot_description"]}
        assert r.server.short_description == {"": texts["bot_short_description"]}
        assert r.server.menu_button == {None: {"type": "commands"}}


async def test_every_command_of_the_menu_is_known(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        for name in COMMANDS:
            assert "I do not know that command" not in (await r.says(f"/{name}"))[0].text


async def test_a_profile_that_is_refused_does_not_keep_the_bot_from_working(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue, start=False) as r:
        for method in ("setMyCommands", "setMyDescription", "setMyShortDescription"):
            r.server.fail_next(method, 429, "Too Many Requests: retry after 9", retry_after=9)
        r.server.fail_next("setChatMenuButton", 400, "Bad Request: no")
        r.start()
        assert GREETING in (await r.says("/start"))[0].text


# -- whose button ------------------------------------------------------------------------------


async def test_a_button_pressed_by_someone_else_is_ignored(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        state = await r.state()
        r.server.user_presses(FIRST, "Agree and start", from_user=SECOND)
        await r.settle()
        assert await r.state() == state
        assert await r.users() == [UserId(f"tg:{FIRST}")]
        assert r.sent(SECOND) == []
        assert QUESTION not in r.sent()[-1]


async def test_a_button_without_its_message_is_ignored(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        sender = {"id": FIRST, "is_bot": False, "first_name": "User"}
        query = {"id": "1", "from": sender, "chat_instance": "1", "data": "0.consent.agree"}
        r.server.push_update({"callback_query": query})
        await r.settle()
        assert r.sent() == []
        assert r.alive


@pytest.mark.parametrize("data", ["", ".", "x", "0.consent.", "home.home.nothing", "é" * 30])
async def test_a_made_up_button_gets_an_answer(data: str, dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        pressed = r.server.state.chats.known(FIRST).sent()[0].message
        sender = {"id": FIRST, "is_bot": False, "first_name": "User"}
        query = {"id": "1", "from": sender, "chat_instance": "1", "message": pressed, "data": data}
        said = await pushed(r, {"callback_query": query})
        assert "belongs to an earlier question" in said[0]


async def test_a_tap_takes_the_spinner_away(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        r.server.user_presses(FIRST, "Agree and start")
        await r.settle()
        assert len(r.server.answered_callbacks) == 1


# -- blocked and let in again ------------------------------------------------------------------


async def test_who_blocked_the_bot_gets_nothing_until_they_let_it_in(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()
        r.server.user_blocks(FIRST)
        await r.settle()
        tries = r.tries()
        for _ in range(2):
            r.clock.at += timedelta(days=1)
            await r.bot.tick()
        await r.settle()
        assert r.tries() == tries
        r.server.user_unblocks(FIRST)
        await r.settle()
        assert r.tries() == tries
        r.clock.at += timedelta(days=1, hours=1)
        await r.bot.tick()
        await r.settle()
        assert r.sent()[-1] == "Time for your daily minute."


async def test_a_stranger_who_blocks_the_bot_leaves_no_trace(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.user_blocks(FIRST)
        r.server.user_unblocks(FIRST)
        await r.settle()
        assert await r.users() == []
        assert r.sent() == []
