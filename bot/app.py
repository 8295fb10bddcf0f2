"""Composition root: the only module that names concrete adapters.

Imports stay inside the functions, so that each command loads only what it uses.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from bot.core.dialogue import Dialogue
from bot.core.errors import SettingsError

if TYPE_CHECKING:
    from bot.adapters.postgres_store import PostgresStore
    from bot.adapters.status import Check, Life
    from bot.adapters.telegram.bot import TelegramBot
    from bot.adapters.telegram.webhook import Hook
    from bot.adapters.tinydb_store import TinyDBStore
    from bot.adapters.vault import Vault
    from bot.core.verify import Report
    from bot.meter import Meter
    from bot.settings import Settings

    Store = TinyDBStore | PostgresStore

DATABASE = "database"  # in place of a folder: the one of UNKNOT_DATABASE_URL


def dialogue(knowledge: Path | None = None, operator: str = "") -> Dialogue:
    """The dialogue over a knowledge folder; `operator` is who runs this bot."""
    from bot.adapters.knowledge_files import load
    from bot.adapters.places import zones_of

    return Dialogue(load(knowledge), tuple(sorted(available_timezones())), operator, zones_of)


def verified(deviations: int) -> Report:
    """What the exploration of the dialogue finds; places are looked up once."""
    from functools import cache

    from bot.adapters import verifying
    from bot.adapters.knowledge_files import load
    from bot.adapters.places import zones_of

    zones = tuple(sorted(available_timezones()))
    return verifying.verified(Dialogue(load(), zones, cities=cache(zones_of)), deviations)


def vault(data: Path, settings: Settings | None) -> Vault:
    """The keys of a data folder. A first start makes one and says where it is."""
    from bot.adapters import vault as keys

    if settings is not None and settings.key is not None:
        return keys.from_setting(settings.key.get_secret_value())
    given = settings.key_file if settings is not None else None
    path = given or keys.key_file_for(data)
    opened, made = keys.made_or_read(path, data=data)
    if made:
        sys.stderr.write(
            f"A key for the data was made: {path.resolve()}\n"
            "Keep a copy of it somewhere safe, apart from copies of the data. Without it the data"
            " cannot be read.\n"
        )
    return opened


def export(settings: Settings, user: str) -> str | None:
    """All that is kept of a user, as JSON."""
    import asyncio

    from bot.adapters import operator

    async def run() -> str | None:
        async with _store(settings) as store:
            return await operator.exported(store, user)

    return asyncio.run(run())


def forget(settings: Settings, user: str) -> bool:
    """Delete all that is kept of a user; whether there was anything."""
    import asyncio

    from bot.adapters import operator

    async def run() -> bool:
        async with _store(settings) as store:
            return await operator.forgotten(store, user)

    return asyncio.run(run())


def doctor(settings: Settings) -> tuple[list[str], int]:
    """Look at every record, and repair what is safe: in a folder, not in a database."""
    import asyncio

    from bot.adapters import operator

    async def run() -> tuple[list[str], int]:
        async with _store(settings) as store:
            damaged = store.damaged()
            return [*damaged, f"{len(damaged)} findings"], len(damaged)

    if _database(settings):
        return asyncio.run(run())
    return operator.doctor(settings.data, vault(settings.data, settings))


def rotate_key(settings: Settings) -> list[str]:
    """Write every record under a new key."""
    import asyncio
    from functools import partial

    from bot.adapters import operator
    from bot.adapters import vault as keys

    url = _database(settings)
    opened = partial(_in_database, url) if url else None
    if settings.key is not None:
        ring = vault(settings.data, settings)
        return asyncio.run(operator.rotate_setting(settings.data, ring, opened))
    path = settings.key_file or keys.key_file_for(settings.data)
    return asyncio.run(operator.rotate(settings.data, path, opened))


def move(settings: Settings, source: str, target: str) -> tuple[list[str], int]:
    """Copy all users to another store; what was done, and how many were not copied."""
    import asyncio

    from bot.adapters.moving import moved

    async def run() -> tuple[list[str], int]:
        async with _store(settings, source) as old, _store(settings, target) as new:
            return await moved(old, new)

    return asyncio.run(run())


def backup(settings: Settings, target: Path) -> tuple[list[str], int]:
    """Copy all users to a new folder while the bot runs, under the same keys."""
    import asyncio

    from bot.adapters import backup as copying
    from bot.adapters.moving import moved
    from bot.adapters.tinydb_store import TinyDBStore

    async def run() -> tuple[list[str], int]:
        copying.emptied(target)
        async with _store(settings) as database:
            with TinyDBStore(target, vault(settings.data, settings)) as new:
                return await moved(database, new)

    return asyncio.run(run()) if _database(settings) else copying.copied(settings.data, target)


def _database(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() or None if settings.database_url else None


@asynccontextmanager
async def _store(
    settings: Settings, place: str | None = None, worker: str | None = None
) -> AsyncIterator[Store]:
    """The store of the settings; or that of a folder, or of DATABASE. `worker`: see there."""
    from bot.adapters.tinydb_store import TinyDBStore

    url = _database(settings) if place in {None, DATABASE} else None
    if place == DATABASE and url is None:
        raise SettingsError("UNKNOT_DATABASE_URL is not set, so there is no database to use")
    if url is None:
        data = settings.data if place is None else Path(place)
        with TinyDBStore(data, vault(data, settings)) as store:
            yield store
        return
    async with _in_database(url, vault(settings.data, settings), worker) as shared:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)  # for the sign of life
        yield shared


def _in_database(url: str, ring: Vault, worker: str | None = None) -> PostgresStore:
    try:
        from bot.adapters.postgres_store import PostgresStore
    except ImportError as error:
        raise SettingsError(
            f"a database needs a package that is missing ({error.name}); run: pip install"
            " 'unknot[postgres]'"
        ) from None
    return PostgresStore(url, ring, worker=worker)


def _hook(settings: Settings, token: str) -> Hook | None:
    """Where updates come in; None: they are polled for."""
    from bot.adapters.telegram.webhook import Hook, secret_of

    if not settings.webhook_url:
        return None
    given = settings.webhook_secret
    host, _, port = settings.listen.rpartition(":")
    secret = given.get_secret_value() if given is not None else secret_of(token)
    return Hook(settings.webhook_url, secret, host.strip("[]"), int(port))


def chat(*, data: Path | None, at: datetime | None, zone: str | None, as_json: bool) -> int:
    """A conversation in this terminal, now or `at`. Without a folder it is soon forgotten."""
    from bot.adapters.memory_store import MemoryStore
    from bot.adapters.session import MovableClock, RunningClock, Session
    from bot.adapters.terminal import standard
    from bot.ports import UserStore

    with ExitStack() as stack:
        store: UserStore = MemoryStore()
        if data is not None:
            from bot.adapters.tinydb_store import TinyDBStore

            store = stack.enter_context(TinyDBStore(data, vault(data, None)))
        clock = MovableClock(at) if at is not None else RunningClock()
        session = Session(dialogue(), store, clock)
        return standard(as_json=as_json).run(session, zone)


def replay(files: list[Path], *, accept: bool) -> list[str]:
    """Run conversation files; returns what did not go as written."""
    from bot.adapters.conversations import replay_file

    talk = dialogue()
    # Beginnings are the openings of other files: their replies are checked where they matter.
    chosen = [file for file in files if file.parent.name != "beginnings"]
    return [problem for file in chosen for problem in replay_file(talk, file, accept=accept)]


def telegram(settings: Settings) -> int:
    """Long polling, or a webhook, until told to stop."""
    import asyncio

    from bot import logs
    from bot.adapters.file_ids import FileIds
    from bot.adapters.pulse import Pulse
    from bot.adapters.status import Life
    from bot.adapters.tinydb_store import TinyDBStore
    from bot.meter import Meter

    logs.set_up(settings.log_level, settings.log_format)
    if settings.token is None:
        sys.stderr.write("no token\n")
        return 2
    token = settings.token.get_secret_value()
    # Only one process can poll with a token: a new one takes the place of the one before.
    worker = None if settings.webhook_url else "polling"

    async def run() -> None:
        life = Life(settings.tick_seconds)
        meter = Meter(life.ticked)
        async with _store(settings, worker=worker) as store:
            bot = _telegram_bot(
                settings,
                store,
                FileIds(settings.data),
                token=token,
                api_url=settings.api_url,
                spread=store.spread,
                pulse=Pulse(settings.data).beat,
                meter=meter,
                hook=_hook(settings, token),
                workers=None if isinstance(store, TinyDBStore) else store,
            )
            checks = {"store": store.is_writable, "telegram": bot.is_reached}
            async with _status(settings, meter, life, checks):
                await bot.run_until_stopped()

    asyncio.run(run())
    return 0


@asynccontextmanager
async def _status(
    settings: Settings, meter: Meter, life: Life, checks: Mapping[str, Check]
) -> AsyncIterator[None]:
    """The listener for a supervisor, where the settings want one."""
    from bot.adapters.status import Status

    if not settings.status_port:
        yield
        return
    status = Status(meter, life, checks, host=settings.status_host, port=settings.status_port)
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(status)
        except OSError as error:
            raise SettingsError(
                f"UNKNOT_STATUS_PORT: cannot listen on {status.address} ({error.strerror});"
                " choose another port, or correct UNKNOT_STATUS_HOST"
            ) from None
        yield


def _telegram_bot(
    settings: Settings,
    store: TinyDBStore | PostgresStore,
    known: MutableMapping[str, str],
    **own: Any,
) -> TelegramBot:
    """The bot as it runs on Telegram and behind the page; `own` is what differs."""
    from bot.adapters.pictures.studio import Studio
    from bot.adapters.places import zone_at
    from bot.adapters.telegram.bot import TelegramBot
    from bot.adapters.telegram.enclosures import Enclosures

    talk = dialogue(settings.knowledge, settings.operator)
    return TelegramBot(
        talk,
        store,
        poll_seconds=settings.poll_seconds,
        tick_seconds=settings.tick_seconds,
        label=store.label,
        zone_at=zone_at,
        enclosures=Enclosures(Studio(talk.book.knowledge), known),
        **own,
    )


def page(settings: Settings, port: int) -> int:
    """A chat in the browser until told to stop, over the same bot as on Telegram.

    Its records have a folder of their own: people of the page and of Telegram never mix.
    """
    import asyncio

    from bot import logs
    from bot.adapters.tinydb_store import TinyDBStore

    logs.set_up(settings.log_level, settings.log_format)
    data = settings.data.with_name(f"{settings.data.name}-page")
    with TinyDBStore(data, vault(data, settings)) as store:
        asyncio.run(_page(settings, store, data.resolve(), port))
    return 0


async def _page(settings: Settings, store: TinyDBStore, data: Path, port: int) -> None:
    from bot.adapters.pulse import Pulse
    from bot.adapters.session import RunningClock
    from bot.adapters.simulator.page import Page, moved
    from bot.adapters.simulator.server import BotApiServer

    clock = RunningClock()
    async with BotApiServer(clock=clock.timestamp) as server:
        server.token = f"123456:{secrets.token_hex(20)}"
        # File ids of the page end with it, so they are not kept beside the records.
        bot = _telegram_bot(
            settings,
            store,
            {},
            token=server.token,
            api_url=server.base_url,
            clock=clock,
            pulse=Pulse(data).beat,
            proxies=False,
        )

        async def woken() -> None:
            await bot.tick()
            await bot.settled()

        async def move(until: datetime) -> None:
            await moved(clock, until, store.next_due, woken)

        known = [user async for user in store.everyone()]
        async with Page(server, clock, move, people=len(known), port=port) as shown:
            sys.stdout.write(
                f"Unknot without Telegram: open {shown.address} in a browser.\n"
                f"Only this computer can. Records: {data}. Stop: Ctrl+C.\n"
            )
            sys.stdout.flush()
            await bot.run_until_stopped()
