"""Ways through the dialogue that few take: each is still answered, and rightly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.dialogue import Dialogue
from bot.core.knowledge import Knowledge, Outcome
from bot.core.messages import Attachment, Blocked, Counted, Tick
from bot.core.stages import feedback, places
from bot.core.state import (
    Advising,
    Answer,
    Asking,
    AskingAfter,
    AskingSeen,
    Correcting,
    Deleting,
    Found,
    Home,
    New,
    Rating,
    Reach,
    Reminder,
    Reviewing,
    Session,
    SettingReminder,
    Settings,
    Stretching,
    Task,
)
from tests.core.person import MONDAY, NO, Person

SEVEN = Reminder(7, 0, MONDAY)
REACHED: tuple[tuple[int, Reach], ...] = ((3, "spine"), (2, "foot"))


def keys(person: Person) -> list[str]:
    return [reply.key for reply in person.replies]


def with_reminders(person: Person, *reminders: Reminder) -> Person:
    person.home()
    person.state = replace(person.state, reminders=reminders)
    return person


# -- care ----------------------------------------------------------------------------------------


def test_advice_is_not_repeated_once_nothing_calls_for_it(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    person.state = replace(person.state, facts=replace(person.state.facts, findings={}))
    person.say("hello")
    assert not isinstance(person.state.stage, Advising)


def test_a_follow_up_that_nobody_planned_is_not_asked(dialogue: Dialogue) -> None:
    from bot.core.stages import care

    person = Person(dialogue).agree()
    assert care.follow_up(dialogue.context, person.state, person.at) == (person.state, ())


def test_after_a_crisis_the_body_is_asked_about_on_its_own(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("i want to kill myself")
    person.say("and i wet myself")
    person.wait(timedelta(days=2))
    assert isinstance(person.state.stage, AskingSeen)
    person.press("talked")
    assert isinstance(person.state.stage, AskingSeen)
    assert person.state.stage.card is None


def test_after_a_crisis_alone_it_goes_home(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("i want to kill myself")
    person.wait(timedelta(days=2))
    person.press("talked")
    assert keys(person) == ["crisis_seen"]


def test_stopping_while_the_question_is_open_keeps_the_advice(dialogue: Dialogue) -> None:
    person = Person(dialogue).two_weeks()
    person.press("seen")
    assert isinstance(person.state.stage, AskingSeen)
    person.state = replace(person.state, follow_up=None)
    person.command("stop")
    assert isinstance(person.state.stage, Advising)


# -- someone else --------------------------------------------------------------------------------


def test_another_persons_trait_calls_for_nothing(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("my mum has osteoporosis")
    assert "someone_else" not in " ".join(keys(person))


def test_once_it_is_about_someone_else_their_signs_count(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("my mum has a fever")
    person.press("about_other")
    assert person.state.about == "other"
    person.say("my mum wet herself")
    assert person.answer_of("bladder_leak") is Answer.YES


# -- going back, starting again ------------------------------------------------------------------


def test_back_at_home_repeats_what_is_open(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.command("back")
    assert isinstance(person.state.stage, Home)
    assert person.replies


def test_a_mistake_with_no_flag_open_is_a_new_check(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    findings = dict.fromkeys(person.state.facts.findings, NO)
    person.state = replace(person.state, facts=replace(person.state.facts, findings=findings))
    person.command("back")
    assert person.replies


def test_flags_are_corrected_one_after_the_other(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.say("i wet myself and i have numbness when i wipe")
    person.say("that was by mistake")
    asked = []
    while isinstance(person.state.stage, Correcting):
        asked.append(person.state.stage.flags[0])
        person.press("no")
    assert {"bladder_leak", "saddle_numbness"} <= set(asked)
    assert len(set(asked)) == len(asked)
    assert isinstance(person.state.stage, Asking)


def test_a_check_that_takes_the_only_flag_back_begins_anew(dialogue: Dialogue) -> None:
    person = Person(dialogue).two_weeks()
    person.command("check")
    person.press("no")
    assert isinstance(person.state.stage, Asking)
    assert person.state.facts.choices == {}


def test_a_digit_picks_nothing_on_a_page_without_numbers(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none", "none", "today", "none")
    before = person.state.stage
    assert isinstance(before, Asking)
    assert before.step == "about_you"
    person.say("1")
    assert person.state.stage == before


# -- how it went ---------------------------------------------------------------------------------


def test_pain_after_a_routine_that_is_not_in_the_diary_is_taken_all_the_same(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).done()
    person.state = replace(person.state, diary=())
    person.press("p3")
    assert not isinstance(person.state.stage, AskingAfter)


def test_pain_that_moved_outward_before_and_is_not_back_is_said(dialogue: Dialogue) -> None:
    person = Person(dialogue).done()
    past = tuple(
        Session(MONDAY - timedelta(days=days), ("child_pose",), reach=reach)
        for days, reach in REACHED
    )
    person.state = replace(person.state, diary=(*past, *person.state.diary))
    person.press("p3", "thigh", "right")
    stays = dialogue.context.wording.text("moved_out_stays")
    assert stays in person.words()


def test_two_weeks_of_pain_in_the_diary_ask_anew_since_when(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    rules = dialogue.book.knowledge.rules
    long = rules.leads_to.over_two_weeks
    early = person.at
    diary = tuple(
        Session(early + timedelta(days=2 * n), ("child_pose",), pain_before=5, pain_after=5)
        for n in range(rules.long_after_days // 2 + 1)
    )
    facts = person.state.facts.answered(long, Found(Answer.NO, early, "pressed"))
    at = early + timedelta(days=rules.long_after_days + 1)
    state = feedback.from_diary(
        dialogue.context, replace(person.state, diary=diary, facts=facts), at
    )
    assert long not in state.facts.findings
    assert "since_when" not in state.facts.choices


# -- typed words ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["I am 74", "74 years old"])
def test_an_age_is_asked_about(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).agree()
    person.say(text)
    assert person.replies


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("no, but i have a fever", Answer.NO),
        ("yes and i have a fever", Answer.YES),
        ("hello, i have a fever", None),
    ],
)
def test_a_message_that_alarms_also_answers_the_sign_that_was_asked(
    dialogue: Dialogue, text: str, answer: Answer | None
) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "unsure")
    stage = person.state.stage
    assert isinstance(stage, Asking)
    assert stage.item == "bilateral_leg_symptoms"
    person.say(text)
    assert person.answer_of("fever_or_infection") is Answer.YES
    assert person.answer_of("bilateral_leg_symptoms") is answer


def test_an_alarm_answers_the_open_choice_unless_that_would_deny_a_sign(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).agree()
    person.say("lifting. i wet myself")
    assert person.state.facts.choices["what_happened"].option == "strain"
    person = Person(dialogue).agree()
    person.press("strain", "none", "none")
    person.say("today. fever")
    assert "since_when" not in person.state.facts.choices
    assert person.answer_of("fever_or_infection") is Answer.YES


def test_help_is_told_at_once_where_care_is_advised(dialogue: Dialogue) -> None:
    person = Person(dialogue).emergency()
    person.say("help me now")
    assert keys(person) == ["sos", "outcome.emergency_go"]


@pytest.mark.parametrize("text", ["how do i use a heat pack?", "what causes this?"])
def test_a_question_about_the_back_is_answered_from_the_sources(
    dialogue: Dialogue, text: str
) -> None:
    person = Person(dialogue).home()
    person.say(text)
    assert keys(person)[0].startswith("subject.")
    assert keys(person)[1] == "home"


def test_a_pop_without_pain_is_explained(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.say("it clicked but it does not hurt")
    assert "pop" in keys(person)


def test_why_is_answered_anywhere(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.say("why?")
    assert person.replies


@pytest.mark.parametrize(
    ("text", "expected"),
    [("check again", Asking), ("stretch", None), ("stop", Home), ("remind me", SettingReminder)],
)
def test_wishes_at_home(dialogue: Dialogue, text: str, expected: type | None) -> None:
    person = Person(dialogue).home()
    person.say(text)
    assert expected is None or isinstance(person.state.stage, expected)
    assert person.replies


@pytest.mark.parametrize("text", ["yes", "no", "not sure", "maybe"])
def test_yes_and_no_are_read_where_seen_is_asked(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).two_weeks()
    person.press("seen")
    person.say(text)
    assert person.replies


@pytest.mark.parametrize("text", ["yes", "no", "not sure"])
def test_yes_and_no_are_read_where_a_crisis_is_asked_about(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).agree()
    person.say("i want to kill myself")
    person.wait(timedelta(days=2))
    person.say(text)
    assert person.replies


@pytest.mark.parametrize("text", ["yes", "no"])
def test_yes_and_no_are_read_where_all_may_be_deleted(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).home()
    person.command("delete")
    assert isinstance(person.state.stage, Deleting)
    person.say(text)
    assert not isinstance(person.state.stage, Deleting)


@pytest.mark.parametrize("text", ["yes", "no", "not sure"])
def test_yes_and_no_are_read_in_a_correction(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).correcting()
    person.say(text)
    assert person.replies


@pytest.mark.parametrize(("text", "minutes"), [("5 minutes", 5), ("10 min", 10), ("7", None)])
def test_minutes_may_be_typed_at_the_review(
    dialogue: Dialogue, text: str, minutes: int | None
) -> None:
    person = Person(dialogue).reviewed()
    person.say(text)
    if minutes is None:
        assert isinstance(person.state.stage, Reviewing)
    else:
        assert isinstance(person.state.stage, Stretching)
        assert person.state.stage.plan.minutes == minutes


@pytest.mark.parametrize("text", ["yes", "no"])
@pytest.mark.parametrize("setting", [False, True])
def test_a_place_is_confirmed_in_words(dialogue: Dialogue, text: str, setting: bool) -> None:
    person = Person(dialogue).home()
    person.state = replace(person.state, zone=None)
    if setting:
        person.command("settings")
        person.press("zone")
    else:
        person.command("remind")
        person.press("morning")
    person.say("Europe/Berlin")
    stage = person.state.stage
    assert isinstance(stage, Settings | SettingReminder)
    assert stage.part == "confirm"
    person.say(text)
    assert (person.state.zone == "Europe/Berlin") is (text == "yes")


# -- where everything begins ---------------------------------------------------------------------


def test_without_consent_home_is_the_greeting(dialogue: Dialogue) -> None:
    from bot.core.stages import personal

    state, replies = personal.home(dialogue.context, Person(dialogue).state, MONDAY)
    assert isinstance(state.stage, New)
    assert replies


# -- reminders -----------------------------------------------------------------------------------


def test_who_keeps_nothing_has_no_reminders(dialogue: Dialogue) -> None:
    person = Person(dialogue)
    person.command("start")
    person.press("agree_passing") if "agree_passing" in person.screen else None
    person.state = replace(person.state, passing=True, consent_at=MONDAY, stage=Home())
    person.command("remind")
    assert "remind_needs_keeping" in keys(person)


def test_the_time_and_the_days_may_be_typed_at_once(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.state = replace(person.state, zone="UTC")
    person.say("remind me every monday at 7")
    assert [(r.hour, r.days) for r in person.state.reminders] == [(7, (0,))]


def test_a_full_list_takes_no_fourth(dialogue: Dialogue) -> None:
    person = with_reminders(Person(dialogue), SEVEN, SEVEN, SEVEN)
    person.say("remind me at 8")
    assert len(person.state.reminders) == 3
    assert isinstance(person.state.stage, SettingReminder)


@pytest.mark.parametrize(
    "presses",
    [
        ("r0", "days", "workdays"),
        ("r0", "days", "every_day"),
        ("r0", "new_time", "evening"),
        ("r0", "remove"),
        ("add", "midday"),
        ("pause", "pause_3"),
        ("pause", "pause_7"),
        ("stop_reminders",),
        ("close",),
    ],
)
def test_each_button_of_the_list_is_answered(dialogue: Dialogue, presses: tuple[str, ...]) -> None:
    person = with_reminders(Person(dialogue), SEVEN, replace(SEVEN, hour=18))
    person.command("remind")
    for option in presses:
        person.press(option)
        assert person.replies


def test_a_pause_ends_at_a_tap(dialogue: Dialogue) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    person.command("remind")
    person.press("pause", "pause_14")
    assert person.state.reminding.paused_until is not None
    person.command("remind")
    person.press("resume")
    assert person.state.reminding.paused_until is None


def test_the_last_reminder_removed_ends_them(dialogue: Dialogue) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    person.command("remind")
    person.press("r0", "remove")
    assert person.state.reminders == ()
    assert keys(person) == ["reminders_off"]


@pytest.mark.parametrize(("text", "days"), [("weekends", (5, 6)), ("whenever", None)])
def test_days_may_be_typed(dialogue: Dialogue, text: str, days: tuple[int, ...] | None) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    person.command("remind")
    person.press("r0", "days")
    person.say(text)
    assert person.state.reminders[0].days == (days or SEVEN.days)


@pytest.mark.parametrize("text", ["until friday", "2 weeks", "until the cows come home", "3"])
def test_a_pause_may_be_typed(dialogue: Dialogue, text: str) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    person.command("remind")
    person.press("pause")
    person.say(text)
    assert person.replies


def test_being_away_is_a_pause(dialogue: Dialogue) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    person.say("i am away until friday")
    assert person.state.reminding.paused_until is not None
    person = with_reminders(Person(dialogue), SEVEN)
    person.say("i will be away")
    assert isinstance(person.state.stage, SettingReminder)
    assert person.state.stage.part == "pause"


def test_a_time_in_quiet_hours_is_not_taken(dialogue: Dialogue) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    quiet = replace(person.state.reminding, quiet=(22 * 60, 9 * 60))
    person.state = replace(person.state, reminding=quiet)
    person.command("remind")
    person.press("add", "morning")
    assert "remind_in_quiet" in keys(person)
    assert len(person.state.reminders) == 1


def test_a_reminder_set_while_a_flag_is_open_is_held(dialogue: Dialogue) -> None:
    person = Person(dialogue).two_weeks()
    person.state = replace(person.state, stage=SettingReminder("time"), zone="UTC")
    person.say("8:00")
    assert "reminder_held" in keys(person)


@pytest.mark.parametrize("option", ["later", "later_20", "later_60", "later_evening"])
@pytest.mark.parametrize("hour", [6, 20])
def test_a_reminder_may_be_put_off(dialogue: Dialogue, option: str, hour: int) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    person.at = person.at.replace(hour=hour)
    person.press_token(f"x.reminder.{option}")
    assert person.replies


@pytest.mark.parametrize(
    "option",
    *[["skip_today", "pause_week", "keep_all", "fewer", "move", "stop_reminders", "start_now"]],
)
def test_each_button_under_a_reminder_is_answered(dialogue: Dialogue, option: str) -> None:
    person = with_reminders(Person(dialogue), SEVEN)
    person.state = replace(
        person.state, reminding=replace(person.state.reminding, offered=18 * 60)
    )
    person.press_token(f"x.reminder.{option}")
    assert person.replies
    if option == "move":
        assert [(r.hour, r.minute) for r in person.state.reminders] == [(18, 0)]


@pytest.mark.parametrize(
    "option",
    [
        *("export", "withdraw", "change_reminder", "stretch", "browse", "task", "check"),
        *("remind", "help", "nonsense"),
    ],
)
def test_each_button_of_home_is_answered(dialogue: Dialogue, option: str) -> None:
    person = Person(dialogue).home()
    person.press_token(f"x.home.{option}")
    assert person.replies


def test_the_list_says_what_holds_reminders_back(dialogue: Dialogue) -> None:
    wording = dialogue.context.wording
    person = with_reminders(Person(dialogue), SEVEN)
    today = person.at.date()
    paused = replace(person.state.reminding, paused_until=today + timedelta(days=3))
    halved = replace(person.state.reminding, halved=today)
    for state in (
        replace(person.state, reminding=paused),
        replace(person.state, reminding=halved),
        replace(person.state, last_outcome=Outcome.SAME_DAY),
        replace(person.state, reminding=replace(paused, paused_until=today)),
        replace(person.state, reminders=()),
        replace(person.state, reminders=(SEVEN, SEVEN, SEVEN)),
    ):
        assert wording.reminders(state, person.at).lines


# -- a routine -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_stretch_that_fits_is_said(knowledge: Knowledge) -> None:
    person = Person(Dialogue(knowledge.model_copy(update={"stretches": ()}))).reviewed()
    person.press("m5")
    assert isinstance(person.state.stage, Home)
    assert knowledge.texts["no_stretch_fits"] in person.words()


def test_no_routine_begins_on_a_day_that_ended_in_strong_pain(dialogue: Dialogue) -> None:
    person = Person(dialogue).reviewed()
    person.state = replace(
        person.state, diary=(Session(person.at, ("child_pose",), pain_after=9),)
    )
    person.press("m5")
    assert keys(person) == ["rest_today"]


def test_a_count_that_ends_on_an_old_screening_leads_to_the_signs(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.press("count")
    stage = person.state.stage
    assert isinstance(stage, Stretching)
    token = dialogue.context.wording.countdown(person.state, stage).token
    hours = dialogue.book.knowledge.rules.screening_valid_hours
    person.event(Counted(person.at + timedelta(hours=hours + 1), token))
    assert isinstance(person.state.stage, Asking)
    assert not person.shown_stretches


def test_an_old_screening_comes_before_the_next_stretch(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    hours = dialogue.book.knowledge.rules.screening_valid_hours
    person.at += timedelta(hours=hours + 1)
    person.press("done")
    assert not isinstance(person.state.stage, Stretching)


def test_a_count_that_is_over_belongs_to_its_stretch_alone(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.press("count")
    before = person.state
    person.event(Counted(person.at, "another.one"))
    assert person.state.stage == before.stage
    person.press("hold_on")
    assert person.event(Counted(person.at, "another.one")) == ()


def test_more_about_a_stretch_is_told(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    person.press("more")
    assert isinstance(person.state.stage, Stretching)


# -- the screening -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["not sure", "3", "1", "about 10 days", "blue", "2 weeks"])
def test_since_when_takes_typed_lengths(dialogue: Dialogue, text: str) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none", "none")
    assert isinstance(person.state.stage, Asking)
    assert person.state.stage.step == "since_when"
    person.say(text)
    assert person.replies


def test_a_page_answered_before_asks_again_what_was_denied(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none")
    person.press("back")
    person.press("unsure")
    assert isinstance(person.state.stage, Asking)
    assert person.state.stage.item == dialogue.book.pages["legs_and_toilet"].items[0]


def test_back_before_consent_greets(dialogue: Dialogue) -> None:
    person = Person(dialogue)
    person.say("pins and needles")
    assert person.replies[0].question == "ask-numbness_leg"
    person.say("back")
    assert isinstance(person.state.stage, New)


def test_a_length_that_was_said_back_is_confirmed_by_a_tap(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none", "none")
    person.say("about 10 days")
    assert keys(person) == ["so_about"]
    person.event(Attachment(person.at, "sticker"))
    assert keys(person) == ["attachment", "so_about"]
    person.press("yes")
    assert person.state.facts.choices["since_when"].option == "fortnight"


def test_a_bare_number_is_no_length(dialogue: Dialogue) -> None:
    person = Person(dialogue).agree()
    person.press("strain", "none", "none")
    person.say("30")
    assert isinstance(person.state.stage, Asking)
    assert person.state.stage.step == "since_when"


def test_a_yes_to_a_page_of_one_sign_is_that_sign(dialogue: Dialogue) -> None:
    (item,) = dialogue.book.pages["leg_detail"].items
    person = Person(dialogue).agree()
    person.state = replace(person.state, stage=Asking("leg_detail"))
    person.say("yes")
    assert person.answer_of(item) is Answer.YES


@pytest.mark.slow
def test_an_item_that_a_choice_leaves_open_is_asked_before_any_stretch(
    knowledge: Knowledge,
) -> None:
    question = next(q for q in knowledge.questions if q.id == "since_when")
    options = tuple(
        option.model_copy(update={"has_not": ()}) if option.id == "today" else option
        for option in question.options
    )
    questions = tuple(
        q.model_copy(update={"options": options}) if q.id == "since_when" else q
        for q in knowledge.questions
    )
    pages = tuple(page for page in knowledge.pages if page.id != "two_weeks")
    order = tuple(step for step in knowledge.order if step != "two_weeks")
    gappy = knowledge.model_copy(update={"questions": questions, "pages": pages, "order": order})
    person = Person(Dialogue(gappy)).agree()
    person.press("strain", "none", "none", "today", "none", "none", "p5", "none", "bending")
    person.press("low")
    assert isinstance(person.state.stage, Asking)
    assert person.state.stage.item == "duration_over_2_weeks"
    assert not person.shown_stretches


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "text"),
    [
        ("quiet", "22 to 7"),
        ("quiet", "off"),
        ("quiet", "whenever"),
        ("quiet", "7 to 7"),
        ("country", "Germany"),
        ("country", "Narnia"),
        ("zone", "xyzzy"),
    ],
)
def test_settings_may_be_typed(dialogue: Dialogue, button: str, text: str) -> None:
    person = Person(dialogue).home()
    person.command("settings")
    person.press(button)
    person.say(text)
    assert person.replies


# -- told ----------------------------------------------------------------------------------------


def test_the_export_tells_how_it_went_as_far_as_it_is_known(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    bare = Session(MONDAY, ())
    full = Session(MONDAY, ("child_pose",), reach="foot", hard=("child_pose",), next_day="better")
    person.state = replace(person.state, diary=(bare, full))
    person.command("export")
    told = person.replies[0].documents[0].text
    text = dialogue.context.wording.text
    named = dialogue.context.wording.stretch_named("child_pose")
    assert told.count(text("export_hard", names=named)) == 1
    assert text("export_easy", names=named) not in told


def test_progress_without_pain_said_shows_none(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.state = replace(person.state, diary=(Session(MONDAY, ("child_pose",)),))
    person.command("progress")
    told = person.words()
    person.state = replace(
        person.state, diary=(Session(MONDAY, ("child_pose",), pain_before=5, pain_after=3),)
    )
    person.command("progress")
    assert person.words() != told


def test_sources_without_a_dose_say_so(dialogue: Dialogue) -> None:
    stretch = dialogue.book.stretches["child_pose"]
    silent = stretch.dose.model_copy(update={"sources": ()})
    said = dialogue.context.wording.sources_say(stretch.model_copy(update={"dose": silent}))
    assert said == dialogue.context.wording.text("sources_silent")


def test_a_plan_that_leaves_nothing_out_says_nothing_of_it(dialogue: Dialogue) -> None:
    person = Person(dialogue).stretching()
    stage = person.state.stage
    assert isinstance(stage, Stretching)
    wording = dialogue.context.wording
    left_out = wording.text("left_out")
    shown = [line.text for line in wording.overview(stage.plan).lines]
    assert left_out in shown
    all_in = replace(stage.plan, left_out=())
    assert left_out not in [line.text for line in wording.overview(all_in).lines]


def test_noon_and_midnight_have_names(dialogue: Dialogue) -> None:
    clock = dialogue.context.wording.clock
    assert clock(12, 0) != clock(0, 0)
    assert not any(letter.isdigit() for letter in clock(12, 0) + clock(0, 0))


def test_home_has_no_question_that_a_button_could_answer(dialogue: Dialogue) -> None:
    from bot.core.stages import pressing

    person = Person(dialogue).home()
    _, replies = pressing._answer(dialogue.context, person.state, "home", "x", person.at)
    assert dialogue.context.wording.text("stale") in replies[0].lines[0].text


def test_a_place_that_means_several_is_not_asked_while_a_clock_is_confirmed(
    dialogue: Dialogue,
) -> None:
    person = Person(dialogue).home()
    person.command("settings")
    person.press("zone")
    person.say("Berlin")
    stage = person.state.stage
    assert isinstance(stage, Settings)
    assert places.asked(dialogue.context, person.state, stage, "nope") is None


def test_a_full_list_is_not_added_to_from_an_old_question(dialogue: Dialogue) -> None:
    person = with_reminders(Person(dialogue), SEVEN, SEVEN, SEVEN)
    person.state = replace(person.state, stage=SettingReminder("time"), zone="UTC")
    person.say("8:00")
    assert person.state.reminders == (SEVEN, SEVEN, SEVEN)


def test_days_without_a_place_to_go_to_are_asked_about_first(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.state = replace(person.state, zone=None)
    person.say("remind me every monday at 7")
    assert isinstance(person.state.stage, SettingReminder)
    assert person.state.reminders == ()


# -- a task of their own -------------------------------------------------------------------------


def test_who_keeps_nothing_is_asked_for_no_task(dialogue: Dialogue) -> None:
    from bot.core.stages import tasks

    state = replace(Person(dialogue).home().state, passing=True)
    assert tasks.due(dialogue.context, state, MONDAY) is None


def test_the_export_names_the_task(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    task = Task("lifting my bag", (Rating(MONDAY, 4),))
    person.state = replace(person.state, task=task, reminders=(SEVEN,))
    person.command("export")
    assert "lifting my bag" in person.replies[0].documents[0].text


def test_the_accuracy_is_told(dialogue: Dialogue) -> None:
    person = Person(dialogue)
    person.command("accuracy")
    assert keys(person) == ["accuracy"]
    assert len(person.replies[0].lines) > 3


def test_a_tick_for_who_blocked_the_bot_says_nothing(dialogue: Dialogue) -> None:
    person = Person(dialogue).home()
    person.event(Blocked(person.at, True))
    assert person.event(Tick(person.at + timedelta(days=30))) == ()


def test_progress_beside_an_open_flag_says_that_stretches_wait(dialogue: Dialogue) -> None:
    person = Person(dialogue).done()
    person.say("i wet myself")
    person.command("progress")
    assert dialogue.book.knowledge.texts["progress_held"] in person.words()
