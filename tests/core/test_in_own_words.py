"""What people type instead of tapping, around a routine; and ways past a check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.core.dialogue import Dialogue
from bot.core.state import Home, Stretching
from tests.core.person import Person

Walk = Callable[[Person], object]


def counting(person: Person) -> Person:
    person.stretching().press("count")
    return person


def hurting(person: Person) -> Person:
    person.stretching().press("hurts")
    return person


@pytest.mark.parametrize(
    "way_out",
    [
        lambda p: p.command("stretch"),
        lambda p: (p.command("start"), p.command("stretch")),
        lambda p: (p.command("settings"), p.press("close")),
        lambda p: p.command("start", "s_child_pose"),
        lambda p: (p.press("hurt_back"), p.say("back"), p.command("stretch")),
    ],
)
def test_no_way_leads_past_the_signs_once_a_stretch_hurt(
    dialogue: Dialogue, way_out: Walk
) -> None:
    person = hurting(Person(dialogue))
    way_out(person)
    assert person.replies[-1].question == "legs_and_toilet"
    assert not person.shown_stretches


@pytest.mark.parametrize(
    "way_back",
    [
        lambda p: p.command("stretch"),
        lambda p: p.command("start", "s_child_pose"),
        lambda p: p.press("browse"),
    ],
)
def test_after_strong_pain_no_stretch_comes_on_that_day(
    dialogue: Dialogue, way_back: Walk
) -> None:
    person = Person(dialogue).done()
    person.press("p9", "none", "none", "none")
    way_back(person)
    assert not person.shown_stretches
    assert "Rest today" in person.words()
    person.at += timedelta(days=1)
    person.command("stretch")
    assert "Rest today" not in person.words()


@pytest.mark.parametrize("text", ["no better", "it is no better", "not gone", "no worse"])
def test_no_better_is_never_taken_as_better(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).settling()
    person.say(text)
    assert "usual way" not in person.words()
    assert "good news" not in person.words()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *(("no worse", "same"), ("no better", "same"), ("much better", "better")),
        *(("a bit worse", "worse"), ("terrible", "worse"), ("fine", "same")),
    ],
)
def test_the_day_after_is_told_in_own_words(dialogue: Dialogue, text: str, day: str) -> None:
    person = Person(dialogue).next_day()
    person.say(text)
    assert person.state.diary[-1].next_day == day


@pytest.mark.parametrize(
    "text", ["ow", "aargh", "my back just went", "i cant do this", "this is killing me", "pain"]
)
def test_distress_while_counting_stops_the_routine(dialogue: Dialogue, text: str) -> None:
    person = counting(Person(dialogue))
    person.say(text)
    assert not isinstance(person.state.stage, Stretching)


@pytest.mark.parametrize("text", ["qwertz", "i need the toilet, brb", "hold on", "wait"])
def test_other_words_while_counting_let_it_stand_still(dialogue: Dialogue, text: str) -> None:
    person = counting(Person(dialogue))
    person.say(text)
    assert isinstance(person.state.stage, Stretching)
    assert person.state.stage.since is None
    person.wait(timedelta(minutes=10))
    assert isinstance(person.state.stage, Stretching)
    assert person.state.stage.index == 0


def test_stopping_with_nothing_done_is_not_praised(dialogue: Dialogue) -> None:
    person = counting(Person(dialogue))
    person.say("stop")
    assert "Well done" not in person.words()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        *(("lower back", "hurt_back"), ("my calf", "hurt_leg"), ("in my groin", "hurt_leg")),
        *(("my belly", "hurt_other"), ("everywhere", "hurt_other"), ("my bum", "hurt_leg")),
    ],
)
def test_where_it_hurts_is_told_in_own_words(dialogue: Dialogue, text: str, where: str) -> None:
    person = hurting(Person(dialogue))
    person.say(text)
    assert person.state.diary[-1].hurt_where == where


@pytest.mark.parametrize("text", ["stabbing", "like a knife", "throbbing", "achy", "cramp"])
def test_what_the_pain_is_like_is_told_in_own_words(dialogue: Dialogue, text: str) -> None:
    person = hurting(Person(dialogue))
    person.press("hurt_back")
    person.say(text)
    assert person.state.diary[-1].hurt_how is not None
    assert person.replies[-1].question == "legs_and_toilet"


@pytest.mark.parametrize("name", ["settings", "remind", "start", "stretch", "stop"])
def test_a_command_in_a_routine_keeps_what_was_done(dialogue: Dialogue, name: str) -> None:
    person = Person(dialogue).stretching()
    person.press("done")
    person.command(name)
    assert [len(session.done) for session in person.state.diary] == [1]


def test_not_at_all_is_a_rating_of_nothing(dialogue: Dialogue) -> None:
    person = Person(dialogue).task()
    person.say("putting on socks")
    person.say("not at all")
    assert person.state.task is not None
    assert [rating.score for rating in person.state.task.ratings] == [0]


@pytest.mark.parametrize("text", ["no", "no thanks", "not now", "never", "maybe tomorrow"])
def test_the_first_reminder_can_be_refused_in_words(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).told()
    person.say(text)
    assert isinstance(person.state.stage, Home)
    assert not person.state.reminders


def test_the_number_of_a_button_is_no_hour_of_the_night(dialogue: Dialogue) -> None:
    person = Person(dialogue).told()
    person.say("1")
    assert [(r.hour, r.minute) for r in person.state.reminders] == [(8, 0)]


def test_a_reminder_is_asked_for_with_its_day_and_time(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.say("remind me every monday at 7")
    (reminder,) = person.state.reminders
    assert (reminder.hour, reminder.days) == (7, (0,))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        *(("not on sundays", (0, 1, 2, 3, 4, 5)), ("mon but not tue", (0,))),
        *(
            ("every day except friday", (0, 1, 2, 3, 5, 6)),
            ("weekdays except friday", (0, 1, 2, 3)),
        ),
    ],
)
def test_days_that_are_left_out_are_left_out(
    dialogue: Dialogue, text: str, days: tuple[int, ...]
) -> None:
    person = Person(dialogue).told()
    person.press("morning")
    person.command("remind")
    person.press("r0", "days")
    person.say(text)
    assert person.state.reminders[0].days == days


def test_quiet_hours_that_cover_a_reminder_say_so(dialogue: Dialogue) -> None:
    person = Person(dialogue).told()
    person.press("morning")
    person.command("settings")
    person.press("quiet")
    person.say("10pm to 9am")
    assert "8:00am lies in the quiet hours" in person.words()


@pytest.mark.parametrize("text", ["later", "skip today", "not today", "i did it already"])
def test_a_reminder_is_answered_in_words(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).told()
    person.press("morning")
    person.wait(timedelta(hours=24))
    assert person.replies[-1].reminder
    person.say(text)
    assert "I did not understand" not in person.words()


@pytest.mark.parametrize(
    ("text", "reach"),
    [("just my back", "spine"), ("calf", "below_knee"), ("my bum", "buttock"), ("toes", "foot")],
)
def test_how_far_it_reaches_is_told_in_own_words(
    dialogue: Dialogue, text: str, reach: str
) -> None:
    person = Person(dialogue).done()
    person.press("p3")
    person.say(text)
    assert person.state.diary[-1].reach == reach


@pytest.mark.parametrize("text", ["good", "fine", "perfect", "not too hard, not too easy"])
def test_that_a_routine_was_right_is_told_in_own_words(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).done()
    person.press("p3", "spine")
    person.say(text)
    assert person.replies[-1].question == "remind"
    assert not person.state.diary[-1].hard


def test_a_link_to_a_stretch_is_nobodys_words(dialogue: Dialogue) -> None:
    person = Person(dialogue)
    person.command("start", "s_single_knee_chest")
    assert "I am Unknot" in person.words()


@pytest.mark.parametrize("text", ["no pain", "no pain so far", "less pain", "pain is less now"])
def test_that_it_does_not_hurt_is_no_distress(dialogue: Dialogue, text: str) -> None:
    person = counting(Person(dialogue))
    person.say(text)
    assert isinstance(person.state.stage, Stretching)


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_what_was_done_before_a_direct_question_is_kept(dialogue: Dialogue, answer: str) -> None:
    person = Person(dialogue).stretching()
    person.press("done", "done")
    person.say("some tingling")
    assert person.state.paused is not None
    person.say(answer)
    if answer == "yes":
        person.say("no")  # to what is asked about the numbness: advice follows
    else:
        person.command("settings")
        person.command("check")
    assert [len(session.done) for session in person.state.diary] == [2]


@pytest.mark.parametrize(
    ("words", "shown"),
    [("child's pose", "child_pose"), ("Prayer stretch", "child_pose"), ("all", "")],
)
def test_a_stretch_is_asked_for_by_its_name(dialogue: Dialogue, words: str, shown: str) -> None:
    person = Person(dialogue).home()
    person.command("stretch", words)
    assert person.shown_stretches == ([shown] if shown else [])
    assert "All stretches" in str(person.replies[-1])
    flagged = Person(dialogue).emergency()
    flagged.command("stretch", words)
    assert not flagged.shown_stretches


def test_more_about_a_stretch_tells_what_the_picture_shows(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.press("more")
    assert "In the picture: Side view. A person" in person.words()


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("numb between my leggs", "emergency_go"),
        ("took two morphine tablets and can hardly stay awake", "emergency_call"),
        ("my husband took extra oramorph and wont wake up", "emergency_call"),
        ("if i take the whole pack it will finally be over", "same_day"),
        ("if i jump it will finally be over", "same_day"),
        ("my teenage son took all my tramadol", "emergency_call"),
    ],
)
def test_danger_in_awkward_words_is_heard(dialogue: Dialogue, text: str, outcome: str) -> None:
    person = Person(dialogue).stretching()
    assert outcome in [reply.outcome for reply in person.say(text)]


@pytest.mark.parametrize(
    "text",
    [
        "took 5 ibuprofen at once, was it too much?",
        "did i take too many? 4 ibuprofen 400 within two hours",
        "accidentally took my pills twice today",
        "mixed tramadol and diazepam and wine and i feel so sleepy",
    ],
)
def test_too_many_tablets_for_the_pain_are_asked_about_as_such(
    dialogue: Dialogue, text: str
) -> None:
    person = Person(dialogue).stretching()
    person.say(text)
    assert "Have you taken too many tablets" in person.words()


def test_who_took_too_many_for_the_pain_is_not_told_of_thoughts_of_death(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).stretching()
    person.say("took 14 paracetamol since this morning because the pain wont stop")
    assert [reply.outcome for reply in person.replies] == ["emergency_call"]
    assert "ending your life" not in person.words()


@pytest.mark.parametrize("text", ["threw up, dark brown like coffee", "i puked red stuff"])
def test_blood_in_vomit_is_asked_about_by_its_colour(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).agree()
    person.say(text)
    asked = person.words()
    person.say("no")
    assert "coffee grounds" in asked + person.words()


@pytest.mark.parametrize(
    "text",
    ["been to A&E they scanned me, all fine", "i saw a dr", "doctor looked at me, all good"],
)
def test_that_one_was_seen_is_heard_in_more_words(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).emergency()
    person.say(text)
    assert "I am glad if you were seen" in person.words()
    assert not person.shown_stretches


def test_no_wait_deletes_nothing_and_a_copy_is_asked_for_in_words(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.say("forget all about me")
    person.say("no wait")
    assert isinstance(person.state.stage, Home)
    person.say("export my data")
    assert person.replies[0].documents


def test_what_to_do_today_is_a_routine(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.say("what shall i do today")
    assert "I did not understand" not in person.words()


def test_a_jolt_while_a_stretch_is_counted_hurts(dialogue: Dialogue) -> None:
    person = counting(Person(dialogue))
    person.say("it pulls in my calf like electricity")
    assert "Where" in person.words()


def test_a_fever_after_the_birth_of_a_son_is_asked_about(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("5 days after my son was born, fever and back pain")
    assert "Within 6 weeks after the birth" in person.words()


def test_an_age_is_not_how_long_it_has_hurt(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("lifted")
    person.press("none", "none")
    person.say("33 years old")
    assert person.replies[-1].question == "since_when"


def test_whom_it_is_about_is_not_asked_once_the_writer_has_answered(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("lifted")
    person.press("none")
    person.say("my wifes back seized up")
    assert "Whom shall I help" not in person.words()


def test_bad_again_after_two_weeks_is_no_settling(dialogue: Dialogue) -> None:
    person = Person(dialogue).two_weeks()
    person.say("hi its bad again since i coughed this morning")
    assert "clinician_routine" in [reply.outcome for reply in person.replies]


@pytest.mark.parametrize("text", ["i cannot pass any water", "my wife cannot pass any water"])
def test_not_passing_any_water_is_an_emergency(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).agree()
    person.say(text)
    asked = "trouble peeing" in person.words()
    assert asked or "emergency_go" in [reply.outcome for reply in person.replies]


def test_what_a_word_means_is_a_question_and_no_emergency(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("what do you mean by aneurysm")
    assert not any(reply.outcome for reply in person.replies)


@pytest.mark.parametrize("text", ["i have the pills in front of me", "just took rest of the box"])
def test_pills_at_hand_or_gone_are_asked_about(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).home()
    person.say(text)
    assert "Have you taken too many tablets" in person.words()


def test_the_worst_headache_of_a_life_calls_an_ambulance(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.say("worst headache of my life just now and stiff neck")
    assert "emergency_call" in [reply.outcome for reply in person.replies]


def test_black_poo_of_iron_tablets_is_asked_about_first(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("poo is black but im on iron")
    assert not any(reply.outcome for reply in person.replies)


def test_a_late_period_with_pain_on_one_side_is_asked_about_at_once(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("period is 2 weeks late and terrible one sided low pain and shoulder tip pain")
    assert "May I ask directly" in person.words()
