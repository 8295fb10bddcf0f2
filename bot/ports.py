"""What the edges must offer to the use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType, Protocol

from bot.core.messages import Reply
from bot.core.state import UserState

UserId = NewType("UserId", str)

HANDLED_KEPT = 64  # update ids remembered per user, to know a redelivery


@dataclass(slots=True)
class Draft:
    """One user's record while it is edited. Saved whole on a clean exit, not on an error."""

    state: UserState
    handled: tuple[int, ...] = ()
    wake_at: datetime | None = None
    forget: bool = field(default=False, kw_only=True)


class UserStore(Protocol):
    """Where records live. Any failure to read or write raises StoreError and changes nothing."""

    def edit(self, user: UserId) -> AbstractAsyncContextManager[Draft]:
        """The user's record, exclusively; one durable write on a clean exit, none on an error."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, the longest overdue first."""
        ...

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of a user."""
        ...

    def everyone(self) -> AsyncIterator[UserId]:
        """All users of whom something is kept."""
        ...


class Channel(Protocol):
    """A way to the user. Takes replies in order and sees to their delivery."""

    def deliver(self, user: UserId, replies: Sequence[Reply], *, pressed: int | None) -> None:
        """Send the replies; `pressed` is the message whose button was tapped, if one was."""
        ...


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """The moment, with its time zone."""
        ...
