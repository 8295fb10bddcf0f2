"""After a tap: questions take the place of the one before, what matters comes anew."""

from __future__ import annotations

import pytest

from bot.core.dialogue import Dialogue
from tests.e2e.rig import EMERGENCY, FIRST, QUESTION, rig

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

CANNOT_PARSE = "Bad Request: can't parse entities: unsupported start tag"
NOT_MODIFIED = "Bad Request: message is not modified: specified new message content is the same"
NOT_FOUND = "Bad Request: message to edit not found"


async def test_a_question_takes_the_place_of_the_one_before(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        (greeting,) = await r.says("/start")
        assert await r.presses("Agree and start") == []
        (question,) = r.server.messages(FIRST)
        assert (question.message_id, question.edited) == (greeting.message_id, 1)
        assert QUESTION in question.text
        assert ["Lifting, bending or twisting"] in question.buttons


async def test_an_emergency_card_comes_as_a_new_message_and_the_old_buttons_go(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        await r.begins()
        await r.presses("It came by itself")
        sign = dialogue.book.flags["saddle_numbness"].button
        (card,) = await r.presses(sign)
        assert card.text.startswith(EMERGENCY)
        assert card.buttons == []
        assert [message.buttons for message in r.server.messages(FIRST)[:-1]] == [[]]


async def test_a_tap_that_changes_nothing_is_swallowed(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        r.server.fail_next("editMessageText", 400, NOT_MODIFIED)
        assert await r.presses("Agree and start") == []
        assert (r.pauses, len(r.sent())) == ([], 1)


@pytest.mark.parametrize("words", [NOT_FOUND, "Bad Request: message can't be edited"])
async def test_a_message_that_cannot_be_edited_is_sent_anew(
    words: str, dialogue: Dialogue
) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        r.server.fail_next("editMessageText", 400, words)
        (question,) = await r.presses("Agree and start")
        assert QUESTION in question.text
        assert [message.buttons for message in r.server.messages(FIRST)[:-1]] == [[]]


async def test_an_edit_whose_format_is_refused_is_sent_anew(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        r.server.fail_next("editMessageText", 400, CANNOT_PARSE)
        (question,) = await r.presses("Agree and start")
        assert QUESTION in question.text


async def test_an_edit_whose_answer_was_lost_shows_the_question_once(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        r.server.lose_answer_next("editMessageText")
        assert await r.presses("Agree and start") == []
        assert QUESTION in r.sent()[-1]


async def test_an_edit_that_telegram_never_takes_still_shows_the_question(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        r.server.fail_next("editMessageText", 502, "Bad Gateway", times=20)
        await r.presses("Agree and start")
        assert QUESTION in r.sent()[-1]


@pytest.mark.parametrize("code", [400, 502])
async def test_a_tap_answered_too_late_is_harmless(code: int, dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        words = "Bad Request: query is too old and response timeout expired"
        r.server.fail_next("answerCallbackQuery", code, words)
        r.server.user_presses(FIRST, "Agree and start")
        await r.server.wait_for(FIRST, lambda message: QUESTION in message.text)
        await r.bot.settled()
        assert r.alive
        assert len(r.sent()) == 1


async def test_an_old_button_repeats_the_open_question_as_a_new_message(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        (greeting,) = await r.says("/start")
        old = r.server.messages(FIRST)[0].data[0][0]
        await r.says("yes")
        r.server.push_update(
            {
                "callback_query": {
                    "id": "77",
                    "from": {"id": FIRST, "is_bot": False, "first_name": "User"},
                    "chat_instance": "1",
                    "message": r.server.state.chats.known(FIRST)
                    .stored[greeting.message_id]
                    .message,
                    "data": old,
                }
            }
        )
        await r.settle()
        assert "belongs to an earlier question" in r.sent()[-1]
        assert QUESTION in r.sent()[-1]
