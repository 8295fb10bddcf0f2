"""Counts on the screen: one message a person, edited in place until it is over.

Where several workers are one bot, the one that began a count edits it as long as no other worker
has handled something of that person: it then stops, and whoever did goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import RetryAfter, TelegramError

from bot.adapters.telegram.gate import Gate
from bot.adapters.telegram.render import messages
from bot.adapters.telegram.updates import chat_of
from bot.core.errors import StoreError
from bot.core.messages import Kind, Line, Reply
from bot.ports import UserId, Workers

STEP = 5  # seconds between two edits; Telegram takes about one a second in a chat
EDITS_A_SECOND = 10  # for all counts together; with more people each one is edited less often

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
OnCounted = Callable[[UserId, str], Awaitable[None]]
GiveBack = Callable[[UserId], Awaitable[None]]


@dataclass(slots=True)
class _Count:
    token: str
    message_id: int
    task: asyncio.Task[None]


class Counts:
    """The counts that run. They are lost with the process; the clock then takes them up anew."""

    def __init__(  # every part comes from outside
        self,
        bot: Bot,
        gate: Gate,
        on_counted: OnCounted,
        sleep: Sleep,
        workers: Workers | None,
        give_back: GiveBack,
    ) -> None:
        """`on_counted` hears of each count that came to its end.

        `give_back` sends what other workers have left to this one during an edit.
        """
        self._bot = bot
        self._gate = gate
        self._on_counted = on_counted
        self._sleep = sleep
        self._workers = workers
        self._give_back = give_back
        self._running: dict[UserId, _Count] = {}

    def shows(self, user: UserId, reply: Reply) -> bool:
        """Whether this count is on the screen already, and the reply would only repeat it."""
        countdown, running = reply.countdown, self._running.get(user)
        same = running is not None and countdown is not None and running.token == countdown.token
        return same and countdown is not None and countdown.resumed

    def start(self, user: UserId, message_id: int, reply: Reply) -> None:
        """Count on in this message; one that ran before stands still."""
        if reply.countdown is None:
            return
        self.stop(user, message_id)
        task = asyncio.create_task(self._count(user, message_id, reply))
        self._running[user] = _Count(reply.countdown.token, message_id, task)
        if self._workers is not None:
            self._workers.counts(user, running=True)

    def stop(self, user: UserId, kept: int | None = None) -> None:
        """Count no more; the buttons of its message go, unless it is the one that is kept."""
        running = self._over(user)
        if running is None:
            return
        running.task.cancel()
        if running.message_id != kept:
            self._without_buttons(user, running.message_id)

    def end(self) -> None:
        """Stop all, without a word."""
        for user in list(self._running):
            if (running := self._over(user)) is not None:
                running.task.cancel()

    def _over(self, user: UserId) -> _Count | None:
        if self._workers is not None:
            self._workers.counts(user, running=False)
        return self._running.pop(user, None)

    async def _count(self, user: UserId, message_id: int, reply: Reply) -> None:
        countdown = reply.countdown
        if countdown is None:
            return
        at = countdown.spent
        for moment in (*countdown.moments(STEP), countdown.seconds):
            if moment <= at:
                continue
            await self._sleep(moment - at)
            at = moment
            crowded = len(self._running) > EDITS_A_SECOND * STEP
            if moment == countdown.seconds or (crowded and moment % (2 * STEP)):
                continue
            if not await self._show(user, message_id, shown_at(reply, moment)):
                self._over(user)
                return
        self._over(user)
        if not await self._show(user, message_id, replace(shown_at(reply, at), buttons=())):
            return
        try:
            await self._on_counted(user, countdown.token)
        except Exception:
            # The clock looks at running counts too, and goes on from there.
            log.exception("count_end_failed")

    async def _show(self, user: UserId, message_id: int, reply: Reply) -> bool:
        """One edit, unless another worker has to do with this person since: then False.

        Nothing hangs on it: the next one comes in a few seconds.
        """
        await self._gate.turn(bulk=True)
        if self._workers is None:
            await self._edited(user, message_id, reply)
            return True
        mine = False
        try:
            mine = await self._workers.take(user)
            if mine:
                await self._edited(user, message_id, reply)
        except StoreError:
            log.warning("count_not_taken")
        finally:
            await asyncio.shield(self._give_back(user))
        return mine

    async def _edited(self, user: UserId, message_id: int, reply: Reply) -> None:
        part = messages(reply)[0]
        try:
            await self._bot.edit_message_text(
                part.html,
                chat_id=chat_of(user),
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                api_kwargs={"reply_markup": part.keyboard} if part.keyboard else None,
            )
        except RetryAfter as error:
            span = error.retry_after
            self._gate.hold(span if isinstance(span, int) else span.total_seconds())
        except TelegramError as error:
            log.debug("count_not_shown reason=%s", type(error).__name__)

    def _without_buttons(self, user: UserId, message_id: int) -> None:
        async def tried() -> None:
            with contextlib.suppress(TelegramError):
                await self._bot.edit_message_reply_markup(chat_of(user), message_id)

        task = asyncio.create_task(tried())
        _KEPT.add(task)
        task.add_done_callback(_KEPT.discard)


_KEPT: set[asyncio.Task[None]] = set()  # tasks that nobody waits for must be held


def shown_at(reply: Reply, second: int) -> Reply:
    """The reply as it is at a second of its count."""
    if reply.countdown is None:
        return reply
    title, phase, bar, cue = reply.countdown.lines_at(second)
    lines = (Line(Kind.TITLE, title), Line(Kind.TEXT, phase), Line(Kind.TEXT, bar))
    return replace(reply, lines=(*lines, Line(Kind.NOTE, cue)))
