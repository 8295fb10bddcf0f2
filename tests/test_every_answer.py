"""Every answer to every question: what the merging of states rests on, and what it must find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.verifying import fits
from bot.core import every_answer
from bot.core.dialogue import Dialogue
from bot.core.every_answer import Fingerprints, answered, apart, lacking
from bot.core.knowledge import AtLeast, Condition, Knowledge
from bot.core.messages import Event
from bot.core.stages import screening
from bot.core.stages.flow import Turn
from bot.core.state import Advising, Asking, Found, UserState
from bot.core.verify import CLOSE, Node, walked
from tests.core.person import YES
from tests.test_machine import spoil

pytestmark = pytest.mark.slow

ORDER = ("what_happened", "leg_detail", "since_when", "two_weeks", "pain", "eases", "where")
"""A short screening: the whole one is for `unknot verify`, which takes minutes."""


@pytest.fixture(scope="module")
def short(knowledge: Knowledge) -> Dialogue:
    return Dialogue(knowledge.model_copy(update={"order": ORDER}))


def wrong(dialogue: Dialogue) -> set[str]:
    return {problem.what for problem in answered(dialogue, fits)[0].problems}


def test_every_answer_keeps_the_promises_and_all_merged_states_are_alike(
    short: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(every_answer, "EVERY", 1)
    report, nodes = answered(short, fits)
    assert report.problems == []
    assert report.merged == len(nodes) > 20
    assert report.mergers > 20
    asked = {node.state.stage.step for node in nodes if isinstance(node.state.stage, Asking)}
    assert {"what_happened", "since_when", "two_weeks", "pain", "where"} <= asked


def test_each_answer_of_each_question_is_given(short: Dialogue) -> None:
    _, nodes = answered(short)
    pressed = {node.label.strip("[]") for node in nodes}
    for step in ("what_happened", "since_when"):
        question = short.book.questions[step]
        assert {option.button for option in question.options} & pressed


def test_a_mistake_that_only_three_answers_together_show_is_found(
    short: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some deviations from the all-clear path; a walk with one does not come there."""

    def silent(state: UserState, event: Event, turn: Turn) -> Turn:
        present = short.book.present(turn[0].facts)
        wrong = "thoracic_pain" in present and present.isdisjoint({"strain_onset", "pain_mild"})
        return (turn[0], ()) if wrong else turn

    spoil(monkeypatch, silent)
    assert not walked(short, 1)[0].problems
    report, _ = answered(short)
    assert "no answer" in {problem.what for problem in report.problems}
    shortest = report.problems[0].inputs
    assert "you: [Lifting, bending or twisting]" not in shortest
    assert "you: [4]" in shortest


def test_states_that_are_merged_and_are_not_alike_are_found(
    short: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def coarse(self: Fingerprints, state: UserState) -> object:
        stage = state.stage
        return stage.step if isinstance(stage, Asking) else (stage.kind, state.last_outcome)

    monkeypatch.setattr(every_answer, "EVERY", 1)
    monkeypatch.setattr(Fingerprints, "of", coarse)
    assert any("no more alike" in what for what in wrong(short))


def test_going_back_that_loses_an_answer_is_found(
    short: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = screening._back

    def lossy(c, state, stage, step, at):  # type: ignore[no-untyped-def]
        return back(c, replace(state, facts=UserState().facts), stage, step, at)

    monkeypatch.setattr(screening, "_back", lossy)
    assert "going back changed an answer" in wrong(short)


def test_a_change_of_the_review_that_loses_an_answer_is_found(
    short: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    changing = screening.changing

    def lossy(c, state, option, at):  # type: ignore[no-untyped-def]
        return changing(c, replace(state, facts=UserState().facts), option, at)

    monkeypatch.setattr(screening, "changing", lossy)
    assert "an answer that is to be changed was lost" in wrong(short)


def test_a_next_question_that_depends_on_the_way_there_is_found(
    short: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def astray(state: UserState, event: Event, turn: Turn) -> Turn:
        stage = state.stage
        if isinstance(stage, Asking) and stage.step == "pain":
            return replace(turn[0], stage=Asking("since_when")), turn[1]
        return turn

    spoil(monkeypatch, astray)
    assert "what comes after an answer depends on more than the answers" in wrong(short)


def test_a_routine_that_begins_beside_a_flag_is_found(
    short: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stubborn(state: UserState, event: Event, turn: Turn) -> Turn:
        after, replies = turn
        if after.stage.kind != "stretching":
            return turn
        return replace(after, facts=after.facts.answered("saddle_numbness", YES)), replies

    spoil(monkeypatch, stubborn)
    assert "a routine goes on with a flag open" in wrong(short)


# -- fingerprints --------------------------------------------------------------------------------


def asking(dialogue: Dialogue, *has: str, page: str = "about_you", outcome: str = "") -> UserState:
    """At a page of the whole screening, with these items ticked."""
    state = UserState(stage=Asking(page))
    for name in (*has, *([outcome] if outcome else [])):
        state = replace(state, facts=state.facts.answered(name, YES))
    return state


def test_ticks_of_one_weight_that_decide_nothing_more_are_alike(dialogue: Dialogue) -> None:
    of = Fingerprints(dialogue.book).of
    lost = asking(dialogue, "weight_loss", page="unwell", outcome="trauma_severe")
    lump = asking(dialogue, "trauma_severe", page="unwell")
    assert of(lost) == of(lump)


def test_what_a_later_question_is_asked_for_is_told_apart(dialogue: Dialogue) -> None:
    of = Fingerprints(dialogue.book).of
    assert of(asking(dialogue, "pregnancy")) != of(asking(dialogue))
    assert of(asking(dialogue, "pregnancy")) != of(asking(dialogue, "recent_birth"))


def test_the_outcome_is_told_apart(dialogue: Dialogue) -> None:
    of = Fingerprints(dialogue.book).of
    assert of(asking(dialogue, "trauma")) != of(asking(dialogue))


def test_of_items_asked_one_at_a_time_those_to_come_are_told_apart(dialogue: Dialogue) -> None:
    of = Fingerprints(dialogue.book).of
    page = dialogue.book.pages["legs_and_toilet"]
    no: Found = replace(YES, answer=type(YES.answer).NO)
    walk = UserState(stage=Asking(page.id, item=page.items[1], walk=True))
    one = replace(walk, facts=walk.facts.answered(page.items[0], no))
    assert of(one) != of(walk)


def test_what_was_said_of_a_page_still_to_come_is_told_apart(dialogue: Dialogue) -> None:
    of = Fingerprints(dialogue.book).of
    no = replace(YES, answer=type(YES.answer).NO)
    here = asking(dialogue)
    said = replace(here, facts=here.facts.answered("shoulder_hip_stiffness", no))
    assert of(said) != of(here)


def test_once_the_questions_are_over_only_what_was_told_counts(dialogue: Dialogue) -> None:
    of = Fingerprints(dialogue.book).of
    over = replace(
        asking(dialogue, "trauma"), stage=Advising(dialogue.book.flags["trauma"].outcome)
    )
    more = replace(over, facts=over.facts.answered("saddle_numbness", YES))
    again = replace(over, facts=over.facts.answered("over_6_weeks", YES))
    assert of(over) == of(again)
    assert of(over) != of(more)


def names(*listed: str) -> frozenset[str]:
    return frozenset(listed)


def test_what_a_condition_lacks() -> None:
    when = Condition(all=("fever", "cough"), any=("old", "weak"))
    nothing, both = names(), names("fever", "cough")
    can_come = names("fever", "cough", "weak")
    assert lacking(when, nothing, can_come) == (both, names("weak"), 0, nothing)
    assert lacking(when, both | names("old"), nothing) == every_answer.MET
    assert lacking(when, names("fever"), names("old", "weak")) is None, "no cough can come"
    assert lacking(when, both, both) is None, "neither old nor weak can come"


def test_what_a_condition_on_several_lacks() -> None:
    of = ("numb", "weak", "leak")
    when = Condition(at_least=AtLeast(count=2, of=of))
    nothing = names()
    assert lacking(when, names("numb"), names("leak")) == (nothing, nothing, 1, names("leak"))
    assert lacking(when, names("numb", "leak"), nothing) == every_answer.MET
    assert lacking(when, nothing, names("leak")) is None


def test_far_from_the_straight_path_one_of_those_alike_is_tried(dialogue: Dialogue) -> None:
    state = asking(dialogue, "weight_loss", page="unwell")
    near, far = Node(state, ()), Node(state, (), CLOSE + 1)
    home = Node(UserState(), (), CLOSE + 1)
    assert list(apart(dialogue, [near, near, far, far, home, home])) == [
        *(near, near, far, home, home)
    ]
