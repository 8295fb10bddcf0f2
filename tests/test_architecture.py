"""Layers, and no world in the core: read from the source, beside the contracts of make check."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "bot" / "core").rglob("*.py"))
ALL = sorted((ROOT / "bot").rglob("*.py"))
WORLD = {
    *("telegram", "tinydb", "yaml", "asyncio", "os", "pathlib", "socket", "logging", "random"),
    *("time", "io", "sys", "subprocess", "threading", "secrets", "uuid", "tempfile", "shutil"),
    *("httpx", "aiohttp", "typer", "filelock", "pydantic_settings", "PIL"),
}
CLOCKS = {"now", "utcnow", "today"}
LONGEST_FUNCTION = 60


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.stem)
def test_the_core_imports_nothing_of_the_world(file: Path) -> None:
    assert {name.partition(".")[0] for name in imported(file)} & WORLD == set()


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.stem)
def test_the_core_reads_no_clock_and_opens_nothing(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    clocks = [c.attr for c in calls if isinstance(c, ast.Attribute) and c.attr in CLOCKS]
    opened = [
        c.id for c in calls if isinstance(c, ast.Name) and c.id in {"open", "print", "input"}
    ]
    assert clocks + opened == []


@pytest.mark.parametrize("file", CORE, ids=lambda file: file.stem)
def test_the_core_imports_nothing_above_it(file: Path) -> None:
    above = [name for name in imported(file) if name.startswith("bot.")]
    assert [name for name in above if not name.startswith("bot.core")] == []


def test_only_the_composition_root_and_the_command_line_name_adapters() -> None:
    naming = {
        file.relative_to(ROOT).as_posix()
        for file in ALL
        if "adapters" not in file.parts
        and any(name.startswith("bot.adapters") for name in imported(file))
    }
    assert naming <= {"bot/app.py", "bot/__main__.py"}


@pytest.mark.slow
def test_importing_any_module_opens_reads_and_starts_nothing() -> None:
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in ALL
        if file.stem not in {"__init__", "__main__"}
    ]
    program = (
        "import builtins, importlib, pathlib, sys\n"
        f"modules = {modules!r}\n"
        "[importlib.import_module(m) for m in modules]\n"
        "assert 'bot.adapters.telegram.bot' in sys.modules\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
        for file in ALL
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno > LONGEST_FUNCTION
    ]
    assert long == []


def undocumented(file: Path) -> Iterator[str]:
    tree: ast.Module = ast.parse(file.read_text(encoding="utf-8"))
    if file.stem != "__init__" and not ast.get_docstring(tree):
        yield file.stem
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    bodies: list[list[ast.stmt]] = [tree.body, *(node.body for node in classes)]
    for body in bodies:
        for node in body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if not node.name.startswith("_") and not ast.get_docstring(node):
                yield f"{file.stem}:{node.lineno} {node.name}"


def test_every_public_thing_says_what_it_is() -> None:
    assert [name for file in ALL for name in undocumented(file)] == []
