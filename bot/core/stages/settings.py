"""Settings: country, time zone, quiet hours, silence, and what shows on a lock screen."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time
from typing import assert_never

from bot.core import agenda
from bot.core.messages import Reply
from bot.core.stages import places
from bot.core.stages.flow import Context, Turn
from bot.core.stages.personal import home
from bot.core.stages.reminders import time_in
from bot.core.state import Settings, UserState
from bot.core.wording.pieces import before

NIGHT = (22 * 60, 7 * 60)
_SPAN = re.compile(
    r"\s*(?:from |between )?(.+?)\s*(?:-|\u2013|\bto\b|\buntil\b|\btill\b|\band\b)\s*(.+)"
)
_OFF = re.compile(r"(?i)\s*(?:none|no|off|never|no quiet hours)\W*")


def settings(c: Context, state: UserState, at: datetime) -> Turn:
    """All settings as they are now, each with its button."""
    state = replace(state, stage=Settings())
    return state, (shown(c, state, Settings(), at),)


def shown(c: Context, state: UserState, stage: Settings, at: datetime) -> Reply:
    """The question of a part."""
    match stage.part:
        case "menu":
            return _menu(c, state)
        case "country":
            return c.wording.menu(state, "country_question", "settings", ("close",))
        case "zone":
            return c.wording.zone_question(state, "settings", stage)
        case "confirm":
            return c.wording.zone_confirm(state, "settings", stage, at)
        case "quiet":
            options = ("quiet_night", "quiet_off", "close")
            return c.wording.menu(state, "quiet_question", "settings", options)
        case _:
            assert_never(stage.part)


def _menu(c: Context, state: UserState) -> Reply:
    number = c.wording.number_of(state)
    none = c.wording.text("not_set")
    how = state.reminding
    return c.wording.menu(
        state,
        "settings",
        "settings",
        (
            *("country", "zone", "quiet"),
            *("sound_on" if how.silent else "sound_off", "neutral" if how.plain else "plain"),
            *("dark_off" if state.dark else "dark_on", "close"),
        ),
        country=number.name if number else none,
        number=number.emergency if number else c.wording.text("numbers_unknown"),
        zone=state.zone or none,
        quiet=c.wording.quiet_hours(state),
        sound=c.wording.text("sound_is_off" if how.silent else "sound_is_on"),
        shows=c.wording.text("shows_plain" if how.plain else "shows_neutral"),
        shade=c.wording.text("shade_dark" if state.dark else "shade_light"),
    )


def pressed(c: Context, state: UserState, stage: Settings, option: str, at: datetime) -> Turn:
    """A tap: what is to be changed, or how."""
    how = state.reminding
    match option:
        case "country" | "zone" | "quiet":
            stage = Settings(option)
            return replace(state, stage=stage), (shown(c, state, stage, at),)
        case "quiet_night" | "quiet_off":
            how = replace(how, quiet=NIGHT if option == "quiet_night" else None)
        case "sound_on" | "sound_off":
            how = replace(how, silent=option == "sound_off")
        case "neutral" | "plain":
            how = replace(how, plain=option == "plain")
        case "dark_on" | "dark_off":
            state = replace(state, dark=option == "dark_on")
        case "right_zone":
            return settings(c, replace(state, zone=stage.zone), at)
        case "other_zone":
            return replace(state, stage=Settings("zone")), (shown(c, state, Settings("zone"), at),)
        case "place0" | "place1" | "place2":
            stage = places.picked(stage, option) or stage
            return replace(state, stage=stage), (shown(c, state, stage, at),)
        case _:
            return home(c, state, at)
    return _with_quiet(c, replace(state, reminding=how), at)


def _with_quiet(c: Context, state: UserState, at: datetime) -> Turn:
    """The menu, and which reminders the quiet hours cover now."""
    state, (menu, *rest) = settings(c, state, at)
    day = at.astimezone(agenda.zone_of(state)).date()
    covered = [
        r
        for r in state.reminders
        if agenda.is_quiet(
            state, datetime.combine(day, time(r.hour, r.minute), agenda.zone_of(state))
        )
    ]
    lines = [
        c.wording.line("quiet_covers", time=c.wording.clock(r.hour, r.minute)) for r in covered
    ]
    return state, (before(menu, *lines), *rest)


def typed(c: Context, state: UserState, stage: Settings, text: str, at: datetime) -> Turn | None:
    """A typed country, zone or span of hours; None when it is none."""
    match stage.part:
        case "zone" | "confirm":
            asked = places.asked(c, state, stage, text)
            if asked is None:
                return None
            return replace(state, stage=asked), (shown(c, state, asked, at),)
        case "quiet":
            quiet = quiet_in(text)
            if quiet is None and not _OFF.fullmatch(text):
                return None
            how = replace(state.reminding, quiet=quiet)
            return _with_quiet(c, replace(state, reminding=how), at)
        case _:
            country = c.wording.country_named(text)
            return settings(c, replace(state, country=country), at) if country else None


def quiet_in(text: str) -> tuple[int, int] | None:
    """A span of the day in minutes: "22 to 7", "from 10pm until 7am"."""
    found = _SPAN.fullmatch(text.strip().strip(".!"))
    times = [time_in(part) for part in found.groups()] if found else []
    if len(times) != 2 or times[0] is None or times[1] is None or times[0] == times[1]:
        return None
    return times[0][0] * 60 + times[0][1], times[1][0] * 60 + times[1][1]
