"""Methods about the bot itself, chats as a whole and callback queries."""

from bot.adapters.simulator.chats import BOT_USER
from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.refusal import bad_request
from bot.adapters.simulator.state import CALLBACK_LIFETIME, AnsweredCallback, State

QUERY_INVALID = "query is too old and response timeout expired or query ID is invalid"


def get_me(state: State, params: JsonDict) -> JsonDict:
    """getMe."""
    return {
        **BOT_USER,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def answer_callback_query(state: State, params: JsonDict) -> bool:
    """answerCallbackQuery."""
    callback = state.callbacks.get(params["callback_query_id"])
    if callback is None or callback.answer is not None:
        raise bad_request(QUERY_INVALID)
    if state.now - callback.date > CALLBACK_LIFETIME:
        raise bad_request(QUERY_INVALID)
    callback.answer = AnsweredCallback(
        callback.callback_query_id, params.get("text", ""), params.get("show_alert", False)
    )
    return True


def _scope(state: State, params: JsonDict) -> tuple[str, str]:
    scope = params.get("scope") or {"type": "default"}
    if "chat_id" in scope:
        state.chats.requested(scope["chat_id"])
    parts = (str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope)
    return ":".join(parts), params.get("language_code", "")


def set_my_commands(state: State, params: JsonDict) -> bool:
    """setMyCommands."""
    state.profile.commands[_scope(state, params)] = params["commands"]
    return True


def get_my_commands(state: State, params: JsonDict) -> list[JsonDict]:
    """getMyCommands."""
    return state.profile.commands.get(_scope(state, params), [])


def delete_my_commands(state: State, params: JsonDict) -> bool:
    """deleteMyCommands."""
    state.profile.commands.pop(_scope(state, params), None)
    return True


def set_my_name(state: State, params: JsonDict) -> bool:
    """setMyName."""
    return _set(state.profile.name, params, "name")


def get_my_name(state: State, params: JsonDict) -> JsonDict:
    """getMyName."""
    return {"name": _get(state.profile.name, params) or BOT_USER["first_name"]}


def set_my_description(state: State, params: JsonDict) -> bool:
    """setMyDescription."""
    return _set(state.profile.description, params, "description")


def get_my_description(state: State, params: JsonDict) -> JsonDict:
    """getMyDescription."""
    return {"description": _get(state.profile.description, params)}


def set_my_short_description(state: State, params: JsonDict) -> bool:
    """setMyShortDescription."""
    return _set(state.profile.short_description, params, "short_description")


def get_my_short_description(state: State, params: JsonDict) -> JsonDict:
    """getMyShortDescription."""
    return {"short_description": _get(state.profile.short_description, params)}


def _set(texts: dict[str, str], params: JsonDict, name: str) -> bool:
    texts[params.get("language_code", "")] = params.get(name, "")
    return True


def _get(texts: dict[str, str], params: JsonDict) -> str:
    return texts.get(params.get("language_code", "")) or texts.get("", "")


def set_chat_menu_button(state: State, params: JsonDict) -> bool:
    """setChatMenuButton."""
    chat_id = params.get("chat_id")
    if chat_id is not None:
        state.chats.requested(chat_id)
    state.profile.menu_buttons[chat_id] = params.get("menu_button") or {"type": "default"}
    return True


def leave_chat(state: State, params: JsonDict) -> bool:
    """leaveChat."""
    chat = state.chats.requested(params["chat_id"])
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.check_can_write()
    chat.left = True
    return True


def get_chat(state: State, params: JsonDict) -> JsonDict:
    """getChat."""
    chat = state.chats.requested(params["chat_id"])
    if chat.left:
        chat.check_can_write()
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    return {
        **chat.json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, True),
    }
