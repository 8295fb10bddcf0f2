"""Use cases: handle one event of one user, and wake those who are due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import perf_counter

from bot.core import agenda
from bot.core.dialogue import Dialogue
from bot.core.errors import NotOursError, StoreError
from bot.core.messages import Blocked, Counted, Event, Reply, Tick
from bot.core.state import UserState
from bot.meter import Meter
from bot.pace import Pace
from bot.ports import HANDLED_KEPT, Channel, Draft, Owed, UserId, UserStore

PAUSE_AFTER_FAILURE = timedelta(minutes=10)
TOLD_KEPT = 1000  # updates that could not be saved and come again

log = logging.getLogger(__name__)


class Assistant:
    """Joins the dialogue with a store and a channel."""

    def __init__(
        self,
        dialogue: Dialogue,
        store: UserStore,
        channel: Channel,
        label: Callable[[UserId], str] = lambda _: "-",
        spread: Callable[[UserId], timedelta] = lambda _: timedelta(),
        pace: Pace | None = None,
        meter: Meter | None = None,
    ) -> None:
        """Everything comes from outside; see app.py.

        `label` names a user in logs, untraceably; `spread` is how much later than the agenda says
        a user is woken; `pace` limits how many messages one may send; `meter` counts.
        """
        self._meter = meter or Meter()
        self._label = label
        self._spread = spread
        self._pace = pace
        self.saving = True
        self._told: dict[int, None] = {}
        self._over: dict[UserId, int] = {}  # taken over, and not to be sent any more
        self._dialogue = dialogue
        self._store = store
        self._channel = channel

    async def handle(
        self,
        user: UserId,
        event: Event,
        *,
        update_id: int | None = None,
        pressed: int | None = None,
        comes_again: bool = False,
    ) -> bool:
        """Load, step, save, then send. An update that was handled before changes nothing.

        False: the state could not be saved, and the old one holds. The user is told so; they
        need not say it again when the update `comes_again` by itself.
        """
        kind = type(event).__name__
        if self._is_too_fast(user, event):
            self._meter.turns.count(kind, "too_fast")
            return True
        replies: tuple[Reply, ...] = ()
        owed: tuple[Owed, ...] = ()
        bulk = isinstance(event, Tick)
        try:
            with self._channel.ended() as ended:
                async with self._edit(user) as draft:
                    # No await between load and save: nothing else may step this user meanwhile.
                    before = draft.state
                    replies = self._step(user, draft, event, update_id)
                    if draft.forget:  # nothing stays, not even what is owed
                        owed = tuple(Owed(0, reply) for reply in replies)
                    else:
                        owed = draft.owe(replies, pressed, self._until(before, event))
            self._count(kind, "saved", replies)
            self.saving = True
            log.info("handled user=%s event=%s", self._label(user), kind)
        except StoreError as error:
            if isinstance(error, NotOursError) and (comes_again or bulk):
                return False  # soon the other worker is done
            self.saving = False
            self._count(kind, "not_saved", replies)
            log.exception("save_failed user=%s", self._label(user))
            if bulk or isinstance(event, Counted):
                # Nobody asked for anything: say nothing, and try again later.
                self._store.postpone(user, event.at + PAUSE_AFTER_FAILURE)
            else:
                await self._say_unsaved(user, replies, update_id if comes_again else None)
            return False
        except Exception:
            self._count(kind, "failed", ())
            raise
        if draft.forget:
            self._channel.forgotten(user)
        elif draft.sends != "new":
            new, owed = len(owed), _later(draft, ended.get(user, 0))
            bulk = bulk and len(owed) <= new
        self._channel.deliver(user, owed, bulk=bulk)
        return True

    async def _say_unsaved(
        self, user: UserId, replies: Sequence[Reply], coming: int | None
    ) -> None:
        """Say that it was not saved; of an update that is `coming` again this is said once."""
        if coming is not None and coming in self._told:
            return
        # Where to get care is said even when nothing can be kept.
        safety = tuple(reply for reply in replies if reply.safety)
        key = "could_not_save" if coming is None else "could_not_save_yet"
        unsaved = (*safety, self._dialogue.context.wording.plain(key))
        if coming is not None:
            self._told[coming] = None
            for update_id in list(self._told)[:-TOLD_KEPT]:
                del self._told[update_id]
        # Waited for: this is all that the person will hear of a message that was not kept.
        self._channel.deliver(user, tuple(Owed(0, reply) for reply in unsaved))
        await self._channel.delivered(user)

    @asynccontextmanager
    async def _edit(self, user: UserId) -> AsyncIterator[Draft]:
        async with self._store.edit(user) as draft:
            yield draft
            stepped = perf_counter()
        self._meter.save.note(perf_counter() - stepped)

    def _count(self, kind: str, result: str, replies: tuple[Reply, ...]) -> None:
        self._meter.turns.count(kind, result)
        for outcome in {reply.outcome for reply in replies if reply.outcome is not None}:
            self._meter.outcomes.count(outcome.value)

    async def resume(self) -> int:
        """Send what was saved and not sent, by an earlier run or another worker that died.

        Safety first. What may have arrived is sent again, but not a reminder. Returns how many.
        """
        count = 0
        with self._channel.ended() as ended:
            async for user, owed, begun in self._store.owing():
                due = [o for o in owed if not (o.reply.reminder and o.number <= begun)]
                if not due:
                    self._over[user] = owed[-1].number
                count += len(due)
                left = [o for o in due if o.number > ended.get(user, 0)]
                self._channel.deliver(user, left, bulk=all(o.reply.reminder for o in left))
        for user, number in list(self._over.items()):
            self._channel.deliver(user, await self._store.sent(user, number))
            del self._over[user]
        return count

    def _is_too_fast(self, user: UserId, event: Event) -> bool:
        """Whether this message is one too many; once in a while that is said."""
        if self._pace is None or isinstance(event, Tick | Blocked | Counted):
            return False
        if self._pace.allows(user, event.at) or self._alarms(event):
            return False
        if self._pace.may_complain(user, event.at):
            too_fast = self._dialogue.context.wording.plain("too_fast")
            self._channel.deliver(user, (Owed(0, too_fast),))
        return True

    def _alarms(self, event: Event) -> bool:
        """Whether words tell of danger: these are answered however many messages come."""
        text = getattr(event, "text", "") or getattr(event, "argument", "")
        return bool(text) and bool(self._dialogue.context.reader.read(text).raised)

    def _step(
        self, user: UserId, draft: Draft, event: Event, update_id: int | None
    ) -> tuple[Reply, ...]:
        if update_id is not None and update_id in draft.handled:
            return ()
        before = draft.state
        draft.state, replies = self._dialogue.step(before, event)
        if update_id is not None:
            draft.handled = (*draft.handled, update_id)[-HANDLED_KEPT:]
        rules = self._dialogue.book.knowledge.rules
        wake = agenda.next_wake(draft.state, event.at, rules)
        # Whoever counts a stretch is waiting: only what comes unasked is spread.
        counting = agenda.count_due(draft.state.stage) is not None
        draft.wake_at = wake if counting or wake is None else wake + self._spread(user)
        if isinstance(event, Tick) and draft.state == before and wake and wake <= event.at:
            # An alarm that finds nothing to do must not ring again at once, and for ever.
            draft.wake_at = event.at + PAUSE_AFTER_FAILURE
        draft.forget = draft.state == UserState()
        return replies

    def _until(self, state: UserState, event: Event) -> datetime | None:
        """After when a reminder that this event brings is not to be sent any more."""
        if not isinstance(event, Tick):
            return None
        return agenda.reminder_until(state, event.at, self._dialogue.book.knowledge.rules)

    async def wake(self, now: datetime) -> int:
        """Handle a tick for those who are due, as many as the channel takes; returns how many.

        Who finds no room stays due: nothing is stepped and saved that could not go out soon.
        """
        users = await self._store.due(now, self._channel.room())
        for user in users:
            try:
                await self.handle(user, Tick(now))
            except Exception:
                # One user's trouble must not keep the others from their reminders.
                log.exception("wake_failed")
                self._store.postpone(user, now + PAUSE_AFTER_FAILURE)
            await asyncio.sleep(0)  # who has written meanwhile is answered in between
        return len(users)

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of a user."""
        await self._store.forget(user)


def _later(draft: Draft, number: int) -> tuple[Owed, ...]:
    """What this worker is to send of a draft, beyond what it has sent since."""
    if draft.sends == "none":
        return ()
    return tuple(entry for entry in draft.owed if entry.number > number)
