"""One small screening as data, for every engine that is compared, and what is said to them.

Four questions. A yes to some is an emergency at once; a yes to the others is kept in mind and
leads to a doctor at the end. What is neither yes nor no is asked again; a word starts it anew.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

Turn = tuple[int, str]  # who says it, and what


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and whether a yes ends all others at once."""

    id: str
    text: str
    emergency: bool


QUESTIONS = (
    Question("saddle", "Do you have new numbness between your legs?", emergency=True),
    Question("weakness", "Is one of your legs getting weaker?", emergency=False),
    Question("bladder", "Is it hard to pee, or to hold it?", emergency=True),
    Question("fall", "Did it begin with a fall?", emergency=False),
)
OUTCOMES = {
    "emergency": "Call 999 or go to an emergency department now.",
    "doctor": "Speak to a doctor today.",
    "self_care": "Gentle movement is fine. Start slowly.",
}
AGAIN = "Please answer yes or no."
IDLE = "Write start to begin."

YES = ("yes", "y", "yeah", "yep", "i do")
NO = ("no", "n", "nope", "not at all")
START = ("start", "restart")
EMPTY = "nothing"  # some engines pass over an empty message, so it is read as this word

USERS, CONVERSATIONS, LENGTH = 20, 300, 12
_NOISE = ("maybe", "a bit", "What?", "no idea", "yes and no", "it hurts", "7", "!!!", "stop", "Né")


def plain(text: str) -> str:
    """The words alone, in small letters."""
    kept = "".join(sign if sign.isalnum() and sign.isascii() else " " for sign in text.lower())
    return " ".join(kept.split()) or EMPTY


def again(question: Question) -> str:
    """What is said to an answer that is neither yes nor no."""
    return f"{AGAIN} {question.text}"


def following(position: int) -> Question | None:
    """The question after the one at this position."""
    return QUESTIONS[position + 1] if position + 1 < len(QUESTIONS) else None


def scripted() -> list[Turn]:
    """Every way of answering, each with a person of its own, with a bad answer and a new start."""
    turns: list[Turn] = []
    for person, answers in enumerate(itertools.product(("yes", "No."), repeat=len(QUESTIONS))):
        turns += [(person, "hello"), (person, "/start")]
        turns += [(person, said) for said in answers]
        turns += [(person, "and now?"), (person, "restart"), (person, "perhaps"), (person, "NO")]
        turns += [(person, "Restart!"), *((person, said) for said in answers)]
    return turns


def at_random(seed: int = 1) -> list[Turn]:
    """People who talk at the same time and say anything."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    words = (*YES, *NO, *NO, *NO, *START, *_NOISE)
    written = (str, str.upper, str.title, lambda word: f" {word}! ")
    return [
        (chance.randrange(1000, 1000 + USERS), chance.choice(written)(chance.choice(words)))
        for _ in range(CONVERSATIONS * LENGTH)
    ]


def everything() -> list[Turn]:
    """All that is said to each engine, as plain words: how text is read is not compared."""
    return [(user, plain(text)) for user, text in (*scripted(), *at_random())]
