"""Draws one frame of a figure with Pillow: twice as large, then scaled down for smooth edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import cos, pi, radians, sin

from PIL import Image, ImageChops, ImageDraw

from bot.adapters.pictures.palette import Colour, Palette
from bot.adapters.pictures.shapes import (
    Circle,
    Point,
    around,
    arrow_head,
    cap,
    curve,
    hull,
    shortened,
)
from bot.core.figures import Body, Frame, frames
from bot.core.knowledge import Figure, Spot, View
from bot.core.skeleton import RADII, SIDES, TRUNK, Vector, add, dot, mixed, unit

WIDTH, HEIGHT, FINER = 640, 480, 2
MARGIN = 34  # in pixels of the finished picture
LARGEST = 3.7  # pixels a centimetre, so that a curled-up person is no giant
GAP = 1.1  # centimetres of light between limbs that cross


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a point of the room is in the (finer) picture, and how near it is."""

    right: Vector
    up: Vector
    toward: Vector
    scale: float = 1.0
    middle: Point = (0.0, 0.0)

    def at(self, p: Vector) -> Point:
        """The place in the picture."""
        x = (dot(p, self.right) - self.middle[0]) * self.scale + WIDTH * FINER / 2
        y = HEIGHT * FINER / 2 - (dot(p, self.up) - self.middle[1]) * self.scale
        return (x, y)

    def ball(self, p: Vector, radius: float) -> Circle:
        """A ball in the room as a circle in the picture."""
        x, y = self.at(p)
        return (x, y, radius * self.scale)

    def near(self, *points: Vector) -> float:
        """How near points are on average."""
        return sum(dot(p, self.toward) for p in points) / len(points)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the body: outlines in their colours, drawn together, behind what is nearer."""

    name: str
    depth: float
    outlines: tuple[tuple[Sequence[Circle], Colour], ...]
    joined: str = ""
    joint: tuple[Sequence[Circle], Colour] | None = None


def camera_for(figure: Figure) -> Camera:
    """The camera of a figure: everything that happens fits, and nothing jumps."""
    looking = _looking(figure.view)
    corners: list[Point] = []
    for frame in frames(figure):
        for name, joint in frame.body.joints.items():
            size = RADII.get(name.partition("_")[2] or name, 10.0)
            x, y = dot(joint, looking.right), dot(joint, looking.up)
            corners += [(x - size, y - size), (x + size, y + size)]
        for arrow in frame.arrows:
            corners += [(dot(p, looking.right), dot(p, looking.up)) for p in arrow.points]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    low, high = min(y for _, y in corners), max(y for _, y in corners)
    scale = min(
        (WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (high - low), LARGEST
    )
    middle = ((left + right) / 2, (low + high) / 2)
    return Camera(looking.right, looking.up, looking.toward, scale * FINER, middle)


def _looking(view: View) -> Camera:
    turn, tilt = radians(view.turn), radians(view.tilt)
    return Camera(
        right=(cos(turn), 0.0, -sin(turn)),
        up=(-sin(turn) * sin(tilt), cos(tilt), -cos(turn) * sin(tilt)),
        toward=(sin(turn) * cos(tilt), sin(tilt), cos(turn) * cos(tilt)),
    )


@dataclass
class Artist:
    """Draws frames of one figure in one palette."""

    figure: Figure
    palette: Palette
    camera: Camera = field(init=False)
    backdrop: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        """Set up the camera, and paint what never moves once."""
        self.camera = camera_for(self.figure)
        self.backdrop = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), self.palette.ground)
        self._paint_surface()

    def picture(self, frame: Frame) -> Image.Image:
        """The finished picture of a frame."""
        image = self.backdrop.copy()
        self._paint_shadow(image, frame.body)
        spots = list(self._spots(frame)) if frame.felt > 0.02 else []
        for _, circle in spots:
            self._paint_glow(image, circle, 1.25, frame.felt * 0.45, None)
        drawn: dict[str, Piece] = {}
        for piece in sorted(self._pieces(frame.body), key=lambda piece: piece.depth):
            self._paint(image, piece, drawn, frame.body)
            for name, circle in spots:
                if piece.name == name:
                    self._paint_glow(image, circle, 1.0, frame.felt, piece)
        pen = ImageDraw.Draw(image)
        for arrow in frame.arrows:
            line = curve([self.camera.at(p) for p in arrow.points])
            self._paint_arrow(pen, line, arrow.both_ends)
        return image.reduce(FINER)

    def _paint_surface(self) -> None:
        pen, see = ImageDraw.Draw(self.backdrop), self.camera.at
        middle, half = self._mat_size()
        top = _rounded(middle, half, 9)
        for drop in (3.0,):
            low = [(x, y - drop, z) for x, y, z in top]
            pen.polygon(hull([see(p) for p in (*low, *top)]), fill=self.palette.mat_edge)
        pen.polygon([see(p) for p in top], fill=self.palette.mat)

    def _mat_size(self) -> tuple[Point, Point]:
        joints = [j for frame in frames(self.figure) for j in frame.body.joints.values()]
        xs, zs = [j[0] for j in joints], [j[2] for j in joints]
        middle = ((min(xs) + max(xs)) / 2, (min(zs) + max(zs)) / 2)
        return middle, ((max(xs) - min(xs)) / 2 + 16, max(34.0, (max(zs) - min(zs)) / 2 + 12))

    def _paint_shadow(self, image: Image.Image, body: Body) -> None:
        mask = Image.new("L", image.size, 0)
        pen = ImageDraw.Draw(mask)
        for piece in _balls(body):
            flat = [
                self.camera.at((x + r * c, 0.0, z + r * s))
                for (x, y, z), radius in piece
                for r in (max(1.0, radius - max(0.0, y - radius) * 0.10),)
                for c, s in ((cos(n * pi / 10), sin(n * pi / 10)) for n in range(20))
            ]
            pen.polygon(hull(flat), fill=38)
        image.paste(self.palette.shadow, mask=mask)

    def _pieces(self, body: Body) -> Iterator[Piece]:
        near, ball, j = self.camera.near, self.camera.ball, body.joints
        rings = []
        for centre, axes, (thick, wide) in zip(body.spine, body.rings, TRUNK, strict=True):
            rings.append([ball(add(centre, axes.right, s * wide), thick) for s in (1, -1)])
        trunk = tuple(
            ((*a, *b), self.palette.trunk) for a, b in zip(rings, rings[1:], strict=False)
        )
        yield Piece("trunk", near(*body.spine), trunk)
        yield self._head(body)
        for side in SIDES:
            cloth = self.palette.right if side == "right" else self.palette.left
            skin = self.palette.skin if side == "right" else self.palette.skin_left
            at = {name.partition("_")[2]: p for name, p in j.items() if name.startswith(side)}
            c = {name: ball(p, RADII[name]) for name, p in at.items()}
            thigh, shin = (c["hip"], c["knee"]), (c["knee"], c["ankle"])
            foot = (c["ankle"], c["heel"], c["toe"])
            arm, fore = (c["shoulder"], c["elbow"]), (c["elbow"], c["wrist"])
            hand = (c["wrist"], c["finger"])
            yield Piece(
                f"{side}_thigh", near(at["hip"], at["knee"]), ((thigh, cloth),),
                f"{side}_shin", (_end_of(shin, thigh), cloth),
            )
            yield Piece(
                f"{side}_shin", near(at["knee"], at["ankle"]), ((foot, skin), (shin, cloth)),
                f"{side}_thigh", (_end_of(thigh[::-1], shin), cloth),
            )
            yield Piece(
                f"{side}_arm", near(at["shoulder"], at["elbow"]), ((arm, cloth),),
                f"{side}_fore", (_end_of(fore, arm), cloth),
            )
            yield Piece(
                f"{side}_fore", near(at["elbow"], at["wrist"]), ((hand, skin), (fore, cloth)),
                f"{side}_arm", (_end_of(arm[::-1], fore), cloth),
            )

    def _head(self, body: Body) -> Piece:
        ball, j, skin = self.camera.ball, body.joints, self.palette.skin
        skull = ball(j["head"], RADII["head"])
        chin = ball(body.head.place(j["head"], 0, -5.5, 3.5), 6.2)
        nose = ball(body.head.place(j["head"], 0, -1.5, 10.2), 1.9)
        neck = (ball(j["neck"], 5.6), ball(mixed(j["neck"], j["head"], 0.6), 5.2))
        outlines = ((neck, skin), ((skull, chin), skin), ((nose,), skin))
        return Piece("head", self.camera.near(j["head"]), outlines)

    def _paint(self, image: Image.Image, piece: Piece, drawn: dict[str, Piece], body: Body) -> None:
        pen, gap = ImageDraw.Draw(image), GAP * self.camera.scale
        for circles, _ in piece.outlines:
            # No gap where a limb comes out of the trunk: it would look like a doll's joint.
            root = piece.name.endswith(("arm", "thigh"))
            wider = [(x, y, r + (0 if root and n == 0 else gap)) for n, (x, y, r) in enumerate(circles)]
            pen.polygon(around(wider), fill=self.palette.gap)
        for circles, colour in piece.outlines:
            pen.polygon(around(circles), fill=colour)
        if piece.joined in drawn and piece.joint:
            pen.polygon(around(piece.joint[0]), fill=piece.joint[1])
        if piece.name == "head":
            self._paint_face(pen, piece.outlines[1][0][0], body)
        drawn[piece.name] = piece

    def _paint_face(self, pen: ImageDraw.ImageDraw, skull: Circle, body: Body) -> None:
        x, y, r = skull
        axes, camera = body.head, self.camera
        back = unit(add(axes.place((0.0, 0.0, 0.0), 0, 0.75, 0), axes.front, -0.8))
        seen = (dot(back, camera.right), -dot(back, camera.up), dot(back, camera.toward))
        outline, covers = cap(seen, 0.12)
        r *= 1.04
        if not covers:
            pen.ellipse((x - r, y - r, x + r, y + r), fill=self.palette.hair)
            chin = camera.ball(axes.place(body.joints["head"], 0, -5.5, 3.5), 6.2)
            face = [(x + u * r, y + v * r) for u, v in outline]
            pen.polygon(face, fill=self.palette.skin)
            if dot(axes.front, camera.toward) > 0:
                pen.polygon(around([chin]), fill=self.palette.skin)
        elif len(outline) > 2:
            pen.polygon([(x + u * r, y + v * r) for u, v in outline], fill=self.palette.hair)
        for side in (1, -1):
            look = unit(axes.place((0.0, 0.0, 0.0), side * 0.42, 0.02, 0.9))
            if dot(look, camera.toward) > 0.2:
                ex, ey, er = camera.ball(add(body.joints["head"], look, 10.0), 1.25)
                pen.ellipse((ex - er, ey - er, ex + er, ey + er), fill=self.palette.hair)

    def _spots(self, frame: Frame) -> Iterator[tuple[str, Circle]]:
        for spot in self.figure.felt:
            name, place, radius = _spot(frame.body, spot)
            yield name, self.camera.ball(place, radius)

    def _paint_glow(
        self, image: Image.Image, circle: Circle, wider: float, strength: float, on: Piece | None
    ) -> None:
        x, y, r = circle[0], circle[1], circle[2] * wider
        box = (round(x - r), round(y - r), round(x + r), round(y + r))
        mask = _soft(box[2] - box[0]).point(lambda v: round(v * strength))
        if on is not None:
            clip = Image.new("L", mask.size, 0)
            pen = ImageDraw.Draw(clip)
            for circles, _ in on.outlines:
                pen.polygon([(px - box[0], py - box[1]) for px, py in around(circles)], fill=255)
            mask = ImageChops.multiply(mask, clip)
        image.paste(self.palette.glow, (box[0], box[1]), mask)

    def _paint_arrow(
        self, pen: ImageDraw.ImageDraw, line: Sequence[Point], both: bool
    ) -> None:
        scale = FINER * 1.0
        size, wide = 17 * scale, 6 * scale
        shaft = shortened(line, size * 0.8)
        heads = [arrow_head(line, size)]
        if both:
            shaft = shortened(shaft[::-1], size * 0.8)
            heads.append(arrow_head(line[::-1], size))
        for colour, more in ((self.palette.gap, 2.2 * scale), (self.palette.arrow, 0.0)):
            for x, y in _dense(shaft):
                r = wide / 2 + more
                pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
            for head in heads:
                pen.polygon(around([(x, y, 2 * scale) for x, y in head], more), fill=colour)


def _dense(line: Sequence[Point]) -> Iterator[Point]:
    for (ax, ay), (bx, by) in zip(line, line[1:], strict=False):
        for n in range(8):
            yield (ax + (bx - ax) * n / 8, ay + (by - ay) * n / 8)


def _end_of(piece: Sequence[Circle], other: Sequence[Circle]) -> tuple[Circle, Circle]:
    """The beginning of a limb piece at a joint, to close the gap that its neighbour cut there."""
    (ax, ay, ar), (bx, by, br) = piece
    share = 0.35
    return (ax, ay, ar), (ax + (bx - ax) * share, ay + (by - ay) * share, ar + (br - ar) * share)


@lru_cache(maxsize=64)
def _soft(size: int) -> Image.Image:
    """A round patch of light, 255 in the middle."""
    light = ImageChops.invert(Image.radial_gradient("L")).resize((size, size))
    return light.point(lambda v: max(0, min(255, round((v - 75) * 1.75))))


def _rounded(middle: Point, half: Point, corner: float) -> list[Vector]:
    points: list[Vector] = []
    for n in range(40):
        angle = 2 * pi * n / 40
        c, s = cos(angle), sin(angle)
        x = (half[0] - corner) * (1 if c >= 0 else -1) + corner * c
        z = (half[1] - corner) * (1 if s >= 0 else -1) + corner * s
        points.append((middle[0] + x, 0.0, middle[1] + z))
    return points


def _balls(body: Body) -> Iterator[list[tuple[Vector, float]]]:
    j = body.joints
    for first, second in (
        ("hip", "knee"), ("knee", "ankle"), ("heel", "toe"), ("shoulder", "elbow"),
        ("elbow", "wrist"), ("wrist", "finger"),
    ):
        for side in SIDES:
            yield [(j[f"{side}_{n}"], RADII[n]) for n in (first, second)]
    yield [(j["head"], RADII["head"]), (j["neck"], 5.5)]
    for low, high in zip(range(8), range(1, 9), strict=True):
        yield [
            (add(body.spine[n], body.rings[n].right, s * TRUNK[n][1]), TRUNK[n][0])
            for n in (low, high)
            for s in (1, -1)
        ]


def _spot(body: Body, spot: Spot) -> tuple[str, Vector, float]:
    side, _, part = spot.partition("_")
    sign = {"right": 1.0, "left": -1.0}.get(side, 0.0)
    if spot in {"low_back", "upper_back", "belly"}:
        ring, front = {"low_back": (2, -7.5), "upper_back": (6, -7.5), "belly": (3, 7.5)}[spot]
        return "trunk", add(body.spine[ring], body.rings[ring].front, front), 17.0
    if part == "waist":
        return "trunk", body.rings[3].place(body.spine[3], sign * 13, 0, 0), 17.0
    if part == "thigh_back":
        hip, knee = body.joints[f"{side}_hip"], body.joints[f"{side}_knee"]
        return f"{side}_thigh", mixed(hip, knee, 0.5), 17.0
    hip = body.joints[f"{side}_hip"]
    front, out = {"buttock": (-7.0, 0.0), "hip": (-2.0, 6.0)}[part]
    return f"{side}_thigh", body.pelvis.place(hip, sign * out, -3, front), 16.0


def balls(frames_: Iterable[Frame]) -> Iterator[tuple[Vector, float]]:
    """Every ball of the body in every frame."""
    for frame in frames_:
        for piece in _balls(frame.body):
            yield from piece

