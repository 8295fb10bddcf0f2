"""Someone who talks to the pure dialogue: keeps the state, the clock and what is on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.adapters.knowledge_files import load
from bot.core.dialogue import Dialogue
from bot.core.messages import Command, Event, Press, Reply, Text, Tick
from bot.core.state import (
    Answer,
    Chosen,
    Correcting,
    Facts,
    Found,
    Reviewing,
    Stretching,
    UserState,
)
from bot.core.triage import Rulebook

BOOK = Rulebook(load())  # for tables that are written out when tests are collected
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
YES = Found(Answer.YES, MONDAY, "pressed")
NO = Found(Answer.NO, MONDAY, "pressed")
UNSURE = Found(Answer.UNSURE, MONDAY, "pressed")


def mark_choices(book: Rulebook, names: Iterable[str]) -> dict[str, Chosen]:
    """The choices that state marks: for each, the first option that does."""
    choices: dict[str, Chosen] = {}
    for name in names:
        question, option = next(
            (question, option)
            for question in book.knowledge.questions
            for option in question.options
            if name in option.has
        )
        taken = choices.get(question.id)
        if taken is None or name not in book.options[question.id, taken.option].has:
            choices[question.id] = Chosen(option.id, MONDAY)
    return choices


def facts_with(book: Rulebook, *names: str, denied: Iterable[str] = ()) -> Facts:
    """Facts in which these flags, traits and marks are there and those are denied."""
    findings = dict.fromkeys(denied, NO)
    findings |= {name: YES for name in names if name in book.findings}
    marks = [name for name in names if name not in book.findings]
    return Facts(findings, mark_choices(book, marks))


class Person:
    """One user of the dialogue, in a zone, with a clock that moves by seconds."""

    def __init__(
        self,
        dialogue: Dialogue,
        state: UserState | None = None,
        at: datetime = MONDAY,
        zone: str = "UTC",
    ) -> None:
        self.dialogue = dialogue
        self.state = state if state is not None else UserState(zone=zone)
        self.at = at
        self.replies: tuple[Reply, ...] = ()
        self.screen: dict[str, str] = {}

    # -- events ----------------------------------------------------------------------------------

    def event(self, event: Event) -> tuple[Reply, ...]:
        """Give an event to the dialogue and keep what it shows."""
        self.state, self.replies = self.dialogue.step(self.state, event)
        for reply in self.replies:
            for row in reply.buttons:
                for button in row:
                    self.screen[button.token.split(".", 2)[2]] = button.token
        return self.replies

    def say(self, text: str) -> tuple[Reply, ...]:
        """Type a message."""
        self.at += timedelta(seconds=5)
        return self.event(Text(self.at, text))

    def command(self, name: str, argument: str = "") -> tuple[Reply, ...]:
        """Send a command."""
        self.at += timedelta(seconds=5)
        return self.event(Command(self.at, name, argument))

    def press(self, *options: str) -> tuple[Reply, ...]:
        """Press the newest buttons with these options, one after the other."""
        for option in options:
            self.press_token(self.screen[option])
        return self.replies

    def press_token(self, token: str) -> tuple[Reply, ...]:
        """Press a button by its whole token."""
        self.at += timedelta(seconds=5)
        return self.event(Press(self.at, token))

    def wait(self, span: timedelta) -> tuple[Reply, ...]:
        """Let time pass, and the clock tick once at the end."""
        self.at += span
        return self.event(Tick(self.at))

    # -- ways to a stage -------------------------------------------------------------------------

    def agree(self) -> Person:
        """Begin and agree: the first question is open."""
        self.command("start")
        self.press("agree")
        return self

    def reviewed(self) -> Person:
        """All clear and mobile, as far as the review."""
        self.agree()
        self.press("strain", "none", "none", "today", "none", "none", "p5", "none", "bending")
        self.press("low")
        assert isinstance(self.state.stage, Reviewing)
        return self

    def stretching(self, minutes: str = "m5") -> Person:
        """All clear, and at the first stretch."""
        self.reviewed().press(minutes)
        assert isinstance(self.state.stage, Stretching)
        return self

    def done(self) -> Person:
        """A routine to its end: "how is the pain now?" is open."""
        self.stretching()
        while isinstance(self.state.stage, Stretching):
            self.press("done")
        return self

    def home(self) -> Person:
        """After a routine, with nothing open."""
        self.told().press("close")  # no reminder
        return self

    def told(self) -> Person:
        """After a routine and the questions about it: the first reminder is offered."""
        self.done().press("p3", "spine", "right")
        return self

    def next_day(self) -> Person:
        """A day later a routine is wanted: "how was the day after?" is open."""
        self.home()
        self.at += timedelta(days=1)
        self.command("stretch")
        return self

    def settling(self) -> Person:
        """The bot has asked on day 15 whether it settles."""
        self.home().wait(timedelta(days=16))
        return self

    def task(self) -> Person:
        """A task of their own is to be named."""
        self.home().command("progress")
        self.press("task")
        return self

    def emergency(self) -> Person:
        """An emergency sign was said; care is advised."""
        self.say("i wet myself")
        return self

    def same_day(self) -> Person:
        """A whole screening that ends in same-day advice for a fever."""
        self.agree()
        self.press("strain", "none", "none", "today", "fever_or_infection", "none", "none")
        return self

    def two_weeks(self) -> Person:
        """A whole screening that ends in "see a clinician, not urgent"."""
        self.agree()
        self.press("strain", "none", "none", "weeks", "none", "none", "none")
        self.press("p5", "bending", "low")  # severe or high pain would be more urgent
        return self

    def correcting(self) -> Person:
        """An emergency sign is asked again: was it meant?"""
        self.emergency().say("that was by mistake")
        assert isinstance(self.state.stage, Correcting)
        return self

    # -- what is seen ----------------------------------------------------------------------------

    @property
    def tokens(self) -> list[str]:
        """The tokens of all buttons of the newest replies."""
        return [b.token for reply in self.replies for row in reply.buttons for b in row]

    @property
    def shown_stretches(self) -> list[str]:
        """The stretches that the newest replies show."""
        return [name for reply in self.replies for name in reply.stretches]

    def words(self) -> str:
        """All words of the newest replies."""
        return "\n".join(line.text for reply in self.replies for line in reply.lines)

    def answer_of(self, finding: str) -> Answer | None:
        """What is on record about a finding."""
        found = self.state.facts.findings.get(finding)
        return found.answer if found else None

    def copy(self) -> Person:
        """The same person, to try another way on."""
        other = Person(self.dialogue, self.state, self.at)
        other.screen = dict(self.screen)
        other.replies = self.replies
        return other

    def restarted(self) -> Person:
        """The same state in a new object, so that no identity is shared."""
        other = self.copy()
        other.state = replace(self.state)
        return other
