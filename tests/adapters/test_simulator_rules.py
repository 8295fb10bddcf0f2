"""The rules the simulated Bot API enforces: one case for each."""

from typing import Any

import pytest

from bot.adapters.simulator.description import load
from bot.adapters.simulator.formatting import format_text
from bot.adapters.simulator.refusal import RefusedError
from bot.adapters.simulator.validation import validate, validate_object

SMILE = "\U0001f642"


def message(**more: Any) -> dict[str, Any]:
    return {"chat_id": 1, "text": "Text", **more}


def html(text: str) -> dict[str, Any]:
    return message(text=text, parse_mode="HTML")


def inline(**button: Any) -> dict[str, Any]:
    return message(reply_markup={"inline_keyboard": [[button]]})


def button(**more: Any) -> dict[str, Any]:
    return inline(text="Label", **more)


def command(name: str, description: str = "Description") -> dict[str, Any]:
    return {"commands": [{"command": name, "description": description}]}


def entity(offset: int, length: int, text: str = "Text") -> dict[str, Any]:
    return message(text=text, entities=[{"type": "bold", "offset": offset, "length": length}])


ROW = [{"text": "Label", "callback_data": "data"}]
ACCEPTED = {
    "plain": ("sendMessage", message()),
    "longest text": ("sendMessage", message(text="x" * 4096)),
    "tags do not count": ("sendMessage", html(f"<b>{'x' * 4096}</b>")),
    "longest in units": ("sendMessage", message(text=SMILE * 2048)),
    "no caption": ("sendPhoto", {"chat_id": 1, "photo": "id", "caption": ""}),
    "longest caption": ("sendPhoto", {"chat_id": 1, "photo": "id", "caption": "x" * 1024}),
    "longest data": ("sendMessage", button(callback_data="x" * 64)),
    "eight buttons in a row": (
        "sendMessage",
        message(reply_markup={"inline_keyboard": [ROW * 8]}),
    ),
    "link": ("sendMessage", button(url="https://example.org/page?x=1")),
    "own scheme": ("sendMessage", button(url="tg://resolve?domain=example")),
    "text reply button": ("sendMessage", message(reply_markup={"keyboard": [["Label"]]})),
    "removed keyboard": ("sendMessage", message(reply_markup={"remove_keyboard": True})),
    "entity": ("sendMessage", entity(0, 4)),
    "options": ("sendMessage", message(link_preview_options={"is_disabled": True})),
    "user name": ("sendMessage", message(chat_id="@example")),
    "longest answer": ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 200}),
    "longest command": ("setMyCommands", command("x" * 32, "x" * 256)),
    "longest description": ("setMyDescription", {"description": "x" * 512}),
    "no parameters": ("getMe", {}),
    "literal union": ("setMyCommands", {**command("x"), "scope": {"type": "chat", "chat_id": 1}}),
}
REFUSED = {
    "unknown parameter": ("sendMessage", message(colour=1), 'unknown parameter "colour"'),
    "unknown field": (
        "sendMessage",
        button(callback_data="x", colour=1),
        'unknown parameter "reply_markup.inline_keyboard[0][0].colour"',
    ),
    "no chat": ("sendMessage", {"text": "Text"}, "chat_id is empty"),
    "no text": ("sendMessage", {"chat_id": 1}, "message text is empty"),
    "empty text": ("sendMessage", message(text=""), "message text is empty"),
    "blank text": ("sendMessage", message(text=" \n"), "text must be non-empty"),
    "only tags": ("sendMessage", html("<b></b>"), "text must be non-empty"),
    "missing": ("sendPhoto", {"chat_id": 1}, 'parameter "photo" is required'),
    "missing in object": (
        "setChatMenuButton",
        {"menu_button": {"type": "web_app", "text": "Open"}},
        'parameter "menu_button.web_app" is required',
    ),
    "text as number": ("sendMessage", message(text=1), "must be of type string"),
    "flag as number": ("sendMessage", message(protect_content=1), "must be of type boolean"),
    "number as flag": ("getUpdates", {"limit": True}, "must be of type integer"),
    "list as object": ("sendMessage", message(entities={}), "must be of type MessageEntity[]"),
    "object as text": ("sendMessage", message(reply_markup="x"), "must be of type Inline"),
    "no such literal": ("setMyCommands", {**command("x"), "scope": {"type": "x"}}, "of type"),
    "no such choice": ("sendChatAction", {"chat_id": 1, "action": "x"}, "must be one of"),
    "value": ("getUpdates", {"limit": 101}, "101 value, at most 100"),
    "long text": ("sendMessage", message(text="x" * 4097), "message is too long"),
    "long in units": ("sendMessage", message(text=SMILE * 2049), "message is too long"),
    "long caption": (
        "sendPhoto",
        {"chat_id": 1, "photo": "id", "caption": "x" * 1025},
        "message caption is too long",
    ),
    "long caption of media": (
        "editMessageMedia",
        {
            "chat_id": 1,
            "message_id": 1,
            "media": {"type": "photo", "media": "id", "caption": "x" * 1025},
        },
        "message caption is too long",
    ),
    "long data": ("sendMessage", button(callback_data="é" * 33), "BUTTON_DATA_INVALID"),
    "empty data": ("sendMessage", button(callback_data=""), "Text buttons are unallowed"),
    "no action": ("sendMessage", button(), "Text buttons are unallowed"),
    "two actions": ("sendMessage", button(callback_data="x", pay=True), "more than one action"),
    "empty label": ("sendMessage", inline(text="", callback_data="x"), "must be non-empty"),
    "no label": ("sendMessage", inline(callback_data="x"), "[0][0].text"),
    "phone link": ("sendMessage", button(url="tel:+112"), "Wrong HTTP URL"),
    "other scheme": ("sendMessage", button(url="ftp://example.org"), "Unsupported URL protocol"),
    "wide keyboard": (
        "sendMessage",
        message(reply_markup={"inline_keyboard": [ROW * 9]}),
        "reply markup is too long",
    ),
    "large keyboard": (
        "sendMessage",
        message(reply_markup={"inline_keyboard": [ROW] * 101}),
        "reply markup is too long",
    ),
    "empty reply label": (
        "sendMessage",
        message(reply_markup={"keyboard": [[{"text": ""}]]}),
        "must be non-empty",
    ),
    "two reply actions": (
        "sendMessage",
        message(
            reply_markup={
                "keyboard": [[{"text": "x", "request_contact": True, "request_location": True}]]
            }
        ),
        "more than one action",
    ),
    "long placeholder": (
        "sendMessage",
        message(reply_markup={"keyboard": [["x"]], "input_field_placeholder": "x" * 65}),
        "too long: 65 length, at most 64",
    ),
    "entity outside": ("sendMessage", entity(2, 3), "outside the text"),
    "entity before": ("sendMessage", entity(-1, 2), "outside the text"),
    "entity in a pair": ("sendMessage", entity(0, 1, SMILE), "inside a character"),
    "long answer": (
        "answerCallbackQuery",
        {"callback_query_id": "1", "text": "x" * 201},
        "MESSAGE_TOO_LONG",
    ),
    "long command": ("setMyCommands", command("x" * 33), "command length must not exceed 32"),
    "upper-case command": ("setMyCommands", command("Start"), "BOT_COMMAND_INVALID"),
    "no command": ("setMyCommands", command(""), "command must be non-empty"),
    "long command text": ("setMyCommands", command("x", "x" * 257), "must not exceed 256"),
    "no command text": ("setMyCommands", command("x", ""), "description must be non-empty"),
    "commands": (
        "setMyCommands",
        {"commands": command("x")["commands"] * 101},
        "BOT_COMMANDS_TOO_MUCH",
    ),
    "language": (
        "setMyName",
        {"name": "Bot", "language_code": "eng"},
        "invalid language code specified",
    ),
    "long description": ("setMyDescription", {"description": "x" * 513}, "at most 512"),
    "long short one": (
        "setMyShortDescription",
        {"short_description": "x" * 121},
        "at most 120",
    ),
    "long name": ("setMyName", {"name": "x" * 65}, "at most 64"),
    "which message": ("editMessageText", {"text": "x"}, "message identifier is not specified"),
    "what text": ("editMessageText", {"chat_id": 1, "message_id": 1}, "message text is empty"),
    "lost file": (
        "sendPhoto",
        {"chat_id": 1, "photo": "attach://gone"},
        'names the missing attachment "gone"',
    ),
    "parse mode": ("sendMessage", message(parse_mode="BBCode"), "unsupported parse_mode"),
    "markdown": ("sendMessage", message(parse_mode="MarkdownV2"), "is not simulated"),
}
BROKEN_HTML = {
    "unclosed": ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    "mismatched": ("<b>x</i>", 'offset 4, expected "</b>", found "</i>"'),
    "crossed": ("<b><i>x</b></i>", 'expected "</i>", found "</b>"'),
    "never opened": ("x</b>", "Unexpected end tag at byte offset 1"),
    "unknown": ("é<br>", 'Unsupported start tag "br" at byte offset 2'),
    "bare sign": ("1 < 2 > 0", 'Unsupported start tag ""'),
    "bare sign at the end": ("1 < 2", 'Unsupported start tag ""'),
    "open end": ("x<b", "Unclosed start tag at byte offset 1"),
    "open end tag": ("<b>x</b", "Unclosed end tag at byte offset 4"),
    "open attribute": ('<a href="x', "Unclosed start tag at byte offset 0"),
    "attribute token": ("<a href=x/y>z</a>", "Unexpected end of name token"),
    "nameless attribute": ('<a ="x">z</a>', "Empty attribute name"),
    "plain span": ("<span>x</span>", 'must have class "tg-spoiler"'),
    "emoji without id": ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier"),
    "time without date": ("<tg-time>x</tg-time>", "Invalid date-time"),
    "named reference": ("&nbsp;", 'Unsupported character reference "&nbsp;"'),
    "bad number": ("&#0;", "Unsupported character reference"),
}
GOOD_HTML = {
    "all tags": (
        "<b>b</b><strong>b</strong><i>i</i><em>i</em><u>u</u><ins>u</ins><s>s</s>"
        "<strike>s</strike><del>s</del>",
        "bbiiuusss",
        ["bold"] * 2 + ["italic"] * 2 + ["underline"] * 2 + ["strikethrough"] * 3,
    ),
    "spoilers": (
        '<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>',
        "xy",
        ["spoiler", "spoiler"],
    ),
    "link": ('<a href="https://example.org">x</a>', "x", ["text_link"]),
    "phone link is dropped": ('<a href="tel:112">x</a>', "x", []),
    "code": ("<code>x</code>", "x", ["code"]),
    "block of code": ('<pre><code class="language-python">x</code></pre>', "x", ["pre"]),
    "quotes": (
        "<blockquote>x</blockquote><blockquote expandable>y</blockquote>",
        "xy",
        ["blockquote", "expandable_blockquote"],
    ),
    "emoji": ('<tg-emoji emoji-id="5">x</tg-emoji>', "x", ["custom_emoji"]),
    "time": ('<tg-time unix="5" format="t">x</tg-time>', "x", ["date_time"]),
    "references": ("&lt;&gt;&amp;&quot;&#39;&#x41; & co", "<>&\"'A & co", []),
    "nested": ("<b>x<i>y</i></b>", "xy", ["bold", "italic"]),
    "upper case": ("<B>x</B>", "x", ["bold"]),
    "trimmed": (" <b> x </b>\n", "x", ["bold"]),
}


@pytest.mark.parametrize(("method", "params"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepts(method: str, params: dict[str, Any]) -> None:
    assert validate(method, params) is None


@pytest.mark.parametrize(("method", "params", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(method: str, params: dict[str, Any], text: str) -> None:
    refusal = validate(method, params)
    assert refusal is not None
    assert refusal.error_code == 400
    assert refusal.description.startswith("Bad Request: ")
    assert text in refusal.description


def test_refuses_unknown_method() -> None:
    refusal = validate("sendLetter", {})
    assert refusal is not None
    assert (refusal.error_code, refusal.description) == (404, "Not Found: method not found")


def test_refuses_attachment_nobody_names() -> None:
    refusal = validate("sendMessage", message(), {"file"})
    assert refusal is not None
    assert refusal.description == 'Bad Request: unknown parameter "file"'


@pytest.mark.parametrize(("text", "reason"), BROKEN_HTML.values(), ids=BROKEN_HTML.keys())
def test_refuses_broken_html(text: str, reason: str) -> None:
    refusal = validate("sendMessage", html(text))
    assert refusal is not None
    assert refusal.error_code == 400
    assert refusal.description.startswith("Bad Request: can't parse entities: ")
    assert reason in refusal.description


@pytest.mark.parametrize(("source", "text", "types"), GOOD_HTML.values(), ids=GOOD_HTML.keys())
def test_parses_html(source: str, text: str, types: list[str]) -> None:
    formatted = format_text(source, "HTML")
    assert formatted.text == text
    assert [entity["type"] for entity in formatted.entities] == types
    assert validate_object("Message", _received(text, formatted.entities)) is None


def _received(text: str, entities: list[dict[str, Any]]) -> dict[str, Any]:
    chat = {"id": 1, "type": "private"}
    return {"message_id": 1, "date": 1, "chat": chat, "text": text, "entities": entities}


def test_offsets_count_utf16_units_after_trimming() -> None:
    formatted = format_text(f" {SMILE}<b>x</b>", "HTML")
    assert formatted.entities == [{"type": "bold", "offset": 2, "length": 1}]


def test_format_text_refuses_broken_link_entities() -> None:
    link = {"type": "text_link", "offset": 0, "length": 1, "url": "nowhere"}
    with pytest.raises(RefusedError, match="entity URL 'nowhere' is invalid"):
        format_text("x", None, [link])


@pytest.mark.parametrize(
    ("method", "parameter", "limits"),
    [
        ("sendMessage", "text", {"min_length": 1, "max_length": 4096}),
        ("editMessageText", "text", {"min_length": 1, "max_length": 4096}),
        ("sendAnimation", "caption", {"min_length": 0, "max_length": 1024}),
        ("answerCallbackQuery", "text", {"min_length": 0, "max_length": 200}),
        ("setMyDescription", "description", {"min_length": 0, "max_length": 512}),
        ("setMyShortDescription", "short_description", {"min_length": 0, "max_length": 120}),
        ("setMyCommands", "commands", {"max_items": 100}),
        ("getUpdates", "limit", {"min_value": 1, "max_value": 100}),
    ],
)
def test_description_holds_limits(method: str, parameter: str, limits: dict[str, int]) -> None:
    assert load().methods[method][parameter].limits == limits


def test_description_is_whole() -> None:
    description = load()
    fields = [
        field
        for owner in (description.methods, description.objects)
        for names in owner.values()
        for field in names.values()
    ]
    limited = [f for f in fields if f.limits.keys() & {"max_length", "max_bytes"}]
    assert (len(description.methods), len(description.objects)) == (185, 373)
    assert len(limited) == 122
    assert description.objects["InlineKeyboardButton"]["callback_data"].limits == {
        "min_bytes": 1,
        "max_bytes": 64,
    }
