"""Where a person is: a place named or a location shared, as a time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from bot.core.places import Candidate
from bot.core.stages.flow import Context
from bot.core.state import SettingReminder, Settings, Stage, UserState

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(00|30|45))?")
_ONE_OF_MANY = re.compile(r"place(\d)")
LABELS = ("close", "other_zone", "right_zone")  # words that are buttons here, and no places
AREAS = frozenset(
    (
        *("africa", "america", "antarctica", "arctic", "asia", "atlantic", "australia"),
        *("europe", "indian", "pacific"),
    )
)
NO_CITIES = frozenset(("west", "south", "north", "act", "nsw", "general", "eastern"))
# Etc zones know whole hours only; these zones have kept such an offset all year round for long.
_HALF_HOURS = {
    **{"+5:30": "Asia/Kolkata", "+5:45": "Asia/Kathmandu", "+3:30": "Asia/Tehran"},
    **{"+4:30": "Asia/Kabul", "+6:30": "Asia/Yangon", "+9:30": "Australia/Darwin"},
}

Asker = TypeVar("Asker", bound=SettingReminder | Settings)


def is_asked(stage: Stage) -> bool:
    """Whether the question where the person is stands open."""
    return isinstance(stage, SettingReminder | Settings) and stage.part in {"zone", "confirm"}


def asked(c: Context, state: UserState, stage: Asker, text: str) -> Asker | None:
    """The stage once a place was typed: is it that time there, or which of several is meant?"""
    meant = [place for place in stage.found if _words(text) <= _words(place[0])]
    if len(meant) == 1 and stage.part == "zone":
        return _confirming(stage, *meant[0])
    found = _named(c, state, text)
    if any(place.how != "name" for place in found) and _says_something_else(c, text):
        return None
    if stage.part == "confirm" and c.answers.yes_no(text) is not None:
        return None
    if len(found) == 1:
        return _confirming(stage, found[0].label, found[0].zone)
    several = tuple((place.label, place.zone) for place in found)
    return replace(stage, part="zone", zone=None, found=several) if several else None


def picked(stage: Asker, option: str) -> Asker | None:
    """The stage once one of several places was tapped; None for any other button."""
    place = _ONE_OF_MANY.fullmatch(option)
    number = int(place.group(1)) if place else len(stage.found)
    return _confirming(stage, *stage.found[number]) if number < len(stage.found) else None


def shared(stage: Asker, zone: str) -> Asker:
    """The stage once a location was shared."""
    return _confirming(stage, zone, zone)


def anew(stage: Asker) -> Asker:
    """The stage once it was another place."""
    return replace(stage, part="zone", zone=None, found=())


def is_only_a_place(c: Context, state: UserState, text: str) -> bool:
    """Whether words answer where the person is by the first name of a city, and say no more.

    "Chemnitz" and "Niagara Falls" are then not read for danger words that they resemble.
    """
    found = _named(c, state, text) if is_asked(state.stage) and not state.theirs else ()
    return bool(found) and all(place.how == "name" for place in found)


def _confirming(stage: Asker, label: str, zone: str) -> Asker:
    return replace(stage, part="confirm", zone=zone, found=((label, zone),))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _says_something_else(c: Context, text: str) -> bool:
    """Whether words that are nearly a place are rather an answer, a wish or a button."""
    labels = {name: c.book.knowledge.buttons[name] for name in LABELS}
    return (
        c.answers.yes_no(text) is not None
        or bool(c.reader.read(text).intents)
        or bool(c.answers.picked(text, labels, parts=True, numbers=False))
    )


def _named(c: Context, state: UserState, text: str) -> Sequence[Candidate]:
    plain = text.strip().lower().strip(" .!?")
    offset = _OFFSET.fullmatch(plain)
    if offset:
        zone = _at_offset(c, *offset.groups())
        return (Candidate(zone, zone, "other_name"),) if zone else ()
    found = [place for place in c.places(text, state.country) if place.zone in c.zones]
    return found or _by_zone_name(c, plain.replace(" ", "_"))


def _at_offset(c: Context, sign: str, hours: str, minutes: str | None) -> str | None:
    if minutes and minutes != "00":
        return _HALF_HOURS.get(f"{sign}{int(hours)}:{minutes}")
    # Etc zones carry the sign of POSIX: Etc/GMT-2 is 2 hours ahead of UTC.
    zone = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
    return zone if zone in c.zones else None


def _by_zone_name(c: Context, plain: str) -> Sequence[Candidate]:
    for zone in c.zones:
        area, _, city = zone.lower().rpartition("/")
        named = area.partition("/")[0] in AREAS and city not in NO_CITIES
        if named and plain in {zone.lower(), city}:
            return (Candidate(zone, zone, "other_name"),)
    return ()
