"""Updates of any shape: read as an event, none of our business, or unreadable; never a crash."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, Update

from bot.adapters.telegram.updates import Incoming, InGroup, read
from tests.core.person import MONDAY
from tests.fuzz.test_borders import JSON_VALUES, tries

USER = {"id": 7, "is_bot": False, "first_name": "A user"}
CHAT = {"id": 7, "type": "private", "first_name": "A user"}
GROUP = {"id": -7, "type": "supergroup", "title": "A group"}
MESSAGE = {"message_id": 5, "date": 1772442000, "chat": CHAT, "from": USER}
FILE = {"file_id": "x", "file_unique_id": "y", "duration": 1, "width": 1, "height": 1}
PLACE = {"latitude": 52.5, "longitude": 13.4}
UPDATES: tuple[dict[str, Any], ...] = (
    {"message": MESSAGE | {"text": "my leg is numb"}},
    {"message": MESSAGE | {"text": "/start@unknot_bot s_sphinx"}},
    {"message": MESSAGE | {"voice": FILE}},
    {"message": MESSAGE | {"photo": [FILE], "caption": "i wet myself"}},
    {"message": MESSAGE | {"location": PLACE}},
    {"message": MESSAGE | {"venue": {"location": PLACE, "title": "T", "address": "A"}}},
    {"message": MESSAGE | {"chat": GROUP, "text": "/start"}},
    {"edited_message": MESSAGE | {"edit_date": 1772442001, "text": "both legs"}},
    {"channel_post": MESSAGE | {"chat": GROUP, "text": "hello"}},
    {
        "callback_query": {
            "id": "1",
            "from": USER,
            "chat_instance": "2",
            "message": MESSAGE | {"text": "Well?"},
            "data": "tb9l00.consent.agree",
        }
    },
    {
        "my_chat_member": {
            "chat": CHAT,
            "from": USER,
            "date": 1772442000,
            "old_chat_member": {"user": USER, "status": "member"},
            "new_chat_member": {"user": USER, "status": "kicked", "until_date": 0},
        }
    },
)
BOT = Bot("123456:fuzz")
CORPUS = Path(__file__).with_name("corpus") / "updates.jsonl"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value within a JSON value, its own children included."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(found for key, child in inner for found in places(child, (*path, key)))]


def understood(given: dict[str, Any]) -> None:
    try:
        update = Update.de_json(given, BOT)
    except Exception:
        return
    meant = read(update, MONDAY, "unknot_bot", lambda *_: "Europe/Berlin")
    assert meant is None or isinstance(meant, Incoming | InGroup)


@tries(150)
@given(data=st.data())
def test_an_update_of_any_shape_is_understood_or_passed_over(data: st.DataObject) -> None:
    update = {"update_id": 1} | copy.deepcopy(data.draw(st.sampled_from(UPDATES)))
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([p for p in places(update) if p] or [("message",)]))
        holder: Any = update
        for key in way:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[last] = data.draw(JSON_VALUES)
        else:
            holder.pop(last, None) if isinstance(holder, dict) else holder.pop(last)
    understood(update)


@pytest.mark.parametrize("line", CORPUS.read_text("utf-8").splitlines())
def test_an_update_that_once_went_wrong(line: str) -> None:
    understood(json.loads(line))
