"""The queue of updates, as getUpdates and the webhook see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.adapters.simulator.description import JsonDict, load

FIRST_UPDATE_ID = 100_000_001
KEPT_SECONDS = 24 * 3600
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True)
class Pushed:
    """An update that was caused; queued is False when the bot did not ask for its type."""

    update_id: int
    update: JsonDict
    queued: bool = True

    @property
    def message_id(self) -> int:
        """The message the update is about."""
        content = next(value for key, value in self.update.items() if key != "update_id")
        message = content.get("message", content)
        return int(message["message_id"])

    @property
    def callback_query_id(self) -> str:
        """The id of the callback query the update carries."""
        return str(self.update["callback_query"]["id"])


@dataclass(eq=False)
class Entry:
    """An update that waits, and what a webhook has to remember of it."""

    update: JsonDict
    date: float
    again: bool = False
    delivered: bool = False
    failures: int = 0
    due: float = 0.0

    @property
    def update_id(self) -> int:
        """The number of the update."""
        return int(self.update["update_id"])

    @property
    def chat(self) -> int:
        """The chat within which updates keep their order; each other update stands alone."""
        content = next(value for key, value in self.update.items() if key != "update_id")
        chat = content.get("message", content).get("chat", {})
        return int(chat.get("id", self.update_id))


class UpdateQueue:
    """Updates wait here until an offset above them confirms them."""

    def __init__(self) -> None:
        self.confirmed_offset = 0
        self.allowed: frozenset[str] = frozenset(load().objects["Update"]) - NOT_BY_DEFAULT
        self._pending: list[Entry] = []
        self._held: list[Entry] | None = None
        self._known: dict[int, JsonDict] = {}
        self._next_id = FIRST_UPDATE_ID

    @property
    def pending(self) -> list[int]:
        """The ids of the updates that are not confirmed."""
        return [entry.update_id for entry in self._pending]

    def entries(self, now: float) -> Sequence[Entry]:
        """What waits, in order; what has waited for a day is forgotten first."""
        while self._pending and now - self._pending[0].date >= KEPT_SECONDS:
            del self._pending[0]
        return self._pending

    def delivered(self, entry: Entry) -> None:
        """Forget an update that a webhook took."""
        if entry in self._pending:
            self._pending.remove(entry)

    def hold(self) -> None:
        """Keep new updates back until they are released."""
        self._held = []

    def release(self) -> None:
        """Queue what was held back, which is then late: newer updates may be confirmed."""
        held, self._held = self._held or [], None
        self._pending.extend(held)

    def push(self, update: JsonDict, date: float) -> Pushed:
        """Queue an update, unless the bot did not ask for updates of its type."""
        update = {"update_id": self._next_id, **update}
        update_id = int(update["update_id"])
        self._next_id = max(self._next_id, update_id + 1)
        self._known[update_id] = update
        queued = update.keys() <= self.allowed | {"update_id"}
        if queued and self._held is not None:
            self._held.append(Entry(update, date, again=True))
        elif queued:
            self._pending.append(Entry(update, date))
        return Pushed(update_id, update, queued)

    def push_again(self, update_id: int, date: float) -> Pushed:
        """Queue an update a second time, even a confirmed one."""
        update = self._known[update_id]
        self._pending.append(Entry(update, date, again=True))
        return Pushed(update_id, update)

    def allow(self, types: Sequence[str] | None) -> None:
        """Remember the types the bot asks for; an empty list means the default."""
        if types is not None:
            every = frozenset(load().objects["Update"])
            self.allowed = frozenset(types) or every - NOT_BY_DEFAULT

    def confirm(self, offset: int) -> None:
        """Forget what the offset confirms; a negative offset keeps the last ones only."""
        if offset < 0:
            del self._pending[:offset]
            return
        self.confirmed_offset = max(self.confirmed_offset, offset)
        self._pending = [
            entry
            for entry in self._pending
            if entry.update_id >= offset or (entry.again and not entry.delivered)
        ]

    def drop(self) -> None:
        """Forget every update."""
        self._pending.clear()

    def take(self, limit: int) -> list[JsonDict]:
        """The next updates, which stay in the queue until they are confirmed."""
        entries = sorted(self._pending, key=lambda entry: entry.update_id)[:limit]
        for entry in entries:
            entry.delivered = True
        return [entry.update for entry in entries]
