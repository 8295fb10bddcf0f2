"""Pictures of the stretches: a still (PNG) and a looped animation (GIF), light or dark.

The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.adapters.pictures.artist import Artist
from bot.adapters.pictures.palette import DARK, LIGHT, Colour, Palette
from bot.core.errors import UnknotError
from bot.core.figures import still
from bot.core.knowledge import Figure, Knowledge

STILL, MOVING = (640, 480), (560, 420)
LARGEST_FILE = 300_000  # bytes, so that it loads at once on a slow phone
COLOURS = (64, 48, 32)


@dataclass(frozen=True)
class Pictures:
    """Draws the figures of a knowledge base."""

    knowledge: Knowledge

    def still(self, stretch: str, *, dark: bool = False) -> bytes:
        """The key pose of a stretch, as PNG."""
        figure, palette = self._figure(stretch), DARK if dark else LIGHT
        return _png(Artist.still(figure, palette, STILL, self._names()))

    def animation(self, stretch: str, *, dark: bool = False) -> bytes:
        """The movement, as a looped GIF; in fewer colours when it would be too large."""
        figure, palette = self._figure(stretch), DARK if dark else LIGHT
        artist = Artist(figure, palette, MOVING, self._names())
        sample = artist.picture(max(still(figure), key=lambda frame: frame.felt))
        images = [artist.picture(frame) for frame in artist.moments]
        lengths = [round(frame.seconds * 100) * 10 for frame in artist.moments]
        for colours in COLOURS:
            few = few_colours(sample, colours, palette)
            drawn = _gif([flat(image, few) for image in images], lengths)
            if len(drawn) <= LARGEST_FILE:
                return drawn
        raise UnknotError(
            f"figures/{stretch}.yaml: the animation has {len(drawn):,} bytes, more than"
            f" {LARGEST_FILE:,}; make its movements shorter"
        )

    def _figure(self, stretch: str) -> Figure:
        for figure in self.knowledge.figures:
            if figure.id == stretch:
                return figure
        known = ", ".join(figure.id for figure in self.knowledge.figures)
        raise UnknotError(f"{stretch}: there is no such figure; choose from {known}")

    def _names(self) -> dict[str, str]:
        texts = self.knowledge.texts
        return {"right": texts["figure_right"], "left": texts["figure_left"]}


def written(pictures: Pictures, names: Sequence[str], folder: Path) -> Iterator[tuple[Path, int]]:
    """Write stills and animations, light and dark; yields each file and its size."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or [figure.id for figure in pictures.knowledge.figures]:
        for dark in (False, True):
            shade = "-dark" if dark else ""
            for ending, draw in (("png", pictures.still), ("gif", pictures.animation)):
                file = folder / f"{name}{shade}.{ending}"
                yield file, file.write_bytes(draw(name, dark=dark))


def flat(image: Image.Image, few: Image.Image) -> Image.Image:
    """The image in the few colours of another."""
    return image.quantize(palette=few, dither=Image.Dither.NONE)


def few_colours(sample: Image.Image, colours: int, palette: Palette) -> Image.Image:
    """Few colours: the palette's own unchanged, and the blends at edges as in a sample."""
    exact = palette.colours()
    table = sample.quantize(colours - len(exact), method=Image.Quantize.MEDIANCUT).getpalette()
    found = zip(*[iter(table or [])] * 3, strict=True)
    # Pillow looks colours up in steps of 8: a blend that close would take the place of an own one.
    blends = [(r, g, b) for r, g, b in found if min(_apart((r, g, b), c) for c in exact) > 8]
    few = Image.new("P", (1, 1))
    few.putpalette([value for colour in (*exact, *blends) for value in colour])
    return few


def _apart(a: Colour, b: Colour) -> int:
    return max(abs(p - q) for p, q in zip(a, b, strict=True))


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _gif(images: Sequence[Image.Image], lengths: Sequence[int]) -> bytes:
    out = BytesIO()
    # optimize: what does not change from one frame to the next is left out.
    images[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=list(lengths),
        loop=0,
        optimize=True,
        disposal=1,
    )
    return out.getvalue()
