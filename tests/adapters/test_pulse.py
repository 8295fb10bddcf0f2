"""The health check: green while ticks come and turns are saved, else red with the reason."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.adapters.pulse import NAME, Pulse, trouble

TICK = 30


def test_a_bot_that_ticks_and_saves_is_well(tmp_path: Path) -> None:
    Pulse(tmp_path).beat(True)
    assert trouble(tmp_path, TICK) is None


def test_without_a_bot_there_is_no_sign(tmp_path: Path) -> None:
    assert "no sign of a running bot" in (trouble(tmp_path, TICK) or "")


def test_a_turn_that_was_not_saved_turns_it_red_until_one_is(tmp_path: Path) -> None:
    pulse = Pulse(tmp_path)
    pulse.beat(False)
    assert "could not be saved" in (trouble(tmp_path, TICK) or "")
    pulse.beat(True)
    assert trouble(tmp_path, TICK) is None


def test_a_clock_that_stands_turns_it_red(tmp_path: Path) -> None:
    Pulse(tmp_path).beat(True)
    long_ago = time.time() - 10 * TICK
    os.utime(tmp_path / NAME, (long_ago, long_ago))
    assert "300 s old" in (trouble(tmp_path, TICK) or "")


def test_a_disk_that_takes_nothing_does_not_end_the_bot(tmp_path: Path) -> None:
    Pulse(tmp_path / "gone").beat(True)
    assert trouble(tmp_path / "gone", TICK) is not None


def test_the_command_says_so_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNKNOT_DATA", str(tmp_path))
    assert CliRunner().invoke(app, "health").exit_code == 1
    Pulse(tmp_path).beat(True)
    assert CliRunner().invoke(app, "health").output == "well\n"
