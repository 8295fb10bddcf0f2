"""The one pure function: what it does around each event, whatever the stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import agenda
from bot.core.dialogue import Dialogue
from bot.core.messages import (
    Attachment,
    Blocked,
    Command,
    Counted,
    Edited,
    Place,
    Press,
    Text,
    Tick,
)
from bot.core.state import (
    Advising,
    AskingAfter,
    AskingNextDay,
    AskingSettling,
    Home,
    New,
    Reminder,
    SettingReminder,
    Settings,
    Stage,
    Stretching,
    UserState,
)
from tests.core.person import MONDAY, YES, Person

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def keys(person: Person) -> list[str]:
    return [reply.key for reply in person.replies]


# -- what every step does ------------------------------------------------------------------------


def test_the_hour_in_which_someone_wrote_is_noted_and_a_new_one_after_an_hour(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue)
    person.command("start")
    first = person.at
    assert person.state.seen_at == first
    person.say("hello")
    assert person.state.seen_at == first
    person.at = first + HOUR
    person.event(Text(person.at, "hello"))
    assert person.state.seen_at == person.at


@pytest.mark.parametrize("event", [Tick(MONDAY), Blocked(MONDAY, True), Counted(MONDAY, "x")])
def test_what_nobody_wrote_is_not_a_sign_of_life(
    dialogue: Dialogue, event: Tick | Blocked | Counted
) -> None:
    person = Person(dialogue).home()
    seen = person.state.seen_at
    person.event(replace(event, at=person.at + timedelta(days=3)))
    assert person.state.seen_at == seen


def test_who_was_warned_of_deletion_and_writes_is_seen_anew(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.state = replace(person.state, warned_at=person.at)
    person.say("hello")
    assert person.state.warned_at is None
    assert person.state.seen_at == person.at


def test_of_someone_new_nothing_is_kept_by_a_message_that_says_nothing(
    dialogue: Dialogue,
) -> None:
    state, replies = dialogue.step(UserState(), Command(MONDAY, "help"))
    assert state.seen_at is None or state != UserState()
    assert replies
    state, _ = dialogue.step(UserState(), Tick(MONDAY))
    assert state == UserState()


def test_a_count_on_the_screen_ends_with_the_first_reply_that_leads_elsewhere(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).stretching()
    person.press("count")
    assert not any(reply.halts for reply in person.replies)
    person.command("help")
    assert not any(reply.halts for reply in person.replies)
    person.say("i wet myself")
    assert person.replies[0].halts
    assert not any(reply.halts for reply in person.replies[1:])
    person.say("hello")
    assert not any(reply.halts for reply in person.replies)


def test_of_two_cards_that_end_a_count_both_are_shown(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.press("count")
    person.say("i want to die and i wet myself")
    assert keys(person) == ["outcome.emergency_go", "outcome.same_day"]
    assert [reply.halts for reply in person.replies] == [True, False]


def test_what_was_done_of_a_routine_is_kept_at_the_moment_that_ends_it(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).stretching()
    person.press("done")
    person.say("i wet myself")
    assert [session.at for session in person.state.diary] == [person.at]


def test_whoever_writes_has_let_the_bot_in_again(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    seen = []
    for event in (
        Blocked(person.at, True),
        Tick(person.at + HOUR),
        Blocked(person.at, False),
        Blocked(person.at, True),
        Text(person.at + HOUR, "hello"),
    ):
        person.event(event)
        seen.append(person.state.blocked)
    assert seen == [True, True, False, True, False]


def test_a_stretch_that_is_shown_with_a_flag_open_is_taken_back(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    facts = person.state.facts.answered("saddle_numbness", YES)
    person.state = replace(person.state, facts=facts)
    person.press("done")
    assert isinstance(person.state.stage, Advising)
    assert person.state.paused is None
    assert not person.shown_stretches


def test_a_routine_with_a_flag_open_does_not_go_on_whatever_is_asked(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    facts = person.state.facts.answered("numbness_leg", YES)
    stage = person.state.stage
    assert isinstance(stage, Stretching)
    person.state = replace(person.state, facts=facts, paused=stage)
    person.command("help")
    assert not isinstance(person.state.stage, Stretching)
    assert person.state.paused is None


# -- questions that have been open for too long --------------------------------------------------


def hours(dialogue: Dialogue) -> timedelta:
    return timedelta(hours=dialogue.book.knowledge.rules.screening_valid_hours)


@pytest.mark.parametrize("asked", [Person.done, Person.next_day, Person.task])
def test_a_question_on_how_it_went_is_let_go_when_the_screening_is_old(
    dialogue: Dialogue, asked: object
) -> None:
    for late in (timedelta(0), MINUTE):
        person = Person(dialogue)
        asked(person)  # type: ignore[operator]
        stage, seen = person.state.stage, person.state.seen_at
        assert seen is not None
        assert not isinstance(stage, Home)
        state, _ = dialogue.step(
            person.state, Attachment(seen + hours(dialogue) + late, "sticker")
        )
        assert isinstance(state.stage, Home) is bool(late)


def test_the_question_of_day_15_stays_for_a_week(dialogue: Dialogue) -> None:
    person = Person(dialogue).settling()
    asked = person.state.settling_asked
    assert asked is not None
    for late in (timedelta(0), MINUTE):
        at = asked + agenda.SETTLING_LATE + late
        state, _ = dialogue.step(person.state, Attachment(at, "sticker"))
        assert isinstance(state.stage, Home if late else AskingSettling)


def test_other_stages_do_not_grow_old(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.command("settings")
    person.at += timedelta(days=400)
    person.event(Attachment(person.at, "sticker"))
    assert isinstance(person.state.stage, Settings)


# -- each kind of event --------------------------------------------------------------------------


def test_words_after_a_command_are_read_for_danger(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.command("stretch", "i wet myself")
    assert isinstance(person.state.stage, Advising)
    person = Person(dialogue).home()
    person.command("i", "wet myself")
    assert isinstance(person.state.stage, Advising)
    person = Person(dialogue).home()
    person.command("start", "i wet myself")
    assert isinstance(person.state.stage, Advising)
    person = Person(dialogue).home()
    person.command("numb", "between my legs")
    assert isinstance(person.state.stage, Advising), "the name of no command is a word, too"
    person = Person(dialogue).home()
    person.command("help", "  ")
    assert keys(person) == ["help"]


def test_a_link_behind_start_is_no_message(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.command("start", "s_child_pose")
    assert person.replies
    assert not isinstance(person.state.stage, Advising)


def test_an_edited_message_is_read_for_danger_and_never_as_an_answer(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).home()
    person.command("delete")
    before = person.state
    person.event(Edited(person.at, "yes"))
    assert keys(person) == ["edited"]
    assert person.state.stage == before.stage
    person.event(Edited(person.at, "i wet myself"))
    assert isinstance(person.state.stage, Advising)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("voice", "attachment_voice"),
        ("audio", "attachment_voice"),
        ("video_note", "attachment_voice"),
        ("sticker", "attachment"),
        ("photo", "attachment"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_open_question(
    dialogue: Dialogue, kind: str, key: str
) -> None:
    person = Person(dialogue).agree()
    person.event(Attachment(person.at, kind))
    assert keys(person) == [key, "ask.what_happened"]
    assert dialogue.context.wording.text(key) in person.words()


def test_what_cannot_be_read_leaves_a_routine_as_it_is(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    stage = person.state.stage
    person.event(Attachment(person.at, "sticker"))
    assert person.state.stage == stage
    zoned(person, "Europe/Berlin")
    assert person.state.stage == stage
    assert keys(person)[0] == "location_only_zone"


def test_a_caption_is_read_as_a_message(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.event(Attachment(person.at, "photo", "i wet myself"))
    assert isinstance(person.state.stage, Advising)


def test_a_press_and_the_end_of_a_count_reach_their_stage(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.press("count")
    stage = person.state.stage
    assert isinstance(stage, Stretching)
    token = dialogue.context.wording.countdown(person.state, stage).token
    assert person.event(Counted(person.at + MINUTE, "x.y")) == ()
    person.event(Counted(person.at + MINUTE, token))
    assert isinstance(person.state.stage, Stretching | AskingAfter)
    assert person.state.stage != stage
    person.event(Press(person.at, "old.token.none"))
    assert dialogue.context.wording.text("stale") in person.words()


# -- a shared location ---------------------------------------------------------------------------


def zoned(person: Person, zone: str) -> Person:
    person.event(Place(person.at, zone))
    return person


def test_a_location_answers_where_someone_is(dialogue: Dialogue) -> None:
    person = Person(dialogue, zone="").home()
    person.state = replace(person.state, zone=None)
    person.command("remind")
    person.press("morning")
    zoned(person, "Europe/Berlin")
    asked = person.state.stage
    assert isinstance(asked, SettingReminder)
    assert (asked.part, asked.zone) == ("confirm", "Europe/Berlin")
    person.command("settings")
    person.press("zone")
    zoned(person, "Asia/Tokyo")
    setting: Stage = person.state.stage
    assert isinstance(setting, Settings)
    assert (setting.part, setting.zone) == ("confirm", "Asia/Tokyo")


def test_a_location_in_no_known_zone_is_asked_again(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.command("settings")
    person.press("zone")
    before = person.state.stage
    zoned(person, "Mars/Base")
    assert person.state.stage == before
    assert keys(person)[0] == "place_unknown"
    assert len(person.replies) > 1
    assert dialogue.context.wording.text("place_unknown") in person.words()


def test_at_any_other_moment_a_location_changes_nothing(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    before = person.state
    zoned(person, "Europe/Berlin")
    assert keys(person) == ["location_only_zone", "ask.what_happened"]
    assert dialogue.context.wording.text("location_only_zone") in person.words()
    assert person.state.zone == before.zone
    assert person.state.stage == before.stage


# -- ticks ---------------------------------------------------------------------------------------


def test_a_tick_with_nothing_due_changes_and_says_nothing(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    before = person.state
    assert person.event(Tick(person.at)) == ()
    assert person.state == before


def test_a_running_count_is_taken_up_by_the_clock(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.press("count")
    stage = person.state.stage
    assert isinstance(stage, Stretching)
    person.wait(agenda.COUNT_LOOK)
    assert isinstance(person.state.stage, Stretching)
    assert person.replies[0].countdown is not None
    person.wait(timedelta(seconds=stage.seconds))
    assert isinstance(person.state.stage, Stretching | AskingAfter)
    assert person.state.stage != stage


def test_a_follow_up_is_asked_by_the_clock(dialogue: Dialogue) -> None:
    person = Person(dialogue).two_weeks()
    assert person.state.follow_up is not None
    person.at = person.state.follow_up.due
    person.event(Tick(person.at))
    assert keys(person) == ["seen"]


def test_day_15_is_asked_about_by_the_clock(dialogue: Dialogue) -> None:
    assert keys(Person(dialogue).settling()) == ["settling"]


def test_a_reminder_and_a_snoozed_one_come_by_the_clock(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.state = replace(person.state, reminders=(Reminder(7, 0, MONDAY),))
    person.at = (person.at + timedelta(days=1)).replace(hour=7, minute=0)
    person.event(Tick(person.at))
    assert [reply.reminder for reply in person.replies] == [True]
    person.press_token("x.reminder.later_20")
    assert person.event(Tick(person.at + 10 * MINUTE)) == ()
    person.event(Tick(person.at + 20 * MINUTE))
    assert [reply.reminder for reply in person.replies] == [True]


def test_silence_is_warned_of_and_then_everything_goes(dialogue: Dialogue) -> None:
    rules = dialogue.book.knowledge.rules
    person = Person(dialogue).home()
    person.state = replace(person.state, follow_up=None, facts=replace(person.state.facts))
    seen = person.state.seen_at
    assert seen is not None
    person.at = seen + timedelta(days=rules.keep_days - rules.keep_warning_days)
    person.event(Tick(person.at))
    assert person.state.warned_at == person.at
    assert person.replies
    person.event(Tick(person.at + timedelta(days=rules.keep_warning_days)))
    assert person.state == UserState()


def test_nobody_new_is_asked_for_anything_by_the_clock(dialogue: Dialogue) -> None:
    person = Person(dialogue)
    person.command("start")
    assert isinstance(person.state.stage, New)
    assert person.event(Tick(person.at + timedelta(days=1))) == ()


def test_the_question_for_the_day_after_opens_before_the_next_routine(
    dialogue: Dialogue,
) -> None:
    assert isinstance(Person(dialogue).next_day().state.stage, AskingNextDay)


# -- made with less ------------------------------------------------------------------------------


@pytest.mark.slow
def test_zones_operator_and_cities_need_not_be_given(dialogue: Dialogue) -> None:
    plain = Dialogue(dialogue.book.knowledge)
    assert plain.context.zones == ()
    assert tuple(plain.context.places("Berlin", "UTC")) == ()
    named = Dialogue(dialogue.book.knowledge, ("UTC",), "Someone", lambda text, country: ())
    assert named.context.zones == ("UTC",)
    assert named.context.places is not plain.context.places
    person = Person(named)
    person.command("privacy")
    assert "Someone" in person.words()
    nobody, unnamed = Person(plain), Person(dialogue)
    assert nobody.command("privacy") == unnamed.command("privacy")
