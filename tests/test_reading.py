"""How well people's words are read, on labelled messages and answers.

The test part was written before and apart from the word lists: only its totals are looked at.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.adapters.labelled import answers_in, messages_in, triaged
from bot.core.dialogue import Dialogue
from bot.core.evaluate import (
    AnswerFigures,
    Message,
    MessageFigures,
    answers_figures,
    messages_figures,
)
from bot.core.knowledge import Counted
from tools.accuracy import LABELLED, MARK, PAGES, ROOT, WRITTEN, measured, table_of

pytestmark = pytest.mark.slow

SHARED = ROOT.parent / "shared" / "data"

# A ratchet: a little below what is reached. Raise it when the reader gets better.
AT_LEAST: dict[str, dict[str, float]] = {
    "train": {"emergencies_reached": 100, "any_right_reached": 99, "any_right_raised": 95},
    "test": {"emergencies_reached": 100, "any_right_reached": 98, "any_right_raised": 90},
}
AT_MOST: dict[str, dict[str, float]] = {
    "train": {"falsely_raised": 1, "asked_without_flag": 5},
    "test": {"falsely_raised": 3.5, "asked_without_flag": 8},
}
WITHIN_ONE_LEVEL = {"train": 98, "test": 95.5}
ANSWERS_RIGHT = {"train": 95, "test": 92}


Parts = dict[str, tuple[MessageFigures, AnswerFigures]]


def test_messages_are_read_as_well_as_before(dialogue: Dialogue) -> None:
    """And answers; and the pages and the bot say what is measured. Measuring takes seconds."""
    parts = {part: measured(dialogue, part) for part in ("test", "train")}
    for part in parts:
        messages_as_before(parts, part)
        answers_as_before(parts, part)
    shown_as_measured(dialogue, parts)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert MARK in text, page
        assert table_of(parts) in text, f"{page}: make accuracy"


def messages_as_before(parts: Parts, part: str) -> None:
    figures = parts[part][0]
    for name, least in AT_LEAST[part].items():
        assert getattr(figures, name).percent >= least, name
    for name, most in AT_MOST[part].items():
        assert getattr(figures, name).percent <= most, name
    assert figures.within_one_level.percent >= WITHIN_ONE_LEVEL[part]


def answers_as_before(parts: Parts, part: str) -> None:
    figures = parts[part][1]
    assert figures.right.percent >= ANSWERS_RIGHT[part]
    assert not figures.emergencies_denied


def shown_as_measured(dialogue: Dialogue, parts: Parts) -> None:
    messages, answers = parts["test"]
    shown = dialogue.book.knowledge.accuracy
    for name in type(shown).model_fields:
        stated = getattr(shown, name)
        if isinstance(stated, Counted) and hasattr(messages, name):
            found = getattr(messages, name)
            assert (stated.hits, stated.total) == (found.hits, found.total), "make accuracy"
    assert shown.answers_right.hits == answers.right.hits, "make accuracy"
    assert shown.emergencies_denied.hits == len(answers.emergencies_denied), "make accuracy"


def test_the_labelled_sets_are_large_and_a_third_is_hard_or_plain() -> None:
    messages = [m for part in ("train", "test") for m in part_messages(part)]
    answers = [a for part in ("train", "test") for a in answers_in(file("answers", part))]
    assert len(messages) >= 600
    assert len(answers) >= 300
    assert sum(not m.flagged for m in messages) >= len(messages) / 3
    assert len({m.text for m in messages}) == len(messages)


def test_no_message_stands_in_both_parts() -> None:
    train, test = ({m.text.casefold() for m in part_messages(p)} for p in ("train", "test"))
    assert not train & test


def test_triage_reads_json_lines_and_gives_label_ids(dialogue: Dialogue) -> None:
    lines = iter(['{"id": "1", "text": "i cannot pee since this morning"}', "", '{"text": "hi"}'])
    first, second = map(json.loads, triaged(dialogue, lines, WRITTEN))
    assert first["id"] == "1"
    assert "bladder_retention_or_incontinence" in first["raised"]
    assert first["outcome"] == "emergency_go"
    assert second == {
        "id": None,
        "raised": [],
        "asks": [],
        "outcome": "self_care",
        "outcome_said": "self_care",
    }


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared development data is not here")
def test_the_shared_development_data_is_read_as_well_as_before(dialogue: Dialogue) -> None:
    context = dialogue.context
    messages = messages_in(SHARED / "messages-dev.jsonl")
    figures = messages_figures(context.reader, dialogue.book, messages, WRITTEN)
    assert figures.emergencies_reached.percent == 100
    assert figures.any_right_reached.percent >= 98
    assert figures.falsely_raised.percent <= 2
    answers = answers_in(SHARED / "answers-dev.jsonl")
    read = answers_figures(context.answers, dialogue.book, answers, WRITTEN)
    assert read.right.percent >= 95
    assert not read.emergencies_denied


def file(kind: str, part: str) -> Path:
    return LABELLED / f"{kind}-{part}.jsonl"


def part_messages(part: str) -> list[Message]:
    return messages_in(file("messages", part))
