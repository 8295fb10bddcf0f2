"""One user's conversation with a movable clock, for the terminal and for conversation files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

from bot.assistant import Assistant
from bot.core.dialogue import Dialogue
from bot.core.errors import ConversationError
from bot.core.messages import Attachment, Command, Counted, Event, Place, Press, Reply, Text
from bot.ports import Owed, UserId, UserStore

USER = UserId("terminal")
LONGEST_WAIT = 1000  # of any unit
_WAIT = re.compile(r"(\d+|an?|one)\s*(second|minute|hour|day|week|month|year)s?", re.IGNORECASE)
_PRESS = re.compile(r"\[(.+)\]")
_PLACE = re.compile(r"\[location: *([^\[\]]*)\]", re.IGNORECASE)
_SENDS = re.compile(r"\((sticker|voice|photo|contact|video|document|audio)\)")


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        """Start at a moment."""
        self.at = at

    def now(self) -> datetime:
        """The moment."""
        return self.at

    def timestamp(self) -> float:
        """The moment in seconds since 1970."""
        return self.at.timestamp()


class RunningClock(MovableClock):
    """The machine's clock, which can be moved ahead and goes on from there."""

    def __init__(self) -> None:
        """Start now."""
        self._ahead = timedelta()

    @property
    def at(self) -> datetime:
        """The moment."""
        return datetime.now(UTC) + self._ahead

    @at.setter
    def at(self, moment: datetime) -> None:
        """Move it; it runs on from there."""
        self._ahead = moment - datetime.now(UTC)


class Session:
    """Feeds lines of input to the assistant and collects what the user would see."""

    def __init__(self, dialogue: Dialogue, store: UserStore, clock: MovableClock) -> None:
        """The store may hold an earlier part of the same conversation."""
        self._assistant = Assistant(dialogue, store, self)
        self._store = store
        self._clock = clock
        self._out: list[Reply] = []
        self._buttons: list[tuple[str, str]] = []
        self._counting: str | None = None
        self._sent = 0  # the number of the last reply that was shown

    def deliver(self, user: UserId, owed: Sequence[Owed], *, bulk: bool = False) -> None:
        """Collect replies; their buttons are the newest ones."""
        for entry in owed:
            reply = entry.reply
            self._sent = max(self._sent, entry.number)
            counts, self._counting = self._counting, _counting_after(self._counting, reply)
            if reply.countdown and reply.countdown.resumed and counts == reply.countdown.token:
                continue  # it is still on the screen
            self._out.append(reply)
            fresh = [(b.label, b.token) for row in reply.buttons for b in row]
            self._buttons = fresh + self._buttons
        del self._buttons[400:]

    def ended(self) -> AbstractContextManager[Mapping[UserId, int]]:
        """Nothing is sent by anyone else."""
        return nullcontext({})

    def forgotten(self, user: UserId) -> None:
        """Numbers begin anew."""
        self._sent = 0

    def room(self) -> int:
        """There is one user."""
        return 1

    async def delivered(self, user: UserId) -> None:
        """Nothing ever waits here."""

    def restarted(self, dialogue: Dialogue, store: UserStore, clock: MovableClock) -> Session:
        """A new process over the same store; the buttons are still on the user's screen."""
        session = Session(dialogue, store, clock)
        session._buttons = list(self._buttons)
        return session

    async def begin(self, zone: str | None) -> None:
        """Give a user who has none a time zone, as a location would."""
        if zone is None:
            return
        async with self._store.edit(USER) as draft:
            if draft.state.zone is None:
                draft.state = replace(draft.state, zone=zone)

    async def say(self, line: str) -> list[Reply]:
        """What the user sees after a line: words, /command, [Label], (voice), `wait: 3 hours`.

        `[location: Europe/Berlin]` shares a location that lies in this time zone.
        """
        waited = waiting(line)
        if waited is not None:
            return await self.wait(waited)
        event = self._event(line)
        await self._assistant.wake(self._clock.at)  # what fell due while nobody typed
        await self._assistant.handle(USER, event)
        return await self._taken()

    async def counted(self, token: str) -> list[Reply]:
        """What comes when a count has ended on the screen."""
        self._counting = None
        await self._assistant.handle(USER, Counted(self._clock.at, token))
        return await self._taken()

    async def wait(self, span: timedelta) -> list[Reply]:
        """Move the clock, waking the user at each moment at which something is due."""
        until = self._clock.at + span
        while self._clock.at < until:
            self._clock.at = min(until, self._clock.at + timedelta(minutes=5))
            await self._assistant.wake(self._clock.at)
        return await self._taken()

    async def _taken(self) -> list[Reply]:
        if self._sent:
            await self._store.sent(USER, self._sent)
            self._sent = 0
        taken, self._out = self._out, []
        return taken

    def _event(self, line: str) -> Event:
        at = self._clock.at
        place = shared_zone(line)
        if place is not None:
            return Place(at, place)
        press = _PRESS.fullmatch(line.strip())
        if press:
            return Press(at, self._token(press.group(1).strip()))
        sends = _SENDS.fullmatch(line.strip())
        if sends:
            return Attachment(at, sends.group(1))
        if line.startswith("/"):
            name, *rest = line[1:].split(maxsplit=1) or [""]
            return Command(at, name.lower(), " ".join(rest))
        return Text(at, line)

    def _token(self, label: str) -> str:
        for known, token in self._buttons:
            if known.lower() == label.lower():
                return token
        for known, token in self._buttons:
            if known.lower().startswith(label.lower()):
                return token
        shown = ", ".join(dict.fromkeys(known for known, _ in self._buttons[:20]))
        raise ConversationError(
            f"there is no button [{label}]; the buttons are: {shown or 'none'}"
        )


def _counting_after(counting: str | None, reply: Reply) -> str | None:
    """The token of what counts on the screen once this reply is there."""
    if reply.countdown is not None:
        return reply.countdown.token
    return None if reply.halts else counting


def shared_zone(line: str) -> str | None:
    """The zone of a `[location: Europe/Berlin]` line; None for any other line."""
    found = _PLACE.fullmatch(line.strip())
    if found is None:
        return None
    zone = found.group(1).strip()
    if zone not in available_timezones():
        raise ConversationError(f"{line!r}: write a zone as in `[location: Europe/Berlin]`")
    return zone


def waiting(line: str) -> timedelta | None:
    """The span of a `wait: 3 hours` line; None for any other line."""
    if not line.lower().startswith("wait:"):
        return None
    found = _WAIT.fullmatch(line[5:].strip())
    if found is None:
        raise ConversationError(f"{line!r}: write for example `wait: 3 hours` or `wait: 1 day`")
    amount, unit = found.groups()
    number = int(amount) if amount.isdigit() else 1
    if number > LONGEST_WAIT:
        raise ConversationError(
            f"{line!r} is too long; write for example `wait: 3 hours` or `wait: 1 day`"
        )
    days = {"day": 1, "week": 7, "month": 30, "year": 365}.get(unit.lower())
    if days:
        return timedelta(days=days * number)
    return timedelta(**{unit.lower() + "s": number})
