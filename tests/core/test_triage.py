"""Facts to the next question and to the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

import pytest

from bot.core.knowledge import Choice, Combination, Flag, Outcome, Page
from bot.core.state import (
    Answer,
    Asking,
    Chosen,
    Cleared,
    Facts,
    Found,
    Home,
    Plan,
    PlanItem,
    Reviewing,
    Stretching,
    UserState,
)
from bot.core.triage import (
    Rulebook,
    applicable,
    assess,
    clear,
    fitted,
    is_answered,
    may_stretch,
    next_step,
    not_asked,
    progress,
    raising_step,
    record,
    undenied,
)
from tests.core.person import BOOK, MONDAY, NO, UNSURE, YES, facts_with

FLAGS = BOOK.knowledge.flags
COMBINATIONS = BOOK.knowledge.combinations
CLEARED = Cleared(MONDAY, Outcome.SAME_DAY)

LEVELS = {
    "E1": Outcome.EMERGENCY_CALL,
    "E2": Outcome.EMERGENCY_GO,
    "SD": Outcome.SAME_DAY,
    "CD": Outcome.CLINICIAN_DAYS,
    "CL": Outcome.CLINICIAN_ROUTINE,
    "SC": Outcome.SELF_CARE,
}

# clinical.md section 1, row by row: what is there, and the level that the row gives it.
# The paragraph below the table overrides where it is more urgent (rows 7, 17 and 19).
TABLE: dict[str, dict[str, str]] = {
    "1": {"saddle_numbness": "E2"},
    "2": {"bladder_retention": "E2"},
    "3": {"bladder_leak": "E2"},
    "4": {"bowel_incontinence": "E2"},
    "5": {
        "sexual_dysfunction": "SD",
        "sexual_dysfunction + numbness_leg": "E2",
        "sexual_dysfunction + weakness_leg": "E2",
    },
    "6": {"bilateral_leg_symptoms": "E2"},
    "7": {"weakness_fast": "E2", "weakness_leg": "SD"},
    "8": {
        "numbness_leg": "CD",
        "numbness_leg + weakness_leg": "SD",
        "numbness_leg + worsening_progressive": "SD",
        "numbness_leg + numbness_complete": "SD",
    },
    "9": {
        "trauma_severe": "E2",
        "trauma_severe + numbness_leg": "E1",
        "trauma_severe + weakness_leg": "E1",
        "trauma_severe + saddle_numbness": "E1",
    },
    "10": {
        "trauma": "SD",
        "osteoporosis_or_steroids": "SC",
        "trauma + osteoporosis_or_steroids": "SD",
        "trauma + age_over_70": "SD",
        "thin_bones_sudden_pain": "SD",
        "strain_onset + osteoporosis_or_steroids": "SD",
        "strain_onset + long_steroids": "SD",
        "strain_onset + age_over_70": "SD",
        "trauma + numbness_leg": "E2",
    },
    "11": {"spine_change": "SD"},
    "12": {},
    "13": {
        "cancer_history": "CD",
        "cancer_history + active_cancer": "SD",
        "cancer_history + numbness_leg": "SD",
        "cancer_history + night_or_rest_pain": "SD",
    },
    "14": {"weight_loss": "SD"},
    "15": {
        "constant_pain": "SD",
        "night_or_rest_pain": "CD",
        "night_or_rest_pain + cancer_history": "SD",
        "night_or_rest_pain + weight_loss": "SD",
        "night_or_rest_pain + fever_or_infection": "SD",
    },
    "16": {"fever_or_infection": "SD", "sepsis_signs": "E1"},
    "17": {
        "iv_drug_or_immunosuppressed": "CD",
        "iv_drug_or_immunosuppressed + fever_or_infection": "SD",
        "iv_drug_or_immunosuppressed + severe_pain": "SD",
        "iv_drug_or_immunosuppressed + pain_severe": "SD",
        "iv_drug_or_immunosuppressed + numbness_leg": "E2",
        "iv_drug_or_immunosuppressed + injected_drugs_or_no_spleen + fever_or_infection": "E2",
        "recent_spinal_surgery": "CD",
        "recent_spinal_surgery + fever_or_infection": "E2",
        "recent_spinal_surgery + pain_severe": "SD",
        "recent_spinal_surgery + weakness_leg": "E2",
    },
    "18": {"aneurysm_leak": "E1"},
    "19": {
        "pulsing_tummy": "E2",
        "known_aneurysm": "E2",
        "pulsing_tummy + known_aneurysm": "E1",
    },
    "20": {"aortic_tear": "E1"},
    "21": {"chest_pain_or_breathless": "E1"},
    "22": {"collapse_or_stroke": "E1"},
    "23": {"urinary_symptoms": "SD"},
    "24": {"upper_tummy_vomiting": "E2"},
    "25": {"thoracic_pain": "SD", "thoracic_pain + pain_mild + strain_onset + eases_moving": "CD"},
    "26": {
        "pregnancy_bleeding_or_labour": "E2",
        "pregnancy_heavy_bleeding": "E1",
        "pregnancy + severe_pain": "E2",
        "pregnancy + pain_severe": "E2",
    },
    "27": {"pregnancy": "CL"},
    "28": {"under_18": "CD"},
    "29": {
        "first_pain_over_50": "CL",
        "first_pain_over_50 + age_over_70 + strain_onset": "SD",
        "first_pain_over_50 + cancer_history": "SD",
        "first_pain_over_50 + pulsing_tummy": "E2",
    },
    "30": {
        "blood_thinners": "SC",
        "blood_thinners + severe_pain": "SD",
        "blood_thinners + pain_severe": "SD",
        "blood_thinners + trauma": "SD",
        "blood_thinners + numbness_leg": "E2",
    },
    "31": {
        "long_steroids": "SC",
        "long_steroids + trauma": "SD",
        "long_steroids + fever_or_infection": "SD",
        "long_steroids + pain_severe": "SD",
    },
    "32": {"inflammatory_pattern": "CL"},
    "33": {
        "duration_over_2_weeks": "CL",
        "duration_over_2_weeks + not_improving": "CD",
        "duration_over_2_weeks + worsening_progressive": "CD",
        "over_6_weeks + not_improving": "CD",
        "worsening_progressive": "CD",
    },
    "34": {
        "cough_worse": "CD",
        "cough_worse + leg_pain": "SD",
        "cough_worse + numbness_leg": "SD",
    },
    "35": {"severe_pain": "SD"},
    "+ shingles": {"shingles_rash": "SD"},
    "+ clot": {"leg_swelling": "SD", "leg_swelling + chest_pain_or_breathless": "E1"},
    "+ cord": {"cord_signs": "SD", "cord_signs + bladder_leak": "E2"},
    "+ self-harm": {"suicidal_or_crisis": "SD", "harm_now": "E1"},  # by cards, at once
    "+ fused spine": {
        "fused_spine": "SC",
        "fused_spine_jolt": "E1",
        "fused_spine_sudden_pain": "E2",
        "fused_spine + trauma": "E1",
        "fused_spine + trauma_severe": "E1",
        "fused_spine + strain_onset": "E2",
    },
    "+ after a fall": {"cannot_stand_after_fall": "E1"},
    "+ ascending": {
        "ascending_weakness": "E2",
        "ascending_weakness + chest_pain_or_breathless": "E1",
    },
    "+ cold leg": {"cold_leg": "E2"},
    "+ testicle": {"testicle_pain": "E2"},
    "+ red eye": {"red_eye": "SD"},
    "+ over 50": {
        "shoulder_hip_stiffness": "CD",
        "headache_or_scalp": "SD",
        "sight_change": "E2",
    },
    "+ over 20 weeks": {"preeclampsia": "E2"},
    "+ hard bump": {"pregnancy_hard_bump_or_ectopic": "E1"},
    "+ after a birth": {
        "postnatal_fever": "E2",
        "postnatal_bleeding_or_breathless": "E1",
    },
    "+ 12 months of a birth": {"postnatal_back_pain": "SD"},
    "+ bleeding": {"bleeding": "CD", "heavy_bleeding": "E2", "gut_bleeding": "E2"},
    "+ lump": {"growing_lump": "CD"},
    "+ periods": {"period_pain": "CL"},
}
CASES = [(row, there, level) for row, part in TABLE.items() for there, level in part.items()]

RULE_ROWS = {flag.row for flag in FLAGS} | {entry.row for entry in COMBINATIONS}

# Rows for which the knowledge base has a look-alike guard or a trait instead of a flag.
WITHOUT_FLAG = {"12"}


def minimal_sets(combination: Combination) -> Iterator[frozenset[str]]:
    """The smallest sets of findings for which a combination holds."""
    when = combination.when
    ones: list[tuple[str, ...]] = [(name,) for name in when.any] or [()]
    many: list[tuple[str, ...]] = [()]
    if when.at_least:
        many = list(combinations(when.at_least.of, when.at_least.count))
    for one, some in product(ones, many):
        yield frozenset((*when.all, *one, *some))


MINIMAL = [(entry, names) for entry in COMBINATIONS for names in minimal_sets(entry)]


def all_denied(book: Rulebook, *there: str) -> Facts:
    """Every flag denied but those that are there."""
    return facts_with(book, *there, denied=book.flags)


# -- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("row", "there", "level"), CASES, ids=[f"{r}: {t}" for r, t, _ in CASES])
def test_each_row_of_the_clinical_table_reaches_its_level(
    row: str, there: str, level: str
) -> None:
    facts = facts_with(BOOK, *there.split(" + "))
    assert assess(BOOK, facts).outcome is LEVELS[level], row


def test_the_table_holds_35_rows_and_all_further_ones() -> None:
    numbered = {row for row in TABLE if not row.startswith("+")}
    assert numbered == {str(number) for number in range(1, 36)}
    assert len(TABLE) - len(numbered) == 18


@pytest.mark.parametrize("row", sorted(set(TABLE) - WITHOUT_FLAG))
def test_each_row_is_in_the_knowledge_base(row: str) -> None:
    assert row in RULE_ROWS


def test_every_flag_and_combination_belongs_to_a_row_of_the_table() -> None:
    assert set(TABLE) >= RULE_ROWS


def test_an_old_healed_injury_is_a_guard_and_no_flag() -> None:
    guards = [guard for guard in BOOK.knowledge.guards if guard.row == "12"]
    assert {name for guard in guards for name in guard.guards} == {"trauma", "trauma_severe"}


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.id)
def test_every_flag_is_given_its_level_by_the_table(flag: Flag) -> None:
    expected = TABLE[flag.row].get(flag.id)
    alone = assess(BOOK, facts_with(BOOK, flag.id)).outcome
    assert alone is flag.outcome
    if expected is not None:
        assert alone is LEVELS[expected]
    else:
        assert any(flag.id in there.split(" + ") for there in TABLE[flag.row]), (
            f"{flag.id} stands in no case of row {flag.row}"
        )


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda entry: entry.id)
def test_every_combination_fires_for_each_of_its_smallest_sets(combination: Combination) -> None:
    for names in minimal_sets(combination):
        verdict = assess(BOOK, facts_with(BOOK, *names))
        fired = {entry.rule.id: entry.outcome for entry in verdict.because}
        assert fired[combination.id] is combination.outcome, names
        most = max(outcome.urgency for outcome in fired.values())
        assert verdict.outcome.urgency == most >= combination.outcome.urgency, names


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda entry: entry.id)
def test_every_combination_decides_the_outcome_for_some_set(combination: Combination) -> None:
    reached = {
        assess(BOOK, facts_with(BOOK, *names)).outcome for names in minimal_sets(combination)
    }
    assert combination.outcome in reached


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda entry: entry.id)
def test_a_combination_needs_each_of_its_parts(combination: Combination) -> None:
    for name in combination.when.all:
        rest = combination.when.names() - {name}
        fired = {entry.rule.id for entry in assess(BOOK, facts_with(BOOK, *rest)).because}
        assert combination.id not in fired


# -- the verdict ---------------------------------------------------------------------------------


def test_nothing_said_is_self_care_without_a_reason() -> None:
    verdict = assess(BOOK, Facts())
    assert verdict.outcome is Outcome.SELF_CARE
    assert verdict.because == ()
    assert not verdict.interrupts


def test_all_denied_is_self_care() -> None:
    assert assess(BOOK, all_denied(BOOK)).outcome is Outcome.SELF_CARE


def test_the_verdict_is_the_most_urgent_of_all_rules() -> None:
    for first, second in combinations(FLAGS, 2):
        verdict = assess(BOOK, facts_with(BOOK, first.id, second.id))
        urgencies = [entry.outcome.urgency for entry in verdict.because]
        assert urgencies == sorted(urgencies, reverse=True)
        assert verdict.outcome.urgency == max(urgencies, default=0)


def test_an_emergency_stops_the_questions_and_others_do_not() -> None:
    for flag in FLAGS:
        verdict = assess(BOOK, facts_with(BOOK, flag.id))
        assert verdict.interrupts is (flag.outcome.is_emergency or flag.at_once), flag.id


def test_thoughts_of_self_harm_are_met_at_once_with_the_crisis_card() -> None:
    verdict = assess(BOOK, facts_with(BOOK, "suicidal_or_crisis"))
    assert verdict.interrupts
    assert verdict.card == "crisis"


def test_a_card_of_a_milder_rule_does_not_replace_a_more_urgent_outcome() -> None:
    verdict = assess(BOOK, facts_with(BOOK, "suicidal_or_crisis", "chest_pain_or_breathless"))
    assert verdict.outcome is Outcome.EMERGENCY_CALL
    assert verdict.card is None


def test_signs_in_pregnancy_show_the_way_to_the_labour_unit() -> None:
    for name in ("pregnancy_bleeding_or_labour", "preeclampsia"):
        assert assess(BOOK, facts_with(BOOK, "pregnancy", name)).card == "labour"


def test_a_flag_that_eases_names_answers_about_the_person_only() -> None:
    eased = [flag for flag in FLAGS if flag.eased]
    assert eased
    for flag in eased:
        assert flag.eased is not None
        assert not flag.eased.when.names() & set(BOOK.flags)
        assert flag.eased.outcome.urgency < flag.outcome.urgency


def test_an_eased_flag_keeps_its_level_until_every_easing_answer_is_there() -> None:
    for flag in FLAGS:
        if flag.eased is None:
            continue
        names = flag.eased.when.all
        assert assess(BOOK, facts_with(BOOK, flag.id, *names)).outcome is flag.eased.outcome
        for missing in names:
            rest = [name for name in names if name != missing]
            assert assess(BOOK, facts_with(BOOK, flag.id, *rest)).outcome is flag.outcome


def test_no_flag_eases_another_one() -> None:
    for flag in FLAGS:
        if flag.eased is None:
            continue
        for other in FLAGS:
            if other.id == flag.id:
                continue
            facts = facts_with(BOOK, flag.id, other.id)
            outcomes = {entry.rule.id: entry.outcome for entry in assess(BOOK, facts).because}
            assert outcomes[flag.id] is flag.outcome


# -- not sure ------------------------------------------------------------------------------------


def test_not_sure_counts_as_the_knowledge_base_says() -> None:
    for name, finding in BOOK.findings.items():
        unsure = Facts({name: UNSURE})
        counts = name in BOOK.present(unsure)
        assert counts is (finding.not_sure == "yes"), name
        as_yes = assess(BOOK, Facts({name: YES})).outcome
        expected = as_yes if counts else Outcome.SELF_CARE
        assert assess(BOOK, unsure).outcome is expected, name


def test_not_sure_counts_as_yes_for_every_emergency_item_and_core_flag() -> None:
    emergency = {name for page in BOOK.pages.values() if page.emergency for name in page.items}
    for flag in FLAGS:
        if flag.id in emergency or flag.core or flag.outcome.is_emergency:
            assert flag.not_sure == "yes", flag.id


@pytest.mark.parametrize("question", BOOK.knowledge.questions, ids=lambda entry: entry.id)
def test_not_sure_about_a_choice_never_denies_a_flag_for_which_not_sure_counts_as_yes(
    question: Choice,
) -> None:
    for name in question.unsure.has_not:
        flag = BOOK.flags.get(name)
        assert flag is None or flag.not_sure == "no", (
            f"{question.id}: 'I am not sure' is recorded as a no to {name}, "
            "whose own entry says that not sure counts as yes"
        )


# -- promise 3: one more flag never lowers the outcome -------------------------------------------


COMBINING = [
    flag.id
    for flag in FLAGS
    if flag.eased or any(flag.id in entry.when.names() for entry in COMBINATIONS)
]


def urgency(*names: str) -> int:
    return assess(BOOK, Facts(dict.fromkeys(names, YES))).outcome.urgency


def check_pairs_and_one_more(names: list[str]) -> None:
    one = {name: urgency(name) for name in names}
    two = {pair: urgency(*pair) for pair in combinations(names, 2)}
    for (first, second), found in two.items():
        assert found >= max(one[first], one[second]), (first, second)
    for first, second, third in combinations(names, 3):
        before = max(two[first, second], two[first, third], two[second, third])
        assert urgency(first, second, third) >= before, (first, second, third)


def test_one_more_flag_never_lowers_the_outcome_among_those_that_combine() -> None:
    check_pairs_and_one_more(COMBINING)


def test_a_second_flag_never_lowers_the_outcome() -> None:
    one = {flag.id: urgency(flag.id) for flag in FLAGS}
    for first, second in combinations(one, 2):
        assert urgency(first, second) >= max(one[first], one[second]), (first, second)


@pytest.mark.slow
def test_one_more_flag_never_lowers_the_outcome_of_any_pair() -> None:
    check_pairs_and_one_more([flag.id for flag in FLAGS])


def test_one_more_flag_never_lowers_what_a_combination_gives() -> None:
    for _, names in MINIMAL:
        facts = facts_with(BOOK, *names)
        before = assess(BOOK, facts).outcome.urgency
        for flag in FLAGS:
            after = assess(BOOK, facts.answered(flag.id, YES)).outcome.urgency
            assert after >= before, (sorted(names), flag.id)


def test_one_more_flag_never_lowers_an_eased_outcome() -> None:
    for flag in FLAGS:
        if flag.eased is None:
            continue
        facts = facts_with(BOOK, flag.id, *flag.eased.when.all)
        before = assess(BOOK, facts).outcome.urgency
        for other in FLAGS:
            after = assess(BOOK, facts.answered(other.id, YES)).outcome.urgency
            assert after >= before, (flag.id, other.id)


# -- questions -----------------------------------------------------------------------------------


def answered(facts: Facts, step: Page | Choice) -> Facts:
    """The facts after the mildest answer to a step."""
    if isinstance(step, Page):
        return facts.denied(step.items, NO)
    for option in step.options:
        if not set(option.has) & set(BOOK.flags):
            facts = facts.chose(step.id, Chosen(option.id, MONDAY))
            return facts.denied([n for n in option.has_not if n in BOOK.findings], NO)
    raise AssertionError(f"every option of {step.id} states a flag")


def asked_in_order(facts: Facts, *, routine: bool) -> list[str]:
    asked = []
    while (step := next_step(BOOK, facts, routine=routine)) is not None:
        asked.append(step.id)
        facts = answered(facts, step)
        assert is_answered(step, facts)
    return asked


def test_questions_come_in_the_order_of_the_knowledge_base() -> None:
    asked = asked_in_order(Facts(), routine=True)
    order = [step for step in BOOK.knowledge.order if step in asked]
    assert asked == order


def test_questions_that_only_shape_a_routine_wait_for_the_triage() -> None:
    short = asked_in_order(Facts(), routine=False)
    assert not any(BOOK.steps[step].routine_only for step in short)
    full = asked_in_order(Facts(), routine=True)
    assert set(short) < set(full)


LATE = {
    option.id: step
    for step in BOOK.order
    if isinstance(step, Choice) and step.routine_only
    for option in step.options
    if option.id in {"p9", "nothing", "high", "leg"}
}
MILD = [name for name, found in BOOK.findings.items() if name in BOOK.page_of]


def said(step: Page | Choice, facts: Facts, there: str, late: str) -> Facts:
    """The facts after the answer of someone who has this sign, and says this in the end."""
    if isinstance(step, Page):
        signs = {there, "severe_pain"} if late == "p9" else {there}
        facts = facts.denied(step.items, NO)
        return replace(
            facts, findings={**facts.findings, **dict.fromkeys(signs & {*step.items}, YES)}
        )
    if LATE[late] is not step:
        return answered(facts, step)
    option = BOOK.options[step.id, late]
    found = {name: YES for name in option.has if name in BOOK.findings}
    facts = facts.chose(step.id, Chosen(late, MONDAY))
    return replace(facts, findings={**facts.findings, **found})


def ended(there: str, late: str, *, all_asked: bool) -> Outcome:
    """The outcome when the questions end as in the dialogue, or only after all of them."""
    facts = Facts()
    while True:
        verdict = assess(BOOK, facts)
        if verdict.interrupts:
            return verdict.outcome
        step = next_step(BOOK, facts, routine=all_asked)
        if step is None and verdict.outcome is Outcome.SELF_CARE:
            step = next_step(BOOK, facts, routine=True)
        step = step or raising_step(BOOK, facts)
        if step is None:
            return verdict.outcome
        facts = said(step, facts, there, late)


@pytest.mark.parametrize("late", LATE)
def test_a_mild_sign_never_hides_pain_that_needs_care_today(late: str) -> None:
    for there in MILD:
        assert ended(there, late, all_asked=False) is ended(there, late, all_asked=True), there


def test_emergency_pages_that_concern_everyone_come_before_all_other_signs() -> None:
    asked = asked_in_order(Facts(), routine=True)
    pages = [BOOK.pages[step] for step in asked if step in BOOK.pages]
    first_other = next(place for place, page in enumerate(pages) if not page.emergency)
    assert not any(page.emergency for page in pages[first_other:])
    assert first_other >= 2


CONDITIONAL = [step for step in BOOK.order if step.when is not None]


@pytest.mark.parametrize("step", CONDITIONAL, ids=lambda step: step.id)
def test_a_question_is_asked_only_of_those_whom_it_concerns(step: Page | Choice) -> None:
    assert step.when is not None
    assert step not in applicable(BOOK, Facts())
    assert step.id not in asked_in_order(Facts(), routine=True)
    smallest = [*step.when.all, *step.when.any[:1]]
    assert step in applicable(BOOK, facts_with(BOOK, *smallest))
    for name in step.when.any:
        assert step in applicable(BOOK, facts_with(BOOK, *step.when.all, name))
    for name in step.when.all:
        rest = [other for other in step.when.all if other != name]
        assert step not in applicable(BOOK, facts_with(BOOK, *rest))


def test_a_page_is_open_until_each_item_is_answered() -> None:
    for page in BOOK.pages.values():
        for missing in page.items:
            rest = Facts().denied([name for name in page.items if name != missing], NO)
            assert not is_answered(page, rest)


def test_progress_counts_up_to_the_last_question() -> None:
    facts = Facts()
    seen = []
    while (step := next_step(BOOK, facts, routine=True)) is not None:
        at, total = progress(BOOK, facts, step.id)
        assert 1 <= at <= total
        seen.append((at, total))
        facts = answered(facts, step)
    assert [at for at, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][0] == seen[-1][1]


def test_progress_of_a_question_that_no_longer_concerns_stays_within_the_total() -> None:
    at, total = progress(BOOK, Facts(), "cancer_detail")
    assert at <= total


def test_flags_without_an_answer_are_listed_as_not_asked() -> None:
    assert not_asked(BOOK, Facts()) == [flag.id for flag in FLAGS]
    assert "trauma" not in not_asked(BOOK, facts_with(BOOK, denied=["trauma"]))


# -- the gate ------------------------------------------------------------------------------------

ALWAYS_EMERGENCY = [
    name
    for page in BOOK.pages.values()
    if page.emergency and page.when is None
    for name in page.items
]
CORE = [flag.id for flag in FLAGS if flag.core and flag.id not in ALWAYS_EMERGENCY]
# Asked only beside a numb leg, which holds stretches back by itself.
REQUIRED = [name for name in (*ALWAYS_EMERGENCY, *CORE) if name != "numbness_complete"]


def test_all_required_denied_opens_the_gate() -> None:
    assert may_stretch(BOOK, facts_with(BOOK, denied=REQUIRED))


def test_nothing_answered_keeps_the_gate_shut() -> None:
    assert not may_stretch(BOOK, Facts())
    assert set(undenied(BOOK, Facts())) == set(REQUIRED)


@pytest.mark.parametrize("answer", [None, YES, UNSURE], ids=["unasked", "yes", "unsure"])
def test_the_gate_needs_an_explicit_no_for_every_emergency_item_and_core_flag(
    answer: Found | None,
) -> None:
    for name in REQUIRED:
        facts = facts_with(BOOK, denied=[other for other in REQUIRED if other != name])
        if answer is not None:
            facts = facts.answered(name, answer)
        assert not may_stretch(BOOK, facts), name


def test_the_four_core_flags_are_all_required() -> None:
    kinds = {flag.core for flag in FLAGS if flag.id in REQUIRED}
    assert {"legs", "bladder_bowel", "trauma", "two_weeks"} <= kinds


@pytest.mark.parametrize(
    ("there", "page"),
    [("fused_spine", "fused_spine_signs"), ("recent_birth", "birth_signs")],
)
def test_the_gate_needs_a_no_for_emergency_items_of_pages_that_concern_this_person(
    there: str, page: str
) -> None:
    facts = facts_with(BOOK, there, denied=REQUIRED)
    assert not may_stretch(BOOK, facts)
    items = BOOK.pages[page].items
    for name in items:
        if name in BOOK.flags:
            some = facts.denied([other for other in items if other != name], NO)
            assert not may_stretch(BOOK, some)
    assert may_stretch(BOOK, facts.denied(items, NO))


def test_no_stretch_while_a_flag_is_open() -> None:
    for flag in FLAGS:
        only_together = flag.outcome is Outcome.SELF_CARE
        assert may_stretch(BOOK, all_denied(BOOK, flag.id)) is only_together, flag.id


def cleared_by_clinician(facts: Facts) -> Facts:
    """The facts after a clinician has looked at everything that is open."""
    return clear(assess(BOOK, facts), facts, MONDAY)


# -- a clinician's word --------------------------------------------------------------------------


def test_a_clinicians_word_clears_what_is_open_and_nothing_else() -> None:
    facts = all_denied(BOOK, "duration_over_2_weeks", "osteoporosis_or_steroids")
    cleared = cleared_by_clinician(facts)
    assert set(cleared.cleared) == {"duration_over_2_weeks"}
    assert cleared.cleared["duration_over_2_weeks"].at == MONDAY
    assert cleared.cleared["duration_over_2_weeks"].outcome is Outcome.CLINICIAN_ROUTINE
    assert may_stretch(BOOK, cleared)


def test_no_clinicians_word_opens_stretches_to_someone_under_18() -> None:
    final = [flag.id for flag in FLAGS if flag.final]
    assert "under_18" in final
    for name in final:
        cleared = cleared_by_clinician(all_denied(BOOK, name))
        assert assess(BOOK, cleared).outcome is BOOK.flags[name].outcome
        assert not may_stretch(BOOK, cleared)


def test_a_clinicians_word_keeps_what_the_person_said_for_the_choice_of_stretches() -> None:
    facts = all_denied(BOOK, "cancer_history", "osteoporosis_or_steroids", "knee_problem")
    cleared = cleared_by_clinician(facts)
    assert BOOK.present(cleared) == BOOK.present(facts)
    assert cleared.findings == facts.findings


def test_a_clinicians_word_on_one_flag_does_not_cover_the_next() -> None:
    cleared = cleared_by_clinician(all_denied(BOOK, "duration_over_2_weeks"))
    for flag in FLAGS:
        if flag.outcome is Outcome.SELF_CARE or flag.id == "duration_over_2_weeks":
            continue
        later = record(BOOK, cleared, flag.id, YES)
        assert assess(BOOK, later).outcome.urgency >= flag.outcome.urgency, flag.id
        assert not may_stretch(BOOK, later)


def test_a_cleared_flag_still_counts_in_a_combination_that_was_not_open() -> None:
    cleared = cleared_by_clinician(all_denied(BOOK, "cancer_history"))
    assert assess(BOOK, cleared).outcome is Outcome.SELF_CARE
    worse = record(BOOK, cleared, "night_or_rest_pain", YES)
    assert assess(BOOK, worse).outcome is Outcome.SAME_DAY


@pytest.mark.parametrize("again", [YES, UNSURE], ids=["yes", "unsure"])
def test_a_cleared_flag_reopens_when_it_is_said_again(again: Found) -> None:
    again = replace(again, at=MONDAY + timedelta(days=1))
    for flag in FLAGS:
        if flag.final:
            continue
        cleared = cleared_by_clinician(all_denied(BOOK, flag.id))
        assert assess(BOOK, cleared).outcome is Outcome.SELF_CARE, flag.id
        reopened = record(BOOK, cleared, flag.id, again)
        counts = again.answer is Answer.YES or flag.not_sure == "yes"
        expected = flag.outcome if counts else Outcome.SELF_CARE
        assert assess(BOOK, reopened).outcome is expected, flag.id


def test_a_cleared_combination_reopens_when_a_part_of_it_is_said_again() -> None:
    for combination, names in MINIMAL:
        cleared = cleared_by_clinician(facts_with(BOOK, *names))
        assert assess(BOOK, cleared).outcome is Outcome.SELF_CARE
        for name in sorted(names & set(BOOK.findings)):
            reopened = record(BOOK, cleared, name, YES)
            fired = {entry.rule.id for entry in assess(BOOK, reopened).because}
            assert combination.id in fired, (combination.id, name)


def test_a_no_does_not_reopen_what_a_clinician_cleared() -> None:
    cleared = cleared_by_clinician(all_denied(BOOK, "fever_or_infection"))
    assert record(BOOK, cleared, "trauma", NO).cleared == cleared.cleared


# -- identity ------------------------------------------------------------------------------------


def test_assessing_other_facts_in_between_changes_nothing() -> None:
    first, second = facts_with(BOOK, "saddle_numbness"), facts_with(BOOK, "fused_spine")
    expected = assess(BOOK, first), applicable(BOOK, second)
    for _ in range(2):
        assert assess(BOOK, first) == expected[0]
        assert applicable(BOOK, second) == expected[1]


# -- cleared and reopened ------------------------------------------------------------------------


def cleared(*names: str) -> Facts:
    """Facts in which these are there, and a clinician has looked at all that follows."""
    facts = facts_with(BOOK, *names)
    return clear(assess(BOOK, facts), facts, MONDAY)


def test_a_cleared_rule_no_longer_fires_until_its_flag_is_said_again() -> None:
    facts = cleared("numbness_leg", "weakness_leg")
    assert {"numbness_leg", "weakness_leg"} <= facts.cleared.keys()
    assert assess(BOOK, facts).outcome is Outcome.SELF_CARE
    again = record(BOOK, facts, "numbness_leg", YES)
    assert "weakness_leg" in again.cleared
    assert "numbness_leg" not in again.cleared
    assert assess(BOOK, again).outcome is not Outcome.SELF_CARE


def test_a_new_sign_reopens_the_combinations_that_look_at_it_and_no_others() -> None:
    facts = cleared("numbness_leg", "weakness_leg", "trauma", "osteoporosis_or_steroids")
    again = record(BOOK, facts, "trauma", YES)
    touched = {e.id for e in BOOK.knowledge.combinations if "trauma" in e.when.names()}
    assert touched & facts.cleared.keys()
    assert facts.cleared.keys() - again.cleared.keys() == (touched | {"trauma"}) & set(
        facts.cleared
    )


def test_a_no_reopens_nothing() -> None:
    facts = cleared("numbness_leg")
    assert record(BOOK, facts, "numbness_leg", NO).cleared == facts.cleared


def test_a_milder_clearance_does_not_cover_what_has_got_worse() -> None:
    facts = facts_with(BOOK, "numbness_leg")
    (flag,) = (f for f in FLAGS if f.id == "numbness_leg")
    milder = Cleared(MONDAY, Outcome.CLINICIAN_ROUTINE)
    same = Cleared(MONDAY, flag.outcome)
    graver = Cleared(MONDAY, Outcome.EMERGENCY_GO)
    for value, outcome in (
        (milder, flag.outcome),
        (same, Outcome.SELF_CARE),
        (graver, Outcome.SELF_CARE),
    ):
        known = replace(facts, cleared={"numbness_leg": value})
        assert assess(BOOK, known).outcome is outcome


def test_what_was_cleared_before_stays_cleared() -> None:
    facts = replace(facts_with(BOOK, "numbness_leg"), cleared={"trauma": CLEARED})
    assert clear(assess(BOOK, facts), facts, MONDAY).cleared == {
        "trauma": CLEARED,
        "numbness_leg": Cleared(MONDAY, Outcome.CLINICIAN_DAYS),
    }


def test_a_final_rule_is_cleared_by_nobody() -> None:
    final = next(flag.id for flag in FLAGS if flag.final)
    facts = facts_with(BOOK, final)
    assert assess(BOOK, facts).final
    assert final not in cleared(final).cleared
    assert not assess(BOOK, facts_with(BOOK, "numbness_leg")).final


# -- a verdict in parts --------------------------------------------------------------------------


def test_a_verdict_is_parted_by_card_and_each_part_has_its_own_outcome() -> None:
    crisis = next(flag for flag in FLAGS if flag.card == "crisis")
    verdict = assess(BOOK, facts_with(BOOK, crisis.id, "numbness_leg"))
    about_crisis, rest = verdict.parted("crisis")
    assert [fired.rule.id for fired in about_crisis.because] == [crisis.id]
    assert about_crisis.outcome is crisis.outcome
    assert [fired.rule.id for fired in rest.because] == ["numbness_leg"]
    assert rest.outcome is Outcome.CLINICIAN_DAYS
    assert rest.parted("crisis")[0].outcome is Outcome.SELF_CARE


def test_the_card_is_that_of_the_most_urgent_rule_which_has_one() -> None:
    crisis = next(flag for flag in FLAGS if flag.card == "crisis")
    assert assess(BOOK, facts_with(BOOK, crisis.id, "numbness_leg")).card == "crisis"
    assert assess(BOOK, facts_with(BOOK, "numbness_leg")).card is None
    graver = [f for f in FLAGS if f.outcome.urgency > crisis.outcome.urgency and not f.card]
    if graver:
        both = assess(BOOK, facts_with(BOOK, crisis.id, graver[0].id))
        assert both.card is None


def test_an_emergency_and_a_flag_to_be_met_at_once_interrupt() -> None:
    at_once = next(f for f in FLAGS if f.at_once and not f.outcome.is_emergency)
    assert assess(BOOK, facts_with(BOOK, "saddle_numbness")).interrupts
    assert assess(BOOK, facts_with(BOOK, at_once.id)).interrupts
    assert not assess(BOOK, facts_with(BOOK, "numbness_leg")).interrupts


# -- look-ups ------------------------------------------------------------------------------------


def test_a_new_book_has_looked_at_nothing_and_knows_every_entry() -> None:
    book = Rulebook(BOOK.knowledge)
    assert book.knowledge is BOOK.knowledge
    assert book.present(Facts()) == frozenset()
    assert [step.id for step in book.order] == list(BOOK.knowledge.order)
    assert book.option("since_when", "weeks") is not None
    assert book.option("since_when", "unsure") is not None
    assert book.option("since_when", "fizzy") is None
    assert book.findings.keys() == book.flags.keys() | book.traits.keys()
    assert book.page_of["saddle_numbness"].id == "legs_and_toilet"
    assert {book.cards[name].id for name in book.cards} == set(book.cards)
    assert set(book.sources) == {source.id for source in BOOK.knowledge.sources}
    assert set(book.outcomes) == set(Outcome)
    assert set(book.stretches) == {stretch.id for stretch in BOOK.knowledge.stretches}
    assert set(book.combinations) == {entry.id for entry in COMBINATIONS}
    assert set(book.traits) == {trait.id for trait in BOOK.knowledge.traits}


def test_a_flag_that_is_on_no_page_has_the_question_that_states_it() -> None:
    for name, question in BOOK.question_of.items():
        assert name not in BOOK.page_of
        assert name in BOOK.findings
        assert any(name in option.has for option in question.options)
    stated = {name for q in BOOK.knowledge.questions for o in q.options for name in o.has}
    alone = {name for name in stated if name in BOOK.findings and name not in BOOK.page_of}
    assert BOOK.question_of.keys() == alone


# -- after an edit of the files ------------------------------------------------------------------


def known_state() -> UserState:
    """Someone in the middle, with answers of every kind that the files know."""
    facts = Facts(
        {"numbness_leg": YES}, {"since_when": Chosen("days", MONDAY)}, {"numbness_leg": CLEARED}
    )
    return UserState(
        facts=facts, stage=Asking("since_when"), to_ask=("trauma",), screened_at=MONDAY
    )


def test_a_state_that_fits_the_files_stays_itself() -> None:
    state = known_state()
    assert fitted(BOOK, state) is state
    with_combination = replace(
        state, facts=replace(state.facts, cleared={COMBINATIONS[0].id: CLEARED})
    )
    assert fitted(BOOK, with_combination) is with_combination


@pytest.mark.parametrize("part", ["findings", "choices", "options", "cleared"])
def test_what_the_files_no_longer_know_goes_and_the_rest_stays(part: str) -> None:
    state = known_state()
    facts = state.facts
    changed = {
        "findings": replace(facts, findings={**facts.findings, "fizzy": YES}),
        "choices": replace(facts, choices={**facts.choices, "fizzy": Chosen("x", MONDAY)}),
        "options": replace(facts, choices={"since_when": Chosen("fizzy", MONDAY)}),
        "cleared": replace(facts, cleared={**facts.cleared, "fizzy": CLEARED}),
    }[part]
    state = replace(state, facts=changed, to_ask=("fizzy", "trauma"))
    fit = fitted(BOOK, state)
    kept = replace(facts, choices={}) if part == "options" else facts
    assert fit.facts == kept
    assert fit.to_ask == ("trauma",)
    assert fit.stage is state.stage or isinstance(fit.stage, Home)
    assert fit.screened_at is None
    assert fit.paused is None


def test_a_question_that_is_gone_leads_home() -> None:
    state = replace(known_state(), stage=Asking("fizzy"))
    fit = fitted(BOOK, state)
    assert fit.stage == Home()
    assert fit.facts == state.facts


def test_a_routine_with_a_stretch_that_is_gone_ends() -> None:
    item = PlanItem("fizzy", 10, 1, 10)
    known = replace(item, stretch="child_pose")
    going = UserState(stage=Stretching(Plan(MONDAY, 5, (known,))), screened_at=MONDAY)
    assert fitted(BOOK, going) is going
    gone = Stretching(Plan(MONDAY, 5, (known, item)))
    for state in (replace(going, stage=gone), replace(going, stage=Home(), paused=gone)):
        fit = fitted(BOOK, state)
        assert fit.stage == Home()
        assert fit.paused is None
        assert fit.screened_at is None


def test_another_stage_stays_when_only_facts_are_gone() -> None:
    state = UserState(facts=Facts({"fizzy": YES}), stage=Reviewing())
    assert fitted(BOOK, state).stage == Reviewing()


def test_flags_without_an_answer_are_not_asked() -> None:
    assert not_asked(BOOK, facts_with(BOOK, "trauma", denied=["saddle_numbness"])) == [
        flag.id for flag in FLAGS if flag.id not in {"trauma", "saddle_numbness"}
    ]


def test_denying_what_a_choice_stated_asks_that_choice_anew() -> None:
    name, question = next(iter(BOOK.question_of.items()))
    stating, other = (
        next(o for o in question.options if (name in o.has) is states) for states in (True, False)
    )
    stated = Facts(choices={question.id: Chosen(stating.id, MONDAY)})
    assert record(BOOK, stated, name, NO).choices == {}
    assert record(BOOK, stated, name, YES).choices == stated.choices
    denied = Facts(choices={question.id: Chosen(other.id, MONDAY)})
    assert record(BOOK, denied, name, NO).choices == denied.choices
