"""Small changes of the program that a test should notice: `make mutate`.

mutmut makes them and runs the tests that reach each. It takes one choice of tests for a whole run,
and through the dialogue nearly every test reaches nearly every line; so each module is run on its
own, in a copy under `mutants/`, with the fast tests that are about it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "mutants"
PAGE = ROOT / "docs" / "mutants.md"
TARGET = 90.0
COPIED = ("bot", "bench", "knowledge", "tests", "tools", "pyproject.toml", "README.md", "Makefile")

TESTS: dict[str, tuple[str, ...]] = {
    "bot/core/triage.py": ("test_triage.py",),
    "bot/core/agenda.py": ("test_agenda.py", "test_agenda_bounds.py"),
    "bot/core/stretches.py": ("test_stretches.py", "test_stretches_reasons.py"),
    "bot/core/dialogue.py": ("test_steps.py",),
    "bot/core/understand/clock.py": ("test_clock.py", "test_answers.py"),
    "bot/core/understand/durations.py": ("test_durations.py",),
    "bot/core/understand/text.py": ("test_text.py",),
    "bot/core/understand/spelling.py": ("test_spelling.py",),
    "bot/core/understand/scope.py": ("test_scope.py", "test_reader.py"),
    "bot/core/understand/matching.py": ("test_matching.py",),
    "bot/core/understand/phrases.py": ("test_phrases.py",),
    "bot/core/understand/lexicon.py": ("test_lexicon.py",),
    "bot/core/understand/reader.py": ("test_reader.py", "test_understand.py"),
    "bot/core/understand/leaning.py": ("test_typed_answers.py", "test_leaning.py"),
    "bot/core/understand/answers.py": (
        *("test_typed_answers.py", "test_picking.py", "test_answers.py", "test_leaning.py"),
    ),
}
FAST = "not two_years and not any_pair"  # sweeps of seconds, which a change would run through
SETTINGS = """
[tool.mutmut]
source_paths = ["bot"]
only_mutate = ["{module}"]
also_copy = ["knowledge", "bench", "tools", "README.md", "Makefile"]
pytest_add_cli_args = ["-q", "-x", "-p", "no:cacheprovider", "-k", "{fast}"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
timeout_constant = 5.0
"""
_LINE = re.compile(r"\s*(\S+__mutmut_\d+): (.+)")
_KILLED = {"killed", "timeout", "caught by type check", "segfault"}


@dataclass(frozen=True, slots=True)
class Score:
    """What became of the changes of one module."""

    module: str
    outcomes: dict[str, str]

    @property
    def missed(self) -> list[str]:
        """The changes that no test noticed."""
        return [name for name, outcome in self.outcomes.items() if outcome not in _KILLED]

    @property
    def percent(self) -> float:
        """How many of a hundred were noticed."""
        return 100 * (1 - len(self.missed) / max(1, len(self.outcomes)))


def explained() -> set[str]:
    """The changes that docs/mutants.md gives a reason for."""
    return set(re.findall(r"`(\S+__mutmut_\d+)`", PAGE.read_text(encoding="utf-8")))


def scored(module: str) -> Score:
    """One module changed in every way, each tried on the tests that are about it."""
    folder = PLACE / Path(module).stem
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    tests = json.dumps([f"tests/core/{name}" for name in TESTS[module]])
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS.format(module=module, tests=tests, fast=FAST))
    done = _mutmut(folder, "run", "--max-children", "2")
    outcomes = dict(_LINE.findall(_mutmut(folder, "results", "--all", "true")))
    if not outcomes:
        raise SystemExit(f"{module}: mutmut made nothing\n{done[-3000:]}")
    return Score(module, {name: said.strip() for name, said in outcomes.items()})


def _mutmut(folder: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "mutmut", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def changes(score: Score) -> Iterator[str]:
    """Each change that was missed, as the lines that differ."""
    folder = PLACE / Path(score.module).stem
    for name in score.missed:
        shown = _mutmut(folder, "show", name).splitlines()
        lines = [line for line in shown if re.match(r"[-+](?![-+])", line)]
        yield "\n".join([f"{name} ({score.outcomes[name]})", *lines])


def main(wanted: Sequence[str]) -> int:
    """Print each module's score and what was missed without a reason; 1 below the target."""
    known, low = explained(), False
    for module in [name for name in TESTS if not wanted or any(word in name for word in wanted)]:
        score = scored(module)
        fine = score.percent >= TARGET
        low = low or not fine
        noticed = len(score.outcomes) - len(score.missed)
        told = [f"{module}: {noticed} of {len(score.outcomes)} noticed, {score.percent:.1f} %"]
        told += [change for change in changes(score) if change.split(" ", 1)[0] not in known]
        sys.stdout.write("\n".join(told) + "\n")
        sys.stdout.flush()
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
