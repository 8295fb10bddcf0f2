"""Events and replies are plain frozen values that know nothing of a channel."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from bot.core.messages import Button, Event, Kind, Line, Reply, Tick
from tests.core.person import MONDAY


def test_every_event_carries_its_moment_first() -> None:
    for event in get_args(Event):
        assert fields(event)[0].name == "at", event


def test_values_cannot_be_changed() -> None:
    for value, name in (
        (Tick(MONDAY), "at"),
        (Reply("home", ()), "key"),
        (Button("a.b.c", "d"), "label"),
    ):
        with pytest.raises(AttributeError):
            setattr(value, name, "")


def test_a_reply_is_quiet_unless_it_says_otherwise() -> None:
    reply = Reply("home", (Line(Kind.TEXT, "Hello."),))
    assert reply.question is None
    assert reply.outcome is None
    assert reply.buttons == ()
    assert reply.stretches == ()
    assert [reply.edit, reply.safety, reply.reminder] == [False, False, False]


def test_equal_replies_are_equal() -> None:
    assert Reply("a", (Line(Kind.STEP, "x", 1),)) == Reply("a", (Line(Kind.STEP, "x", 1),))
