"""A user's record as JSON values: schema version, user, state, handled updates, next wake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.core.errors import StoreError
from bot.core.state import SCHEMA_VERSION, UserState, dump, load
from bot.ports import Draft, Owed, UserId

_owed: TypeAdapter[tuple[Owed, ...]] = TypeAdapter(tuple[Owed, ...])

Entry = tuple[UserId, Sequence[Owed], int]  # who is owed what, and the number last begun

_UNFIT = (
    "a record does not fit this version of Unknot ({});"
    " restore it from a backup, or delete that user's file"
)


def _from_1(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 2 keeps the replies that are owed; what the state gained has defaults."""
    return {**record, "schema": 2, "owed": [], "last": 0}


def _from_2(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 3 keeps up to three reminders, and how they come."""
    state = dict(record["state"])
    one = state.pop("reminder", None)
    state["reminders"] = [one] if one else []
    stage = state.get("stage")
    if stage and stage.get("kind") == "setting_reminder" and stage.get("part") == "time":
        state["stage"] = {"kind": "setting_reminder"}
    return {**record, "schema": 3, "state": state}


# From each older version one step up. A fixture of every released version is in tests/fixtures.
MIGRATIONS: Mapping[Any, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    1: _from_1,
    2: _from_2,
}


def to_record(user: UserId, draft: Draft) -> dict[str, Any]:
    """The record of a draft."""
    return {
        "schema": SCHEMA_VERSION,
        "user": user,
        "state": dump(draft.state),
        "handled": list(draft.handled),
        "wake_at": draft.wake_at.isoformat() if draft.wake_at else None,
        "owed": _owed.dump_python(draft.owed, mode="json"),
        "last": draft.last,
    }


def safety_first(found: Iterable[Entry]) -> list[Entry]:
    """Whoever is owed a safety message before the others."""
    return sorted(found, key=lambda entry: not any(owed.reply.safety for owed in entry[1]))


def to_draft(record: Mapping[str, Any] | None) -> Draft:
    """The draft of a record; of none, a new user's."""
    if record is None:
        return Draft(UserState())
    if not isinstance(record, Mapping):
        raise StoreError(_UNFIT.format("no mapping"))
    version = record.get("schema")
    while version in MIGRATIONS:
        record = MIGRATIONS[version](record)
        version = record.get("schema")
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"a record has schema version {version}, this program knows {SCHEMA_VERSION};"
            " run the version of Unknot that wrote it, or a newer one"
        )
    try:
        wake = record["wake_at"]
        return Draft(
            load(record["state"]),
            tuple(int(update_id) for update_id in record["handled"]),
            datetime.fromisoformat(wake) if wake else None,
            _owed.validate_python(record["owed"]),
            int(record["last"]),
        )
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise StoreError(_UNFIT.format(type(error).__name__)) from None
