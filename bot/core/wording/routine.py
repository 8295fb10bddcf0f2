"""Today's routine as messages: overview, stretch, dose, advice on a subject, home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.core import diary
from bot.core.agenda import zone_of
from bot.core.countdown import Countdown, phases_of
from bot.core.knowledge import Outcome, Stretch
from bot.core.messages import Button, Chart, Kind, Line, Point, Reply
from bot.core.state import Plan, PlanItem, Stretching, UserState
from bot.core.wording.pieces import UNSURE, Pieces, token

DAYS_OF_WEEK = 7
FEWEST_POINTS, MOST_POINTS = 2, 60  # routines in a chart
COUNT_WORDS = ("ready", "hold", "hold_side", "move", "move_side", "let_go", "change")
CHANGES = {"better": "progress_better", "worse": "progress_worse", "same": "progress_same"}
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
        """One stretch: how, how long, what to feel, when to stop. The rest is a tap away."""
        item = plan.items[index]
        stretch = self.book.stretches[item.stretch]
        lines = [
            self.line(
                "stretch", Kind.TITLE, name=stretch.name, at=index + 1, total=len(plan.items)
            ),
            *self._how(stretch, item),
        ]
        options = (("count",), ("done", "skip"), ("easier", "hurts"), ("more", "finish"))
        return Reply(
            f"stretch.{stretch.id}",
            tuple(lines),
            self._rows_of(state, index, options),
            question=f"stretch{index}",
            stretches=(stretch.id,),
            picture=stretch.id,
            dark=state.dark,
        )

    def _rows_of(
        self, state: UserState, index: int, options: Sequence[Sequence[str]]
    ) -> tuple[tuple[Button, ...], ...]:
        question = f"stretch{index}"
        return tuple(
            tuple(self.button(state, question, option) for option in row) for row in options
        )

    def all_stretches(
        self, state: UserState, positions: Sequence[str], areas: Sequence[str]
    ) -> Reply:
        """By which position, or for which part?"""
        rows = [
            tuple(self.button(state, "browse", name) for name in names[at : at + 2])
            for names in (positions, areas)
            for at in range(0, len(names), 2)
        ]
        return Reply("all_stretches", (self.line("all_stretches"),), tuple(rows))

    def stretches_of(self, state: UserState, group: str, found: Sequence[Stretch]) -> Reply:
        """The stretches of one position, or for one part."""
        rows = [(self.button(state, "browse", s.id, s.name),) for s in found]
        rows.append((self.button(state, "browse", "browse"),))
        line = self.line("stretches_of", Kind.TITLE, group=self._buttons[group])
        return Reply("stretches_of", (line,), tuple(rows), edit=True)

    def browsed(self, state: UserState, stretch: Stretch, item: PlanItem) -> Reply:
        """One stretch to look at, with a link to share."""
        lines = (
            Line(Kind.TITLE, stretch.name),
            *self._how(stretch, item),
        )
        rows = ((self.button(state, "browse", "browse"),),)
        return Reply(
            f"stretch.{stretch.id}",
            lines,
            rows,
            stretches=(stretch.id,),
            picture=stretch.id,
            dark=state.dark,
            share=f"s_{stretch.id}",
        )

    def not_for_now(self, state: UserState, stretch: Stretch, why: tuple[str, str]) -> Reply:
        """Why a stretch is none for this person now."""
        lines = (
            Line(Kind.TITLE, stretch.name),
            self.line("not_for_now", why=self._reason(*why)),
        )
        return Reply("not_for_now", lines, ((self.button(state, "browse", "browse"),),))

    def _how(self, stretch: Stretch, item: PlanItem) -> tuple[Line, ...]:
        """How, how long, what to feel, when to stop."""
        return (
            *(Line(Kind.STEP, step, number) for number, step in enumerate(stretch.steps, 1)),
            Line(Kind.TEXT, self.dose(stretch, item)),
            *(Line(Kind.TEXT, tip) for tip in item.tips),
            Line(Kind.TEXT, f"{stretch.feel} {stretch.breathe}"),
            Line(Kind.TEXT, self.text("stop_if", stop=stretch.stop[0])),
            *([Line(Kind.NOTE, stretch.note)] if stretch.note else []),
        )

    def more_about(self, name: str) -> Reply:
        """Mistakes, other ways to do it, and what each source gives as a dose."""
        stretch = self.book.stretches[name]
        lines = [
            self.line("more_about", Kind.TITLE, name=stretch.name),
            Line(Kind.TEXT, stretch.summary),
            Line(Kind.TEXT, stretch.surface),
            *(Line(Kind.ITEM, self.text("avoid", mistake=m)) for m in stretch.mistakes),
            *(Line(Kind.ITEM, variant) for variant in stretch.variants),
            *(Line(Kind.ITEM, self.text("stop_if", stop=stop)) for stop in stretch.stop[1:]),
            *(
                self.line("in_the_picture", Kind.NOTE, text=figure.text)
                for figure in self.book.knowledge.figures
                if figure.id == name
            ),
            Line(Kind.NOTE, self.sources_say(stretch)),
        ]
        return Reply("more_about", tuple(lines))

    def countdown(self, state: UserState, stage: Stretching) -> Countdown:
        """The phases of the stretch that is open."""
        item = stage.plan.items[stage.index]
        stretch = self.book.stretches[item.stretch]
        words = {name: self.text(f"count_{name}") for name in COUNT_WORDS}
        sides = (self.text("side_first"), self.text("side_other"))
        return Countdown(
            token(state, f"stretch{stage.index}", "count"),
            stretch.name,
            stretch.breathe,
            phases_of(
                item.hold, item.repetitions, sides if stretch.sides == "both" else (), words
            ),
            stage.spent,
        )

    def counting(self, state: UserState, stage: Stretching, second: int) -> Reply:
        """The count as it is at a second, to be counted on from there."""
        countdown = replace(self.countdown(state, stage), spent=second)
        options = (("hold_on", "skip"), ("easier", "hurts"))
        return self._count(state, stage, countdown, options, running=True)

    def count_paused(self, state: UserState, stage: Stretching) -> Reply:
        """The count standing still."""
        countdown = self.countdown(state, stage)
        options = (("go_on", "skip"), ("easier", "hurts"), ("finish",))
        return self._count(state, stage, countdown, options, running=False)

    def _count(
        self,
        state: UserState,
        stage: Stretching,
        countdown: Countdown,
        options: Sequence[Sequence[str]],
        *,
        running: bool,
    ) -> Reply:
        title, phase, bar, cue = countdown.lines_at(countdown.spent)
        lines = [Line(Kind.TITLE, title), Line(Kind.TEXT, phase), Line(Kind.TEXT, bar)]
        lines.append(Line(Kind.NOTE, cue) if running else self.line("count_paused", Kind.NOTE))
        return Reply(
            "counting" if running else "count_paused",
            tuple(lines),
            self._rows_of(state, stage.index, options),
            question=f"stretch{stage.index}",
            stretches=(stage.plan.items[stage.index].stretch,),
            countdown=countdown if running else None,
        )

    def hurt_where(self, state: UserState) -> Reply:
        """All stops: where does it hurt?"""
        return self.menu(state, "hurt_where", "hurt", ("hurt_back", "hurt_leg", "hurt_other"))

    def hurt_how(self, state: UserState) -> Reply:
        """What is the pain like?"""
        options = ("hurt_sharp", "hurt_tingle", "hurt_ache", UNSURE)
        return self.menu(state, "hurt_how", "hurt", options)

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
        done = bool(state.diary and state.diary[-1].done)
        key = "routine_done" if done else "routine_stopped"
        tips = (self.tip(len(state.diary)),) if done else ()
        return Reply(key, (self.line(key), *tips, self.line("pain_now")), rows, "after")

    def which(self, state: UserState, names: Sequence[str], *, hard: bool) -> Reply:
        """Which stretches were too hard, or too easy?"""
        rows = [(self.button(state, "after", name, self.stretch_named(name)),) for name in names]
        rows += [(self.button(state, "after", option),) for option in ("all", "enough")]
        key = "which_hard" if hard else "which_easy"
        return Reply(key, (self.line(key),), tuple(rows), "after")

    def task_rating(self, state: UserState, name: str) -> Reply:
        """How well a task of the person's own goes now, 0 to 10."""
        numbers = [self.button(state, "task", f"p{n}", str(n)) for n in range(11)]
        lines = (self.line("task_rate", name=name), self.line("task_scale"))
        return Reply("task_rate", lines, (tuple(numbers[:6]), tuple(numbers[6:])), "task")

    def progress(self, state: UserState, today: date) -> Reply:
        """Days, streak, pain then and now and whether it matters, reach, the task of their own."""
        done = diary.days_done(state)
        lines = [
            self.line(
                "progress",
                routines=sum(bool(session.done) for session in state.diary),
                days=len(done),
                week=len([day for day in done if (today - day).days < DAYS_OF_WEEK]),
            ),
            self.line("progress_streak", days=diary.streak(state, today)),
            *self._pain_then_and_now(state),
        ]
        reaches = [session.reach for session in state.diary if session.reach is not None]
        if reaches:
            then, now = (self._buttons[reach] for reach in (reaches[0], reaches[-1]))
            lines.append(self.line("progress_reach", then=then, now=now))
        task = state.task
        if task is not None and task.ratings:
            then, now = (str(task.ratings[place].score) for place in (0, -1))
            lines.append(self.line("progress_task", name=task.name, then=then, now=now))
        label = "task_again" if task is not None and task.name else "task"
        button = self.button(state, "home", "task", self._buttons[label])
        rows = () if state.passing else ((button,),)
        return Reply("progress", tuple(lines), rows, chart=self.chart(state))

    def chart(self, state: UserState) -> Chart | None:
        """Pain, reach and changes of the routine over time; nothing to see before two routines."""
        zone = zone_of(state)
        told = [s for s in state.diary if s.done or s.hurt][-MOST_POINTS:]
        points = tuple(
            Point(
                session.at.astimezone(zone).date(),
                session.pain_before,
                session.pain_after,
                diary.REACHES.index(session.reach) if session.reach else None,
            )
            for session in told
        )
        if len([p for p in points if p.before is not None or p.after is not None]) < FEWEST_POINTS:
            return None
        words = [self.text(f"chart_{name}") for name in ("title", "before", "after", "reach")]
        marks = tuple(
            (point.day, self.text(f"chart_{change}"))
            for point, change in zip(points, diary.changes(told), strict=True)
            if change is not None
        )
        reaches = tuple(self._buttons[reach] for reach in diary.REACHES)
        months = tuple(self.text("months").split())
        return Chart(words[0], words[1], words[2], words[3], reaches, months, points, marks)

    def _pain_then_and_now(self, state: UserState) -> tuple[Line, ...]:
        known = diary.now_and_start(state.diary)
        if known is None:
            return ()
        start, now = known
        change = diary.change(start, now, self.book.knowledge.rules)
        then = self.line("progress_pain", start=start, now=now)
        return (then, self.line(CHANGES[change]))

    def changed(self, state: UserState, shown: Reply) -> Reply:
        """Something was said in a routine that is not understood: the signs, or on with it."""
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

    def home(self, state: UserState, key: str = "home", **values: str | int) -> Reply:
        """What can be done from here."""
        rows = (
            (self.button(state, "home", "stretch"), self.button(state, "home", "check")),
            (self.button(state, "home", "remind"), self.button(state, "home", "help")),
            (self.button(state, "home", "browse"),),
        )
        parts = self.text(key, **values).split("\n")
        lines = tuple(Line(Kind.TEXT, part) for part in parts if part.strip())
        return Reply(key, lines, rows, question="home")


def _span(span: tuple[int, int]) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]} to {span[1]}"
