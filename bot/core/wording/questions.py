"""The questions as messages: pages, choices, single questions, corrections, the review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.knowledge import Choice, Outcome, Page
from bot.core.messages import Button, Kind, Line, Reply
from bot.core.state import Answer, Facts, UserState
from bot.core.triage import (
    applicable,
    is_answered,
    progress,
)
from bot.core.wording.pieces import BACK, NO, NONE, OFF, YES, Pieces


class Questions(Pieces):
    """Everything that is asked."""

    def greeting(self, state: UserState) -> Reply:
        """Who this is and what is kept, in two sentences, and the button that agrees."""
        lines = (self.line("greeting", Kind.TITLE), self.line("consent"), self.line("not_doctor"))
        buttons = (
            (self.button(state, "consent", "agree"),),
            (self.button(state, "consent", "passing"),),
            (self.button(state, "consent", "privacy"),),
        )
        return Reply("greeting", lines, buttons, question="consent")

    def page(self, state: UserState, page: Page, noted: Sequence[Line] = ()) -> Reply:
        """A page of findings: numbered lines, a button each, one to deny them all."""
        lines = [*noted, self._where(state, page.id), Line(Kind.TEXT, page.intro)]
        rows: list[tuple[Button, ...]] = []
        number = 0
        said_any = False
        for group in page.groups:
            if len(page.groups) > 1:
                lines.append(Line(Kind.HEADING, group.heading))
            for name in group.items:
                number += 1
                finding = self.book.findings[name]
                said = state.facts.findings.get(name)
                # What a clinician has looked at is shown unticked: a tap says that it is back.
                seen = name in state.facts.cleared
                yes = said is not None and said.answer is not Answer.NO and not seen
                said_any = said_any or yes
                mark = self.text("ticked", item=finding.item) if yes else finding.item
                lines.append(Line(Kind.STEP, mark, number))
                label = self.text("ticked", item=finding.button) if yes else finding.button
                rows.append((self.button(state, page.id, (OFF if yes else "") + name, label),))
        none = self.button(state, page.id, NONE, self._buttons["no_others" if said_any else NONE])
        rows += [(none,), self._unsure_and_back(state, page.id)]
        return Reply(f"ask.{page.id}", tuple(lines), tuple(rows), page.id, edit=True)

    def choice(self, state: UserState, choice: Choice, noted: Sequence[Line] = ()) -> Reply:
        """A question with one answer."""
        lines = (*noted, self._where(state, choice.id), Line(Kind.TEXT, choice.text))
        buttons = [
            self.button(state, choice.id, option.id, option.button) for option in choice.options
        ]
        rows = [
            tuple(buttons[start : start + choice.per_row])
            for start in range(0, len(buttons), choice.per_row)
        ]
        rows.append(self._unsure_and_back(state, choice.id))
        return Reply(f"ask.{choice.id}", lines, tuple(rows), choice.id, edit=True)

    def single(self, state: UserState, name: str, noted: Sequence[Line] = ()) -> Reply:
        """One finding asked by its own question."""
        question = f"ask-{name}"
        lines = (*noted, self.line("ask_directly"), Line(Kind.TEXT, self._question(name)))
        rows = (
            (self.button(state, question, YES), self.button(state, question, NO)),
            self._unsure_and_back(state, question),
        )
        return Reply("ask_directly", lines, rows, question, edit=True)

    def echoed(
        self, state: UserState, choice: Choice, days: int, noted: Sequence[Line] = ()
    ) -> Reply:
        """A question whose answer was typed as a length: "So about ten days?", one tap away."""
        asked = self.choice(state, choice)
        lines = (
            *noted,
            asked.lines[0],
            self.line("so_about", length=self.length(days)),
            *asked.lines[1:],
        )
        rows = ((self.button(state, choice.id, YES),), *asked.buttons)
        return replace(asked, key="so_about", lines=lines, buttons=rows)

    def length(self, days: int) -> str:
        """A length in words, in the largest unit that it fills at least twice."""
        for unit, size in (("years", 365), ("months", 30), ("weeks", 7), ("days", 1)):
            if days >= 2 * size:
                return self.text(f"length_{unit}", count=round(days / size))
        return self.text("length_day" if days else "length_today")

    def guard(self, flags: Iterable[str]) -> tuple[Line, ...]:
        """Why a settled old trouble is no sign, before it is asked whether this is one."""
        guards = self.book.knowledge.guards
        return tuple(Line(Kind.TEXT, g.why) for g in guards if set(flags) & set(g.guards))[:1]

    def correction(self, state: UserState, name: str) -> Reply:
        """An open flag asked again: meant, or a mistake?"""
        question = f"again-{name}"
        short = self.book.findings[name].short
        lines = (self.line("correct", short=short), Line(Kind.TEXT, self._question(name)))
        rows = (
            (self.button(state, question, YES, self._buttons["meant"]),),
            (self.button(state, question, NO, self._buttons["mistake"]),),
            self._unsure_and_back(state, question),
        )
        return Reply("correct", lines, rows, question, edit=True)

    def _question(self, name: str) -> str:
        return self.book.findings[name].question

    def _where(self, state: UserState, step: str) -> Line:
        at, total = progress(self.book, state.facts, step)
        title = self.book.steps[step].title
        return self.line("where", Kind.TITLE, title=title, at=at, total=total)

    def noted(self, flags: Iterable[str], outcome: Outcome) -> tuple[Line, ...]:
        """What has just been taken in, and how soon it needs care, before the next question."""
        shorts = [self.book.findings[name].short for name in flags]
        if not shorts:
            return ()
        line = self.line("noted", short="; ".join(shorts))
        if outcome is Outcome.SELF_CARE:
            return (line,)
        text = self.book.outcomes[outcome]
        return (line, Line(Kind.TEXT, text.noted), self.line("more_first"))

    def review(self, state: UserState) -> Reply:
        """All answers in short, and how much time there is."""
        lines = [self.line("review", Kind.TITLE)]
        lines += [Line(Kind.ITEM, text) for text in self.answers(state.facts)]
        lines.append(self.line("minutes"))
        minutes = tuple(
            self.button(state, "review", f"m{m}", self.text("minutes_button", minutes=m))
            for m in self.book.knowledge.rules.routine_minutes
        )
        last = (
            self.button(state, "review", "change"),
            self.button(state, "review", BACK),
        )
        return Reply(
            "review",
            tuple(lines),
            (minutes, last),
            question="review",
            edit=True,
        )

    def change(self, state: UserState) -> Reply:
        """The answered steps as buttons, to change one."""
        rows = [
            (self.button(state, "change", step.id, step.title),)
            for step in applicable(self.book, state.facts)
            if is_answered(step, state.facts)
        ]
        rows.append((self.button(state, "change", BACK),))
        return Reply("change", (self.line("change"),), tuple(rows), question="change", edit=True)

    def answers(self, facts: Facts) -> list[str]:
        """One line for each answered step."""
        answers = []
        for step in applicable(self.book, facts):
            if isinstance(step, Choice):
                chosen = facts.choices.get(step.id)
                if chosen is None:
                    continue
                option = self.book.option(step.id, chosen.option)
                said = option.says if option else ""
            else:
                if not is_answered(step, facts):
                    continue
                yes = [
                    self.book.findings[name].short
                    for name in step.items
                    if facts.findings[name].answer is not Answer.NO
                ]
                said = "; ".join(yes) if yes else self.text("review_none")
            answers.append(self.text("review_line", title=step.title, said=said))
        return answers
