"""Paints frames of a figure with Pillow: larger first, then scaled down for smooth edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFont

from bot.adapters.pictures.anatomy import Piece, balls, chin_of, pieces, spot
from bot.adapters.pictures.camera import Camera, camera_for
from bot.adapters.pictures.palette import Colour, Palette
from bot.adapters.pictures.shapes import (
    Circle,
    Point,
    around,
    arrow_head,
    cap,
    curve,
    hull,
    rounded,
    shortened,
)
from bot.core.figures import Body, Frame, frames, still
from bot.core.knowledge import Figure
from bot.core.skeleton import RADII, Vector, add, dot, unit

GAP = 1.1  # centimetres of light between limbs that cross
SHADOW, SHADOW_UP_TO = 40, 26.0  # how dark, and up to which height anything casts one
SEAM, STACKED_FROM = 8, 1.2  # between two poses; how much larger they must be to be stacked
SOFT = 12  # steps of glow that look like none
AURA_WIDER, AURA_WEAKER = 1.3, 0.42


Size = tuple[int, int]
Names = Mapping[str, str]


@dataclass
class Artist:
    """Paints frames of one figure in one palette and size.

    `names` are the words right and left; `finer` is how much larger it is painted at first;
    few `glow_steps` keep an animation small.
    """

    figure: Figure
    palette: Palette
    size: Size
    names: Names
    finer: int = 2
    glow_steps: int = 4
    moments: tuple[Frame, ...] = field(init=False)
    camera: Camera = field(init=False)
    backdrop: Image.Image = field(init=False)

    @classmethod
    def still(cls, figure: Figure, palette: Palette, size: Size, names: Names) -> Image.Image:
        """The picture that does not move: two poses stand side by side, or long ones stacked."""
        poses = still(figure)
        width, height = size
        artist = cls(figure, palette, size, names, 3, SOFT)
        if len(poses) == 2:
            beside = cls(figure, palette, ((width - SEAM) // 2, height), names, 3, SOFT)
            stacked = cls(figure, palette, (width, (height - SEAM) // 2), names, 3, SOFT)
            longish = stacked.camera.scale > STACKED_FROM * beside.camera.scale
            artist = stacked if longish else beside
        image = Image.new("RGB", size, palette.ground)
        for place, frame in enumerate(poses):
            across, down = width - artist.size[0], height - artist.size[1]
            image.paste(artist.picture(frame), (across * place, down * place))
        return image

    def __post_init__(self) -> None:
        """Set up the camera, and paint what never moves once."""
        width, height = self.size[0] * self.finer, self.size[1] * self.finer
        self.moments = tuple(frames(self.figure))
        self.camera = camera_for(self.figure, self.moments, (width, height))
        self.backdrop = Image.new("RGB", (width, height), self.palette.ground)
        self._paint_surface()
        self._paint_names()

    def picture(self, frame: Frame) -> Image.Image:
        """The finished picture of a frame."""
        image = self.backdrop.copy()
        self._paint_shadow(image, frame.body)
        found = pieces(frame.body, self.camera, self.palette)
        strength = round(frame.felt * self.glow_steps) / self.glow_steps
        spots = [spot(frame.body, name) for name in frame.spots] if strength else []
        glows = [(names, self.camera.ball(p, radius)) for names, p, radius in spots]
        for _, (x, y, radius) in glows:
            self._paint_glow(image, (x, y, radius * AURA_WIDER), strength * AURA_WEAKER, None)
        painted: set[str] = set()
        for piece in found:
            self._paint(image, piece, painted, frame.body)
            for names, circle in glows:
                if piece.name in names:
                    self._paint_glow(image, circle, strength, piece)
        pen = ImageDraw.Draw(image)
        for arrow in frame.arrows:
            self._paint_arrow(pen, curve([self.camera.at(p) for p in arrow.points]))
        return image.reduce(self.finer)

    def _paint_surface(self) -> None:
        ends = [joint[0] for frame in self.moments for joint in frame.body.joints.values()]
        low, high = min(ends), max(ends)
        middle, colours = ((low + high) / 2, 0.0), self.palette
        if self.figure.surface == "floor":
            self._paint_slab((middle, (70.0, 48.0), 48.0), 0.0, colours.floor)
        elif self.figure.surface == "mat":
            top = (middle, ((high - low) / 2 + 15, 34.0), 9.0)
            self._paint_slab(top, 3.0, colours.mat, colours.mat_edge)
        else:
            self._paint_bed(low)

    def _paint_bed(self, head_end: float) -> None:
        middle, pen, colours = (head_end + 84, 0.0), ImageDraw.Draw(self.backdrop), self.palette
        self._paint_slab((middle, (102.0, 73.0), 3.0), 34.0, colours.wood)
        board = [(head_end - 18, y, z) for y in (-30.0, 34.0) for z in (-70.0, 70.0)]
        self._paint_cushion(pen, board, 3.0, colours.wood)
        self._paint_slab((middle, (99.0, 70.0), 8.0), 18.0, colours.sheet, colours.sheet_edge)
        pillow = [(head_end + x, 1.5, z) for x in (-2.0, 26.0) for z in (-27.0, 27.0)]
        self._paint_cushion(pen, pillow, 7.0, colours.sheet_edge)
        self._paint_cushion(pen, [(x, y + 2, z) for x, y, z in pillow], 6.0, colours.pillow)

    def _paint_cushion(
        self, pen: ImageDraw.ImageDraw, corners: Sequence[Vector], radius: float, colour: Colour
    ) -> None:
        pen.polygon(around([self.camera.ball(p, radius) for p in corners]), fill=colour)

    def _paint_slab(
        self,
        top: tuple[Point, Point, float],
        thick: float,
        colour: Colour,
        edge: Colour | None = None,
    ) -> None:
        pen, see = ImageDraw.Draw(self.backdrop), self.camera.at
        plate = [(x, 0.0, z) for x, z in rounded(*top)]
        low = [(x, -thick, z) for x, _, z in plate]
        pen.polygon(hull([see(p) for p in (*low, *plate)]), fill=edge or colour)
        pen.polygon([see(p) for p in plate], fill=colour)

    def _paint_names(self) -> None:
        pen = ImageDraw.Draw(self.backdrop)
        font = ImageFont.load_default(size=max(self.size) * self.finer * 0.032)
        for side, place in self.figure.names.items():
            x, y = self.camera.at(place)
            pen.text((x, y), self.names[side], self.palette.word, font=font, anchor="mm")

    def _paint_shadow(self, image: Image.Image, body: Body) -> None:
        mask = Image.new("L", image.size, 0)
        pen = ImageDraw.Draw(mask)
        for group in balls(body):
            if min(y - radius for (_, y, _), radius in group) > SHADOW_UP_TO:
                continue
            ground = around([(x, z, radius) for (x, _, z), radius in group])
            pen.polygon([self.camera.at((x, 0.0, z)) for x, z in ground], fill=SHADOW)
        box = mask.getbbox()
        if box:
            image.paste(self.palette.shadow, box, mask.crop(box))

    def _paint(self, image: Image.Image, piece: Piece, painted: set[str], body: Body) -> None:
        pen, gap = ImageDraw.Draw(image), GAP * self.camera.scale
        for circles, _ in piece.outlines:
            wider = [
                (x, y, r if place == piece.bare else r + gap)
                for place, (x, y, r) in enumerate(circles)
            ]
            pen.polygon(around(wider), fill=self.palette.gap)
        for circles, colour in piece.outlines:
            pen.polygon(around(circles), fill=colour)
        if piece.joint and piece.joined in painted:
            pen.polygon(around(piece.joint[0]), fill=piece.joint[1])
        if piece.name == "head":
            self._paint_face(pen, body)
        painted.add(piece.name)

    def _paint_face(self, pen: ImageDraw.ImageDraw, body: Body) -> None:
        axes, camera, colours = body.head, self.camera, self.palette
        x, y, r = camera.ball(body.joints["head"], RADII["head"] * 1.04)
        back = unit(axes.place((0.0, 0.0, 0.0), 0, 0.85, -0.62))
        seen = (dot(back, camera.right), -dot(back, camera.up), dot(back, camera.toward))
        outline, covers = cap(seen, 0.1)
        part = [(x + u * r, y + v * r) for u, v in outline]
        if not covers:
            pen.ellipse((x - r, y - r, x + r, y + r), fill=colours.hair)
            pen.polygon(part, fill=colours.skin)
            if dot(axes.front, camera.toward) > 0:
                pen.polygon(around([camera.ball(chin_of(body), 6.2)]), fill=colours.skin)
        elif len(part) > 2:
            pen.polygon(part, fill=colours.hair)
        for side in (1, -1):
            look = unit(axes.place((0.0, 0.0, 0.0), side * 0.42, 0.02, 0.9))
            if dot(look, camera.toward) > 0.2:
                ex, ey, er = camera.ball(add(body.joints["head"], look, 10.0), 1.25)
                pen.ellipse((ex - er, ey - er, ex + er, ey + er), fill=colours.eye)

    def _paint_glow(
        self, image: Image.Image, circle: Circle, strength: float, on: Piece | None
    ) -> None:
        x, y, r = circle
        left, top = round(x - r), round(y - r)
        mask = _soft(round(2 * r), strength, self.glow_steps)
        if on is not None:
            clip = Image.new("L", mask.size, 0)
            pen = ImageDraw.Draw(clip)
            for circles, _ in on.outlines:
                pen.polygon(around([(u - left, v - top, w) for u, v, w in circles]), fill=255)
            mask = ImageChops.multiply(mask, clip)
        image.paste(self.palette.glow, (left, top), mask)

    def _paint_arrow(self, pen: ImageDraw.ImageDraw, line: Sequence[Point]) -> None:
        size = max(self.size) * self.finer * 0.027
        shaft, head = shortened(line, size * 0.8), arrow_head(line, size)
        for colour, more in ((self.palette.gap, size * 0.13), (self.palette.arrow, 0.0)):
            half = size * 0.18 + more
            for a, b in pairwise(shaft):
                pen.polygon(around([(*a, half), (*b, half)]), fill=colour)
            pen.polygon(around([(*corner, size * 0.12) for corner in head], more), fill=colour)


@lru_cache(maxsize=128)
def _soft(size: int, strength: float, steps: int) -> Image.Image:
    """A round patch of light in even steps, strongest in the middle."""

    def step(distance: int) -> int:
        light = max(0.0, min(1.0, (180 - distance) / 130))
        return round(255 * strength * round(light * steps) / steps)

    return Image.radial_gradient("L").resize((size, size)).point(step)
