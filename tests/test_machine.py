"""The dialogue walked exhaustively by `unknot verify`, and a mistake that it must catch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import dialogue as dialogue_module
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge
from bot.core.stages import routine
from bot.core.state import Stretching
from bot.core.stretches import plan
from bot.core.verify import explore

pytestmark = pytest.mark.slow


def test_no_promise_is_broken_with_one_deviation_from_the_all_clear_path(
    dialogue: Dialogue,
) -> None:
    report = explore(dialogue, deviations=1)
    assert report.problems == []
    assert report.states > 500


def hasty(c, state, at):  # type: ignore[no-untyped-def]
    """A stage that forgets the gate."""
    made = plan(c.book, state.facts, (), at, 5)
    return replace(state, stage=Stretching(made)), (c.wording.overview(made),)


def test_a_stage_that_forgets_the_gate_shows_no_stretch_all_the_same(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routine, "wanted", hasty)
    assert explore(Dialogue(knowledge), deviations=0).problems == []


def test_a_stretch_before_the_screening_would_be_found(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routine, "wanted", hasty)
    monkeypatch.setattr(dialogue_module, "may_stretch", lambda *_: True)
    report = explore(Dialogue(knowledge), deviations=0)
    assert any("stretch" in problem for problem in report.problems)
