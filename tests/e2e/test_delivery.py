"""Delivery: refusals are obeyed, what must arrive arrives, a reminder comes at most once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from telegram import Bot

from bot.adapters.memory_store import MemoryStore
from bot.adapters.simulator.server import BotApiServer
from bot.adapters.telegram import bot as telegram_bot
from bot.adapters.telegram.delivery import BULK_AT_ONCE, Delivery
from bot.adapters.telegram.gate import Gate
from bot.adapters.telegram.transport import Transport
from bot.adapters.telegram.updates import chat_of
from bot.core.dialogue import Dialogue
from bot.core.messages import Button, Kind, Line, Reply
from bot.ports import Owed, UserId
from tests.e2e.rig import (
    EMERGENCY,
    FIRST,
    GREETING,
    MONDAY,
    NUMB,
    SECOND,
    Rig,
    late_answers,
    rig,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]

REMINDER = "Time for your daily minute."
CANNOT_PARSE = "Bad Request: can't parse entities: unsupported start tag"


async def alarm(r: Rig, hours: float = 1) -> None:
    """Let time pass, and the clock look who is due."""
    r.clock.at += timedelta(hours=hours)
    await r.bot.tick()
    await r.settle()


def reminders(r: Rig, chat: int = FIRST) -> int:
    return r.sent(chat).count(REMINDER)


# -- too many requests -------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3, 10])
async def test_a_wait_that_telegram_asks_for_is_obeyed_however_often(
    times: int, dialogue: Dialogue
) -> None:
    async with rig(dialogue) as r:
        text = "Too Many Requests: retry after 7"
        r.server.fail_next("sendMessage", 429, text, retry_after=7, times=times)
        await r.says("/start")
        assert r.pauses == [7.0] * times
        assert len(r.sent()) == 1


async def test_a_wait_in_one_chat_does_not_hold_up_another(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        text = "Too Many Requests: retry after 7"
        r.server.fail_next("sendMessage", 429, text, retry_after=7, times=2, chat_id=FIRST)
        r.server.user_says(FIRST, "/start")
        r.server.user_says(SECOND, "/start")
        await r.settle()
        assert (len(r.sent(FIRST)), len(r.sent(SECOND))) == (1, 1)


class Time:
    """Stands still while requests are under way, then goes on to the end of the next pause."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.ends: list[float] = []

    async def passes(self, server: BotApiServer) -> None:
        changes, state = server.state.changes, server.state
        while await changes.until_settled(lambda: bool(self.ends) and not state.in_flight, 10):
            self.now = min(self.ends)
            changes.notify()
            await changes.until(lambda: self.now not in self.ends, 10)

    def later(self, server: BotApiServer, seconds: float, call: Callable[[], None]) -> object:
        async def waited() -> None:
            await self.sleep(server, seconds)
            call()

        return asyncio.create_task(waited())

    async def sleep(self, server: BotApiServer, seconds: float) -> None:
        end = self.now + seconds
        self.ends.append(end)
        server.state.changes.notify()
        await server.state.changes.until(lambda: self.now >= end, 10)
        self.ends.remove(end)
        server.state.changes.notify()


@pytest.mark.parametrize("people", [40, 250])
async def test_messages_to_many_all_arrive_under_telegrams_rates(
    people: int, dialogue: Dialogue
) -> None:
    time = Time()
    async with BotApiServer(clock=lambda: time.now, enforce_rates=True) as server:
        chats = [server.open_chat(chat) for chat in range(1, people + 1)]
        passing = asyncio.create_task(time.passes(server))
        async with bot_of(server) as bot:
            delivery = Delivery(
                bot,
                MemoryStore(),
                _nobody_blocks,
                lambda: MONDAY,
                lambda span: time.sleep(server, span),
                Gate(lambda: time.now, lambda span, call: time.later(server, span, call)),
            )
            reply = dialogue.context.wording.plain("reminder")
            for chat in chats:
                delivery.deliver(UserId(f"tg:{chat}"), [Owed(0, reply)])
            await delivery.finish()
        passing.cancel()
        assert [len(server.messages(chat)) for chat in chats] == [1] * people


async def test_a_reminder_that_waited_for_a_free_connection_is_not_lost(
    dialogue: Dialogue,
) -> None:
    async with BotApiServer() as server:
        chats = [server.open_chat(chat) for chat in (FIRST, SECOND)]
        request = Transport(1, proxies=False)
        async with Bot(server.token, base_url=server.base_url, request=request) as bot:
            delivery = Delivery(bot, MemoryStore(), _nobody_blocks, lambda: MONDAY)
            server.delay_next("sendMessage", 0.3)
            reply = replace(dialogue.context.wording.plain("reminder"), reminder=True)
            for chat in chats:
                delivery.deliver(UserId(f"tg:{chat}"), [Owed(0, reply)])
            await delivery.finish()
        assert [len(server.messages(chat)) for chat in chats] == [1, 1]


def bot_of(server: BotApiServer) -> Bot:
    request = Transport(64, proxies=False)
    return Bot(server.token, base_url=server.base_url, request=request)


async def _nobody_blocks(_: UserId) -> None:
    raise AssertionError("nobody blocked the bot")


# -- blocked -----------------------------------------------------------------------------------


async def test_a_reminder_comes_without_a_sound_on_request_and_names_no_health(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()
        await r.says("/settings")
        await r.presses("Without a sound")
        await alarm(r)
        last = r.server.messages(FIRST)[-1]
        assert last.silent
        assert last.text == "Time for your daily minute."


async def test_a_403_stops_reminders_until_the_person_writes_again(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()
        r.server.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user")
        await alarm(r)
        assert (await r.state()).blocked
        tries = r.tries()
        for _ in range(3):
            await alarm(r, 24)
        assert (reminders(r), r.tries()) == (0, tries)
        await r.says("/help")
        assert not (await r.state()).blocked
        await alarm(r, 24)
        assert reminders(r) == 1


async def test_a_403_at_an_edit_is_seen_too(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.says("/start")
        r.server.fail_next("editMessageText", 403, "Forbidden: bot was blocked by the user")
        await r.presses("Agree and start")
        assert (await r.state()).blocked


# -- refused -----------------------------------------------------------------------------------


async def test_plain_words_go_out_when_the_format_is_refused(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.fail_next("sendMessage", 400, CANNOT_PARSE)
        (card,) = await r.says(NUMB)
        assert EMERGENCY in card.text
        assert "<b>" not in card.text
        assert "parse_mode" not in r.server.calls[-1].params


async def test_plain_words_keep_the_buttons(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.fail_next("sendMessage", 400, CANNOT_PARSE)
        (greeting,) = await r.says("/start")
        assert greeting.buttons[0] == ["Agree and start"]


async def test_a_message_that_is_refused_altogether_does_not_stop_the_next(
    dialogue: Dialogue,
) -> None:
    async with rig(dialogue) as r:
        r.server.fail_next("sendMessage", 400, "Bad Request: chat not found", times=2)
        assert await r.says("/start") == []
        assert len(await r.says("/help")) == 1
        assert r.pauses == []


# -- what nobody waits for -----------------------------------------------------------------------


async def test_a_reminder_that_waits_too_long_is_not_sent(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()

        def wait(seconds: float) -> None:
            r.clock.at += timedelta(seconds=seconds)

        r.on_pause = wait
        text = "Too Many Requests: retry after 3700"
        r.server.fail_next("sendMessage", 429, text, retry_after=3700, times=2)
        await alarm(r)
        assert reminders(r) == 0
        r.on_pause = lambda _: None
        await alarm(r, 22)
        assert reminders(r) == 1


async def test_a_reminder_waits_out_an_outage_of_an_hour(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()

        def wait(seconds: float) -> None:
            r.clock.at += timedelta(seconds=seconds)
            if r.clock.at < MONDAY + timedelta(hours=2):
                r.server.fail_next("sendMessage", 502, "Bad Gateway")

        r.on_pause = wait
        r.server.fail_next("sendMessage", 502, "Bad Gateway")
        await alarm(r)
        assert reminders(r) == 1


async def test_only_so_much_bulk_is_taken_and_an_answer_goes_before_all_of_it(
    dialogue: Dialogue,
) -> None:
    plain = dialogue.context.wording.plain
    async with BotApiServer() as server:
        users = [UserId(f"tg:{server.open_chat(chat)}") for chat in range(1, BULK_AT_ONCE + 1)]
        async with bot_of(server) as bot:
            gate = Gate()
            delivery = Delivery(bot, MemoryStore(), _nobody_blocks, lambda: MONDAY, gate=gate)
            gate.hold(3600)
            assert delivery.room() == BULK_AT_ONCE
            for user in users:
                delivery.deliver(user, [Owed(0, plain("reminder"))], bulk=True)
            assert delivery.room() == 0
            await asyncio.sleep(0)
            delivery.deliver(users[-1], [Owed(0, plain("too_fast"))])
            await delivery.delivered(users[-1])
            assert delivery.room() == 1  # the reminder before the answer went with it
            await delivery.has_room(0)
            assert [len(server.messages(chat_of(user))) for user in users[-2:]] == [0, 2]
            await delivery.finish(0)


async def test_a_reminder_is_noted_as_begun_when_it_goes_out_and_not_while_it_waits(
    dialogue: Dialogue,
) -> None:
    reply = replace(dialogue.context.wording.plain("reminder"), reminder=True)
    async with BotApiServer() as server:
        user = UserId(f"tg:{server.open_chat(FIRST)}")
        async with bot_of(server) as bot:
            gate, notes = Gate(), Notes()
            delivery = Delivery(bot, notes, _nobody_blocks, lambda: MONDAY, _no_pause, gate)
            gate.hold(3600)
            delivery.deliver(user, [Owed(1, reply)], bulk=True)
            await asyncio.sleep(0)
            assert notes.said == []
            server.fail_next("sendMessage", 429, "Too Many Requests", retry_after=1)
            delivery.deliver(user, [Owed(2, reply)])
            await delivery.delivered(user)
        assert notes.said == [
            *("begun 1", "refused 1", "begun 1", "sent 1"),
            *("begun 2", "sent 2"),
        ]


async def _no_pause(_: float) -> None:
    await asyncio.sleep(0)


class Notes:
    """Receipts, in the order in which they are noted."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def begun(self, _: UserId, number: int) -> None:
        self.said.append(f"begun {number}")

    async def refused(self, _: UserId, number: int) -> None:
        self.said.append(f"refused {number}")

    async def sent(self, _: UserId, number: int) -> Sequence[Owed]:
        self.said.append(f"sent {number}")
        return ()


async def test_the_bot_looks_again_when_the_next_one_is_due(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_bot, "SHORTEST_PAUSE", 0.01)
    async with rig(dialogue) as r:  # whose usual pause is five minutes
        await r.wants_reminders()
        await r.stop()
        r.clock.at = MONDAY + timedelta(minutes=59, seconds=59, milliseconds=990)
        r.start()
        await r.settle()
        assert reminders(r) == 0
        r.clock.at = MONDAY + timedelta(hours=1)
        await r.server.wait_for(FIRST, lambda message: message.text == REMINDER)


# -- broken connections ------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 5])
async def test_a_reply_is_sent_again_when_the_connection_broke_before_it(
    times: int, dialogue: Dialogue
) -> None:
    async with rig(dialogue) as r:
        for _ in range(times):
            r.server.drop_connection_next("sendMessage")
        assert len(await r.says("/start")) == 1
        assert r.pauses == [1.0, 2.0, 4.0, 8.0, 16.0][:times]


async def test_advice_survives_an_outage_of_an_hour(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        passed = 0.0

        def note(seconds: float) -> None:
            nonlocal passed
            passed += seconds
            if passed < 3600:
                r.server.fail_next("sendMessage", 502, "Bad Gateway")

        r.on_pause = note
        r.server.fail_next("sendMessage", 502, "Bad Gateway")
        await r.says(NUMB)
        assert EMERGENCY in "\n".join(r.sent())


async def test_advice_is_sent_again_when_it_may_not_have_arrived(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = late_answers(monkeypatch, sendMessage=1)
    async with rig(dialogue) as r:
        cards = await r.says(NUMB)
        assert late["sendMessage"] == 0
        assert [EMERGENCY in card.text for card in cards] == [True, True]


async def test_a_reminder_is_not_sent_again_after_a_time_out(
    dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = late_answers(monkeypatch)
    async with rig(dialogue) as r:
        await r.wants_reminders()
        late["sendMessage"] = 1
        await alarm(r)
        assert (late["sendMessage"], reminders(r)) == (0, 1)
        await alarm(r, 0.5)
        assert reminders(r) == 1


async def test_a_reminder_is_not_sent_again_when_its_answer_was_lost(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()
        r.server.lose_answer_next("sendMessage")
        await alarm(r)
        assert reminders(r) == 1


async def test_a_reminder_that_surely_did_not_arrive_is_sent_again(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        await r.wants_reminders()
        r.server.fail_next("sendMessage", 502, "Bad Gateway", times=2)
        await alarm(r)
        assert reminders(r) == 1


# -- long texts --------------------------------------------------------------------------------


async def test_a_very_long_text_comes_in_parts_with_the_buttons_below_the_last() -> None:
    lines = tuple(Line(Kind.DETAIL, f"{n}: <&> {'word ' * 20}") for n in range(100))
    reply = Reply("long", lines, ((Button("s.q.a", "Yes"),),), "q", edit=True, safety=True)
    async with BotApiServer() as server:
        server.open_chat(FIRST)
        async with bot_of(server) as bot:
            delivery = Delivery(bot, MemoryStore(), _nobody_blocks, lambda: MONDAY)
            delivery.deliver(UserId(f"tg:{FIRST}"), [Owed(0, reply)])
            await delivery.finish()
        messages = server.messages(FIRST)
    assert len(messages) > 2
    assert [message.buttons for message in messages] == [[]] * (len(messages) - 1) + [[["Yes"]]]
    together = "\n".join(message.text for message in messages)
    assert [f"{n}: <&> word" in together for n in range(100)] == [True] * 100


async def test_replies_to_one_person_keep_their_order_through_trouble(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.fail_next("sendMessage", 502, "Bad Gateway", times=2)
        for line in ("/start", "/help", "/privacy"):
            r.server.user_says(FIRST, line)
        await r.settle()
        starts = [text.split()[0] for text in r.sent()]
        assert GREETING in r.sent()[0]
        assert starts[1:] == ["/stretch", "I"]


async def test_trouble_that_no_one_expected_loses_only_that_reply(dialogue: Dialogue) -> None:
    async with rig(dialogue) as r:
        r.server.fail_next("sendMessage", 404, "Not Found")
        await r.says("/start")
        assert len(await r.says("/help")) == 1
