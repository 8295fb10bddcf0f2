"""Events in, replies out. Every event carries its moment; nothing in the core reads a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.core.countdown import Countdown
from bot.core.knowledge import Outcome


@dataclass(frozen=True, slots=True)
class Text:
    """A typed message."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Edited:
    """An earlier message, changed: read for danger, never taken as an answer."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """A tap on a button, by the token that the button carried."""

    at: datetime
    token: str


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command without its slash."""

    at: datetime
    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A sticker, voice message, photo or the like, with whatever caption it had."""

    at: datetime
    kind: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The time zone (IANA name) that a shared location lies in; where it was is not told."""

    at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A count has come to its end on the person's screen; `token` names session and stretch."""

    at: datetime
    token: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock says that this person may be due for something."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Blocked:
    """The person blocked the bot, or (`blocked` false) let it in again."""

    at: datetime
    blocked: bool


Event = Text | Edited | Press | Command | Attachment | Place | Counted | Tick | Blocked


class Kind(StrEnum):
    """What a line of a message is; each channel renders it in its own way."""

    TITLE = "title"
    TEXT = "text"
    HEADING = "heading"
    ITEM = "item"
    STEP = "step"
    NOTE = "note"
    DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message: plain words and what they are, no markup. `number` 0 is none."""

    kind: Kind
    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its token (`session.question.option`, at most 64 bytes) and its words."""

    token: str
    label: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file that goes with a reply: text, and as a PDF page the sections that it is made of."""

    name: str
    text: str
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One routine in a chart: pain before and after it, 0 to 10, and how far it reached."""

    day: date
    before: int | None = None
    after: int | None = None
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Routines over time, with all the words of the picture.

    `marks` are days on which the routine changed; `reaches` names the steps of the lower part,
    `months` the months.
    """

    title: str
    before: str
    after: str
    reach: str
    reaches: tuple[str, ...]
    months: tuple[str, ...]
    points: tuple[Point, ...]
    marks: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the person, the same for every channel.

    `key` names its text, `question` is set while an answer is awaited, `edit` lets it take the
    place of the message whose button was pressed, `safety` marks what must not be lost, `silent`
    comes without a sound. `picture` is the stretch to be shown with it, `dark` in dark
    colours. `share` is what a link to it
    holds. `countdown` is to be
    counted on the screen; `halts` ends one that runs.
    """

    key: str
    lines: tuple[Line, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    question: str | None = None
    outcome: Outcome | None = None
    stretches: tuple[str, ...] = ()
    edit: bool = False
    safety: bool = False
    reminder: bool = False
    documents: tuple[Document, ...] = ()
    silent: bool = False
    picture: str | None = None
    dark: bool = False
    share: str | None = None
    countdown: Countdown | None = None
    chart: Chart | None = None
    halts: bool = False
