"""Reminders in words: the message itself, the list, when the next one comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core import agenda
from bot.core.messages import Button, Kind, Line, Reply
from bot.core.state import EVERY_DAY, Reminder, SettingReminder, Settings, UserState
from bot.core.wording.pieces import Pieces

MOST = 3  # reminders of one person
EVENING = 18  # hour from which "this evening" is no later any more


class Reminders(Pieces):
    """Everything about reminders."""

    def reminder(self, state: UserState, offer: int | None = None) -> Reply:
        """The reminder itself: neutral on a lock screen unless the person wants it plain.

        `offer`: minutes of the day at which the routine is really done; shall it move there?
        """
        lines = [self.line("reminder_plain" if state.reminding.plain else "reminder")]
        move: tuple[tuple[Button, ...], ...] = ()
        if offer is not None:
            when = self.clock(*divmod(offer, 60))
            lines.append(self.line("reminder_offer", time=when))
            label = self._buttons["move"].replace("{time}", when)
            move = ((self.button(state, "reminder", "move", label),),)
        rows = (*self._rows(state, (("start_now",), ("later", "skip_today"))), *move)
        rows = (*rows, *self._rows(state, (("change_reminder", "stop_reminders"),)))
        return self._sent(state, "reminder", lines, rows)

    def reminder_ignored(self, state: UserState, times: int) -> Reply:
        """The reminder, and whether they are wanted: several have passed without anything."""
        lines = [
            self.line("reminder_plain" if state.reminding.plain else "reminder"),
            self.line("reminder_ignored", times=times),
        ]
        options = (("start_now",), ("keep_all", "fewer"), ("pause_week", "stop_reminders"))
        return self._sent(state, "reminder_ignored", lines, self._rows(state, options))

    def reminders_ended(self, state: UserState) -> Reply:
        """The last one, after many without an answer."""
        lines = [self.line("reminders_ended")]
        return self._sent(state, "reminders_ended", lines, self._rows(state, (("start_now",),)))

    def _sent(
        self,
        state: UserState,
        key: str,
        lines: Sequence[Line],
        rows: tuple[tuple[Button, ...], ...],
    ) -> Reply:
        silent = state.reminding.silent
        return Reply(key, tuple(lines), rows, question="reminder", reminder=True, silent=silent)

    def _rows(
        self, state: UserState, options: Sequence[Sequence[str]]
    ) -> tuple[tuple[Button, ...], ...]:
        return tuple(
            tuple(self.button(state, "reminder", option) for option in row) for row in options
        )

    def later(self, state: UserState, at: datetime) -> Reply:
        """How much later?"""
        options = [("later_20", "later_60")]
        rows = self._rows(state, options)
        if at.astimezone(agenda.zone_of(state)).hour < EVENING:
            rows = (*rows, *self._rows(state, [("later_evening",)]))
        return Reply("later", (self.line("later"),), rows, question="reminder")

    def reminders(self, state: UserState, at: datetime) -> Reply:
        """Each reminder with its days, when the next one comes, and what can be changed."""
        lines = [self.line("reminders", Kind.TITLE)]
        lines += [
            Line(Kind.STEP, self.named(reminder), place)
            for place, reminder in enumerate(state.reminders, 1)
        ]
        until, paused = state.reminding.paused_until, False
        coming = agenda.calls(state, at, self.book.knowledge.rules)
        if until is not None and until > at.astimezone(agenda.zone_of(state)).date():
            lines.append(self.line("reminders_paused", day=self.day(until)))
            paused = True
        elif state.reminding.halved is not None:
            lines.append(self.line("reminders_halved"))
        if coming:
            local = coming[0].at.astimezone(agenda.zone_of(state))
            lines.append(self.line("reminders_next", when=self.day_and_time(local)))
        elif agenda.is_held(state):
            lines.append(self.line("reminders_held"))
        buttons = [
            (self.button(state, "remind", f"r{place}", self._change(reminder)),)
            for place, reminder in enumerate(state.reminders)
        ]
        options = ["resume" if paused else "pause", "stop_reminders", "close"]
        if len(state.reminders) < MOST:
            options.insert(0, "add")
        buttons += [(self.button(state, "remind", option),) for option in options]
        return Reply("reminders", tuple(lines), tuple(buttons), question="remind")

    def one_reminder(self, state: UserState, place: int) -> Reply:
        """One of them, to be changed."""
        named = self.named(state.reminders[place])
        options = ("new_time", "days", "remove", "close")
        return self.menu(state, "one_reminder", "remind", options, reminder=named)

    def reminder_set(self, state: UserState, place: int, at: datetime) -> Reply:
        """When the reminder comes next, in words."""
        calls = agenda.calls(state, at, self.book.knowledge.rules)
        call = next((call for call in calls if call.place == place), None)
        zone = agenda.zone_of(state)
        local = (call.at if call else at).astimezone(zone)
        reply = self.plain(
            "reminder_set",
            days=self.days(state.reminders[place].days),
            when=self.day_and_time(local),
            zone=zone.key,
        )
        rows = tuple(
            tuple(self.button(state, "home", option) for option in row)
            for row in (("stretch", "check"), ("remind", "help"))
        )
        return Reply("reminder_set", reply.lines, rows, question="home")

    def zone_question(
        self, state: UserState, question: str, stage: SettingReminder | Settings
    ) -> Reply:
        """Where are you? With several places of one name: which of them?"""
        if not stage.found:
            return self.menu(state, "zone_question", question, ("close",))
        named = [
            self.button(state, question, f"place{number}", label)
            for number, (label, _) in enumerate(stage.found)
        ]
        others = [self.button(state, question, option) for option in ("other_zone", "close")]
        rows = tuple((button,) for button in (*named, *others))
        return Reply("which_place", (self.line("which_place"),), rows, question=question)

    def zone_confirm(
        self,
        state: UserState,
        question: str,
        stage: SettingReminder | Settings,
        at: datetime,
    ) -> Reply:
        """Is it this time for you now? A wrong city is seen at once."""
        zone = stage.zone or "UTC"
        local = at.astimezone(ZoneInfo(zone))
        now = self.clock(local.hour, local.minute)
        options = ("right_zone", "other_zone")
        place = stage.found[0][0] if stage.found else zone
        return self.menu(state, "zone_confirm", question, options, time=now, place=place)

    def quiet_hours(self, state: UserState) -> str:
        """The quiet hours in words."""
        if state.reminding.quiet is None:
            return self.text("quiet_none")
        start, end = (self.clock(*divmod(minutes, 60)) for minutes in state.reminding.quiet)
        return self.text("quiet_span", start=start, end=end)

    def named(self, reminder: Reminder) -> str:
        """A reminder by its time and days."""
        when = self.clock(reminder.hour, reminder.minute)
        return self.text("reminder_named", time=when, days=self.days(reminder.days))

    def _change(self, reminder: Reminder) -> str:
        when = self.clock(reminder.hour, reminder.minute)
        return self._buttons["change_one"].replace("{time}", when)

    def days(self, days: Sequence[int]) -> str:
        """Weekdays in words."""
        if tuple(days) == EVERY_DAY:
            return self.text("every_day")
        names = [self.text("weekdays").split()[day] for day in days]
        return self.text("on_days", days=_listed(names, self.text("and")))

    def day(self, day: date) -> str:
        """A date in words: Monday 2 March."""
        return self.text(
            "day_named",
            weekday=self.text("weekdays").split()[day.weekday()],
            day=day.day,
            month=self.text("months").split()[day.month - 1],
        )


def _listed(names: Sequence[str], last: str) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
