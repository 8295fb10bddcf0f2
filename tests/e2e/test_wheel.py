"""The wheel: built, installed elsewhere, and used from another folder with the knowledge in it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.adapters.knowledge_files import folder

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def done(*command: str | Path, cwd: Path, lines: str = "", path: Path | None = None) -> str:
    """What a Python command prints; it must end well."""
    env = dict(os.environ) | ({"PYTHONPATH": str(path)} if path else {})
    result = subprocess.run(  # noqa: S603
        [sys.executable, *map(str, command)],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=env,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout into a folder of its own."""
    out = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    done("-m", "build", "--wheel", *isolation, "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files; the dependencies are those of this environment."""
    target = tmp_path_factory.mktemp("installed")
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index")
    done(*pip, "--no-deps", "--target", target, wheel, cwd=target)
    return target


def test_the_wheel_holds_the_program_and_every_knowledge_file(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    texts = {f"bot/knowledge/{file.relative_to(folder())}" for file in folder().rglob("*.yaml")}
    programs = {
        str(file.relative_to(ROOT))
        for ending in ("*.py", "*.sql")
        for file in (ROOT / "bot").rglob(ending)
    }
    assert "bot/adapters/postgres/0001_users.sql" in programs
    page = "bot/adapters/simulator/page/"
    shown = {f"{page}{name}" for name in ("index.html", "page.css", "page.js", "page.svg")}
    assert names >= texts | programs | shown | {"bot/py.typed"}
    assert not {name for name in names if name.startswith(("tests/", "bench/", "data/", ".env"))}


def test_the_wheel_states_what_it_needs(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    text = archive.read(metadata).decode()
    needs = set(re.findall(r"^Requires-Dist: ([\w.-]+)(?!.*extra)", text, re.MULTILINE))
    assert needs >= {
        "filelock",
        "pillow",
        "pydantic",
        "python-telegram-bot",
        "pyyaml",
        "tinydb",
        "typer",
    }
    assert "License-File: LICENSE" in text
    (entries,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
    assert "unknot = bot.__main__:main" in archive.read(entries).decode()


def test_the_installed_program_uses_the_knowledge_inside_it(
    installed: Path, tmp_path: Path
) -> None:
    program = (
        "import bot.app, bot.adapters.knowledge_files as k; print(bot.app.__file__, k.folder())"
    )
    used = done("-c", program, cwd=tmp_path, path=installed).split()
    assert used == [str(installed / "bot" / "app.py"), str(installed / "bot" / "knowledge")]


def test_the_installed_program_finds_its_knowledge_sound(installed: Path, tmp_path: Path) -> None:
    said = done("-m", "bot", "check", cwd=tmp_path, path=installed)
    assert said.startswith("knowledge is sound: ")
    assert said == done("-m", "bot", "check", cwd=ROOT)


def test_the_installed_program_talks(installed: Path, tmp_path: Path) -> None:
    lines = "/start\n[Agree and start]\nI cannot feel anything between my legs when I wipe\n"
    said = done("-m", "bot", "chat", "--json", cwd=tmp_path, lines=lines, path=installed)
    objects = [json.loads(line) for line in said.splitlines()]
    assert [one["key"] for one in objects] == [
        "greeting",
        "ask.what_happened",
        "outcome.emergency_go",
    ]
    assert list(tmp_path.iterdir()) == []
