"""How long something has lasted, in people's words: "about three weeks", "since March".

Every length is counted from the moment of the message. What cannot be placed gives no length.
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.core.knowledge import Times

TENS = (20, 30, 40, 50, 60, 70, 80, 90)
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")


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
            if length is not None and length.end > at:
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
            follows = words[or_more[1]] if or_more[1] < len(words) else ""
            if follows not in self._units:  # "a week or two"
                high, end = max(high, or_more[0][1]), or_more[1]
        least, most = low * unit, high * unit
        more = self._counted(words, end + (words[end : end + 1] == ["and"]))
        if more is not None and more[1] < len(words):
            smaller = self._units.get(words[more[1]])
            if smaller is not None and smaller < unit:  # "2 weeks and 3 days"
                least, most = least + more[0][0] * smaller, most + more[0][1] * smaller
                end = more[1] + 1
        before = list(words[max(0, at - 3) : at])
        if self._ends_with(before, self._more_than):
            least, most = least + 1, most + 1
        elif self._ends_with(before, self._nearly):
            least, most = least - max(unit // 3, min(unit - 1, 4)), most - 1
        elif self._ends_with(before, self._less_than):
            least, most = max(0, least - unit), most - 1
        return Length(self._kind(words, at, end), int(least), int(most), at, end)

    def _counted(self, words: Sequence[str], at: int) -> tuple[_Range, int] | None:
        """A number at this word, and the place after it."""
        if at >= len(words):
            return None
        word = words[at]
        nxt = list(words[at + 1 : at + 4])
        if word == "half" and nxt[:1] in (["a"], ["an"]):
            return (0.5, 0.5), at + 2
        span = self._number(word)
        if span is None:
            # "weeks of this", "months now", "a fortnight" without a number
            before = words[at - 1] if at else ""
            alone = self._number(before) is None and before not in ("this", "next", "last")
            if word in self._units and list(words[at + 1 : at + 4]) == ["and", "a", "half"]:
                return ((1, 1), at) if alone else None  # "week and a half"
            return ((2, 6), at) if alone and word in self._some else None
        end = at + 1
        ones = self._number(nxt[0]) if nxt and not word.isdigit() else None
        if ones and span[0] in TENS and 1 <= ones[0] <= 9 and not nxt[0].isdigit():
            span, end, nxt = (span[0] + ones[0], span[1] + ones[1]), at + 2, nxt[1:]
        joins = ["or", "to", "and"] if at and words[at - 1] == "between" else ["or", "to"]
        if nxt and nxt[0] in joins and len(nxt) > 1 and self._number(nxt[1]):
            span, end = (span[0], (self._number(nxt[1]) or span)[1]), at + 3
        elif self._goes_up(word, span, nxt):
            span, end = (span[0], (self._number(nxt[0]) or span)[1]), at + 2
        if words[end : end + 3] == ["and", "a", "half"]:
            span, end = (span[0] + 0.5, span[1] + 0.5), end + 3
        elif words[end : end + 2] == ["and", "half"]:
            span, end = (span[0] + 0.5, span[1] + 0.5), end + 2
        while end < len(words) and words[end] in self._between:
            end += 1
        return span, end

    def _goes_up(self, word: str, span: _Range, following: Sequence[str]) -> bool:
        """ "2 3 weeks", "two three days": the second number is the larger."""
        second = self._number(following[0]) if following else None
        alike = bool(following) and following[0].isdigit() == word.isdigit()
        return second is not None and alike and second[0] > span[0] and word not in ("a", "an")

    def _number(self, word: str) -> _Range | None:
        if word.isdigit():
            return (float(word), float(word)) if len(word) < 4 else None
        if word[:1].isdigit() and word.replace(",", ".", 1).replace(".", "", 1).isdigit():
            number = float(word.replace(",", "."))
            return number, number
        return self._numbers.get(word)

    def _kind(self, words: Sequence[str], at: int, end: int) -> Kind:
        after, before = list(words[end : end + 2]), list(words[max(0, at - 3) : at])
        if after[:1] == ["back"] and len(after) > 1 and after[1] in self._times.of_the_back:
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
        while start < len(words) and (
            words[start] in self._between
            or words[start] in ("last", "past", "the")
            or _ORDINAL.fullmatch(words[start])
        ):
            last = last or words[start] == "last"
            ordinal = _ORDINAL.fullmatch(words[start])
            day = int(ordinal.group(1)) if ordinal else day
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
        unit = self._units.get(words[at]) if words[at] in ("day", "week", "month") else None
        number = self._number(words[at + 1]) if unit and at + 1 < len(words) else None
        if unit is None or number is None or words[at + 1] in ("a", "an") or number[0] > 60:
            return None
        most = int(unit * number[0])
        return Length(Kind.LASTING, most - int(unit) + 1, most, at, at + 2)

    def _last_unit(self, words: Sequence[str], at: int) -> Length | None:
        """ "For the last month", "over the past year"."""
        start = at + (words[at + 1 : at + 2] == ["the"])
        if words[at] not in self._through or start + 2 >= len(words):
            return None
        unit = self._units.get(words[start + 2])
        if words[start + 1] not in ("last", "past") or unit is None:
            return None
        return Length(Kind.LASTING, int(unit), int(unit), at, start + 3)

    def _moment_alone(self, words: Sequence[str], at: int, today: date | None) -> Length | None:
        named = at > 0 and words[at - 1] in ("on", "last", "this", "only", "came")
        if today is not None and named and words[at] in self._weekdays:
            days = (today.weekday() - self._weekdays[words[at]]) % 7 or 7
            return Length(Kind.AGO, days, days, at, at + 1)
        moment = self._times.moments.get(words[at])
        if moment is None and at + 1 < len(words):
            two = " ".join(words[at : at + 2])
            moment = self._times.moments.get(two)
            if moment is not None:
                return Length(Kind.AGO, *moment, at, at + 2)
        return Length(Kind.AGO, *moment, at, at + 1) if moment is not None else None

    def _placed(
        self, words: Sequence[str], at: int, today: date | None, *, last: bool, day: int
    ) -> tuple[int, int, int] | None:
        """Least and most days since a named moment, and the place after its words."""
        word = words[at]
        pair = " ".join(words[at : at + 2])
        if pair in self._times.moments:
            return *self._times.moments[pair], at + 2
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
        word = words[at]
        if word.isdigit() and len(word) == 4 and 1900 < int(word) <= today.year:
            return _since_between(date(int(word), 1, 1), date(int(word), 12, 31), today, at + 1)
        if word in self._months:
            month, year = self._months[word], today.year
            following = words[at + 1] if at + 1 < len(words) else ""
            if following.isdigit() and len(following) == 4:
                year, at = int(following), at + 1
            elif month > today.month:
                year -= 1
            if not 1900 < year <= today.year:
                return None
            last_day = calendar.monthrange(year, month)[1]
            first, final = date(year, month, 1), date(year, month, last_day)
            if following.isdigit() and 1 <= int(following) <= last_day:
                day, at = int(following), at + 1
            if 1 <= day <= last_day:
                first = final = date(year, month, day)
            return _since_between(first, final, today, at + 1)
        pair = " ".join(words[at : at + 2])
        named = self._times.named.get(pair) or self._times.named.get(word)
        if named is None:
            return None
        at += pair in self._times.named
        (from_month, from_day), (to_month, to_day) = named
        year = today.year if (from_month, from_day) <= (today.month, today.day) else today.year - 1
        after = words[at + 1] if at + 1 < len(words) else ""
        if after.isdigit() and 1900 < int(after) <= today.year:
            year, at = int(after), at + 1  # "summer 2024"
        to_year = year if (to_month, to_day) >= (from_month, from_day) else year + 1
        first, final = date(year, from_month, from_day), date(to_year, to_month, to_day)
        return _since_between(first, final, today, at + 1)


def _phrases(listed: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in listed)


def _since_between(first: date, final: date, today: date, end: int) -> tuple[int, int, int]:
    final = min(final, today)
    first = min(first, final)
    return max(0, (today - final) // timedelta(days=1)), (today - first).days, end
