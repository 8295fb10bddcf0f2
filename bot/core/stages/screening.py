"""The questions: pages of signs, choices, single questions, corrections and the review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.agenda import SINCE_WHEN
from bot.core.knowledge import Choice, Outcome, Page
from bot.core.stages.flow import (
    Context,
    Turn,
    advise,
    ask,
    ask_item,
    choose,
    echo_length,
    greeted,
    local_date,
    new_check,
    previous_step,
    proceed,
    recorded,
    repeat,
    weighed,
)
from bot.core.state import Answer, Asking, Correcting, Found, Reviewing, UserState
from bot.core.triage import Step, applicable, assess, is_answered, record
from bot.core.understand.clock import age_in
from bot.core.understand.meaning import Meaning
from bot.core.wording.pieces import BACK, NONE, OFF, UNSURE


def offers(c: Context, stage: Asking, question: str, option: str) -> bool:
    """Whether the open question has this button."""
    if stage.item is not None:
        return question == f"ask-{stage.item}" and option in {"yes", "no", UNSURE, BACK}
    if question != stage.step:
        return False
    step = c.book.steps[stage.step]
    if isinstance(step, Choice):
        if stage.option is not None and option == Answer.YES:
            return True
        return option == BACK or c.book.option(step.id, option) is not None
    return option in {NONE, UNSURE, BACK} or option.removeprefix(OFF) in step.items


def pressed(c: Context, state: UserState, stage: Asking, option: str, at: datetime) -> Turn:
    """A tap on a button of the open question."""
    step = c.book.steps[stage.step]
    if option == BACK:
        return _back(c, state, stage, step, at)
    if stage.option is not None and option == Answer.YES:
        return _echoed(c, state, stage.option, Answer.YES, at)
    if stage.item is not None:
        return _single(c, state, stage, stage.item, _found(Answer(option), at, "pressed"))
    if isinstance(step, Choice):
        return _chosen(c, state, step, option, at)
    if option == UNSURE:
        return _one_at_a_time(c, state, step)
    if option == NONE:
        return _none(c, state, step, at, "pressed")
    if option.startswith(OFF):
        # A ticked sign is never taken back by a tap alone, only by its own question.
        return ask_item(c, state, option.removeprefix(OFF))
    return _ticked(c, state, step, (option,), at, "pressed")


def typed(c: Context, state: UserState, stage: Asking, text: str, at: datetime) -> Turn | None:
    """A typed answer to the open question; None when it is no answer."""
    step = c.book.steps[stage.step]
    if stage.item is not None:
        return _typed_item(c, state, stage, stage.item, text, at)
    answer = c.answers.yes_no(text)
    if stage.option is not None and answer in {Answer.YES, Answer.NO}:
        return _echoed(c, state, stage.option, answer, at)
    if isinstance(step, Choice):
        return _typed_choice(c, state, step, text, answer, at)
    return _typed_page(c, state, step, text, answer, at)


def _echoed(
    c: Context, state: UserState, option: str, answer: Answer | None, at: datetime
) -> Turn:
    """The answer to "so about ten days?"."""
    step = c.book.questions[SINCE_WHEN]
    return _chosen(c, state, step, option, at) if answer is Answer.YES else ask(c, state, step)


def _typed_item(
    c: Context, state: UserState, stage: Asking, name: str, text: str, at: datetime
) -> Turn | None:
    """A typed answer to one finding's own question."""
    # A number may mean a line of the list above: here it answers nothing.
    labels = {option: c.book.knowledge.buttons[option] for option in ("yes", "no", "unsure")}
    picked = c.answers.picked(text, labels, numbers=False)
    if picked:
        return _single(c, state, stage, name, _found(Answer(picked[0]), at, "typed"))
    said = c.answers.meaning(text, (name,), local_date(state, at))
    if said.meaning is Meaning.OTHER:
        return None
    if said.meaning is Meaning.NO and not said.plainly and _must_be_plain(c, name):
        return state, (repeat(c, state, stage, (c.wording.line("soft_no"),)),)
    found = _found(Answer(said.meaning.value), at, "typed")
    return _single(c, state, stage, name, replace(found, sides=c.reader.sides_in(text)))


def _must_be_plain(c: Context, name: str) -> bool:
    """Whether "hmm not exactly" is not enough: emergency signs and the core flags."""
    flag = c.book.flags.get(name)
    return flag is not None and (flag.outcome.is_emergency or flag.core is not None)


def _typed_choice(
    c: Context, state: UserState, step: Choice, text: str, answer: Answer | None, at: datetime
) -> Turn | None:
    labels = {option.id: option.button for option in step.options}
    if step.id == SINCE_WHEN and not c.answers.picked(text, labels):
        length = c.answers.length_in(text, local_date(state, at))
        if length is not None:
            return echo_length(c, state, length.middle)
        if text.strip().isdigit() and text.strip() != "1":
            return None  # 3 may be days or weeks; 1 is a day either way, or the first line
        if age_in(text) is not None:
            return None  # "33 years old" is no length
    option = c.answers.option_of(step, text)
    if option is None and answer is Answer.UNSURE:
        option = step.unsure.id
    if option is None:
        return None
    return _chosen(c, state, step, option, at)


def _typed_page(
    c: Context, state: UserState, step: Page, text: str, answer: Answer | None, at: datetime
) -> Turn | None:
    labels = {name: c.book.findings[name].button for name in step.items}
    picked = c.answers.picked(text, labels)
    if not step.numbers and any(letter.isdigit() for letter in text):
        picked = ()
    if not picked and answer is Answer.NO:
        return _none(c, state, step, at, "typed")
    if picked:
        return _ticked(c, state, step, picked, at, "typed")
    if answer is Answer.YES and len(step.items) == 1:
        return _ticked(c, state, step, step.items, at, "typed")
    if answer is not None:
        return _one_at_a_time(c, state, step)
    return None


def _chosen(c: Context, state: UserState, step: Choice, option_id: str, at: datetime) -> Turn:
    option = c.book.options[step.id, option_id]
    state = replace(state, facts=choose(c, state.facts, step, option_id, at))
    noted = [name for name in option.has if name in c.book.flags]
    return proceed(c, state, at, noted)


def _ticked(
    c: Context, state: UserState, page: Page, names: Sequence[str], at: datetime, how: str
) -> Turn:
    facts, noted = state.facts, []
    for name in names:
        facts = record(c.book, facts, name, _found(Answer.YES, at, how))
        if name in c.book.flags:
            noted.append(name)
    state, verdict = weighed(c, replace(state, facts=facts), at)
    if verdict.interrupts or is_answered(page, facts):
        return proceed(c, state, at, noted)
    return ask(c, state, page, c.wording.noted(noted, verdict.outcome))


def _found(answer: Answer, at: datetime, how: str) -> Found:
    return Found(answer, at, "pressed" if how == "pressed" else "typed")


def _none(c: Context, state: UserState, page: Page, at: datetime, how: str) -> Turn:
    findings = state.facts.findings
    rest = [n for n in page.items if n not in findings or findings[n].answer is Answer.NO]
    facts = state.facts.denied(rest, _found(Answer.NO, at, how))
    to_ask = tuple(name for name in state.to_ask if name not in rest)
    return proceed(c, replace(state, facts=facts, to_ask=to_ask), at)


def _one_at_a_time(c: Context, state: UserState, page: Page) -> Turn:
    for name in page.items:
        said = state.facts.findings.get(name)
        if said is None:
            return ask_item(c, state, name, (c.wording.line("one_at_a_time"),), walk=True)
    # Everything has been answered before: ask the first one that was denied once more.
    first = next(
        (n for n in page.items if state.facts.findings[n].answer is Answer.NO), page.items[0]
    )
    return ask_item(c, state, first, (c.wording.line("one_at_a_time"),), walk=True)


def _single(c: Context, state: UserState, stage: Asking, name: str, found: Found) -> Turn:
    at = found.at
    facts = recorded(c, state.facts, name, found)
    to_ask = tuple(entry for entry in state.to_ask if entry != name)
    state, verdict = weighed(c, replace(state, facts=facts, to_ask=to_ask), at)
    counts = name in c.book.present(facts)
    noted = [name] if counts and name in c.book.flags else []
    if stage.walk and not verdict.interrupts:
        page = c.book.page_of[name]
        left = [entry for entry in page.items if entry not in facts.findings]
        if left:
            lines = c.wording.noted(noted, verdict.outcome)
            return ask_item(c, state, left[0], lines, walk=True)
    return proceed(c, state, at, noted)


def _back(c: Context, state: UserState, stage: Asking, step: Step, at: datetime) -> Turn:
    if state.consent_at is None:
        return greeted(c, state)
    if stage.item is not None:
        return ask(c, state, step)  # the page asks for it too; it stays to be asked until then
    previous = previous_step(c, state, step.id)
    if previous is None:
        return state, (repeat(c, state, stage, (c.wording.line("first_question"),)),)
    return ask(c, state, previous)


def back_to_last(c: Context, state: UserState) -> Turn:
    """Back from the review to the last answered step."""
    answered = [s for s in applicable(c.book, state.facts) if is_answered(s, state.facts)]
    return ask(c, state, answered[-1])


# -- corrections ---------------------------------------------------------------------------------


def correct(c: Context, state: UserState, flags: Iterable[str], *, anew: bool = False) -> Turn:
    """Ask each open flag again by its own question: was it meant?"""
    names = tuple(flags)
    state = replace(state, stage=Correcting(names, anew))
    return state, (c.wording.correction(state, names[0]),)


def corrected(
    c: Context, state: UserState, stage: Correcting, answer: Answer, at: datetime
) -> Turn:
    """An answer to "was it meant?". Only an explicit no takes the flag back."""
    name, *rest = stage.flags
    if answer is Answer.NO:
        facts = record(c.book, state.facts, name, Found(answer, at, "pressed"))
        state = replace(state, facts=facts)
    if rest:
        state = replace(state, stage=Correcting(tuple(rest), stage.anew))
        return state, (c.wording.correction(state, rest[0]),)
    verdict = assess(c.book, state.facts)
    if verdict.interrupts:
        return advise(c, state, at, verdict)
    if stage.anew and verdict.outcome is Outcome.SELF_CARE:
        # The session is new already, since the check began.
        state = replace(new_check(c, state, at), session=state.session)
    return proceed(c, state, at)


def open_flags(c: Context, state: UserState) -> list[str]:
    """The findings that a person stated and that hold stretches back now."""
    rules = assess(c.book, state.facts).because
    names = [n for fired in rules for n in (fired.rule.id, *_members(fired.rule))]
    return [
        name
        for name in dict.fromkeys(names)
        if name in state.facts.findings and name in c.book.present(state.facts)
    ]


def _members(rule: object) -> tuple[str, ...]:
    when = getattr(rule, "when", None)
    return tuple(sorted(when.names())) if when is not None else ()


# -- review --------------------------------------------------------------------------------------


def change(c: Context, state: UserState) -> Turn:
    """List the answers as buttons."""
    state = replace(state, stage=Reviewing(changing=True))
    return state, (c.wording.change(state),)


def changing(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """A step chosen from the list, or back."""
    step = c.book.steps.get(option)
    if step is None:
        return proceed(c, state, at)
    return ask(c, state, step)
