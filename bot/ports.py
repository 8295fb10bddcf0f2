"""What the edges must offer to the use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType, Protocol

from bot.core.messages import Chart, Reply
from bot.core.state import UserState

UserId = NewType("UserId", str)

HANDLED_KEPT = 64  # update ids remembered per user, to know a redelivery


@dataclass(frozen=True, slots=True)
class Owed:
    """A reply that is saved and not known to be sent. `pressed`: the message it may replace.

    Numbers count up for each user; 0 is a reply that could not be saved. After `until` it is too
    late for it.
    """

    number: int
    reply: Reply
    pressed: int | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Draft:
    """One user's record while it is edited. Saved whole on a clean exit, not on an error.

    `last` is the highest number that a reply to this user has been given. `sends` is what of the
    owed replies is this worker's to send: the new ones, since those before are on their way; all;
    or none, since another worker is sending to this user, and sends these too.
    """

    state: UserState
    handled: tuple[int, ...] = ()
    wake_at: datetime | None = None
    owed: tuple[Owed, ...] = ()
    last: int = 0
    forget: bool = field(default=False, kw_only=True)
    sends: Literal["new", "all", "none"] = field(default="new", kw_only=True, compare=False)

    def owe(
        self, replies: Sequence[Reply], pressed: int | None, until: datetime | None = None
    ) -> tuple[Owed, ...]:
        """Number the replies and add them to what is owed; the first may replace `pressed`.

        `until` is for reminders: advice never comes too late.
        """
        new = tuple(
            Owed(
                self.last + place,
                reply,
                pressed if place == 1 else None,
                until if reply.reminder else None,
            )
            for place, reply in enumerate(replies, start=1)
        )
        self.owed, self.last = (*self.owed, *new), self.last + len(new)
        return new


class UserStore(Protocol):
    """Where records live. Any failure to read or write raises StoreError and changes nothing."""

    def edit(self, user: UserId) -> AbstractAsyncContextManager[Draft]:
        """The user's record, exclusively; one durable write on a clean exit, none on an error."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[UserId]:
        """Users whose `wake_at` has come, the longest overdue first."""
        ...

    async def next_due(self) -> datetime | None:
        """The moment at which the next user is due, perhaps past; None when nobody ever is."""
        ...

    def postpone(self, user: UserId, until: datetime) -> None:
        """Do not count a user as due before then; the next save or start forgets it."""
        ...

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of a user."""
        ...

    def owing(self) -> AsyncIterator[tuple[UserId, Sequence[Owed], int]]:
        """Users with replies that nobody sends, and the number last begun; now ours to send.

        Whoever is owed a safety message comes first.
        """
        ...

    async def begun(self, user: UserId, number: int) -> None:
        """See `Receipts`."""
        ...

    async def refused(self, user: UserId, number: int) -> None:
        """See `Receipts`."""
        ...

    async def sent(self, user: UserId, number: int) -> Sequence[Owed]:
        """See `Receipts`."""
        ...

    def everyone(self) -> AsyncIterator[UserId]:
        """All users of whom something is kept."""
        ...


class Receipts(Protocol):
    """Takes down how far the sending to each user has come. Quick; survives a kill."""

    async def begun(self, user: UserId, number: int) -> None:
        """The sending of this reply begins: from now on it may have arrived.

        Raises `NotOursError` when another worker has taken over what is owed to this user.
        """
        ...

    async def refused(self, user: UserId, number: int) -> None:
        """This reply, whose sending had begun, surely did not arrive."""
        ...

    async def sent(self, user: UserId, number: int) -> Sequence[Owed]:
        """All replies up to this one have been sent, or given up.

        Returns what other workers have left to this one meanwhile. None: the user is free, and
        whoever handles the next message sends.
        """
        ...


@dataclass(frozen=True, slots=True)
class News:
    """What a worker hears of itself and of the others.

    `lost`: it was silent for so long that others may have taken over what it had to send.
    `died`: another one was, and what it had to send is nobody's.
    """

    lost: bool = False
    died: bool = False


class Workers(Protocol):
    """What a store that several workers share does for them beside keeping records."""

    @property
    def beat_seconds(self) -> float:
        """How often to do so."""
        ...

    async def beat(self) -> News:
        """Tell the others that this worker lives, and hear of them."""
        ...

    def holds(self) -> bool:
        """Whether this worker has been heard of lately: only then it may send what is owed."""
        ...

    async def left_to_us(self, users: Sequence[UserId]) -> Sequence[tuple[UserId, Sequence[Owed]]]:
        """Of users to whom this worker sends: all that is owed to them now.

        Also of those of whom it does not know whether its last save was kept.
        """
        ...

    async def book(self, seconds: float, *, busy: float = 0.0, after: float = 0.0) -> float:
        """Take so many seconds of the time in which bulk goes out, which all workers share.

        Returns in how many seconds they begin: not before `after`, and moved back by the seconds
        for which replies keep this worker `busy`.
        """
        ...

    async def take(self, user: UserId) -> bool:
        """Before a count is edited: whether it is ours still. If so, nobody else sends now."""
        ...

    async def give_back(self, user: UserId) -> Sequence[Owed]:
        """The edit is done. Returns what other workers have left to this one meanwhile."""
        ...

    def counts(self, user: UserId, *, running: bool) -> None:
        """Whether a count of this user is shown by this worker, which then wakes them, too."""
        ...


class Channel(Protocol):
    """A way to the user. Takes replies in order and sees to their delivery."""

    def deliver(self, user: UserId, owed: Sequence[Owed], *, bulk: bool = False) -> None:
        """Send the replies, and note how far it has come; `bulk`: nobody waits for them.

        Numbers that are queued for this user already are passed over.
        """
        ...

    def ended(self) -> AbstractContextManager[Mapping[UserId, int]]:
        """While it is open: to whom all has been sent meanwhile, and up to which number.

        What was read of them before is outdated up to there.
        """
        ...

    def forgotten(self, user: UserId) -> None:
        """Nothing is kept of this user any more: numbers begin anew."""
        ...

    def room(self) -> int:
        """For how many users bulk is taken now: the rest stays where it can still be changed."""
        ...

    async def delivered(self, user: UserId) -> None:
        """Wait until nothing waits to be sent to this user, but not for ever."""
        ...


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """The moment, with its time zone."""
        ...


class Studio(Protocol):
    """Makes the pictures and pages that go with replies. Slow: called apart from the loop."""

    def key(self, stretch: str, *, dark: bool) -> str:
        """A name for this very picture: another one when its drawing has changed. Quick."""
        ...

    def animation(self, stretch: str, dark: bool) -> bytes:
        """The movement of a stretch as a looped GIF."""
        ...

    def chart(self, chart: Chart) -> bytes:
        """A chart as PNG."""
        ...

    def page(self, title: str, sections: Sequence[tuple[str, tuple[str, ...]]]) -> bytes:
        """A page as PDF."""
        ...
