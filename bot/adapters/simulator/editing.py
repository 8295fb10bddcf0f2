"""Methods that change or delete messages."""

from bot.adapters.simulator.chats import MEDIA, StoredMessage
from bot.adapters.simulator.contents import media_fields
from bot.adapters.simulator.description import Json, JsonDict
from bot.adapters.simulator.refusal import bad_request
from bot.adapters.simulator.sending import inline_markup, text_fields, writable_chat
from bot.adapters.simulator.state import State
from bot.adapters.simulator.uploads import Upload

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
DELETABLE_SECONDS = 48 * 3600
_TEXT = ("text", "entities", "link_preview_options")
_CAPTION = ("caption", "caption_entities")


def edit_message_text(state: State, params: JsonDict) -> JsonDict:
    """editMessageText."""
    if "text" not in params:
        raise bad_request("rich messages are not simulated")
    stored = _editable(state, params)
    if "text" not in stored.message:
        raise bad_request("there is no text in the message to edit")
    fields = text_fields(params, "text", "entities")
    if options := params.get("link_preview_options"):
        fields["link_preview_options"] = options
    return _replace(state, stored, _TEXT, fields | inline_markup(params), params["text"])


def edit_message_caption(state: State, params: JsonDict) -> JsonDict:
    """editMessageCaption."""
    stored = _editable(state, params)
    if stored.kind == "text":
        raise bad_request("there is no caption in the message to edit")
    fields = text_fields(params, "caption", "caption_entities") | inline_markup(params)
    return _replace(state, stored, _CAPTION, fields, params.get("caption", ""))


def edit_message_reply_markup(state: State, params: JsonDict) -> JsonDict:
    """editMessageReplyMarkup."""
    return _replace(state, _editable(state, params), (), inline_markup(params), None)


def edit_message_media(state: State, params: JsonDict, attachments: dict[str, Upload]) -> JsonDict:
    """editMessageMedia."""
    stored = _editable(state, params)
    media = params["media"]
    if media["type"] not in MEDIA:
        raise bad_request(f"media of type {media['type']} is not simulated")
    source = media["media"]
    if isinstance(source, str) and source.startswith("attach://"):
        source = attachments[source.removeprefix("attach://")]
    fields = media_fields(state.files.resolve(media["type"], source))
    fields |= text_fields(media, "caption", "caption_entities") | inline_markup(params)
    return _replace(state, stored, _TEXT + _CAPTION + MEDIA, fields, media.get("caption", ""))


def delete_message(state: State, params: JsonDict) -> bool:
    """deleteMessage."""
    chat = state.chats.requested(params["chat_id"])
    stored = chat.present(params["message_id"], "message to delete not found")
    if not stored.outgoing and chat.type != "private":
        raise bad_request("message can't be deleted")
    if state.now - stored.message["date"] > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    stored.deleted = True
    return True


def _editable(state: State, params: JsonDict) -> StoredMessage:
    if "inline_message_id" in params:
        raise bad_request("inline messages are not simulated")
    chat = writable_chat(state, params)
    stored = chat.present(params["message_id"], "message to edit not found")
    if not stored.outgoing or stored.keyboard is not None:
        raise bad_request("message can't be edited")
    return stored


def _replace(
    state: State,
    stored: StoredMessage,
    removed: tuple[str, ...],
    fields: JsonDict,
    html: str | None,
) -> JsonDict:
    gone = {*removed, "reply_markup"}
    kept: JsonDict = {key: value for key, value in stored.message.items() if key not in gone}
    if _comparable(kept | fields) == _comparable(stored.message):
        raise bad_request(NOT_MODIFIED)
    stored.message = kept | fields | {"edit_date": state.now}
    stored.edited += 1
    if html is not None:
        stored.html = html
    return stored.message


def _comparable(message: JsonDict) -> Json:
    return {key: value for key, value in message.items() if key != "edit_date"}
