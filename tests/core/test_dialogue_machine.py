"""The promises as invariants over anything that a person, the clock or a restart can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot.core.agenda import next_wake
from bot.core.dialogue import Dialogue
from bot.core.knowledge import Outcome
from bot.core.messages import (
    Attachment,
    Blocked,
    Command,
    Edited,
    Event,
    Place,
    Press,
    Reply,
    Text,
    Tick,
)
from bot.core.state import (
    Advising,
    Answer,
    AskingSeen,
    Correcting,
    Reminder,
    Stretching,
    UserState,
    dump,
    load,
)
from bot.core.triage import assess, may_stretch
from tests.core.person import BOOK, Person
from tests.nightly import NIGHTLY

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
DANGER = (
    *("i wet myself", "my leg is numb", "both legs are numb", "i have a fever", "i want to die"),
    *("i cannot pee", "i fell off a ladder", "some tingling", "something odd with my pee"),
    *("my pain is getting worse", "i have osteoporosis", "had cancer years ago", "i am pregnant"),
    *("my leg is weak", "going on three weeks now", "chest pain", "ankylosing spondylitis"),
)
CALM = (
    # denials, other people, what-ifs
    *("no numbness", "my bladder is fine", "no fever at all", "my dad has chest pain"),
    *("what if my leg goes numb", "all good now", "never", "it stopped", "it popped, no pain"),
    # wishes
    *("give me a stretch", "start again", "stop", "back", "it was by mistake", "i have been seen"),
    *("yes and stretches are fine", "stop reminding me", "delete everything", "why", "help"),
    *("8:30", "evening", "Berlin", "UTC+2", "united kingdom", "hello", "thank you"),
    # noise
    *("", " ", "...", "qwerty", "{title}", "\u00b2", "\u0663", "\ud800", "\u202e", "x" * 3000),
    *("\U0001f600\U0001f600", "no feeling", "nothing comes out", "no to 1, yes to 2"),
)
ANSWERS = (
    *("yes", "no", "not sure", "1", "3", "1 and 2", "none", "none of these", "today", "3 weeks"),
    *("7", "0", "10", "lifting", "walking", "low back", "2 minutes", "these", "fine", "ok"),
)
COMMANDS = (
    *("start", "stretch", "check", "remind", "progress", "why", "help", "settings", "privacy"),
    *("stop", "delete", "back", "country", "nonsense"),
)
SPANS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 20, 60, 7 * 60, 13 * 60, 25 * 60, 8 * 24 * 60)
)
CALM_OPTIONS = frozenset(
    {
        *("agree", "strain", "none", "today", "p5", "bending", "low", "m5", "done", "p3"),
        *("stretch", "morning", "no", "keep", "close"),
    }
)


BEGINNINGS: dict[str, Callable[[Person], object]] = {
    "nothing": lambda person: None,
    "asked": lambda person: person.agree(),
    "reviewed": lambda person: person.reviewed(),
    "stretching": lambda person: person.stretching(),
    "done": lambda person: person.done(),
    "home": lambda person: person.home(),
    "emergency": lambda person: person.emergency(),
    "same day": lambda person: person.same_day(),
    "two weeks": lambda person: person.two_weeks(),
}


@cache
def shared_dialogue() -> Dialogue:
    """Built once for all examples of the machine."""
    return Dialogue(BOOK.knowledge, tuple(sorted(available_timezones())))


@cache
def beginning(name: str, month: int) -> Person:
    """Someone at a stage on some morning of the year; the way there is walked once."""
    at = datetime(2026, 3, 27, 9, 0, tzinfo=UTC) + timedelta(days=30 * month)
    person = Person(shared_dialogue(), at=at)
    BEGINNINGS[name](person)
    return person


class Conversation(RuleBasedStateMachine):
    """A user, a clock, and everything that was ever on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.dialogue = shared_dialogue()
        self.state = UserState()
        self.at = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)
        self.fresh: list[str] = []
        self.seen_tokens: list[str] = []

    @initialize(
        zone=st.sampled_from(ZONES),
        reminded=st.booleans(),
        name=st.sampled_from(sorted(BEGINNINGS)),
        month=st.sampled_from([0, 6, 7]),
    )
    def begin(self, zone: str, reminded: bool, name: str, month: int) -> None:
        """At some stage, shortly before a clock change, perhaps with a reminder set."""
        person = beginning(name, month)
        self.at = person.at
        reminders = (Reminder(8, 30, self.at),) if reminded else ()
        self.state = replace(person.state, zone=zone, reminders=reminders)
        self.fresh = person.tokens
        self.seen_tokens = sorted(person.screen.values())

    # -- events ----------------------------------------------------------------------------------

    @rule(text=st.sampled_from(DANGER))
    def says_something_dangerous(self, text: str) -> None:
        self.happens(Text(self.at, text), answers=True)

    @rule(text=st.sampled_from(CALM))
    def says_something_else(self, text: str) -> None:
        self.happens(Text(self.at, text), answers=True)

    @rule(text=st.sampled_from(ANSWERS))
    def types_an_answer(self, text: str) -> None:
        self.happens(Text(self.at, text), answers=True)

    @rule(data=st.data())
    @precondition(lambda self: self.fresh)
    def presses_an_offered_button(self, data: st.DataObject) -> None:
        self.happens(Press(self.at, data.draw(st.sampled_from(self.fresh))), answers=True)

    @rule(steps=st.integers(1, 12))
    @precondition(lambda self: self.fresh)
    def answers_calmly_towards_a_routine(self, steps: int) -> None:
        for _ in range(steps):
            calm = [token for token in self.fresh if token.split(".", 2)[2] in CALM_OPTIONS]
            if not calm:
                return
            self.happens(Press(self.at, calm[0]), answers=True)

    @rule()
    @precondition(lambda self: isinstance(self.state.stage, Advising))
    def is_seen_by_a_clinician(self) -> None:
        self.time_passes(timedelta(hours=40))
        self.happens(Text(self.at, "i have been seen"), answers=True)
        fine = [token for token in self.fresh if token.endswith(".seen.seen_fine")]
        if fine:
            self.happens(Press(self.at, fine[0]), answers=True)

    @rule()
    @precondition(lambda self: isinstance(self.state.stage, Correcting))
    def takes_it_back(self) -> None:
        self.happens(Text(self.at, "no"), answers=True)

    @rule(data=st.data())
    @precondition(lambda self: self.seen_tokens)
    def presses_an_old_button(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.seen_tokens))
        self.happens(Press(self.at, token), answers=True)

    @rule(token=st.sampled_from(["", "a.b", "zz.consent.agree", "zz.delete.delete", "zz.seen.x"]))
    def presses_a_foreign_button(self, token: str) -> None:
        before = self.state
        self.happens(Press(self.at, token), answers=True)
        assert self.state.facts.findings.items() <= before.facts.findings.items()
        assert self.state.facts.choices.items() <= before.facts.choices.items()
        assert self.state.facts.cleared == before.facts.cleared
        # A routine that was left open for too long is over, whatever comes.
        begun = isinstance(before.stage, Stretching) or before.paused is not None
        assert self.state.diary[: len(before.diary)] == before.diary
        assert len(self.state.diary) <= len(before.diary) + begun

    @rule(name=st.sampled_from(COMMANDS), argument=st.sampled_from(["", "", "x", "chest pain"]))
    def commands(self, name: str, argument: str) -> None:
        self.happens(Command(self.at, name, argument), answers=True)

    @rule(
        text=st.sampled_from(CALM + DANGER[:3]),
        kind=st.sampled_from(["edit", "photo", "voice", "place"]),
    )
    def sends_something_else(self, text: str, kind: str) -> None:
        event: Event = Edited(self.at, text) if kind == "edit" else Attachment(self.at, kind, text)
        if kind == "place":
            event = Place(self.at, ZONES[len(text) % len(ZONES)])
        self.happens(event, answers=True)

    @rule(span=st.sampled_from(SPANS))
    def time_passes(self, span: timedelta) -> None:
        """The clock ticks when it is due, as the scheduler would, and once at the end."""
        until = self.at + span
        for _ in range(20):
            rules = self.dialogue.book.knowledge.rules
            wake = next_wake(self.state, self.at, rules)
            if wake is None or wake > until:
                break
            self.at = max(self.at, wake) + timedelta(seconds=1)
            self.happens(Tick(self.at), answers=False)
        self.at = max(self.at, until)
        self.happens(Tick(self.at), answers=False)

    @rule()
    def sleeps(self) -> None:
        self.at += timedelta(hours=13)

    @rule(blocked=st.booleans())
    def blocks(self, blocked: bool) -> None:
        self.happens(Blocked(self.at, blocked), answers=False)

    @rule()
    def restarts(self) -> None:
        self.state = load(json.loads(json.dumps(dump(self.state))))

    # -- promises --------------------------------------------------------------------------------

    def happens(self, event: Event, *, answers: bool) -> None:
        before = self.state
        self.at += timedelta(seconds=2)
        after, replies = self.dialogue.step(before, event)
        self.state = after
        self.never_silent(replies, answers=answers)
        self.buttons_fit(replies)
        self.no_stretch_unless_free(before, replies)
        self.outcome_never_falls(before, event)
        self.reminders_are_rare(before, replies)
        assert load(json.loads(json.dumps(dump(after)))) == after

    def never_silent(self, replies: tuple[Reply, ...], *, answers: bool) -> None:
        if answers:
            assert replies
        for reply in replies:
            assert reply.lines
            assert all(line.text.strip() for line in reply.lines), reply.key

    def buttons_fit(self, replies: tuple[Reply, ...]) -> None:
        tokens = [b.token for reply in replies for row in reply.buttons for b in row]
        assert all(len(token.encode()) <= 64 for token in tokens)
        if replies:
            self.fresh = tokens
        self.seen_tokens = [*self.seen_tokens, *tokens][-300:]

    def no_stretch_unless_free(self, before: UserState, replies: tuple[Reply, ...]) -> None:
        if not any(reply.stretches for reply in replies):
            return
        book = self.dialogue.book
        assert may_stretch(book, before.facts), "a stretch behind a closed gate"
        assert may_stretch(book, self.state.facts), "a stretch beside an open flag"
        assert before.screened_at is not None
        hours = timedelta(hours=book.knowledge.rules.screening_valid_hours)
        assert self.at - before.screened_at <= hours, "a stretch after a stale screening"

    def outcome_never_falls(self, before: UserState, event: Event) -> None:
        book, after = self.dialogue.book, self.state
        was, now = assess(book, before.facts), assess(book, after.facts)
        if now.outcome.urgency >= was.outcome.urgency or after == UserState():
            return
        if isinstance(before.stage, AskingSeen):
            assert after.facts.cleared != before.facts.cleared
            typed = event.text if isinstance(event, Text) else ""
            talked = before.stage.card is not None  # "did you talk to someone" takes a plain yes
            clear = typed in {"", "1"} or "stretches are fine" in typed or talked
            assert clear, f"{typed!r} cleared a flag"
            return
        if after.session != before.session:
            kept = {n for n, f in before.facts.findings.items() if f.answer is not Answer.NO}
            open_flags = {fired.rule.id for fired in was.because} & kept
            assert open_flags <= set(after.facts.findings), "a new check forgot an open flag"
            return
        changed = {
            name
            for name, found in before.facts.findings.items()
            if found.answer is not Answer.NO and after.facts.findings.get(name) != found
        }
        chosen = {
            name
            for name, choice in before.facts.choices.items()
            if after.facts.choices.get(name) != choice
        }
        assert changed or chosen, "the outcome fell without an answer"
        asked = getattr(before.stage, "step", None)
        flags = getattr(before.stage, "flags", ())
        item = getattr(before.stage, "item", None)
        for name in changed:
            page = book.page_of.get(name)
            question = book.question_of.get(name)
            own = {page.id if page else "", question.id if question else ""}
            # A new check asks about what a clinician has looked at once more.
            rules = {name} | {r.id for r in book.combinations.values() if name in r.when.names()}
            looked_at = rules & before.facts.cleared.keys() and name not in after.facts.findings
            known = item == name or name in flags or asked in own or looked_at
            assert known, (name, before.stage, event)
        for name in chosen:
            assert asked == name or event_is_new_question(before, after, name)

    def reminders_are_rare(self, before: UserState, replies: tuple[Reply, ...]) -> None:
        for reply in replies:
            if not reply.reminder:
                continue
            assert not isinstance(before.stage, Advising | AskingSeen)
            assert assess(self.dialogue.book, before.facts).outcome is Outcome.SELF_CARE
            assert not before.blocked
            assert before.reminders
            put_off = before.reminding.snoozed is not None
            # Each reminder keeps the local day it was sent on, and that only moves on.
            moved_on = any(
                new.sent_on is not None and (old.sent_on is None or new.sent_on > old.sent_on)
                for old, new in zip(before.reminders, self.state.reminders, strict=False)
            )
            assert put_off or moved_on or not self.state.reminders, "twice on one local day"


def event_is_new_question(before: UserState, after: UserState, question: str) -> bool:
    """Whether a choice is gone because it is asked anew before the next routine."""
    return question in before.facts.choices and question not in after.facts.choices


Conversation.TestCase.settings = settings(
    max_examples=4000 if NIGHTLY else 80,
    stateful_step_count=40,
    deadline=None,
    derandomize=not NIGHTLY,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
    print_blob=False,
)
TestConversation = pytest.mark.slow(Conversation.TestCase)
