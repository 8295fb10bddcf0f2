"""The whole bot in one pure function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge, Outcome
from bot.core.messages import (
    Attachment,
    Blocked,
    Edited,
    Event,
    Place,
    Press,
    Text,
    Tick,
)
from bot.core.state import (
    Advising,
    Answer,
    Asking,
    AskingSeen,
    Correcting,
    Deleting,
    Home,
    New,
    Reminder,
    Reviewing,
    SettingReminder,
    Settings,
    Stage,
    Stretching,
    UserState,
)
from bot.core.triage import assess, may_stretch
from tests.core.person import MONDAY, Person

Walk = Callable[[Person], object]

STAGES: dict[str, Walk] = {
    "nothing said": lambda person: None,
    "new": lambda person: person.command("start"),
    "a question": lambda person: person.agree(),
    "a page": lambda person: person.agree().press("strain"),
    "one sign": lambda person: person.agree().say("some tingling"),
    "one sign after another": lambda person: person.agree().press("strain", "unsure"),
    "review": lambda person: person.reviewed(),
    "changing": lambda person: person.reviewed().press("change"),
    "a stretch": lambda person: person.stretching(),
    "counting": lambda person: person.stretching().press("count"),
    "count paused": lambda person: person.stretching().press("count", "hold_on"),
    "where it hurts": lambda person: person.stretching().press("hurts"),
    "how it hurts": lambda person: person.stretching().press("hurts", "hurt_leg"),
    "after a routine": lambda person: person.done(),
    "how far": lambda person: person.done().press("p3"),
    "how was it": lambda person: person.done().press("p3", "spine"),
    "which was hard": lambda person: person.done().press("p3", "spine", "hard"),
    "the day after": lambda person: person.next_day(),
    "settling?": lambda person: person.settling(),
    "a task": lambda person: person.task(),
    "a rating": lambda person: person.task().say("tying my shoes"),
    "home": lambda person: person.home(),
    "emergency": lambda person: person.emergency(),
    "crisis": lambda person: person.say("i want to die"),
    "same day": lambda person: person.same_day(),
    "two weeks": lambda person: person.two_weeks(),
    "correcting": lambda person: person.correcting(),
    "seen?": lambda person: person.two_weeks().press("seen"),
    "seen? asked by us": lambda person: person.emergency().wait(timedelta(hours=25)),
    "reminder time": lambda person: person.home().command("remind"),
    "reminder zone": lambda person: zoneless(person).say("8:30"),
    "settings": lambda person: person.home().command("settings"),
    "country": lambda person: settings_of(person, "country"),
    "zone": lambda person: settings_of(person, "zone"),
    "which place": lambda person: settings_of(person, "zone").say("Cambridge"),
    "deleting": lambda person: person.home().command("delete"),
}
COMMANDS = (
    *("start", "stretch", "check", "remind", "progress", "why", "help", "settings", "privacy"),
    *("stop", "delete", "back", "country", "nonsense", ""),
)
WORDS = (
    *("hello", "yes", "no", "maybe", "1", "10", "99", "none", "back", "stop", "help", "thanks"),
    *("these", "fine", "today", "8:30", "india", "Berlin", "3 weeks", "what if my leg goes numb"),
    *(
        "no numbness anywhere",
        "i was seen",
        "it was a mistake",
        "pop without pain",
        "why",
        "UTC+2",
    ),
    *(
        "my dad has chest pain",
        "i wet myself",
        "my leg is numb",
        "some tingling",
        "i have a fever",
    ),
    *("", " ", "\n", "...", "\u00b2", "\u2460", "\u0663", "\ud800", "\u202e", "\U0001f600"),
    *("x" * 4096, "{title}", "<b>", "/start"),
)


def zoneless(person: Person) -> Person:
    person.home()
    person.state = replace(person.state, zone=None)
    person.command("remind")
    return person


def settings_of(person: Person, part: str) -> Person:
    person.home().command("settings")
    person.press(part)
    return person


REACHED: dict[str, Person] = {}


def standing(dialogue: Dialogue, name: str) -> Person:
    """Someone at a stage; the way there is walked once."""
    if name not in REACHED:
        REACHED[name] = Person(dialogue)
        STAGES[name](REACHED[name])
    return REACHED[name].copy()


every_stage = pytest.mark.parametrize("stage", STAGES)


# -- never silent --------------------------------------------------------------------------------


@every_stage
def test_every_command_answers_in_every_stage(dialogue: Dialogue, stage: str) -> None:
    for command in COMMANDS:
        person = standing(dialogue, stage)
        assert person.command(command), command
        assert all(reply.lines for reply in person.replies), command


@every_stage
def test_every_stage_answers_any_text(dialogue: Dialogue, stage: str) -> None:
    start = standing(dialogue, stage)
    silent, failed = [], []
    for text in WORDS:
        try:
            if not start.copy().say(text):
                silent.append(text)
        except Exception as error:  # noqa: BLE001, RUF100  # every failure is wanted in one list
            failed.append((text, repr(error)))
    assert (silent, failed) == ([], [])


@every_stage
def test_every_stage_answers_an_edit_an_attachment_and_a_place(
    dialogue: Dialogue, stage: str
) -> None:
    start = standing(dialogue, stage)
    events: list[Event] = [Edited(start.at, text) for text in ("hello", "i wet myself", "")]
    events += [Attachment(start.at, kind) for kind in ("voice", "photo", "sticker")]
    events += [Attachment(start.at, "photo", "my leg is numb"), Place(start.at, "Asia/Tokyo")]
    for event in events:
        assert start.copy().event(event), event


@every_stage
def test_every_offered_button_leads_on(dialogue: Dialogue, stage: str) -> None:
    start = standing(dialogue, stage)
    for offered in start.tokens:
        person = start.copy()
        person.press_token(offered)
        assert person.replies
        stale = person.dialogue.context.wording.text("stale")
        assert stale not in person.words(), offered


@every_stage
def test_every_stage_has_a_way_on_and_a_way_to_stop(dialogue: Dialogue, stage: str) -> None:
    start = standing(dialogue, stage)
    person = start.copy()
    assert person.command("stop")
    assert not person.state.reminders
    person = start.copy()
    assert person.command("delete")
    person.press("delete")
    assert person.state == UserState()


@every_stage
def test_a_step_changes_nothing_that_was_given_to_it(dialogue: Dialogue, stage: str) -> None:
    start = standing(dialogue, stage)
    before = repr(start.state)
    for text in ("no", "i wet myself", "today"):
        first, second = start.copy(), start.copy()
        assert first.say(text) == second.say(text)
        assert first.state == second.state
    assert repr(start.state) == before


# -- buttons -------------------------------------------------------------------------------------


@every_stage
def test_a_foreign_or_malformed_token_changes_nothing(dialogue: Dialogue, stage: str) -> None:
    start = standing(dialogue, stage)
    session = start.state.session
    for alien in (
        *("", ".", "..", "...", "x", "a.b", "a.b.c", "zzz.consent.agree", "zzz.delete.delete"),
        *(f"{session}.nothing.here", f"{session}.review.m999", f"{session}.stretch99.done"),
        *(f"{session}.ask-nobody.yes", f"{session}.seen.", f"{session}..seen_fine"),
        *(f"{session}.legs_and_toilet.nobody", "\u0000.\u0000.\u0000", f"{session}.seen.x.y"),
    ):
        person = start.copy()
        assert person.press_token(alien), alien
        kept = start.state
        after = replace(person.state, follow_up=kept.follow_up, seen_at=kept.seen_at)
        # The advice is repeated, and may plan its follow-up anew; nothing else moves.
        assert after == replace(kept, to_ask=after.to_ask), alien


def test_a_stale_button_repeats_the_open_question(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    old = person.screen["fall"]
    person.press("strain", "none")
    state = person.state
    person.press_token(old)
    assert person.state == state
    assert person.replies[-1].question == "body_now"
    assert not person.replies[0].edit
    assert dialogue.context.wording.text("stale") in person.words()


def test_a_button_of_an_earlier_session_is_stale_although_its_question_is_open(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).agree()
    old = person.screen["fall"]
    person.at += timedelta(days=1)
    person.command("check")
    assert isinstance(person.state.stage, Asking)
    state = person.state
    person.press_token(old)
    assert person.state == state


def test_a_button_of_yesterdays_routine_does_not_answer_for_todays_stretch(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).stretching()
    old = person.screen["hurts"]
    person.press("finish", "p3")
    person.wait(timedelta(days=1))
    person.command("stretch")
    person.press("none", "none", "p2", "m5")
    assert isinstance(person.state.stage, Stretching)
    state = person.state
    person.press_token(old)
    assert person.state == state, "a button under yesterday's stretch counted for today's"


def test_an_old_were_you_seen_button_does_not_clear_a_later_emergency(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).two_weeks()
    person.press("seen")
    old = person.screen["seen_fine"]
    person.press("seen_fine")
    person.say("i wet myself")
    person.wait(timedelta(hours=25))
    assert isinstance(person.state.stage, AskingSeen)
    person.press_token(old)
    assert assess(dialogue.book, person.state.facts).outcome is Outcome.EMERGENCY_GO


def test_the_same_tap_twice_does_not_take_a_sign_back(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain")
    button = person.screen["numbness_leg"]
    person.press_token(button)
    assert person.answer_of("numbness_leg") is Answer.YES
    person.press_token(button)  # a double tap, or the same message in another client
    assert person.answer_of("numbness_leg") is Answer.YES


def test_a_ticked_sign_is_taken_back_by_its_own_question_only(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "numbness_leg")
    ticked = [token for token in person.tokens if token.endswith("numbness_leg")]
    person.press_token(ticked[0])
    assert person.answer_of("numbness_leg") is Answer.YES
    person.press("no")
    assert person.answer_of("numbness_leg") is Answer.NO


def test_buttons_of_a_reminder_work_in_any_session(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.state = replace(person.state, reminders=(Reminder(8, 30, person.at),))
    person.press_token("zzz.reminder.stop_reminders")
    assert not person.state.reminders


# -- words only raise ----------------------------------------------------------------------------


@every_stage
def test_danger_words_raise_their_flag_in_every_stage(dialogue: Dialogue, stage: str) -> None:
    person = standing(dialogue, stage)
    person.say("i cannot pee and my bum is numb")
    assert person.answer_of("bladder_retention") is Answer.YES
    assert person.answer_of("saddle_numbness") is Answer.YES
    assert isinstance(person.state.stage, Advising)
    outcomes = [reply.outcome for reply in person.replies if reply.outcome]
    assert any(outcome.is_emergency for outcome in outcomes)
    assert not person.shown_stretches


@every_stage
def test_danger_words_are_heard_in_an_edit_a_caption_and_beside_a_command(
    dialogue: Dialogue, stage: str
) -> None:
    start = standing(dialogue, stage)
    words = "i have chest pain"
    acts: tuple[Walk, ...] = (
        lambda person: person.event(Edited(person.at, words)),
        lambda person: person.event(Attachment(person.at, "photo", words)),
        lambda person: person.command("stretch", words),
        lambda person: person.command("help", words),
        lambda person: person.command("nonsense", words),
    )
    for give in acts:
        person = start.copy()
        give(person)
        assert person.answer_of("chest_pain_or_breathless") is Answer.YES


@every_stage
def test_vague_danger_words_are_asked_about_or_already_answered(
    dialogue: Dialogue, stage: str
) -> None:
    person = standing(dialogue, stage)
    interrupted = assess(dialogue.book, person.state.facts).interrupts
    if isinstance(person.state.stage, AskingSeen | Correcting):
        return  # an answer about care is awaited; everything is asked again after it
    person.say("something is odd with my pee")
    waiting = {*person.state.to_ask}
    if isinstance(person.state.stage, Asking) and person.state.stage.item:
        waiting.add(person.state.stage.item)
    assert "bladder_retention" in waiting or interrupted


@every_stage
def test_no_typed_words_but_an_answer_ever_take_a_flag_back(
    dialogue: Dialogue, stage: str
) -> None:
    start = standing(dialogue, stage)
    start.say("i wet myself")
    for text in (
        *("no numbness", "my bladder is fine", "all good now", "it stopped", "fine", "never mind"),
        *("no", "none", "these", "i feel great", "it was nothing", "today", "1", "ok"),
    ):
        person = start.copy()
        person.say(text)
        assert person.answer_of("bladder_leak") is Answer.YES, text
        assert not person.state.facts.cleared, text
        assert not may_stretch(dialogue.book, person.state.facts), text


@pytest.mark.parametrize(
    "text", ["fine", "i am fine", "and", "are fine", "1 and 2", "all is fine"]
)
def test_only_a_clear_word_that_stretches_are_fine_clears_an_emergency(
    dialogue: Dialogue, text: str
) -> None:
    person = standing(dialogue, "seen? asked by us")
    person.say(text)
    assert not person.state.facts.cleared


@pytest.mark.parametrize("text", ["i said it", "like i said", "said it already", "by"])
def test_only_a_clear_no_takes_a_flag_back_when_it_is_asked_again(
    dialogue: Dialogue, text: str
) -> None:
    person = standing(dialogue, "correcting")
    person.say(text)
    assert person.answer_of("bladder_leak") is Answer.YES


@pytest.mark.parametrize(
    "text",
    [
        *("these", "nothing comes out", "no feeling", "no control", "never had it this bad"),
        *("i have not peed since yesterday", "no to the first, yes to the second", "not fine"),
    ],
)
def test_no_typed_sign_denies_a_whole_page(dialogue: Dialogue, text: str) -> None:
    person = standing(dialogue, "a page")
    person.say(text)
    denied = [n for n, f in person.state.facts.findings.items() if f.answer is Answer.NO]
    assert denied == []


@pytest.mark.parametrize("text", ["more than 2 weeks", "over two weeks", "2 weeks and 3 days"])
def test_longer_than_two_weeks_is_never_recorded_as_shorter(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).agree()
    person.say("it went when i bent down")
    while person.replies[-1].question != "since_when":
        person.press("strain" if person.replies[-1].question == "what_happened" else "none")
    person.say(text)
    assert person.answer_of("duration_over_2_weeks") is not Answer.NO


def test_a_no_to_were_you_seen_is_a_no_and_not_a_country(dialogue: Dialogue) -> None:
    person = standing(dialogue, "seen? asked by us")
    person.say("no")
    assert person.state.country is None
    assert isinstance(person.state.stage, Advising)


@pytest.mark.parametrize("text", ["sure, keep it", "right, leave it", "i did not ask for this"])
def test_only_a_clear_yes_deletes_everything(dialogue: Dialogue, text: str) -> None:
    person = standing(dialogue, "deleting")
    person.say(text)
    assert person.state != UserState()


def test_what_someone_else_has_is_advised_on_and_changes_nothing_here(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).reviewed()
    state = person.state
    person.say("my mum cannot feel her legs")
    assert replace(person.state, theirs=()) == state
    assert person.state.theirs
    assert person.replies[0].outcome is Outcome.EMERGENCY_GO
    assert person.replies[0].safety


def test_my_own_vague_words_are_asked_about_beside_someone_elses_signs(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).reviewed()
    person.say("my dad has chest pain. i feel some tingling")
    assert isinstance(person.state.stage, Asking)
    assert person.state.stage.item == "numbness_leg"


# -- the gate ------------------------------------------------------------------------------------


@every_stage
def test_asking_for_a_stretch_shows_none_unless_the_gate_is_open(
    dialogue: Dialogue, stage: str
) -> None:
    for ask in ("/stretch", "give me a stretch", "start now"):
        person = standing(dialogue, stage)
        free = may_stretch(dialogue.book, person.state.facts)
        if ask.startswith("/"):
            person.command("stretch")
        else:
            person.say(ask)
        assert not person.shown_stretches or free


def test_a_routine_left_open_overnight_is_not_taken_up_without_a_fresh_check(
    dialogue: Dialogue,
) -> None:
    hours = dialogue.book.knowledge.rules.screening_valid_hours
    acts: tuple[Walk, ...] = (
        lambda person: person.press("done"),
        lambda person: person.say("hello"),
        lambda person: person.press_token("zzz.a.b"),
    )
    for act in acts:
        person = Person(dialogue).stretching()
        person.wait(timedelta(hours=hours + 1))
        act(person)
        assert not person.shown_stretches


def test_a_review_left_open_overnight_leads_to_the_warning_signs_first(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).reviewed()
    person.wait(timedelta(hours=dialogue.book.knowledge.rules.screening_valid_hours + 1))
    person.press("m5")
    assert not person.shown_stretches
    assert isinstance(person.state.stage, Asking)


def test_answers_of_a_screening_begun_weeks_ago_are_asked_again_before_a_stretch(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none")
    person.wait(timedelta(days=30))
    person.press("none", "today", "none", "none", "p5", "none", "bending", "low")
    assert person.replies[-1].question == "legs_and_toilet", "it was answered 30 days ago"
    person.press("none", "m5")
    assert person.shown_stretches


def test_a_danger_word_ends_the_routine(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.say("my leg is numb")
    assert not isinstance(person.state.stage, Stretching)
    assert not person.shown_stretches


# -- advice stands -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["emergency", "crisis", "same day", "two weeks"])
def test_advice_is_repeated_until_the_person_has_been_seen(dialogue: Dialogue, stage: str) -> None:
    start = standing(dialogue, stage)
    outcome = assess(dialogue.book, start.state.facts).outcome
    acts: tuple[Walk, ...] = (
        lambda person: person.command("start"),
        lambda person: person.command("stretch"),
        lambda person: person.command("remind"),
        lambda person: person.command("settings"),
        lambda person: person.say("hello"),
        lambda person: person.say("i feel better"),
        lambda person: person.press_token("zzz.home.stretch"),
        lambda person: person.press_token("zzz.home.remind"),
        lambda person: person.press_token("zzz.reminder.start_now"),
    )
    for act in acts:
        person = start.copy()
        act(person)
        assert outcome in {reply.outcome for reply in person.replies}
        assert isinstance(person.state.stage, Advising)


@pytest.mark.parametrize("stage", ["emergency", "same day", "two weeks"])
def test_a_place_or_a_kept_deletion_leads_back_to_the_advice(
    dialogue: Dialogue, stage: str
) -> None:
    acts: tuple[Walk, ...] = (
        lambda person: person.event(Place(person.at, "Asia/Tokyo")),
        lambda person: (person.command("delete"), person.press("keep")),
    )
    for act in acts:
        person = standing(dialogue, stage)
        act(person)
        person.say("hello")
        assert isinstance(person.state.stage, Advising)


def test_having_been_seen_in_the_same_breath_does_not_clear_an_emergency(
    dialogue: Dialogue,
) -> None:
    for between in (None, "stop", "check", "delete", "start"):
        person = Person(dialogue).emergency()
        if between is not None:
            person.command(between)
        person.say("i have been seen")
        assert not isinstance(person.state.stage, AskingSeen), between
        assert assess(dialogue.book, person.state.facts).outcome is Outcome.EMERGENCY_GO


def test_an_emergency_can_always_be_ended_from_the_follow_up_on(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    for days in (1, 3, 5, 10, 30, 400):
        person.wait(timedelta(days=days))
        other = person.copy()
        other.say("i have been seen")
        assert isinstance(other.state.stage, AskingSeen), days
        other.press("seen_fine")
        assert assess(dialogue.book, other.state.facts).outcome is Outcome.SELF_CARE
        if isinstance(person.state.stage, AskingSeen):
            person.press("not_seen")


def test_a_new_sign_after_the_follow_up_starts_the_waiting_anew(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    person.wait(timedelta(hours=25))
    person.press("not_seen")
    person.at += timedelta(hours=1)
    person.say("i soiled myself")
    person.say("i have been seen")
    assert not isinstance(person.state.stage, AskingSeen)


def test_the_follow_up_is_asked_three_times_at_most(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    asked = 0
    for _ in range(60):
        if person.wait(timedelta(days=1)):
            asked += 1
            person.press("not_seen")
    assert asked == 3
    assert isinstance(person.state.stage, Advising)


def test_only_what_was_open_is_cleared_and_the_warning_signs_are_asked_again(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).two_weeks()
    person.press("seen", "seen_fine")
    assert set(person.state.facts.cleared) == {"duration_over_2_weeks"}
    assert isinstance(person.state.stage, Asking)
    assert not may_stretch(dialogue.book, person.state.facts)
    person.press("none", "none", "p5", "none", "bending", "low", "m5")
    assert person.shown_stretches


def test_seen_but_no_stretches_yet_keeps_the_advice(dialogue: Dialogue) -> None:
    for option in ("seen_wait", "unsure", "not_seen"):
        person = Person(dialogue).two_weeks()
        person.press("seen", option)
        assert isinstance(person.state.stage, Advising)
        assert not person.state.facts.cleared


def test_taking_the_only_flag_back_ends_its_follow_up_too(dialogue: Dialogue) -> None:
    person = Person(dialogue).same_day()
    person.press("change", "unwell", "off-fever_or_infection", "no")
    assert assess(dialogue.book, person.state.facts).outcome is Outcome.SELF_CARE
    assert person.wait(timedelta(hours=25)) == (), "asked about advice that no longer stands"


def test_no_answer_to_were_you_seen_fails_when_nothing_is_open_any_more(
    dialogue: Dialogue,
) -> None:
    for option in ("seen_fine", "seen_wait", "not_seen", "unsure"):
        person = Person(dialogue).same_day()
        person.press("change", "unwell", "off-fever_or_infection", "no")
        person.wait(timedelta(hours=25))
        if isinstance(person.state.stage, AskingSeen):
            assert person.press(option)
        assert person.say("hello")


def test_a_check_keeps_an_emergency_that_the_person_confirms(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none", "none", "today", "none", "fused_spine")
    assert assess(dialogue.book, person.state.facts).outcome is Outcome.EMERGENCY_GO
    person.command("check")
    assert isinstance(person.state.stage, Correcting)
    person.press("yes")
    assert assess(dialogue.book, person.state.facts).outcome is Outcome.EMERGENCY_GO


def test_a_mistake_can_be_taken_back_by_an_explicit_no(dialogue: Dialogue) -> None:
    person = Person(dialogue).correcting()
    person.press("no")
    assert person.answer_of("bladder_leak") is Answer.NO
    assert not isinstance(person.state.stage, Advising)
    person = Person(dialogue).correcting()
    person.press("yes")
    assert isinstance(person.state.stage, Advising)
    person = Person(dialogue).correcting()
    person.press("unsure")
    assert isinstance(person.state.stage, Advising)


def test_why_answers_after_a_clinician_cleared_two_signs_that_combine(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "numbness_leg", "weakness_leg", "none", "none", "none", "today")
    while isinstance(person.state.stage, Asking):
        person.press("none")
    person.press("seen", "seen_fine")
    assert person.command("why")


# -- the clock -----------------------------------------------------------------------------------


def tomorrow_at_half_past_eight(person: Person) -> datetime:
    return (person.at + timedelta(days=1)).replace(hour=8, minute=30, second=0)


def with_reminder(person: Person) -> Person:
    person.state = replace(person.state, reminders=(Reminder(8, 30, person.at),))
    return person


def test_a_reminder_comes_once_and_shows_no_stretch(dialogue: Dialogue) -> None:
    person = with_reminder(Person(dialogue).home())
    at = tomorrow_at_half_past_eight(person)
    (reply,) = person.event(Tick(at))
    assert reply.reminder
    assert not reply.stretches
    assert person.event(Tick(at + timedelta(minutes=1))) == ()


@pytest.mark.parametrize("stage", ["emergency", "crisis", "same day", "two weeks", "correcting"])
def test_no_reminder_while_care_is_advised(dialogue: Dialogue, stage: str) -> None:
    person = with_reminder(standing(dialogue, stage))
    replies = person.event(Tick(tomorrow_at_half_past_eight(person)))
    assert not any(reply.reminder for reply in replies)


def test_no_reminder_while_a_page_with_an_open_flag_is_unfinished(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none", "none", "today", "fever_or_infection")
    assert assess(dialogue.book, person.state.facts).outcome is Outcome.SAME_DAY
    with_reminder(person)
    replies = person.event(Tick(tomorrow_at_half_past_eight(person)))
    assert not any(reply.reminder for reply in replies)


def test_no_reminder_after_stop_and_none_for_whoever_blocked_the_bot(dialogue: Dialogue) -> None:
    person = with_reminder(Person(dialogue).home())
    at = tomorrow_at_half_past_eight(person)
    stopped, blocked = person.copy(), person.copy()
    stopped.command("stop")
    assert stopped.event(Tick(at)) == ()
    blocked.event(Blocked(blocked.at, True))
    assert blocked.event(Tick(at)) == ()


def test_skip_today_skips_one_day_only(dialogue: Dialogue) -> None:
    person = with_reminder(Person(dialogue).home())
    at = tomorrow_at_half_past_eight(person)
    person.event(Press(at - timedelta(hours=1), "zzz.reminder.skip_today"))
    assert person.event(Tick(at)) == ()
    assert person.event(Tick(at + timedelta(days=1)))


@pytest.mark.slow
def test_a_tick_with_nothing_due_changes_nothing(dialogue: Dialogue) -> None:
    for name in STAGES:
        person = standing(dialogue, name)
        state = person.state
        assert person.event(Tick(person.at)) == ()
        assert person.state == state


# -- small talk and settings ---------------------------------------------------------------------


def test_nothing_is_asked_before_consent(dialogue: Dialogue) -> None:
    for text in ("hello", "my back hurts", "give me a stretch"):
        person = Person(dialogue)
        person.say(text)
        assert isinstance(person.state.stage, New)
        assert person.replies[-1].question == "consent"


def test_what_was_said_before_consent_still_counts(dialogue: Dialogue) -> None:
    person = Person(dialogue)
    person.say("i have a fever")
    person.press("agree")
    assert person.answer_of("fever_or_infection") is Answer.YES


def test_a_country_by_name_sets_the_number(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    person.say("United Kingdom")
    assert person.state.country == "GB"
    assert "999" in person.words()
    assert isinstance(person.state.stage, Advising)


def test_a_reminder_is_set_by_button_and_by_words(dialogue: Dialogue) -> None:
    acts: tuple[Walk, ...] = (
        lambda person: person.press("evening"),
        lambda person: person.say("7pm"),
        lambda person: person.say("19:00"),
    )
    for give in acts:
        person = standing(dialogue, "reminder time")
        give(person)
        assert person.state.reminders
        assert (person.state.reminders[0].hour, person.state.reminders[0].minute) == (19, 0)
        assert isinstance(person.state.stage, Home)


@pytest.mark.parametrize(
    ("text", "clock"), [("7 in the morning", (7, 0)), ("at 6 in the evening", (18, 0))]
)
def test_a_stated_hour_beats_the_name_of_the_part_of_the_day(
    dialogue: Dialogue, text: str, clock: tuple[int, int]
) -> None:
    person = standing(dialogue, "reminder time")
    person.say(text)
    for reminder in person.state.reminders:
        assert (reminder.hour, reminder.minute) == clock


def test_a_zone_is_asked_for_before_the_first_reminder(dialogue: Dialogue) -> None:
    person = standing(dialogue, "reminder zone")
    assert not person.state.reminders
    person.say("Berlin")
    assert person.state.zone is None
    person.press("other_zone")
    person.say("Tokyo")
    person.press("right_zone")
    zone: str | None = person.state.zone
    assert zone == "Asia/Tokyo"
    assert person.state.reminders


@pytest.mark.parametrize("stage", ["reminder zone", "zone", "which place"])
def test_a_shared_location_is_confirmed_by_the_clock(dialogue: Dialogue, stage: str) -> None:
    person = standing(dialogue, stage)
    before = person.state.zone
    person.event(Place(person.at, "Asia/Tokyo"))
    assert "Is it" in person.words()
    assert "Asia/Tokyo" in person.words()
    assert person.state.zone == before
    person.press("right_zone")
    assert person.state.zone == "Asia/Tokyo"


@pytest.mark.parametrize("stage", ["reminder zone", "zone"])
def test_a_location_of_no_known_zone_asks_again(dialogue: Dialogue, stage: str) -> None:
    person = standing(dialogue, stage)
    person.event(Place(person.at, "Mars/Olympus"))
    assert dialogue.context.wording.text("place_unknown") in person.words()
    assert person.tokens


@every_stage
def test_a_location_that_nobody_asked_for_changes_nothing(dialogue: Dialogue, stage: str) -> None:
    person = standing(dialogue, stage)
    if stage in {"reminder zone", "zone", "which place"}:
        return
    before = person.state
    person.event(Place(person.at, "Asia/Tokyo"))
    assert replace(person.state, seen_at=None) == replace(before, seen_at=None)
    assert dialogue.context.wording.text("location_only_zone") in person.words()


@pytest.mark.parametrize("stage", ["reminder zone", "zone"])
def test_one_of_several_cities_is_tapped_or_named(dialogue: Dialogue, stage: str) -> None:
    acts: tuple[Walk, ...] = (
        lambda person: person.press("place1"),
        lambda person: person.say("Ontario"),
        lambda person: person.say("2"),
        lambda person: person.say("cambridge, canada"),
    )
    for act in acts:
        person = standing(dialogue, stage)
        person.say("Cambridge")
        assert [token.rpartition(".")[2] for token in person.tokens] == [
            *("place0", "place1", "place2", "other_zone", "close")
        ]
        act(person)
        assert "Cambridge, Canada (Ontario)" in person.words()
        person.press("right_zone")
        assert person.state.zone == "America/Toronto"


@pytest.mark.parametrize("text", ["no", "close", "back", "...", "cambridge", "states kingdom"])
def test_half_a_word_or_none_picks_no_city(dialogue: Dialogue, text: str) -> None:
    person = standing(dialogue, "zone")
    person.say("Springfield")
    person.say(text)
    assert "Is it" not in person.words()


def test_the_country_that_is_known_decides_which_city(dialogue: Dialogue) -> None:
    person = standing(dialogue, "reminder zone")
    person.state = replace(person.state, country="US")
    person.say("Cambridge")
    assert "Cambridge, United States (Massachusetts)" in person.words()
    person.say("yes")
    assert person.state.zone == "America/New_York"


@pytest.mark.parametrize(
    "text", ["Chemnitz", "Niagara Falls", "Medicine Hat", "Ribeirão Preto", "Popayán", "Košice"]
)
def test_a_city_is_not_read_as_the_sign_that_it_resembles(dialogue: Dialogue, text: str) -> None:
    person = standing(dialogue, "zone")
    person.say(text)
    assert isinstance(person.state.stage, Settings)
    assert person.state.stage.found
    assert person.state.facts == standing(dialogue, "zone").state.facts


@pytest.mark.slow
def test_danger_is_heard_where_a_place_is_asked_for(dialogue: Dialogue) -> None:
    deaf = []
    for stage in ("reminder zone", "zone"):
        for flag in dialogue.book.knowledge.flags:
            for said in flag.says:
                person = standing(dialogue, stage)
                person.say(said)
                if isinstance(person.state.stage, SettingReminder | Settings):
                    deaf.append((stage, flag.id, said))
    assert deaf == []


@pytest.mark.parametrize("stage", ["reminder zone", "zone"])
@pytest.mark.parametrize("text", ["asdfgh", "the moon", "x" * 4096, "UTC+99", "\ud800", "8:30"])
def test_an_unknown_place_is_told_what_else_can_be_written(
    dialogue: Dialogue, stage: str, text: str
) -> None:
    person = standing(dialogue, stage)
    person.say(text)
    assert dialogue.context.wording.text("place_unknown") in person.words()


@pytest.mark.parametrize("text", ["close", "Close.", "stop", "help", "thanks", "hello", "why"])
def test_a_word_that_is_nearly_a_city_stays_what_it_is(dialogue: Dialogue, text: str) -> None:
    person = standing(dialogue, "zone")
    person.say(text)
    assert "Is it" not in person.words()
    assert "There are several places" not in person.words()


@pytest.mark.slow
def test_zones_and_offsets_need_no_list_of_cities(
    knowledge: Knowledge, dialogue: Dialogue
) -> None:
    bare = Dialogue(knowledge, dialogue.context.zones)
    for text, zone in (
        *(("UTC+2", "Etc/GMT-2"), ("gmt-3", "Etc/GMT+3"), ("+5:30", "Asia/Kolkata")),
        *(("Europe/Berlin", "Europe/Berlin"), ("new york", "America/New_York")),
    ):
        person = standing(dialogue, "zone")
        person.dialogue = bare
        person.say(text)
        person.press("right_zone")
        assert person.state.zone == zone


def test_the_routine_goes_through_to_the_diary(dialogue: Dialogue) -> None:
    person = Person(dialogue).done()
    (session,) = person.state.diary
    assert session.done
    assert session.pain_before == 5
    person.press("p3", "thigh", "hard", "single_knee_chest", "enough")
    assert person.state.diary[0].pain_after == 3
    assert person.state.diary[0].reach == "thigh"
    assert person.state.diary[0].hard == ("single_knee_chest",)
    offered: Stage = person.state.stage  # once, after the first routine
    assert isinstance(offered, SettingReminder)
    person.press("close")
    closed: Stage = person.state.stage
    assert isinstance(closed, Home)


def test_strong_pain_after_a_routine_brings_the_warning_signs_back(dialogue: Dialogue) -> None:
    person = Person(dialogue).done()
    person.press("p9")
    assert isinstance(person.state.stage, Asking)
    assert not may_stretch(dialogue.book, person.state.facts)


def test_a_stretch_that_hurts_stops_the_routine_and_is_left_out_next_time(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).stretching()
    assert isinstance(person.state.stage, Stretching)
    name = person.state.stage.plan.items[0].stretch
    person.press("hurts", "hurt_back", "hurt_sharp")
    assert person.replies[-1].question == "legs_and_toilet"
    assert person.state.diary[-1].hurt == (name,)
    person.press("none", "none", "p3", "m5")
    assert person.shown_stretches
    assert name not in person.shown_stretches


def test_progress_counts_routines_and_days(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.command("progress")
    assert "1" in person.words()
    assert isinstance(person.state.stage, Home)


def test_the_review_shows_every_answer_and_each_can_be_changed(dialogue: Dialogue) -> None:
    person = Person(dialogue).reviewed()
    person.press("change")
    offered = [token.split(".", 2)[2] for token in person.tokens]
    assert offered[-1] == "back"
    for step in offered[:-1]:
        other = person.copy()
        other.press(step)
        assert other.replies[-1].question == step
    person.press("back")
    assert isinstance(person.state.stage, Reviewing)


def test_deleting_asks_first_and_keeps_on_request(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    state = person.state
    person.command("delete")
    assert isinstance(person.state.stage, Deleting)
    person.press("keep")
    assert replace(person.state, stage=state.stage) == state


def test_texts_may_come_at_any_moment_of_the_calendar(dialogue: Dialogue) -> None:
    for at in (datetime(2000, 2, 29, tzinfo=UTC), datetime(2096, 2, 29, 23, 59, tzinfo=UTC)):
        person = Person(dialogue, at=at)
        person.emergency()
        for _ in range(5):
            person.wait(timedelta(days=9))
            assert person.event(Text(person.at, "hello"))


def test_the_moment_of_monday_is_the_beginning() -> None:
    assert MONDAY.weekday() == 0


@pytest.mark.parametrize(
    ("text", "reach"),
    [("back", "spine"), ("foot", "foot"), ("below the knee", "below_knee"), ("1", "spine")],
)
def test_how_far_it_reaches_is_typed_too(dialogue: Dialogue, text: str, reach: str) -> None:
    person = standing(dialogue, "how far")
    person.say(text)
    assert person.state.diary[-1].reach == reach


@pytest.mark.parametrize("text", ["stop reminding me", "no more reminders please"])
@every_stage
def test_stop_reminding_stops_in_every_stage(dialogue: Dialogue, stage: str, text: str) -> None:
    person = with_reminder(standing(dialogue, stage))
    person.say(text)
    assert person.state.reminders == ()
