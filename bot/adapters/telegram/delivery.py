"""Replies to the Bot API: in order per chat, chats side by side, Telegram's refusals obeyed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.adapters.telegram.counting import Counts, OnCounted
from bot.adapters.telegram.enclosures import Enclosures
from bot.adapters.telegram.gate import Gate
from bot.adapters.telegram.render import Message, Shared, caption, messages
from bot.adapters.telegram.transport import GOING, may_have_arrived
from bot.adapters.telegram.updates import chat_of
from bot.core.errors import NotOursError, StoreError
from bot.core.messages import Chart, Document, Reply
from bot.meter import Meter
from bot.ports import Owed, Receipts, UserId, Workers

TRIES = 6
TRIES_SAFETY = 3000  # with the longest pause between them, about a day
LONGEST_PAUSE = 30.0
PAUSES = (1.0, 1.0, 2.0, 4.0)  # when the store cannot be reached; then it is seen to at each look
BULK_AT_ONCE = 32  # users: half of the connections stay free for replies
SLICE = 4  # users for whom bulk is fetched together: their turns make replies wait a little
KNOWN_REASONS = (
    *("can't parse entities", "message is too long", "chat not found", "message text is empty"),
    *("message is not modified", "message can't be edited", "message to edit not found"),
    *("button_data_invalid", "too many requests", "query is too old"),
)

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
OnBlocked = Callable[[UserId], Awaitable[None]]


async def not_counted(_: UserId, __: str) -> None:
    """Nobody wants to hear of the end of a count."""


@dataclass(slots=True, eq=False)
class _Line:
    """What waits to be sent to one user. `turn`: for what the head of it waits at the gate.

    A line is there as long as something waits: `since` when. `last`: the highest number that was
    ever in it.
    """

    user: UserId
    queue: deque[Owed]
    bulk: bool
    last: int = 0
    turn: asyncio.Future[None] | None = None
    drain: asyncio.Task[None] | None = None
    since: float = field(default_factory=time.monotonic)


class Delivery:
    """A queue for each chat that has something to be sent."""

    def __init__(  # noqa: PLR0913  # every part comes from outside
        self,
        bot: Bot,
        receipts: Receipts,
        on_blocked: OnBlocked,
        now: Callable[[], datetime],
        sleep: Sleep = asyncio.sleep,
        gate: Gate | None = None,
        enclosures: Enclosures | None = None,
        on_counted: OnCounted = not_counted,
        share: str = "",
        count_sleep: Sleep = asyncio.sleep,
        meter: Meter | None = None,
        workers: Workers | None = None,
    ) -> None:
        """`on_blocked` hears of users who have blocked the bot, `on_counted` of counts that ended.

        `share` is the label of the button that shares a stretch. `sleep` and `count_sleep`, which
        stands between the edits of a count, are replaced in tests.
        """
        self._bot = bot
        self._receipts = receipts
        self._on_blocked = on_blocked
        self._now = now
        self._sleep = sleep
        self._share = share
        self._meter = meter or Meter()
        self._gate = gate or Gate()
        self._enclosures = enclosures or Enclosures(None, {})
        self._workers = workers
        self._counts = Counts(bot, self._gate, on_counted, count_sleep, workers, self.give_back)
        self._readers: list[dict[UserId, int]] = []
        self._unnoted: dict[UserId, int] = {}  # up to which number all was sent, and not noted
        self._unfreed: set[UserId] = set()  # whose edit is done, and not given back
        self._held = asyncio.Event()  # set when this worker was heard of again
        self._lines: dict[UserId, _Line] = {}
        self._bulk = 0  # lines that hold bulk
        self._less_bulk = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(self, user: UserId, owed: Sequence[Owed], *, bulk: bool = False) -> None:
        """Queue replies, behind those that wait already, and without those that do."""
        line = self._lines.get(user)
        last = max(line.last if line is not None else 0, self._unnoted.get(user, 0))
        fresh = [o for o in owed if not o.number or o.number > last]
        if not fresh:
            return
        if line is None:
            self._lines[user] = line = _Line(user, deque(), bulk)
            self._bulk += bulk
            line.drain = asyncio.create_task(self._drain(line))
            self._keep(line.drain)
        elif not bulk:
            self._hurry(line)
        line.queue.extend(fresh)
        line.last = max(line.last, *(o.number for o in fresh))

    def forgotten(self, user: UserId) -> None:
        """Numbers begin anew."""
        self._unnoted.pop(user, None)
        line = self._lines.get(user)
        if line is not None:
            line.last = 0

    @contextlib.contextmanager
    def ended(self) -> Iterator[Mapping[UserId, int]]:
        """While it is open: to whom all has been sent meanwhile, and up to which number."""
        ended: dict[UserId, int] = {}
        self._readers.append(ended)
        try:
            yield ended
        finally:
            self._readers = [reader for reader in self._readers if reader is not ended]

    async def look(self) -> None:
        """Take answers that other workers have left to this one, and that wait behind bulk.

        What they have left behind a reply is seen as soon as that one is sent. As long as this
        worker has not noted what it sent, the others leave everything to it.
        """
        if self._workers is None:
            return
        for user, number in list(self._unnoted.items()):
            await self._noted(user, number)
        for user in list(self._unfreed):
            await self._freed(self._workers, user)
        slow = [line.user for line in self._lines.values() if line.bulk]
        with self.ended() as ended:
            for user, owed in await self._workers.left_to_us(slow):
                self._deliver_left(user, owed, ended)

    async def give_back(self, user: UserId) -> None:
        """An edit beside the line is done; what others have left meanwhile is to be sent."""
        if self._workers is None:
            return
        for pause in PAUSES:
            try:
                await self._freed(self._workers, user)
            except StoreError:
                log.warning("not_given_back")
                await self._sleep(pause)
            else:
                return
        self._unfreed.add(user)

    async def _freed(self, workers: Workers, user: UserId) -> None:
        with self.ended() as ended:
            self._deliver_left(user, await workers.give_back(user), ended)
        self._unfreed.discard(user)

    def _deliver_left(
        self, user: UserId, owed: Sequence[Owed], ended: Mapping[UserId, int]
    ) -> None:
        self.deliver(user, [o for o in owed if o.number > ended.get(user, 0)])

    def held(self) -> None:
        """This worker was heard of: it may send."""
        self._held.set()

    def drop(self) -> None:
        """Others may be sending what waits here: it is theirs. What was not saved stays."""
        self._counts.end()
        self._unnoted.clear()
        self._unfreed.clear()
        for line in list(self._lines.values()):
            unsaved = [owed for owed in line.queue if not owed.number]
            if line.drain is not None:
                line.drain.cancel()
            del self._lines[line.user]
            self.deliver(line.user, unsaved)

    def _hurry(self, line: _Line) -> None:
        """A reply must not wait behind a reminder that waits: both go as replies do."""
        if line.bulk:
            self._no_bulk(line)
            if line.turn is not None:
                self._gate.hurry(line.turn)

    def _no_bulk(self, line: _Line) -> None:
        self._bulk -= line.bulk
        line.bulk = False
        self._less_bulk.set()

    def room(self) -> int:
        """For how many more users bulk is taken."""
        return max(0, BULK_AT_ONCE - self._bulk)

    def oldest(self) -> float:
        """For how many seconds someone has had something unsent; 0 when nothing waits."""
        begun = min((line.since for line in self._lines.values()), default=math.inf)
        return max(0.0, time.monotonic() - begun)

    async def has_room(self, seconds: float) -> None:
        """Wait until bulk for a few users is taken, at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.room() < SLICE:
                    self._less_bulk.clear()
                    await self._less_bulk.wait()

    async def delivered(self, user: UserId) -> None:
        """Wait until nothing waits to be sent to this user, at most half a minute."""
        line = self._lines.get(user)
        if line is not None and line.drain is not None:
            await asyncio.wait([line.drain], timeout=LONGEST_PAUSE)

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
            log.error("unsent_at_stop chats=%d", len(self._lines))
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def no_more_counts(self) -> None:
        """The process ends; the clock takes the counts up in the next one."""
        self._counts.end()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, line: _Line) -> None:
        blocked = False
        try:
            while line.queue:
                owed = line.queue.popleft()
                done = owed.number
                try:
                    await self._send(line, owed)
                except Forbidden:
                    self._meter.sends.count("blocked")
                    blocked = True
                    done = max(done, line.last)
                    line.queue.clear()
                except Exception:
                    # One reply that cannot be sent must not take the others with it.
                    log.exception("reply_failed key=%s", owed.reply.key)
                await self._done(line.user, done)
        finally:
            self._end(line)
        if blocked:
            await self._on_blocked(line.user)

    def _end(self, line: _Line) -> None:
        if self._lines.get(line.user) is line:
            del self._lines[line.user]
            for reader in self._readers:
                reader[line.user] = max(line.last, reader.get(line.user, 0))
        self._no_bulk(line)

    async def _done(self, user: UserId, number: int) -> None:
        """Note that it is sent, and queue what other workers have left to this one."""
        if not number:
            return
        for pause in PAUSES:
            try:
                await self._noted(user, number)
            except StoreError:
                log.exception("receipt_not_noted")
                await self._sleep(pause)
            except OSError:
                # It may be sent twice after a crash; that is no reason to stop sending.
                log.exception("receipt_not_noted")
                return
            else:
                return
        self._unnoted[user] = max(number, self._unnoted.get(user, 0))

    async def _noted(self, user: UserId, number: int) -> None:
        left = await self._receipts.sent(user, number)
        if self._unnoted.get(user, 0) <= number:
            self._unnoted.pop(user, None)
        self.deliver(user, left)

    async def _note(
        self, note: Callable[[UserId, int], Awaitable[None]], line: _Line, owed: Owed
    ) -> None:
        if not (owed.reply.reminder and owed.number):
            return
        try:
            await note(line.user, owed.number)
        except OSError:
            log.exception("receipt_not_noted")

    async def _send(self, line: _Line, owed: Owed) -> None:
        chat, reply, pressed = chat_of(line.user), owed.reply, owed.pressed
        if reply.halts:
            self._counts.stop(line.user, pressed)
        if self._counts.shows(line.user, reply):
            return
        parts = messages(reply, self._shared(reply))
        if pressed is not None:
            if reply.edit and len(parts) == 1 and await self._edited(line, pressed, parts[0]):
                self._counts.start(line.user, pressed, reply)
                return
            await self._without_buttons(chat, pressed)
        if reply.picture is not None and await self._moving(line, owed, reply.picture):
            return
        if reply.chart is not None:
            await self._charted(line, owed, reply.chart)
        last = None
        for part in parts:
            last = await self._sent(line, part, owed)
        if last is not None:
            self._counts.start(line.user, last, reply)
        for document in reply.documents:
            await self._document(line, document, owed)

    def _shared(self, reply: Reply) -> Shared | None:
        wanted = reply.share is not None and self._share
        return Shared(self._bot.username, self._share) if wanted else None

    async def _moving(self, line: _Line, owed: Owed, stretch: str) -> bool:
        """Send a stretch as a moving picture with its words below; False: words must do.

        Words that are too long for a caption follow in a message of their own.
        """
        picture = await self._enclosures.picture(stretch, dark=owed.reply.dark)
        if picture is None:
            return False
        whole = caption(owed.reply, self._shared(owed.reply))
        words = whole or Message("", "", None)

        async def send() -> None:
            sent = await self._bot.send_animation(
                chat_of(line.user),
                picture.content,
                caption=words.html or None,
                parse_mode=ParseMode.HTML,
                filename=f"{stretch}.gif",
                api_kwargs=_keyboard(words),
            )
            if isinstance(picture.content, bytes) and sent.animation is not None:
                self._enclosures.keep(picture.key, sent.animation.file_id)

        try:
            arrived = await self._tried(send, line, owed)
        except BadRequest as error:
            log.warning("picture_refused reason=%s", reason_of(error))
            if isinstance(picture.content, bytes):
                return False  # the words go out
            self._enclosures.forget(picture.key)
            return await self._moving(line, owed, stretch)  # an old file id: uploaded anew
        return arrived and whole is not None

    async def _charted(self, line: _Line, owed: Owed, chart: Chart) -> None:
        content = await self._enclosures.chart(chart)
        if content is None:
            return

        async def send() -> None:
            await self._bot.send_photo(chat_of(line.user), content, caption=chart.title)

        try:
            await self._tried(send, line, owed)
        except BadRequest as error:
            log.warning("picture_refused reason=%s", reason_of(error))

    async def _sent(self, line: _Line, part: Message, owed: Owed) -> int | None:
        """Send one message; its id, or None when it did not go out or may have."""
        chat = chat_of(line.user)
        ids: list[int] = []

        async def formatted() -> None:
            sent = await self._bot.send_message(
                chat,
                part.html,
                parse_mode=ParseMode.HTML,
                disable_notification=owed.reply.silent or None,
                api_kwargs=_keyboard(part),
            )
            ids.append(sent.message_id)

        async def as_plain_words() -> None:
            sent = await self._bot.send_message(chat, part.plain, api_kwargs=_keyboard(part))
            ids.append(sent.message_id)

        try:
            await self._tried(formatted, line, owed)
        except BadRequest as error:
            # A message that must arrive is never lost to its markup.
            log.warning("format_refused reason=%s", reason_of(error))
            try:
                await self._tried(as_plain_words, line, owed)
            except BadRequest as refused:
                log.error("message_refused reason=%s", reason_of(refused))
        return ids[-1] if ids else None

    async def _document(self, line: _Line, document: Document, owed: Owed) -> None:
        content = await self._enclosures.content(document)
        if content is None:
            return

        async def upload() -> None:
            await self._bot.send_document(chat_of(line.user), content, filename=document.name)

        try:
            await self._tried(upload, line, owed)
        except BadRequest as error:
            log.error("document_refused reason=%s", reason_of(error))

    async def _edited(self, line: _Line, message_id: int, part: Message) -> bool:
        async def edit() -> None:
            await self._bot.edit_message_text(
                part.html,
                chat_id=chat_of(line.user),
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                api_kwargs=_keyboard(part),
            )

        try:
            return await self._tried(edit, line, None)
        except BadRequest as error:
            return "not modified" in error.message.lower()

    async def _without_buttons(self, chat: int, message_id: int) -> None:
        """Take the buttons off an answered message; nothing hangs on it."""
        self._gate.count()
        try:
            await self._bot.edit_message_reply_markup(chat, message_id)
        except Forbidden:
            raise
        except TelegramError as error:
            log.debug("buttons_stay reason=%s", reason_of(error))

    async def _tried(
        self, call: Callable[[], Awaitable[None]], line: _Line, owed: Owed | None
    ) -> bool:
        """Make a call, obeying Telegram: wait as it says, try again what surely did not arrive.

        When it may have arrived a reminder is not repeated, all else is. False: given up.
        """
        lasting = owed is not None and (owed.reply.safety or owed.until is not None)
        tries = TRIES_SAFETY if lasting else TRIES
        attempt = 0
        while attempt < tries:
            if not await self._has_turn(line, owed):
                log.info("reminder_too_late")
                self._meter.sends.count("too_late")
                return False
            try:
                await self._called(call, line, owed)
            except RetryAfter as error:
                self._meter.sends.count("told_to_wait")
                seconds = _seconds(error.retry_after)
                self._gate.hold(seconds)
                await self._sleep(seconds)  # being told to wait is no failure
            except Forbidden:
                raise
            except BadRequest:
                self._meter.sends.count("refused")
                raise
            except TelegramError as error:
                if owed is not None and owed.reply.reminder and may_have_arrived(error):
                    log.warning("reminder_uncertain")
                    self._meter.sends.count("uncertain")
                    return True
                self._meter.sends.count("failed")
                await self._sleep(min(2.0 ** min(attempt, 8), LONGEST_PAUSE))
                attempt += 1
            else:
                self._meter.sends.count("sent")
                return True
        self._meter.sends.count("given_up")
        log.error("gave_up safety=%s", bool(owed and owed.reply.safety))
        return False

    async def _has_turn(self, line: _Line, owed: Owed | None) -> bool:
        """Wait at the gate; whether it is not too late by then."""
        if owed is not None and owed.until is not None and owed.until < self._now():
            return False
        waited = False
        while not (waited and self._may_send(owed)):
            while not self._may_send(owed):
                self._held.clear()
                await self._held.wait()
            line.turn = self._gate.turn(bulk=line.bulk)
            await line.turn
            line.turn, waited = None, True
        return owed is None or owed.until is None or self._now() <= owed.until

    def _may_send(self, owed: Owed | None) -> bool:
        """Whether it is surely nobody else's to send: what is not saved is known to no other."""
        unsaved = owed is not None and not owed.number
        return unsaved or self._workers is None or self._workers.holds()

    async def _called(
        self, call: Callable[[], Awaitable[None]], line: _Line, owed: Owed | None
    ) -> None:
        """Make a call; of a reminder it is noted when it goes out and when it came back."""
        if owed is None or not owed.reply.reminder:
            await call()
            return
        unnoted: list[StoreError] = []

        async def going() -> None:
            try:
                await self._note(self._receipts.begun, line, owed)
            except StoreError as error:
                unnoted.append(error)
                raise

        token = GOING.set(going)
        try:
            await call()
        except TelegramError as error:
            if any(not isinstance(reason, NotOursError) for reason in unnoted):
                raise NetworkError("nothing went out") from None  # it waits, or would come twice
            if not may_have_arrived(error):
                with contextlib.suppress(StoreError):  # at worst it is left out after a kill
                    await self._note(self._receipts.refused, line, owed)
            raise
        finally:
            GOING.reset(token)


def _keyboard(part: Message) -> dict[str, str] | None:
    return {"reply_markup": part.keyboard} if part.keyboard else None


def reason_of(error: TelegramError) -> str:
    """A refusal in known words: what else Telegram says may quote a message."""
    said = error.message.lower()
    return next((words for words in KNOWN_REASONS if words in said), type(error).__name__)


def _seconds(span: int | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)
