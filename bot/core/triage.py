"""Facts to the next question, and facts to a verdict, driven by the knowledge base alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bot.core.knowledge import (
    Choice,
    Combination,
    Flag,
    Knowledge,
    Option,
    Outcome,
    Page,
    Trait,
)
from bot.core.state import (
    Answer,
    Asking,
    Cleared,
    Facts,
    Found,
    Home,
    Stretching,
    UserState,
)

Step = Page | Choice


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that led to the verdict, and the outcome it calls for."""

    rule: Flag | Combination
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """The most urgent outcome of all rules that fired, and those rules, most urgent first."""

    outcome: Outcome
    because: tuple[Fired, ...]

    @property
    def interrupts(self) -> bool:
        """Whether nothing more is asked: an emergency, or a flag that must be met at once."""
        return self.outcome.is_emergency or any(
            isinstance(fired.rule, Flag) and fired.rule.at_once for fired in self.because
        )

    def parted(self, card: str) -> tuple[Verdict, Verdict]:
        """The rules that have this card, and the others, as two verdicts."""
        return self.only(lambda rule: rule.card == card), self.only(lambda rule: rule.card != card)

    @property
    def final(self) -> bool:
        """Whether a rule fired that no word of a clinician opens stretches for."""
        return any(isinstance(fired.rule, Flag) and fired.rule.final for fired in self.because)

    def only(self, wanted: Callable[[Flag | Combination], bool]) -> Verdict:
        """The verdict as if only these rules had fired."""
        fired = tuple(entry for entry in self.because if wanted(entry.rule))
        return Verdict(fired[0].outcome if fired else Outcome.SELF_CARE, fired)

    @property
    def card(self) -> str | None:
        """The card of the most urgent rule that has one of its own."""
        top = [fired for fired in self.because if fired.outcome is self.outcome]
        cards = [fired.rule.card for fired in top if fired.rule.card]
        return cards[0] if cards else None


class Rulebook:
    """The knowledge base with its look-ups made once."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Build every index that a step needs."""
        self.knowledge = knowledge
        self.flags = {flag.id: flag for flag in knowledge.flags}
        self.traits = {trait.id: trait for trait in knowledge.traits}
        self.findings: dict[str, Flag | Trait] = {**self.flags, **self.traits}
        self.pages = {page.id: page for page in knowledge.pages}
        self.questions = {question.id: question for question in knowledge.questions}
        self.steps: dict[str, Step] = {
            step: self.pages.get(step) or self.questions[step] for step in knowledge.order
        }
        self.order = tuple(self.steps.values())
        self.page_of = {item: page for page in knowledge.pages for item in page.items}
        self.stretches = {stretch.id: stretch for stretch in knowledge.stretches}
        self.sources = {source.id: source for source in knowledge.sources}
        self.outcomes = {text.id: text for text in knowledge.outcomes}
        self.cards = {card.id: card for card in knowledge.cards}
        self.combinations = {entry.id: entry for entry in knowledge.combinations}
        self.stated_by = {
            step.id: frozenset(
                step.items
                if isinstance(step, Page)
                else (name for option in (*step.options, step.unsure) for name in option.has)
            )
            for step in self.order
        }
        self._last_facts: Facts | None = None
        self._last_present: frozenset[str] = frozenset()
        self._last_steps: tuple[Step, ...] = ()
        self.options = {
            (question.id, option.id): option
            for question in knowledge.questions
            for option in (*question.options, question.unsure)
        }

    @cached_property
    def question_of(self) -> dict[str, Choice]:
        """The choice question that states a flag which is on no page."""
        return {
            name: question
            for question in self.knowledge.questions
            for option in question.options
            for name in option.has
            if name in self.findings and name not in self.page_of
        }

    def option(self, question: str, option: str) -> Option | None:
        """An option of a choice question, "not sure" included."""
        return self.options.get((question, option))

    def present(self, facts: Facts) -> frozenset[str]:
        """Every flag, trait and mark that counts: yes, or not sure where that counts as yes."""
        # One step looks at the same facts many times; facts are frozen, so identity is enough.
        self._look_at(facts)
        return self._last_present

    def applicable(self, facts: Facts) -> tuple[Step, ...]:
        """The pages and questions that concern this person, in order."""
        self._look_at(facts)
        return self._last_steps

    def _look_at(self, facts: Facts) -> None:
        if facts is self._last_facts:
            return
        present = self._present(facts)
        self._last_facts, self._last_present = facts, present
        self._last_steps = tuple(
            step for step in self.order if step.when is None or step.when.holds(present)
        )

    def _present(self, facts: Facts) -> frozenset[str]:
        found = {
            name
            for name, said in facts.findings.items()
            if said.answer is Answer.YES
            or (said.answer is Answer.UNSURE and self.findings[name].not_sure == "yes")
        }
        for question, chosen in facts.choices.items():
            option = self.options[question, chosen.option]
            found.update(name for name in option.has if name not in self.findings)
        return frozenset(found)


def assess(book: Rulebook, facts: Facts) -> Verdict:
    """The verdict on what is known so far. One more flag can only raise it.

    A rule that a clinician has cleared no longer fires; what it looks at still counts for others.
    """
    return _verdict(book, facts, book.present(facts))


def _verdict(book: Rulebook, facts: Facts, present: frozenset[str]) -> Verdict:
    fired = [
        Fired(flag, outcome)
        for flag in book.knowledge.flags
        if flag.id in present and (outcome := _outcome(flag, present)) is not Outcome.SELF_CARE
    ]
    fired += [
        Fired(combination, combination.outcome)
        for combination in book.knowledge.combinations
        if combination.when.holds(present)
    ]
    fired = [entry for entry in fired if not _is_cleared(facts, entry)]
    fired.sort(key=lambda entry: -entry.outcome.urgency)
    return Verdict(fired[0].outcome if fired else Outcome.SELF_CARE, tuple(fired))


def _is_cleared(facts: Facts, fired: Fired) -> bool:
    """Whether a clinician has looked at it, and at nothing milder than it is now."""
    cleared = facts.cleared.get(fired.rule.id)
    return cleared is not None and cleared.outcome.urgency >= fired.outcome.urgency


def _outcome(flag: Flag, present: frozenset[str]) -> Outcome:
    if flag.eased and flag.eased.when.holds(present):
        return flag.eased.outcome
    return flag.outcome


def applicable(book: Rulebook, facts: Facts) -> tuple[Step, ...]:
    """The pages and questions that concern this person, in order."""
    return book.applicable(facts)


def is_answered(step: Step, facts: Facts) -> bool:
    """Whether a page has an answer for every item, or a question an option."""
    if isinstance(step, Choice):
        return step.id in facts.choices
    return all(map(facts.findings.__contains__, step.items))


def next_step(book: Rulebook, facts: Facts, *, routine: bool) -> Step | None:
    """The next page or question to ask; `routine` includes those that only shape a routine."""
    for step in applicable(book, facts):
        if (routine or not step.routine_only) and not is_answered(step, facts):
            return step
    return None


def raising_step(book: Rulebook, facts: Facts) -> Step | None:
    """The next step, of those that shape a routine too, that could make the verdict graver.

    Without it a mild sign would end the questions, and hide severe pain or pain high in the back.
    """
    now = assess(book, facts).outcome.urgency
    present = book.present(facts)
    for step in applicable(book, facts):
        if is_answered(step, facts):
            continue
        worst = present | book.stated_by[step.id]
        opened = (s for s in book.order if s.when is not None and s.when.holds(worst))
        worst = worst.union(*(book.stated_by[s.id] for s in opened if not is_answered(s, facts)))
        if _verdict(book, facts, worst).outcome.urgency > now:
            return step
    return None


def progress(book: Rulebook, facts: Facts, step: str) -> tuple[int, int]:
    """Where a step stands among all that concern this person, as (3, 8) for "3 of 8"."""
    ids = [entry.id for entry in applicable(book, facts)]
    return (ids.index(step) + 1 if step in ids else len(ids), len(ids))


def undenied(book: Rulebook, facts: Facts) -> list[str]:
    """Emergency items and core flags without an explicit "no" (or a clinician's word)."""
    pages = {step.id for step in applicable(book, facts)}
    missing = []
    for flag in book.knowledge.flags:
        page = book.page_of.get(flag.id)
        required = flag.core is not None or (page is not None and page.emergency)
        if not required or (page is not None and page.id not in pages):
            continue
        said = facts.findings.get(flag.id)
        if flag.id not in facts.cleared and (said is None or said.answer is not Answer.NO):
            missing.append(flag.id)
    return missing


def may_stretch(book: Rulebook, facts: Facts) -> bool:
    """The one gate to every stretch: all clear, and every required item explicitly denied."""
    return assess(book, facts).outcome is Outcome.SELF_CARE and not undenied(book, facts)


def record(book: Rulebook, facts: Facts, finding: str, found: Found) -> Facts:
    """The facts with one more answer. A new yes reopens what a clinician had cleared about it."""
    facts = facts.answered(finding, found)
    question = book.question_of.get(finding)
    if found.answer is Answer.NO and question and question.id in facts.choices:
        chosen = book.options[question.id, facts.choices[question.id].option]
        if finding in chosen.has:
            # Denied by its own question: the choice that stated it is asked anew.
            facts = facts.without(frozenset(), frozenset({question.id}))
    return facts if found.answer is Answer.NO else reopened(book, facts, (finding,))


def fitted(book: Rulebook, state: UserState) -> UserState:
    """The state without what the knowledge base no longer knows, after an edit of its files."""
    facts = state.facts
    gone = frozenset(facts.findings.keys() - book.findings.keys())
    lost = frozenset(q for q, chosen in facts.choices.items() if not book.option(q, chosen.option))
    rules = {rule for rule in facts.cleared if rule not in book.flags | book.combinations}
    plans = [stage.plan for stage in (state.stage, state.paused) if isinstance(stage, Stretching)]
    old = any(item.stretch not in book.stretches for plan in plans for item in plan.items)
    step = state.stage.step if isinstance(state.stage, Asking) else None
    if not (gone or lost or rules or old or (step and step not in book.steps)):
        return state
    facts = facts.without(gone, lost)
    cleared = {rule: at for rule, at in facts.cleared.items() if rule not in rules}
    to_ask = tuple(name for name in state.to_ask if name in book.findings)
    stage = Home() if old or step else state.stage
    return replace(
        state,
        facts=replace(facts, cleared=cleared),
        to_ask=to_ask,
        stage=stage,
        paused=None,
        screened_at=None,
    )


def reopened(book: Rulebook, facts: Facts, names: Iterable[str]) -> Facts:
    """The facts with no clearance left for rules that look at these findings or marks."""
    if not facts.cleared:
        return facts
    touched = set(names)
    rules = touched | {
        entry.id for entry in book.knowledge.combinations if touched & entry.when.names()
    }
    cleared = {rule: value for rule, value in facts.cleared.items() if rule not in rules}
    return replace(facts, cleared=cleared)


def clear(verdict: Verdict, facts: Facts, at: datetime) -> Facts:
    """The facts after a clinician's word on the rules of a verdict, and on nothing else."""
    cleared = {
        fired.rule.id: Cleared(at, fired.outcome)
        for fired in verdict.because
        if not (isinstance(fired.rule, Flag) and fired.rule.final)
    }
    return replace(facts, cleared={**facts.cleared, **cleared})


def not_asked(book: Rulebook, facts: Facts) -> list[str]:
    """Flags without an answer so far."""
    return [flag.id for flag in book.knowledge.flags if flag.id not in facts.findings]
