"""A user's record as JSON values: schema version, user, state, handled updates, next wake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot.core.errors import StoreError
from bot.core.state import SCHEMA_VERSION, UserState, dump, load
from bot.ports import Draft, UserId

_UNFIT = (
    "a record does not fit this version of Unknot ({});"
    " restore it from a backup, or delete that user's file"
)


def to_record(user: UserId, draft: Draft) -> dict[str, Any]:
    """The record of a draft."""
    return {
        "schema": SCHEMA_VERSION,
        "user": user,
        "state": dump(draft.state),
        "handled": list(draft.handled),
        "wake_at": draft.wake_at.isoformat() if draft.wake_at else None,
    }


def to_draft(record: Mapping[str, Any] | None) -> Draft:
    """The draft of a record; of none, a new user's."""
    if record is None:
        return Draft(UserState())
    if not isinstance(record, Mapping):
        raise StoreError(_UNFIT.format("no mapping"))
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
        )
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise StoreError(_UNFIT.format(type(error).__name__)) from None
