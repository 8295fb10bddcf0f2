"""Explores the dialogue, and checks the promises at each step: `unknot verify`.

The straight path denies every sign and takes the first answer to every question. A deviation is
any other button: a sign, "not sure", back, another answer. All conversations with at most so many
deviations are walked; in each state that is reached everything else that can happen is tried:
words, commands, old buttons, time, a restart.

A walk is over at home after a routine; what time and a second routine bring is for other tests.
States are one when their keys are equal: all that is kept of a person, and the labels on the
screen. That is sound, since a step reads nothing else, and no time passes on a walk.
Left out is only `session`, the number in the tokens: it opens no button and closes none but those
of other numbers, and each walk goes on with the tokens that it was given.

Each rule is led to by itself, by buttons and by its author's words, with the same checks.

That one more flag never lowers the outcome is argued for all sets of flags, not walked: the
outcome is the most urgent of the rules that fire, a condition is made of "all", "any" and "at
least" alone, so it goes on holding when more is present; and what eases a flag names no flag.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Choice, Combination, Condition, Flag, Outcome
from bot.core.messages import Command, Event, Press, Reply, Text, Tick
from bot.core.stages import commands
from bot.core.stages.browsing import QUESTION as BROWSING
from bot.core.stages.flow import Turn
from bot.core.stages.present import open_question
from bot.core.stages.pressing import ACTIONS
from bot.core.state import Advising, Asking, Home, New, Stretching, UserState, dump, load
from bot.core.triage import Rulebook, assess, may_stretch
from bot.core.wording.pieces import NONE

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN_BYTES = 64  # Telegram's limit for the data of a button
MOST_PROBLEMS = 20
MOST_TAPS = 20  # from the first word to each outcome
CLOSE = 1  # deviations after which everything is tried; after more, where states are many, a few
SPANS = (timedelta(minutes=1), timedelta(hours=25))
NOT_WORDS = "xyzzy"
MOVES = ("start", "stretch", "check", "back")

PROVED = (
    "every tap, text and command got an answer, and every state led on to an end",
    "no stretch came before every emergency sign and all four core flags were denied",
    "no stretch came while a flag was open",
    "no words took a sign back, and words of danger were heard in every state",
    "one more flag never lowers the outcome, whatever else is there",
    "an emergency card offered nothing to click away to",
    "an old button changed nothing, in any state",
    "a restart changed nothing, in any state",
    "every question and every outcome was reached, and every rule fired",
    "every message fits into Telegram, and has no button twice",
)

Fits = Callable[[Reply], bool]
Buttons = tuple[tuple[str, str], ...]  # tokens and labels
Led = tuple["Node", tuple[Reply, ...]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken promise, and the shortest inputs found that lead to it, as a person makes them."""

    what: str
    inputs: tuple[str, ...] = ()

    def conversation(self) -> str:
        """The inputs as a conversation file."""
        lines = ["at: Monday 2 March 2026, 09:00, UTC", "", *self.inputs]
        return "\n".join([f"Broken: {self.what}", "source: own", *lines, ""])


@dataclass(slots=True)
class Report:
    """How much was walked and tried, and what went against a promise."""

    states: int = 0
    merged: int = 0  # fingerprints; see bot/core/every_answer.py
    mergers: int = 0
    steps: int = 0
    longest: int = 0  # taps of the longest conversation walked
    taps: dict[Outcome, int] = field(default_factory=dict)  # the fewest to each outcome
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Node:
    """A state, the buttons on the screen, what was pressed last, and the deviations used up."""

    state: UserState
    buttons: Buttons
    deviations: int = 0
    label: str = ""
    before: Node | None = None
    depth: int = 0
    after: list[str] = field(default_factory=list)  # keys of what its buttons lead to
    _key: str = ""

    def inputs(self) -> tuple[str, ...]:
        """What the person did to get here."""
        if self.before is None:
            return ("you: /start",)
        return (*self.before.inputs(), f"you: {self.label}")

    @property
    def key(self) -> str:
        """All that is kept of the person, and the labels on the screen."""
        labels = [label for _, label in self.buttons]
        self._key = self._key or repr((replace(self.state, session=""), labels))
        return self._key

    def next(self, turn: Turn, label: str, deviations: int = 0) -> Node:
        """What an input leads to; replies without buttons leave those that were there."""
        state, replies = turn
        shown = _buttons(replies)
        if not shown and state.stage == self.state.stage:
            shown = self.buttons
        return Node(state, shown, deviations, label, self, self.depth + 1)


# -- the walk --------------------------------------------------------------------------------


def walked(
    dialogue: Dialogue, deviations: int, fits: Fits = lambda _: True
) -> tuple[Report, list[Node]]:
    """Every conversation by buttons with at most so many deviations, shortest first."""
    report = Report()
    waiting = deque([begun(dialogue)])
    best: dict[str, Node] = {}
    while waiting and len(report.problems) < MOST_PROBLEMS:
        node = waiting.popleft()
        key = node.key
        known = best.get(key)
        if known is not None and known.deviations <= node.deviations:
            continue
        best[key] = node
        over = isinstance(node.state.stage, Home) and node.state.diary
        for place, (token, label) in enumerate(() if over else node.buttons):
            used = node.deviations + (not _is_straight(node, token, place))
            if used > deviations:
                continue
            turn = dialogue.step(node.state, Press(AT, token))
            report.steps += 1
            after = node.next(turn, f"[{label}]", used)
            _note(report, after.depth, turn[1])
            report.problems += [
                Problem(what, after.inputs()) for what in broken(dialogue, node.state, turn, fits)
            ]
            node.after.append(after.key)
            waiting.append(after)
    report.states = len(best)
    if len(report.problems) < MOST_PROBLEMS:
        report.problems += _endless(best)
    return report, list(best.values())


def whole(
    dialogue: Dialogue, nodes: Sequence[Node], report: Report, fits: Fits = lambda _: True
) -> Iterator[Problem]:
    """What only the whole can show: rules that never fire, questions that nobody is asked,
    outcomes too far away, and rules by which one more flag could make the outcome milder.
    """
    verdicts = (assess(dialogue.book, node.state.facts) for node in nodes)
    fired = {entry.rule.id for verdict in verdicts for entry in verdict.because}
    asked = {step for node in nodes for step in _asked(node.state)}
    yield from _unreached(dialogue, report, fired, asked, fits)
    yield from map(Problem, lowering(dialogue.book))


def begun(dialogue: Dialogue) -> Node:
    """Somebody who has just written to the bot for the first time."""
    state, replies = dialogue.step(UserState(), Command(AT, "start"))
    return Node(state, _buttons(replies))


def _buttons(replies: Iterable[Reply]) -> Buttons:
    return tuple((b.token, b.label) for reply in replies for row in reply.buttons for b in row)


def _is_straight(node: Node, token: str, place: int) -> bool:
    """Whether a button is the one of the straight path: none of these, or the first."""
    if isinstance(node.state.stage, Asking) and node.state.stage.item is None:
        nones = [t for t, _ in node.buttons if t.endswith(f".{NONE}")]
        if nones:
            return token == nones[0]
    if isinstance(node.state.stage, Asking) and node.state.stage.item is not None:
        return token.endswith(".no")
    if isinstance(node.state.stage, New):
        return token.endswith(".agree")
    if isinstance(node.state.stage, Stretching):
        # The first button begins to count, and then there are only pauses.
        options = [t.rpartition(".")[2] for t, _ in node.buttons]
        onward = next((one for one in ("done", "resume", "skip") if one in options), None)
        return token.endswith(f".{onward}")
    return place == 0


def _note(report: Report, depth: int, replies: Iterable[Reply]) -> None:
    report.longest = max(report.longest, depth)
    for reply in replies:
        if reply.outcome is not None:
            report.taps.setdefault(reply.outcome, depth)


def _asked(state: UserState) -> set[str]:
    stage = state.stage  # with an item, its own question is open, and not that of the step
    return {stage.step} if isinstance(stage, Asking) and stage.item is None else set()


def broken(dialogue: Dialogue, before: UserState, turn: Turn, fits: Fits) -> Iterator[str]:
    """The promises that a step went against."""
    state, replies = turn
    if not replies:
        yield "no answer"
    yield from _wrong(dialogue.book, state, replies, fits)
    yield from _lowered(dialogue.book, before, state)
    for reply in replies:
        if reply.outcome and reply.outcome.is_emergency and reply.buttons and reply.safety:
            yield "an emergency card with buttons"


def _wrong(
    book: Rulebook, state: UserState, replies: Sequence[Reply], fits: Fits
) -> Iterator[str]:
    """What must never be, whatever happened."""
    shown = any(reply.stretches for reply in replies)
    if shown and not may_stretch(book, state.facts):
        yield "a stretch before every sign was denied, or with a flag open"
    if isinstance(state.stage, Stretching) and assess(book, state.facts).because:
        yield "a routine goes on with a flag open"
    for reply in replies:
        tokens = [button.token for row in reply.buttons for button in row]
        if len(set(tokens)) < len(tokens) or any(len(t.encode()) > TOKEN_BYTES for t in tokens):
            yield "a button twice, or too long"
        if not fits(reply):
            yield f"the message {reply.key!r} does not fit into Telegram"


def _lowered(book: Rulebook, before: UserState, after: UserState) -> Iterator[str]:
    if _urgency(book, after) >= _urgency(book, before):
        return
    flags = set(book.flags)
    had, has = book.present(before.facts), book.present(after.facts)
    if not (had & flags <= has & flags and had - flags == has - flags):
        return
    if before.facts.cleared == after.facts.cleared:
        yield "one more flag lowered the outcome"


def _urgency(book: Rulebook, state: UserState) -> int:
    return assess(book, state.facts).outcome.urgency


# -- the whole -------------------------------------------------------------------------------


def _endless(best: dict[str, Node]) -> Iterator[Problem]:
    """States from which no button leads on to an end: home, advice, all deleted."""
    leads: dict[str, list[str]] = {}
    for key, node in best.items():
        for other in node.after:
            leads.setdefault(other, []).append(key)
    ends = [key for key, node in best.items() if _is_end(node.state)]
    reached, waiting = set(ends), deque(ends)
    while waiting:
        for key in leads.get(waiting.popleft(), ()):
            if key not in reached:
                reached.add(key)
                waiting.append(key)
    stuck = [node for key, node in best.items() if key not in reached]
    for node in stuck[:1]:
        yield Problem(f"{len(stuck)} states never come to an end", node.inputs())


def _is_end(state: UserState) -> bool:
    return isinstance(state.stage, Home | Advising) or state == UserState()


def _unreached(
    dialogue: Dialogue, report: Report, fired: set[str], asked: set[str], fits: Fits
) -> Iterator[Problem]:
    """Rules, questions and outcomes that the walk did not meet, led to one by one."""
    book = dialogue.book
    rules: list[Flag | Combination] = [*book.flags.values(), *book.combinations.values()]
    for rule in rules:
        if rule.id in fired or rule.outcome is Outcome.SELF_CARE:
            continue
        names = _smallest(rule)
        ways = [_led(dialogue, _concerned(book, names)), _told(dialogue, names)]
        led = [pair for way in ways for pair in way]
        for node, replies in led:
            before = node.before or node
            for what in broken(dialogue, before.state, (node.state, replies), fits):
                yield Problem(what, node.inputs())
            asked |= _asked(node.state)
            fired |= {entry.rule.id for entry in assess(book, node.state.facts).because}
            _note(report, node.depth, replies)
        if rule.id not in fired:
            yield Problem(f"the rule {rule.id} never fires", led[-1][0].inputs())
    first = next(step for step in book.order if isinstance(step, Choice))
    for step in book.steps.values():
        when = step.when or Condition()
        names = _concerned(book, frozenset((*when.all, *when.any[:1])))
        for option in first.options if step.id not in asked else ():
            for node, _ in _led(dialogue, names.union(option.has)):
                asked |= _asked(node.state)
        if step.id not in asked:
            yield Problem(f"the question {step.id} is never asked")
    for outcome in Outcome:
        taps = report.taps.get(outcome)
        if taps is None or taps > MOST_TAPS:
            yield Problem(f"the outcome {outcome.value} takes more than {MOST_TAPS} taps: {taps}")


def _smallest(rule: Flag | Combination) -> frozenset[str]:
    """What must be present for a rule to fire."""
    if isinstance(rule, Flag):
        return frozenset((rule.id,))
    at_least = rule.when.at_least
    some = at_least.of[: at_least.count] if at_least else ()
    return frozenset((*rule.when.all, *rule.when.any[:1], *some))


def _concerned(book: Rulebook, names: frozenset[str]) -> frozenset[str]:
    """These findings, and those without which nobody would ask about them."""
    while True:
        steps = [book.page_of.get(name) or book.question_of.get(name) for name in names]
        whens = [step.when for step in steps if step is not None and step.when is not None]
        more = names.union(*((*when.all, *when.any[:1]) for when in whens))
        if more == names:
            return names
        names = more


def _led(dialogue: Dialogue, names: frozenset[str]) -> Iterator[Led]:
    """A conversation by buttons of someone who has just these findings and marks."""
    book = dialogue.book
    node = begun(dialogue)
    for _ in range(4 * len(book.steps) + 4 * len(names)):
        if not isinstance(node.state.stage, Asking | New) or not node.buttons:
            return
        token, label = _honest(book, node, names)
        turn = dialogue.step(node.state, Press(AT, token))
        node = node.next(turn, f"[{label}]")
        yield node, turn[1]


def _told(dialogue: Dialogue, names: frozenset[str]) -> Iterator[Led]:
    """The same in words: what an emergency keeps from being asked can still be said."""
    node = begun(dialogue)
    for name in sorted(names & dialogue.book.findings.keys()):
        for words in dialogue.book.findings[name].says:
            turn = dialogue.step(node.state, Text(AT, words))
            node = node.next(turn, words)
            yield node, turn[1]
            if name in dialogue.book.present(node.state.facts):
                break


def _honest(book: Rulebook, node: Node, names: frozenset[str]) -> tuple[str, str]:
    """The button that someone with these findings presses."""
    buttons = node.buttons
    stage = node.state.stage
    if not isinstance(stage, Asking):
        return buttons[0]
    offered = {token.rpartition(".")[2]: (token, label) for token, label in buttons}
    unticked = names & offered.keys() - _ticked(node.state)
    had = [name for name in unticked if name in book.page_of]
    if had:
        return offered[had[0]]
    known = {option: book.option(stage.step, option) for option in offered}
    fits = {option: len(names & set(one.has)) for option, one in known.items() if one}
    if any(fits.values()):
        return offered[max(fits, key=fits.__getitem__)]
    straight = [b for place, b in enumerate(buttons) if _is_straight(node, b[0], place)]
    done = [pair for option, pair in offered.items() if option == "done"]
    return (done or straight)[0]


def _ticked(state: UserState) -> frozenset[str]:
    """What is ticked on the page that is open."""
    return frozenset(
        name for name, found in state.facts.findings.items() if found.answer.value == "yes"
    )


def lowering(book: Rulebook) -> Iterator[str]:
    """Rules for which one more flag could lower the outcome."""
    for flag in book.flags.values():
        if flag.eased is not None and flag.eased.when.names() & book.flags.keys():
            yield f"another flag eases {flag.id}"


# -- everything else that can happen ---------------------------------------------------------


def tried(
    dialogue: Dialogue, nodes: Sequence[Node], fits: Fits, report: Report
) -> Iterator[Problem]:
    """Words, commands, old buttons, time and a restart in each of these states.

    After more than `CLOSE` deviations: of the words those of the gravest sign, of the commands
    those that look at the stage, of the buttons and of the time one.
    """
    dangers = list(_dangers(dialogue.book))
    for node in nodes:
        inputs = node.inputs
        closely = node.deviations <= CLOSE
        for text, flag in ((NOT_WORDS, None), *(dangers if closely else dangers[:1])):
            report.steps += 1
            for what in _said(dialogue, node, Text(AT, text), flag, fits):
                yield Problem(what, (*inputs(), f"you: {text}"))
        for name in sorted(commands.NAMES | {"nonsense"} if closely else MOVES):
            report.steps += 1
            for what in _happened(dialogue, node.state, Command(AT, name), fits):
                yield Problem(what, (*inputs(), f"you: /{name}"))
        for token, label in islice(_old(dialogue, node), None if closely else 1):
            report.steps += 1
            for what in _pressed_late(dialogue, node, token, fits):
                yield Problem(what, (*inputs(), f"you: [{label}]"))
        for span in SPANS if closely else SPANS[-1:]:
            report.steps += 1
            for what in _happened(dialogue, node.state, Tick(AT + span), fits):
                yield Problem(what, (*inputs(), f"wait: {span}"))
        if load(dump(node.state)) != node.state:
            yield Problem("a restart changed something", (*inputs(), "restart"))


def _dangers(book: Rulebook) -> Iterator[tuple[str, Flag]]:
    """For each outcome, the words of the first flag that has it; the most urgent come first."""
    seen: set[Outcome] = set()
    for flag in sorted(book.flags.values(), key=lambda flag: -flag.outcome.urgency):
        if flag.says and flag.outcome not in seen:
            seen.add(flag.outcome)
            yield flag.says[0], flag


def _happened(dialogue: Dialogue, state: UserState, event: Event, fits: Fits) -> Iterator[str]:
    after, replies = dialogue.step(state, event)
    if not replies and not isinstance(event, Tick):
        yield "no answer"
    yield from _wrong(dialogue.book, after, replies, fits)
    gone = after == UserState() or after.stage != state.stage
    if not gone and _urgency(dialogue.book, after) < _urgency(dialogue.book, state):
        yield "the outcome became milder by itself"


def _said(
    dialogue: Dialogue, node: Node, event: Text, flag: Flag | None, fits: Fits
) -> Iterator[str]:
    book = dialogue.book
    after, replies = dialogue.step(node.state, event)
    if not replies:
        yield "no answer"
    yield from _wrong(book, after, replies, fits)
    had, has = book.present(node.state.facts), book.present(after.facts)
    if not had & book.flags.keys() <= has:
        yield "words took a sign back"
    if flag is not None and not _is_heard(book, after, replies, flag):
        yield f"the words of {flag.id} were not heard"


def _is_heard(book: Rulebook, state: UserState, replies: Sequence[Reply], flag: Flag) -> bool:
    """Whether a sign counts now, is asked about, or something as urgent is said at once."""
    item = state.stage.item if isinstance(state.stage, Asking) else None
    if flag.id in book.present(state.facts) | {item, *state.to_ask}:
        return True
    told = [reply.outcome.urgency for reply in replies if reply.outcome is not None]
    return max(told, default=-1) >= flag.outcome.urgency


def _old(dialogue: Dialogue, node: Node) -> Iterator[tuple[str, str]]:
    """Buttons that are no more: all of the message before, and the very first one."""
    shown = open_question(dialogue.context, node.state, AT)[1]
    offered = {token for token, _ in (*node.buttons, *_buttons(shown))}
    if node.before is None:
        return
    first = node.before
    while first.before is not None:
        first = first.before
    for token, label in dict((*node.before.buttons, *first.buttons[:1])).items():
        if token not in offered and token.split(".")[1] not in {*ACTIONS, BROWSING}:
            yield token, label


def _pressed_late(dialogue: Dialogue, node: Node, token: str, fits: Fits) -> Iterator[str]:
    after, replies = dialogue.step(node.state, Press(AT, token))
    if not replies:
        yield "no answer"
    yield from _wrong(dialogue.book, after, replies, fits)
    if (after.facts, after.stage) != (node.state.facts, node.state.stage):
        yield "an old button changed something"
