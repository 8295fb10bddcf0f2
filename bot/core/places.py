"""What the core asks of whoever knows the cities of the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that typed words may mean: how it is called, and its IANA zone.

    `how` it was found: the words are its name, another name of it, or nearly one of these.
    """

    label: str
    zone: str
    how: Literal["name", "other_name", "typo"] = "name"


Places = Callable[[str, str | None], Sequence[Candidate]]
"""From typed words and the person's country, if known, to at most three places, best first."""


def nowhere(text: str, country: str | None) -> Sequence[Candidate]:
    """Knows no places at all."""
    return ()
