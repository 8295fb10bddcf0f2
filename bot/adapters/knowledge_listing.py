"""The knowledge base in numbers, and as JSON with its flags, stretches and their sources."""

from __future__ import annotations

import json
from typing import Any

from bot.core.knowledge import Flag, Knowledge


def summary(k: Knowledge) -> str:
    """One line: what was checked."""
    reviews = [flag.review for flag in k.flags] + [stretch.review for stretch in k.stretches]
    reviewed = [review for review in reviews if review.reviewer != "none yet"]
    return (
        f"knowledge is sound: {len(k.flags)} flags, {len(k.combinations)} combinations,"
        f" {len(k.traits)} traits, {len(k.stretches)} stretches, {len(k.advice)} pieces of advice,"
        f" {len(k.emergency_numbers)} countries, {len(k.sources)} sources;"
        f" reviewed by a clinician: {len(reviewed)} of {len(reviews)}"
    )


def listing(k: Knowledge) -> str:
    """Flags, combinations, stretches and sources as JSON."""
    return json.dumps(
        {
            "flags": [_flag(flag) for flag in k.flags],
            "combinations": [
                {"id": c.id, "outcome": c.outcome, "sources": list(c.sources)}
                for c in k.combinations
            ],
            "stretches": [
                {
                    "id": s.id,
                    "name": s.name,
                    "position": s.position,
                    "start": s.dose.start.model_dump(),
                    "cap": s.dose.cap.model_dump(),
                    "doses": [d.model_dump(exclude_none=True) for d in s.dose.sources],
                    "sources": list(s.sources),
                }
                for s in k.stretches
            ],
            "sources": {s.id: s.title for s in k.sources},
        },
        indent=1,
    )


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "id": flag.id,
        "label": flag.label or flag.id,
        "row": flag.row,
        "core": flag.core,
        "outcome": flag.outcome,
        "question": flag.question,
        "not_sure": flag.not_sure,
        "sources": list(flag.sources),
        "reviewer": flag.review.reviewer,
    }
