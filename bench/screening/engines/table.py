"""The floor: all replies in one dictionary, with nothing but a look-up a turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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

Place = tuple[str, bool]  # the open question, and whether a doctor is needed
_START, _YES, _NO = "start", "yes", "no"
IDLE_PLACE: Place = ("", False)
BEGIN: Place = (QUESTIONS[0].id, False)


def _table() -> dict[tuple[Place, str], tuple[Place, str]]:
    table: dict[tuple[Place, str], tuple[Place, str]] = {}
    for meaning in (_YES, _NO, ""):
        table[IDLE_PLACE, meaning] = (IDLE_PLACE, IDLE)
    for position, question in enumerate(QUESTIONS):
        after = following(position)
        for doctor in (False, True):
            place = (question.id, doctor)
            table[place, ""] = (place, again(question))
            for meaning, needed in ((_NO, doctor), (_YES, True)):
                if meaning == _YES and question.emergency:
                    table[place, meaning] = (IDLE_PLACE, OUTCOMES["emergency"])
                elif after:
                    table[place, meaning] = ((after.id, needed), after.text)
                else:
                    end = OUTCOMES["doctor" if needed else "self_care"]
                    table[place, meaning] = (IDLE_PLACE, end)
    for place in {place for place, _ in table}:
        table[place, _START] = (BEGIN, QUESTIONS[0].text)
    return table


def player(turns: Sequence[Turn]) -> Callable[[], list[str]]:
    """What plays these turns, ready to be timed."""
    table = _table()
    meanings = {
        **dict.fromkeys(START, _START),
        **dict.fromkeys(YES, _YES),
        **dict.fromkeys(NO, _NO),
    }
    places: dict[int, Place] = {}

    def play() -> list[str]:
        replies = []
        for user, text in turns:
            place = places.get(user, IDLE_PLACE)
            places[user], reply = table[place, meanings.get(text, "")]
            replies.append(reply)
        return replies

    return play
