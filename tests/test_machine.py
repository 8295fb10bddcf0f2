"""The dialogue walked exhaustively by `unknot verify`, and the mistakes that it must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from bot.adapters import verifying
from bot.adapters.conversations import parse
from bot.adapters.verifying import fits, verified
from bot.core import dialogue as dialogue_module
from bot.core import verify
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Combination, Condition, Easing, Knowledge, Outcome
from bot.core.messages import Button, Event, Press, Reply, Text, Tick
from bot.core.stages import commands, hearing, pressing, routine
from bot.core.stages.flow import Turn
from bot.core.state import Asking, Facts, Plan, Stretching, UserState, dump
from bot.core.stretches import plan
from bot.core.triage import Rulebook, assess
from bot.core.verify import AT, MOST_PROBLEMS, Report, walked
from tests.core.person import YES

pytestmark = pytest.mark.slow

Patch = pytest.MonkeyPatch


def found(dialogue: Dialogue) -> list[str]:
    """What is wrong along the straight path, and with all that can happen beside it."""
    report, nodes = walked(dialogue, 0, fits)
    beside = islice(verify.tried(dialogue, nodes, fits, report), MOST_PROBLEMS)
    return [problem.what for problem in (*report.problems, *beside)]


def walking(dialogue: Dialogue, deviations: int = 0) -> list[str]:
    """What is wrong on a walk, and with what it is led to."""
    report, nodes = walked(dialogue, deviations, fits)
    led = verify.whole(dialogue, nodes, report, fits)
    return [problem.what for problem in (*report.problems, *led)]


def test_no_promise_is_broken_with_one_deviation_from_the_all_clear_path(
    dialogue: Dialogue,
) -> None:
    report, nodes = walked(dialogue, 1, fits)
    assert [*report.problems, *verify.whole(dialogue, nodes, report, fits)] == []
    assert report.states > 1000
    assert set(report.taps) == set(Outcome)
    straight = [node for node in nodes if node.deviations == 0]
    assert list(verify.tried(dialogue, straight, fits, report)) == []


def test_all_processors_together_find_what_one_finds(
    knowledge: Knowledge, monkeypatch: Patch
) -> None:
    silent = {"help", "why"}

    def run(c, state, event):  # type: ignore[no-untyped-def]
        return (state, ()) if event.name in silent else carried_out(c, state, event)

    carried_out = commands.run
    monkeypatch.setattr(commands, "run", run)
    # Every answer to every question takes a minute; tests/test_every_answer.py tries a part.
    monkeypatch.setattr(verifying, "answered", lambda dialogue, fits: (Report(merged=3), []))
    alone = verified(Dialogue(knowledge), 0, processes=1)
    together = verified(Dialogue(knowledge), 0, processes=2)
    assert alone.merged == together.merged == 3
    assert {p.what for p in alone.problems} == {p.what for p in together.problems} == {"no answer"}


# -- planted mistakes ----------------------------------------------------------------------------


def hasty(c, state, at):  # type: ignore[no-untyped-def]
    """A stage that forgets the gate."""
    made = plan(c.book, state.facts, (), at, 5)
    return replace(state, stage=Stretching(made)), (c.wording.overview(made),)


def test_a_stage_that_forgets_the_gate_shows_no_stretch_all_the_same(
    dialogue: Dialogue, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(routine, "wanted", hasty)
    assert found(dialogue) == []


def test_a_stretch_before_the_screening_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    monkeypatch.setattr(routine, "wanted", hasty)
    monkeypatch.setattr(dialogue_module, "may_stretch", lambda *_: True)
    assert "a stretch before every sign was denied, or with a flag open" in found(dialogue)


def test_words_that_take_a_sign_back_are_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    heard = hearing.heard

    def forgetful(c, state, text, at):  # type: ignore[no-untyped-def]
        state, replies = heard(c, state, text, at)
        return replace(state, facts=state.facts.without(gone, frozenset())), replies

    gone = frozenset({"blood_thinners"})
    monkeypatch.setattr(hearing, "heard", forgetful)
    report, nodes = walked(dialogue, 1)
    ticked = [n for n in nodes if "blood_thinners" in n.state.facts.findings and n.deviations][:20]
    problems = verify.tried(dialogue, ticked, fits, report)
    assert "words took a sign back" in {problem.what for problem in problems}


def test_an_outcome_that_becomes_milder_by_itself_is_found(
    dialogue: Dialogue, monkeypatch: Patch
) -> None:
    report, nodes = walked(dialogue, 1)
    flagged = [node for node in nodes if assess(dialogue.book, node.state.facts).because]

    def forgetful(c, state, event):  # type: ignore[no-untyped-def]
        return replace(state, facts=UserState().facts), (c.wording.plain("help"),)

    monkeypatch.setattr(commands, "run", forgetful)
    problems = verify.tried(dialogue, flagged[:3], fits, report)
    assert "the outcome became milder by itself" in {problem.what for problem in problems}


def test_words_of_danger_that_are_not_heard_are_found(
    dialogue: Dialogue, monkeypatch: Patch
) -> None:
    def deaf(c, state, text, at):  # type: ignore[no-untyped-def]
        return state, (c.wording.plain("help"),)

    monkeypatch.setattr(hearing, "heard", deaf)
    assert any("were not heard" in what for what in found(dialogue))


def test_silence_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    monkeypatch.setattr(commands, "run", lambda c, state, event: (state, ()))
    assert "no answer" in found(dialogue)


def test_an_old_button_that_answers_another_question_is_found(
    dialogue: Dialogue, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(
        pressing, "stale", lambda c, state, at: (replace(state, stage=UserState().stage), ())
    )
    assert "an old button changed something" in found(dialogue)


def test_a_restart_that_loses_something_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    def lossy(state: UserState) -> dict[str, Any]:
        return dump(replace(state, zone=None, consent_at=None))

    monkeypatch.setattr(verify, "dump", lossy)
    assert "a restart changed something" in found(dialogue)


def test_a_state_with_no_way_on_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    begin = routine.begin

    def trap(c, state, minutes, at):  # type: ignore[no-untyped-def]
        state, replies = begin(c, state, minutes, at)
        return state, tuple(replace(reply, buttons=()) for reply in replies)

    monkeypatch.setattr(routine, "begin", trap)
    assert any("never come to an end" in what for what in walking(dialogue))


def test_a_message_too_long_for_telegram_is_found(dialogue: Dialogue) -> None:
    report, _ = walked(dialogue, 0, lambda reply: len(reply.lines) < 8)
    assert any("does not fit into Telegram" in problem.what for problem in report.problems)


def test_a_button_twice_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    def twice(c, state, event):  # type: ignore[no-untyped-def]
        button = Button("One", "a.b.c")
        return state, (Reply("twice", (), ((button, button),)),)

    monkeypatch.setattr(commands, "run", twice)
    assert "a button twice, or too long" in found(dialogue)


def test_an_emergency_card_with_buttons_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    step = Dialogue.step

    def tempting(self, state, event):  # type: ignore[no-untyped-def]
        state, replies = step(self, state, event)
        away = ((Button("Away", "a.b.c"),),)
        return state, tuple(
            replace(reply, buttons=away) if reply.safety else reply for reply in replies
        )

    monkeypatch.setattr(Dialogue, "step", tempting)
    assert "an emergency card with buttons" in walking(dialogue)


def spoil(monkeypatch: Patch, how: Callable[[UserState, Event, Turn], Turn]) -> None:
    """From now on each step makes one mistake more."""
    step = Dialogue.step
    monkeypatch.setattr(
        Dialogue, "step", lambda self, state, event: how(state, event, step(self, state, event))
    )


def test_silence_on_a_tap_and_on_words_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    def silent(state: UserState, event: Event, turn: Turn) -> Turn:
        return (turn[0], ()) if isinstance(event, Press | Text) else turn

    spoil(monkeypatch, silent)
    report, nodes = walked(dialogue, 0)
    assert "no answer" in {problem.what for problem in report.problems}
    assert "no answer" in {p.what for p in verify.tried(dialogue, nodes[:1], fits, report)}


def test_a_tap_that_leads_nowhere_ends_the_walk_all_the_same(
    dialogue: Dialogue, monkeypatch: Patch
) -> None:
    def stuck(state: UserState, event: Event, turn: Turn) -> Turn:
        asking = isinstance(state.stage, Asking) and isinstance(event, Press)
        return (state, (dialogue.context.wording.plain("stale"),)) if asking else turn

    spoil(monkeypatch, stuck)
    assert len(list(verify._led(dialogue, frozenset({"saddle_numbness"})))) > 20


def test_a_routine_beside_a_flag_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    flagged = Facts({"saddle_numbness": YES})

    def stubborn(state: UserState, event: Event, turn: Turn) -> Turn:
        stage = Stretching(Plan(AT, 5, ()))
        return replace(turn[0], stage=stage, facts=flagged), turn[1]

    spoil(monkeypatch, stubborn)
    report, _ = walked(dialogue, 1)
    assert "a routine goes on with a flag open" in {problem.what for problem in report.problems}


def test_a_stretch_that_the_clock_brings_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    def hasty_clock(state: UserState, event: Event, turn: Turn) -> Turn:
        shown = Reply("x", (), stretches=("child_pose",))
        return (turn[0], (shown,)) if isinstance(event, Tick) else turn

    spoil(monkeypatch, hasty_clock)
    assert "a stretch before every sign was denied, or with a flag open" in found(dialogue)


def test_an_outcome_that_one_more_flag_lowers_is_found(
    dialogue: Dialogue, monkeypatch: Patch
) -> None:
    def fewer(book: Rulebook, state: UserState) -> int:
        return -len(book.present(state.facts) & book.flags.keys())

    monkeypatch.setattr(verify, "_urgency", fewer)
    report, _ = walked(dialogue, 1)
    assert "one more flag lowered the outcome" in {problem.what for problem in report.problems}


def changed(knowledge: Knowledge, **update: object) -> Knowledge:
    return knowledge.model_copy(update=update)


def test_a_rule_that_cannot_fire_is_found(knowledge: Knowledge) -> None:
    dead = knowledge.combinations[0].model_copy(
        update={"id": "dead", "when": Condition(all=("strain_onset", "preventing"))}
    )
    assert isinstance(dead, Combination)
    more = changed(knowledge, combinations=(*knowledge.combinations, dead))
    assert "the rule dead never fires" in walking(Dialogue(more))


def test_a_question_that_nobody_is_asked_is_found(knowledge: Knowledge) -> None:
    never = Condition(all=("strain_onset", "preventing"))
    questions = tuple(
        one.model_copy(update={"when": never}) if one.id == "eases" else one
        for one in knowledge.questions
    )
    assert "the question eases is never asked" in walking(
        Dialogue(changed(knowledge, questions=questions))
    )


def test_an_outcome_too_many_taps_away_is_found(dialogue: Dialogue, monkeypatch: Patch) -> None:
    monkeypatch.setattr(verify, "MOST_TAPS", 5)
    assert any("takes more than 5 taps" in what for what in walking(dialogue))


def test_a_flag_that_eases_another_one_is_found(knowledge: Knowledge) -> None:
    easing = Easing(
        outcome=Outcome.SELF_CARE, when=Condition(all=("fever_or_infection",)), why="Because."
    )
    flags = tuple(
        one.model_copy(update={"eased": easing}) if one.id == "numbness_leg" else one
        for one in knowledge.flags
    )
    what = walking(Dialogue(changed(knowledge, flags=flags)))
    assert "another flag eases numbness_leg" in what


def test_a_broken_promise_is_told_as_a_conversation_file(
    dialogue: Dialogue, monkeypatch: Patch, tmp_path: Any
) -> None:
    monkeypatch.setattr(pressing, "stale", lambda c, state, at: (UserState(), ()))
    report, nodes = walked(dialogue, 0)
    problems = [*verify.tried(dialogue, nodes, fits, report)]
    shortest = min(problems, key=lambda problem: len(problem.inputs))
    file = tmp_path / "broken.txt"
    file.write_text(shortest.conversation(), encoding="utf-8")
    read = parse(file)
    assert read.at == AT
    assert read.entries[0].keyword == "you"
