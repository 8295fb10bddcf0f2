"""What is read from the simulated server, and what can be waited for."""

from collections.abc import Callable

from bot.adapters.simulator.chats import SentMessage
from bot.adapters.simulator.contents import File
from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.errors import SimulatorError
from bot.adapters.simulator.state import AnsweredCallback, Call, State

DEFAULT_TIMEOUT = 5.0


class Readings:
    """The server as tests and pages see it."""

    state: State

    @property
    def calls(self) -> list[Call]:
        """Every request in order, refused ones too, except getUpdates."""
        return list(self.state.calls)

    @property
    def polls(self) -> list[Call]:
        """Every getUpdates request in order."""
        return list(self.state.polls)

    @property
    def commands(self) -> dict[tuple[str, str], list[JsonDict]]:
        """The bot's commands by scope ("default", "chat:1"...) and language ("" for all)."""
        return dict(self.state.profile.commands)

    @property
    def name(self) -> dict[str, str]:
        """The bot's name by language."""
        return dict(self.state.profile.name)

    @property
    def description(self) -> dict[str, str]:
        """The bot's description by language."""
        return dict(self.state.profile.description)

    @property
    def short_description(self) -> dict[str, str]:
        """The bot's short description by language."""
        return dict(self.state.profile.short_description)

    @property
    def menu_button(self) -> dict[int | None, JsonDict]:
        """The menu button by chat; None is the default one."""
        return dict(self.state.profile.menu_buttons)

    @property
    def answered_callbacks(self) -> list[AnsweredCallback]:
        """The answers to presses of buttons, in order of the presses."""
        answers = (callback.answer for callback in self.state.callbacks.values())
        return [answer for answer in answers if answer is not None]

    @property
    def confirmed_offset(self) -> int:
        """The highest offset the bot has polled with."""
        return self.state.queue.confirmed_offset

    def file(self, file_id: str) -> bytes | None:
        """The bytes of an uploaded file, unless they never came or had to make room."""
        return self.state.files.content(file_id)

    def file_info(self, file_id: str) -> File | None:
        """A file's kind, size, name and type (mime_type), or None when the id is unknown."""
        return self.state.files.get(file_id)

    def messages(self, chat_id: int) -> list[SentMessage]:
        """The bot's messages in a chat, oldest first, deleted ones too."""
        return [stored.seen() for stored in self.state.chats.known(chat_id).sent()]

    def screen(self, chat_id: int) -> SentMessage:
        """The newest message of the bot that is still in the chat."""
        shown = [message for message in self.messages(chat_id) if not message.deleted]
        if not shown:
            raise SimulatorError(f"the bot shows nothing in chat {chat_id}")
        return shown[-1]

    def has_left(self, chat_id: int) -> bool:
        """Whether the bot left the group."""
        return self.state.chats.known(chat_id).left

    async def quiet(
        self,
        timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - tests read better with it
    ) -> None:
        """Wait until updates are confirmed, requests answered and callback queries answered.

        A bot that works on a confirmed update without a request under way looks quiet; for such
        work wait_for() is the safe choice.
        """
        if not await self.state.changes.until_settled(self._is_quiet, timeout):
            raise SimulatorError(
                f"not quiet after {timeout} s: "
                f"unconfirmed updates {self.state.queue.pending}, "
                f"requests in flight {self.state.in_flight}, "
                f"unanswered callback queries {self.state.unanswered()}"
            )

    def _is_quiet(self) -> bool:
        state = self.state
        return not (state.queue.pending or state.in_flight or state.unanswered())

    async def wait_for(
        self,
        chat_id: int,
        predicate: Callable[[SentMessage], bool],
        timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - tests read better with it
    ) -> SentMessage:
        """Wait for a message of the bot that fits; returns the newest such message."""

        def fitting() -> SentMessage | None:
            return next((m for m in reversed(self.messages(chat_id)) if predicate(m)), None)

        await self.state.changes.until(lambda: fitting() is not None, timeout)
        found = fitting()
        if found is None:
            shown = [(m.message_id, m.text, m.buttons) for m in self.messages(chat_id)]
            raise SimulatorError(f"no such message in chat {chat_id} in {timeout} s: {shown}")
        return found
