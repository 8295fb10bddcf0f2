"""The engines that the bench compares say the same, word for word, as one table of replies."""

from __future__ import annotations

import pytest

from bench import guard
from bench.screening.compare import ENGINES, Engine, differing
from bench.screening.data import OUTCOMES, everything


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.module)
@pytest.mark.filterwarnings("default")  # the engines' own warnings are none of ours
def test_every_engine_says_the_same_word_for_word(engine: Engine) -> None:
    if engine.needs:
        pytest.importorskip(engine.needs, reason="`make bench` installs it")
    assert differing(engine.module, everything()) == []


def test_every_outcome_is_reached() -> None:
    from bench.screening.engines import table

    assert set(OUTCOMES.values()) <= set(table.player(everything())())


def test_the_guard_of_speed_fails_only_what_got_worse_by_more_than_half() -> None:
    kept = {"turn": 10.0, "tick": 1.0}
    assert guard.too_slow({"turn": 14.9, "tick": 0.2}, kept) == []
    assert guard.too_slow({"turn": 15.1, "tick": 1.4}, kept) == ["turn"]


def test_the_guard_of_speed_fails_what_was_never_written_down() -> None:
    assert guard.too_slow({"new": 0.1}, {}) == ["new"]
