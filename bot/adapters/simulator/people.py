"""What people do in the simulated chats, at the wish of a test or a page."""

import re
from collections.abc import Iterator

from bot.adapters.simulator.chats import BOT_USER, Chat, StoredMessage, keyboard_labels
from bot.adapters.simulator.contents import content
from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.errors import SimulatorError
from bot.adapters.simulator.state import Callback, State
from bot.adapters.simulator.text import utf16_length
from bot.adapters.simulator.updates import Pushed

GROUP_MEMBER_ID = 1001
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(@\w+)?")


class People:
    """The people who talk to the bot."""

    state: State

    def open_chat(self, user_id: int, first_name: str = "User", language_code: str = "en") -> int:
        """Let a person open a private chat with the bot; returns the chat id."""
        self.state.chats.add_person(user_id, first_name, language_code)
        self.state.chats.open(Chat(user_id, "private", {"first_name": first_name}))
        return user_id

    def open_group(self, chat_id: int, title: str, announce: bool = True) -> int:
        """Add the bot to a group; Telegram announces that with a my_chat_member update."""
        kind = "supergroup" if str(chat_id).startswith("-100") else "group"
        chat = Chat(chat_id, kind, {"title": title})
        self.state.chats.open(chat)
        if announce:
            self._membership(chat, GROUP_MEMBER_ID, "left", "member")
        return chat_id

    def user_says(self, chat_id: int, text: str, from_user: int | None = None) -> Pushed:
        """Send text; a command at its beginning is marked as one."""
        fields: JsonDict = {"text": text}
        if command := _COMMAND.match(text):
            entity = {"type": "bot_command", "offset": 0, "length": utf16_length(command[0])}
            fields["entities"] = [entity]
        return self._say(chat_id, fields, from_user)

    def user_sends(
        self,
        chat_id: int,
        kind: str,
        lat: float = 0.0,
        lon: float = 0.0,
        from_user: int | None = None,
    ) -> Pushed:
        """Send something that is not text: a sticker, voice, photo, location and so on."""
        fields = content(self.state.files, kind, lat, lon)
        return self._say(chat_id, fields, from_user)

    def user_edits(self, chat_id: int, message_id: int, new_text: str) -> Pushed:
        """Edit a text the person sent before."""
        stored = self.state.chats.known(chat_id).stored.get(message_id)
        if stored is None:
            raise SimulatorError(f"no message {message_id} in chat {chat_id}")
        if stored.outgoing:
            raise SimulatorError(f"message {message_id} is the bot's")
        kept = {key: value for key, value in stored.message.items() if key != "entities"}
        stored.message = {**kept, "text": new_text, "edit_date": self.state.now}
        return self.state.push({"edited_message": stored.message})

    def user_presses(
        self,
        chat_id: int,
        label_or_data: str,
        message_id: int | None = None,
        from_user: int | None = None,
    ) -> Pushed:
        """Press an inline button, found by label or data, or else one of the reply keyboard."""
        chat = self.state.chats.known(chat_id)
        for stored, button in _inline_buttons(chat, message_id):
            if label_or_data in {button["text"], button.get("callback_data")}:
                return self._press(chat, stored, button, from_user)
        labels = [label for row in keyboard_labels(chat.keyboard) for label in row]
        if message_id is None and label_or_data in labels:
            return self.user_says(chat_id, label_or_data, from_user)
        raise SimulatorError(_no_button(chat, label_or_data, message_id, labels))

    def user_blocks(self, chat_id: int) -> Pushed:
        """Block the bot."""
        chat = self.state.chats.known(chat_id)
        chat.blocked = True
        return self._membership(chat, chat_id, "member", "kicked")

    def user_unblocks(self, chat_id: int) -> Pushed:
        """Unblock the bot."""
        chat = self.state.chats.known(chat_id)
        chat.blocked = False
        return self._membership(chat, chat_id, "kicked", "member")

    def redeliver(self, update_id: int) -> Pushed:
        """Deliver an update once more, as Telegram does when a confirmation was lost."""
        pushed = self.state.queue.push_again(update_id, self.state.clock())
        self.state.changes.notify()
        return pushed

    def push_update(self, raw: JsonDict) -> Pushed:
        """Queue any update; an update_id is added when there is none."""
        return self.state.push(raw)

    def _sender(self, chat: Chat, from_user: int | None) -> JsonDict:
        default = chat.id if chat.type == "private" else GROUP_MEMBER_ID
        return self.state.chats.person(default if from_user is None else from_user)

    def _say(self, chat_id: int, fields: JsonDict, from_user: int | None) -> Pushed:
        chat = self.state.chats.known(chat_id)
        if chat.blocked:
            raise SimulatorError(f"the bot is blocked in chat {chat_id}: unblock it first")
        message = {
            "message_id": self.state.chats.next_message_id(),
            "from": self._sender(chat, from_user),
            "chat": chat.json(),
            "date": self.state.now,
            **fields,
        }
        stored = StoredMessage(message, outgoing=False)
        chat.stored[stored.message_id] = stored
        return self.state.push({"message": message})

    def _press(
        self, chat: Chat, stored: StoredMessage, button: JsonDict, from_user: int | None
    ) -> Pushed:
        data = button.get("callback_data")
        if data is None:
            raise SimulatorError(f"the button {button['text']!r} does not call the bot back")
        query_id = str(7_000_000_001 + len(self.state.callbacks))
        pushed = self.state.push({
            "callback_query": {
                "id": query_id,
                "from": self._sender(chat, from_user),
                "message": stored.message,
                "chat_instance": str(chat.id),
                "data": data,
            }
        })  # fmt: skip
        if pushed.queued:
            self.state.callbacks[query_id] = Callback(query_id, self.state.now)
        return pushed

    def _membership(self, chat: Chat, user_id: int, before: str, after: str) -> Pushed:
        return self.state.push({
            "my_chat_member": {
                "chat": chat.json(),
                "from": self._sender(chat, user_id),
                "date": self.state.now,
                "old_chat_member": _member(before),
                "new_chat_member": _member(after),
            }
        })  # fmt: skip


def _member(status: str) -> JsonDict:
    until = {"until_date": 0} if status == "kicked" else {}
    return {"status": status, "user": BOT_USER, **until}


def _shown(chat: Chat, message_id: int | None) -> list[StoredMessage]:
    return [
        stored
        for stored in reversed(chat.sent())
        if not stored.deleted and message_id in {None, stored.message_id}
    ]


def _inline_buttons(
    chat: Chat, message_id: int | None
) -> Iterator[tuple[StoredMessage, JsonDict]]:
    for stored in _shown(chat, message_id):
        for row in stored.inline_buttons:
            for button in row:
                yield stored, button


def _no_button(chat: Chat, wanted: str, message_id: int | None, labels: list[str]) -> str:
    where = f"message {message_id} of chat {chat.id}" if message_id else f"chat {chat.id}"
    found = [
        f"message {stored.message_id}: {stored.seen().buttons}"
        for stored in _shown(chat, message_id)
        if stored.inline_buttons
    ]
    if labels:
        found.append(f"reply keyboard: {labels}")
    return f"no button {wanted!r} in {where}; there are: {'; '.join(found) or 'none'}"
