"""Every answer to every question, in states that are merged: the second half of `unknot verify`.

The walk of `verify` keeps states apart and stops after so many deviations. Here each page may be
ticked in any way and each choice taken, whatever was answered before; states with the same
fingerprint are looked at once. A fingerprint holds all of a screening that what follows can
depend on:

- the open question, and the questions without an answer that may concern this person;
- the outcome so far and, while all is clear, the emergency signs that were not denied;
- of each rule that is graver than that outcome and can still be met, what it still lacks; whether
  a question without an answer concerns this person, or what that still lacks;
- what eases a flag that is graver than that, as far as it is known;
- on a page that is open, the items without a tick that were answered, and the ticks that such a
  rule or question looks at; where its items are asked one at a time, which are still to come.

Two states with one fingerprint lead to the same fingerprints. A next question is chosen by what is
unanswered and by whom it concerns; a verdict is the gravest rule that is met, and a rule no graver
than the outcome, or out of reach, can change neither. What a message says of the answers given
does not come back into the state. One thing differs: the last of all items ticked ends its page,
where a page with an item that decides nothing left over waits for "none of these"; both go on to
the same question. So the mergers are also tried (`differing`), and not only argued.

Answers given after "back", or when changing the review, are covered too: going back changes no
fact, and what comes after an answer depends on the facts alone (both are checked here). Answers
one at a time lead to the same facts as ticks; they are walked whole at the first arrival at a
page with each outcome, and so are the ticks that can change no fingerprint.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Condition, Outcome, Page
from bot.core.messages import Press
from bot.core.stages import flow
from bot.core.state import Asking, Facts, Home, New, Reviewing, Stretching, UserState
from bot.core.triage import Rulebook, assess, is_answered, undenied
from bot.core.verify import AT, CLOSE, MOST_PROBLEMS, Fits, Node, Problem, Report, begun, broken
from bot.core.wording.pieces import BACK, NONE, OFF, UNSURE

Lack = tuple[frozenset[str], frozenset[str], int, frozenset[str]]
MET: Lack = (frozenset(), frozenset(), 0, frozenset())
EVERY = 100  # of so many mergers one is tried

Names = frozenset[str]


def lacking(when: Condition, present: Names, open_: Names) -> Lack | None:
    """What a condition still lacks, of what can still be said; None when it is out of reach."""
    needed = frozenset(when.all) - present
    either = frozenset() if present & set(when.any) else frozenset(when.any)
    some = when.at_least
    among = frozenset(some.of) - present if some else frozenset()
    count = max(0, some.count - len(present & set(some.of))) if some else 0
    reachable = needed <= open_ and count <= len(among & open_)
    if not reachable or (either and not either & open_):
        return None
    return needed, either & open_, count, among & open_ if count else frozenset()


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is still to be decided: which findings matter for it, and what is lacking."""

    matters: Names
    lacks: Hashable


class Fingerprints:
    """Tells which states of a screening have the same future."""

    def __init__(self, book: Rulebook) -> None:
        """The rulebook of the dialogue whose states are compared."""
        self.book = book
        self._eased = {flag.id: flag.eased.when for flag in book.flags.values() if flag.eased}
        self.ahead = lru_cache(maxsize=None)(self._ahead)

    def of(self, state: UserState) -> Hashable:
        """Equal for two states of a screening with the same future."""
        book, facts, stage = self.book, state.facts, state.stage
        outcome = assess(book, facts).outcome
        if not isinstance(stage, New | Asking | Reviewing):
            return stage.kind, outcome  # the questions are over
        present = book.present(facts)
        pending = self.pending(facts)
        ahead = self.ahead(present, pending, outcome)
        said = {(step, name) for step in pending for name in self._said(state, step, ahead)}
        open_ = (stage, state.to_ask, state.about, state.theirs, state.heard_days)
        clear = outcome is Outcome.SELF_CARE  # else nobody asks for what was not denied
        missing = tuple(undenied(book, facts)) if clear else ()
        return open_, pending, frozenset(said), missing, outcome, ahead.lacks

    def _said(self, state: UserState, step: str, ahead: Ahead) -> Iterator[str]:
        """What was answered on a page that still has items without an answer."""
        page, stage = self.book.pages.get(step), state.stage
        here = isinstance(stage, Asking) and stage.step == step
        walk = isinstance(stage, Asking) and stage.walk
        present = self.book.present(state.facts)
        for name in page.items if page is not None else ():
            known = name in state.facts.findings
            if name in present and (not here or name in ahead.matters):
                yield name
            elif here and walk and not known:
                yield f"{name}?"
            elif known and name not in present and not (here and walk):
                yield f"no {name}"

    def pending(self, facts: Facts) -> tuple[str, ...]:
        """The questions without an answer that concern this person, or may come to do so."""
        book, present = self.book, self.book.present(facts)
        left = [step for step in book.order if not is_answered(step, facts)]
        while True:
            open_ = frozenset[str]().union(*(book.stated_by[step.id] for step in left))
            kept = [s for s in left if s.when is None or lacking(s.when, present, open_)]
            if len(kept) == len(left):
                return tuple(step.id for step in kept)
            left = kept

    def _ahead(self, present: Names, pending: tuple[str, ...], outcome: Outcome) -> Ahead:
        book = self.book
        open_ = frozenset[str]().union(*(book.stated_by[step] for step in pending))
        rules = [
            (rule.when, lacking(rule.when, present, open_), rule.outcome)
            for rule in book.combinations.values()
            if rule.outcome.urgency > outcome.urgency
        ]
        asked = [
            (step.when, lacking(step.when, present, open_), step.id)
            for step in map(book.steps.__getitem__, pending)
            if step.when is not None
        ]
        eased = {
            flag: present & when.names()
            for flag, when in self._eased.items()
            if flag in present | open_ and book.flags[flag].outcome.urgency > outcome.urgency
        }
        matters = frozenset[str]().union(
            *(when.names() for when, lack, _ in (*rules, *asked) if lack and lack != MET),
            *(self._eased[flag].names() | {flag} for flag in eased),
        )
        lacks = (
            frozenset((lack, what) for _, lack, what in (*rules, *asked) if lack),
            frozenset((flag, flag in present, known) for flag, known in eased.items()),
        )
        return Ahead(matters, lacks)


def answered(dialogue: Dialogue, fits: Fits = lambda _: True) -> tuple[Report, list[Node]]:
    """Every answer to every question, shortest conversations first; a node a fingerprint."""
    report = Report()
    nodes: dict[Hashable, Node] = {}
    fingerprints = Fingerprints(dialogue.book)
    waiting = deque([begun(dialogue)])
    arrived: set[tuple[str, Outcome]] = set()
    while waiting and len(report.problems) < MOST_PROBLEMS:
        node = waiting.popleft()
        key = fingerprints.of(node.state)
        if key in nodes:
            report.mergers += 1
            if report.mergers % EVERY == 0:
                report.problems += differing(dialogue, fingerprints, nodes[key], node)
            continue
        nodes[key] = node
        report.problems += _undone(dialogue, node)
        whole = _is_first(dialogue.book, node.state, arrived)
        for token, label in _answers(fingerprints, node, whole=whole):
            after, wrong = _pressed(dialogue, node, token, label, fits)
            report.steps += 1
            report.problems += wrong
            report.longest = max(report.longest, after.depth)
            if isinstance(after.state.stage, Reviewing):
                report.problems += _begun_routines(dialogue, after, fits)
            if isinstance(after.state.stage, Asking | New | Reviewing):
                waiting.append(after)
    report.merged = len(nodes)
    return report, list(nodes.values())


def apart(dialogue: Dialogue, nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes of a walk without those whose fingerprint another one has; near ones all stay."""
    fingerprints = Fingerprints(dialogue.book)
    known: set[Hashable] = set()
    for node in nodes:
        if node.deviations > CLOSE and isinstance(node.state.stage, Asking):
            key = fingerprints.of(node.state)
            if key in known:
                continue
            known.add(key)
        yield node


def _is_first(book: Rulebook, state: UserState, arrived: set[tuple[str, Outcome]]) -> bool:
    """Whether this is the first arrival at a page with this outcome, or no page of items."""
    stage = state.stage
    step = book.steps[stage.step] if isinstance(stage, Asking) and stage.item is None else None
    if not isinstance(step, Page):
        return True
    at = (step.id, assess(book, state.facts).outcome)
    if at in arrived or any(name in state.facts.findings for name in step.items):
        return False
    arrived.add(at)
    return True


def _answers(fingerprints: Fingerprints, node: Node, *, whole: bool) -> Iterator[tuple[str, str]]:
    """The buttons that answer; unless `whole`, those that can change the fingerprint."""
    book, facts = fingerprints.book, node.state.facts
    outcome = assess(book, facts).outcome
    matters = fingerprints.ahead(book.present(facts), fingerprints.pending(facts), outcome).matters
    for token, label in node.buttons:
        option = token.rpartition(".")[2]
        if option == BACK or option.startswith(OFF) or isinstance(node.state.stage, Reviewing):
            continue
        flag = book.flags.get(option)
        graver = flag is not None and flag.outcome.urgency > outcome.urgency
        if whole or graver or option == NONE or option in matters:
            yield token, label


def _pressed(
    dialogue: Dialogue, node: Node, token: str, label: str, fits: Fits
) -> tuple[Node, list[Problem]]:
    turn = dialogue.step(node.state, Press(AT, token))
    after = node.next(turn, f"[{label}]", CLOSE + 1)
    wrong = [*broken(dialogue, node.state, turn, fits), *_by_facts_alone(dialogue, node, after)]
    return after, [Problem(what, after.inputs()) for what in wrong]


def _by_facts_alone(dialogue: Dialogue, node: Node, after: Node) -> Iterator[str]:
    """What follows an answered question must not depend on how the person came there."""
    stage, state = node.state.stage, after.state
    if not isinstance(stage, Asking) or stage.item is not None:
        return
    if is_answered(dialogue.book.steps[stage.step], state.facts):
        anew, _ = flow.proceed(dialogue.context, replace(state, stage=Home()), AT)
        if anew.stage != state.stage:
            yield "what comes after an answer depends on more than the answers"


def _begun_routines(dialogue: Dialogue, node: Node, fits: Fits) -> Iterator[Problem]:
    """The routine of each length, with these answers."""
    for token, label in node.buttons:
        if token.rpartition(".")[2].startswith("m"):
            turn = dialogue.step(node.state, Press(AT, token))
            for what in broken(dialogue, node.state, turn, fits):
                yield Problem(what, (*node.inputs(), f"you: [{label}]"))


def _undone(dialogue: Dialogue, node: Node) -> Iterator[Problem]:
    """Going back, or choosing an answer to change, must change none yet."""
    for token, label in node.buttons:
        if token.rpartition(".")[2] == BACK:
            state, _ = dialogue.step(node.state, Press(AT, token))
            if state.facts != node.state.facts:
                yield Problem("going back changed an answer", (*node.inputs(), f"you: [{label}]"))
        if isinstance(node.state.stage, Reviewing) and token.endswith(".change"):
            listed = node.next(dialogue.step(node.state, Press(AT, token)), f"[{label}]")
            for one, name in listed.buttons:
                state, _ = dialogue.step(listed.state, Press(AT, one))
                if state.facts != node.state.facts or isinstance(state.stage, Stretching):
                    yield Problem(
                        "an answer that is to be changed was lost",
                        (*listed.inputs(), f"you: [{name}]"),
                    )


def differing(
    dialogue: Dialogue, fingerprints: Fingerprints, one: Node, other: Node
) -> Iterator[Problem]:
    """The same answer must lead both to one fingerprint, at the latest after "none of these"."""
    options = {token.rpartition(".")[2]: token for token, _ in one.buttons}
    for token, label in other.buttons:
        option = token.rpartition(".")[2]
        if option in {BACK, UNSURE} or option not in options:
            continue  # "one at a time" begins with what has no tick, be it decisive or not
        here = _led_to(dialogue, fingerprints, one, options[option])
        there = _led_to(dialogue, fingerprints, other, token)
        if not here & there:
            inputs = (*other.inputs(), f"you: [{label}]")
            yield Problem(f"two states are no more alike after {label!r}", inputs)


def _led_to(
    dialogue: Dialogue, fingerprints: Fingerprints, node: Node, token: str
) -> set[Hashable]:
    """The fingerprint after a button, and the one after "none of these" too."""
    after = node.next(dialogue.step(node.state, Press(AT, token)), "")
    found = {fingerprints.of(after.state)}
    nones = [t for t, _ in after.buttons if t.endswith(f".{NONE}")]
    if nones and isinstance(after.state.stage, Asking):
        found.add(fingerprints.of(dialogue.step(after.state, Press(AT, nones[0]))[0]))
    return found
