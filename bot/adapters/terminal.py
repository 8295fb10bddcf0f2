"""The same conversation in a terminal: typed or on a pipe, as text or as JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from bot.adapters.plain_text import labels, plain
from bot.adapters.session import Session
from bot.core.errors import ConversationError
from bot.core.messages import Reply

PROMPT = "> "
BELONGS_TO_CHAT = (
    "Write as you would in a chat. [Label] or a number presses a button. Ctrl+D ends."
)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Reads lines, prints replies."""

    source: TextIO
    out: TextIO
    as_json: bool = False

    def run(self, session: Session, zone: str | None) -> int:
        """Talk until the input ends. Returns 1 if a line could not be carried out, else 0."""
        problems = 0
        with asyncio.Runner() as runner:
            runner.run(session.begin(zone))
            for line in self._lines():
                try:
                    replies = runner.run(session.say(line))
                except ConversationError as error:
                    problems = 1
                    self._complain(str(error))
                    continue
                self._show(replies)
        return problems

    def _lines(self) -> Iterator[str]:
        if not self.source.isatty():
            yield from self._piped()
            return
        self._print(BELONGS_TO_CHAT)
        yield "/start"
        while True:
            try:
                line = input(PROMPT).strip()
            except (EOFError, KeyboardInterrupt):
                self._print("")
                return
            if line:
                yield line

    def _piped(self) -> Iterator[str]:
        for raw in self.source:
            line = raw.rstrip("\r\n")
            if line.strip():
                if not self.as_json:
                    self._print(f"{PROMPT}{line}")
                yield line

    def _show(self, replies: Iterable[Reply]) -> None:
        for reply in replies:
            self._print(json.dumps(as_json(reply)) if self.as_json else as_text(reply))

    def _complain(self, text: str) -> None:
        self._print(json.dumps({"error": text}) if self.as_json else f"({text})")

    def _print(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()


def as_text(reply: Reply) -> str:
    """A reply with its buttons below, and a blank line after it."""
    rows = ["  " + "  ".join(f"[{button.label}]" for button in row) for row in reply.buttons]
    files = [document.text for document in reply.documents]
    return "\n".join([plain(reply), *rows, *files, ""])


def as_json(reply: Reply) -> dict[str, object]:
    """A reply as a program wants it."""
    return {
        "key": reply.key,
        "text": plain(reply),
        "question": reply.question,
        "buttons": labels(reply),
        "outcome": reply.outcome,
        "stretches": list(reply.stretches),
    }


def standard(*, as_json: bool) -> Terminal:
    """The terminal of this process."""
    return Terminal(sys.stdin, sys.stdout, as_json)
