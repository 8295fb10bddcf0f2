"""What is remembered: it dumps to plain JSON and loads back, and nothing else loads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Outcome
from bot.core.state import (
    Answer,
    Chosen,
    Cleared,
    Facts,
    FollowUp,
    Found,
    Reminder,
    UserState,
    dump,
    load,
)
from tests.core.person import MONDAY, Person

moments = st.integers(0, 3 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
words = st.text(max_size=6)


def strategy(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that a state is made of, every field of every dataclass included."""
    origin, parts = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        return st.builds(
            cast("type[Any]", hint),
            **{part.name: strategy(hints[part.name]) for part in fields(hint)},
        )
    if origin is Annotated:
        return strategy(parts[0])
    if origin in {Union, UnionType}:
        return st.one_of(*(strategy(part) for part in parts))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        if parts[-1] is Ellipsis:
            return st.lists(strategy(parts[0]), max_size=1).map(tuple)
        return st.tuples(*(strategy(part) for part in parts))
    if origin is Mapping:
        return st.dictionaries(words, strategy(parts[1]), max_size=1)
    plain = {
        datetime: moments,
        date: st.dates(),
        str: words,
        int: st.integers(-10, 1000),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return plain[hint] if hint in plain else st.sampled_from(list(hint))


states = strategy(UserState)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(states)
def test_any_state_dumps_to_json_and_loads_back_equal(state: UserState) -> None:
    assert load(json.loads(json.dumps(dump(state)))) == state


STAGES: list[tuple[str, Callable[[Person], object]]] = [
    ("new", lambda person: person.command("start")),
    ("asking", lambda person: person.agree()),
    ("asking one", lambda person: person.agree().say("some tingling")),
    ("reviewing", lambda person: person.reviewed()),
    ("changing", lambda person: person.reviewed().press("change")),
    ("stretching", lambda person: person.stretching()),
    ("counting", lambda person: person.stretching().press("count")),
    ("hurt", lambda person: person.stretching().press("hurts")),
    ("after", lambda person: person.done()),
    ("which", lambda person: person.done().press("p3", "spine", "easy")),
    ("next day", lambda person: person.next_day()),
    ("settling", lambda person: person.settling()),
    ("task", lambda person: person.task()),
    ("home", lambda person: person.home()),
    ("advising", lambda person: person.emergency()),
    ("correcting", lambda person: person.correcting()),
    ("seen", lambda person: person.two_weeks().press("seen")),
    ("reminder", lambda person: person.home().command("remind")),
    ("settings", lambda person: person.home().command("settings")),
    ("deleting", lambda person: person.home().command("delete")),
]


@pytest.mark.parametrize(("name", "walk"), STAGES, ids=[name for name, _ in STAGES])
def test_every_reachable_stage_survives_a_restart(
    name: str, walk: Callable[[Person], object], dialogue: Dialogue
) -> None:
    person = Person(dialogue)
    walk(person)
    again = load(json.loads(json.dumps(dump(person.state))))
    assert again == person.state
    assert dump(again) == dump(person.state), name


def full(dialogue: Dialogue) -> UserState:
    """A state in which every optional part is there."""
    person = Person(dialogue).stretching()
    done = Person(dialogue).home()
    facts_ = replace(person.state.facts, cleared={"trauma": Cleared(MONDAY, Outcome.SAME_DAY)})
    return replace(
        person.state,
        facts=facts_,
        diary=done.state.diary,
        reminders=(Reminder(8, 30, MONDAY, MONDAY.date()),),
        follow_up=FollowUp(MONDAY, Outcome.SAME_DAY, 1),
    )


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every JSON object inside."""
    found_: list[tuple[str | int, ...]] = []
    if isinstance(value, dict):
        found_.append(path)
        for key, child in value.items():
            found_ += places(child, (*path, key))
    elif isinstance(value, list):
        for place, child in enumerate(value):
            found_ += places(child, (*path, place))
    return found_


MAPPINGS = {("facts", "findings"), ("facts", "choices"), ("facts", "cleared")}


def test_an_unknown_field_is_refused_wherever_it_stands(dialogue: Dialogue) -> None:
    text = json.dumps(dump(full(dialogue)))
    paths = [path for path in places(json.loads(text)) if path not in MAPPINGS]
    assert len(paths) > 20
    for path in paths:
        data = json.loads(text)
        spot = data
        for part in path:
            spot = spot[part]
        spot["surprise"] = 1
        with pytest.raises(ValidationError):
            load(data)


@pytest.mark.parametrize(
    "change",
    [
        {"stage": {"kind": "dancing"}},
        {"stage": {}},
        {"stage": None},
        {"follow_up": {"due": "soon", "outcome": "same_day", "asked": 0}},
        {"last_outcome": "fine"},
        {"facts": []},
        {"diary": [{"at": "2026-03-02T09:00:00Z"}]},
        {"facts": {"findings": {"trauma": {"answer": "perhaps"}}}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_dump_could_not_have_given_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        load({**dump(UserState()), **change})


def test_a_new_user_dumps_and_loads() -> None:
    assert load(dump(UserState())) == UserState()
    assert load({}) == UserState()


def test_what_is_dumped_is_plain_json(dialogue: Dialogue) -> None:
    state = full(dialogue)
    assert json.loads(json.dumps(dump(state))) == dump(state)
    assert set(dump(state)) == {part.name for part in fields(UserState)}


def test_values_are_frozen(dialogue: Dialogue) -> None:
    state = full(dialogue)
    for value in (
        state,
        state.stage,
        state.facts,
        state.reminders[0],
        state.reminding,
        state.follow_up,
        state.diary[0],
    ):
        assert is_dataclass(value)
        name = fields(value)[0].name
        with pytest.raises(AttributeError):
            setattr(value, name, None)


def test_facts_are_never_changed_in_place() -> None:
    first = Facts()
    said = Found(Answer.YES, MONDAY, "said")
    second = first.answered("trauma", said)
    third = second.denied(["fever", "rash"], said).chose("pain", Chosen("p3", MONDAY))
    fourth = third.without(frozenset({"trauma"}), frozenset({"pain"}))
    assert not first.findings
    assert set(second.findings) == {"trauma"}
    assert set(third.findings) == {"trauma", "fever", "rash"}
    assert set(fourth.findings) == {"fever", "rash"}
    assert not fourth.choices
    assert set(third.choices) == {"pain"}


def test_a_stage_written_before_places_could_be_chosen_loads() -> None:
    stages = (
        {"kind": "setting_reminder", "part": "confirm", "hour": 8, "zone": "Europe/Berlin"},
        {"kind": "settings", "part": "zone"},
    )
    for stage in stages:
        loaded = load({"stage": stage}).stage
        assert dump(UserState(stage=loaded))["stage"]["found"] == []
