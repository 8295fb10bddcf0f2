"""Today's routine as messages: overview, stretch, dose, advice on a subject, home."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.knowledge import Outcome, Stretch
from bot.core.messages import Kind, Line, Reply
from bot.core.state import Plan, PlanItem, Stretching, UserState
from bot.core.wording.pieces import UNSURE, Pieces

SUBJECTS: Mapping[str, frozenset[str]] = {
    "home_care": frozenset({"home_care"}),
    "causes": frozenset({"cause"}),
    "tips": frozenset({"tip", "stop_rule", "caveat"}),
    "course": frozenset({"course"}),
    "facts": frozenset({"fact", "benefit"}),
}


class Routines(Pieces):
    """Everything about stretches, and the way home."""

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
            Line(Kind.TEXT, self.text("avoid", mistake=stretch.mistakes[0])),
            Line(Kind.TEXT, self.text("stop_if", stop=stretch.stop[0])),
            *([Line(Kind.NOTE, stretch.note)] if stretch.note else []),
            Line(Kind.NOTE, self.sources_say(stretch)),
            *(Line(Kind.DETAIL, variant) for variant in stretch.variants),
        ]
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

    def routine_done(self, state: UserState) -> Reply:
        """The end of a routine, and the question how the pain is now."""
        numbers = [self.button(state, "after", f"p{n}", str(n)) for n in range(11)]
        rows = (tuple(numbers[:6]), tuple(numbers[6:]), (self.button(state, "after", UNSURE),))
        key = "routine_done"
        tip = self.tip(len(state.diary))
        return Reply(key, (self.line(key), tip, self.line("pain_now")), rows, "after")

    def changed(self, state: UserState, stage: Stretching) -> Reply:
        """Something was said in a routine that is not understood: the signs, or on with it."""
        shown = self.stretch(state, stage.plan, stage.index)
        check = (self.button(state, "home", "check"),)
        return Reply("changed", (self.line("changed"),), (check, *shown.buttons), shown.question)

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

    def home(self, state: UserState, key: str = "home") -> Reply:
        """What can be done from here."""
        rows = (
            (self.button(state, "home", "stretch"), self.button(state, "home", "check")),
            (self.button(state, "home", "remind"), self.button(state, "home", "help")),
        )
        parts = self.text(key).split("\n")
        lines = tuple(Line(Kind.TEXT, part) for part in parts if part.strip())
        return Reply(key, lines, rows, question="home")


def _span(span: tuple[int, int]) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"
