"""Replies to Bot API messages: whatever is said, Telegram takes it, and the buttons come last."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from telegram.constants import MessageLimit

from bot.adapters.simulator.formatting import format_text
from bot.adapters.simulator.validation import validate
from bot.adapters.telegram.render import Message, messages, units
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Choice, Outcome, Page
from bot.core.messages import Button, Command, Kind, Line, Reply
from bot.core.state import Answer, AskingSeen, Chosen, Facts, Found, Plan, PlanItem, UserState
from bot.core.triage import assess
from bot.core.wording.wording import Wording
from tests.nightly import NIGHTLY

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
COUNTRIES = (None, "DE", "GB", "US", "ZA")
BUTTONS = ((Button("s.q.a", "A"), Button("s.q.b", "B")), (Button("s.q.c", "C"),))


def found(answer: Answer) -> Found:
    return Found(answer, AT, "pressed", "<b>&amp; words</b>")


def refusals(message: Message) -> list[str]:
    """Why Telegram refuses the message, formatted or plain."""
    markup = {"reply_markup": json.loads(message.keyboard)} if message.keyboard else {}
    asked = (
        {"chat_id": 1, "text": message.html, "parse_mode": "HTML", **markup},
        {"chat_id": 1, "text": message.plain, **markup},
    )
    found = (validate("sendMessage", params) for params in asked)
    return [refusal.description for refusal in found if refusal is not None]


def shown(parts: Iterable[Message]) -> str:
    """All visible characters but white space and the marks that rendering adds."""
    text = "".join(format_text(part.html, "HTML").text for part in parts)
    return re.sub(r"[\s•]", "", text)


def assert_sound(replies: Iterable[Reply]) -> None:
    for reply in replies:
        parts = messages(reply)
        assert [refusals(part) for part in parts] == [[]] * len(parts), reply.key
        assert all(part.keyboard is None for part in parts[:-1])
        assert (parts[-1].keyboard is not None) == bool(reply.buttons)
        for line in reply.lines:
            assert re.sub(r"[\s•]", "", line.text) in shown(parts), reply.key


# -- all that the knowledge base can say -------------------------------------------------------


@pytest.fixture
def say(dialogue: Dialogue) -> Wording:
    return dialogue.context.wording


def test_every_page_can_be_sent_untouched_and_ticked(dialogue: Dialogue, say: Wording) -> None:
    everything = {name: found(Answer.YES) for name in dialogue.book.findings}
    for facts in (Facts(), Facts(findings=everything)):
        state = UserState(session="zzzzzzz", facts=facts)
        noted = say.noted(dialogue.book.flags, Outcome.EMERGENCY_GO)
        for step in dialogue.book.steps.values():
            ask = say.page if isinstance(step, Page) else say.choice
            assert_sound([ask(state, step, noted), ask(state, step)])  # type: ignore[arg-type]


def test_every_question_about_one_sign_can_be_sent(dialogue: Dialogue, say: Wording) -> None:
    state = UserState(session="zzzzzzz")
    for name in dialogue.book.findings:
        assert_sound([say.single(state, name), say.correction(state, name)])


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_advice_for_every_flag_can_be_sent(
    country: str | None, dialogue: Dialogue, say: Wording
) -> None:
    for name in dialogue.book.flags:
        facts = Facts(findings={name: found(Answer.YES)})
        state = UserState(country=country, facts=facts)
        verdict = assess(dialogue.book, facts)
        if verdict.outcome is not Outcome.SELF_CARE:
            assert_sound([say.advice(state, verdict), say.someone_else(state, verdict, facts)])


def test_the_advice_for_all_flags_together_can_be_sent(dialogue: Dialogue, say: Wording) -> None:
    facts = Facts(findings={name: found(Answer.YES) for name in dialogue.book.flags})
    state = UserState(country="DE", facts=facts)
    assert_sound([say.advice(state, assess(dialogue.book, facts)), *say.why(state)])


def test_why_names_every_rule_in_a_message_that_can_be_sent(
    dialogue: Dialogue, say: Wording
) -> None:
    for name in dialogue.book.flags:
        state = UserState(facts=Facts(findings={name: found(Answer.YES)}))
        assert_sound(say.why(state)[:1])


def test_why_can_be_sent_when_everything_was_denied(dialogue: Dialogue, say: Wording) -> None:
    denied = Facts(findings={name: found(Answer.NO) for name in dialogue.book.findings})
    replies = say.why(UserState(facts=denied))
    assert_sound(replies)
    assert sum(line.kind is Kind.DETAIL for reply in replies for line in reply.lines) >= 50


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.urgency])
@pytest.mark.parametrize("follow_up", [True, False])
def test_the_question_whether_one_was_seen_can_be_sent(
    outcome: Outcome, follow_up: bool, dialogue: Dialogue
) -> None:
    state = UserState(stage=AskingSeen(outcome, follow_up), consent_at=AT)
    replies = dialogue.step(state, Command(AT, "start"))[1]
    assert replies[-1].question == "seen"
    assert_sound(replies)


def test_every_stretch_and_every_routine_can_be_sent(dialogue: Dialogue, say: Wording) -> None:
    tips = tuple(skip.tip for s in dialogue.book.stretches.values() for skip in s.skip if skip.tip)
    reasons = tuple(
        (key.removeprefix("reason_"), "<value> & more")
        for key in dialogue.book.knowledge.texts
        if key.startswith("reason_")
    )
    items = tuple(
        PlanItem(name, hold, 3, 60, reasons, tips[:3])
        for name in dialogue.book.stretches
        for hold in (0, 20)
    )
    left_out = tuple((item.stretch, *reasons[0]) for item in items)
    plan = Plan(AT, 10, items, left_out)
    assert_sound([say.overview(plan)])
    assert_sound(say.stretch(UserState(), plan, index) for index in range(len(items)))


def test_the_review_of_all_answers_can_be_sent(dialogue: Dialogue, say: Wording) -> None:
    choices = {
        step.id: Chosen(step.options[0].id, AT)
        for step in dialogue.book.steps.values()
        if isinstance(step, Choice)
    }
    findings = {name: found(Answer.YES) for name in dialogue.book.findings}
    state = UserState(session="zzzzzzz", facts=Facts(findings, choices))
    assert_sound([say.review(state), say.change(state)])


def test_every_other_text_can_be_sent(dialogue: Dialogue, say: Wording) -> None:
    assert_sound(say.plain(key) for key in dialogue.book.knowledge.texts)
    state = UserState()
    assert_sound([say.greeting(state), say.home(state), say.reminder(state)])
    assert_sound([say.self_care(state), say.warning_signs(), say.routine_done(state)])


# -- anything at all ---------------------------------------------------------------------------

ODD = [
    "\u202e\u05d0\u0628",
    "\u200b\u200d\ufeff",
    "👩‍👩‍👧‍👦",
    "🇳🇴",
    "<>&\"'",
    "</b>",
    "&lt;",
    "\n",
]
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"])
WORDS = st.one_of(st.text(CHARACTERS, max_size=40), st.sampled_from(ODD))
VISIBLE = WORDS.map(lambda text: f"{text}x")  # Telegram takes no message without a character
TEXTS = st.one_of(
    VISIBLE,
    st.builds(lambda word, times: word * times, VISIBLE, st.integers(1, 600)),
    st.builds(lambda word, times: f"{word} " * times + "x", VISIBLE, st.integers(1, 600)),
)
LINES = st.builds(Line, st.sampled_from(Kind), TEXTS, st.integers(0, 30))


@settings(max_examples=150 if NIGHTLY else 50, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12))
@example([Line(Kind.TEXT, "\U0001f9b5" * 5000)])
@example([Line(Kind.DETAIL, "&" * 9000), Line(Kind.TITLE, "<b>")])
@example([Line(Kind.STEP, "x " * 4000, 7)])
@example([Line(Kind.TEXT, "x" + " " * 9000 + "x")])
@example([Line(Kind.ITEM, f"line {number}") for number in range(600)])
def test_any_lines_become_messages_that_telegram_takes(lines: list[Line]) -> None:
    parts = messages(Reply("any", tuple(lines), BUTTONS, "q"))
    assert [refusals(part) for part in parts] == [[]] * len(parts)
    assert [part.keyboard is not None for part in parts] == [False] * (len(parts) - 1) + [True]
    for part in parts:
        assert units(format_text(part.html, "HTML").text) <= MessageLimit.MAX_TEXT_LENGTH


@settings(max_examples=150 if NIGHTLY else 50, deadline=None)
@given(TEXTS)
def test_no_word_of_a_long_text_is_lost(text: str) -> None:
    parts = messages(Reply("any", (Line(Kind.TEXT, text),)))
    assert shown(parts) == re.sub(r"[\s•]", "", text)
    assert re.sub(r"[\s•]", "", "".join(part.plain for part in parts)) == shown(parts)


@settings(max_examples=100 if NIGHTLY else 33, deadline=None)
@given(VISIBLE)
def test_a_short_text_stays_one_message_and_is_shown_as_it_is(text: str) -> None:
    (part,) = messages(Reply("any", (Line(Kind.TEXT, text),)))
    assert format_text(part.html, "HTML").text == text.strip()
    assert part.plain == text
    assert html.unescape(part.html) == text


def test_a_long_text_is_parted_between_words() -> None:
    text = " ".join(f"word{number}" for number in range(2000))
    parts = messages(Reply("any", (Line(Kind.TEXT, text),), BUTTONS, "q"))
    assert len(parts) > 3
    assert " ".join(part.plain.replace("\n", " ") for part in parts).split() == text.split()


def test_details_fold_away_and_the_buttons_keep_their_rows() -> None:
    lines = (Line(Kind.TITLE, "A"), Line(Kind.DETAIL, "b"), Line(Kind.DETAIL, "c"))
    (part,) = messages(Reply("any", lines, BUTTONS, "q"))
    assert part.html == "<b>A</b>\n<blockquote expandable>• b\n• c</blockquote>"
    assert part.keyboard is not None
    rows = json.loads(part.keyboard)["inline_keyboard"]
    assert [[b["callback_data"] for b in row] for row in rows] == [["s.q.a", "s.q.b"], ["s.q.c"]]


def test_a_reply_that_is_edited_differs_only_in_how_it_is_sent() -> None:
    reply = Reply("any", (Line(Kind.TEXT, "a"),), BUTTONS, "q")
    assert messages(reply) == messages(replace(reply, edit=True, safety=True))
