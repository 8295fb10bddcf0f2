"""People, chats and the messages in them."""

from dataclasses import dataclass, field

from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.errors import SimulatorError
from bot.adapters.simulator.refusal import bad_request, forbidden

BOT_USER: JsonDict = {
    "id": 123456,
    "is_bot": True,
    "first_name": "Bot",
    "username": "simulated_bot",
}
MEDIA = ("photo", "animation", "document")


@dataclass(frozen=True)
class SentMessage:
    """A message of the bot as it is read from outside."""

    message_id: int
    kind: str
    text: str
    html: str
    buttons: list[list[str]]
    data: list[list[str | None]]
    keyboard: list[list[str]]
    file_id: str | None
    edited: int
    deleted: bool
    silent: bool
    date: int


@dataclass
class StoredMessage:
    """A message of anyone, with what only the server knows."""

    message: JsonDict
    outgoing: bool
    html: str = ""
    keyboard: JsonDict | None = None
    edited: int = 0
    deleted: bool = False
    silent: bool = False

    @property
    def message_id(self) -> int:
        """The id in its chat."""
        return int(self.message["message_id"])

    @property
    def kind(self) -> str:
        """Text, or the kind of media."""
        return next((kind for kind in MEDIA if kind in self.message), "text")

    @property
    def file_id(self) -> str | None:
        """The file the message shows."""
        media = self.message.get(self.kind)
        if self.kind == "text" or media is None:
            return None
        return str((media[-1] if isinstance(media, list) else media)["file_id"])

    @property
    def inline_buttons(self) -> list[list[JsonDict]]:
        """The rows of inline buttons."""
        rows: list[list[JsonDict]] = self.message.get("reply_markup", {}).get(
            "inline_keyboard", []
        )
        return rows

    def seen(self) -> SentMessage:
        """The message as it is read from outside."""
        return SentMessage(
            message_id=self.message_id,
            kind=self.kind,
            text=str(self.message.get("text", self.message.get("caption", ""))),
            html=self.html,
            buttons=[[button["text"] for button in row] for row in self.inline_buttons],
            data=[[button.get("callback_data") for button in row] for row in self.inline_buttons],
            keyboard=keyboard_labels(self.keyboard),
            file_id=self.file_id,
            edited=self.edited,
            deleted=self.deleted,
            silent=self.silent,
            date=self.message["date"],
        )


def keyboard_labels(keyboard: JsonDict | None) -> list[list[str]]:
    """The labels of a reply keyboard."""
    rows = (keyboard or {}).get("keyboard", [])
    return [[b if isinstance(b, str) else b["text"] for b in row] for row in rows]


@dataclass
class Chat:
    """A chat the bot knows."""

    id: int
    type: str
    names: JsonDict
    blocked: bool = False
    left: bool = False
    keyboard: JsonDict | None = None
    stored: dict[int, StoredMessage] = field(default_factory=dict)

    def json(self) -> JsonDict:
        """The chat as updates and messages carry it."""
        return {"id": self.id, "type": self.type, **self.names}

    def check_can_write(self) -> None:
        """Refuse as Telegram does when the bot is not welcome."""
        if self.blocked:
            raise forbidden("bot was blocked by the user")
        if self.left:
            raise forbidden(f"bot is not a member of the {self.type} chat")

    def present(self, message_id: int, missing: str) -> StoredMessage:
        """A message that is not deleted."""
        stored = self.stored.get(message_id)
        if stored is None or stored.deleted:
            raise bad_request(missing)
        return stored

    def sent(self) -> list[StoredMessage]:
        """The messages of the bot, oldest first."""
        return [stored for stored in self.stored.values() if stored.outgoing]


class Chats:
    """Every chat and person the server knows."""

    def __init__(self) -> None:
        self._chats: dict[int, Chat] = {}
        self._people: dict[int, JsonDict] = {}
        self._last_message_id = 0

    def open(self, chat: Chat) -> None:
        """Add a chat."""
        self._chats[chat.id] = chat

    def add_person(self, user_id: int, first_name: str, language_code: str) -> JsonDict:
        """Add a person, or give the person another name or language."""
        self._people[user_id] = {
            "id": user_id,
            "is_bot": False,
            "first_name": first_name,
            "language_code": language_code,
        }
        return self._people[user_id]

    def person(self, user_id: int) -> JsonDict:
        """A person, made up when unknown."""
        return self._people.get(user_id) or self.add_person(user_id, "User", "en")

    def known(self, chat_id: int) -> Chat:
        """A chat that was opened."""
        if chat_id not in self._chats:
            raise SimulatorError(f"chat {chat_id} is not open; open are {sorted(self._chats)}")
        return self._chats[chat_id]

    def requested(self, chat_id: int | str) -> Chat:
        """A chat a request names."""
        chat = self._chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def next_message_id(self) -> int:
        """One counter for all chats, as private chats of one bot have."""
        self._last_message_id += 1
        return self._last_message_id
