"""A body as pieces to paint: limbs, trunk and head as outlines around balls, with their depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.adapters.pictures.camera import Camera
from bot.adapters.pictures.palette import Colour, Palette
from bot.adapters.pictures.shapes import Circle
from bot.core.figures import Body
from bot.core.knowledge import Spot
from bot.core.skeleton import RADII, SIDES, SIGN, TRUNK, Side, Vector, add, mixed

Ball = tuple[Vector, float]
Outline = tuple[Sequence[Circle], Colour]
ON_TOP = 5.0  # centimetres: a foot that is laid on the other thigh is seen, not what is under it
OVERLAP = 0.35  # of a limb piece, painted again to close the cut of its neighbour at the joint

LIMB_PIECES = (
    *(("hip", "knee"), ("knee", "ankle"), ("heel", "toe")),
    *(("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "finger")),
)
TRUNK_SPOTS = {"low_back": (2, -7.5), "upper_back": (6, -7.5), "belly": (3, 7.5)}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the body: its outlines, painted together in front of all that is farther away.

    `joined` names the neighbour that goes on at the joint, `joint` its end there. `bare` is the
    ball that no gap is cut around: there the limb comes out of another, and is no doll's joint.
    """

    name: str
    depth: float
    outlines: tuple[Outline, ...]
    joined: str = ""
    joint: Outline | None = None
    bare: int | None = None


def pieces(body: Body, camera: Camera, palette: Palette) -> list[Piece]:
    """All pieces, the farthest first."""
    found = [_trunk(body, camera, palette), _head(body, camera, palette)]
    for side in SIDES:
        found += _leg(body, side, camera, palette)
        found += _arm(body, side, camera, palette)
    return sorted(found, key=lambda piece: piece.depth)


def _trunk(body: Body, camera: Camera, palette: Palette) -> Piece:
    rings = [
        [camera.ball(add(centre, axes.right, sign * wide), thick) for sign in (1, -1)]
        for centre, axes, (thick, wide) in zip(body.spine, body.rings, TRUNK, strict=True)
    ]
    outlines = tuple(((*low, *high), palette.trunk) for low, high in pairwise(rings))
    return Piece("trunk", camera.near(*body.spine), outlines)


def _head(body: Body, camera: Camera, palette: Palette) -> Piece:
    j, ball, skin = body.joints, camera.ball, palette.skin
    skull, chin = ball(j["head"], RADII["head"]), ball(chin_of(body), 6.2)
    nose = ball(body.head.place(j["head"], 0, -1.5, 10.2), 1.9)
    neck = (ball(j["neck"], 5.6), ball(mixed(j["neck"], j["head"], 0.6), 5.2))
    outlines: tuple[Outline, ...] = ((neck, skin), ((skull, chin), skin), ((nose,), skin))
    return Piece("head", camera.near(j["head"]), outlines)


def chin_of(body: Body) -> Vector:
    """The middle of the chin."""
    return body.head.place(body.joints["head"], 0, -5.5, 3.5)


def _leg(body: Body, side: Side, camera: Camera, palette: Palette) -> Iterator[Piece]:
    cloth = palette.right if side == "right" else palette.left
    at = {n: body.joints[f"{side}_{n}"] for n in ("hip", "knee", "ankle", "heel", "toe")}
    c = {name: camera.ball(p, RADII[name]) for name, p in at.items()}
    thigh, shin = (c["hip"], c["knee"]), (c["knee"], c["ankle"])
    foot = (c["ankle"], c["heel"], c["toe"])
    lower = camera.near(at["knee"], at["ankle"])
    yield Piece(
        f"{side}_thigh",
        camera.near(at["hip"], at["knee"]),
        ((thigh, cloth),),
        f"{side}_shin",
        (_end_of(shin), cloth),
        bare=0,
    )
    yield Piece(
        f"{side}_shin",
        lower,
        ((shin, cloth),),
        f"{side}_thigh",
        (_end_of(thigh[::-1]), cloth),
        bare=1,
    )
    yield Piece(
        f"{side}_foot",
        max(lower, camera.near(at["ankle"]) + ON_TOP, camera.near(at["toe"]) + ON_TOP),
        ((foot, palette.skin),),
        f"{side}_shin",
        (_end_of(shin[::-1]), cloth),
        bare=0,
    )


def _arm(body: Body, side: Side, camera: Camera, palette: Palette) -> Iterator[Piece]:
    cloth = palette.right if side == "right" else palette.left
    at = {n: body.joints[f"{side}_{n}"] for n in ("shoulder", "elbow", "wrist", "finger")}
    c = {name: camera.ball(p, RADII[name]) for name, p in at.items()}
    upper, fore = (c["shoulder"], c["elbow"]), (c["elbow"], c["wrist"])
    hand = (c["wrist"], c["finger"])
    yield Piece(
        f"{side}_arm",
        camera.near(at["shoulder"], at["elbow"]),
        ((upper, cloth),),
        f"{side}_forearm",
        (_end_of(fore), cloth),
        bare=0,
    )
    yield Piece(
        f"{side}_forearm",
        camera.near(at["elbow"], at["wrist"]),
        ((hand, palette.skin), (fore, cloth)),
        f"{side}_arm",
        (_end_of(upper[::-1]), cloth),
    )


def _end_of(piece: Sequence[Circle]) -> tuple[Circle, Circle]:
    (ax, ay, ar), (bx, by, br) = piece
    end = (ax + (bx - ax) * OVERLAP, ay + (by - ay) * OVERLAP, ar + (br - ar) * OVERLAP)
    return (ax, ay, ar), end


def balls(body: Body) -> Iterator[tuple[Ball, ...]]:
    """The body as groups of balls; the hull of each group is solid."""
    j = body.joints
    for names in LIMB_PIECES:
        for side in SIDES:
            yield tuple((j[f"{side}_{name}"], RADII[name]) for name in names)
    yield ((j["head"], RADII["head"]), (j["neck"], 5.5))
    for low in range(len(TRUNK) - 1):
        yield tuple(
            (add(body.spine[n], body.rings[n].right, sign * TRUNK[n][1]), TRUNK[n][0])
            for n in (low, low + 1)
            for sign in (1, -1)
        )


def spot(body: Body, name: Spot) -> tuple[frozenset[str], Vector, float]:
    """Where a stretch is felt: the pieces that glow, the middle, and the radius."""
    if name in TRUNK_SPOTS:
        ring, front = TRUNK_SPOTS[name]
        return frozenset(["trunk"]), add(body.spine[ring], body.rings[ring].front, front), 17.0
    side, _, part = name.partition("_")
    out = SIGN[side]
    if part == "waist":
        return frozenset(["trunk"]), body.rings[3].place(body.spine[3], out * 13, 0, 0), 17.0
    hip, thigh = body.joints[f"{side}_hip"], f"{side}_thigh"
    if part == "thigh_back":
        return frozenset([thigh]), mixed(hip, body.joints[f"{side}_knee"], 0.5), 17.0
    front, outward = {"buttock": (-7.0, 0.0), "hip": (-2.0, 6.0)}[part]
    return frozenset(["trunk", thigh]), body.pelvis.place(hip, out * outward, -3, front), 16.0
