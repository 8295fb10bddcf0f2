"""What every reply is made of: texts, lines, buttons, names of sources, emergency numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.knowledge import EmergencyNumber, Flag, Outcome
from bot.core.messages import Button, Kind, Line, Reply
from bot.core.state import Facts, UserState
from bot.core.triage import (
    Fired,
    Rulebook,
)

NONE, UNSURE, BACK = "none", "unsure", "back"
OFF = "off-"  # before an item that is ticked: the tap asks whether it was meant
YES, NO = "yes", "no"
CRISIS = "crisis"  # the card that says "talk to someone now"
_IN_COUNTRY = re.compile(r"(?:(?:i am|i'm|im|i live|we are|here) )?(?:in|from) (?:the )?(.+)")


def token(state: UserState, question: str, option: str) -> str:
    """What a button carries: which session and question it answers, and how."""
    return f"{state.session}.{question}.{option}"


class Pieces:
    """The small parts, over the rulebook and the texts of one language."""

    def __init__(self, book: Rulebook, operator: str = "") -> None:
        """Keep the rulebook and index the emergency numbers. `operator`: who runs this bot."""
        self.book = book
        self.operator = operator
        k = book.knowledge
        self._texts = k.texts
        self._buttons = k.buttons
        self._numbers = {entry.country: entry for entry in k.emergency_numbers}
        self._crisis = {entry.country: entry for entry in k.crisis_lines}
        self._country_names = {
            name.casefold().strip(" .!?"): entry.country
            for entry in k.emergency_numbers
            for name in (entry.name, *entry.aliases)
        }

    def text(self, key: str, **values: str | int) -> str:
        """A text of texts.yaml with its marks filled in."""
        text = self._texts[key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def line(self, key: str, kind: Kind = Kind.TEXT, **values: str | int) -> Line:
        """A text as a line."""
        return Line(kind, self.text(key, **values))

    def clock(self, hour: int, minute: int) -> str:
        """A time of day in words: 8:30am, midday, midnight."""
        if (hour, minute) in {(12, 0), (0, 0)}:
            return self.text("clock_midday" if hour else "clock_midnight")
        half = self.text("clock_morning" if hour < 12 else "clock_later")
        return self.text("clock", hour=hour % 12 or 12, minute=f"{minute:02d}", half=half)

    def day_and_time(self, local: datetime) -> str:
        """A local moment in words: Monday 2 March, 8:30am."""
        return self.text(
            "day_and_time",
            weekday=self.text("weekdays").split()[local.weekday()],
            day=local.day,
            month=self.text("months").split()[local.month - 1],
            time=self.clock(local.hour, local.minute),
        )

    def button(
        self, state: UserState, question: str, option: str, label: str | None = None
    ) -> Button:
        """A button; its label is that of `option` in texts.yaml unless one is given."""
        return Button(token(state, question, option), label or self._buttons[option])

    def plain(self, key: str, **values: str | int) -> Reply:
        """A reply of one text and no question; blank lines in the text part its paragraphs."""
        parts = self.text(key, **values).split("\n")
        return Reply(key, tuple(Line(Kind.TEXT, part) for part in parts if part.strip()))

    def country_named(self, text: str) -> str | None:
        """The country code for a typed country name, if it is one we have a number for."""
        plain = text.strip().casefold().strip(" .!?")
        inside = _IN_COUNTRY.fullmatch(plain)
        return self._country_names.get(inside.group(1) if inside else plain)

    def number_of(self, state: UserState) -> EmergencyNumber | None:
        """What to dial where this person is, if they told us the country."""
        return self._numbers.get(state.country or "")

    def stretch_named(self, name: str) -> str:
        """The name of a stretch; its id when the knowledge base no longer has it."""
        stretch = self.book.stretches.get(name)
        return stretch.name if stretch else name

    def sources(self, ids: Iterable[str]) -> str:
        """The short names of sources."""
        return "; ".join(self.book.sources[name].short for name in ids)

    def _sourced(self, text: str, sources: Iterable[str]) -> str:
        return f"{text} ({self.sources(sources)})"

    def _filled(self, state: UserState, part: str) -> str:
        entry = self.number_of(state)
        number = entry.emergency if entry else self.text("numbers_unknown")
        call = self.text("call_number", number=number) if entry else self.text("call_unknown")
        urgent = ""
        if entry and entry.urgent_line:
            urgent = " " + self.text("urgent_line", number=entry.urgent_line)
        line = self._crisis.get(state.country or "")
        crisis = (
            self.text("crisis_line", name=line.name, number=line.number)
            if line
            else self.text("crisis_line_unknown")
        )
        for mark, value in (
            ("{call}", call),
            ("{number}", number),
            ("{urgent}", urgent),
            ("{crisis_line}", crisis),
        ):
            part = part.replace(mark, value)
        return part

    def _unsure_and_back(self, state: UserState, question: str) -> tuple[Button, ...]:
        return (self.button(state, question, UNSURE), self.button(state, question, BACK))

    def _level(self, outcome: Outcome) -> str:
        return self.book.outcomes[outcome].level

    def menu(
        self,
        state: UserState,
        key: str,
        question: str,
        options: Sequence[str],
        **values: str | int,
    ) -> Reply:
        """A short question whose buttons are named in texts.yaml."""
        rows = tuple((self.button(state, question, option),) for option in options)
        parts = self.text(key, **values).split("\n")
        lines = tuple(Line(Kind.TEXT, part) for part in parts if part.strip())
        return Reply(key, lines, rows, question=question)

    def _shorts(self, fired: Fired, facts: Facts) -> list[str]:
        """What a rule looked at and found, in short words."""
        if isinstance(fired.rule, Flag):
            return [fired.rule.short]
        found = sorted(self.book.present(facts) & fired.rule.when.names())
        marks = self.book.knowledge.marks
        return [
            self.book.findings[name].short if name in self.book.findings else marks[name]
            for name in found
        ]


def after(reply: Reply, *lines: Line) -> Reply:
    """The reply with lines at its end."""
    return replace(reply, lines=(*reply.lines, *lines))


def before(reply: Reply, *lines: Line) -> Reply:
    """The reply with lines in front."""
    return replace(reply, lines=(*lines, *reply.lines)) if lines else reply
