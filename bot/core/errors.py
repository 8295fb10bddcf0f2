"""One root for every error of our own. Messages say what, where, why it matters and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class UnknotError(Exception):
    """Something that a person can put right; the message says how."""


class KnowledgeError(UnknotError):
    """A knowledge file is wrong. `problems` holds one `file:line: what; what to do` each."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems, and show them all at once."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class SettingsError(UnknotError):
    """The environment does not make a working configuration."""


class StoreError(UnknotError):
    """State could not be read or written; what was stored before still holds."""


class NotOursError(StoreError):
    """Another worker is sending to this user. Nothing was changed; to be tried again later."""


class ConversationError(UnknotError):
    """A conversation file cannot be read or did not go as written."""
