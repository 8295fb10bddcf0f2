"""python-statemachine: a chart made from a definition, an instance for each person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from statemachine.io import create_machine_class_from_definition

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


class Person:
    """What the chart changes and asks of one person."""

    def __init__(self) -> None:
        self.state: object = None  # kept by the chart
        self.doctor = False
        self.reply = ""

    def begin(self) -> None:
        """Forget what was said."""
        self.doctor = False

    def note(self) -> None:
        """Keep in mind that a doctor is needed."""
        self.doctor = True

    def needed(self) -> bool:
        """Whether a doctor is needed."""
        return self.doctor

    def ask(self, target: Any) -> None:
        """Say what belongs to the new state."""
        self.reply = TEXTS[target.id]

    def ask_again(self, source: Any) -> None:
        """Say the question once more."""
        self.reply = AGAIN[source.id]

    def idle(self) -> None:
        """Say how to begin."""
        self.reply = IDLE


def _chart() -> Any:
    start = [{"target": QUESTIONS[0].id, "on": ["begin", "ask"]}]
    states: dict[str, Any] = {}
    for name in ("idle", *OUTCOMES):
        idle = {event: [{"target": name, "on": "idle"}] for event in ("yes", "no", "other")}
        states[name] = {"initial": name == "idle", "on": {"start": start, **idle}}
    for position, question in enumerate(QUESTIONS):
        after = following(position)
        if question.emergency:
            yes: list[dict[str, Any]] = [{"target": "emergency", "on": "ask"}]
        else:
            yes = [{"target": after.id if after else "doctor", "on": ["note", "ask"]}]
        no: list[dict[str, Any]] = [{"target": after.id if after else "self_care", "on": "ask"}]
        if not after:
            no.insert(0, {"target": "doctor", "cond": "needed", "on": "ask"})
        other = [{"target": question.id, "on": "ask_again"}]
        states[question.id] = {"on": {"start": start, "yes": yes, "no": no, "other": other}}
    return create_machine_class_from_definition("Screening", states=states)


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    chart = _chart()
    people = {user: Person() for user, _ in turns}
    charts = {user: chart(person) for user, person in people.items()}

    def play() -> list[str]:
        replies = []
        for user, text in turns:
            charts[user].send(MEANINGS.get(text, "other"))
            replies.append(people[user].reply)
        return replies

    return play
