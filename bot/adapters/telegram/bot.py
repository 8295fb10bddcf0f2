"""The bot on Telegram: intake that acknowledges only what is committed, clock tick, profile.

Updates are polled for, or come to a webhook; then several workers may be one bot.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MenuButtonCommands,
    Update,
)
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application, ContextTypes, ExtBot, TypeHandler
from telegram.warnings import PTBUserWarning

from bot.adapters.telegram.delivery import Delivery, Sleep, reason_of
from bot.adapters.telegram.enclosures import Enclosures
from bot.adapters.telegram.gate import Gate
from bot.adapters.telegram.transport import Transport
from bot.adapters.telegram.updates import Incoming, InGroup, ZoneAt, no_zone, read
from bot.adapters.telegram.webhook import CONNECTIONS, Hook, Listener
from bot.assistant import Assistant
from bot.core.dialogue import Dialogue
from bot.core.errors import SettingsError, StoreError
from bot.core.messages import Blocked, Counted
from bot.meter import Meter
from bot.pace import Pace
from bot.ports import Clock, Owed, UserId, UserStore, Workers

# Without it every look at RetryAfter.retry_after warns; both kinds of value are understood here.
os.environ.setdefault("PTB_TIMEDELTA", "1")

COMMANDS = (
    *("start", "stretch", "check", "remind", "progress"),
    *("summary", "why", "help", "settings", "privacy", "stop"),
)
UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
]
PAUSE_AFTER_ERROR = 5.0
SHORTEST_PAUSE = 1.0  # between two looks at the clock
STOP_SECONDS = 7.0  # with the end of the process less than the 10 s that supervisors allow
POOL = 64

_App = Application[ExtBot[None], Any, Any, Any, Any, Any]

log = logging.getLogger(__name__)


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)


class TelegramBot:
    """One bot. Its own intake: PTB's confirms updates before handling them."""

    _next_due: datetime | None = None  # as of the last look

    def __init__(  # noqa: PLR0913  # every part comes from outside
        self,
        dialogue: Dialogue,
        store: UserStore,
        *,
        token: str,
        api_url: str,
        poll_seconds: int,
        tick_seconds: int,
        clock: Clock | None = None,
        label: Callable[[UserId], str] = lambda _: "-",
        spread: Callable[[UserId], timedelta] = lambda _: timedelta(),
        pace: Pace | None = None,
        pulse: Callable[[bool], None] = lambda _: None,
        zone_at: ZoneAt = no_zone,
        sleep: Sleep = asyncio.sleep,
        gate: Gate | None = None,
        enclosures: Enclosures | None = None,
        count_sleep: Sleep = asyncio.sleep,
        proxies: bool = True,
        meter: Meter | None = None,
        hook: Hook | None = None,
        workers: Workers | None = None,
    ) -> None:
        """Builds the application; nothing is sent before `run`.

        `pulse` hears at every tick whether the last turn could be saved; `zone_at` knows the time
        zone of a location. Without a `hook` updates are polled for. `workers` share a store.
        """
        self._meter = meter or Meter()
        self._requests = (Transport(POOL, proxies=proxies), Transport(1, proxies=proxies))
        self._application = self._built(token, api_url)
        self._wording = dialogue.context.wording
        self._store, self._workers = store, workers
        self._clock = clock or SystemClock()
        self._delivery = Delivery(
            self._application.bot,
            store,
            self._on_blocked,
            self._clock.now,
            sleep,
            gate or Gate(book=workers.book if workers else None),
            enclosures,
            self._on_counted,
            self._wording.book.knowledge.buttons["share"],
            count_sleep,
            self._meter,
            workers,
        )
        self._assistant = Assistant(
            dialogue, store, self._delivery, label, spread, pace or Pace(), self._meter
        )
        self._gauges()
        self._poll_seconds, self._tick_seconds = poll_seconds, tick_seconds
        self._pulse, self._zone_at, self._sleep = pulse, zone_at, sleep
        self._offset, self._beaten = 0, (True, -math.inf)
        self._heard = True  # whether the last request for updates was answered
        self._batch: asyncio.Task[None] | None = None
        self.listener = Listener(hook, self._take) if hook is not None else None
        self._unsaved: Counter[int] = Counter()  # updates that come again, how often
        self._stopping, self._left = asyncio.Event(), asyncio.Event()  # left: when a worker died

    def _built(self, token: str, api_url: str) -> _App:
        built = (
            Application.builder()
            .token(token)
            .base_url(api_url)
            .updater(None)
            .request(self._requests[0])
            .get_updates_request(self._requests[1])
            .build()
        )
        built.add_handler(TypeHandler(Update, self._on_update))
        built.add_error_handler(self._on_error)
        return built

    @property
    def _bot(self) -> ExtBot[None]:
        return self._application.bot

    def _gauges(self) -> None:
        self._meter.gauge(
            "oldest_due_seconds", "For how long the longest due person waits.", self._overdue
        )
        self._meter.gauge(
            "oldest_unsent_seconds",
            "For how long someone has had something unsent.",
            self._delivery.oldest,
        )

    def _overdue(self) -> float:
        due = self._next_due
        return max(0.0, (self._clock.now() - due).total_seconds()) if due is not None else 0.0

    async def is_reached(self) -> bool:
        """Whether Telegram answers now, and lets this bot have its updates."""
        try:
            await self._bot.get_me()
        except (TelegramError, RuntimeError):  # RuntimeError: before the start, after the end
            return False
        return self._heard

    # -- life -------------------------------------------------------------------------------

    async def run_until_stopped(self) -> None:
        """Run until SIGINT or SIGTERM, then finish what is under way."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.stop)
        await self.run()

    def stop(self) -> None:
        """Take no more updates; `run` returns when everything handled has been sent."""
        self._stopping.set()

    async def run(self) -> None:
        """Take updates and tick until `stop`."""
        watching = self._watching()
        try:
            await self._unless_stopped(self._begin())
            intake = self._poll() if self.listener is None else self._listen(self.listener)
            await self._unless_stopped(intake, self._tick())
        except InvalidToken as error:
            raise SettingsError(
                "UNKNOT_TOKEN: Telegram does not know this token; copy it anew from BotFather"
            ) from error
        finally:
            await self._finish()
            for task in watching:
                task.cancel()

    async def _begin(self) -> None:
        await self._connect()
        await self._introduce()
        await self._assistant.resume()

    async def _unless_stopped(self, *work: Coroutine[None, None, None]) -> None:
        """Until one of them has ended, or `stop`; an error of theirs comes out."""
        tasks = [asyncio.create_task(part) for part in work]
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, stopped):
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _finish(self) -> None:
        """Finish what is under way, all of it within `STOP_SECONDS`: the rest stays owed."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + STOP_SECONDS
        if self.listener is not None:
            await self.listener.close()
        if self._batch is not None:
            await asyncio.wait([self._batch], timeout=STOP_SECONDS)
            self._batch.cancel()
            await asyncio.gather(self._batch, return_exceptions=True)
        self._delivery.no_more_counts()
        await self._delivery.finish(max(ends - loop.time(), 0.0))
        await self._application.shutdown()
        # A start that failed half-way leaves its connections to us.
        for request in self._requests:
            await request.shutdown()

    async def _connect(self) -> None:
        """Wait for the network if it is not there yet."""
        while not self._stopping.is_set():
            try:
                await self._application.initialize()
            except InvalidToken:
                raise
            except TelegramError as error:
                log.warning("not_connected reason=%s", type(error).__name__)
                await self._sleep(PAUSE_AFTER_ERROR)
            else:
                return

    async def _introduce(self) -> None:
        """Commands, descriptions and the menu button; a refusal is logged, not fatal."""
        text = self._wording.text
        commands = [BotCommand(name, text(f"command_{name}")) for name in COMMANDS]
        bot = self._bot
        for call in (
            partial(bot.set_my_commands, commands),
            partial(bot.set_my_description, text("bot_description")),
            partial(bot.set_my_short_description, text("bot_short_description")),
            partial(bot.set_chat_menu_button, menu_button=MenuButtonCommands()),
        ):
            try:
                await call()
            except TelegramError as error:
                log.warning("profile_not_set reason=%s", reason_of(error))

    # -- intake -----------------------------------------------------------------------------

    async def _poll(self) -> None:
        with contextlib.suppress(TelegramError):
            await self._bot.delete_webhook()  # while one is set, Telegram refuses to be polled
        while not self._stopping.is_set():
            try:
                updates = await self._bot.get_updates(
                    offset=self._offset or None,
                    timeout=self._poll_seconds,
                    allowed_updates=UPDATES,
                )
            except Conflict:
                self._heard = False
                log.error("another_process_polls_with_this_token")
                await self._sleep(PAUSE_AFTER_ERROR)
            except RetryAfter as error:
                await self._sleep(_seconds(error.retry_after))
            except InvalidToken:
                raise
            except TelegramError as error:
                # A proxy's error page must not end the bot.
                self._heard = False
                log.warning("polling_failed reason=%s", type(error).__name__)
                await self._sleep(PAUSE_AFTER_ERROR)
            except Exception as error:
                log.warning("updates_unreadable reason=%s", type(error).__name__)
                await self._pass_over()
            else:
                self._heard = True
                # Shielded: a stop in the middle must not tear a batch between commit and answer.
                self._batch = asyncio.create_task(self._handle_batch(updates))
                await asyncio.shield(self._batch)

    async def _pass_over(self) -> None:
        """Take the next update by itself: one that cannot be read must not come for ever."""
        try:
            with warnings.catch_warnings():  # the library would rather read them itself
                warnings.simplefilter("ignore", PTBUserWarning)
                given: Any = await self._bot.do_api_request(
                    "getUpdates", {"offset": self._offset or None, "limit": 1, "timeout": 0}
                )
            update = self._readable(given[0])
            await self._handle_batch([update] if update is not None else [])
            self._offset = given[0]["update_id"] + 1
        except Exception as error:
            log.warning("polling_failed reason=%s", type(error).__name__)
            await self._sleep(PAUSE_AFTER_ERROR)

    def _readable(self, given: dict[str, Any]) -> Update | None:
        try:
            return Update.de_json(given, self._bot)
        except Exception as error:
            # It would be the same each time: no use in having it again.
            log.warning("update_unreadable reason=%s", type(error).__name__)
            return None

    async def _listen(self, listener: Listener) -> None:
        """Be ready, then tell Telegram. At a stop the webhook stays: other workers go on."""
        await listener.open()
        await self._set_webhook(listener)
        await self._stopping.wait()

    async def _set_webhook(self, listener: Listener) -> None:
        hook = listener.hook
        while not self._stopping.is_set():
            try:
                await self._bot.set_webhook(
                    hook.url,
                    secret_token=hook.secret,
                    allowed_updates=UPDATES,
                    max_connections=CONNECTIONS,
                )
            except BadRequest as error:
                raise SettingsError(
                    "UNKNOT_WEBHOOK_URL: Telegram refuses this address; it must begin with"
                    " https:// and be on port 443, 80, 88 or 8443"
                ) from error
            except RetryAfter as error:  # workers that start together ask together
                await self._sleep(_seconds(error.retry_after))
            except TelegramError as error:
                log.warning("webhook_not_set reason=%s", reason_of(error))
                await self._sleep(PAUSE_AFTER_ERROR)
            else:
                return

    async def _take(self, given: dict[str, Any]) -> bool:
        """Handle an update that Telegram brought; whether it is done with."""
        update = self._readable(given)
        if update is None:
            return True
        await self._application.process_update(update)
        if not self._unsaved[update.update_id]:
            return True
        self._unsaved -= Counter([update.update_id])  # zero is dropped
        return False

    async def _handle_batch(self, updates: Sequence[Update]) -> None:
        """Handle updates, each chat in order, chats side by side; then move the offset past them.

        The next request confirms them to Telegram: what was not committed comes again.
        """
        chats: dict[int, list[Update]] = defaultdict(list)
        for update in updates:
            chats[update.effective_chat.id if update.effective_chat else 0].append(update)
        await asyncio.gather(*(self._in_order(batch) for batch in chats.values()))
        if updates:
            self._offset = updates[-1].update_id + 1

    async def _in_order(self, updates: Sequence[Update]) -> None:
        for update in updates:
            await self._application.process_update(update)

    async def _on_update(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        meant = read(update, self._clock.now(), self._bot.username, self._zone_at)
        self._meter.updates.count(_kind(meant))
        if isinstance(meant, InGroup):
            await self._in_private_please(meant.chat_id)
        elif isinstance(meant, Incoming):
            saved = await self._assistant.handle(
                meant.user,
                meant.event,
                update_id=update.update_id,
                pressed=meant.pressed,
                comes_again=self.listener is not None,
            )
            if not saved and self.listener is not None:
                self._unsaved[update.update_id] += 1
                return
        if update.callback_query is not None:
            # The spinner on the button goes away; a query that is too old is no harm.
            self._delivery.beside(update.callback_query.answer())

    async def _in_private_please(self, chat_id: int) -> None:
        link = f"https://t.me/{self._bot.username}?start=group"
        label = self._wording.book.knowledge.buttons["write_private"]
        with contextlib.suppress(TelegramError):
            await self._bot.send_message(
                chat_id,
                self._wording.text("group_only_private"),
                reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton(label, url=link)]]),
            )

    async def _on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A defect of ours: logged without the message, and the user is told to say it again."""
        log.error("update_failed", exc_info=context.error)
        if isinstance(update, Update):
            meant = read(update, self._clock.now(), self._bot.username)
            if isinstance(meant, Incoming):
                reply = self._wording.plain("something_wrong")
                self._delivery.deliver(meant.user, (Owed(0, reply),))

    # -- other workers ----------------------------------------------------------------------

    def _watching(self) -> list[asyncio.Task[None]]:
        if self._workers is None:
            return []
        return [
            asyncio.create_task(self._watch(self._workers)),
            asyncio.create_task(self._inherit()),
        ]

    async def _watch(self, workers: Workers) -> None:
        while True:
            try:
                await self.watch()
            except StoreError:
                log.warning("workers_not_heard_of")
            except Exception:
                log.exception("watch_failed")
            await asyncio.sleep(workers.beat_seconds)

    async def _inherit(self) -> None:
        """See to what was left, beside the signs of life: it may take longer than a lease."""
        while True:
            await self._left.wait()
            self._left.clear()
            try:
                await self._assistant.resume()
            except Exception:
                log.exception("resume_failed")
                self._left.set()
                await self._sleep(PAUSE_AFTER_ERROR)

    async def watch(self) -> None:
        """Tell other workers that this one lives, and hear whether one of them has died."""
        if self._workers is None:
            return
        news = await self._workers.beat()
        if news.lost:
            log.warning("taken_for_dead")
            self._delivery.drop()
        self._delivery.held()
        if news.lost or news.died:
            self._left.set()
        await self._delivery.look()

    # -- clock ------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while True:
            woken = 0
            try:
                woken = await self.tick()
                self._meter.ticked("done")
            except Exception:
                log.exception("tick_failed")
                self._meter.ticked("failed")
            if woken:
                await self._delivery.has_room(self._tick_seconds)
            else:
                await asyncio.sleep(await self._pause())

    async def _pause(self) -> float:
        """Seconds until the next one is due, within the usual time between two looks."""
        due = self._next_due = await self._store.next_due()
        wait = math.inf if due is None else (due - self._clock.now()).total_seconds()
        return min(max(wait, SHORTEST_PAUSE), self._tick_seconds)

    async def tick(self) -> int:
        """Wake those who are due now, as many as can be sent to soon; returns how many."""
        woken = await self._assistant.wake(self._clock.now())
        self._beat()
        return woken

    def _beat(self) -> None:
        """Tell that all is well, or not: at once when that has changed, else now and then."""
        saving, now = self._assistant.saving, asyncio.get_running_loop().time()
        if (saving, True) != (self._beaten[0], now - self._beaten[1] < SHORTEST_PAUSE):
            self._pulse(saving)
            self._beaten = saving, now

    async def settled(self) -> None:
        """Wait until every reply that is queued has been sent or given up."""
        await self._delivery.finish()

    async def _on_counted(self, user: UserId, token: str) -> None:
        await self._assistant.handle(user, Counted(self._clock.now(), token))

    async def _on_blocked(self, user: UserId) -> None:
        log.info("user_blocked")
        await self._assistant.handle(user, Blocked(self._clock.now(), blocked=True))


def _kind(meant: Incoming | InGroup | None) -> str:
    if isinstance(meant, Incoming):
        return type(meant.event).__name__
    return "none" if meant is None else "group"


def _seconds(span: int | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)
