"""Pictures, charts and pages that go with replies. A picture is uploaded once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass

from bot.core.messages import Chart, Document
from bot.ports import Studio

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is sent: a file id of Telegram, or the bytes; `key` names it for the next time."""

    key: str
    content: bytes | str


class Enclosures:
    """Asks the studio, apart from the loop, and remembers what Telegram has already."""

    def __init__(self, studio: Studio | None, known: MutableMapping[str, str]) -> None:
        """`known` keeps Telegram's file ids by our keys; no studio, no pictures."""
        self._studio = studio
        self._known = known

    async def picture(self, stretch: str, *, dark: bool) -> Picture | None:
        """The moving picture of a stretch; None when there is none, or it cannot be made."""
        if self._studio is None:
            return None
        key = self._studio.key(stretch, dark=dark)
        if key in self._known:
            return Picture(key, self._known[key])
        content = await self._made(self._studio.animation, stretch, dark)
        return None if content is None else Picture(key, content)

    async def chart(self, chart: Chart) -> bytes | None:
        """A chart as a picture."""
        return None if self._studio is None else await self._made(self._studio.chart, chart)

    async def content(self, document: Document) -> bytes | None:
        """The bytes of a document: its text, or the page that its sections make."""
        if not document.sections:
            return document.text.encode()
        if self._studio is None:
            return None
        return await self._made(self._studio.page, document.text, document.sections)

    def keep(self, key: str, file_id: str) -> None:
        """Telegram has the picture from now on."""
        self._known[key] = file_id

    def forget(self, key: str) -> None:
        """Telegram does not know the file id any more."""
        self._known.pop(key, None)

    @staticmethod
    async def _made(make: Callable[..., bytes], *given: object) -> bytes | None:
        try:
            return await asyncio.to_thread(make, *given)
        except Exception:
            # Whatever goes wrong in a drawing library, the words go out.
            log.exception("picture_not_made")
            return None
