"""Conversation files: plain text that a clinician can read, run against the bot.

Title, which is the test's name
source: girft_ces
at: Monday 2 March 2026, 09:00, Europe/Berlin
also: telegram

begin: all_clear                 the inputs of beginnings/all_clear.txt, unchecked
you: /start                      [Label] presses a button, (voice) sends something,
                                 [location: Europe/Berlin] shares a location
bot: ... numbness ... [Yes] [No] [...]
  a bot line may go on, indented; ... stands for anything, [...] for any further buttons
bot 5 times: Time for ... [...]  five messages that fit
outcome: emergency_go            one of the replies of this turn states this outcome
wait: 1 day
restart                          the state is written out and read back
never: Cat and camel             no reply of the whole file holds these words
never: stretches                 no reply of the whole file shows a stretch
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.adapters.memory_store import MemoryStore
from bot.adapters.plain_text import labels, plain
from bot.adapters.session import MovableClock, Session
from bot.core.dialogue import Dialogue
from bot.core.errors import ConversationError
from bot.core.messages import Reply

_AT = re.compile(r"(?:\w+ )?(\d{1,2} \w+ \d{4}), (\d{1,2}:\d{2}), (\S+)")
_BUTTON = re.compile(r"\[([^\[\]]+)\]")
_TIMES = re.compile(r"bot (\d{1,3}) times")
_KEYWORDS = ("you", "bot", "wait", "restart", "never", "outcome", "begin")


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as the user sees it, whatever the channel."""

    text: str
    buttons: tuple[str, ...]
    outcome: str | None = None
    stretches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a conversation, with its place."""

    line: int
    keyword: str
    text: str
    last_line: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation file."""

    file: Path
    title: str
    source: str
    at: datetime
    zone: str
    also: tuple[str, ...]
    entries: tuple[Entry, ...]
    never: tuple[str, ...] = ()


Say = Callable[[str], Awaitable[Sequence[Seen]]]
"""Takes one input line (or `restart`) and gives what the user sees."""


@dataclass(slots=True)
class _Turn:
    """The replies to one input, and how many of them the file has accounted for."""

    replies: list[Seen] = field(default_factory=list)
    used: int = 0


def parse(file: Path) -> Conversation:
    """Read a file; raises ConversationError with file and line."""
    lines = _lines(file)
    header: dict[str, str] = {}
    places: dict[str, int] = {}
    entries: list[Entry] = []
    for number, raw in enumerate(lines[1:], 2):
        line = raw.rstrip()
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("  ") and entries and entries[-1].keyword == "bot":
            last = entries[-1]
            entries[-1] = Entry(last.line, "bot", f"{last.text} {line.strip()}", number)
            continue
        keyword, _, rest = line.partition(":")
        keyword, rest = keyword.strip(), rest.strip()
        often = _TIMES.fullmatch(keyword)
        if often:
            entries += [Entry(number, "bot", rest, number)] * int(often.group(1))
            continue
        if keyword in {"source", "at", "also"} and not entries:
            header[keyword], places[keyword] = rest, number
        elif keyword in _KEYWORDS:
            entries.append(Entry(number, keyword, rest, number))
        else:
            raise ConversationError(
                f"{file.name}:{number}: begins with none of {', '.join(_KEYWORDS)}; correct it"
            )
    if "source" not in header:
        raise ConversationError(f"{file.name}:2: source: is missing; name an id of sources.yaml")
    at, zone = _moment(
        f"{file.name}:{places.get('at', 1)}", header.get("at", "2 March 2026, 09:00, UTC")
    )
    also = tuple(part.strip() for part in header.get("also", "").split(",") if part.strip())
    never = tuple(entry.text for entry in entries if entry.keyword == "never")
    return Conversation(
        file, lines[0].strip(), header["source"], at, zone, also, tuple(entries), never
    )


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConversationError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConversationError(f"{file}:1: is not UTF-8; save it as UTF-8") from None


def _moment(place: str, text: str) -> tuple[datetime, str]:
    found = _AT.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        day, clock, zone = found.groups()
        local = datetime.strptime(f"{day} {clock} +0000", "%d %B %Y %H:%M %z")
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), zone
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise ConversationError(
            f"{place}: at: {text!r} is not like `Monday 2 March 2026, 09:00, Europe/Berlin`"
        ) from None


async def run(conversation: Conversation, say: Say) -> list[str]:
    """Play a conversation; returns every place where it does not go as written."""
    problems: list[str] = []
    turn = _Turn()

    def place(entry: Entry) -> str:
        return f"{conversation.file.name}:{entry.line}"

    def leftover(entry: Entry) -> None:
        for seen in turn.replies[turn.used :]:
            problems.append(f"{place(entry)}: before this, the bot also said: {shown(seen)}")

    for entry in conversation.entries:
        match entry.keyword:
            case "you" | "wait" | "restart" | "begin":
                leftover(entry)
                try:
                    turn = _Turn(list(await _played(conversation, entry, say)))
                except ConversationError as error:
                    problems.append(f"{place(entry)}: {error}")
                    return problems
                problems += _forbidden(conversation, entry, turn.replies)
                if entry.keyword == "begin":
                    turn.used = len(turn.replies)
            case "bot":
                if turn.used >= len(turn.replies):
                    problems.append(f"{place(entry)}: the bot said nothing more")
                    continue
                seen = turn.replies[turn.used]
                turn.used += 1
                if not matches(entry.text, seen):
                    problems.append(f"{place(entry)}: the bot said instead: {shown(seen)}")
            case "outcome":
                if not any(seen.outcome == entry.text for seen in turn.replies):
                    stated = [seen.outcome for seen in turn.replies if seen.outcome]
                    problems.append(f"{place(entry)}: outcome is {stated or 'not stated'}")
            case _:
                pass
    if conversation.entries:
        leftover(conversation.entries[-1])
    return problems


async def _played(conversation: Conversation, entry: Entry, say: Say) -> Sequence[Seen]:
    if entry.keyword == "begin":
        roots = [p for p in conversation.file.parents if (p / "beginnings").is_dir()]
        if not roots:
            raise ConversationError("there is no folder `beginnings` above this file")
        start = parse(roots[0] / "beginnings" / f"{entry.text}.txt")
        seen: list[Seen] = []
        for line in start.entries:
            if line.keyword in {"you", "wait", "restart", "begin"}:
                seen += await _played(start, line, say)
        return seen
    if entry.keyword == "wait":
        return await say(f"wait: {entry.text}")
    return await say("restart" if entry.keyword == "restart" else entry.text)


def _forbidden(conversation: Conversation, entry: Entry, replies: Sequence[Seen]) -> list[str]:
    problems = []
    for words in conversation.never:
        for seen in replies:
            shows = bool(seen.stretches) if words == "stretches" else words in seen.text
            if shows:
                problems.append(
                    f"{conversation.file.name}:{entry.line}: never {words!r}, but: {shown(seen)}"
                )
    return problems


def matches(pattern: str, seen: Seen) -> bool:
    """Whether a message is as a bot line says."""
    wanted = _BUTTON.findall(pattern)
    words = _BUTTON.sub("", pattern).split("...")
    regex = ".*".join(re.escape(" ".join(part.split())) for part in words)
    # Spaces at the edge of an ellipsis are part of what it stands for.
    text = re.fullmatch(regex.replace(r"\ .*", ".*").replace(r".*\ ", ".*"), _flat(seen.text))
    if text is None:
        return False
    if wanted and wanted[-1] == "...":
        return list(seen.buttons[: len(wanted) - 1]) == wanted[:-1]
    return list(seen.buttons) == wanted


def _flat(text: str) -> str:
    return " ".join(text.split())


def shown(seen: Seen) -> str:
    """A message on one line, as a bot line would write it."""
    return " ".join([_flat(seen.text), *(f"[{label}]" for label in seen.buttons)])


def seen_of(reply: Reply) -> Seen:
    """A reply as the user of the terminal sees it."""
    return Seen(plain(reply), tuple(labels(reply)), reply.outcome, reply.stretches)


def player(dialogue: Dialogue, conversation: Conversation) -> Say:
    """Plays on the pure core, with a memory store that holds JSON text only."""
    store, clock = MemoryStore(), MovableClock(conversation.at)
    session = Session(dialogue, store, clock)
    begun = False

    async def say(line: str) -> Sequence[Seen]:
        nonlocal session, begun
        if not begun:
            begun = True
            if conversation.zone != "UTC":
                await session.begin(conversation.zone)
        if line == "restart":
            session = session.restarted(dialogue, store, clock)
            return []
        return [seen_of(reply) for reply in await session.say(line)]

    return say


def replay_file(dialogue: Dialogue, file: Path, *, accept: bool = False) -> list[str]:
    """Run one file on the pure core; with `accept`, rewrite the bot's lines that do not fit."""
    try:
        conversation = parse(file)
        if accept:
            asyncio.run(_accept(dialogue, conversation))
            conversation = parse(file)
        return asyncio.run(run(conversation, player(dialogue, conversation)))
    except ConversationError as error:
        return [str(error)]


async def _accept(dialogue: Dialogue, conversation: Conversation) -> None:
    lines = conversation.file.read_text(encoding="utf-8").splitlines()
    say = player(dialogue, conversation)
    written: list[str] = []
    at = 0
    waiting: list[Seen] = []
    for entry in conversation.entries:
        gap = lines[at : entry.line - 1]
        if entry.keyword in {"you", "wait", "restart", "begin"}:
            written += [_as_line(seen) for seen in waiting]
            try:
                waiting = list(await _played(conversation, entry, say))
            except ConversationError as error:
                place = f"{conversation.file.name}:{entry.line}"
                raise ConversationError(f"{place}: {error}") from None
            if entry.keyword == "begin":
                waiting = []
            written += gap + lines[entry.line - 1 : entry.last_line]
        elif entry.keyword == "bot":
            written += gap
            if waiting:
                seen = waiting.pop(0)
                kept = lines[entry.line - 1 : entry.last_line]
                written += kept if matches(entry.text, seen) else [_as_line(seen)]
        else:
            written += gap + lines[entry.line - 1 : entry.last_line]
        at = entry.last_line
    written += [_as_line(seen) for seen in waiting]
    conversation.file.write_text("\n".join(written + lines[at:]) + "\n", encoding="utf-8")


def _as_line(seen: Seen) -> str:
    first = seen.text.splitlines()
    text = "\n  ".join(part for part in first if part.strip())
    buttons = " ".join(f"[{label}]" for label in seen.buttons)
    return f"bot: {text}" + (f"\n  {buttons}" if buttons else "")
