"""Text keys and knowledge to replies. Every sentence comes from knowledge/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.knowledge import Choice, EmergencyNumber, Flag, Outcome, Page, Stretch
from bot.core.messages import Button, Kind, Line, Reply
from bot.core.state import Answer, AskingSeen, Facts, Plan, PlanItem, Stretching, UserState
from bot.core.triage import (
    Fired,
    Rulebook,
    Verdict,
    applicable,
    assess,
    is_answered,
    not_asked,
    progress,
)

NONE, UNSURE, BACK = "none", "unsure", "back"
OFF = "off-"  # before an item that is ticked: the tap asks whether it was meant
YES, NO = "yes", "no"
CRISIS = "crisis"  # the card that says "talk to someone now"
_IN_COUNTRY = re.compile(r"(?:(?:i am|i'm|im|i live|we are|here) )?(?:in|from) (?:the )?(.+)")
SUBJECTS: Mapping[str, frozenset[str]] = {
    "home_care": frozenset({"home_care"}),
    "causes": frozenset({"cause"}),
    "tips": frozenset({"tip", "stop_rule", "caveat"}),
    "course": frozenset({"course"}),
    "facts": frozenset({"fact", "benefit"}),
}
LONGEST_LIST = 30  # entries of /why in one message


def token(state: UserState, question: str, option: str) -> str:
    """What a button carries: which session and question it answers, and how."""
    return f"{state.session}.{question}.{option}"


class Wording:
    """Builds every reply from the texts of one language."""

    def __init__(self, book: Rulebook) -> None:
        """Keep the rulebook and index the emergency numbers."""
        self.book = book
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

    # -- small pieces -----------------------------------------------------------------------

    def text(self, key: str, **values: str | int) -> str:
        """A text of texts.yaml with its marks filled in."""
        text = self._texts[key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def line(self, key: str, kind: Kind = Kind.TEXT, **values: str | int) -> Line:
        """A text as a line."""
        return Line(kind, self.text(key, **values))

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

    # -- the beginning ----------------------------------------------------------------------

    def greeting(self, state: UserState) -> Reply:
        """Who this is and what is kept, in two sentences, and the button that agrees."""
        lines = (self.line("greeting", Kind.TITLE), self.line("consent"), self.line("not_doctor"))
        buttons = (
            (self.button(state, "consent", "agree"),),
            (self.button(state, "consent", "privacy"),),
        )
        return Reply("greeting", lines, buttons, question="consent")

    # -- questions --------------------------------------------------------------------------

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

    def _unsure_and_back(self, state: UserState, question: str) -> tuple[Button, ...]:
        return (self.button(state, question, UNSURE), self.button(state, question, BACK))

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

    # -- verdicts ---------------------------------------------------------------------------

    def advice(self, state: UserState, verdict: Verdict) -> Reply:
        """Where to get care, how soon, why, what to tell them; no buttons in an emergency."""
        heading, do = self._way_to_care(verdict)
        lines = [Line(Kind.TITLE, heading)]
        lines += [Line(Kind.ITEM, self._filled(state, part)) for part in do]
        lines += self._because(verdict, state.facts)
        if verdict.card != CRISIS:
            lines.append(self.line("tell_them", words=self._tell(verdict)))
        rows: tuple[tuple[Button, ...], ...] = ()
        if not verdict.interrupts:
            seen = () if verdict.final else ((self.button(state, "advice", "seen"),),)
            rows = (*seen, (self.button(state, "advice", "change"),))
        return Reply(
            f"outcome.{verdict.outcome}",
            tuple(lines),
            rows,
            question="advice" if rows else None,
            outcome=verdict.outcome,
            safety=True,
        )

    def someone_else(self, state: UserState, verdict: Verdict, theirs: Facts) -> Reply:
        """The same advice for a person whom the user wrote about."""
        heading, do = self._way_to_care(verdict)
        lines = [
            self.line("someone_else"),
            Line(Kind.TITLE, heading),
            *(Line(Kind.ITEM, self._filled(state, part)) for part in do),
            *self._because(verdict, theirs, "because_other"),
            self.line("about_you_now"),
        ]
        return Reply("someone_else", tuple(lines), outcome=verdict.outcome, safety=True)

    def _way_to_care(self, verdict: Verdict) -> tuple[str, tuple[str, ...]]:
        card = self.book.cards[verdict.card] if verdict.card else None
        text = card or self.book.outcomes[verdict.outcome]
        return text.heading, text.do

    def warning_signs(self) -> Reply:
        """The card with the signs that must not be missed."""
        card = self.book.knowledge.warning_signs
        lines = (
            Line(Kind.TITLE, card.heading),
            *(Line(Kind.ITEM, sign) for sign in card.signs),
            Line(Kind.TEXT, card.action),
            Line(Kind.TEXT, card.note),
        )
        return Reply("warning_signs", lines, safety=True)

    def seen(self, state: UserState, stage: AskingSeen) -> Reply:
        """Were you seen, and what was said?"""
        text = self.book.outcomes[stage.outcome]
        asked = (
            text.follow_up if stage.follow_up and text.follow_up else self.text("seen_question")
        )
        options: tuple[str, ...] = ("seen_fine", "seen_wait", "not_seen", UNSURE)
        if stage.card == CRISIS:
            asked, options = self.text("crisis_question"), ("talked", "not_talked")
        rows = tuple((self.button(state, "seen", option),) for option in options)
        return Reply("seen", (Line(Kind.TEXT, asked),), rows, "seen", safety=True)

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

    def _because(self, verdict: Verdict, facts: Facts, key: str = "because") -> list[Line]:
        top = verdict.because[0]
        shorts = [short for fired in verdict.because for short in self._shorts(fired, facts)]
        told = "; ".join(dict.fromkeys(shorts))
        lines = [self.line(key, told=told)] if told else []
        return [*lines, Line(Kind.TEXT, top.rule.why)]

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

    def _tell(self, verdict: Verdict) -> str:
        words = [fired.rule.tell_them for fired in verdict.because if fired.rule.tell_them]
        return " ".join(dict.fromkeys(words[:3]))

    # -- why --------------------------------------------------------------------------------

    def why(self, state: UserState) -> tuple[Reply, ...]:
        """Which rules fired, which were denied, which were not asked, each with its sources."""
        verdict = assess(self.book, state.facts)
        fired = [self.line("why_outcome", Kind.TITLE, level=self._level(verdict.outcome))]
        fired += [self._fired_line(entry, state.facts) for entry in verdict.because] or [
            self.line("why_nothing")
        ]
        cleared = [
            self.book.flags[rule].short for rule in state.facts.cleared if rule in self.book.flags
        ]
        if cleared:
            fired.append(self.line("why_cleared", list="; ".join(cleared)))
        denied = [
            self._sourced(self.book.flags[name].short, self.book.flags[name].sources)
            for name, said in state.facts.findings.items()
            if said.answer is Answer.NO and name in self.book.flags
        ]
        unasked = [
            self._sourced(self.book.flags[name].short, self.book.flags[name].sources)
            for name in not_asked(self.book, state.facts)
        ]
        replies = [Reply("why", tuple(fired), outcome=verdict.outcome)]
        for key, entries in (("why_denied", denied), ("why_not_asked", unasked)):
            for start in range(0, len(entries), LONGEST_LIST):
                title = self.line(key, Kind.TITLE, count=len(entries))
                part = [Line(Kind.DETAIL, text) for text in entries[start : start + LONGEST_LIST]]
                replies.append(Reply(key, (title, *part) if start == 0 else tuple(part)))
        return tuple(replies)

    def _level(self, outcome: Outcome) -> str:
        return self.book.outcomes[outcome].level

    def _fired_line(self, fired: Fired, facts: Facts) -> Line:
        what = ", ".join(self._shorts(fired, facts))
        level = self._level(fired.outcome)
        why = self.text("why_fired", what=what, level=level, why=fired.rule.why)
        return Line(Kind.ITEM, self._sourced(why, fired.rule.sources))

    def _sourced(self, text: str, sources: Iterable[str]) -> str:
        return f"{text} ({self.sources(sources)})"

    def sources(self, ids: Iterable[str]) -> str:
        """The short names of sources."""
        return "; ".join(self.book.sources[name].short for name in ids)

    # -- review and routine -----------------------------------------------------------------

    def review(self, state: UserState) -> Reply:
        """All answers in short, and how much time there is."""
        lines = [self.line("review", Kind.TITLE)]
        lines += [Line(Kind.ITEM, text) for text in self._answers(state.facts)]
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

    def _answers(self, facts: Facts) -> list[str]:
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

    def overview(self, plan: Plan) -> Reply:
        """Today's routine: names, minutes, and why these and not the others."""
        seconds = sum(item.seconds for item in plan.items)
        lines = [
            self.line(
                "routine", Kind.TITLE, count=len(plan.items), minutes=max(1, round(seconds / 60))
            )
        ]
        for number, item in enumerate(plan.items, 1):
            stretch = self.book.stretches[item.stretch]
            why = " ".join(self._reason(*reason) for reason in item.reasons)
            lines.append(Line(Kind.STEP, f"{stretch.name}. {why}", number))
        if plan.left_out:
            lines.append(self.line("left_out", Kind.HEADING))
            grouped: dict[tuple[str, str], list[str]] = {}
            for name, key, value in plan.left_out:
                grouped.setdefault((key, value), []).append(self.book.stretches[name].name)
            lines += [
                Line(Kind.DETAIL, f"{', '.join(names)}: {self._reason(*reason)}")
                for reason, names in grouped.items()
            ]
        return Reply(
            "routine",
            tuple(lines),
            outcome=Outcome.SELF_CARE,
            stretches=tuple(item.stretch for item in plan.items),
        )

    def _reason(self, key: str, value: str) -> str:
        return self.text(f"reason_{key}", value=value)

    def advice_on(self, subject: str) -> Reply:
        """What the sources say of a subject: home care, causes, tips, or how it goes on."""
        kinds = SUBJECTS[subject]
        lines = [self.line(f"subject_{subject}", Kind.TITLE)]
        lines += [
            Line(Kind.DETAIL, self._sourced(entry.text, entry.sources))
            for entry in self.book.knowledge.advice
            if entry.kind in kinds
        ]
        return Reply(f"subject.{subject}", tuple(lines))

    def tip(self, number: int) -> Line:
        """One of the tips, another one each time."""
        tips = [entry for entry in self.book.knowledge.advice if entry.kind == "tip"]
        entry = tips[number % len(tips)]
        return Line(Kind.NOTE, self._sourced(entry.text, entry.sources))

    def changed(self, state: UserState, stage: Stretching) -> Reply:
        """Something was said in a routine that is not understood: the signs, or on with it."""
        shown = self.stretch(state, stage.plan, stage.index)
        check = (self.button(state, "home", "check"),)
        return Reply("changed", (self.line("changed"),), (check, *shown.buttons), shown.question)

    def sos(self, state: UserState) -> Reply:
        """Someone calls for help: the number first, whatever else is open."""
        lines = (self.line("sos"), Line(Kind.TEXT, self._filled(state, "{call}")))
        return Reply("sos", lines, safety=True)

    def self_care(self, state: UserState) -> Reply:
        """The result when nothing is wrong: what to do, and when to come back."""
        text = self.book.outcomes[Outcome.SELF_CARE]
        seen = bool(state.facts.cleared)
        when = self.line("back_to_clinician" if seen else "see_clinician_if", Kind.ITEM)
        lines = [self.line("no_new_signs", Kind.TITLE) if seen else Line(Kind.TITLE, text.heading)]
        lines += [*(Line(Kind.ITEM, part) for part in text.do), when]
        return Reply("outcome.self_care", tuple(lines), outcome=Outcome.SELF_CARE)

    def stretch(self, state: UserState, plan: Plan, index: int) -> Reply:
        """One stretch: how, how long, what to feel, when to stop."""
        item = plan.items[index]
        stretch = self.book.stretches[item.stretch]
        lines = [
            self.line(
                "stretch", Kind.TITLE, name=stretch.name, at=index + 1, total=len(plan.items)
            ),
            Line(Kind.TEXT, stretch.summary),
            *(Line(Kind.STEP, step, number) for number, step in enumerate(stretch.steps, 1)),
            Line(Kind.TEXT, self.dose(stretch, item)),
            *(Line(Kind.TEXT, tip) for tip in item.tips),
            Line(Kind.TEXT, f"{stretch.feel} {stretch.breathe}"),
            Line(Kind.TEXT, self.text("stop_if", stop=stretch.stop[0])),
            Line(Kind.NOTE, self.sources_say(stretch)),
        ]
        if stretch.note:
            lines.insert(-1, Line(Kind.NOTE, stretch.note))
        rows = (
            (self.button(state, f"stretch{index}", "done"),),
            (
                self.button(state, f"stretch{index}", "skip"),
                self.button(state, f"stretch{index}", "hurts"),
            ),
            (self.button(state, f"stretch{index}", "finish"),),
        )
        return Reply(
            f"stretch.{stretch.id}",
            tuple(lines),
            rows,
            question=f"stretch{index}",
            stretches=(stretch.id,),
            edit=index > 0,
        )

    def dose(self, stretch: Stretch, item: PlanItem) -> str:
        """Today's dose in words."""
        key = "dose_hold" if item.hold else "dose_moving"
        side = self.text("each_side") if stretch.sides == "both" else ""
        return self.text(key, hold=item.hold, repetitions=item.repetitions, side=side).replace(
            " .", "."
        )

    def sources_say(self, stretch: Stretch) -> str:
        """What each source gives as a dose, beside what we start with."""
        said = []
        for dose in stretch.dose.sources:
            parts = []
            if dose.hold:
                parts.append(self.text("span_seconds", span=_span(dose.hold)))
            if dose.repetitions:
                parts.append(self.text("span_times", span=_span(dose.repetitions)))
            if parts:
                name = self.book.sources[dose.source].short
                said.append(f"{name}: {', '.join(parts)}")
        if not said:
            return self.text("sources_silent")
        return self.text("sources_say", list="; ".join(said))

    def routine_done(self, state: UserState, *, hurt: bool = False) -> Reply:
        """The end of a routine, and the question how the pain is now."""
        numbers = [self.button(state, "after", f"p{n}", str(n)) for n in range(11)]
        rows = (tuple(numbers[:6]), tuple(numbers[6:]), (self.button(state, "after", UNSURE),))
        key = "routine_hurt" if hurt else "routine_done"
        tip = self.tip(len(state.diary))
        return Reply(key, (self.line(key), tip, self.line("pain_now")), rows, "after")

    def home(self, state: UserState, key: str = "home") -> Reply:
        """What can be done from here."""
        rows = (
            (self.button(state, "home", "stretch"), self.button(state, "home", "check")),
            (self.button(state, "home", "remind"), self.button(state, "home", "help")),
        )
        parts = self.text(key).split("\n")
        lines = tuple(Line(Kind.TEXT, part) for part in parts if part.strip())
        return Reply(key, lines, rows, question="home")

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

    def reminder(self, state: UserState) -> Reply:
        """The reminder itself: neutral on a lock screen."""
        rows = (
            (self.button(state, "reminder", "start_now"),),
            (
                self.button(state, "reminder", "skip_today"),
                self.button(state, "reminder", "stop_reminders"),
            ),
        )
        return Reply(
            "reminder", (self.line("reminder"),), rows, question="reminder", reminder=True
        )


def _span(span: tuple[int, int]) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"


def after(reply: Reply, *lines: Line) -> Reply:
    """The reply with lines at its end."""
    return replace(reply, lines=(*reply.lines, *lines))


def before(reply: Reply, *lines: Line) -> Reply:
    """The reply with lines in front."""
    return replace(reply, lines=(*lines, *reply.lines)) if lines else reply
