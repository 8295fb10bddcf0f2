"""What is kept, and a copy of it, in words."""

from __future__ import annotations

from datetime import datetime

from bot.core.agenda import zone_of
from bot.core.messages import Reply
from bot.core.state import UserState
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
            names = [self.book.stretches[name].name for name in session.done]
            pain = f"{_or_dash(session.pain_before)}, {_or_dash(session.pain_after)}"
            lines.append(
                self.text(
                    "export_routine",
                    when=moment(session.at),
                    names=", ".join(names) or none,
                    pain=pain,
                )
            )
        if state.reminders:
            lines += ["", self.text("reminders"), *(self.named(one) for one in state.reminders)]
        return "\n".join(lines) + "\n"


def _or_dash(number: int | None) -> str:
    return "-" if number is None else str(number)
