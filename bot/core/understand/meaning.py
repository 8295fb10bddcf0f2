"""What an answer can mean."""

from __future__ import annotations

from enum import StrEnum


class Meaning(StrEnum):
    """What a typed text says to a yes-or-no question. OTHER is no answer to it."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    OTHER = "other"
