"""The plain-language linter: each rule catches its mistake and passes its counterpart."""

from __future__ import annotations

import pytest

from bot.core.knowledge import Knowledge
from bot.core.plain_language import LONGEST_SENTENCE, Rules, user_texts, violations

PLAIN, QUESTION = Rules(), Rules(question=True)
LABEL, HEADING = Rules(label=True), Rules(heading=True)
LONG = " ".join(["word"] * (LONGEST_SENTENCE + 1)) + "."
JUST = " ".join(["word"] * LONGEST_SENTENCE) + "."

MISTAKES = [
    ("sentence of", LONG, JUST, PLAIN),
    ("sentence of", f"Short. {LONG}", f"Short. {JUST} {JUST}", PLAIN),
    ("negative contraction", "Don't drive.", "Do not drive.", PLAIN),
    ("negative contraction", "You can\u2019t drive.", "You cannot drive.", PLAIN),
    ("sounds like blame", "You should rest.", "Rest now.", PLAIN),
    ("write it out", "Rest, eg in bed.", "Rest, for example in bed.", PLAIN),
    ("write it out", "Rest, e.g. in bed.", "Rest, such as in bed.", PLAIN),
    ("write it out", "Lie, sit, etc.", "Lie or sit.", PLAIN),
    ("block capitals", "Call NOW or STOP.", "Call now. The NHS helps.", PLAIN),
    ("exclamation mark", "Well done!", "Well done.", PLAIN),
    ("markup", "Call <b>now</b>.", "Call now.", PLAIN),
    ("markup", "Call **now**.", "Call 2 * 2.", PLAIN),
    ("markup", "Say `pee`.", "Say pee.", PLAIN),
    ("pee or poo", "Do you urinate often?", "Do you pee often?", PLAIN),
    ("pee or poo", "Blood in your stool.", "Blood in your poo.", PLAIN),
    ("numerals", "Wait two weeks.", "Wait 2 weeks.", PLAIN),
    ("numerals", "Twelve days.", "12 days.", PLAIN),
    ("link", "See https://nhs.uk for more.", "See a doctor.", PLAIN),
    ("link", "See www.nhs.uk.", "See the web.", PLAIN),
    ("link", "Write to t.me/somebot.", "Write to me.", PLAIN),
    ("more than one question", "Is it numb? Is it weak?", "Is it numb or weak?", QUESTION),
    ("no full stop", "My leg is numb.", "My leg is numb", LABEL),
    ("no emoji", "\U0001f6a8 Emergency", "Emergency", LABEL),
    ("one call to action", "Go now. Call first.", "Go to a hospital now", HEADING),
]


@pytest.mark.parametrize(
    ("rule", "wrong", "right", "rules"), MISTAKES, ids=[wrong[:30] for _, wrong, _, _ in MISTAKES]
)
def test_each_rule_catches_its_mistake_and_passes_its_counterpart(
    rule: str, wrong: str, right: str, rules: Rules
) -> None:
    assert any(rule in found for found in violations(wrong, rules))
    assert not list(violations(right, rules))


def test_the_stricter_rules_hold_only_where_they_are_asked_for() -> None:
    for text in ("Is it numb? Is it weak?", "My leg is numb.", "Go now. Call first."):
        assert not list(violations(text, PLAIN))


def test_every_broken_rule_is_told_at_once() -> None:
    assert len(list(violations("You shouldn't URINATE!", PLAIN))) >= 3


def test_each_message_says_what_to_do() -> None:
    for _, wrong, _, rules in MISTAKES:
        for found in violations(wrong, rules):
            assert ":" in found, found


def test_the_knowledge_base_passes(knowledge: Knowledge) -> None:
    broken = [
        (path, what)
        for path, text, rules in user_texts(knowledge)
        for what in violations(text, rules)
    ]
    assert broken == []


def test_every_kind_of_text_that_a_user_sees_is_linted(knowledge: Knowledge) -> None:
    places = {
        (path[0], next((p for p in path[1:] if isinstance(p, str)), ""))
        for path, _, _ in user_texts(knowledge)
    }
    for section, field in (
        ("flags", "item"),
        ("flags", "question"),
        ("flags", "why"),
        ("flags", "tell_them"),
        ("traits", "button"),
        ("combinations", "why"),
        ("pages", "intro"),
        ("questions", "text"),
        ("outcomes", "do"),
        ("outcomes", "heading"),
        ("cards", "do"),
        ("warning_signs", "signs"),
        ("stretches", "steps"),
        ("stretches", "stop"),
        ("stretches", "skip"),
        ("advice", "text"),
    ):
        assert (section, field) in places, (section, field)
    assert {section for section, _ in places} >= {"texts", "buttons"}


def test_texts_that_a_reply_shows_are_all_linted(knowledge: Knowledge) -> None:
    linted = {text for _, text, _ in user_texts(knowledge)}
    shown = {
        "options.says": {o.says for q in knowledge.questions for o in q.options},
        "questions.title": {question.title for question in knowledge.questions},
        "groups.heading": {group.heading for page in knowledge.pages for group in page.groups},
        "stretches.name": {stretch.name for stretch in knowledge.stretches},
        "sources.short": {source.short for source in knowledge.sources},
        "outcomes.level": {text.level for text in knowledge.outcomes},
    }
    unlinted = [name for name, texts in shown.items() if not texts <= linted]
    assert unlinted == []
