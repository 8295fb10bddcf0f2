"""Anything sent to the webhook: a plain status comes back, and only whole updates go on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import ClientSession
from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.telegram.webhook import SECRET_HEADER, Hook, Listener
from tests.fuzz.test_borders import JSON_VALUES, tries

SECRET = "a-secret_of-the-test"  # noqa: S105
BODIES = (
    st.binary(max_size=80)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | JSON_VALUES.map(lambda value: json.dumps({"update_id": value}).encode())
)


@tries(25)
@given(body=BODIES, secret=st.sampled_from([SECRET, SECRET[:-1], "", None]))
@example(body=b"[" * 100_000, secret=SECRET)
@example(body=b'{"update_id": 1' + b"0" * 5000 + b"}", secret=SECRET)
@example(body=b'{"update_id": true}', secret=SECRET)
@example(body=b"\xff\xfe{", secret=SECRET)
@example(body=b" " * 600_000, secret=SECRET)
@pytest.mark.asyncio
async def test_any_request_gets_a_status(body: bytes, secret: str | None) -> None:
    taken: list[dict[str, Any]] = []

    async def take(update: dict[str, Any]) -> bool:
        taken.append(update)
        return True

    listener = Listener(Hook("https://example.org/in", SECRET, "127.0.0.1", 0), take)
    await listener.open()
    headers = {} if secret is None else {SECRET_HEADER: secret}
    try:
        async with ClientSession() as client:
            url = f"http://127.0.0.1:{listener.port}/in"
            async with client.post(url, data=body, headers=headers) as answer:
                status, words = answer.status, await answer.read()
    finally:
        await listener.close()
    assert status in ({200, 400, 413} if secret == SECRET else {403})
    assert status != 403 or words == b""
    assert bool(taken) == (status == 200)
    assert all(type(update["update_id"]) is int for update in taken)
