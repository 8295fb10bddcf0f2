"""The knowledge base that is shipped: complete, sourced, and as the clinical table has it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.core.knowledge import Knowledge, Outcome

# The rows of the clinical table; row 12 (old trauma, healed) is a guard and raises nothing.
ROWS = {str(row) for row in range(1, 36)}
PLUS_ROWS = {
    *("+ shingles", "+ clot", "+ cord", "+ self-harm", "+ fused spine", "+ after a fall"),
    *("+ ascending", "+ cold leg", "+ testicle", "+ red eye", "+ over 50", "+ over 20 weeks"),
    *("+ hard bump", "+ after a birth", "+ 12 months of a birth", "+ bleeding", "+ lump"),
    "+ periods",
}
STRETCHES = {
    *("child_pose", "sphinx", "single_knee_chest", "double_knee_chest", "trunk_rotation"),
    *("prone_press_up", "hamstring_seated", "knee_rolls_bed", "pelvic_tilt", "cat_camel"),
    *("bridge", "figure_four", "seated_twist", "lying_hug_side_bend", "crossed_leg_twist"),
    "standing_twist",
}
# What each article says of each stretch: (source, stretch) of the 22 instructions and one variant.
INSTRUCTIONS = {
    *(("ssor", "child_pose"), ("ssor", "sphinx")),
    *(("livestrong", "single_knee_chest"), ("livestrong", "double_knee_chest")),
    *(("livestrong", "trunk_rotation"), ("livestrong", "prone_press_up")),
    *(("livestrong", "hamstring_seated"), ("relieve_spasms", "knee_rolls_bed")),
    *(("relieve_spasms", "pelvic_tilt"), ("relieve_spasms", "single_knee_chest")),
    *(("relieve_spasms", "cat_camel"), ("relieve_spasms", "bridge")),
    *(("relieve_spasms", "child_pose"), ("spasm_stretches", "single_knee_chest")),
    *(("spasm_stretches", "double_knee_chest"), ("spasm_stretches", "pelvic_tilt")),
    *(("spasm_stretches", "cat_camel"), ("spasm_stretches", "child_pose")),
    *(("spasm_stretches", "figure_four"), ("spasm_stretches", "seated_twist")),
    *(("spasm_exercises", "lying_hug_side_bend"), ("spasm_exercises", "crossed_leg_twist")),
    ("spasm_exercises", "standing_twist"),
}
# The doses that the articles state: hold in seconds and repetitions, as (low, high).
STATED = {
    ("ssor", "child_pose"): ((30, 60), None),
    ("ssor", "sphinx"): ((30, 60), (3, 3)),
    ("livestrong", "single_knee_chest"): ((10, 10), (3, 5)),
    ("livestrong", "trunk_rotation"): ((3, 5), (5, 10)),
    ("livestrong", "prone_press_up"): ((30, 30), (3, 3)),
    ("livestrong", "hamstring_seated"): ((15, 15), (3, 3)),
    ("relieve_spasms", "knee_rolls_bed"): ((10, 10), None),
    ("relieve_spasms", "pelvic_tilt"): ((5, 10), (8, 10)),
    ("relieve_spasms", "single_knee_chest"): ((15, 20), None),
    ("relieve_spasms", "cat_camel"): (None, (5, 8)),
    ("relieve_spasms", "bridge"): ((5, 5), (8, 10)),
    ("relieve_spasms", "child_pose"): ((20, 30), None),
    ("spasm_stretches", "single_knee_chest"): ((20, 30), (2, 3)),
    ("spasm_stretches", "double_knee_chest"): ((20, 30), (2, 3)),
    ("spasm_stretches", "child_pose"): ((20, 30), (2, 3)),
    ("spasm_stretches", "figure_four"): ((20, 30), (2, 3)),
    ("spasm_stretches", "seated_twist"): ((20, 30), (2, 3)),
    ("spasm_exercises", "lying_hug_side_bend"): ((5, 5), (5, 5)),
    ("spasm_exercises", "crossed_leg_twist"): ((5, 5), (3, 3)),
}
CONFLICTS = 15


def test_every_row_of_the_clinical_table_is_there(knowledge: Knowledge) -> None:
    rows = {flag.row for flag in knowledge.flags} | {g.row for g in knowledge.guards}
    assert rows >= ROWS | PLUS_ROWS


def test_the_four_core_flags_are_marked(knowledge: Knowledge) -> None:
    core = Counter(flag.core for flag in knowledge.flags if flag.core)
    assert set(core) == {"legs", "bladder_bowel", "trauma", "two_weeks"}


def test_a_doubt_about_an_emergency_counts_as_yes(knowledge: Knowledge) -> None:
    doubtful = [f.id for f in knowledge.flags if f.outcome.is_emergency and f.not_sure != "yes"]
    assert doubtful == []


def test_flags_that_count_only_together_are_in_a_combination(knowledge: Knowledge) -> None:
    alone = {flag.id for flag in knowledge.flags if flag.outcome is Outcome.SELF_CARE}
    assert alone == {
        *("osteoporosis_or_steroids", "long_steroids", "blood_thinners", "fused_spine"),
    }


def test_all_sixteen_stretches_carry_every_dose_of_every_article(knowledge: Knowledge) -> None:
    doses = {(d.source, s.id): d for s in knowledge.stretches for d in s.dose.sources}
    assert {stretch.id for stretch in knowledge.stretches} == STRETCHES
    assert set(doses) >= INSTRUCTIONS
    stated = {key: (doses[key].hold, doses[key].repetitions) for key in STATED}
    assert stated == STATED


def test_the_two_seated_twists_turn_opposite_ways_and_stay_apart(knowledge: Knowledge) -> None:
    steps = {s.id: " ".join(s.steps).lower() for s in knowledge.stretches}
    assert "to the right, toward the raised knee" in steps["seated_twist"]
    assert "right leg is now on top" in steps["crossed_leg_twist"]
    assert "to the left, away from the leg on top" in steps["crossed_leg_twist"]


def test_every_conflict_between_sources_is_settled(knowledge: Knowledge) -> None:
    assert len(knowledge.conflicts) == CONFLICTS


def test_at_least_sixty_countries_have_a_number_a_source_and_a_date(knowledge: Knowledge) -> None:
    assert len(knowledge.emergency_numbers) >= 60
    assert all(entry.sources and entry.date for entry in knowledge.emergency_numbers)


def test_nobody_has_reviewed_anything_yet(knowledge: Knowledge) -> None:
    reviews = [entry.review for entry in (*knowledge.flags, *knowledge.traits)]
    reviews += [entry.review for entry in knowledge.combinations]
    reviews += [entry.review for entry in knowledge.stretches]
    assert {review.reviewer for review in reviews} == {"none yet"}


@pytest.mark.slow
def test_check_says_what_it_checked() -> None:
    done = CliRunner().invoke(app, ["check"])
    assert done.exit_code == 0
    assert "knowledge is sound" in done.output


@pytest.mark.slow
def test_check_as_json_lists_flags_stretches_and_sources(knowledge: Knowledge) -> None:
    done = CliRunner().invoke(app, ["check", "--json"])
    listed = json.loads(done.output)
    assert [flag["id"] for flag in listed["flags"]] == [flag.id for flag in knowledge.flags]
    assert {stretch["id"] for stretch in listed["stretches"]} == STRETCHES
    assert all(flag["sources"] for flag in listed["flags"])
