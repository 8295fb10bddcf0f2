"""The messages of a chat as the page shows them, each with the change that it last came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.adapters.simulator.chats import Chat, StoredMessage
from bot.adapters.simulator.description import JsonDict

NEWEST = 400  # messages of a chat that the page shows


@dataclass
class _Seen:
    """What the page was told of one chat, and in which change."""

    change: int = 0
    head: JsonDict = field(default_factory=dict)
    head_change: int = 0
    messages: dict[int, tuple[int, JsonDict]] = field(default_factory=dict)


class Views:
    """Numbers the changes of each chat by comparing it with what was there before."""

    def __init__(self, places: Mapping[tuple[float, float], str]) -> None:
        """`places` are the names of the locations that the page can share."""
        self._places = places
        self._chats: dict[int, _Seen] = {}

    def changed(self, chat: Chat, busy: bool, since: int) -> bool:
        """Whether there is anything after a change; a number from another run counts too."""
        return self._looked(chat, busy).change != since

    def since(self, chat: Chat, busy: bool, since: int) -> JsonDict:
        """What came after a change."""
        seen = self._looked(chat, busy)
        fresh = 0 if since > seen.change else since
        news = [view for change, view in seen.messages.values() if change > fresh]
        return {"change": seen.change, "messages": news, **seen.head}

    def _looked(self, chat: Chat, busy: bool) -> _Seen:
        seen = self._chats.setdefault(chat.id, _Seen())
        head = {"busy": busy, "keyboard": _keyboard(chat.keyboard)}
        views = {
            stored.message_id: self._view(stored)
            for stored in list(chat.stored.values())[-NEWEST:]
        }
        fresh = {
            key: view
            for key, view in views.items()
            if key not in seen.messages or seen.messages[key][1] != view
        }
        if fresh or head != seen.head:
            seen.change += 1
            seen.head = head
            seen.messages |= {key: (seen.change, view) for key, view in fresh.items()}
        return seen

    def _view(self, stored: StoredMessage) -> JsonDict:
        message = stored.message
        if stored.deleted:
            return {"id": stored.message_id, "deleted": True}
        entities = message.get("entities", message.get("caption_entities", []))
        return {
            "id": stored.message_id,
            "mine": not stored.outgoing,
            "date": message["date"],
            "edited": stored.edited > 0 and stored.outgoing,
            "text": message.get("text", message.get("caption", "")),
            "entities": entities,
            "buttons": [[_button(one) for one in row] for row in stored.inline_buttons],
            "media": _media(stored),
            "place": self._place(message.get("location")),
        }

    def _place(self, location: JsonDict | None) -> str | None:
        if location is None:
            return None
        return self._places.get((location["latitude"], location["longitude"]), "Location")


def _button(button: JsonDict) -> JsonDict:
    return {key: button[key] for key in ("text", "callback_data", "url") if key in button}


def _keyboard(keyboard: JsonDict | None) -> list[list[JsonDict]]:
    """The rows of a reply keyboard; `place` asks to share one, others are sent as they read."""
    rows = (keyboard or {}).get("keyboard", [])
    return [
        [
            {"text": one}
            if isinstance(one, str)
            else {"text": one["text"], "place": bool(one.get("request_location"))}
            for one in row
        ]
        for row in rows
    ]


def _media(stored: StoredMessage) -> JsonDict | None:
    if stored.file_id is None:
        return None
    media = stored.message[stored.kind]
    file = media[-1] if isinstance(media, list) else media
    return {
        "kind": stored.kind,
        "id": stored.file_id,
        "name": file.get("file_name", stored.kind),
        "size": file["file_size"],
    }
