"""Draws docs/conversation.svg from a real conversation: `python docs/conversation.py`.

The bot's words and buttons are those of the running program; only long lists are cut.
"""

from __future__ import annotations

import asyncio
import base64
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.adapters.memory_store import MemoryStore
from bot.adapters.pictures.pictures import Pictures
from bot.adapters.session import MovableClock, Session
from bot.app import dialogue
from bot.core.messages import Kind, Reply

LEFT = ("/country Germany", "back spasm since this morning, and no feeling when i wipe")
BELOW = ("/start", "what if my legs go numb later?")
RIGHT = (
    *("/start", "[Agree and start]", "[Lifting, bending or twisting]", "none", "none"),
    *("[Today or yesterday]", "none", "none", "6", "[I cannot get out of bed]", "none"),
    *("[Bending or curling up]", "[Low back]", "[5 minutes]"),
)
WIDTH, COLUMN, LINE, CHARACTERS = 900, 430, 17, 54
MOST_LINES, MOST_DETAILS = 28, 2
PICTURE = 268  # height of a picture above a message


@dataclass(frozen=True)
class Bubble:
    """One message: lines with a weight, its buttons, and whose it is."""

    lines: tuple[tuple[str, bool], ...]
    buttons: tuple[tuple[str, ...], ...]
    mine: bool
    picture: str | None = None


def main() -> None:
    """Write the picture beside this file."""
    left = asyncio.run(_played(LEFT))[2:] + asyncio.run(_played(BELOW))[2:4]
    right = asyncio.run(_played(RIGHT))
    left += asyncio.run(_played((*RIGHT, "[Start counting]")))[-2:]
    columns = [_column(left, 10), _column(right[-3:], WIDTH // 2 + 5)]
    height = max(bottom for _, bottom in columns) + 10
    body = "".join(part for part, _ in columns)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="Verdana, DejaVu Sans, sans-serif" '
        f'font-size="12.5" role="img" aria-label="Two conversations with Unknot">'
        f'<rect width="{WIDTH}" height="{height}" rx="12" fill="#dfe7ee"/>{body}</svg>\n'
    )
    Path(__file__).with_suffix(".svg").write_text(svg, encoding="utf-8")


async def _played(lines: Sequence[str]) -> list[Bubble]:
    clock = MovableClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    session = Session(dialogue(), MemoryStore(), clock)
    bubbles = []
    for line in lines:
        bubbles.append(Bubble(((line.strip("[]"), False),), (), mine=True))
        bubbles += [_bubble(reply) for reply in await session.say(line)]
    return bubbles


def _bubble(reply: Reply) -> Bubble:
    lines: list[tuple[str, bool]] = []
    details = [line for line in reply.lines if line.kind is Kind.DETAIL]
    for line in reply.lines:
        if line in details[MOST_DETAILS:]:
            continue  # folded away in Telegram as well
        bold = line.kind in {Kind.TITLE, Kind.HEADING}
        mark = (
            f"{line.number}. " if line.number else "• " * (line.kind in {Kind.ITEM, Kind.DETAIL})
        )
        for part in textwrap.wrap(mark + line.text, CHARACTERS):
            lines.append((part, bold))
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], ("…", False)]
    rows = tuple(tuple(button.label for button in row) for row in reply.buttons)
    return Bubble(tuple(lines), rows, mine=False, picture=reply.picture)


def _column(bubbles: Sequence[Bubble], x: int) -> tuple[str, int]:
    y, parts = 12, []
    for bubble in bubbles:
        height = len(bubble.lines) * LINE + 14
        width = COLUMN if not bubble.mine else 30 + max(len(t) for t, _ in bubble.lines) * 7
        left = x if not bubble.mine else x + COLUMN - width
        colour = "#c9f0c4" if bubble.mine else "#ffffff"
        box = f'x="{left}" y="{y}" width="{width}" height="{height}"'
        if bubble.picture is not None:
            parts.append(_picture(bubble.picture, x, y))
            y += PICTURE + 4
            box = f'x="{left}" y="{y}" width="{width}" height="{height}"'
        parts.append(f'<rect {box} rx="9" fill="{colour}"/>')
        parts += _words(bubble.lines, left + 11, y + 20)
        y += height + 5
        for row in bubble.buttons:
            parts += _buttons(row, x, y)
            y += 30
        y += 7
    return "".join(parts), y


def _picture(stretch: str, x: int, y: int) -> str:
    """The still of a stretch, inside the file itself."""
    still = Pictures(dialogue().book.knowledge).still(stretch)
    image = Image.open(BytesIO(still)).convert("RGB").resize((2 * COLUMN, 2 * PICTURE + 110))
    out = BytesIO()
    cut = image.crop((0, 55, 2 * COLUMN, 2 * PICTURE + 55))
    cut.quantize(48).save(out, "PNG", optimize=True)
    data = base64.b64encode(out.getvalue()).decode()
    return (
        f'<image x="{x}" y="{y}" width="{COLUMN}" height="{PICTURE}" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _words(lines: Sequence[tuple[str, bool]], x: int, y: int) -> Iterator[str]:
    for place, (text, bold) in enumerate(lines):
        weight = ' font-weight="bold"' if bold else ""
        yield f'<text x="{x}" y="{y + place * LINE}"{weight} fill="#16212b">{escape(text)}</text>'


def _buttons(row: Sequence[str], x: int, y: int) -> Iterator[str]:
    width = (COLUMN - 5 * (len(row) - 1)) / len(row)
    for place, label in enumerate(row):
        left = x + place * (width + 5)
        box = f'x="{left:.0f}" y="{y}" width="{width:.0f}" height="26"'
        yield f'<rect {box} rx="7" fill="#4f7391"/>'
        yield (
            f'<text x="{left + width / 2:.0f}" y="{y + 17}" text-anchor="middle" '
            f'fill="#ffffff">{escape(label)}</text>'
        )


if __name__ == "__main__":
    main()
