"""Places that people name, as time zones."""

from __future__ import annotations

import re

from bot.core.stages.flow import Context

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(00|30|45))?")
# Etc zones know whole hours only; these zones have kept such an offset all year round for long.
AREAS = frozenset(
    (
        *("africa", "america", "antarctica", "arctic", "asia", "atlantic", "australia"),
        *("europe", "indian", "pacific"),
    )
)
NO_CITIES = frozenset(("west", "south", "north", "act", "nsw", "general", "eastern"))
_HALF_HOURS = {
    **{"+5:30": "Asia/Kolkata", "+5:45": "Asia/Kathmandu", "+3:30": "Asia/Tehran"},
    **{"+4:30": "Asia/Kabul", "+6:30": "Asia/Yangon", "+9:30": "Australia/Darwin"},
}


def zone_named(c: Context, text: str) -> str | None:
    """The IANA zone for a typed city, zone name or whole-hour UTC offset; None if unclear."""
    plain = text.strip().lower().strip(" .!?")
    offset = _OFFSET.fullmatch(plain)
    if offset:
        sign, hours, minutes = offset.groups()
        if minutes and minutes != "00":
            return _HALF_HOURS.get(f"{sign}{int(hours)}:{minutes}")
        # Etc zones carry the sign of POSIX: Etc/GMT-2 is 2 hours ahead of UTC.
        zone = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
        return zone if zone in c.zones else None
    plain = plain.replace(" ", "_")
    for zone in c.zones:
        area, _, city = zone.lower().rpartition("/")
        named = area.partition("/")[0] in AREAS and city not in NO_CITIES
        if named and plain in {zone.lower(), city}:
            return zone
    return None
