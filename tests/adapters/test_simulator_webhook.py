"""Delivery to a webhook: order, pacing, secrets and what getWebhookInfo says of it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import pytest
import pytest_asyncio
from aiohttp import web

from bot.adapters.simulator.server import BotApiServer
from bot.adapters.simulator.webhook import NOT_CALLED, SECRET_HEADER, pause
from tests.adapters.test_simulator import CHAT, Clock, post

OTHER = 12


class Receiver:
    """The bot's side of a webhook: answers what it is told to, and remembers what came."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.changed = changed
        self.updates: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once = self.most_at_once = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gate.set()
        await self.runner.cleanup()

    async def _take(self, http: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.updates.append(await http.json())
        self.secrets.append(http.headers.get(SECRET_HEADER))
        self.changed()
        await self.gate.wait()
        self.at_once -= 1
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers)

    def texts(self) -> list[str]:
        """The texts that came, in order."""
        return [update["message"]["text"] for update in self.updates]


@pytest_asyncio.fixture
async def server() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(clock=Clock(), webhook_pace=0.0001) as running:
        for chat in (CHAT, OTHER):
            running.open_chat(chat)
        yield running


@pytest_asyncio.fixture
async def receiver(server: BotApiServer) -> AsyncIterator[Receiver]:
    async with Receiver(server.state.changes.notify) as running:
        yield running


async def until(server: BotApiServer, condition: Callable[[], bool]) -> None:
    assert await server.state.changes.until(condition, 5)


async def info(server: BotApiServer) -> dict[str, Any]:
    result: dict[str, Any] = (await post(server, "getWebhookInfo"))["result"]
    return result


@pytest.mark.asyncio
async def test_updates_come_with_the_secret(server: BotApiServer, receiver: Receiver) -> None:
    early = server.user_says(CHAT, "early")
    await post(server, "setWebhook", url=receiver.url, secret_token="it-is_Me")  # noqa: S106
    late = server.user_says(CHAT, "late")
    await server.quiet()
    assert receiver.updates == [early.update, late.update]
    assert receiver.secrets == ["it-is_Me"] * 2


@pytest.mark.asyncio
async def test_no_secret_no_header(server: BotApiServer, receiver: Receiver) -> None:
    await post(server, "setWebhook", url=receiver.url)
    server.user_says(CHAT, "x")
    await server.quiet()
    assert receiver.secrets == [None]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [301, 400, 403, 429, 500, 502])
async def test_anything_but_2xx_is_tried_again(
    server: BotApiServer, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status, status, 204]
    await post(server, "setWebhook", url=receiver.url)
    server.user_says(CHAT, "one")
    server.user_says(CHAT, "two")
    await server.quiet()
    assert receiver.texts() == ["one", "one", "one", "two"]
    said = await info(server)
    assert said["last_error_message"].startswith(f"Wrong response from the webhook: {status}")
    assert said["last_error_date"] == 1_700_000_000


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause(failures) for failures in range(1, 10)] == [0, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.asyncio
async def test_the_bot_may_ask_for_a_pause(server: BotApiServer, receiver: Receiver) -> None:
    receiver.statuses, receiver.headers = [503], {"Retry-After": "20"}
    await post(server, "setWebhook", url=receiver.url)
    server.user_says(CHAT, "x")
    (entry,) = server.state.queue.entries(server.state.clock())
    await server.quiet()
    assert entry.due > 0
    assert receiver.texts() == ["x", "x"]


@pytest.mark.asyncio
async def test_each_chat_keeps_its_order(server: BotApiServer, receiver: Receiver) -> None:
    receiver.gate.clear()
    await post(server, "setWebhook", url=receiver.url)
    for chat, text in ((CHAT, "a1"), (CHAT, "a2"), (OTHER, "b1"), (OTHER, "b2")):
        server.user_says(chat, text)
    await until(server, lambda: len(receiver.updates) == 2)
    assert sorted(receiver.texts()) == ["a1", "b1"]
    assert (await info(server))["pending_update_count"] == 4
    receiver.gate.set()
    await server.quiet()
    assert [text for text in receiver.texts() if text[0] == "a"] == ["a1", "a2"]
    assert [text for text in receiver.texts() if text[0] == "b"] == ["b1", "b2"]
    assert (await info(server))["pending_update_count"] == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("apart", [False, True])
async def test_presses_may_overtake_messages(
    server: BotApiServer, receiver: Receiver, apart: bool
) -> None:
    if apart:
        server.order_presses_apart()
    button = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    await post(server, "sendMessage", chat_id=CHAT, text="Well?", reply_markup=button)
    receiver.gate.clear()
    await post(server, "setWebhook", url=receiver.url)
    server.user_says(CHAT, "first")
    pressed = server.user_presses(CHAT, "Yes")
    await until(server, lambda: len(receiver.updates) == 1 + apart)
    assert ("callback_query" in receiver.updates[-1]) == apart
    receiver.gate.set()
    await until(server, lambda: len(receiver.updates) == 2)
    assert pressed.update in receiver.updates


@pytest.mark.asyncio
async def test_no_more_connections_than_allowed(server: BotApiServer, receiver: Receiver) -> None:
    receiver.gate.clear()
    await post(server, "setWebhook", url=receiver.url, max_connections=2)
    for chat in range(20, 26):
        server.open_chat(chat)
        server.user_says(chat, "x")
    await until(server, lambda: len(receiver.updates) == 2)
    receiver.gate.set()
    await server.quiet()
    assert (len(receiver.updates), receiver.most_at_once) == (6, 2)
    assert (await info(server))["max_connections"] == 2


@pytest.mark.asyncio
async def test_what_is_set_already_disturbs_no_delivery(
    server: BotApiServer, receiver: Receiver
) -> None:
    receiver.gate.clear()
    for _ in range(2):
        await post(server, "setWebhook", url=receiver.url, max_connections=2)
        server.user_says(CHAT, "x")
        await until(server, lambda: len(receiver.updates) == 1)
    receiver.gate.set()
    await server.quiet()
    assert receiver.texts() == ["x", "x"]
    await post(server, "setWebhook", url=receiver.url, max_connections=3)
    assert (await info(server))["max_connections"] == 3


@pytest.mark.asyncio
async def test_a_proxy_hands_updates_on_to_workers_by_turns(
    server: BotApiServer, receiver: Receiver
) -> None:
    async with Receiver(server.state.changes.notify) as other:
        urls = itertools.cycle([receiver.url, other.url])
        server.behind_a_proxy(lambda _: next(urls))
        await post(server, "setWebhook", url="http://127.0.0.1:1/hook")
        for text in ("a", "b", "c"):
            server.user_says(CHAT, text)
        await server.quiet()
        assert (receiver.texts(), other.texts()) == (["a", "c"], ["b"])


@pytest.mark.asyncio
async def test_polling_is_refused_meanwhile(server: BotApiServer, receiver: Receiver) -> None:
    poll = asyncio.create_task(post(server, "getUpdates", timeout=30))
    await until(server, lambda: server.state.polling)
    await post(server, "setWebhook", url=receiver.url)
    ended = await poll
    assert (ended["error_code"], ended["description"]) == (
        409,
        "Conflict: terminated by setWebhook request",
    )
    refused = await post(server, "getUpdates")
    assert (refused["error_code"], refused["description"]) == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    )
    await post(server, "deleteWebhook")
    server.user_says(CHAT, "polled")
    assert len((await post(server, "getUpdates"))["result"]) == 1
    assert receiver.updates == []


@pytest.mark.asyncio
async def test_a_lost_answer_brings_the_update_again(
    server: BotApiServer, receiver: Receiver
) -> None:
    server.lose_webhook_answer_next()
    await post(server, "setWebhook", url=receiver.url)
    server.user_says(CHAT, "x")
    await server.quiet()
    assert receiver.texts() == ["x", "x"]
    assert (await info(server))["last_error_message"] == "Connection closed"


@pytest.mark.asyncio
async def test_a_bot_that_is_down_gets_it_later(server: BotApiServer) -> None:
    async with Receiver(server.state.changes.notify) as gone:
        url = gone.url
    await post(server, "setWebhook", url=url)
    server.user_says(CHAT, "x")
    await until(server, lambda: server.state.webhook.error is not None)
    said = await info(server)
    assert (said["last_error_message"], said["pending_update_count"]) == ("Connection refused", 1)
    async with Receiver(server.state.changes.notify) as back:
        await post(server, "setWebhook", url=back.url)
        await server.quiet()
        assert back.texts() == ["x"]


@pytest.mark.asyncio
async def test_closing_ends_what_is_under_way(receiver: Receiver) -> None:
    receiver.gate.clear()
    async with BotApiServer() as server:
        receiver.changed = server.state.changes.notify
        server.open_chat(CHAT)
        await post(server, "setWebhook", url=receiver.url)
        server.user_says(CHAT, "x")
        await until(server, lambda: receiver.texts() == ["x"])
    assert len(server.state.queue.pending) == 1


@pytest.mark.asyncio
async def test_updates_are_kept_for_a_day(server: BotApiServer, receiver: Receiver) -> None:
    server.user_says(CHAT, "old")
    server.jump_clock(24 * 3600)
    await post(server, "setWebhook", url=receiver.url)
    server.user_says(CHAT, "new")
    await server.quiet()
    assert receiver.texts() == ["new"]


@pytest.mark.asyncio
async def test_other_addresses_are_never_called(server: BotApiServer) -> None:
    assert (await post(server, "setWebhook", url="https://example.org/hook"))["ok"]
    server.user_says(CHAT, "x")
    said = await info(server)
    assert (said["last_error_message"], said["pending_update_count"]) == (NOT_CALLED, 1)
    await post(server, "deleteWebhook", drop_pending_updates=True)
    assert await info(server) == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"url": "http://example.org"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            {"url": "https://example.org:8080"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "ftp://example.org"}, "invalid webhook URL specified"),
        ({"url": "https://example.org:port"}, "invalid webhook URL specified"),
        (
            {"url": "https://example.org", "secret_token": "x y"},
            "secret token contains unallowed characters",
        ),
        ({"url": "https://example.org", "secret_token": "x" * 257}, "secret token is too long"),
    ],
)
async def test_refuses_bad_webhooks(
    server: BotApiServer, params: dict[str, str], text: str
) -> None:
    answer = await post(server, "setWebhook", **params)
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {text}")
