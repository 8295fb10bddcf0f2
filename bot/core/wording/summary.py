"""A page for the clinician: what the person told, in the order in which clinicians read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from bot.core import diary
from bot.core.agenda import zone_of
from bot.core.knowledge import Outcome
from bot.core.messages import Reply
from bot.core.state import Answer, Found, UserState
from bot.core.triage import assess, not_asked
from bot.core.wording.pieces import Pieces

LAST_ROUTINES = 8  # of which pain is listed one by one
LAST_STRETCHES = 16
Section = tuple[str, tuple[str, ...]]


class Summaries(Pieces):
    """The summary, as sections of a heading and lines."""

    def summary(self, state: UserState) -> Reply:
        """The message that carries the page."""
        return self.plain("summary_empty" if not state.facts.findings else "summary")

    def sections(self, state: UserState, at: datetime) -> tuple[Section, ...]:
        """Everything that a clinician would ask for first, headings with their lines."""
        told = (
            ("summary_result", tuple(self._result(state))),
            ("summary_story", tuple(self._story(state))),
            ("summary_present", tuple(self._there(state))),
            ("summary_cleared", tuple(self._cleared(state))),
            ("summary_denied", tuple(self._denied(state))),
            ("summary_not_asked", tuple(self._not_asked(state))),
            ("summary_course", tuple(self._course(state))),
            ("summary_stretches", tuple(self._stretches(state))),
            ("summary_made", (self._made(state, at),)),
        )
        return tuple((self.text(key), lines) for key, lines in told if lines)

    def _date(self, state: UserState, at: datetime) -> str:
        return self._day(at.astimezone(zone_of(state)).date())

    def _day(self, day: date) -> str:
        return f"{day.day} {self.text('months').split()[day.month - 1]} {day.year}"

    def _result(self, state: UserState) -> Iterator[str]:
        verdict = assess(self.book, state.facts)
        level = self.book.outcomes[verdict.outcome].level
        yield self.text("why_outcome", level=level)
        told = dict.fromkeys(f.rule.tell_them for f in verdict.because if f.rule.tell_them)
        if told:
            yield self.text("summary_tell", words=" ".join(told))
        if state.follow_up is not None:
            yield self.text("summary_advised", level=level)

    def _story(self, state: UserState) -> Iterator[str]:
        """Each answered choice, with the date of the answer."""
        for question, chosen in state.facts.choices.items():
            said = self.book.options[question, chosen.option].says
            title = self.book.questions[question].title
            when = self._date(state, chosen.at)
            yield self.text("summary_said", title=title, said=said, when=when)

    def _there(self, state: UserState) -> Iterator[str]:
        """Signs, traits and precautions that were said to be there, or were not sure."""
        for name, found in sorted(state.facts.findings.items(), key=lambda e: e[1].at):
            if found.answer is Answer.NO:
                continue
            short = self.book.findings[name].short
            yield self._with_words(short, found, self._date(state, found.at))

    def _with_words(self, short: str, found: Found, when: str) -> str:
        unsure = self.text("summary_unsure") if found.answer is Answer.UNSURE else ""
        words = self.text("summary_words", words=found.words) if found.words else ""
        return self.text("summary_sign", short=short, when=when) + unsure + words

    def _cleared(self, state: UserState) -> Iterator[str]:
        for rule, cleared in state.facts.cleared.items():
            flag = self.book.flags.get(rule)
            short = flag.short if flag else rule.replace("_", " ")
            yield self.text("summary_sign", short=short, when=self._date(state, cleared.at))

    def _denied(self, state: UserState) -> Iterator[str]:
        """Denied signs by the day on which they were denied, the newest first."""
        days: dict[date, list[str]] = defaultdict(list)
        for name, found in state.facts.findings.items():
            if found.answer is Answer.NO and name in self.book.flags:
                day = found.at.astimezone(zone_of(state)).date()
                days[day].append(self.book.flags[name].short)
        for day in sorted(days, reverse=True):
            yield self.text("summary_on", when=self._day(day), list="; ".join(days[day]))

    def _not_asked(self, state: UserState) -> Iterator[str]:
        names = not_asked(self.book, state.facts)
        if names:
            yield "; ".join(self.book.flags[name].short for name in names)

    def _course(self, state: UserState) -> Iterator[str]:
        known = diary.now_and_start(state.diary)
        if known is not None:
            yield self.text("progress_pain", start=known[0], now=known[1])
        for session in state.diary[-LAST_ROUTINES:]:
            pain = (session.pain_before, session.pain_after)
            before, after = ("-" if p is None else str(p) for p in pain)
            reach = self._buttons[session.reach] if session.reach else "-"
            when = self._date(state, session.at)
            yield self.text("summary_pain", when=when, before=before, after=after, reach=reach)
        if state.task is not None and state.task.ratings:
            scores = "; ".join(
                f"{self._date(state, rating.at)}: {rating.score}" for rating in state.task.ratings
            )
            yield self.text("summary_task", name=state.task.name, scores=scores)

    def _stretches(self, state: UserState) -> Iterator[str]:
        """Each stretch: how often, the last dose, and what it did."""
        times: dict[str, int] = defaultdict(int)
        last: dict[str, tuple[int, int]] = {}
        notes: dict[str, list[str]] = defaultdict(list)
        for session in state.diary:
            for name in session.done:
                times[name] += 1
            last.update({name: (hold, often) for name, hold, often in session.doses})
            for name in session.hurt:
                kinds = [k for k in (session.hurt_where, session.hurt_how) if k]
                said = ", ".join(self._buttons[kind] for kind in kinds)
                when = self._date(state, session.at)
                notes[name].append(self.text("summary_hurt", when=when, said=said or "-"))
            for key, names in (("summary_hard", session.hard), ("summary_easy", session.easy)):
                for name in names:
                    notes[name].append(self.text(key))
        for name in [*dict.fromkeys((*times, *notes))][:LAST_STRETCHES]:
            dose = ""
            if name in last:
                hold, often = last[name]
                key = "summary_dose_hold" if hold else "summary_dose"
                dose = self.text(key, hold=hold, often=often)
            line = self.text(
                "summary_stretch", name=self.stretch_named(name), times=times[name], dose=dose
            )
            yield line + "".join(f" {note}" for note in dict.fromkeys(notes[name]))

    def _made(self, state: UserState, at: datetime) -> str:
        verdict = assess(self.book, state.facts)
        sources = dict.fromkeys(s for fired in verdict.because for s in fired.rule.sources)
        if verdict.outcome is Outcome.SELF_CARE:
            sources = dict.fromkeys(self.book.outcomes[verdict.outcome].sources)
        return self.text(
            "summary_note",
            when=self._date(state, at),
            version=self._day(self.book.knowledge.rules.review.date),
            sources=self.sources(sources),
        )


def as_text(title: str, sections: Sequence[Section]) -> str:
    """The sections as plain text."""
    parts = [title]
    for heading, lines in sections:
        parts += ["", heading, *(f"- {line}" for line in lines)]
    return "\n".join(parts) + "\n"
