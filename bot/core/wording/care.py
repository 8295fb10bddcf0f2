"""Where to get care, and why: advice, warning signs, follow-up, /why."""

from __future__ import annotations

from bot.core.knowledge import Counted, Outcome
from bot.core.messages import Button, Kind, Line, Reply
from bot.core.state import Answer, Asking, AskingSeen, Facts, UserState
from bot.core.triage import (
    Fired,
    Verdict,
    assess,
    not_asked,
)
from bot.core.wording.pieces import CRISIS, UNSURE, Pieces

LONGEST_LIST = 30  # entries of /why in one message


class Care(Pieces):
    """Everything about getting care."""

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

    def _way_to_care(self, verdict: Verdict) -> tuple[str, tuple[str, ...]]:
        card = self.book.cards[verdict.card] if verdict.card else None
        text = card or self.book.outcomes[verdict.outcome]
        return text.heading, text.do

    def someone_else(self, state: UserState, verdict: Verdict, theirs: Facts) -> Reply:
        """The same advice for a person whom the user wrote about."""
        heading, do = self._way_to_care(verdict)
        lines = [
            self.line("someone_else"),
            Line(Kind.TITLE, heading),
            *(Line(Kind.ITEM, self._filled(state, part)) for part in do),
            *self._because(verdict, theirs, "because_other"),
        ]
        return Reply("someone_else", tuple(lines), outcome=verdict.outcome, safety=True)

    def whom(self, state: UserState) -> Reply:
        """Whom the answers are about: the writer, or the person written about."""
        return self.menu(state, "whom", "whom", ("about_me", "about_other"))

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

    def accuracy(self) -> Reply:
        """How well typed words are read, measured on messages kept apart for it."""
        figures = self.book.knowledge.accuracy
        lines = [self.line("accuracy", Kind.TITLE)]
        for name in type(figures).model_fields:
            share = getattr(figures, name)
            if isinstance(share, Counted):
                told = self.text(f"accuracy_{name}", hits=share.hits, total=share.total)
                lines.append(Line(Kind.ITEM, told))
        lines.append(self.line("accuracy_note"))
        return Reply("accuracy", tuple(lines))

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

    def _because(self, verdict: Verdict, facts: Facts, key: str = "because") -> list[Line]:
        top = verdict.because[0]
        shorts = [short for fired in verdict.because for short in self._shorts(fired, facts)]
        told = "; ".join(dict.fromkeys(shorts))
        lines = [self.line(key, told=told)] if told else []
        return [*lines, Line(Kind.TEXT, top.rule.why)]

    def _tell(self, verdict: Verdict) -> str:
        words = [fired.rule.tell_them for fired in verdict.because if fired.rule.tell_them]
        return " ".join(dict.fromkeys(words[:3]))

    def why(self, state: UserState) -> tuple[Reply, ...]:
        """Which rules fired, which were denied, which were not asked, each with its sources."""
        verdict = assess(self.book, state.facts)
        # Before all signs were asked, "no sign so far" would sound like a result.
        early = isinstance(state.stage, Asking) and not verdict.because
        fired = [self.line("why_too_early")]
        if not early:
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
        replies = [Reply("why", tuple(fired), outcome=None if early else verdict.outcome)]
        for key, entries in (("why_denied", denied), ("why_not_asked", unasked)):
            for start in range(0, len(entries), LONGEST_LIST):
                title = self.line(key, Kind.TITLE, count=len(entries))
                part = [Line(Kind.DETAIL, text) for text in entries[start : start + LONGEST_LIST]]
                replies.append(Reply(key, (title, *part) if start == 0 else tuple(part)))
        return tuple(replies)

    def _fired_line(self, fired: Fired, facts: Facts) -> Line:
        what = ", ".join(self._shorts(fired, facts))
        level = self._level(fired.outcome)
        why = self.text("why_fired", what=what, level=level, why=fired.rule.why)
        return Line(Kind.ITEM, self._sourced(why, fired.rule.sources))
