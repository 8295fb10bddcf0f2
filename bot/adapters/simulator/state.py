"""Everything the simulated server remembers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.adapters.simulator.changes import Changes
from bot.adapters.simulator.chats import Chats
from bot.adapters.simulator.contents import Files
from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.rates import Rates
from bot.adapters.simulator.updates import Pushed, UpdateQueue
from bot.adapters.simulator.webhook import Webhook

CALLBACK_LIFETIME = 60


class Call(NamedTuple):
    """A request of the bot."""

    method: str
    params: JsonDict


@dataclass(frozen=True)
class AnsweredCallback:
    """How the bot answered a press of a button."""

    callback_query_id: str
    text: str
    show_alert: bool


@dataclass
class Callback:
    """A press of a button, open until the bot answers it."""

    callback_query_id: str
    date: int
    answer: AnsweredCallback | None = None


@dataclass
class Profile:
    """What the bot says about itself, by scope and language."""

    commands: dict[tuple[str, str], list[JsonDict]] = field(default_factory=dict)
    name: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    short_description: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[int | None, JsonDict] = field(default_factory=dict)


class State:
    """The state that the methods change and that is read from outside."""

    def __init__(
        self, clock: Callable[[], float], *, enforce_rates: bool, webhook_pace: float
    ) -> None:
        self.jumped = 0.0
        self._clock = clock
        self.rates = Rates(self.clock) if enforce_rates else None
        self.changes = Changes()
        self.chats = Chats()
        self.files = Files()
        self.queue = UpdateQueue()
        self.webhook = Webhook(self.clock, self.queue, self.changes, webhook_pace)
        self.profile = Profile()
        self.callbacks: dict[str, Callback] = {}
        self.calls: list[Call] = []
        self.polls: list[Call] = []
        self.in_flight = 0
        self.polling = False
        self.waiting_polls = 0
        self.closing = False

    def clock(self) -> float:
        """The time on the server, with the jumps that were asked for."""
        return self._clock() + self.jumped

    @property
    def now(self) -> int:
        """The date of what happens now."""
        return int(self.clock())

    def push(self, update: JsonDict) -> Pushed:
        """Queue an update and wake whoever waits for it."""
        pushed = self.queue.push(update, self.clock())
        self.changes.notify()
        return pushed

    def unanswered(self) -> list[str]:
        """The callback queries the bot has not answered."""
        return [key for key, callback in self.callbacks.items() if callback.answer is None]
