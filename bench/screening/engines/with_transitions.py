"""transitions: one machine, a model for each person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from transitions import EventData, Machine

from bench.screening.data import (
    IDLE,
    NO,
    OUTCOMES,
    QUESTIONS,
    START,
    YES,
    Turn,
    again,
    following,
)

TEXTS = {**{question.id: question.text for question in QUESTIONS}, **OUTCOMES}
AGAIN = {question.id: again(question) for question in QUESTIONS}
MEANINGS = {
    **dict.fromkeys(START, "start"),
    **dict.fromkeys(YES, "yes"),
    **dict.fromkeys(NO, "no"),
}
ENDED = ["idle", *OUTCOMES]


class Person:
    """What the machine changes and asks of one person."""

    trigger: Callable[[str], bool]  # set by the machine
    state: str

    def __init__(self) -> None:
        self.doctor = False
        self.reply = ""

    def begin(self, _: EventData) -> None:
        """Forget what was said."""
        self.doctor = False

    def note(self, _: EventData) -> None:
        """Keep in mind that a doctor is needed."""
        self.doctor = True

    def needed(self, _: EventData) -> bool:
        """Whether a doctor is needed."""
        return self.doctor

    def ask(self, _: EventData) -> None:
        """Say what belongs to the new state."""
        self.reply = TEXTS[self.state]

    def ask_again(self, _: EventData) -> None:
        """Say the question once more."""
        self.reply = AGAIN[self.state]

    def idle(self, _: EventData) -> None:
        """Say how to begin."""
        self.reply = IDLE


def _transitions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"trigger": "start", "source": "*", "dest": QUESTIONS[0].id, "after": ["begin", "ask"]},
    ]
    for trigger in ("yes", "no", "other"):
        found.append({"trigger": trigger, "source": ENDED, "dest": None, "after": "idle"})
    for position, question in enumerate(QUESTIONS):
        after = following(position)
        here: dict[str, Any] = {"source": question.id, "after": "ask"}
        found.append({**here, "trigger": "other", "dest": None, "after": "ask_again"})
        if question.emergency:
            found.append({**here, "trigger": "yes", "dest": "emergency"})
        else:
            dest = after.id if after else "doctor"
            found.append({**here, "trigger": "yes", "dest": dest, "before": "note"})
        if after:
            found.append({**here, "trigger": "no", "dest": after.id})
        else:
            found.append({**here, "trigger": "no", "dest": "doctor", "conditions": "needed"})
            found.append({**here, "trigger": "no", "dest": "self_care"})
    return found


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    machine = Machine(
        model=None,
        states=["idle", *TEXTS],
        transitions=_transitions(),
        initial="idle",
        send_event=True,
        auto_transitions=False,
    )
    people = {user: Person() for user, _ in turns}
    machine.add_model(list(people.values()))

    def play() -> list[str]:
        replies = []
        for user, text in turns:
            person = people[user]
            person.trigger(MEANINGS.get(text, "other"))
            replies.append(person.reply)
        return replies

    return play
