"""How long something has lasted, in people's words: "about three weeks", "since March".

Every length is counted from the moment of the message. What cannot be placed gives no length.
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.knowledge import Times

TENS = (20, 30, 40, 50, 60, 70, 80, 90)
SEVERAL = (2, 6)  # of a unit: "weeks of this"
_ONE = ("a", "an")
# "1,000" is left out: it would be read as one.
_FIGURE = re.compile(r"\d{1,3}|\d+[.,]\d{1,2}")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_YEAR = re.compile(r"\d{4}")
LAST_NTH = 60  # "week 5 of this" counts from the start; higher numbers are of something else
FIRST_YEAR = 1901  # "since 1900" is an hour of the clock


class Kind(StrEnum):
    """What a length says: that something lasts, began then, or that it is another matter."""

    LASTING = "lasting"
    AGO = "ago"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Length:
    """From `least` to `most` days, said at words `start` to `end` (exclusive)."""

    kind: Kind
    least: int
    most: int
    start: int
    end: int

    @property
    def middle(self) -> int:
        """Days, between the least and the most."""
        return (self.least + self.most) // 2


_Range = tuple[float, float]


class Durations:
    """Reads lengths with the number words, units and named times of the knowledge base."""

    def __init__(self, times: Times) -> None:
        """Compile the tables."""
        self._times = times
        self._numbers: Mapping[str, _Range] = {
            word: (low, high) for word, (low, high) in times.numbers.items()
        }
        self._units = times.units
        self._weekdays = {name: n for n, names in enumerate(times.weekdays) for name in names}
        self._months = {name: n + 1 for n, names in enumerate(times.months) for name in names}
        single = (self._units, self._weekdays, self._months, times.named, times.since)
        firsts = [phrase.split()[0] for phrase in times.moments]
        ends = [phrase.split()[-1] for phrase in times.moments]
        self._starts = frozenset(
            itertools.chain(
                self._weekdays,
                self._numbers,
                self._units,
                times.since,
                times.always,
                times.through,
                firsts,
            )
        )
        self._signs = frozenset(itertools.chain(*single, times.always, ends))
        self._since_words, self._always = frozenset(times.since), frozenset(times.always)
        self._through, self._some = frozenset(times.through), frozenset(times.some)
        self._small, self._between = frozenset(times.small), frozenset(times.between)
        self._more_than, self._nearly = _phrases(times.more_than), _phrases(times.nearly)
        self._less_than, self._ago = _phrases(times.less_than), _phrases(times.ago)
        self._of_the_back = frozenset(times.of_the_back)
        self._led_by = frozenset((*times.between, "last", "past", "the"))  # after "since"
        self._other_after = _phrases(times.other_after)
        self._other_before = _phrases(times.other_before)

    def may_begin(self, word: str) -> bool:
        """Whether a length may begin with this word."""
        return word in self._starts or word[0].isdigit()

    def lengths(
        self, words: Sequence[str], places: Iterable[int], today: date | None
    ) -> list[Length]:
        """Every length in the words, in order; `places` are the words that may begin one."""
        if self._signs.isdisjoint(words):
            return []
        found: list[Length] = []
        end = 0
        for at in places:
            if at < end:
                continue
            length = self._since(words, at, today) or self._amount(words, at)
            if length is not None:
                found.append(length)
                end = length.end
        return found

    # -- an amount and a unit --------------------------------------------------------------------

    def _amount(self, words: Sequence[str], at: int) -> Length | None:
        counted = self._counted(words, at)
        if counted is None:
            return None
        (low, high), unit_at = counted
        unit = self._units.get(words[unit_at]) if unit_at < len(words) else None
        if unit is None:
            return None
        end = unit_at + 1
        if words[end : end + 3] in (["and", "a", "half"], ["and", "a", "bit"]):
            low, high, end = low + 0.5, high + 0.5, end + 3
        if words[end : end + 1] == ["or"] and (or_more := self._counted(words, end + 1)):
            (other_low, other_high), other_end = or_more
            if self._units.keys().isdisjoint(words[other_end : other_end + 1]):
                # "a week or two"
                low, high, end = min(low, other_low), max(high, other_high), other_end
        least, most = low * unit, high * unit
        more = self._counted(words, end + (words[end : end + 1] == ["and"]))
        if more is not None and more[1] < len(words):
            (more_low, more_high), smaller_at = more
            smaller = self._units.get(words[smaller_at])
            if smaller is not None and smaller < unit:  # "2 weeks and 3 days"
                least, most = least + more_low * smaller, most + more_high * smaller
                end = smaller_at + 1
        before = words[max(0, at - 4) : at]
        # In this order: "just under" ends as "under" does, "no more than" as "more than".
        if self._ends_with(before, self._nearly):
            least, most = least - max(unit // 3, min(unit // 2 + 1, 4)), most - 1
        elif self._ends_with(before, self._less_than):
            least, most = least - unit, most - 1
        elif self._ends_with(before, self._more_than):
            least, most = least + 1, most + 1
        kind = self._kind(words[end : end + 2], before)
        return Length(kind, max(0, int(least)), max(0, int(most)), at, end)

    def _counted(self, words: Sequence[str], at: int) -> tuple[_Range, int] | None:
        """A number at this word, and the place after it."""
        if at >= len(words):
            return None
        word = words[at]
        nxt = words[at + 1 : at + 4]
        if word == "half" and nxt[:1] in (["a"], ["an"]):
            return (0.5, 0.5), at + 2
        if word in _ONE and nxt and nxt[0] not in _ONE and self._number(nxt[0]):
            return self._counted(words, at + 1)  # "a few", "a couple of"
        span = self._number(word)
        if span is None:
            return self._uncounted(words, at)
        (low, high), end = span, at + 1
        ones = self._numbers.get(nxt[0]) if nxt and nxt[0] not in _ONE else None
        if ones and ones[0] <= 9 and low in TENS and word.isalpha():
            low, high, end, nxt = low + ones[0], high + ones[1], end + 1, nxt[1:]
        joins = ["or", "to", "and"] if at and words[at - 1] == "between" else ["or", "to"]
        joined = len(nxt) > 1 and nxt[0] in joins
        upper = self._number(nxt[1]) if joined else self._larger(words[at], (low, high), nxt)
        if upper:
            high, end = upper[1], end + 1 + joined
        if words[end : end + 3] == ["and", "a", "half"]:
            low, high, end = low + 0.5, high + 0.5, end + 3
        elif words[end : end + 2] == ["and", "half"]:
            low, high, end = low + 0.5, high + 0.5, end + 2
        while end < len(words) and words[end] in self._between:
            end += 1
        return (low, high), end

    def _uncounted(self, words: Sequence[str], at: int) -> tuple[_Range, int] | None:
        """A unit without a number, as if one stood before it: "months now", "week and a half"."""
        before = words[at - 1 : at]
        if before and (self._number(before[0]) or before[0] in ("this", "next", "last")):
            return None
        if words[at] in self._units and words[at + 1 : at + 4] == ["and", "a", "half"]:
            return (1, 1), at
        return (SEVERAL, at) if words[at] in self._some else None

    def _larger(self, word: str, span: _Range, following: Sequence[str]) -> _Range | None:
        """ "2 3 weeks", "two three days": a second number that is larger."""
        alike = following and following[0].isdigit() == word.isdigit()
        second = self._number(following[0]) if alike else None
        return second if second and span[0] == span[1] < second[0] else None

    def _number(self, word: str) -> _Range | None:
        if _FIGURE.fullmatch(word):
            number = float(word.replace(",", "."))
            return number, number
        return self._numbers.get(word)

    def _kind(self, after: Sequence[str], before: Sequence[str]) -> Kind:
        """What a length says by the two words after it and those before it."""
        if after[:1] == ["back"] and not self._of_the_back.isdisjoint(after[1:]):
            return Kind.LASTING  # "3 weeks back pain"
        if after == ["along", "with"]:
            return Kind.LASTING
        if not self._ago.isdisjoint((tuple(after[:1]), tuple(after))):
            # "began 3 weeks ago", "since 3 weeks back"
            return Kind.AGO
        if not self._other_after.isdisjoint((tuple(after[:1]), tuple(after))):
            return Kind.OTHER
        if self._ends_with(before, self._other_before):
            return Kind.OTHER
        return Kind.LASTING

    def _ends_with(self, before: Sequence[str], phrases: frozenset[tuple[str, ...]]) -> bool:
        """Whether words end with a phrase, small words between it and the number aside."""
        kept = list(before)
        while kept and kept[-1] in self._small:
            kept.pop()
        return any(
            tuple(said[at:]) in phrases for said in (before, kept) for at in range(len(said))
        )

    # -- since a moment --------------------------------------------------------------------------

    def _since(self, words: Sequence[str], at: int, today: date | None) -> Length | None:
        """ "since March", "from last Tuesday", "week 5 of this", "chronic"."""
        word = words[at]
        if word in self._always:
            return Length(Kind.LASTING, 90, 3650, at, at + 1)
        nth = self._nth(words, at) or self._last_unit(words, at)
        if nth is not None:
            return nth
        if word not in self._since_words:
            return self._moment_alone(words, at, today)
        start = at + 1
        named = self._moment_alone(words, start, today) if start < len(words) else None
        if named is not None:
            return Length(Kind.LASTING, named.least, named.most, at, named.end)
        last = False
        day = 0
        while start < len(words):
            dated = _DAY.fullmatch(words[start])
            of_month = not self._months.keys().isdisjoint(words[start + 1 : start + 2])
            if dated and (of_month or not words[start].isdigit()):  # "the 3rd", "3 March"
                day = int(dated.group(1))
            elif words[start] not in self._led_by:
                break
            last = last or words[start] == "last"
            start += 1
        if start >= len(words):
            return None
        span = self._placed(words, start, today, last=last, day=day)
        if span is None:
            return None
        least, most, end = span
        return Length(Kind.LASTING, least, most, at, end)

    def _nth(self, words: Sequence[str], at: int) -> Length | None:
        """ "Week 5 of this", "day twelve"."""
        if words[at] not in ("day", "week", "month") or at + 1 >= len(words):
            return None
        unit, number = self._units[words[at]], self._number(words[at + 1])
        # "Every week 2 or 3 times" is no second week.
        if number is None or words[at + 1] in _ONE or words[at - 1 : at] in (["every"], ["each"]):
            return None
        low, high = number
        if low != high or not 1 <= low <= LAST_NTH:
            return None
        most = int(unit * low)
        return Length(Kind.LASTING, most - int(unit) + 1, most, at, at + 2)

    def _last_unit(self, words: Sequence[str], at: int) -> Length | None:
        """ "For the last month", "over the past year"."""
        start = at + (words[at + 1 : at + 2] == ["the"])
        if words[at] not in self._through or start + 2 >= len(words):
            return None
        unit = self._units.get(words[start + 2])
        if words[start + 1] not in ("last", "past") or unit is None:
            return None
        least, most = SEVERAL if words[start + 2] in self._some else (1, 1)
        return Length(Kind.LASTING, int(least * unit), int(most * unit), at, start + 3)

    def _moment_alone(self, words: Sequence[str], at: int, today: date | None) -> Length | None:
        named = at > 0 and words[at - 1] in ("on", "last", "this", "only", "came")
        if today is not None and named and words[at] in self._weekdays:
            days = (today.weekday() - self._weekdays[words[at]]) % 7 or 7
            return Length(Kind.AGO, days, days, at, at + 1)
        moment = self._times.moments.get(words[at])
        if moment is not None:
            return Length(Kind.AGO, *moment, at, at + 1)
        moment = self._times.moments.get(" ".join(words[at : at + 2]))
        return Length(Kind.AGO, *moment, at, at + 2) if moment is not None else None

    def _placed(
        self, words: Sequence[str], at: int, today: date | None, *, last: bool, day: int
    ) -> tuple[int, int, int] | None:
        """Least and most days since a named moment, and the place after its words."""
        word = words[at]
        pair = " ".join(words[at : at + 2])
        if pair in self._times.moments:
            return *self._times.moments[pair], at + len(pair.split())
        if word in self._times.moments:
            return *self._times.moments[word], at + 1
        if last and word in self._units:
            unit = int(self._units[word])
            return (unit // 2, 2 * unit, at + 1)  # "since last week"
        if today is None:
            return None
        if word in self._weekdays:
            days = (today.weekday() - self._weekdays[word]) % 7 or 7
            return days, days + 7 * last, at + 1
        return self._in_the_year(words, at, today, day)

    def _in_the_year(
        self, words: Sequence[str], at: int, today: date, day: int
    ) -> tuple[int, int, int] | None:
        year = _year_at(words, at, today)
        if year is not None:
            return _since_between(date(year, 1, 1), date(year, 12, 31), today, at + 1)
        if words[at] in self._months:
            return self._in_a_month(words, at, today, day)
        pair = " ".join(words[at : at + 2])
        named = self._times.named.get(pair) or self._times.named.get(words[at])
        if named is None:
            return None
        end = at + (len(pair.split()) if pair in self._times.named else 1)
        (from_month, from_day), (to_month, to_day) = named
        said = _year_at(words, end, today)  # "summer 2024"
        first = date(said or today.year, from_month, from_day)
        if first > today:
            first = first.replace(year=first.year - 1)
        final = date(first.year, to_month, to_day)
        if final < first:  # a winter
            final = final.replace(year=first.year + 1)
        return _since_between(first, final, today, end + (said is not None))

    def _in_a_month(
        self, words: Sequence[str], at: int, today: date, day: int
    ) -> tuple[int, int, int] | None:
        """ "3rd of March", "March 3rd", "March 2024", "March 3rd 2024"."""
        month, end = self._months[words[at]], at + 1
        dated = _DAY.fullmatch(words[end]) if end < len(words) else None
        if dated:
            day, end = int(dated.group(1)), end + 1
        if end < len(words) and _YEAR.fullmatch(words[end]):
            said = _year_at(words, end, today)
            if said is None or (said, month, day) > (today.year, today.month, today.day):
                return None
            year, end = said, end + 1
        else:
            year = today.year - ((month, day) > (today.month, today.day))
        last_day = calendar.monthrange(year, month)[1]
        first, final = date(year, month, 1), date(year, month, last_day)
        if 1 <= day <= last_day:
            first = final = date(year, month, day)
        return _since_between(first, final, today, end)


def _year_at(words: Sequence[str], at: int, today: date) -> int | None:
    """The year that this word says, if it is one that has begun."""
    if at >= len(words) or not _YEAR.fullmatch(words[at]):
        return None
    year = int(words[at])
    return year if FIRST_YEAR <= year <= today.year else None


def _phrases(listed: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in listed)


def _since_between(first: date, final: date, today: date, end: int) -> tuple[int, int, int]:
    final = min(final, today)
    return (today - final).days, (today - first).days, end
