"""Key poses to the joints of every frame. Limbs keep their length whatever is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import pi, sin
from typing import TypeVar, cast

from bot.core.knowledge import (
    Arrow,
    Bend,
    Figure,
    Holder,
    KeyPose,
    Limb,
    Part,
    Pelvis,
    Reach,
    Spot,
)
from bot.core.skeleton import (
    ANKLE_HEIGHT,
    CHEST,
    FOREARM,
    HAND,
    HIP_OUT,
    LOW_BACK,
    NECK,
    RADII,
    SHIN,
    SHOULDER_DOWN,
    SHOULDER_OUT,
    SIDES,
    SIGN,
    SKULL,
    SPINE_STEPS,
    THIGH,
    UPPER_ARM,
    Axes,
    Side,
    Vector,
    across,
    add,
    cross,
    in_reach,
    length,
    minus,
    mixed,
    reached,
    square_to,
    through,
    unit,
)

FRAMES_A_SECOND = 10
PARTS: tuple[Part, ...] = ("low_back", "chest", "head")
LIMBS: tuple[Limb, ...] = ("right_foot", "left_foot", "right_hand", "left_hand")

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Pose:
    """A key pose with everything filled in."""

    id: str
    move: float
    stay: float
    felt: float
    arrows: tuple[Arrow, ...]
    pelvis: Pelvis
    bends: Mapping[Part, Bend]
    limbs: Mapping[Limb, Reach]


@dataclass(frozen=True, slots=True)
class Body:
    """A pose worked out: every joint, the rings of the trunk, and which way the parts lie.

    `missed`: how far, in centimetres, each hand and foot stays from where it is sent.
    """

    joints: Mapping[str, Vector]
    spine: tuple[Vector, ...]
    rings: tuple[Axes, ...]
    head: Axes
    missed: Mapping[Limb, float]

    @property
    def pelvis(self) -> Axes:
        """Which way the pelvis lies."""
        return self.rings[0]

    @property
    def chest(self) -> Axes:
        """Which way the shoulders lie."""
        return self.rings[-1]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: the body, where and how strongly it is felt (0 to 1), arrows, and how long."""

    body: Body
    spots: tuple[Spot, ...]
    felt: float
    arrows: tuple[Arrow, ...]
    seconds: float


def missing(figure: Figure) -> list[str]:
    """What the first key pose leaves open; the others take over what they do not say."""
    first = figure.poses[0]
    return [name for name in ("pelvis", *PARTS, *LIMBS) if getattr(first, name) is None]


def poses(figure: Figure) -> tuple[Pose, ...]:
    """The key poses with everything filled in that is as in the pose before.

    A figure with two sides is then shown once more with right and left exchanged.
    """
    pelvis = figure.poses[0].pelvis or Pelvis(at=(0, 0, 0))
    bends: dict[Part, Bend] = {}
    limbs: dict[Limb, Reach] = {}
    filled = []
    for given in figure.poses:
        pelvis = given.pelvis or pelvis
        bends = bends | {part: bend for part, bend in _bends_of(given) if bend}
        limbs = limbs | {limb: reach for limb, reach in _limbs_of(given) if reach}
        seconds = (given.move, given.stay, given.felt)
        filled.append(Pose(given.id, *seconds, given.arrows, pelvis, bends, limbs))
    return (*filled, *map(mirrored, filled)) if figure.sides else tuple(filled)


def _bends_of(pose: KeyPose) -> Iterator[tuple[Part, Bend | None]]:
    yield from zip(PARTS, (pose.low_back, pose.chest, pose.head), strict=True)


def _limbs_of(pose: KeyPose) -> Iterator[tuple[Limb, Reach | None]]:
    given = (pose.right_foot, pose.left_foot, pose.right_hand, pose.left_hand)
    yield from zip(LIMBS, given, strict=True)


def entangled(a: Pose, b: Pose) -> bool:
    """Whether on the way from a to b a leg is held by itself, or each by the other."""
    held = {
        side: {str(p.limbs[limb].on).partition("_")[0] for p in (a, b)}
        for side, limb in (("right", LIMBS[0]), ("left", LIMBS[1]))
    }
    by_itself = "right" in held["right"] or "left" in held["left"]
    return by_itself or ("left" in held["right"] and "right" in held["left"])


def mirrored(pose: Pose) -> Pose:
    """The same pose with right and left exchanged."""
    lies = pose.pelvis
    return replace(
        pose,
        arrows=tuple(Arrow(points=tuple(map(across, a.points))) for a in pose.arrows),
        pelvis=Pelvis(
            at=across(lies.at),
            by=lies.by and across(lies.by),
            tilt=lies.tilt,
            turn=-lies.turn,
            roll=-lies.roll,
        ),
        bends={
            part: Bend(bend=bend.bend, lean=-bend.lean, turn=-bend.turn)
            for part, bend in pose.bends.items()
        },
        limbs={_exchanged(limb): _reach_mirrored(r) for limb, r in pose.limbs.items()},
    )


def _reach_mirrored(reach: Reach) -> Reach:
    return Reach(
        at=reach.at and across(reach.at),
        on=reach.on and _exchanged(reach.on),
        along=reach.along,
        up=reach.up,
        front=reach.front,
        out=reach.out,
        bend=across(reach.bend),
        end=reach.end and across(reach.end),
    )


def _exchanged(name: Name) -> Name:
    side, _, rest = name.partition("_")
    other = {"right": f"left_{rest}", "left": f"right_{rest}"}.get(side, name)
    return cast(Name, other)


def still(figure: Figure) -> tuple[Frame, ...]:
    """The key poses that stand for the stretch: one, or two where one does not tell."""
    own = {pose.id: pose for pose in poses(figure)[: len(figure.poses)]}
    return tuple(
        Frame(posed(pose), figure.felt, pose.felt, pose.arrows, 0)
        for pose in (own[name] for name in figure.still)
    )


def frames(figure: Figure) -> Iterator[Frame]:
    """The animation: stay in the first pose, come into each next one and stay, then come back."""
    every = poses(figure)
    half = len(every) // 2 if figure.sides else len(every)
    other = tuple(_exchanged(spot) for spot in figure.felt)
    yield _resting(every[0], figure.felt)
    for place, pose in enumerate((*every[1:], every[0]), 1):
        before = every[place - 1]
        # The way back from the right side still glows on the right.
        spots = figure.felt if place <= half else other
        steps = max(2, round(pose.move * FRAMES_A_SECOND))
        for step in range(1, steps):
            share = eased(step / steps)
            felt = before.felt + (pose.felt - before.felt) * share
            body = between(before, pose, share)
            yield Frame(body, spots, felt, pose.arrows, 1 / FRAMES_A_SECOND)
        if place < len(every):
            yield _resting(pose, spots)


def _resting(pose: Pose, spots: tuple[Spot, ...]) -> Frame:
    return Frame(posed(pose), spots, pose.felt, pose.arrows, 1 / FRAMES_A_SECOND + pose.stay)


def eased(share: float) -> float:
    """Starts and ends at rest, so that a movement never jerks."""
    return share - sin(2 * pi * share) / (2 * pi)


def posed(pose: Pose) -> Body:
    """A key pose as joints."""
    return between(pose, pose, 0)


def between(a: Pose, b: Pose, share: float) -> Body:
    """The body on its way from a to b. What is held stays held: aims are blended, not joints."""
    body = _trunk(a, b, share)
    joints, missed = dict(body.joints), {}
    waiting = {limb: (a.limbs[limb], b.limbs[limb]) for limb in LIMBS}
    while waiting:
        # A hand on a thigh needs the thigh first; the loader refuses legs that are entangled.
        ready = [n for n, (p, q) in waiting.items() if not {p.on, q.on} & _moving(waiting)]
        if not ready:
            raise ValueError(f"{b.id}: the legs hold each other")
        for limb in ready:
            missed[limb] = _limb(body, joints, share, limb, waiting.pop(limb))
    return replace(body, joints=joints, missed=missed)


def _moving(waiting: Iterable[Limb]) -> set[str]:
    feet = [limb.partition("_")[0] for limb in waiting if limb.endswith("foot")]
    return {f"{side}_{part}" for side in feet for part in ("thigh", "shin")}


def _trunk(a: Pose, b: Pose, share: float) -> Body:
    p, q = a.pelvis, b.pelvis
    axes = Axes().about((0.0, 0.0, 1.0), _blend(p.tilt, q.tilt, share))
    axes = axes.about((0.0, 1.0, 0.0), -_blend(p.turn, q.turn, share))
    axes = axes.about(axes.up, -_blend(p.roll, q.roll, share))
    middle = q.by if q.by and q is not p else mixed(p.at, q.at, 0.5)
    spine, rings = [through(p.at, middle, q.at, share)], [axes]
    sizes: tuple[tuple[Part, float], ...] = (("low_back", LOW_BACK), ("chest", CHEST))
    for part, size in sizes:
        angles = [angle / SPINE_STEPS / 2 for angle in _bend(a, b, part, share)]
        for _ in range(SPINE_STEPS):
            # Half the bend before and half after the step, so that the curve is an even arc.
            axes = axes.bent(*angles)
            spine.append(add(spine[-1], axes.up, size / SPINE_STEPS))
            axes = axes.bent(*angles)
            rings.append(axes)
    neck = axes.bent(*(angle / 2 for angle in _bend(a, b, "head", share)))
    head = neck.bent(*(angle / 2 for angle in _bend(a, b, "head", share)))
    joints = {"pelvis": spine[0], "waist": spine[SPINE_STEPS], "neck": spine[-1]}
    joints["skull"] = add(spine[-1], neck.up, NECK)
    joints["head"] = head.place(joints["skull"], 0, SKULL, 1.5)
    for side in SIDES:
        joints[f"{side}_hip"] = rings[0].place(spine[0], SIGN[side] * HIP_OUT, 0, 0)
        shoulder = axes.place(spine[-1], SIGN[side] * SHOULDER_OUT, -SHOULDER_DOWN, 0)
        joints[f"{side}_shoulder"] = shoulder
    return Body(joints, tuple(spine), tuple(rings), head, {})


def _blend(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


def _bend(a: Pose, b: Pose, part: Part, share: float) -> tuple[float, float, float]:
    p, q = a.bends[part], b.bends[part]
    return (
        _blend(p.bend, q.bend, share),
        _blend(p.lean, q.lean, share),
        _blend(p.turn, q.turn, share),
    )


def _limb(
    body: Body, joints: dict[str, Vector], share: float, limb: Limb, ends: tuple[Reach, Reach]
) -> float:
    """Add the joints of a limb; how far it stays from where it is sent."""
    side: Side = "right" if limb.startswith("right") else "left"
    foot, (a, b) = limb.endswith("foot"), ends
    root = joints[f"{side}_hip" if foot else f"{side}_shoulder"]
    upper, lower = (THIGH, SHIN) if foot else (UPPER_ARM, FOREARM)
    target = partial(_target, body, joints, SIGN[side])
    wanted = mixed(target(a), target(b), share)
    goal = in_reach(root, wanted, upper, lower)
    bend = mixed(unit(a.bend), unit(b.bend), share)
    middle = reached(root, goal, bend, upper, lower)
    point = partial(_end, middle, goal, bend, foot)
    end = unit(mixed(point(a), point(b), share))
    if foot:
        joints |= {f"{side}_knee": middle, f"{side}_ankle": goal}
        joints |= _foot(side, middle, goal, end)
    else:
        joints |= {f"{side}_elbow": middle, f"{side}_wrist": goal}
        joints[f"{side}_finger"] = add(goal, end, HAND)
    return length(minus(wanted, goal))


def _target(body: Body, joints: Mapping[str, Vector], out: float, reach: Reach) -> Vector:
    if reach.on is None:
        return reach.at or (0.0, 0.0, 0.0)
    if reach.on in {"pelvis", "chest", "head"}:
        places = {
            "pelvis": (joints["pelvis"], body.pelvis),
            "chest": (joints["neck"], body.chest),
            "head": (joints["head"], body.head),
        }
        origin, axes = places[reach.on]
        return axes.place(origin, reach.out * out, reach.up, reach.front)
    start, end, front, outer = _segment(joints, reach.on)
    point = mixed(joints[start], joints[end], reach.along)
    return add(add(point, front, reach.front), outer, reach.out)


def _segment(joints: Mapping[str, Vector], holder: Holder) -> tuple[str, str, Vector, Vector]:
    side, _, part = holder.partition("_")
    hip, knee, ankle = (f"{side}_{joint}" for joint in ("hip", "knee", "ankle"))
    start, end = (hip, knee) if part == "thigh" else (knee, ankle)
    axis = unit(minus(joints[end], joints[start]))
    bend = minus(joints[knee], mixed(joints[hip], joints[ankle], 0.5))
    front = square_to(bend, axis)
    outer = cross(axis, front)  # the own right, whichever leg it is
    return start, end, front, outer if side == "right" else (-outer[0], -outer[1], -outer[2])


def _end(middle: Vector, goal: Vector, bend: Vector, foot: bool, reach: Reach) -> Vector:
    if reach.end is not None:
        return unit(reach.end)
    axis = unit(minus(goal, middle))
    return square_to(bend, axis) if foot else axis


def _foot(side: Side, knee: Vector, ankle: Vector, toes: Vector) -> dict[str, Vector]:
    up = square_to(minus(knee, ankle), toes)
    heel = add(add(ankle, toes, -4.5), up, RADII["heel"] - ANKLE_HEIGHT)
    toe = add(add(ankle, toes, 13.0), up, RADII["toe"] - ANKLE_HEIGHT)
    return {f"{side}_heel": heel, f"{side}_toe": toe}
