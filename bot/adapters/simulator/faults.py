"""Faults on request."""

from dataclasses import dataclass
from enum import Enum, auto

from bot.adapters.simulator.description import JsonDict
from bot.adapters.simulator.refusal import Refusal
from bot.adapters.simulator.state import State
from bot.adapters.simulator.webhook import Route


class Cut(Enum):
    """Where the connection breaks."""

    BEFORE_ACTION = auto()
    AFTER_ACTION = auto()


@dataclass
class _Planned:
    method: str
    effect: Refusal | Cut | float
    times: int = 1
    chat_id: int | None = None


@dataclass(frozen=True)
class Fault:
    """What befalls one request."""

    delay: float = 0.0
    refusal: Refusal | None = None
    cut: Cut | None = None


class Faults:
    """Faults planned for the next requests, and those of updates and of the clock."""

    state: State

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def fail_next(
        self,
        method: str,
        error_code: int,
        description: str,
        *,
        retry_after: int | None = None,
        times: int = 1,
        chat_id: int | None = None,
    ) -> None:
        """Answer the next requests of a method, or of it in one chat, with an error."""
        refusal = Refusal(error_code, description, retry_after)
        self._planned.append(_Planned(method, refusal, times, chat_id))

    def lose_answer_next(self, method: str) -> None:
        """Do what the next request asks, then close the connection without an answer."""
        self._planned.append(_Planned(method, Cut.AFTER_ACTION))

    def drop_connection_next(self, method: str) -> None:
        """Close the connection of the next request and do nothing."""
        self._planned.append(_Planned(method, Cut.BEFORE_ACTION))

    def delay_next(self, method: str, seconds: float) -> None:
        """Let the next request of a method wait before it takes effect."""
        self._planned.append(_Planned(method, seconds))

    def limit_next(self, method: str, retry_after: int, *, chat_id: int | None = None) -> None:
        """Refuse the next request of a method with 429, whatever the rates say."""
        text = f"Too Many Requests: retry after {retry_after}"
        self.fail_next(method, 429, text, retry_after=retry_after, chat_id=chat_id)

    def lose_webhook_answer_next(self) -> None:
        """Let the bot take the next update, but count its delivery as failed."""
        self.state.webhook.answers_to_lose += 1

    def order_presses_apart(self) -> None:
        """Let a webhook get presses beside a chat's messages, in any order, as on Telegram."""
        self.state.webhook.presses_apart = True

    def behind_a_proxy(self, route: Route) -> None:
        """Let a proxy take what is delivered and hand each update on to the worker of `route`."""
        self.state.webhook.route = route

    def hold_updates(self) -> None:
        """Keep back what people do from now on."""
        self.state.queue.hold()

    def release_updates(self) -> None:
        """Deliver what was kept back: late, and after newer updates if there are any."""
        self.state.queue.release()
        self.state.changes.notify()

    def jump_clock(self, seconds: float) -> None:
        """Move the server's clock forwards or backwards."""
        self.state.jumped += seconds
        self.state.changes.notify()

    def _take_fault(self, method: str, params: JsonDict) -> Fault:
        delay = self._first(method, params, delays=True)
        other = self._first(method, params, delays=False)
        return Fault(
            delay=delay if isinstance(delay, float | int) else 0.0,
            refusal=other if isinstance(other, Refusal) else None,
            cut=other if isinstance(other, Cut) else None,
        )

    def _first(
        self, method: str, params: JsonDict, *, delays: bool
    ) -> Refusal | Cut | float | None:
        for planned in self._planned:
            fits = planned.chat_id is None or planned.chat_id == params.get("chat_id")
            is_delay = isinstance(planned.effect, float | int)
            if planned.method == method and fits and is_delay == delays:
                planned.times -= 1
                if planned.times <= 0:
                    self._planned.remove(planned)
                return planned.effect
        return None
