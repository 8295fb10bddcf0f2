"""The patterns of the knowledge base: which concepts together point to a flag.

`a + b`: both near each other in any order; `a > b`: b soon after a in the same clause;
`- c`: unless c stands in the same clause.
"""

from __future__ import annotations

from dataclasses import dataclass

TWO_WEEKS = 14  # days

# What the durations grammar finds, as concepts that a pattern may name.
OVER_TWO_WEEKS, MAYBE_TWO_WEEKS = "over_two_weeks", "maybe_two_weeks"
SHORT_TIME, LONG_AGO, OTHER_TIME = "short_time", "long_ago", "other_time"
TIME_CONCEPTS = frozenset((OVER_TWO_WEEKS, MAYBE_TWO_WEEKS, SHORT_TIME, LONG_AGO, OTHER_TIME))


@dataclass(frozen=True, slots=True)
class Pattern:
    """`parts` must all be there, each a chain of concepts; none of `unless` may."""

    flag: str
    raises: bool
    parts: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    needs: frozenset[str]


def parsed(flag: str, pattern: str, *, raises: bool) -> Pattern:
    """A pattern from its text in the knowledge base."""
    wanted, *unless = (side.strip() for side in pattern.split(" - "))
    parts = tuple(tuple(name.strip() for name in part.split(">")) for part in wanted.split("+"))
    needs = frozenset(name for part in parts for name in part)
    return Pattern(flag, raises, parts, tuple(unless), needs)


def concepts_of(pattern: str) -> frozenset[str]:
    """Every concept that a pattern names."""
    read = parsed("", pattern, raises=True)
    return read.needs | frozenset(read.unless)
