"""What is kept, and a copy of it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.core.agenda import zone_of
from bot.core.messages import Reply
from bot.core.state import Session, UserState
from bot.core.wording.questions import Questions
from bot.core.wording.reminders import Reminders


class Privacy(Questions, Reminders):
    """Everything about what is kept of a person."""

    def privacy(self, state: UserState, *, passing: bool) -> Reply:
        """What is kept and by whom; a copy and the withdrawal are a tap away."""
        rules = self.book.knowledge.rules
        reply = self.plain(
            "privacy",
            months=round(rules.keep_days / 30.4),
            warning=rules.keep_warning_days,
            operator=self.operator or self.text("operator_unknown"),
        )
        lines = list(reply.lines)
        if state.consent_at is not None:
            key = "consent_passing" if passing else "consent_given"
            day = state.consent_at.astimezone(zone_of(state))
            lines.append(self.line(key, when=self.day_and_time(day), year=day.year))
        rows = tuple((self.button(state, "home", option),) for option in ("export", "withdraw"))
        return Reply("privacy", tuple(lines), rows)

    def exported(self, state: UserState, at: datetime) -> str:
        """All that is kept, in words."""
        zone = zone_of(state)

        def moment(when: datetime) -> str:
            local = when.astimezone(zone)
            return f"{self.day_and_time(local)} ({local.year})"

        none = self.text("not_set")
        agreed = moment(state.consent_at) if state.consent_at else none
        lines = [
            self.text("export_title", when=moment(at)),
            self.text("export_consent", when=agreed),
            self.text("export_settings", country=state.country or none, zone=state.zone or none),
            "",
            self.text("review"),
            *(f"- {line}" for line in self.answers(state.facts)),
        ]
        for name, found in sorted(state.facts.findings.items(), key=lambda entry: entry[1].at):
            said = self._buttons[found.answer.value]
            words = f' "{found.words}"' if found.words else ""
            short = self.book.findings[name].short
            lines.append(f"- {moment(found.at)}: {short}: {said}{words}")
        if state.diary:
            lines += ["", self.text("export_routines")]
        for session in state.diary:
            names = [self.stretch_named(name) for name in session.done]
            pain = f"{_or_dash(session.pain_before)}, {_or_dash(session.pain_after)}"
            lines.append(
                self.text(
                    "export_routine",
                    when=moment(session.at),
                    names=", ".join(names) or none,
                    pain=pain,
                )
            )
            lines += self._how_it_went(session)
        if state.task is not None and state.task.name:
            scores = ", ".join(f"{moment(r.at)}: {r.score}" for r in state.task.ratings)
            lines += ["", self.text("export_task", name=state.task.name, scores=scores or none)]
        if state.reminders:
            lines += ["", self.text("reminders"), *(self.named(one) for one in state.reminders)]
        return "\n".join(lines) + "\n"

    def _how_it_went(self, session: Session) -> Iterator[str]:
        """How far the pain reached, which stretches did not fit, and the day after."""
        if session.reach is not None:
            yield self.text("export_reach", reach=self._buttons[session.reach])
        for key, names in (("export_hard", session.hard), ("export_easy", session.easy)):
            if names:
                named = (self.stretch_named(name) for name in names)
                yield self.text(key, names=", ".join(named))
        if session.next_day is not None:
            yield self.text("export_next_day", day=self._buttons[f"day_{session.next_day}"])


def _or_dash(number: int | None) -> str:
    return "-" if number is None else str(number)
