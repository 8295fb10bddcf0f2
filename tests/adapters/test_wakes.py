"""The index of who is due: the same as a sorted list, and it does not grow with every change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters import wakes as wakes_module
from bot.adapters.wakes import Wakes, seconds

CHANGES = st.lists(st.tuples(st.sampled_from("abcde"), st.none() | st.integers(0, 9)))


@given(CHANGES, st.integers(-1, 10), st.integers(0, 6))
def test_it_is_a_sorted_list_of_who_is_due(
    changes: list[tuple[str, int | None]], moment: int, limit: int
) -> None:
    index: Wakes[str] = Wakes()
    known: dict[str, int] = {}
    for name, at in changes:
        if at is None:
            index.drop(name)
            known.pop(name, None)
        else:
            index.put(name, at)
            known[name] = at
    ready = sorted((at, name) for name, at in known.items() if at <= moment)
    for _ in range(2):  # whoever is due stays so
        assert index.due(moment, limit) == [name for _, name in ready[:limit]]
    assert index.next() == min(known.values(), default=None)
    assert len(index) == len(known)


def test_changes_of_a_year_leave_no_more_behind_than_there_are_people() -> None:
    index: Wakes[str] = Wakes()
    for change in range(50_000):
        index.put(f"user {change % 10}", change)
    assert len(index._heap) <= 2 * 10 + wakes_module.SPARE
    assert len(index.due(50_000, 100)) == 10


def test_nobody_is_woken_in_the_second_before_their_moment() -> None:
    moment = datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC)
    index: Wakes[str] = Wakes()
    index.put("someone", seconds(moment))
    assert index.due(int(moment.timestamp()), 1) == []
    assert index.due(int((moment + timedelta(seconds=1)).timestamp()), 1) == ["someone"]
