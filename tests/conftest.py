"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import available_timezones

import pytest

from bot.adapters.knowledge_files import load
from bot.adapters.places import zones_of
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge
from bot.core.triage import Rulebook
from tests import database as databases


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The real knowledge base, loaded once."""
    return load()


@pytest.fixture(scope="session")
def book(knowledge: Knowledge) -> Rulebook:
    return Rulebook(knowledge)


@pytest.fixture(scope="session")
def dialogue(knowledge: Knowledge) -> Dialogue:
    return Dialogue(knowledge, tuple(sorted(available_timezones())), cities=zones_of)


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The address of a real PostgreSQL, started once for all tests that want it."""
    with databases.database() as url:
        yield url


@pytest.fixture
def empty_database(database: str) -> str:
    """The same one, with nobody in it."""
    databases.emptied(database)
    return database


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fast part is the core and its conversations; servers and processes are slow."""
    for item in items:
        parts = item.path.parts
        if "e2e" in parts:
            item.add_marker(pytest.mark.e2e)
        elif "adapters" in parts or _is_sweep(item):
            item.add_marker(pytest.mark.slow)


def _is_sweep(item: pytest.Item) -> bool:
    """A test that is run at every stage of the dialogue, or on every file of the program."""
    spec = getattr(item, "callspec", None)
    swept = {"test_dialogue.py": "stage", "test_architecture.py": "file"}
    return spec is not None and swept.get(item.path.name) in spec.params
