"""Methods that send messages."""

from bot.adapters.simulator.chats import BOT_USER, Chat, StoredMessage
from bot.adapters.simulator.contents import media_fields
from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.formatting import format_text
from bot.adapters.simulator.refusal import bad_request, too_many_requests
from bot.adapters.simulator.state import State


def writable_chat(state: State, params: JsonDict) -> Chat:
    """The chat of a request that writes, once rights and rates allow it."""
    chat = state.chats.requested(params["chat_id"])
    chat.check_can_write()
    if state.rates is not None and (wait := state.rates.retry_after(chat.id)) is not None:
        raise too_many_requests(wait)
    return chat


def text_fields(params: JsonDict, name: str, entities: str) -> JsonDict:
    """The text or caption of a message with its entities."""
    raw = params.get(name, "")
    formatted = format_text(raw, params.get("parse_mode"), params.get(entities) or ())
    fields: JsonDict = {name: formatted.text} if formatted.text else {}
    return fields | ({entities: formatted.entities} if formatted.entities else {})


def inline_markup(params: JsonDict) -> JsonDict:
    """The inline keyboard of a request, as a message carries it."""
    markup = params.get("reply_markup") or {}
    rows = [row for row in markup.get("inline_keyboard", []) if row]
    return {"reply_markup": {**markup, "inline_keyboard": rows}} if rows else {}


def send_message(state: State, params: JsonDict) -> JsonDict:
    """sendMessage."""
    chat = writable_chat(state, params)
    fields = text_fields(params, "text", "entities")
    if options := params.get("link_preview_options"):
        fields["link_preview_options"] = options
    return _store(state, chat, params, fields, params["text"])


def send_photo(state: State, params: JsonDict) -> JsonDict:
    """sendPhoto."""
    return _send_media(state, params, "photo")


def send_animation(state: State, params: JsonDict) -> JsonDict:
    """sendAnimation."""
    return _send_media(state, params, "animation")


def send_document(state: State, params: JsonDict) -> JsonDict:
    """sendDocument."""
    return _send_media(state, params, "document")


def _send_media(state: State, params: JsonDict, kind: str) -> JsonDict:
    chat = writable_chat(state, params)
    fields = media_fields(state.files.resolve(kind, params[kind]))
    fields |= text_fields(params, "caption", "caption_entities")
    return _store(state, chat, params, fields, params.get("caption", ""))


def _store(state: State, chat: Chat, params: JsonDict, fields: JsonDict, html: str) -> JsonDict:
    markup = params.get("reply_markup") or {}
    replied = _replied(chat, params.get("reply_parameters"))
    message: JsonDict = {
        "message_id": state.chats.next_message_id(),
        "from": BOT_USER,
        "chat": chat.json(),
        "date": state.now,
        **fields,
        **inline_markup(params),
        **replied,
    }
    if params.get("protect_content"):
        message["has_protected_content"] = True
    keyboard = markup if "keyboard" in markup or "force_reply" in markup else None
    if keyboard is not None or "remove_keyboard" in markup:
        chat.keyboard = keyboard
    silent = params.get("disable_notification", False)
    stored = StoredMessage(message, True, html, keyboard, silent=silent)
    chat.stored[stored.message_id] = stored
    return message


def _replied(chat: Chat, reply: JsonDict | None) -> JsonDict:
    if reply is None:
        return {}
    stored = chat.stored.get(reply.get("message_id", 0))
    if stored is not None and not stored.deleted:
        shown = {k: v for k, v in stored.message.items() if k != "reply_to_message"}
        return {"reply_to_message": shown}
    if reply.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


def send_chat_action(state: State, params: JsonDict) -> bool:
    """sendChatAction."""
    state.chats.requested(params["chat_id"]).check_can_write()
    return True
