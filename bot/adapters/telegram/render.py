"""Replies to Bot API texts: HTML from one escaping builder, Telegram's lengths, keyboards."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from bot.core.messages import Kind, Line, Reply

# Telegram counts UTF-16 units after parsing and refuses more than 4096; room is left for marks.
LONGEST_MESSAGE = 3900
LONGEST_CAPTION = 1020  # of 1024


class Shared(NamedTuple):
    """What a link to share needs: the bot's name and the words on the button."""

    bot: str
    label: str


@dataclass(frozen=True, slots=True)
class Message:
    """One Bot API message: the same text as HTML and as plain words, and its keyboard as JSON."""

    html: str
    plain: str
    keyboard: str | None


def messages(reply: Reply, shared: Shared | None = None) -> list[Message]:
    """The reply as one message, or as several if it is too long; the last has the buttons."""
    parts = list(_parts(reply.lines))
    return [
        Message(
            _html(part), _plain(part), keyboard(reply, shared) if place == len(parts) - 1 else None
        )
        for place, part in enumerate(parts)
    ]


def caption(reply: Reply, shared: Shared | None = None) -> Message | None:
    """The reply as words below a picture; None when they are too long for that."""
    if units(_plain(reply.lines)) > LONGEST_CAPTION:
        return None
    return Message(_html(reply.lines), _plain(reply.lines), keyboard(reply, shared))


def keyboard(reply: Reply, shared: Shared | None = None) -> str | None:
    """The reply's buttons; PTB's classes for them take a tenth of the time of a whole turn."""
    rows = [
        [{"text": button.label, "callback_data": button.token} for button in row]
        for row in reply.buttons
    ]
    if reply.share is not None and shared is not None:
        link = quote(f"https://t.me/{shared.bot}?start={reply.share}", safe="")
        rows.append([{"text": shared.label, "url": f"https://t.me/share/url?url={link}"}])
    if not rows:
        return None
    return json.dumps({"inline_keyboard": rows}, ensure_ascii=False)


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def _parts(lines: Iterable[Line]) -> Iterator[list[Line]]:
    part: list[Line] = []
    length = 0
    for line in (piece for whole in lines for piece in _pieces(whole)):
        cost = units(line.text) + 8
        if part and length + cost > LONGEST_MESSAGE:
            yield part
            part, length = [], 0
        part.append(line)
        length += cost
    yield part


def _pieces(line: Line) -> Iterator[Line]:
    text = line.text
    while units(text) > LONGEST_MESSAGE - 100:
        cut = text.rfind(" ", 0, (LONGEST_MESSAGE - 100) // 2)
        cut = cut if cut > 0 else (LONGEST_MESSAGE - 100) // 2
        yield Line(line.kind, text[:cut], line.number)
        text = text[cut:].lstrip()
    yield Line(line.kind, text, line.number)


def _html(lines: Iterable[Line]) -> str:
    blocks: list[str] = []
    details: list[str] = []
    previous: Kind | None = None
    for line in lines:
        text = html.escape(line.text, quote=False)
        if line.kind is Kind.DETAIL:
            details.append(f"• {text}")
            previous = line.kind
            continue
        blocks += _folded(details)
        details = []
        space = "\n" if blocks and _apart(previous, line.kind) else ""
        blocks.append(space + _marked(line, text))
        previous = line.kind
    blocks += _folded(details)
    return "\n".join(blocks)


def _folded(details: list[str]) -> list[str]:
    """Details fold away in the client, so that a long list is no wall of text."""
    inside = "\n".join(details)
    return [f"<blockquote expandable>{inside}</blockquote>"] if details else []


def _apart(previous: Kind | None, kind: Kind) -> bool:
    """Whether a blank line belongs between two lines: not within a list or under a heading."""
    listed = {Kind.ITEM, Kind.STEP}
    return not (previous in listed and kind in listed) and previous is not Kind.HEADING


def _marked(line: Line, text: str) -> str:
    match line.kind:
        case Kind.TITLE | Kind.HEADING:
            return f"<b>{text}</b>"
        case Kind.ITEM:
            return f"• {text}"
        case Kind.STEP:
            return f"{line.number}. {text}"
        case _:
            return text


def _plain(lines: Iterable[Line]) -> str:
    return "\n".join(_marked(line, line.text) if line.number else line.text for line in lines)
