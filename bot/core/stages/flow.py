"""What comes next once the facts have changed: shared by every stage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core import agenda, diary
from bot.core.agenda import SINCE_WHEN
from bot.core.knowledge import Choice, Outcome, Page
from bot.core.messages import Kind, Line, Reply
from bot.core.places import Places, nowhere
from bot.core.state import (
    Advising,
    Answer,
    Asking,
    AskingSeen,
    Chosen,
    Facts,
    FollowUp,
    Found,
    Home,
    New,
    Reviewing,
    UserState,
)
from bot.core.triage import (
    Rulebook,
    Step,
    Verdict,
    applicable,
    assess,
    may_stretch,
    next_step,
    raising_step,
    record,
    reopened,
    undenied,
)
from bot.core.understand.answers import Answers
from bot.core.understand.reader import Reader
from bot.core.wording.pieces import CRISIS, after, before
from bot.core.wording.wording import Wording

SIDES = ("left", "right")
Turn = tuple[UserState, tuple[Reply, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """What every stage function is given: the rules, the words, and the ear."""

    book: Rulebook
    wording: Wording
    reader: Reader
    answers: Answers
    zones: tuple[str, ...]
    places: Places = nowhere


def proceed(c: Context, state: UserState, at: datetime, noted: Iterable[str] = ()) -> Turn:
    """The next question, the verdict or the review. `noted` are flags just taken in."""
    state, verdict = weighed(c, state, at)
    if verdict.interrupts:
        return advise(c, state, at, verdict)
    lines = c.wording.noted(noted, verdict.outcome)
    to_ask = tuple(name for name in state.to_ask if not _is_open(state, name))
    state = replace(state, to_ask=to_ask)
    if to_ask:
        return ask_item(c, state, to_ask[0], lines)
    if state.consent_at is None:
        return greeted(c, state, lines)
    step = next_step(c.book, state.facts, routine=False)
    if step is not None:
        return ask(c, state, step, lines)
    if verdict.outcome is not Outcome.SELF_CARE:
        graver = raising_step(c.book, state.facts)
        return ask(c, state, graver, lines) if graver else advise(c, state, at, verdict)
    return _after_screening(c, state, at, lines)


def noted(c: Context, state: UserState, flags: Sequence[str], at: datetime) -> Turn:
    """Go on after flags were said: advice where it interrupts, else the next question."""
    verdict = assess(c.book, state.facts)
    # A new sign may bring questions of its own: pregnancy asks for its emergency signs.
    opened = next_step(c.book, state.facts, routine=False) or raising_step(c.book, state.facts)
    advised = isinstance(state.stage, Advising | AskingSeen) and opened is None
    if verdict.interrupts or advised:
        return advise(c, state, at, verdict)
    turn, replies = proceed(c, state, at, flags)
    shown = [
        r
        if r.outcome or verdict.outcome is Outcome.SELF_CARE
        else replace(r, outcome=verdict.outcome)
        for r in replies
    ]
    return turn, tuple(shown)


def weighed(c: Context, state: UserState, at: datetime) -> tuple[UserState, Verdict]:
    """The verdict so far, noted in the state: reminders wait for it, a follow-up is planned."""
    verdict = assess(c.book, state.facts)
    state = followed_up(c, state, at, verdict)
    held = verdict.outcome is not Outcome.SELF_CARE
    breaks = diary.with_break(state.breaks, local_date(state, at), held=held)
    return replace(state, last_outcome=verdict.outcome, breaks=breaks), verdict


def greeted(c: Context, state: UserState, lines: Iterable[Line] = ()) -> Turn:
    """Before consent only danger is answered; everything else waits for it."""
    verdict = assess(c.book, state.facts)
    state = replace(state, stage=New())
    reply = before(c.wording.greeting(state), *lines)
    if verdict.outcome is not Outcome.SELF_CARE:
        reply = replace(reply, outcome=verdict.outcome)
    return state, (reply,)


def _after_screening(c: Context, state: UserState, at: datetime, lines: tuple[Line, ...]) -> Turn:
    step = next_step(c.book, state.facts, routine=True)
    if step is not None:
        return ask(c, state, step, lines)
    # An item left open (a step that came to apply only now) is asked rather than assumed.
    open_items = [] if may_stretch(c.book, state.facts) else undenied(c.book, state.facts)
    if open_items:
        return ask_item(c, state, open_items[0], lines)
    old = _old_denials(c, state, at)
    if old:
        # Begun long ago and finished only now: what was denied then is asked again.
        return proceed(c, replace(state, facts=state.facts.without(old, frozenset())), at)
    if state.resting:
        return _rest(c, state, at)
    if state.paused is not None and is_fresh(c, state, at):
        # A direct question came in between and was denied: the routine goes on where it was.
        stage = state.paused
        state = replace(state, stage=stage, paused=None)
        show = c.wording.count_paused(state, stage) if stage.spent else None
        shown = show or c.wording.stretch(state, stage.plan, stage.index)
        return state, (before(shown, *lines),)
    # "No warning signs" is said only now: the last questions can raise a flag too.
    first = state.screened_at is None
    state = replace(state, stage=Reviewing(), screened_at=state.screened_at or at)
    review = before(c.wording.review(state), *lines)
    if not first:
        return state, (review,)
    result = (c.wording.self_care(state), c.wording.warning_signs())
    return state, (*result, replace(review, edit=False))


def _rest(c: Context, state: UserState, at: datetime) -> Turn:
    """After strong pain the checks end with rest, not with more stretches."""
    state = replace(state, stage=Home(), screened_at=at, resting=False)
    home = c.wording.home(state, "after_worse")
    return state, (c.wording.self_care(state), c.wording.warning_signs(), home)


def _is_open(state: UserState, name: str) -> bool:
    said = state.facts.findings.get(name)
    return said is not None and said.answer is not Answer.NO and name not in state.facts.cleared


def ask(c: Context, state: UserState, step: Step, lines: Iterable[Line] = ()) -> Turn:
    """Ask a page or a choice question; a length that was typed before is echoed instead."""
    if step.id == SINCE_WHEN and state.heard_days is not None:
        return echo_length(c, state, state.heard_days, lines)
    state = replace(state, stage=Asking(step.id))
    return state, (_question(c, state, step, tuple(lines)),)


def echo_length(c: Context, state: UserState, days: int, lines: Iterable[Line] = ()) -> Turn:
    """ "So about ten days?": a typed length counts only once it is confirmed."""
    stage = Asking(SINCE_WHEN, option=length_option(days), days=days)
    state = replace(state, stage=stage, heard_days=None)
    return state, (c.wording.echoed(state, c.book.questions[SINCE_WHEN], days, tuple(lines)),)


def length_option(days: int) -> str:
    """The option of the question "since when" that a length in days fits."""
    for limit, option in ((1, "today"), (7, "days"), (14, "fortnight"), (42, "weeks")):
        if days <= limit:
            return option
    return "many_weeks" if days <= 91 else "months"


def local_date(state: UserState, at: datetime) -> date:
    """The date where the person is."""
    return at.astimezone(agenda.zone_of(state)).date()


def _question(c: Context, state: UserState, step: Step, lines: tuple[Line, ...]) -> Reply:
    if isinstance(step, Page):
        return c.wording.page(state, step, lines)
    return c.wording.choice(state, step, lines)


def ask_item(
    c: Context, state: UserState, name: str, lines: Iterable[Line] = (), *, walk: bool = False
) -> Turn:
    """Ask one finding by its own question."""
    page = c.book.page_of.get(name)
    step = page.id if page else c.book.question_of[name].id
    state = replace(state, stage=Asking(step, item=name, walk=walk))
    return state, (c.wording.single(state, name, tuple(lines)),)


def repeat(c: Context, state: UserState, stage: Asking, lines: Iterable[Line] = ()) -> Reply:
    """The open question once more."""
    if stage.item is not None:
        return c.wording.single(state, stage.item, tuple(lines))
    if stage.option is not None:
        return c.wording.echoed(state, c.book.questions[SINCE_WHEN], stage.days, tuple(lines))
    return _question(c, state, c.book.steps[stage.step], tuple(lines))


def advise(c: Context, state: UserState, at: datetime, verdict: Verdict) -> Turn:
    """Tell where to get care, hold stretches and reminders back, and plan to ask how it went."""
    state, _ = weighed(c, state, at)
    state = replace(
        state,
        stage=Advising(verdict.outcome),
        paused=None,
        screened_at=None,
        to_ask=(),
    )
    # Thoughts of self-harm have a card of their own; beside another sign both are said.
    parts = [part for part in verdict.parted(CRISIS) if part.because]
    parts.sort(key=lambda part: -part.outcome.urgency)
    replies = [c.wording.advice(state, part) for part in parts]
    if verdict.outcome.is_emergency:
        replies[-1] = after(replies[-1], c.wording.line("if_mistake", Kind.NOTE))
    if c.wording.number_of(state) is None:
        replies[-1] = after(replies[-1], c.wording.line("say_country", Kind.NOTE))
    return state, tuple(replies)


def followed_up(c: Context, state: UserState, at: datetime, verdict: Verdict) -> UserState:
    """The state with a follow-up planned for the most urgent advice so far, or with none."""
    if verdict.outcome is Outcome.SELF_CARE:
        return replace(state, follow_up=None)
    hours = c.book.outcomes[verdict.outcome].follow_up_hours
    planned = state.follow_up
    if hours is None or verdict.final:
        return state  # final: nothing that a clinician could say would open stretches
    emergencies = tuple(f.rule.id for f in verdict.because if f.outcome.is_emergency)
    known = planned is not None and set(emergencies) <= set(planned.emergencies)
    if planned and known and verdict.outcome.urgency <= planned.outcome.urgency:
        return state
    # A new emergency starts its own waiting, however old the plan for another sign is.
    due = agenda.follow_up_due(state, at, hours, c.book.knowledge.rules)
    return replace(state, follow_up=FollowUp(due, verdict.outcome, emergencies=emergencies))


def recorded(c: Context, facts: Facts, name: str, found: Found) -> Facts:
    """The facts with one more answer; a sign on the left, then on the right, is one of both."""
    both = c.book.knowledge.rules.both_sides
    if name not in both.of or found.answer is Answer.NO:
        return record(c.book, facts, name, found)
    limit = timedelta(days=both.within_days)
    there = [facts.findings[flag] for flag in both.of if flag in c.book.present(facts)]
    sides = {side for old in there if found.at - old.at <= limit for side in old.sides}
    sides |= set(found.sides)
    found = replace(found, sides=tuple(sorted(sides)))
    facts = record(c.book, facts, name, found)
    if len(sides) == len(SIDES) and both.are not in c.book.present(facts):
        facts = record(c.book, facts, both.are, replace(found, sides=()))
    return facts


def choose(c: Context, facts: Facts, question: Choice, option_id: str, at: datetime) -> Facts:
    """The facts after a choice, with the findings that it states or rules out."""
    option = c.book.options[question.id, option_id]
    facts = reopened(c.book, facts.chose(question.id, Chosen(option_id, at)), option.has)
    answer = Answer.UNSURE if option_id == question.unsure.id else Answer.YES
    for name in option.has:
        if name in c.book.findings:
            facts = record(c.book, facts, name, Found(answer, at, "pressed"))
    for name in option.has_not:
        facts = record(c.book, facts, name, Found(Answer.NO, at, "pressed"))
    return facts


def is_fresh(c: Context, state: UserState, at: datetime) -> bool:
    """Whether the last screening is recent enough to start a routine on."""
    hours = timedelta(hours=c.book.knowledge.rules.screening_valid_hours)
    return state.screened_at is not None and at - state.screened_at <= hours


def _old_denials(c: Context, state: UserState, at: datetime) -> frozenset[str]:
    hours = timedelta(hours=c.book.knowledge.rules.screening_valid_hours)
    return frozenset(
        name
        for page in c.book.knowledge.pages
        if page.each_time
        for name in page.items
        if _is_denied(state, name) and at - state.facts.findings[name].at > hours
    )


def rescreen(c: Context, state: UserState, at: datetime) -> UserState:
    """The state with every denial forgotten that is asked for before each routine.

    What was said to be there stays: only an answer to its own question can take it back.
    """
    again = frozenset(
        name
        for page in c.book.knowledge.pages
        if page.each_time
        for name in page.items
        if name in c.book.flags and _is_denied(state, name)
    )
    facts = state.facts.without(again | _outgrown(c, state, at), frozenset({"pain"}))
    chosen = facts.choices.get(SINCE_WHEN)
    if chosen and "duration_over_2_weeks" not in facts.findings:
        facts = facts.without(frozenset(), frozenset({SINCE_WHEN}))
    return replace(state, facts=facts, screened_at=None, paused=None)


def _outgrown(c: Context, state: UserState, at: datetime) -> frozenset[str]:
    """The 2-week flag, once its denial may hold no more: "today" said 20 days ago."""
    chosen = state.facts.choices.get(SINCE_WHEN)
    option = c.book.option(SINCE_WHEN, chosen.option) if chosen else None
    if chosen is None or option is None or option.days is None:
        return frozenset()
    limit = timedelta(days=c.book.knowledge.rules.long_after_days)
    grown = timedelta(days=option.days) + (at - chosen.at)
    return frozenset({"duration_over_2_weeks"} if grown > limit else ())


def _is_denied(state: UserState, name: str) -> bool:
    said = state.facts.findings.get(name)
    return said is not None and said.answer is Answer.NO


def new_session(state: UserState, at: datetime) -> UserState:
    """The state under a new session, so that buttons of the old one are known as such."""
    number = int(state.session, 36) + 1 if state.session != "0" else int(at.timestamp())
    return replace(state, session=_base36(number % 36**7))


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text or "0"


def new_check(c: Context, state: UserState, at: datetime) -> UserState:
    """A new episode: everything is asked again; what was true of the person is shown as said."""
    about = {
        name for page in c.book.knowledge.pages if page.id == "about_you" for name in page.items
    }
    findings = {
        name: said
        for name, said in state.facts.findings.items()
        if name in about and said.answer is not Answer.NO
    }
    cleared = {rule: at_ for rule, at_ in state.facts.cleared.items() if rule in findings}
    return replace(
        new_session(state, at),
        facts=Facts(findings=findings, cleared=cleared),
        to_ask=(),
        screened_at=None,
        follow_up=None,
        resting=False,
        paused=None,
        heard_days=None,
        about=None,
        theirs=(),
    )


def previous_step(c: Context, state: UserState, step: str) -> Step | None:
    """The applicable step before this one."""
    steps = applicable(c.book, state.facts)
    ids = [entry.id for entry in steps]
    place = ids.index(step) if step in ids else len(ids)
    return steps[place - 1] if place > 0 else None
