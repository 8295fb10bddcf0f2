"""Bot API updates to events: who, what, and which message was pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import UnionType
from typing import Literal

from telegram import Chat, ChatMember, Location, Message, Update, User

from bot.core.messages import Attachment, Blocked, Command, Edited, Event, Place, Press, Text
from bot.ports import UserId

KINDS = (
    *("sticker", "voice", "audio", "video_note", "animation", "photo", "video", "document"),
    *("contact", "location", "venue", "poll", "dice", "story"),
)
PREFIX = "tg:"

ZoneAt = Callable[[float, float], str | None]
"""From a latitude and longitude to the IANA name of the zone there."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An event of a user in their private chat."""

    user: UserId
    event: Event
    pressed: int | None = None


@dataclass(frozen=True, slots=True)
class InGroup:
    """Someone speaks to the bot where others can read: one line and a link, nothing else."""

    chat_id: int


def user_of(chat_id: int) -> UserId:
    """The user of a private chat."""
    return UserId(f"{PREFIX}{chat_id}")


def chat_of(user: UserId) -> int:
    """The private chat of a user."""
    return int(user.removeprefix(PREFIX))


def no_zone(latitude: float, longitude: float) -> str | None:
    """Knows the zone of no location."""


def read(
    update: Update, now: datetime, bot_name: str, zone_at: ZoneAt = no_zone
) -> Incoming | InGroup | None:
    """What an update means for us; None for what is none of our business, or malformed."""
    if not _is_whole(update):
        return None
    if update.callback_query is not None:
        return _press(update, now)
    if update.my_chat_member is not None:
        return _membership(update, now)
    if update.edited_message is not None:
        message = update.edited_message
        if message.chat.type != Chat.PRIVATE:
            return None
        text = message.text or message.caption or ""
        return Incoming(user_of(message.chat.id), Edited(now, text)) if text else None
    if update.message is not None:
        # Not message.date: after an outage an answer may be hours old, and freshness counts now.
        return _message(update.message, now, bot_name, zone_at)
    return None


def _is_whole(update: Update) -> bool:
    """Whether what is read of an update has the types that the Bot API promises."""
    query, change = update.callback_query, update.my_chat_member
    found = (update.message, update.edited_message, query.message if query else None)
    messages = [message for message in found if message is not None]
    chats = [part.chat for part in (*messages, change) if part is not None]
    full = [message for message in messages if isinstance(message, Message)]
    words = [words for message in full for words in (message.text, message.caption)]
    places = [place for m in full if (place := _place(m)) is not None]
    numbers = [number for place in places for number in (place.latitude, place.longitude)]
    members = (change.old_chat_member, change.new_chat_member) if change is not None else ()
    return (
        all(_is_number(getattr(chat, "id", None), int) for chat in chats)
        and all(isinstance(word, str | None) for word in (*words, query.data if query else None))
        and all(_is_number(number, int | float) for number in numbers)
        and all(isinstance(member, ChatMember) for member in members)
        and (query is None or isinstance(query.from_user, User))
    )


def _is_number(value: object, kind: type | UnionType) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _message(
    message: Message, at: datetime, bot_name: str, zone_at: ZoneAt
) -> Incoming | InGroup | None:
    text = message.text or ""
    if message.chat.type != Chat.PRIVATE:
        said = (text or message.caption or "").lower()
        spoken_to = f"@{bot_name.lower()}" in said or said.startswith("/")
        return InGroup(message.chat.id) if spoken_to else None
    event: Event
    if text.startswith("/"):
        name, *rest = text[1:].split(maxsplit=1) or [""]
        event = Command(at, name.partition("@")[0].lower(), " ".join(rest))
    elif text:
        event = Text(at, text)
    else:
        zone = _zone(message, zone_at)
        event = (
            Place(at, zone) if zone else Attachment(at, kind_of(message), message.caption or "")
        )
    return Incoming(user_of(message.chat.id), event)


def _zone(message: Message, zone_at: ZoneAt) -> str | None:
    """The zone of a location or venue; its coordinates go no further than here."""
    where = _place(message)
    return zone_at(where.latitude, where.longitude) if where else None


def _place(message: Message) -> Location | None:
    return message.location or (message.venue.location if message.venue else None)


def kind_of(message: Message) -> str:
    """What a message without text is."""
    return next((kind for kind in KINDS if getattr(message, kind, None)), "other")


def _press(update: Update, now: datetime) -> Incoming | None:
    query = update.callback_query
    if query is None or query.message is None or query.data is None:
        return None
    chat = query.message.chat
    if chat.type != Chat.PRIVATE or query.from_user.id != chat.id:
        return None  # a button answers only for the person whose chat it is in
    return Incoming(user_of(chat.id), Press(now, query.data), query.message.message_id)


_AWAY: tuple[Literal["kicked", "left"], ...] = ("kicked", "left")


def _membership(update: Update, now: datetime) -> Incoming | InGroup | None:
    change = update.my_chat_member
    if change is None:
        return None
    status = change.new_chat_member.status
    if change.chat.type == Chat.PRIVATE:
        return Incoming(user_of(change.chat.id), Blocked(now, status in _AWAY))
    was_in = change.old_chat_member.status not in _AWAY
    joined = status in {ChatMember.MEMBER, ChatMember.ADMINISTRATOR} and not was_in
    return InGroup(change.chat.id) if joined else None
