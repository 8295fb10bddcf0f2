"""Updates that Telegram brings: who may, what is answered, and when."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.adapters.simulator.server import BotApiServer
from bot.adapters.telegram.bot import UPDATES
from bot.adapters.telegram.webhook import (
    CONNECTIONS,
    MOST_BYTES,
    SECRET_HEADER,
    Hook,
    Listener,
    secret_of,
)
from bot.core.dialogue import Dialogue
from bot.core.errors import SettingsError
from bot.ports import UserStore
from tests.e2e.rig import EMERGENCY, FIRST, GREETING, NUMB, Rig, rig
from tests.e2e.test_intake import BuggyDialogue, FailingStore, GatedStore

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

SECRET = "only-telegram_knows"  # noqa: S105
URL = "http://127.0.0.1:1/hook"
NOT_YET = "I cannot save anything right now. Your message is not lost."
UPDATE = {"update_id": 7}


@asynccontextmanager
async def hooked(dialogue: Dialogue, store: UserStore | None = None) -> AsyncIterator[Rig]:
    """A bot to which Telegram brings its updates."""
    async with rig(dialogue, store, start=False) as r:
        r.hook = Hook(URL, SECRET, "127.0.0.1", 0)
        r.server.state.webhook._pace = 0.001
        r.server.behind_a_proxy(lambda _: address(r))
        r.start()
        await until(r.server, lambda: bool(r.server.state.webhook.url))
        yield r


def address(r: Rig) -> str:
    assert r.bot.listener is not None
    return f"http://127.0.0.1:{r.bot.listener.port}/hook"


async def until(server: BotApiServer, condition: Callable[[], bool]) -> None:
    assert await server.state.changes.until(condition, 5)


async def test_a_conversation_over_a_webhook(dialogue: Dialogue) -> None:
    async with hooked(dialogue) as r:
        await r.begins()
        await r.says(NUMB)
        assert EMERGENCY in r.sent()[-1]
        assert not r.server.state.unanswered()


async def test_telegram_is_told_where_and_how_and_is_not_told_off(dialogue: Dialogue) -> None:
    async with hooked(dialogue) as r:
        told = dict(r.server.state.webhook.params)
        assert told == {
            "url": URL,
            "secret_token": SECRET,
            "allowed_updates": UPDATES,
            "max_connections": CONNECTIONS,
        }
        await r.stop()
        assert r.tries("deleteWebhook") == 0
        assert r.server.state.webhook.params == told


async def test_workers_that_ask_at_once_are_told_to_wait(dialogue: Dialogue) -> None:
    async with rig(dialogue, start=False) as r:
        r.hook = Hook(URL, SECRET, "127.0.0.1", 0)
        r.server.limit_next("setWebhook", 1)
        r.server.fail_next("setWebhook", 502, "Bad Gateway")
        r.start()
        await until(r.server, lambda: bool(r.server.state.webhook.url))
        assert r.pauses == [1.0, 5.0]


async def test_who_polls_takes_the_webhook_away_first(dialogue: Dialogue) -> None:
    async with hooked(dialogue) as r:
        await r.stop()
        r.hook = None
        r.start()
        assert GREETING in (await r.says("/start"))[0].text


@pytest.mark.parametrize("problem", ["address", "port"])
async def test_what_cannot_be_served_ends_the_start_with_what_to_do(
    problem: str, dialogue: Dialogue
) -> None:
    async with rig(dialogue, start=False) as r:
        url = "http://example.org/hook" if problem == "address" else URL
        port = 99_999 if problem == "port" else 0
        r.hook = Hook(url, SECRET, "127.0.0.1", port)
        r.start()
        name = "WEBHOOK_URL" if problem == "address" else "LISTEN"
        with pytest.raises(SettingsError, match=name):
            await r.ended()


async def test_200_comes_only_after_it_is_saved(dialogue: Dialogue) -> None:
    store = GatedStore(FIRST)
    async with hooked(dialogue, store) as r:
        r.server.user_says(FIRST, "/start")
        await store.waiting.wait()
        assert len(r.server.state.queue.pending) == 1
        assert r.sent() == []
        store.open()
        await r.settle()
        assert len(r.sent()) == 1


async def test_what_could_not_be_saved_comes_again_and_is_told_once(dialogue: Dialogue) -> None:
    store = FailingStore()
    async with hooked(dialogue, store) as r:
        await r.begins()
        store.failing = True
        r.server.user_says(FIRST, NUMB)
        await until(r.server, lambda: len(r.server.messages(FIRST)) >= 3)
        (entry,) = r.server.state.queue.entries(0)
        await until(r.server, lambda: entry.failures > 2)
        assert EMERGENCY in r.sent()[-2]
        assert r.sent()[-1].startswith(NOT_YET)
        before = len(r.sent())
        store.failing = False
        await r.settle()
        assert len(r.sent()) == before + 1
        assert EMERGENCY in r.sent()[-1]


async def test_a_bug_is_told_and_its_update_does_not_come_for_ever(dialogue: Dialogue) -> None:
    async with hooked(BuggyDialogue(dialogue.book.knowledge)) as r:
        await r.begins()
        assert "Something went wrong" in (await r.says("boom"))[0].text
        assert r.server.state.queue.pending == []


# -- who may, and what ---------------------------------------------------------------------------


@asynccontextmanager
async def listening(
    take: Callable[[dict[str, Any]], Awaitable[bool]], secret: str = SECRET
) -> AsyncIterator[str]:
    listener = Listener(Hook(URL, secret, "127.0.0.1", 0), take)
    await listener.open()
    try:
        yield f"http://127.0.0.1:{listener.port}"
    finally:
        await listener.close()


async def posted(
    url: str, body: bytes, secret: str | None = SECRET, path: str = "/hook"
) -> tuple[int, bytes]:
    headers = {SECRET_HEADER: secret} if secret is not None else {}
    async with (
        ClientSession() as session,
        session.post(url + path, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.read()


class Taken:
    """Remembers what was let through."""

    def __init__(self, done: bool = True) -> None:
        self.updates: list[dict[str, Any]] = []
        self.done = done

    async def __call__(self, update: dict[str, Any]) -> bool:
        self.updates.append(update)
        return self.done


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "\udcff"])
async def test_whoever_does_not_know_the_secret_gets_403_without_a_word(
    secret: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    taken = Taken()
    async with listening(taken) as url:
        with caplog.at_level(logging.DEBUG):
            assert await posted(url, json.dumps(UPDATE).encode(), secret) == (403, b"")
    assert taken.updates == []
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"{}", 400),
        (b'{"update_id": "7"}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'"' + b"x" * MOST_BYTES + b'"', 413),
    ],
)
async def test_what_is_no_update_is_refused_plainly(body: bytes, status: int) -> None:
    taken = Taken()
    async with listening(taken) as url:
        assert (await posted(url, body))[0] == status
    assert taken.updates == []


async def test_other_paths_and_methods_are_not_served() -> None:
    async with listening(Taken()) as url, ClientSession() as session:
        assert (await posted(url, b"{}", path="/"))[0] == 404
        async with session.get(f"{url}/hook") as answer:
            assert answer.status == 405


async def test_what_is_not_done_with_is_asked_for_again() -> None:
    async with listening(Taken(done=False)) as url:
        assert (await posted(url, json.dumps(UPDATE).encode())) == (503, b"")


@pytest.mark.parametrize(
    "update",
    [
        UPDATE,
        UPDATE | {"made_up_by_telegram_next_year": {"x": 1}},
        UPDATE | {"message": {"text": "no chat, no date"}},
        UPDATE | {"message": 5},
    ],
)
async def test_an_update_that_nobody_understands_changes_nothing_and_does_not_come_again(
    update: dict[str, Any], dialogue: Dialogue
) -> None:
    async with hooked(dialogue) as r:
        url = address(r).removesuffix("/hook")
        assert await posted(url, json.dumps(update).encode()) == (200, b"")
        assert r.sent() == []
        assert await r.users() == []


async def test_a_stop_finishes_what_is_being_handled() -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: dict[str, Any]) -> bool:
        entered.set()
        await go_on.wait()
        return True

    listener = Listener(Hook(URL, SECRET, "127.0.0.1", 0), slow)
    await listener.open()
    url = f"http://127.0.0.1:{listener.port}"
    request = asyncio.create_task(posted(url, json.dumps(UPDATE).encode()))
    await entered.wait()
    closing = asyncio.create_task(listener.close())
    await asyncio.sleep(0)
    go_on.set()
    assert (await request)[0] == 200
    await closing


async def test_a_secret_made_from_the_token_is_one_that_telegram_takes() -> None:
    assert secret_of("1:a") == secret_of("1:a") != secret_of("1:b")
    assert len(secret_of("1:a")) <= 256
    assert secret_of("1:a").isalnum()


async def test_the_secret_is_not_shown_with_the_address() -> None:
    assert SECRET not in repr(Hook(URL, SECRET, "127.0.0.1", 0))


async def test_the_same_update_twice_at_once_is_done_with_neither_time(dialogue: Dialogue) -> None:
    store = FailingStore()
    async with hooked(dialogue, store) as r:
        store.failing = True
        user = {"id": FIRST, "is_bot": False, "first_name": "A user"}
        chat = {"id": FIRST, "type": "private"}
        message = {"message_id": 99, "date": 1, "chat": chat, "from": user, "text": NUMB}
        given = {"update_id": 12345, "message": message}
        assert r.bot is not None
        done = await asyncio.gather(r.bot._take(given), r.bot._take(given))
        assert not any(done)
