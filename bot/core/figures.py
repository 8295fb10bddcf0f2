"""Key poses to the joints of every frame. Limbs keep their length whatever is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import pi, sin

from bot.core.knowledge import Arrow, Bend, Figure, Holder, KeyPose, Pelvis, Reach
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

FRAMES_A_SECOND = 12.5  # a GIF counts in hundredths of a second: 8 of them a frame
PARTS = ("pelvis", "low_back", "chest", "head")
LIMBS = ("right_foot", "left_foot", "right_hand", "left_hand")


@dataclass(frozen=True, slots=True)
class Body:
    """A pose worked out: every joint, the rings of the trunk, and which way the parts lie.

    `missed`: how far, in centimetres, each hand and foot stays from where it is sent.
    """

    joints: Mapping[str, Vector]
    spine: tuple[Vector, ...]
    rings: tuple[Axes, ...]
    head: Axes
    missed: Mapping[str, float]

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
    """One picture: the body, how strongly it is felt (0 to 1), the arrows, and how long."""

    body: Body
    felt: float
    arrows: tuple[Arrow, ...]
    seconds: float


def poses(figure: Figure) -> tuple[KeyPose, ...]:
    """The key poses with everything filled in that is as in the pose before."""
    filled: list[KeyPose] = []
    for pose in figure.poses:
        before = filled[-1] if filled else pose
        kept = {
            name: getattr(before, name)
            for name in (*PARTS, *LIMBS)
            if getattr(pose, name) is None
        }
        filled.append(pose.model_copy(update=kept))
    return tuple(filled)


def still(figure: Figure) -> Frame:
    """The key pose that stands for the stretch."""
    (chosen,) = (pose for pose in poses(figure) if pose.id == figure.still)
    return Frame(posed(chosen), chosen.felt, chosen.arrows, 0)


def frames(figure: Figure) -> Iterator[Frame]:
    """The animation: stay in the first pose, come into each next one and stay, then come back."""
    every = poses(figure)
    yield _resting(every[0])
    for before, pose in zip(every, (*every[1:], every[0]), strict=True):
        steps = max(2, round(pose.move * FRAMES_A_SECOND))
        for step in range(1, steps):
            share = eased(step / steps)
            felt = before.felt + (pose.felt - before.felt) * share
            yield Frame(between(before, pose, share), felt, pose.arrows, 1 / FRAMES_A_SECOND)
        if pose is not every[0]:
            yield _resting(pose)


def _resting(pose: KeyPose) -> Frame:
    return Frame(posed(pose), pose.felt, pose.arrows, 1 / FRAMES_A_SECOND + pose.stay)


def eased(share: float) -> float:
    """Starts and ends at rest, so that a movement never jerks."""
    return share - sin(2 * pi * share) / (2 * pi)


def posed(pose: KeyPose) -> Body:
    """A filled key pose as joints."""
    return between(pose, pose, 0)


def between(a: KeyPose, b: KeyPose, share: float) -> Body:
    """The body on its way from a to b. What is held stays held: targets are blended, not joints."""
    body = _trunk(a, b, share)
    joints, missed = dict(body.joints), {}
    put = partial(_limb, body, joints, share)
    waiting = {name: (_given(a, name), _given(b, name)) for name in LIMBS}
    while waiting:
        # A hand on a thigh needs the thigh first; two limbs that hold each other cannot be solved.
        ready = [n for n, (p, q) in waiting.items() if not {p.on, q.on} & _moving(waiting)]
        for name in ready or list(waiting):
            missed[name] = put(name, *waiting.pop(name))
    return Body(joints, body.spine, body.rings, body.head, missed)


def _given(pose: KeyPose, name: str) -> Reach:
    reach = getattr(pose, name)
    if not isinstance(reach, Reach):
        raise TypeError(f"{pose.id}: {name} is missing")
    return reach


def _moving(waiting: Mapping[str, tuple[Reach, Reach]]) -> set[str]:
    feet = [name.partition("_")[0] for name in waiting if name.endswith("foot")]
    return {f"{side}_{part}" for side in feet for part in ("thigh", "shin")}


def _trunk(a: KeyPose, b: KeyPose, share: float) -> Body:
    p, q = a.pelvis or Pelvis(at=(0, 0, 0)), b.pelvis or Pelvis(at=(0, 0, 0))
    tilt, turn, roll = (
        getattr(p, name) + (getattr(q, name) - getattr(p, name)) * share
        for name in ("tilt", "turn", "roll")
    )
    axes = Axes().about((0.0, 0.0, 1.0), tilt).about((0.0, 1.0, 0.0), -turn)
    axes = axes.about(axes.up, -roll)
    middle = q.by if q.by and q is not p else mixed(p.at, q.at, 0.5)
    spine, rings = [through(p.at, middle, q.at, share)], [axes]
    for name, size in (("low_back", LOW_BACK), ("chest", CHEST)):
        bend, lean, turn = _bends(a, b, name, share)
        for _ in range(SPINE_STEPS):
            # Half the bend before and half after the step, so that the curve is an even arc.
            half = [angle / SPINE_STEPS / 2 for angle in (bend, lean, turn)]
            axes = axes.bent(*half)
            spine.append(add(spine[-1], axes.up, size / SPINE_STEPS))
            axes = axes.bent(*half)
            rings.append(axes)
    bend, lean, turn = _bends(a, b, "head", share)
    neck = axes.bent(bend / 2, lean / 2, turn / 2)
    head = neck.bent(bend / 2, lean / 2, turn / 2)
    joints = {"pelvis": spine[0], "waist": spine[SPINE_STEPS], "neck": spine[-1]}
    joints["skull"] = add(spine[-1], neck.up, NECK)
    joints["head"] = head.place(joints["skull"], 0, SKULL - 1.5, 1.5)
    for side in SIDES:
        joints[f"{side}_hip"] = rings[0].place(spine[0], SIGN[side] * HIP_OUT, 0, 0)
        joints[f"{side}_shoulder"] = axes.place(spine[-1], SIGN[side] * SHOULDER_OUT, -3.5, 0)
    return Body(joints, tuple(spine), tuple(rings), head, {})


def _bends(a: KeyPose, b: KeyPose, name: str, share: float) -> tuple[float, float, float]:
    p, q = getattr(a, name) or Bend(), getattr(b, name) or Bend()
    return (
        p.bend + (q.bend - p.bend) * share,
        p.lean + (q.lean - p.lean) * share,
        p.turn + (q.turn - p.turn) * share,
    )


def _limb(
    body: Body, joints: dict[str, Vector], share: float, name: str, a: Reach, b: Reach
) -> float:
    side: Side = "right" if name.startswith("right") else "left"
    foot = name.endswith("foot")
    root = joints[f"{side}_hip" if foot else f"{side}_shoulder"]
    upper, lower = (THIGH, SHIN) if foot else (UPPER_ARM, FOREARM)
    target = partial(_target, body, joints, SIGN[side])
    wanted = mixed(target(a), target(b), share)
    goal = in_reach(root, wanted, upper, lower)
    bend = mixed(unit(a.bend), unit(b.bend), share)
    middle = reached(root, goal, bend, upper, lower)
    ends: Callable[[Reach], Vector] = partial(_end, middle, goal, bend, foot)
    end = unit(mixed(ends(a), ends(b), share))
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
