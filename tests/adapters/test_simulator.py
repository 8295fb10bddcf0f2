"""The simulated Bot API server over HTTP: through plain requests and through telegram.Bot."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ServerDisconnectedError
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    MenuButtonCommands,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters
from telegram.request import HTTPXRequest

from bot.adapters.simulator.archive import Archive
from bot.adapters.simulator.contents import KINDS
from bot.adapters.simulator.server import BotApiServer
from bot.adapters.simulator.validation import validate_object

CHAT = 11
GROUP = -100500
KEYBOARD = InlineKeyboardMarkup.from_row(
    [InlineKeyboardButton(label, callback_data=label.lower()) for label in ("Yes", "No")]
)


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library warns about retry_after as a number."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def server(clock: Clock) -> AsyncIterator[BotApiServer]:
    async with BotApiServer(clock=clock) as running:
        running.open_chat(CHAT)
        yield running


def request() -> HTTPXRequest:
    return HTTPXRequest(httpx_kwargs={"trust_env": False})


def bot_of(server: BotApiServer) -> Bot:
    return Bot(
        server.token, base_url=server.base_url, request=request(), get_updates_request=request()
    )


@pytest_asyncio.fixture
async def bot(server: BotApiServer) -> AsyncIterator[Bot]:
    async with bot_of(server) as running:
        yield running


async def post(server: BotApiServer, method: str, **params: Any) -> dict[str, Any]:
    url = f"{server.base_url}{server.token}/{method}"
    async with ClientSession() as session, session.post(url, json=params) as response:
        answer: dict[str, Any] = await response.json()
        return answer


@pytest.mark.asyncio
async def test_wrong_token_is_unauthorized(server: BotApiServer) -> None:
    async with (
        ClientSession() as session,
        session.get(f"{server.base_url}1:wrong/getMe") as response,
    ):
        assert response.status == 401
        assert await response.json() == {
            "ok": False,
            "error_code": 401,
            "description": "Unauthorized",
        }


@pytest.mark.asyncio
async def test_unknown_and_unsimulated_methods(server: BotApiServer) -> None:
    assert (await post(server, "sendLetter"))["error_code"] == 404
    answer = await post(server, "sendDice", chat_id=CHAT)
    assert answer["description"] == "Bad Request: method sendDice is not simulated"


@pytest.mark.asyncio
async def test_broken_json_is_refused(server: BotApiServer) -> None:
    answer = await post(server, "sendMessage", chat_id=CHAT, text="x", reply_markup="{")
    assert answer["description"] == "Bad Request: can't parse reply_markup JSON object"


@pytest.mark.asyncio
async def test_unknown_token_is_an_invalid_token(server: BotApiServer) -> None:
    other = Bot("1:wrong", base_url=server.base_url, request=request())
    with pytest.raises(InvalidToken):
        await other.initialize()
    await other.shutdown()


@pytest.mark.asyncio
async def test_bot_sends_and_edits(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_message(
        CHAT, "<b>Hi</b> &amp; bye", "HTML", reply_markup=KEYBOARD, disable_notification=True
    )
    assert sent.text == "Hi & bye"
    assert [entity.type for entity in sent.entities] == ["bold"]
    shown = server.screen(CHAT)
    assert (shown.text, shown.html) == ("Hi & bye", "<b>Hi</b> &amp; bye")
    assert (shown.buttons, shown.data) == ([["Yes", "No"]], [["yes", "no"]])
    assert (shown.silent, shown.edited, shown.date) == (True, 0, 1_700_000_000)
    await sent.edit_text("Bye")
    assert (server.screen(CHAT).text, server.screen(CHAT).buttons) == ("Bye", [])
    await sent.edit_reply_markup(KEYBOARD)
    assert server.screen(CHAT).edited == 2
    assert [call.method for call in server.calls][1:] == [
        "sendMessage",
        "editMessageText",
        "editMessageReplyMarkup",
    ]


@pytest.mark.asyncio
async def test_edits_that_telegram_refuses(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_message(CHAT, "Text", reply_markup=KEYBOARD)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_text("Text", reply_markup=KEYBOARD)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_reply_markup(KEYBOARD)
    with pytest.raises(BadRequest, match="no caption in the message"):
        await sent.edit_caption("Text")
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("Text", CHAT, 999)
    said = server.user_says(CHAT, "Hello")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("Text", CHAT, said.message_id)
    keyed = await bot.send_message(CHAT, "Text", reply_markup=ReplyKeyboardMarkup([["Label"]]))
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await keyed.edit_text("Other")


@pytest.mark.asyncio
async def test_deleting(server: BotApiServer, bot: Bot, clock: Clock) -> None:
    first, second = [await bot.send_message(CHAT, text) for text in ("One", "Two")]
    await second.delete()
    assert [message.deleted for message in server.messages(CHAT)] == [False, True]
    assert server.screen(CHAT).text == "One"
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await second.delete()
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await second.edit_text("Three")
    clock.now += 49 * 3600
    with pytest.raises(BadRequest, match="can't be deleted for everyone"):
        await first.delete()


@pytest.mark.asyncio
async def test_replies(server: BotApiServer, bot: Bot) -> None:
    said = server.user_says(CHAT, "Hello")
    sent = await bot.send_message(CHAT, "Hi", reply_parameters=ReplyParameters(said.message_id))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "Hello"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(CHAT, "Hi", reply_parameters=ReplyParameters(999))


@pytest.mark.asyncio
async def test_photos_and_media(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_photo(CHAT, b"bytes", caption="<i>One</i>", parse_mode="HTML")
    assert server.screen(CHAT).file_id == sent.photo[-1].file_id
    again = await bot.send_photo(CHAT, sent.photo[-1].file_id)
    assert again.photo[-1].file_id == sent.photo[-1].file_id
    await sent.edit_caption("Two")
    assert server.messages(CHAT)[0].text == "Two"
    await sent.edit_media(InputMediaPhoto(b"other bytes", caption="Three"))
    assert server.messages(CHAT)[0].file_id != sent.photo[-1].file_id
    animation = await bot.send_animation(CHAT, b"bytes", filename="move.mp4")
    assert animation.animation is not None
    document = await bot.send_document(CHAT, b"bytes", filename="page.pdf")
    assert document.document is not None
    assert document.document.file_name == "page.pdf"
    assert [m.kind for m in server.messages(CHAT)] == ["photo", "photo", "animation", "document"]
    for wrong in ("nothing", animation.animation.file_id):
        with pytest.raises(BadRequest, match=r"[Ww]rong file identifier|Can't use file of type"):
            await bot.send_photo(CHAT, wrong)
    with pytest.raises(BadRequest, match="File must be non-empty"):
        await bot.send_photo(CHAT, b"")


@pytest.mark.asyncio
async def test_bytes_of_uploads_are_kept(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_photo(CHAT, b"\x89PNG\r\n\x1a\nbytes", filename="back")
    page = await bot.send_document(CHAT, b"%PDF-1.7", filename="page.pdf")
    assert page.document is not None
    assert server.file(sent.photo[-1].file_id) == b"\x89PNG\r\n\x1a\nbytes"
    assert server.file(sent.photo[0].file_id) == b"\x89PNG\r\n\x1a\nbytes"
    assert server.file("nothing") is None
    assert server.file_info("nothing") is None
    photo, document = [
        server.file_info(file_id) for file_id in (sent.photo[-1].file_id, page.document.file_id)
    ]
    assert photo is not None
    assert document is not None
    assert (photo.kind, photo.mime_type, photo.size) == ("photo", "image/png", 13)
    assert (document.name, document.mime_type) == ("page.pdf", "application/pdf")


def test_the_oldest_bytes_make_room() -> None:
    archive = Archive(room=10)
    for name in ("one", "two", "three"):
        archive.keep(name, b"four")
    assert [archive.get(name) for name in ("one", "two", "three")] == [None, b"four", b"four"]
    archive.keep("huge", b"x" * 11)
    assert archive.get("three") is None
    assert archive.get("huge") is None


@pytest.mark.asyncio
async def test_bot_presses_and_answers(server: BotApiServer, bot: Bot, clock: Clock) -> None:
    await bot.send_message(CHAT, "Well?", reply_markup=KEYBOARD)
    pressed = server.user_presses(CHAT, "Yes")
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert update.callback_query.data == "yes"
    assert await update.callback_query.answer("Done", show_alert=True)
    (answered,) = server.answered_callbacks
    assert answered.callback_query_id == pressed.callback_query_id
    assert (answered.text, answered.show_alert) == ("Done", True)
    late = server.user_presses(CHAT, "no")
    for query_id, passed in (
        (pressed.callback_query_id, 0),
        ("unknown", 0),
        (late.callback_query_id, 3600),
    ):
        clock.now += passed
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(query_id)


@pytest.mark.asyncio
async def test_missing_button_lists_those_there(server: BotApiServer, bot: Bot) -> None:
    sent = await bot.send_message(CHAT, "Well?", reply_markup=KEYBOARD)
    await bot.send_message(CHAT, "Or?", reply_markup=ReplyKeyboardMarkup([["Maybe"]]))
    with pytest.raises(AssertionError, match=r"no button 'Never' .*\['Yes', 'No'\].*'Maybe'"):
        server.user_presses(CHAT, "Never")
    assert server.user_presses(CHAT, "Maybe").update["message"]["text"] == "Maybe"
    assert server.user_presses(CHAT, "Yes", sent.message_id).message_id == sent.message_id
    await bot.send_message(CHAT, "Fine", reply_markup=ReplyKeyboardRemove())
    with pytest.raises(AssertionError, match="no button 'Maybe'"):
        server.user_presses(CHAT, "Maybe")


@pytest.mark.asyncio
async def test_unknown_and_blocked_chats(server: BotApiServer, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(404, "Text")
    server.user_blocks(CHAT)
    for attempt in (bot.send_message(CHAT, "Text"), bot.send_chat_action(CHAT, "typing")):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await attempt
    server.user_unblocks(CHAT)
    await bot.send_message(CHAT, "Text")
    blocked, unblocked = await bot.get_updates()
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.new_chat_member.status == "member"


@pytest.mark.asyncio
async def test_groups(server: BotApiServer, bot: Bot) -> None:
    server.open_group(GROUP, "Group")
    server.user_says(GROUP, "/start@simulated_bot now", from_user=77)
    added, said = await bot.get_updates()
    assert added.my_chat_member is not None
    assert said.message is not None
    assert said.message.from_user is not None
    assert (said.message.from_user.id, said.message.chat.type) == (77, "supergroup")
    assert said.message.parse_entities(["bot_command"])
    assert (await bot.get_chat(GROUP)).title == "Group"
    await bot.leave_chat(GROUP)
    assert server.has_left(GROUP)
    with pytest.raises(Forbidden, match="bot is not a member"):
        await bot.send_message(GROUP, "Text")
    with pytest.raises(BadRequest, match="can't be changed in private chats"):
        await bot.leave_chat(CHAT)


@pytest.mark.asyncio
async def test_profile(server: BotApiServer, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("start", "Begin")])
    await bot.set_my_commands([BotCommand("stop", "End")], BotCommandScopeChat(CHAT), "de")
    await bot.set_my_description("Long")
    await bot.set_my_short_description("Short", "de")
    await bot.set_my_name("Name")
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert server.commands == {
        ("default", ""): [{"command": "start", "description": "Begin"}],
        (f"chat:{CHAT}", "de"): [{"command": "stop", "description": "End"}],
    }
    assert (server.description, server.short_description) == ({"": "Long"}, {"de": "Short"})
    assert (server.name, server.menu_button) == ({"": "Name"}, {None: {"type": "commands"}})
    assert await bot.get_my_commands() == (BotCommand("start", "Begin"),)
    assert (await bot.get_my_description("fr")).description == "Long"
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    assert (await bot.get_me()).is_bot


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_everything_people_send_is_a_valid_update(
    server: BotApiServer, bot: Bot, kind: str
) -> None:
    pushed = server.user_sends(CHAT, kind, lat=1.5, lon=2.5)
    assert validate_object("Update", pushed.update) is None
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert getattr(update.message, kind)
    if update.message.location:
        assert update.message.location.latitude == 1.5


@pytest.mark.asyncio
async def test_other_updates_are_valid(server: BotApiServer, bot: Bot) -> None:
    await bot.send_message(CHAT, "Well?", reply_markup=KEYBOARD)
    said = server.user_says(CHAT, "/start now")
    for pushed in (
        said,
        server.user_edits(CHAT, said.message_id, "Changed"),
        server.user_presses(CHAT, "Yes"),
        server.user_blocks(CHAT),
        server.user_unblocks(CHAT),
    ):
        assert validate_object("Update", pushed.update) is None


@pytest.mark.asyncio
async def test_offsets_confirm_updates(server: BotApiServer, bot: Bot) -> None:
    first, second = [server.user_says(CHAT, text).update_id for text in ("One", "Two")]
    assert [u.update_id for u in await bot.get_updates(limit=1)] == [first]
    assert [u.update_id for u in await bot.get_updates()] == [first, second]
    assert [u.update_id for u in await bot.get_updates(offset=second)] == [second]
    assert await bot.get_updates(offset=second + 1) == ()
    assert server.confirmed_offset == second + 1
    server.redeliver(first)
    assert [u.update_id for u in await bot.get_updates(offset=second + 1)] == [first]
    assert await bot.get_updates(offset=second + 1) == ()


@pytest.mark.asyncio
async def test_allowed_updates(server: BotApiServer, bot: Bot) -> None:
    assert not server.push_update({"chat_member": {}}).queued
    await bot.get_updates(allowed_updates=[Update.CALLBACK_QUERY])
    assert not server.user_says(CHAT, "Hello").queued
    await bot.get_updates(allowed_updates=[])
    assert server.user_says(CHAT, "Hello").queued


@pytest.mark.asyncio
async def test_long_poll_ends_with_an_update_and_conflicts(server: BotApiServer, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await server.state.changes.until(lambda: server.state.polling, 5)
    async with bot_of(server) as other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await poll
        server.user_says(CHAT, "Hello")
        assert len(await second) == 1
        assert len(await other.get_updates()) == 1


@pytest.mark.asyncio
async def test_abandoned_poll_does_not_conflict(server: BotApiServer, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await server.state.changes.until(lambda: server.state.polling, 5)
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    assert await bot.get_updates() == ()


@pytest.mark.asyncio
async def test_webhooks(server: BotApiServer, bot: Bot) -> None:
    await bot.set_webhook("https://example.org/hook")
    assert (await bot.get_webhook_info()).url == "https://example.org/hook"
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    server.user_says(CHAT, "Hello")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()
    with pytest.raises(BadRequest, match=r"(?i)https url must be provided"):
        await bot.set_webhook("http://example.org")


@pytest.mark.asyncio
async def test_faults(server: BotApiServer, bot: Bot) -> None:
    server.open_chat(12)
    server.fail_next("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7)
    with pytest.raises(RetryAfter) as limited:
        await bot.send_message(CHAT, "Text")
    assert limited.value.retry_after == timedelta(seconds=7)
    server.fail_next("sendMessage", 500, "Internal Server Error", times=2, chat_id=12)
    await bot.send_message(CHAT, "Other chat")
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(12, "Text")
    server.drop_connection_next("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(12, "Not done")
    server.lose_answer_next("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(12, "Done")
    server.delay_next("sendMessage", 0.001)
    await bot.send_message(12, "Late")
    assert [message.text for message in server.messages(12)] == ["Done", "Late"]


@pytest.mark.asyncio
async def test_dropped_connection_on_plain_request(server: BotApiServer) -> None:
    server.drop_connection_next("getMe")
    with pytest.raises(ServerDisconnectedError):
        await post(server, "getMe")
    assert (await post(server, "getMe"))["ok"]


@pytest.mark.asyncio
async def test_rates(clock: Clock) -> None:
    async with BotApiServer(clock=clock, enforce_rates=True) as server, bot_of(server) as bot:
        for chat in range(1, 41):
            server.open_chat(chat)
        for _ in range(3):
            await bot.send_message(1, "Text")
        with pytest.raises(RetryAfter) as limited:
            await bot.send_message(1, "Text")
        assert limited.value.retry_after == timedelta(seconds=1)
        clock.now += 1
        await bot.send_message(1, "Text")
        for chat in range(2, 31):
            await bot.send_message(chat, "Text")
        with pytest.raises(RetryAfter):
            await bot.send_message(31, "Text")


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text(f"You said {update.message.text}", reply_markup=KEYBOARD)


async def _answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer()
    await update.callback_query.edit_message_text(f"You chose {update.callback_query.data}")


@pytest.mark.asyncio
async def test_application_runs_against_the_server(server: BotApiServer) -> None:
    application = Application.builder().bot(bot_of(server)).build()
    application.add_handler(MessageHandler(filters.TEXT, _echo))
    application.add_handler(CallbackQueryHandler(_answer))
    async with application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling()
        said = server.user_says(CHAT, "Hello")
        await server.wait_for(CHAT, lambda message: message.text == "You said Hello")
        server.user_presses(CHAT, "Yes")
        await server.wait_for(CHAT, lambda message: message.text == "You chose yes")
        await server.quiet()
        assert server.confirmed_offset == said.update_id + 2
        await application.updater.stop()
        await application.stop()


@pytest.mark.asyncio
async def test_waiting_says_what_is_missing(server: BotApiServer, bot: Bot) -> None:
    await bot.send_message(CHAT, "Well?", reply_markup=KEYBOARD)
    with pytest.raises(AssertionError, match=r"no such message in chat 11.*Well"):
        await server.wait_for(CHAT, lambda message: message.text == "Other", timeout=0.001)
    said = server.user_says(CHAT, "Hello")
    with pytest.raises(AssertionError, match=rf"unconfirmed updates \[{said.update_id}\]"):
        await server.quiet(timeout=0.001)
    await bot.get_updates(offset=said.update_id + 1)
    await server.quiet()
    pressed = server.user_presses(CHAT, "Yes")
    missing = rf"unconfirmed updates \[{pressed.update_id}\].*\['{pressed.callback_query_id}'\]"
    with pytest.raises(AssertionError, match=missing):
        await server.quiet(timeout=0.001)
    await bot.get_updates(offset=pressed.update_id + 1)
    with pytest.raises(AssertionError, match="not quiet"):
        await server.quiet(timeout=0.001)
    await bot.answer_callback_query(pressed.callback_query_id)
    await server.quiet()
