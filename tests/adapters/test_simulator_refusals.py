"""The server refuses what Telegram refuses: a test per rule, with Telegram's words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData

from bot.adapters.simulator.server import BotApiServer
from tests.adapters.test_simulator import CHAT, GROUP, Clock, post

SMILE = "\U0001f642"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def server(clock: Clock) -> AsyncIterator[BotApiServer]:
    async with BotApiServer(clock=clock) as running:
        running.open_chat(CHAT)
        yield running


def data(*labels: str) -> dict[str, Any]:
    row = [{"text": label, "callback_data": label} for label in labels]
    return {"inline_keyboard": [row]}


async def refused(server: BotApiServer, method: str, **params: Any) -> tuple[int, str]:
    answer = await post(server, method, **params)
    assert not answer["ok"], answer
    return answer["error_code"], answer["description"]


async def sent(server: BotApiServer, **params: Any) -> int:
    answer = await post(server, "sendMessage", **{"chat_id": CHAT, "text": "Text", **params})
    return int(answer["result"]["message_id"])


async def upload(server: BotApiServer, method: str, field: str, content: bytes) -> dict[str, Any]:
    form = FormData({"chat_id": str(CHAT)})
    form.add_field(field, content, filename="file.bin")
    url = f"{server.base_url}{server.token}/{method}"
    async with ClientSession() as session, session.post(url, data=form) as response:
        answer: dict[str, Any] = await response.json()
        return answer


MESSAGES = {
    "no text": ({"text": ""}, "message text is empty"),
    "only blanks": ({"text": " \n"}, "text must be non-empty"),
    "4097 units": ({"text": SMILE * 2048 + "x"}, "message is too long"),
    "4097 units after entities": (
        {"text": f"<b>{'x' * 4097}</b>", "parse_mode": "HTML"},
        "message is too long",
    ),
    "32769 bytes before entities": (
        {"text": "<b></b>" * 4682, "parse_mode": "HTML"},
        "text is too long",
    ),
    "tag left open": (
        {"text": "<b>x", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    "unknown tag": (
        {"text": "<br>", "parse_mode": "HTML"},
        'can\'t parse entities: Unsupported start tag "br" at byte offset 0',
    ),
    "65 bytes of data": (
        {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "é" * 33}]]}},
        "BUTTON_DATA_INVALID",
    ),
    "101 buttons": (
        {"reply_markup": {"inline_keyboard": data("x")["inline_keyboard"] * 101}},
        "reply markup is too long",
    ),
    "a button that does nothing": (
        {"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    "unknown chat": ({"chat_id": 404}, "chat not found"),
    "answer to nothing": (
        {"reply_parameters": {"message_id": 999}},
        "message to be replied not found",
    ),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("params", "text"), MESSAGES.values(), ids=MESSAGES.keys())
async def test_refuses_messages(server: BotApiServer, params: dict[str, Any], text: str) -> None:
    full = {"chat_id": CHAT, "text": "Text", **params}
    assert await refused(server, "sendMessage", **full) == (400, f"Bad Request: {text}")
    assert server.messages(CHAT) == []


@pytest.mark.asyncio
async def test_refuses_a_blocked_bot(server: BotApiServer) -> None:
    message = await sent(server)
    server.user_blocks(CHAT)
    blocked = (403, "Forbidden: bot was blocked by the user")
    assert await refused(server, "sendMessage", chat_id=CHAT, text="x") == blocked
    assert await refused(server, "sendChatAction", chat_id=CHAT, action="typing") == blocked
    edit = {"chat_id": CHAT, "message_id": message, "text": "x"}
    assert await refused(server, "editMessageText", **edit) == blocked


@pytest.mark.asyncio
async def test_refuses_a_bot_that_left(server: BotApiServer) -> None:
    server.open_group(GROUP, "Group")
    await post(server, "leaveChat", chat_id=GROUP)
    assert await refused(server, "sendMessage", chat_id=GROUP, text="x") == (
        403,
        "Forbidden: bot is not a member of the supergroup chat",
    )


@pytest.mark.asyncio
async def test_refuses_an_edit_that_changes_nothing(server: BotApiServer) -> None:
    message = await sent(server, reply_markup=data("Yes"))
    same = {"chat_id": CHAT, "message_id": message, "text": "Text", "reply_markup": data("Yes")}
    assert await refused(server, "editMessageText", **same) == (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup "
        "are exactly the same as a current content and reply markup of the message",
    )


@pytest.mark.asyncio
async def test_refuses_to_edit_what_is_not_there(server: BotApiServer) -> None:
    message = await sent(server)
    await post(server, "deleteMessage", chat_id=CHAT, message_id=message)
    for number in (message, 999):
        edit = {"chat_id": CHAT, "message_id": number, "text": "Other"}
        missing = (400, "Bad Request: message to edit not found")
        assert await refused(server, "editMessageText", **edit) == missing
        gone = {"chat_id": CHAT, "message_id": number}
        missing = (400, "Bad Request: message to delete not found")
        assert await refused(server, "deleteMessage", **gone) == missing


@pytest.mark.asyncio
async def test_refuses_to_edit_what_others_wrote(server: BotApiServer) -> None:
    said = server.user_says(CHAT, "Hello").message_id
    edit = {"chat_id": CHAT, "message_id": said}
    for method, more in (
        ("editMessageText", {"text": "x"}),
        ("editMessageCaption", {"caption": "x"}),
        ("editMessageReplyMarkup", {"reply_markup": data("x")}),
        ("editMessageMedia", {"media": {"type": "photo", "media": "x"}}),
    ):
        assert await refused(server, method, **edit, **more) == (
            400,
            "Bad Request: message can't be edited",
        )


@pytest.mark.asyncio
async def test_refuses_the_wrong_kind_of_edit(server: BotApiServer) -> None:
    text = await sent(server)
    photo = (await upload(server, "sendPhoto", "photo", b"x"))["result"]["message_id"]
    caption = {"chat_id": CHAT, "message_id": text, "caption": "x"}
    assert await refused(server, "editMessageCaption", **caption) == (
        400,
        "Bad Request: there is no caption in the message to edit",
    )
    words = {"chat_id": CHAT, "message_id": photo, "text": "x"}
    assert await refused(server, "editMessageText", **words) == (
        400,
        "Bad Request: there is no text in the message to edit",
    )


@pytest.mark.asyncio
async def test_refuses_to_delete_after_two_days(server: BotApiServer) -> None:
    message = await sent(server)
    server.jump_clock(48 * 3600 + 1)
    assert await refused(server, "deleteMessage", chat_id=CHAT, message_id=message) == (
        400,
        "Bad Request: message can't be deleted for everyone",
    )


@pytest.mark.asyncio
async def test_refuses_long_captions(server: BotApiServer) -> None:
    photo = (await upload(server, "sendPhoto", "photo", b"x"))["result"]
    long = (400, "Bad Request: message caption is too long")
    known = photo["photo"][-1]["file_id"]
    more = {"chat_id": CHAT, "photo": known, "caption": "x" * 1025}
    assert await refused(server, "sendPhoto", **more) == long
    edit = {"chat_id": CHAT, "message_id": photo["message_id"], "caption": "x" * 1025}
    assert await refused(server, "editMessageCaption", **edit) == long


@pytest.mark.asyncio
async def test_refuses_files_that_are_too_big(
    server: BotApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.simulator.contents.MAX_PHOTO_BYTES", 10)
    monkeypatch.setattr("bot.adapters.simulator.contents.MAX_FILE_BYTES", 20)
    photo = await upload(server, "sendPhoto", "photo", b"x" * 11)
    assert (photo["error_code"], photo["description"]) == (
        400,
        "Bad Request: file of size 11 bytes is too big for a photo; the maximum size is 10 bytes",
    )
    assert (await upload(server, "sendDocument", "document", b"x" * 11))["ok"]
    document = await upload(server, "sendDocument", "document", b"x" * 21)
    assert (document["error_code"], document["description"]) == (413, "Request Entity Too Large")
    empty = await upload(server, "sendDocument", "document", b"")
    assert empty["description"] == "Bad Request: file must be non-empty"


@pytest.mark.asyncio
async def test_refuses_unknown_and_wrong_files(server: BotApiServer) -> None:
    wrong = (400, "Bad Request: wrong file identifier/HTTP URL specified")
    assert await refused(server, "sendPhoto", chat_id=CHAT, photo="nothing") == wrong
    animation = (await upload(server, "sendAnimation", "animation", b"x"))["result"]["animation"]
    assert await refused(server, "sendPhoto", chat_id=CHAT, photo=animation["file_id"]) == (
        400,
        "Bad Request: can't use file of type Animation as Photo",
    )


@pytest.mark.asyncio
async def test_refuses_old_unknown_and_answered_queries(server: BotApiServer) -> None:
    await sent(server, reply_markup=data("Yes"))
    first, second = [server.user_presses(CHAT, "Yes").callback_query_id for _ in range(2)]
    assert (await post(server, "answerCallbackQuery", callback_query_id=first))["ok"]
    server.jump_clock(61)
    for query in (first, second, "unknown"):
        assert await refused(server, "answerCallbackQuery", callback_query_id=query) == (
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        )


@pytest.mark.asyncio
async def test_refuses_long_answers_to_presses(server: BotApiServer) -> None:
    await sent(server, reply_markup=data("Yes"))
    query = server.user_presses(CHAT, "Yes").callback_query_id
    answer = {"callback_query_id": query, "text": "x" * 201}
    assert await refused(server, "answerCallbackQuery", **answer) == (
        400,
        "Bad Request: MESSAGE_TOO_LONG",
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "description", "number", "text"),
    [
        ("start", "x", 101, "BOT_COMMANDS_TOO_MUCH"),
        ("start", "x" * 257, 1, "command description length must not exceed 256"),
        ("x" * 33, "x", 1, "command length must not exceed 32"),
        ("start", " ", 1, "command description must be non-empty"),
        ("Start", "x", 1, "BOT_COMMAND_INVALID"),
    ],
)
async def test_refuses_commands(
    server: BotApiServer, name: str, description: str, number: int, text: str
) -> None:
    commands = [{"command": name, "description": description}] * number
    assert await refused(server, "setMyCommands", commands=commands) == (
        400,
        f"Bad Request: {text}",
    )
    assert server.commands == {}


@pytest.mark.asyncio
async def test_edits_count_as_messages(clock: Clock) -> None:
    async with BotApiServer(clock=clock, enforce_rates=True) as server:
        server.open_chat(CHAT)
        message = await sent(server)
        for text in ("One", "Two"):
            edit = {"chat_id": CHAT, "message_id": message, "text": text}
            assert (await post(server, "editMessageText", **edit))["ok"]
        answer = await post(server, "editMessageText", **{**edit, "text": "Three"})
        assert (answer["error_code"], answer["description"], answer["parameters"]) == (
            429,
            "Too Many Requests: retry after 1",
            {"retry_after": 1},
        )
        server.jump_clock(1)
        assert (await post(server, "editMessageText", **{**edit, "text": "Three"}))["ok"]


@pytest.mark.asyncio
async def test_a_clock_set_back_costs_no_messages(clock: Clock) -> None:
    async with BotApiServer(clock=clock, enforce_rates=True) as server:
        server.open_chat(CHAT)
        await sent(server)
        server.jump_clock(-3600)
        await sent(server)


@pytest.mark.asyncio
async def test_thirty_messages_a_second_in_all(clock: Clock) -> None:
    async with BotApiServer(clock=clock, enforce_rates=True) as server:
        for chat in range(1, 32):
            server.open_chat(chat)
        answers = [
            await post(server, "sendMessage", chat_id=chat, text="x") for chat in range(1, 32)
        ]
        assert [answer["ok"] for answer in answers] == [True] * 30 + [False]
        assert answers[-1]["error_code"] == 429
