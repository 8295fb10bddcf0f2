"""The safety case: people made up from guidance are played, and the page that tells of it is true.

The vignettes were written before and apart from the rules: see docs/safety.md.
"""

from __future__ import annotations

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge
from tools.safety import PAGE, exists, first_run, hazards, page_of, unfounded
from tools.vignettes import (
    Played,
    Player,
    bridge,
    clopper_pearson,
    figures,
    played,
    signs,
    vignettes,
)


@pytest.fixture(scope="module")
def told(dialogue: Dialogue) -> list[Played]:
    return played(dialogue)


@pytest.fixture(scope="module")
def tapped(dialogue: Dialogue) -> list[Played]:
    return played(dialogue, silent=True)


def test_no_emergency_is_sent_anywhere_else(told: list[Played]) -> None:
    missed = [
        (entry.vignette.id, entry.given)
        for entry in told
        if entry.vignette.expect in {"ambulance", "emergency"}
        and entry.given not in {"ambulance", "emergency"}
    ]
    assert missed == []


def test_nobody_is_told_a_level_that_is_milder_by_more_than_one(told: list[Played]) -> None:
    assert [entry.vignette.id for entry in told if entry.under > 1] == []


def test_nobody_is_told_a_level_that_guidance_does_not_allow(told: list[Played]) -> None:
    assert [(entry.vignette.id, entry.given) for entry in told if not entry.allowed] == []


def test_most_are_told_the_expected_level_and_few_are_sent_for_nothing(
    told: list[Played],
) -> None:
    share = {figure.name: figure.percent for figure in figures(told)}
    assert share["exact"] >= 95
    assert share["over"] <= 3
    assert share["asked_back"] == 100


def test_whoever_only_taps_is_told_no_level_that_is_milder_by_more_than_one(
    tapped: list[Played],
) -> None:
    assert [entry.vignette.id for entry in tapped if entry.under > 1] == []


def test_nobody_gets_stuck(told: list[Played]) -> None:
    assert [entry.vignette.id for entry in told if entry.given == "stuck"] == []


def test_the_same_person_is_told_the_same_again(dialogue: Dialogue) -> None:
    across = bridge()
    for vignette in vignettes()[::20]:
        first, second = (Player(dialogue, across, vignette).play() for _ in range(2))
        assert first == second


# -- the files ------------------------------------------------------------------------------------


def test_there_are_at_least_130_people_and_some_of_each_level() -> None:
    entries = vignettes()
    assert len(entries) >= 130
    assert len({entry.id for entry in entries}) == len(entries)
    assert len({entry.says for entry in entries if entry.says}) == len(entries)
    expected = [entry.expect for entry in entries]
    for level in ("ambulance", "emergency", "same_day", "days", "routine", "self_care", "unclear"):
        assert expected.count(level) >= 10, level


def test_every_sign_of_a_vignette_is_known_and_every_sign_is_used() -> None:
    known = signs()
    used = {name for entry in vignettes() for name in entry.facts}
    assert used <= {*known.signs, *known.person}
    assert set(known.signs) <= used


def test_the_bridge_names_only_signs_and_findings_that_exist(knowledge: Knowledge) -> None:
    across, known = bridge(), signs().signs
    findings = {entry.id for entry in (*knowledge.flags, *knowledge.traits)}
    questions = {question.id for question in knowledge.questions}
    assert set(across.findings) <= findings
    assert {sign for listed in across.findings.values() for sign in listed} <= set(known)
    assert {s for lines in across.choices.values() for line in lines for s in line.when} <= set(
        known
    )
    ids = {entry.id for entry in vignettes()}
    for vignette, answers in across.told.items():
        assert vignette in ids
        assert set(answers) <= findings | questions


def test_the_first_run_is_complete() -> None:
    first = first_run()
    assert set(first.told) == {entry.id for entry in vignettes()}
    assert set(first.tapped) == {e.id for e in vignettes() if e.expect != "unclear"}


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 30, 0, 0.1157), (30, 30, 0.8843, 1), (5, 10, 0.1871, 0.8129), (1, 20, 0.0013, 0.2487)],
)
def test_the_bounds_are_those_of_clopper_and_pearson(
    hits: int, total: int, low: float, high: float
) -> None:
    found = clopper_pearson(hits, total)
    assert found == pytest.approx((low, high), abs=1e-4)


# -- the page -------------------------------------------------------------------------------------


def test_every_rule_test_and_figure_that_a_hazard_names_exists(knowledge: Knowledge) -> None:
    assert list(unfounded(knowledge)) == []
    assert len(hazards()) >= 25
    assert all(hazard.left for hazard in hazards())


@pytest.mark.parametrize(
    "name",
    [
        "tests/test_safety.py::test_that_nobody_wrote",
        "tests/no_such_file.py::test_the_page_is_up_to_date",
        "tests/conversations/no_such_talk.txt",
        "tests/test_safety.py",
    ],
)
def test_a_proof_that_is_not_there_is_noticed(name: str) -> None:
    assert not exists(name)


def test_the_page_is_up_to_date(
    knowledge: Knowledge, told: list[Played], tapped: list[Played]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page_of(knowledge, told, tapped, text) == text, "make safety"
