"""What Telegram refuses beyond types and limits: buttons, commands, identifiers."""

import re
from collections.abc import Callable, Mapping

from bot.adapters.simulator.description import JsonDict, load
from bot.adapters.simulator.refusal import bad_request
from bot.adapters.simulator.text import url_problem

MAX_INLINE_BUTTONS = 100
MAX_INLINE_BUTTONS_IN_ROW = 8
MAX_COMMAND = 32
MAX_COMMAND_DESCRIPTION = 256
_NOT_ACTIONS = frozenset({"text", "icon_custom_emoji_id", "style"})


def _inline_button(button: JsonDict) -> None:
    actions = [
        name
        for name in load().objects["InlineKeyboardButton"]
        if name not in _NOT_ACTIONS and button.get(name) is not None
    ]
    prefix = "can't parse inline keyboard button:"
    if not [name for name in actions if button[name] != "" or name.startswith("switch_")]:
        raise bad_request(f"{prefix} Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"{prefix} more than one action: {', '.join(sorted(actions))}")
    if button.get("text") == "":
        raise bad_request(f"{prefix} text must be non-empty")
    url = button.get("url")
    if isinstance(url, str) and (problem := url_problem(url)):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {problem}")


def _inline_keyboard(markup: JsonDict) -> None:
    rows = [row for row in markup.get("inline_keyboard") or [] if isinstance(row, list)]
    wide = any(len(row) > MAX_INLINE_BUTTONS_IN_ROW for row in rows)
    if wide or sum(map(len, rows)) > MAX_INLINE_BUTTONS:
        raise bad_request("reply markup is too long")


def _keyboard_button(button: JsonDict) -> None:
    actions = [name for name in button if name not in _NOT_ACTIONS and button[name] is not None]
    if len(actions) > 1:
        text = f"can't parse keyboard button: more than one action: {', '.join(sorted(actions))}"
        raise bad_request(text)
    if button.get("text") == "":
        raise bad_request("can't parse keyboard button: text must be non-empty")


def _reply_keyboard(markup: JsonDict) -> None:
    rows = markup.get("keyboard")
    if isinstance(rows, list) and not any(rows):
        raise bad_request("object expected as reply markup")


def _command(command: JsonDict) -> None:
    for field, words, most in (
        ("command", "command", MAX_COMMAND),
        ("description", "command description", MAX_COMMAND_DESCRIPTION),
    ):
        value = command.get(field)
        if isinstance(value, str) and not value.strip():
            raise bad_request(f"{words} must be non-empty")
        if isinstance(value, str) and len(value.strip()) > most:
            raise bad_request(f"{words} length must not exceed {most}")
    name = command.get("command")
    if isinstance(name, str) and not re.fullmatch(r"[a-z0-9_]+", name):
        raise bad_request("BOT_COMMAND_INVALID")


OBJECT_RULES: Mapping[str, Callable[[JsonDict], None]] = {
    "InlineKeyboardButton": _inline_button,
    "InlineKeyboardMarkup": _inline_keyboard,
    "KeyboardButton": _keyboard_button,
    "ReplyKeyboardMarkup": _reply_keyboard,
    "BotCommand": _command,
}


def check_method(method: str, params: JsonDict) -> None:
    """Refuse what depends on several parameters of one method."""
    if method.startswith("editMessage"):
        located = "chat_id" in params and "message_id" in params
        if located == ("inline_message_id" in params):
            raise bad_request("message identifier is not specified")
    if method == "editMessageText" and "rich_message" not in params and "text" not in params:
        raise bad_request("message text is empty")
    language = params.get("language_code")
    if isinstance(language, str) and not re.fullmatch(r"([a-z]{2})?", language):
        raise bad_request("invalid language code specified")
