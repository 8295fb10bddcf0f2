"""Typed words: danger first, whatever the stage; then wishes that hold anywhere; then answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.agenda import SINCE_WHEN
from bot.core.messages import Press, Reply
from bot.core.stages import (
    care,
    carer,
    commands,
    feedback,
    flow,
    guiding,
    personal,
    places,
    pressing,
    privacy,
    reminders,
    routine,
    screening,
    settings,
    tasks,
)
from bot.core.stages.flow import Context, Turn
from bot.core.stages.present import last_anew, not_understood, open_question
from bot.core.state import (
    Advising,
    Answer,
    Asking,
    AskingAfter,
    AskingHurt,
    AskingSeen,
    AskingTask,
    Correcting,
    Deleting,
    Facts,
    Feedback,
    Found,
    Home,
    New,
    Reviewing,
    SettingReminder,
    Settings,
    Stretching,
    UserState,
)
from bot.core.triage import assess
from bot.core.understand.clock import age_in, score_in
from bot.core.understand.durations import Kind
from bot.core.understand.meaning import Meaning
from bot.core.understand.reader import Reading
from bot.core.wording.pieces import before
from bot.core.wording.routine import SUBJECTS

MOST_WORDS_OF_STOP = 2  # "stop please"
UNDER_REMINDER = (
    *("start_now", "later", "later_20", "later_60", "skip_today", "pause_week"),
    "change_reminder",
)


def heard(c: Context, state: UserState, text: str, at: datetime) -> Turn:
    """A typed message, read for danger, then for wishes, then as an answer."""
    if not text.strip():
        return not_understood(c, state, at)
    reading = _read(c, state, text, at)
    resembles = reading.raised or reading.asks or reading.intents
    if resembles and places.is_only_a_place(c, state, text):
        return _typed(c, state, text, at) or not_understood(c, state, at)
    if not _only_the_length(c, state, text, reading, at):
        danger = alarmed(c, state, text, at, reading)
        if danger is not None:
            return danger
    if state.theirs:
        told = carer.typed(c, state, text, at)
        if told is not None:
            return told
    state = _with_length(state, reading)
    meant = _meant(c, state, text, reading, at)
    if meant is not None:
        return meant
    return _typed(c, state, text, at) or _small_talk(c, state, text, reading, at)


def alarmed(
    c: Context, state: UserState, text: str, at: datetime, reading: Reading | None = None
) -> Turn | None:
    """What danger words lead to, whatever the stage; None when there are none."""
    reading = reading or _read(c, state, text, at)
    # A sign that someone else has is answered for them, and changes nothing about the user.
    theirs = carer.advice(c, state, reading, at)
    turn = _own_alarm(c, state, text, at, reading)
    if theirs is None:
        return turn
    if turn is None and state.about is None:
        state, replies = carer.ask_whom(c, state, reading)
        return state, (theirs, *replies)
    # Not straight on with a stretch: not_understood asks whether something has changed.
    in_routine = isinstance(state.stage, Stretching)
    state, replies = turn or (not_understood if in_routine else open_question)(c, state, at)
    return state, (theirs, *replies)


def _read(c: Context, state: UserState, text: str, at: datetime) -> Reading:
    return carer.read_for(state, c.reader.read(text, flow.local_date(state, at)))


def _only_the_length(
    c: Context, state: UserState, text: str, reading: Reading, at: datetime
) -> bool:
    """Whether "about 3 weeks" answers "since when" or "for how long", and says nothing else."""
    told = {*(heard.flag for heard in reading.raised), *reading.asks}
    two_weeks = {name for name, flag in c.book.flags.items() if flag.core == "two_weeks"}
    if reading.others or not told <= two_weeks:
        return False
    match state.stage:
        case Asking(step=step, item=None) if step == SINCE_WHEN:
            return c.answers.length_in(text, flow.local_date(state, at)) is not None
        case SettingReminder(part="pause"):
            return reminders.typed(c, state, state.stage, text, at) is not None
        case _:
            return False


def _with_length(state: UserState, reading: Reading) -> UserState:
    """The state with a length that was typed before it was asked for, to be echoed then."""
    lengths = [e for e in reading.lengths if e.kind is not Kind.OTHER]
    may_come = isinstance(state.stage, New | Home) or (
        isinstance(state.stage, Asking) and state.stage.step != SINCE_WHEN
    )
    if not lengths or not may_come or SINCE_WHEN in state.facts.choices:
        return state
    return replace(state, heard_days=max(lengths, key=lambda length: length.most).middle)


def _own_alarm(
    c: Context, state: UserState, text: str, at: datetime, reading: Reading
) -> Turn | None:
    if reading.raised and isinstance(state.stage, Home | Reviewing | Feedback):
        # Days may have passed: what was denied then is asked again beside the new sign.
        state = state if flow.is_fresh(c, state, at) else flow.rescreen(c, state, at)
    if reading.raised:
        noted = list(dict.fromkeys(heard.flag for heard in reading.raised))
        state = _with_length(state, reading)
        state = _with_raised(c, _out_of_routine(state), reading, at)
        state = _answered_too(c, state, text, at)
        state = replace(state, to_ask=_joined(state.to_ask, reading.asks, state.facts))
        return flow.noted(c, state, noted, at)
    if isinstance(state.stage, AskingHurt) and reading.asks:
        # A stretch hurt: all signs come first again, whatever way that is answered.
        state = replace(flow.rescreen(c, state, at), stage=Home())
    worth = (*_worth_asking(c, state, reading), *_age_band(c, text))
    asks = _joined(state.to_ask, worth, state.facts)
    if asks != state.to_ask and _may_ask(c, state):
        paused = guiding.still(state.stage, at) if isinstance(state.stage, Stretching) else None
        state = _answered_too(c, _out_of_routine(state), text, at)
        state, (first, *rest) = flow.proceed(c, replace(state, to_ask=asks, paused=paused), at)
        turn = state, (before(first, *c.wording.guard(reading.past)), *rest)
    elif reading.what_if:
        turn = open_question(c, state, at)
    else:
        return None
    state, replies = turn
    card = (c.wording.warning_signs(),) if reading.what_if else ()
    return state, (*card, *(replace(reply, edit=False) for reply in replies))


def _worth_asking(c: Context, state: UserState, reading: Reading) -> tuple[str, ...]:
    """What to ask directly; when no page will ask, the worst denied or supposed sign too."""
    if not isinstance(state.stage, Stretching | Feedback | Home | Reviewing):
        return reading.asks
    other = sorted(
        (*reading.denied, *reading.what_if), key=lambda name: -c.book.flags[name].outcome.urgency
    )
    return (*reading.asks, *other[:1])


def _may_ask(c: Context, state: UserState) -> bool:
    """In an emergency nothing more is asked, and a correction comes to its end first."""
    if isinstance(state.stage, Advising | AskingSeen):
        return not assess(c.book, state.facts).interrupts
    return not isinstance(state.stage, Correcting)


def _out_of_routine(state: UserState) -> UserState:
    """A routine stops for a danger word; what was done so far is kept."""
    if isinstance(state.stage, Stretching | Feedback | SettingReminder | Settings | Deleting):
        return replace(state, stage=Home())
    return state


def _answered_too(c: Context, state: UserState, text: str, at: datetime) -> UserState:
    """A message that alarms may also answer the open question."""
    if not isinstance(state.stage, Asking):
        return state
    if state.stage.item is not None:
        return _item_answered_too(c, state, state.stage.item, text, at)
    step = c.book.questions.get(state.stage.step)
    option = c.answers.option_of(step, text) if step and not step.number else None
    if step is None or option is None:
        return state
    chosen = c.book.options[step.id, option]
    if any(name in c.book.flags for name in chosen.has_not):
        return state  # words never deny a flag
    return replace(state, facts=flow.choose(c, state.facts, step, option, at))


def _item_answered_too(
    c: Context, state: UserState, name: str, text: str, at: datetime
) -> UserState:
    """ "No, but my foot tingles" is a no to the sign that was asked about, when that is plain."""
    said = c.answers.meaning(text, (name,), flow.local_date(state, at))
    known = name in state.facts.findings
    if known or not said.plainly or said.meaning is Meaning.OTHER:
        return state
    found = Found(Answer(said.meaning.value), at, "typed", sides=c.reader.sides_in(text))
    facts = flow.recorded(c, state.facts, name, found)
    to_ask = tuple(entry for entry in state.to_ask if entry != name)
    return replace(state, facts=facts, to_ask=to_ask)


def _with_raised(c: Context, state: UserState, reading: Reading, at: datetime) -> UserState:
    """The state with the signs that were said."""
    facts = state.facts
    for heard in reading.raised:
        found = Found(Answer.YES, at, "said", heard.words[:80], heard.sides)
        facts = flow.recorded(c, facts, heard.flag, found)
        # After a crisis card nothing more is asked, so a doubt whether life is in danger counts.
        for name in _same_trouble(c, heard.flag, reading.asks):
            facts = flow.recorded(c, facts, name, found)
    return replace(state, facts=facts)


def _same_trouble(c: Context, said: str, asks: Sequence[str]) -> list[str]:
    """The signs to ask that are the same trouble as one that ends all questions, only graver."""
    flag = c.book.flags[said]
    return [n for n in asks if flag.at_once and c.book.flags[n].label == (flag.label or flag.id)]


def _age_band(c: Context, text: str) -> tuple[str, ...]:
    """The age band of an age that was stated: asked, since it may be another person's."""
    age = age_in(text)
    bands = {name: entry.ages for name, entry in c.book.findings.items() if entry.ages}
    return tuple(name for name, (low, high) in bands.items() if age and low <= age <= high)


def _meant(c: Context, state: UserState, text: str, reading: Reading, at: datetime) -> Turn | None:
    """Things that can be said in words at any time."""
    intents = reading.intents
    if "sos" in intents:
        return _sos(c, state, at)
    if "stop_reminding" in intents:
        return reminders.no_more(c, state, text, at)
    if "away" in intents and state.reminders and isinstance(state.stage, Home):
        return reminders.away(c, state, text, at)
    if "delete" in intents:
        return personal.ask_delete(c, state)
    if "export" in intents:
        return privacy.export(c, state, at)
    if "mistake" in intents and isinstance(state.stage, Advising):
        return commands.mistake(c, state, at)
    # "Back" says where it hurts when that is the question.
    where = isinstance(state.stage, AskingAfter | AskingHurt) and state.stage.part in (
        *("reach", "where"),
    )
    if not where and ("mistake" in intents or text.strip().lower() in {"back", "go back"}):
        return commands.back(c, state, at)
    if "seen" in intents and isinstance(state.stage, Advising) and _is_own_yes(c, text):
        return care.ask_seen(c, state, state.stage.outcome, at)
    in_routine = isinstance(state.stage, Stretching)
    if "painless" not in intents and "hurts" in intents and isinstance(state.stage, Stretching):
        return routine.step(c, state, state.stage, "hurts", at)
    if "pop" in intents and ("painless" in intents or in_routine):
        state, replies = open_question(c, state, at)
        return state, (c.wording.plain("pop"), *replies)
    said = c.answers.yes_no(text)
    country = c.wording.country_named(text) if said is None else None
    if country and isinstance(state.stage, Advising | AskingSeen | New | Home):
        return commands.in_country(c, state, country, at)
    return None


def _sos(c: Context, state: UserState, at: datetime) -> Turn:
    """A call for help: the number, and then the advice or the emergency signs."""
    help_now = c.wording.sos(state)
    if isinstance(state.stage, Advising | AskingSeen | New | Correcting):
        state, replies = open_question(c, state, at)
    else:
        state, replies = flow.proceed(c, flow.rescreen(c, _out_of_routine(state), at), at)
    return state, (help_now, *(replace(reply, edit=False) for reply in replies))


def _typed(c: Context, state: UserState, text: str, at: datetime) -> Turn | None:
    """A typed answer to what is open."""
    match state.stage:
        case Asking():
            return screening.typed(c, state, state.stage, text, at)
        case SettingReminder():
            turn = reminders.typed(c, state, state.stage, text, at)
            if turn is not None:
                return turn
        case Settings():
            turn = settings.typed(c, state, state.stage, text, at)
            if turn is not None:
                return turn
        case AskingAfter(part="pain"):
            score = score_in(text)
            if score is not None:
                return feedback.after(c, state, state.stage, f"p{score}", at)
        case AskingTask():
            turn = _about_task(c, state, state.stage, text, at)
            if turn is not None:
                return turn
        case _:
            pass
    reply = open_question(c, state, at)[1][-1]
    option = _spoken(c, state, text) or _replied(c, state, text, reply)
    if option is not None and reply.question is not None:
        return pressing.press(c, state, Press(at, f"{state.session}.{reply.question}.{option}"))
    labels = {button.token: button.label for row in reply.buttons for button in row}
    # Where a button clears a flag or deletes everything, a stray word of its label is not enough.
    grave = isinstance(state.stage, AskingSeen | Correcting | New)
    numbers = not isinstance(state.stage, AskingSeen | Correcting | Deleting)
    picked = c.answers.picked(text, labels, parts=not grave, numbers=numbers)
    return pressing.press(c, state, Press(at, picked[0])) if len(picked) == 1 else None


def _replied(c: Context, state: UserState, text: str, reply: Reply) -> str | None:
    """The button of a question on how it went, or under a stretch, that the words mean."""
    offer = isinstance(state.stage, SettingReminder) and state.stage.part in {"time", "zone"}
    if not offer and not isinstance(state.stage, Feedback | Stretching):
        return None
    offered = [button.token.split(".", 2)[2] for row in reply.buttons for button in row]
    return c.answers.replied(text, offered)


def _about_task(
    c: Context, state: UserState, stage: AskingTask, text: str, at: datetime
) -> Turn | None:
    score = score_in(text)
    if stage.part == "rate" and score is not None:
        return tasks.pressed(c, state, f"p{score}", at)
    if stage.part == "rate":
        return None
    plain = c.answers.yes_no(text)
    if plain is Answer.NO:
        return tasks.pressed(c, state, "no_task", at)
    return tasks.typed(c, state, text, at) if plain is None else None


def _spoken(c: Context, state: UserState, text: str) -> str | None:
    """The option that yes, no or a number means at this stage."""
    answer = c.answers.yes_no(text)
    clean_yes = c.answers.is_clean_yes(text)
    match state.stage:
        case New() if clean_yes:
            return "agree"
        case Correcting() if answer is Answer.NO:
            return "no" if c.answers.begins_with_no(text) else None
        case Correcting() if answer is not None:
            return answer.value
        case AskingSeen(card=None) if answer is Answer.NO:
            return "not_seen"
        case AskingSeen(card=None) if answer is Answer.UNSURE:
            return "unsure"
        case AskingSeen(card=str()) if clean_yes:
            return "talked"
        case AskingSeen(card=str()) if answer is not None:
            return "not_talked"
        case Deleting() if clean_yes:
            return "delete"
        case Deleting() if answer is not None or c.answers.begins_with_no(text):
            return "keep"
        case SettingReminder(part="confirm") | Settings(part="confirm") if clean_yes:
            return "right_zone"
        case SettingReminder(part="confirm") | Settings(part="confirm") if answer is not None:
            return "other_zone"
        case Stretching(since=None, spent=0) if clean_yes:
            return "done"
        case Reviewing(changing=False):
            number = text.strip().removesuffix("minutes").removesuffix("min").strip()
            minutes = [str(m) for m in c.book.knowledge.rules.routine_minutes]
            return f"m{number}" if number in minutes else None
        case _:
            return None


def _small_talk(c: Context, state: UserState, text: str, reading: Reading, at: datetime) -> Turn:
    intents = reading.intents
    subject = next((name for name in SUBJECTS if name in intents), None)
    if subject and not isinstance(state.stage, New | Advising | AskingSeen | Correcting):
        state, replies = open_question(c, state, at)
        return state, (c.wording.advice_on(subject), *replies)
    if "help" in intents:
        return state, (c.wording.plain("help"),)
    if "why" in intents:
        told = c.wording.why(state)[0]
        if not isinstance(state.stage, Asking):
            return state, (told,)
        state, replies = open_question(c, state, at)
        return state, (told, last_anew(replies))
    under = _under_reminder(c, state, text, at)
    if under is not None:
        return under
    if isinstance(state.stage, Home):
        if "remind" in intents:
            return reminders.asked(c, state, text, at)
        if "check" in intents:
            return commands.check(c, state, at)
        if "stretch" in intents:
            return routine.wanted(c, state, at)
        if _leaves(intents, text):
            return commands.stop(c, state)
        if "thanks" in intents:
            return state, (c.wording.plain("thanks"),)
        if "greeting" in intents:
            return state, (c.wording.home(state, "welcome_back"),)
    if isinstance(state.stage, Stretching) and "stop" in intents:
        return routine.step(c, state, state.stage, "finish", at)
    if _leaves(intents, text) and isinstance(state.stage, Asking | Reviewing | Feedback):
        return commands.stop(c, state)
    asking = not isinstance(state.stage, Feedback | Stretching)
    if asking and (reading.denied or c.reader.denies_a_sign(text)):
        state, replies = open_question(c, state, at)
        return state, (before(last_anew(replies), c.wording.line("denied_in_words")),)
    if intents & {"greeting", "thanks"} or isinstance(state.stage, New | Advising):
        return open_question(c, state, at)
    return carer.unclear(c, state, text, reading, at) or not_understood(c, state, at)


def _leaves(intents: frozenset[str], text: str) -> bool:
    """Whether someone wants to end the chat. "Stop the pain please" must not end the checks."""
    return "leave" in intents or ("stop" in intents and len(text.split()) <= MOST_WORDS_OF_STOP)


def _under_reminder(c: Context, state: UserState, text: str, at: datetime) -> Turn | None:
    """Words that answer a reminder which was the last thing said."""
    if not state.reminding.waiting or not isinstance(state.stage, Home):
        return None
    option = c.answers.replied(text, UNDER_REMINDER)
    return None if option is None else pressing.press(c, state, Press(at, f"0.reminder.{option}"))


def _is_own_yes(c: Context, text: str) -> bool:
    """Whether "seen by a doctor" is said of oneself and not denied."""
    return not c.answers.denies(text) and not c.answers.speaks_of_other(text)


def _joined(waiting: tuple[str, ...], asks: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """What still has to be asked directly: not what is known to be there."""
    new = [
        name
        for name in asks
        if name not in facts.findings or facts.findings[name].answer is Answer.NO
    ]
    return tuple(dict.fromkeys((*waiting, *new)))
