"""The whole bot in one pure function: a state and an event to the next state and the replies.

Order within a step: danger words, whatever the stage; commands, valid everywhere; stale buttons;
then the stage's own function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.core import agenda
from bot.core.knowledge import Knowledge
from bot.core.messages import (
    Attachment,
    Blocked,
    Command,
    Counted,
    Edited,
    Event,
    Place,
    Press,
    Text,
    Tick,
)
from bot.core.places import Places, nowhere
from bot.core.stages import (
    browsing,
    care,
    commands,
    feedback,
    flow,
    hearing,
    places,
    pressing,
    privacy,
    reminders,
    routine,
)
from bot.core.stages.flow import Context, Turn
from bot.core.stages.present import open_question
from bot.core.state import (
    AskingAfter,
    AskingHurt,
    AskingNextDay,
    AskingSettling,
    AskingTask,
    Home,
    SettingReminder,
    Settings,
    Stretching,
    UserState,
)
from bot.core.triage import Rulebook, fitted, may_stretch
from bot.core.understand.answers import Answers
from bot.core.understand.reader import Reader
from bot.core.wording.wording import Wording

RECORDINGS = frozenset({"voice", "audio", "video_note"})


class Dialogue:
    """Holds the knowledge; `step` does everything else."""

    def __init__(
        self,
        knowledge: Knowledge,
        zones: Sequence[str] = (),
        operator: str = "",
        cities: Places = nowhere,
    ) -> None:
        """`zones` are the IANA names that a user may choose from; `operator` runs this bot.

        `cities` knows places by their names.
        """
        self.book = Rulebook(knowledge)
        reader = Reader(knowledge)
        wording = Wording(self.book, operator)
        answers = Answers(knowledge, reader)
        self.context = Context(self.book, wording, reader, answers, tuple(zones), cities)

    def step(self, state: UserState, event: Event) -> Turn:
        """The next state, and what to say. Never raises for anything that a user can do."""
        c = self.context
        before = state
        counting = agenda.count_due(state.stage) is not None
        state, replies = self._stepped(self._aged(fitted(self.book, state), event.at), event)
        state = routine.kept(before, state, event.at)
        if not isinstance(event, Tick | Blocked | Counted):
            state = reminders.reacted(_seen(state, event.at))
        if counting and agenda.count_due(state.stage) is None and replies:
            # Whatever led here, nothing counts on the screen any more.
            replies = (replace(replies[0], halts=True), *replies[1:])
        shown = isinstance(state.stage, Stretching) or any(reply.stretches for reply in replies)
        if shown and not may_stretch(self.book, state.facts):
            # Whatever led here: no stretch stands beside an open flag.
            return flow.proceed(c, replace(state, stage=Home(), paused=None), event.at)
        return state, replies

    def _aged(self, state: UserState, at: datetime) -> UserState:
        """The state without a question on how it went that has been open for too long."""
        rules = self.book.knowledge.rules
        match state.stage:
            case AskingSettling():
                asked, limit = state.settling_asked, agenda.SETTLING_LATE
            case AskingAfter() | AskingHurt() | AskingNextDay() | AskingTask():
                asked, limit = state.seen_at, timedelta(hours=rules.screening_valid_hours)
            case _:
                return state
        old = asked is not None and at - asked > limit
        return replace(state, stage=Home()) if old else state

    def _stepped(self, state: UserState, event: Event) -> Turn:
        c = self.context
        if state.blocked and not isinstance(event, Blocked | Tick | Counted):
            state = replace(state, blocked=False)  # whoever writes has let the bot in again
        match event:
            case Command():
                # Words after a command are read for danger too: "/stretch I wet myself".
                known = event.name in commands.NAMES
                said = event.argument if known else f"{event.name} {event.argument}"
                if event.name == "start" and browsing.is_link(c, event.argument):
                    said = ""
                alarmed = hearing.alarmed(c, state, said, event.at) if said.strip() else None
                return alarmed or commands.run(c, state, event)
            case Text():
                return hearing.heard(c, state, event.text, event.at)
            case Edited():
                alarmed = hearing.alarmed(c, state, event.text, event.at)
                return alarmed or (state, (c.wording.plain("edited"),))
            case Attachment():
                return _attachment(c, state, event)
            case Press():
                return pressing.press(c, state, event)
            case Place():
                return _placed(c, state, event)
            case Counted():
                return routine.counted(c, state, event.at, event.token)
            case Tick():
                return _tick(c, state, event.at)
            case Blocked():
                return replace(state, blocked=event.blocked), ()
            case _:
                assert_never(event)


def _seen(state: UserState, at: datetime) -> UserState:
    """The state with the last hour in which the person wrote; of a new one nothing is kept."""
    recent = state.seen_at is not None and at - state.seen_at < timedelta(hours=1)
    known = recent and state.warned_at is None
    return state if known or state == UserState() else replace(state, seen_at=at, warned_at=None)


def _attachment(c: Context, state: UserState, event: Attachment) -> Turn:
    if event.caption:
        return hearing.heard(c, state, event.caption, event.at)
    key = "attachment_voice" if event.kind in RECORDINGS else "attachment"
    state, replies = open_question(c, state, event.at)
    return state, (c.wording.plain(key), *replies)


def _placed(c: Context, state: UserState, event: Place) -> Turn:
    """A shared location answers where the person is; at any other moment it changes nothing."""
    key = "location_only_zone"
    if places.is_asked(state.stage):
        if isinstance(state.stage, SettingReminder | Settings) and event.zone in c.zones:
            stage = places.shared(state.stage, event.zone)
            return open_question(c, replace(state, stage=stage), event.at)
        key = "place_unknown"
    state, replies = open_question(c, state, event.at)
    return state, (c.wording.plain(key), *replies)


def _tick(c: Context, state: UserState, at: datetime) -> Turn:
    rules = c.book.knowledge.rules
    match agenda.due(state, at, rules):
        case "count":
            return routine.counted(c, state, at)
        case "follow_up":
            return care.follow_up(c, state, at)
        case "settling":
            return feedback.ask_settling(c, state, at)
        case "reminder":
            return reminders.due(c, state, at)
        case "snooze":
            return reminders.snoozed(c, state, at)
        case "warn":
            return privacy.warned(c, state, at)
        case "forget":
            return privacy.forgotten()
        case _:
            return state, ()
