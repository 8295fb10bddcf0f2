"""Use cases: handle one event of one user, and wake those who are due."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.core import agenda
from bot.core.dialogue import Dialogue
from bot.core.errors import StoreError
from bot.core.messages import Event, Reply, Tick
from bot.core.state import UserState
from bot.ports import HANDLED_KEPT, Channel, Draft, UserId, UserStore

DUE_AT_ONCE = 200
PAUSE_AFTER_FAILURE = timedelta(minutes=10)

log = logging.getLogger(__name__)


class Assistant:
    """Joins the dialogue with a store and a channel."""

    def __init__(self, dialogue: Dialogue, store: UserStore, channel: Channel) -> None:
        """Everything comes from outside; see app.py."""
        self._dialogue = dialogue
        self._store = store
        self._channel = channel
        self._later: dict[UserId, datetime] = {}

    async def handle(
        self,
        user: UserId,
        event: Event,
        *,
        update_id: int | None = None,
        pressed: int | None = None,
    ) -> None:
        """Load, step, save, then send. An update that was handled before changes nothing.

        When the state cannot be saved the user is told so, and the old state holds.
        """
        replies: tuple[Reply, ...] = ()
        try:
            async with self._store.edit(user) as draft:
                # No await between load and save: nothing else may step this user meanwhile.
                replies = self._step(draft, event, update_id)
        except StoreError:
            log.exception("save_failed")
            if isinstance(event, Tick):
                # Nobody asked for anything: say nothing, and try again later.
                self._later[user] = event.at + PAUSE_AFTER_FAILURE
                return
            # Where to get care is said even when nothing can be kept.
            safety = tuple(reply for reply in replies if reply.safety)
            replies = (*safety, self._dialogue.context.wording.plain("could_not_save"))
        self._channel.deliver(user, replies, pressed=pressed)

    def _step(self, draft: Draft, event: Event, update_id: int | None) -> tuple[Reply, ...]:
        if update_id is not None and update_id in draft.handled:
            return ()
        draft.state, replies = self._dialogue.step(draft.state, event)
        if update_id is not None:
            draft.handled = (*draft.handled, update_id)[-HANDLED_KEPT:]
        rules = self._dialogue.book.knowledge.rules
        draft.wake_at = agenda.next_wake(draft.state, event.at, rules)
        draft.forget = draft.state == UserState()
        return replies

    async def wake(self, now: datetime) -> int:
        """Handle a tick for everyone who is due; returns how many there were."""
        self._later = {user: until for user, until in self._later.items() if until > now}
        users = await self._store.due(now, DUE_AT_ONCE + len(self._later))
        for user in users:
            if user in self._later:
                continue
            try:
                await self.handle(user, Tick(now))
            except Exception:
                # One user's trouble must not keep the others from their reminders.
                log.exception("wake_failed")
                self._later[user] = now + PAUSE_AFTER_FAILURE
        return len(users)

    async def forget(self, user: UserId) -> None:
        """Delete all that is kept of a user."""
        await self._store.forget(user)
