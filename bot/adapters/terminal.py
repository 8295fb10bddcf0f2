"""The same conversation in a terminal: typed or on a pipe, as text or as JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from bot.adapters.plain_text import labels, plain
from bot.adapters.session import Session
from bot.core.countdown import Countdown
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
    sleep: Callable[[float], None] = time.sleep

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
                if self.source.isatty():
                    self._count_through(runner, session, replies)
        return problems

    def _count_through(
        self, runner: asyncio.Runner, session: Session, replies: Sequence[Reply]
    ) -> None:
        """Count on the screen what is to be counted; Ctrl+C is the Pause button."""
        while replies and replies[-1].countdown is not None:
            countdown = replies[-1].countdown
            try:
                self.count(countdown)
            except KeyboardInterrupt:
                pause = replies[-1].buttons[0][0].label
                replies = runner.run(session.say(f"[{pause}]"))
            else:
                replies = runner.run(session.counted(countdown.token))
            self._show(replies)

    def count(self, countdown: Countdown) -> None:
        """A bar that fills, a second at a time, with the words of each phase."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[left]}"),
        )
        console = Console(file=self.out, force_terminal=self.source.isatty())
        with Progress(*columns, console=console, auto_refresh=False) as progress:
            task = progress.add_task("", total=countdown.seconds, left="")
            for second in range(countdown.spent, countdown.seconds):
                _, phase, bar, _ = countdown.lines_at(second)
                left = bar.rpartition(" ")[2]
                progress.update(task, completed=second, description=phase, left=left)
                progress.refresh()
                self.sleep(1)
            progress.update(task, completed=countdown.seconds, left="")

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
