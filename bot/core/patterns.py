"""The patterns of the knowledge base: which concepts together point to a flag.

`a + b`: both near each other in any order; `a > b`: b soon after a in the same clause;
`- c`: unless c stands in the same clause; `-- c`: unless it stands in the same sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TWO_WEEKS = 14  # days

# What the durations grammar finds, as concepts that a pattern may name.
OVER_TWO_WEEKS, MAYBE_TWO_WEEKS = "over_two_weeks", "maybe_two_weeks"
SHORT_TIME, LONG_AGO, OTHER_TIME = "short_time", "long_ago", "other_time"
_UNLESS = re.compile(r"\s(--?)\s")

TIME_CONCEPTS = frozenset((OVER_TWO_WEEKS, MAYBE_TWO_WEEKS, SHORT_TIME, LONG_AGO, OTHER_TIME))


@dataclass(frozen=True, slots=True)
class Pattern:
    """`parts` must all be there, each a chain of concepts.

    None of `unless` may stand in the same statement, none of `unless_near` in the same sentence.
    """

    flag: str
    raises: bool
    parts: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    unless_near: tuple[str, ...]
    needs: frozenset[str]


def parsed(flag: str, pattern: str, *, raises: bool) -> Pattern:
    """A pattern from its text in the knowledge base."""
    wanted, *rest = (side.strip() for side in _UNLESS.split(pattern))
    unless = tuple(name for sign, name in zip(rest[::2], rest[1::2], strict=True) if sign == "-")
    near = tuple(name for sign, name in zip(rest[::2], rest[1::2], strict=True) if sign == "--")
    parts = tuple(tuple(name.strip() for name in part.split(">")) for part in wanted.split("+"))
    needs = frozenset(name for part in parts for name in part)
    return Pattern(flag, raises, parts, unless, near, needs)


def concepts_of(pattern: str) -> frozenset[str]:
    """Every concept that a pattern names."""
    read = parsed("", pattern, raises=True)
    return read.needs | {*read.unless, *read.unless_near}
