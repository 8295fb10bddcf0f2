"""All that is drawn for a person: moving stretches, charts, pages for clinicians."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.adapters.pictures.pictures import Pictures
from bot.core.knowledge import Knowledge
from bot.core.messages import Chart

DRAWN_AS = 1  # counted up when the drawing itself changes, so that pictures are uploaded anew


class Studio:
    """Draws by the figures of a knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Nothing is drawn yet."""
        self._pictures = Pictures(knowledge)
        self._marks = {
            figure.id: hashlib.sha256(f"{DRAWN_AS} {figure!r}".encode()).hexdigest()[:16]
            for figure in knowledge.figures
        }

    def key(self, stretch: str, *, dark: bool) -> str:
        """A name for this very picture: another one when its figure has changed."""
        shade = "dark" if dark else "light"
        return f"{stretch}-{shade}-{self._marks.get(stretch, '')}"

    def animation(self, stretch: str, dark: bool) -> bytes:
        """The movement of a stretch as a looped GIF; UnknotError when there is no figure."""
        return self._pictures.animation(stretch, dark=dark)

    def chart(self, chart: Chart) -> bytes:
        """A chart as PNG."""
        from bot.adapters.pictures.chart import png

        return png(chart)

    def page(self, title: str, sections: Sequence[tuple[str, tuple[str, ...]]]) -> bytes:
        """A page as PDF."""
        from bot.adapters.pictures.page import pdf

        return pdf(title, sections)
