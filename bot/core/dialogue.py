"""The whole bot in one pure function: a state and an event to the next state and the replies.

Order within a step: commands valid everywhere; danger words, whatever the stage; stale buttons;
then the stage's own function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from bot.core import agenda, answers
from bot.core.knowledge import Knowledge, Outcome
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
from bot.core.stages import care, flow, personal, routine, screening
from bot.core.stages.flow import Context, Turn
from bot.core.state import (
    Advising,
    Answer,
    Asking,
    AskingAfter,
    AskingSeen,
    Correcting,
    Deleting,
    Facts,
    Found,
    Home,
    New,
    Reviewing,
    SettingReminder,
    Settings,
    Stretching,
    UserState,
)
from bot.core.triage import Rulebook, assess, record
from bot.core.understand import Reader, Reading, tokens
from bot.core.wording import BACK, Wording, before

ACTIONS = frozenset({"home", "reminder"})  # questions whose buttons mean the same at any time


class Dialogue:
    """Holds the knowledge; `step` does everything else."""

    def __init__(self, knowledge: Knowledge, zones: Sequence[str] = ()) -> None:
        """`zones` are the IANA names that a user may choose from."""
        book = Rulebook(knowledge)
        self.context = Context(book, Wording(book), Reader(knowledge), tuple(zones))
        self.book = book

    def step(self, state: UserState, event: Event) -> Turn:
        """The next state, and what to say. Never raises for anything that a user can do."""
        if state.blocked and not isinstance(event, Blocked | Tick):
            state = replace(state, blocked=False)  # whoever writes has let the bot in again
        match event:
            case Command():
                return self._command(state, event)
            case Text():
                return self._text(state, event.text, event.at)
            case Edited():
                return self._edited(state, event)
            case Attachment():
                return self._attachment(state, event)
            case Press():
                return self._press(state, event)
            case Place():
                return personal.settings(self.context, replace(state, zone=event.zone))
            case Tick():
                return self._tick(state, event.at)
            case Blocked():
                return replace(state, blocked=event.blocked), ()
            case _:
                assert_never(event)

    # -- commands ---------------------------------------------------------------------------

    def _command(self, state: UserState, event: Command) -> Turn:  # one case each
        c, at = self.context, event.at
        # Words after a command are read for danger too: "/stretch I wet myself".
        alarmed = self._alarmed(state, event.argument, at) if event.argument else None
        if alarmed is not None:
            return alarmed
        match event.name:
            case "start":
                return self._start(state, at)
            case "stretch":
                return self._agreed(state, at) or routine.wanted(c, state, at)
            case "check":
                if isinstance(state.stage, Advising):
                    return self._check(state, at)
                return self._agreed(state, at) or self._check(state, at)
            case "remind":
                return self._agreed(state, at) or self._remind(state, at)
            case "progress":
                return state, (personal.progress(c, state, at),)
            case "why":
                return state, c.wording.why(state)
            case "help":
                return state, (c.wording.plain("help"),)
            case "settings":
                return self._while_advised(state, at) or personal.settings(c, state)
            case "privacy":
                return state, (c.wording.plain("privacy"),)
            case "stop":
                return self._stop(state)
            case "delete":
                return personal.ask_delete(c, state)
            case "back":
                return self._back(state, at)
            case "country":
                return self._country(state, event.argument, at)
            case _:
                again = self._present(state, at)
                return again[0], (c.wording.plain("unknown_command"), *again[1])

    def _start(self, state: UserState, at: datetime) -> Turn:
        c = self.context
        if state.consent_at is None and not isinstance(state.stage, Advising | Correcting):
            state = flow.new_session(replace(state, stage=New()), at)
            return state, (c.wording.greeting(state),)
        held = self._while_advised(state, at)
        if held is not None:
            return held
        if isinstance(state.stage, Asking | Reviewing | Correcting):
            return self._check(state, at)
        state = replace(flow.new_session(state, at), stage=Home())
        return state, (c.wording.home(state, "welcome_back"),)

    def _agreed(self, state: UserState, at: datetime) -> Turn | None:
        """The advice while care is advised; the greeting as long as nobody has agreed."""
        held = self._while_advised(state, at)
        if held is not None:
            return held
        if state.consent_at is None:
            state = replace(state, stage=New())
            return state, (self.context.wording.greeting(state),)
        return None

    def _while_advised(self, state: UserState, at: datetime) -> Turn | None:
        if isinstance(state.stage, Advising):
            return care.again(self.context, state, at)
        if isinstance(state.stage, AskingSeen | Correcting):
            return self._present(state, at)
        return None

    def _check(self, state: UserState, at: datetime) -> Turn:
        """Screen again from the start. Open flags are asked about first: were they meant?"""
        flags = screening.open_flags(self.context, state)
        fresh = flow.new_check(self.context, state, at)
        if not flags:
            return flow.proceed(self.context, fresh, at)
        kept = {name: state.facts.findings[name] for name in flags}
        facts = replace(fresh.facts, findings={**fresh.facts.findings, **kept})
        fresh = replace(fresh, facts=facts, follow_up=state.follow_up)
        return screening.correct(self.context, fresh, flags)

    def _remind(self, state: UserState, at: datetime) -> Turn:
        if isinstance(state.stage, Asking):
            again = self._present(state, at)
            return again[0], (self.context.wording.plain("remind_later"), *again[1])
        return personal.remind(self.context, state)

    def _stop(self, state: UserState) -> Turn:
        c = self.context
        state = replace(state, reminder=None)
        if state.follow_up is not None or isinstance(state.stage, Advising | AskingSeen):
            outcome = state.last_outcome or Outcome.SAME_DAY
            if state.follow_up is not None:
                state = replace(state, follow_up=replace(state.follow_up, quiet=True))
            if not isinstance(state.stage, Advising):
                state = replace(state, stage=Advising(outcome), plan=None)
            return state, (c.wording.plain("stopped_advised"),)
        stage = New() if state.consent_at is None else Home()
        return replace(state, stage=stage, plan=None), (c.wording.plain("stopped"),)

    def _country(self, state: UserState, name: str, at: datetime) -> Turn:
        country = self.context.wording.country_named(name)
        if country is None:
            again = self._present(state, at)
            return again[0], (self.context.wording.plain("country_unknown"), *again[1])
        return self._in_country(state, country, at)

    def _in_country(self, state: UserState, country: str, at: datetime) -> Turn:
        c = self.context
        state = replace(state, country=country)
        entry = c.wording.number_of(state)
        line = c.wording.line(
            "country_set",
            country=entry.name if entry else country,
            number=entry.emergency if entry else "",
        )
        state, replies = self._present(state, at)
        return state, (before(replies[0], line), *replies[1:])

    def _back(self, state: UserState, at: datetime) -> Turn:
        c = self.context
        match state.stage:
            case Asking():
                return screening.pressed(c, state, state.stage, BACK, at)
            case Reviewing(changing=True):
                return flow.proceed(c, state, at)
            case Reviewing():
                return screening.back_to_last(c, state)
            case Advising():
                return self._mistake(state, at)
            case SettingReminder() | Settings() | Deleting() | Stretching() | AskingAfter():
                return personal.home(c, state, at)
            case _:
                return self._present(state, at)

    def _mistake(self, state: UserState, at: datetime) -> Turn:
        flags = screening.open_flags(self.context, state)
        if not flags:
            return self._check(state, at)
        return screening.correct(self.context, state, flags)

    # -- words ------------------------------------------------------------------------------

    def _text(self, state: UserState, text: str, at: datetime) -> Turn:
        if not text.strip():
            return self._not_understood(state, at)
        reading = self.context.reader.read(text)
        alarmed = self._alarmed(state, text, at, reading)
        if alarmed is not None:
            return alarmed
        meant = self._meant(state, text, reading, at)
        if meant is not None:
            return meant
        return self._typed(state, text, at) or self._small_talk(state, reading, at)

    def _alarmed(
        self, state: UserState, text: str, at: datetime, reading: Reading | None = None
    ) -> Turn | None:
        """What danger words lead to, whatever the stage; None when there are none."""
        c = self.context
        reading = reading or c.reader.read(text)
        if reading.raised and isinstance(state.stage, Home | Reviewing | AskingAfter):
            # Days may have passed: what was denied then is asked again beside the new sign.
            state = state if flow.is_fresh(c, state, at) else flow.rescreen(c, state)
        facts = state.facts
        for heard in reading.raised:
            facts = record(
                c.book, facts, heard.flag, Found(Answer.YES, at, "said", heard.words[:80])
            )
        # A sign that someone else has is answered for them, and changes nothing here.
        if reading.others and not reading.raised:
            return self._someone_else(state, reading, at)
        if reading.raised:
            noted = [heard.flag for heard in reading.raised]
            state = self._out_of_routine(replace(state, facts=facts))
            state = self._answered_too(state, text, at)
            state = replace(state, to_ask=_joined(state.to_ask, reading.asks, state.facts))
            return self._noted(state, noted, at)
        asks = _joined(state.to_ask, reading.asks, facts)
        if asks != state.to_ask and self._may_ask(state):
            state = self._answered_too(self._out_of_routine(state), text, at)
            state = replace(state, to_ask=asks)
            return flow.proceed(c, state, at)
        if reading.what_if:
            again = self._present(state, at)
            return again[0], (c.wording.warning_signs(), *again[1])
        return None

    def _may_ask(self, state: UserState) -> bool:
        """In an emergency nothing more is asked; while a question about care is open neither."""
        if isinstance(state.stage, Advising):
            return not assess(self.book, state.facts).interrupts
        return not isinstance(state.stage, AskingSeen | Correcting)

    def _noted(self, state: UserState, noted: list[str], at: datetime) -> Turn:
        c = self.context
        verdict = assess(c.book, state.facts)
        if verdict.interrupts or isinstance(state.stage, Advising | AskingSeen):
            return flow.advise(c, state, at, verdict)
        turn, replies = flow.proceed(c, state, at, noted)
        shown = [
            r
            if r.outcome or verdict.outcome is Outcome.SELF_CARE
            else replace(r, outcome=verdict.outcome)
            for r in replies
        ]
        return turn, tuple(shown)

    def _out_of_routine(self, state: UserState) -> UserState:
        """A routine stops for a danger word; what was done so far is kept."""
        if isinstance(
            state.stage, Stretching | AskingAfter | SettingReminder | Settings | Deleting
        ):
            return replace(state, stage=Home(), plan=None)
        return state

    def _answered_too(self, state: UserState, text: str, at: datetime) -> UserState:
        """A message that alarms may also answer the open choice question."""
        if not isinstance(state.stage, Asking) or state.stage.item is not None:
            return state
        step = self.book.questions.get(state.stage.step)
        option = answers.option_of(step, text) if step and not step.number else None
        if step is None or option is None:
            return state
        chosen = self.book.options[step.id, option]
        if any(name in self.book.flags for name in chosen.has_not):
            return state  # words never deny a flag
        return replace(state, facts=flow.choose(self.context, state.facts, step, option, at))

    def _someone_else(self, state: UserState, reading: Reading, at: datetime) -> Turn:
        c = self.context
        theirs = Facts()
        for heard in reading.others:
            theirs = record(c.book, theirs, heard.flag, Found(Answer.YES, at, "said"))
        verdict = assess(c.book, theirs)
        if verdict.outcome is Outcome.SELF_CARE:
            return self._present(state, at)
        state, replies = self._present(state, at)
        return state, (c.wording.someone_else(state, verdict, theirs), *replies)

    def _meant(self, state: UserState, text: str, reading: Reading, at: datetime) -> Turn | None:
        """Things that can be said in words at any time."""
        c, intents = self.context, reading.intents
        if "stop_reminding" in intents:
            return personal.stop_reminders(c, state)
        if "delete" in intents:
            return personal.ask_delete(c, state)
        if "mistake" in intents and isinstance(state.stage, Advising):
            return self._mistake(state, at)
        if "mistake" in intents or text.strip().lower() in {"back", "go back"}:
            return self._back(state, at)
        if "seen" in intents and isinstance(state.stage, Advising) and _is_own_yes(text):
            return care.ask_seen(c, state, state.stage.outcome, at)
        in_routine = isinstance(state.stage, Stretching)
        if (
            "painless" not in intents
            and "hurts" in intents
            and isinstance(state.stage, Stretching)
        ):
            return routine.step(c, state, state.stage, "hurts", at)
        if "pop" in intents and ("painless" in intents or in_routine):
            state, replies = self._present(state, at)
            return state, (c.wording.plain("pop"), *replies)
        said = answers.yes_no(self.book.knowledge.words, text)
        country = c.wording.country_named(text) if said is None else None
        if country and isinstance(state.stage, Advising | AskingSeen | New | Home):
            return self._in_country(state, country, at)
        return None

    def _typed(self, state: UserState, text: str, at: datetime) -> Turn | None:
        """A typed answer to what is open."""
        c = self.context
        match state.stage:
            case Asking():
                return screening.typed(c, state, state.stage, text, at)
            case SettingReminder():
                turn = personal.remind_typed(c, state, state.stage, text, at)
                if turn is not None:
                    return turn
            case Settings():
                turn = personal.settings_typed(c, state, state.stage, text)
                if turn is not None:
                    return turn
            case AskingAfter():
                number = text.strip().split("/")[0].strip()
                if number.isdigit() and int(number) <= 10:
                    return routine.after(c, state, f"p{int(number)}", at)
            case _:
                pass
        option = self._spoken(state, text)
        reply = self._present(state, at)[1][-1]
        if option is not None and reply.question is not None:
            return self._press(state, Press(at, f"{state.session}.{reply.question}.{option}"))
        labels = {button.token: button.label for row in reply.buttons for button in row}
        picked = answers.picked(text, labels)
        return self._press(state, Press(at, picked[0])) if picked else None

    def _spoken(self, state: UserState, text: str) -> str | None:
        """The option that yes, no or a number means at this stage."""
        words = self.book.knowledge.words
        answer = answers.yes_no(words, text)
        clean_yes = answers.is_clean_yes(words, text)
        match state.stage:
            case New() if clean_yes:
                return "agree"
            case Correcting() if answer is not None:
                return answer.value
            case AskingSeen() if answer is Answer.NO:
                return "not_seen"
            case AskingSeen() if answer is Answer.UNSURE:
                return "unsure"
            case Deleting() if clean_yes:
                return "delete"
            case Deleting() if answer is not None:
                return "keep"
            case Stretching() if clean_yes:
                return "done"
            case Reviewing(changing=False):
                number = text.strip().split(" ")[0]
                minutes = [str(m) for m in self.book.knowledge.rules.routine_minutes]
                return f"m{number}" if number in minutes else None
            case _:
                return None

    def _small_talk(self, state: UserState, reading: Reading, at: datetime) -> Turn:
        c, intents = self.context, reading.intents
        if "help" in intents:
            return state, (c.wording.plain("help"),)
        if "why" in intents:
            return state, c.wording.why(state)
        if isinstance(state.stage, Home):
            if "remind" in intents:
                return personal.remind(c, state)
            if "check" in intents:
                return self._check(state, at)
            if "stretch" in intents:
                return routine.wanted(c, state, at)
            if "stop" in intents:
                return self._stop(state)
            if "thanks" in intents:
                return state, (c.wording.plain("thanks"),)
            if "greeting" in intents:
                return state, (c.wording.home(state, "welcome_back"),)
        if isinstance(state.stage, Stretching) and "stop" in intents:
            return routine.step(c, state, state.stage, "finish", at)
        if reading.denied:
            state, replies = self._present(state, at)
            return state, (before(_last_anew(replies), c.wording.line("denied_in_words")),)
        if intents & {"greeting", "thanks"} or isinstance(state.stage, New | Advising):
            return self._present(state, at)
        return self._not_understood(state, at)

    def _not_understood(self, state: UserState, at: datetime) -> Turn:
        state, replies = self._present(state, at)
        line = self.context.wording.line("not_understood")
        return state, (before(_last_anew(replies), line),)

    def _edited(self, state: UserState, event: Edited) -> Turn:
        alarmed = self._alarmed(state, event.text, event.at)
        if alarmed is not None:
            return alarmed
        return state, (self.context.wording.plain("edited"),)

    def _attachment(self, state: UserState, event: Attachment) -> Turn:
        if event.caption:
            return self._text(state, event.caption, event.at)
        key = (
            "attachment_voice" if event.kind in {"voice", "audio", "video_note"} else "attachment"
        )
        again = self._present(state, event.at)
        return again[0], (self.context.wording.plain(key), *again[1])

    # -- buttons ----------------------------------------------------------------------------

    def _press(self, state: UserState, event: Press) -> Turn:
        session, _, rest = event.token.partition(".")
        question, _, option = rest.partition(".")
        if question in ACTIONS and option:
            return self._action(state, option, event.at)
        if session != state.session or not self._is_open(state, question, option, event.at):
            return self._stale(state, event.at)
        return self._answer(state, question, option, event.at)

    def _is_open(self, state: UserState, question: str, option: str, at: datetime) -> bool:
        """Whether the present question offers exactly this button."""
        if isinstance(state.stage, Asking):
            return screening.offers(self.context, state.stage, question, option)
        offered = {
            button.token
            for reply in self._present(state, at)[1]
            for row in reply.buttons
            for button in row
        }
        return f"{state.session}.{question}.{option}" in offered

    def _stale(self, state: UserState, at: datetime) -> Turn:
        state, replies = self._present(state, at)
        fresh = [replace(reply, edit=False) for reply in replies]
        return state, (before(fresh[0], self.context.wording.line("stale")), *fresh[1:])

    def _action(self, state: UserState, option: str, at: datetime) -> Turn:
        c = self.context
        match option:
            case "stop_reminders":
                return personal.stop_reminders(c, state)
            case "skip_today":
                return personal.skip_today(c, state, at)
            case "stretch" | "start_now":
                return self._command(state, Command(at, "stretch"))
            case "check" | "remind" | "help":
                return self._command(state, Command(at, option))
            case _:
                return self._stale(state, at)

    def _answer(self, state: UserState, question: str, option: str, at: datetime) -> Turn:
        c = self.context
        match state.stage:
            case New():
                if option == "agree":
                    return personal.agree(c, state, at)
                return state, (c.wording.plain("privacy"), c.wording.greeting(state))
            case Asking():
                return screening.pressed(c, state, state.stage, option, at)
            case Correcting():
                return screening.corrected(c, state, state.stage, Answer(option), at)
            case Reviewing():
                return self._reviewed(state, state.stage, option, at)
            case Advising():
                if option == "seen":
                    return care.ask_seen(c, state, state.stage.outcome, at)
                return screening.change(c, state)
            case AskingSeen():
                return care.seen(c, state, state.stage, option, at)
            case Stretching():
                return routine.step(c, state, state.stage, option, at)
            case AskingAfter():
                return routine.after(c, state, option, at)
            case SettingReminder():
                return personal.remind_pressed(c, state, option, at)
            case Settings():
                return personal.settings_pressed(c, state, option, at)
            case Deleting():
                return personal.delete_pressed(c, state, option, at)
            case Home():
                return self._stale(state, at)
            case _:
                assert_never(state.stage)

    def _reviewed(self, state: UserState, stage: Reviewing, option: str, at: datetime) -> Turn:
        c = self.context
        if stage.changing:
            return screening.changing(c, state, option, at)
        if option == "change":
            return screening.change(c, state)
        if option == BACK:
            return screening.back_to_last(c, state)
        return routine.begin(c, state, int(option[1:]), at)

    # -- the present question -----------------------------------------------------------------

    def _present(self, state: UserState, at: datetime) -> Turn:
        """What is open, once more; changes nothing that matters."""
        c = self.context
        match state.stage:
            case New():
                return state, (c.wording.greeting(state),)
            case Asking():
                return state, (flow.repeat(c, state, state.stage),)
            case Correcting():
                return state, (c.wording.correction(state, state.stage.flags[0]),)
            case Reviewing():
                show = c.wording.change if state.stage.changing else c.wording.review
                return state, (show(state),)
            case Advising():
                return care.again(c, state, at)
            case AskingSeen():
                return state, (c.wording.seen(state, state.stage),)
            case Stretching():
                return state, (c.wording.stretch(state, state.stage.plan, state.stage.index),)
            case AskingAfter():
                return state, (c.wording.routine_done(state),)
            case SettingReminder():
                if state.stage.part == "zone":
                    return state, (c.wording.menu(state, "zone_question", "remind", ("close",)),)
                return personal.remind(c, state)
            case Settings():
                return self._present_settings(state, state.stage, at)
            case Deleting():
                return personal.ask_delete(c, state)
            case Home():
                return state, (c.wording.home(state),)
            case _:
                assert_never(state.stage)

    def _present_settings(self, state: UserState, stage: Settings, at: datetime) -> Turn:
        if stage.part == "menu":
            return personal.settings(self.context, state)
        return personal.settings_pressed(self.context, state, stage.part, at)

    # -- the clock ----------------------------------------------------------------------------

    def _tick(self, state: UserState, at: datetime) -> Turn:
        rules = self.book.knowledge.rules
        match agenda.due(state, at, rules):
            case "follow_up":
                return care.follow_up(self.context, state, at)
            case "reminder":
                day = agenda.reminder_day(state, at, rules)
                if day is None:
                    return state, ()
                state = agenda.reminded(state, day)
                return state, (self.context.wording.reminder(state),)
            case _:
                return state, ()


def _last_anew(replies: Sequence[Reply]) -> Reply:
    """The reply that holds the open question, to be sent as a message of its own."""
    return replace(replies[-1], edit=False)


def _is_own_yes(text: str) -> bool:
    """Whether "seen by a doctor" is said of oneself and not denied."""
    said = set(tokens(text))
    return "not" not in said and "never" not in said and "friend" not in said


def _joined(waiting: tuple[str, ...], asks: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """What still has to be asked directly: not what is known to be there."""
    new = [
        name
        for name in asks
        if name not in facts.findings or facts.findings[name].answer is Answer.NO
    ]
    return tuple(dict.fromkeys((*waiting, *new)))
