"""The plain-language rules as a linter over every text that a user sees.

Source: the NHS content manual (sentences of at most 20 words, no negative contractions, one
call to action, numerals, no links on an emergency card).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.knowledge import Knowledge

LONGEST_SENTENCE = 20

KnowledgePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Which of the stricter rules hold for a text."""

    question: bool = False
    label: bool = False
    heading: bool = False
    name: bool = False


NAMES = Rules(name=True)  # names of publications and organisations keep their capitals

_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")
_CAPITALS = re.compile(r"\b[A-Z]{4,}\b")
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"\b\w+n['\u2019]t\b", re.IGNORECASE),
        "negative contraction {0!r}: write it in full, it is misread as its opposite",
    ),
    (
        re.compile(r"\bshould(?:'ve)?\b", re.IGNORECASE),
        "{0!r} sounds like blame: say what to do",
    ),
    (re.compile(r"\b(?:eg|ie|etc)\b\.?|\be\.g\.|\bi\.e\.", re.IGNORECASE), "{0!r}: write it out"),
    (_CAPITALS, "block capitals {0!r}: write small letters"),
    (re.compile(r"!"), "exclamation mark: end with a full stop"),
    (re.compile(r"<[a-z/]|\*\*|__|`", re.IGNORECASE), "markup {0!r}: texts are plain words"),
    (
        re.compile(r"\b(?:bowel movement|urinate|urine|stool|faeces|void)\b", re.IGNORECASE),
        "{0!r}: say pee or poo",
    ),
    (
        re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b", re.IGNORECASE),
        "{0!r}: write numbers as numerals",
    ),
)
_LINK = re.compile(r"https?://|www\.|\bt\.me/", re.IGNORECASE)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")


def violations(text: str, rules: Rules = Rules()) -> Iterator[str]:
    """Each rule that the text breaks, as what and what to do."""
    for sentence in _SENTENCE_END.split(text):
        words = len(sentence.split())
        if words > LONGEST_SENTENCE:
            yield f"sentence of {words} words: use at most {LONGEST_SENTENCE}, or split it"
    for pattern, what in _PATTERNS:
        found = pattern.search(text)
        if found and not (rules.name and pattern is _CAPITALS):
            yield what.format(found.group())
    if _LINK.search(text):
        yield "link: a message gives nothing to click away to; put it into sources.yaml"
    if rules.question and text.count("?") > 1:
        yield "more than one question: ask one thing at a time"
    if rules.label and (text.endswith(".") or _EMOJI.search(text[:2])):
        yield "button: no full stop, no emoji in front"
    if rules.heading and text.count(".") > 1:
        yield "heading: one call to action only"


def user_texts(k: Knowledge) -> Iterator[tuple[KnowledgePath, str, Rules]]:
    """Every text that a user may see, with its place and the rules for it."""
    plain, question, label = Rules(), Rules(question=True), Rules(label=True)
    for section in ("flags", "traits"):
        for place, entry in enumerate(getattr(k, section)):
            yield (section, place, "short"), entry.short, plain
            yield (section, place, "item"), entry.item, plain
            yield (section, place, "button"), entry.button, label
            yield (section, place, "question"), entry.question, question
    for place, flag in enumerate(k.flags):
        yield ("flags", place, "why"), flag.why, plain
        yield ("flags", place, "tell_them"), flag.tell_them, plain
    for place, combination in enumerate(k.combinations):
        yield ("combinations", place, "why"), combination.why, plain
        if combination.tell_them:
            yield ("combinations", place, "tell_them"), combination.tell_them, plain
    for place, guard in enumerate(k.guards):
        yield ("guards", place, "question"), guard.question, question
        yield ("guards", place, "why"), guard.why, plain
    yield from _question_texts(k)
    yield from _outcome_texts(k)
    yield from _stretch_texts(k)
    for place, figure in enumerate(k.figures):
        yield ("figures", place, "text"), figure.text, plain
    for place, advice in enumerate(k.advice):
        yield ("advice", place, "text"), advice.text, plain
    for place, conflict in enumerate(k.conflicts):
        yield ("conflicts", place, "rule"), conflict.rule, plain
    for place, source in enumerate(k.sources):
        yield ("sources", place, "short"), source.short, NAMES
    for key, text in k.texts.items():
        yield ("texts", key), text, plain
    for key, text in k.buttons.items():
        yield ("buttons", key), text, label


def _question_texts(k: Knowledge) -> Iterator[tuple[KnowledgePath, str, Rules]]:
    for place, page in enumerate(k.pages):
        yield ("pages", place, "intro"), page.intro, Rules(question=True)
        yield ("pages", place, "title"), page.title, Rules(label=True)
        for at, group in enumerate(page.groups):
            yield ("pages", place, "groups", at), group.heading, Rules(label=True)
    for place, choice in enumerate(k.questions):
        yield ("questions", place, "title"), choice.title, Rules(label=True)
        yield ("questions", place, "text"), choice.text, Rules(question=True)
        for at, option in enumerate(choice.options):
            yield ("questions", place, "options", at, "button"), option.button, Rules(label=True)
            yield ("questions", place, "options", at, "says"), option.says, Rules()


def _outcome_texts(k: Knowledge) -> Iterator[tuple[KnowledgePath, str, Rules]]:
    for place, text in enumerate(k.outcomes):
        yield ("outcomes", place, "heading"), text.heading, Rules(heading=True)
        yield ("outcomes", place, "level"), text.level, Rules()
        yield ("outcomes", place, "noted"), text.noted, Rules()
        for at, line in enumerate(text.do):
            yield ("outcomes", place, "do", at), line, Rules()
        if text.follow_up:
            yield ("outcomes", place, "follow_up"), text.follow_up, Rules(question=True)
    for place, card in enumerate(k.cards):
        yield ("cards", place, "heading"), card.heading, Rules(heading=True)
        for at, line in enumerate(card.do):
            yield ("cards", place, "do", at), line, Rules()
    signs = k.warning_signs
    for name in ("heading", "action", "note"):
        yield ("warning_signs", name), getattr(signs, name), Rules()
    for at, line in enumerate(signs.signs):
        yield ("warning_signs", "signs", at), line, Rules()


def _stretch_texts(k: Knowledge) -> Iterator[tuple[KnowledgePath, str, Rules]]:
    for place, stretch in enumerate(k.stretches):
        for name in ("name", "summary", "feel", "breathe", "note"):
            text = getattr(stretch, name)
            if text:
                yield ("stretches", place, name), text, Rules()
        for name in ("steps", "mistakes", "stop", "variants"):
            for at, text in enumerate(getattr(stretch, name)):
                yield ("stretches", place, name, at), text, Rules()
        yield ("stretches", place, "dose", "why"), stretch.dose.why, Rules()
        for at, skip in enumerate(stretch.skip):
            yield ("stretches", place, "skip", at, "why"), skip.why, Rules()
            if skip.tip:
                yield ("stretches", place, "skip", at, "tip"), skip.tip, Rules()
