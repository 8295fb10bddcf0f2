"""Replies to the Bot API: in order per chat, chats side by side, Telegram's refusals obeyed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    Forbidden,
    RetryAfter,
    TelegramError,
)

from bot.adapters.telegram.render import Message, messages
from bot.adapters.telegram.transport import may_have_arrived
from bot.adapters.telegram.updates import chat_of
from bot.core.messages import Document, Reply
from bot.ports import Owed, Receipts, UserId

TRIES = 6
TRIES_SAFETY = 3000  # with the longest pause between them, about a day
LONGEST_PAUSE = 30.0
KNOWN_REASONS = (
    *("can't parse entities", "message is too long", "chat not found", "message text is empty"),
    *("message is not modified", "message can't be edited", "message to edit not found"),
    *("button_data_invalid", "too many requests", "query is too old"),
)

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
OnBlocked = Callable[[UserId], Awaitable[None]]


class Delivery:
    """A queue for each chat that has something to be sent."""

    def __init__(
        self,
        bot: Bot,
        receipts: Receipts,
        on_blocked: OnBlocked,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`on_blocked` hears of users who have blocked the bot; `sleep` is replaced in tests."""
        self._bot = bot
        self._receipts = receipts
        self._on_blocked = on_blocked
        self._sleep = sleep
        self._queues: dict[UserId, deque[Owed]] = {}
        self._drains: dict[UserId, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(self, user: UserId, owed: Sequence[Owed]) -> None:
        """Queue replies, behind those that wait already."""
        if not owed:
            return
        queue = self._queues.get(user)
        if queue is not None:
            queue.extend(owed)
            return
        self._queues[user] = deque(owed)
        self._drains[user] = task = asyncio.create_task(self._drain(user))
        self._keep(task)

    async def delivered(self, user: UserId) -> None:
        """Wait until nothing waits to be sent to this user, at most half a minute."""
        task = self._drains.get(user)
        if task is not None:
            await asyncio.wait([task], timeout=LONGEST_PAUSE)

    def beside(self, call: Coroutine[None, None, object]) -> None:
        """Make a call on which nothing hangs, without keeping anyone waiting."""

        async def tried() -> None:
            with contextlib.suppress(TelegramError):
                await call

        self._keep(asyncio.create_task(tried()))

    async def finish(self, seconds: float | None = None) -> None:
        """Wait until everything queued has been sent or given up, at most so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.gather(*self._tasks, return_exceptions=True)
        except TimeoutError:
            log.error("unsent_at_stop chats=%d", len(self._queues))
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, user: UserId) -> None:
        queue = self._queues[user]
        try:
            while queue:
                owed = queue.popleft()
                if owed.reply.reminder and owed.number:
                    self._receipts.begun(user, owed.number)
                try:
                    await self._send(user, owed.reply, owed.pressed)
                except Forbidden:
                    self._done(user, max((entry.number for entry in queue), default=owed.number))
                    raise
                except Exception:
                    # One reply that cannot be sent must not take the others with it.
                    log.exception("reply_failed key=%s", owed.reply.key)
                self._done(user, owed.number)
        except Forbidden:
            await self._on_blocked(user)
        finally:
            self._queues.pop(user, None)
            self._drains.pop(user, None)

    def _done(self, user: UserId, number: int) -> None:
        if not number:
            return
        try:
            self._receipts.sent(user, number)
        except OSError:
            # It may be sent twice after a crash; that is no reason to stop sending.
            log.exception("receipt_not_noted")

    async def _send(self, user: UserId, reply: Reply, pressed: int | None) -> None:
        chat = chat_of(user)
        parts = messages(reply)
        if pressed is not None:
            if reply.edit and len(parts) == 1 and await self._edited(chat, pressed, parts[0]):
                return
            await self._without_buttons(chat, pressed)
        for part in parts:
            await self._sent(chat, part, reply)
        for document in reply.documents:
            await self._document(chat, document, reply)

    async def _sent(self, chat: int, part: Message, reply: Reply) -> None:
        async def formatted() -> None:
            await self._bot.send_message(
                chat,
                part.html,
                parse_mode=ParseMode.HTML,
                disable_notification=reply.silent or None,
                api_kwargs=_keyboard(part),
            )

        async def as_plain_words() -> None:
            await self._bot.send_message(chat, part.plain, api_kwargs=_keyboard(part))

        try:
            await self._tried(formatted, reply)
        except BadRequest as error:
            # A message that must arrive is never lost to its markup.
            log.warning("format_refused reason=%s", reason_of(error))
            try:
                await self._tried(as_plain_words, reply)
            except BadRequest as refused:
                log.error("message_refused reason=%s", reason_of(refused))

    async def _document(self, chat: int, document: Document, reply: Reply) -> None:
        async def upload() -> None:
            content = document.text.encode()
            await self._bot.send_document(chat, content, filename=document.name)

        try:
            await self._tried(upload, reply)
        except BadRequest as error:
            log.error("document_refused reason=%s", reason_of(error))

    async def _edited(self, chat: int, message_id: int, part: Message) -> bool:
        async def edit() -> None:
            await self._bot.edit_message_text(
                part.html,
                chat_id=chat,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                api_kwargs=_keyboard(part),
            )

        try:
            return await self._tried(edit, None)
        except BadRequest as error:
            return "not modified" in error.message.lower()

    async def _without_buttons(self, chat: int, message_id: int) -> None:
        """Take the buttons off an answered message; nothing hangs on it."""
        try:
            await self._bot.edit_message_reply_markup(chat, message_id)
        except Forbidden:
            raise
        except TelegramError as error:
            log.debug("buttons_stay reason=%s", reason_of(error))

    async def _tried(self, call: Callable[[], Awaitable[None]], reply: Reply | None) -> bool:
        """Make a call, obeying Telegram: wait as it says, try again what surely did not arrive.

        When it may have arrived a reminder is not repeated, all else is. False: given up.
        """
        tries = TRIES_SAFETY if reply is not None and reply.safety else TRIES
        attempt = 0
        while attempt < tries:
            try:
                await call()
            except RetryAfter as error:
                await self._sleep(_seconds(error.retry_after))
                continue  # being told to wait is no failure
            except (BadRequest, Forbidden):
                raise
            except TelegramError as error:
                if reply is not None and reply.reminder and may_have_arrived(error):
                    log.warning("reminder_uncertain")
                    return True
                await self._sleep(min(2.0 ** min(attempt, 8), LONGEST_PAUSE))
                attempt += 1
            else:
                return True
        log.error("gave_up safety=%s", bool(reply and reply.safety))
        return False


def _keyboard(part: Message) -> dict[str, str] | None:
    return {"reply_markup": part.keyboard} if part.keyboard else None


def reason_of(error: TelegramError) -> str:
    """A refusal in known words: what else Telegram says may quote a message."""
    said = error.message.lower()
    return next((words for words in KNOWN_REASONS if words in said), type(error).__name__)


def _seconds(span: int | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)
