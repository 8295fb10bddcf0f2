"""What a drawn person must never do: bend a joint too far, sink into the floor, fail to reach."""

from __future__ import annotations

from collections.abc import Iterator
from math import atan2, degrees

from bot.core.figures import Body, Pose, entangled, missing, posed, poses
from bot.core.knowledge import Figure
from bot.core.skeleton import (
    RADII,
    SIDES,
    SIGN,
    TRUNK,
    Axes,
    Vector,
    add,
    angle_between,
    cross,
    minus,
    swing,
    twist,
    unit,
)

Range = tuple[float, float]
FigurePath = tuple[str | int, ...]

# Wide human ranges in degrees: a figure may not go beyond what a supple adult can do.
KNEE: Range = (0, 158)
ELBOW: Range = (0, 150)
HIP_TO_THE_FRONT: Range = (-30, 145)
HIP_OUTWARD: Range = (-40, 75)
HIP_TWIST, SHOULDER_TWIST = 100.0, 130.0
SHOULDER_TO_THE_BACK = -75.0
FOOT_TO_SHIN: Range = (60, 180)
WRIST = 97.0
BENDS: dict[str, dict[str, Range]] = {
    "low_back": {"bend": (-45, 60), "lean": (-30, 30), "turn": (-20, 20)},
    "chest": {"bend": (-30, 50), "lean": (-35, 35), "turn": (-45, 45)},
    "head": {"bend": (-60, 60), "lean": (-40, 40), "turn": (-75, 75)},
}
SINKS = 2.0  # centimetres that flesh and a mat give way
OUT_OF_REACH = 1.0
NEARLY_STRAIGHT = 12.0  # below this a knee or elbow points nowhere, so its side means nothing


def problems(figure: Figure) -> Iterator[tuple[FigurePath, str]]:
    """What is wrong with a figure, where in it, and what to do about it."""
    for name in set(figure.still) - {pose.id for pose in figure.poses}:
        yield ("still",), f"still: no pose has the id {name}; name one of the poses"
    if len(figure.poses) < 2:
        yield ("poses",), "poses: a movement needs 2 key poses; add one"
    left_open = missing(figure)
    if left_open:
        names = ", ".join(left_open)
        yield ("poses", 0), f"{names}: missing in the first pose; add it, the others build on it"
        return
    every = poses(figure)
    for place, (before, pose) in enumerate(zip(every, every[1:] + every[:1], strict=True), 1):
        if entangled(before, pose):
            at = place % len(figure.poses)
            yield ("poses", at), f"{pose.id}: the legs hold each other; send one to a point (at)"
            return
    # The mirrored half has the same faults.
    for place, pose in enumerate(every[: len(figure.poses)]):
        for field, what in pose_problems(pose):
            yield ("poses", place, field), f"{pose.id}: {what}"


def pose_problems(pose: Pose) -> Iterator[tuple[str, str]]:
    """What is wrong with a filled key pose, with the field that it comes from."""
    body = posed(pose)
    for limb, distance in body.missed.items():
        if distance > OUT_OF_REACH:
            yield limb, f"{limb} is {distance:.1f} cm out of reach; bring it nearer"
    for part, bend in pose.bends.items():
        for way, angle in bend:
            low, high = BENDS[part][way]
            if not low <= angle <= high:
                yield part, f"{part} {way} {angle:g} is not in {low:g} to {high:g}; bend it less"
    for what in body_problems(body):
        yield "id", what


def body_problems(body: Body) -> Iterator[str]:
    """What is wrong with a body in any frame."""
    for name, height in lowest(body):
        if height < -SINKS:
            yield f"{name} is {-height:.1f} cm inside the floor or bed; raise it"
    for name, angle, (low, high) in angles(body):
        if not low <= angle <= high:
            yield f"{name} {angle:.0f} is not in {low:g} to {high:g} degrees; bend it less"


def lowest(body: Body) -> Iterator[tuple[str, float]]:
    """How high the underside of each part is above the floor, mat or bed."""
    for name, (_, y, _) in body.joints.items():
        radius = RADII.get(name.partition("_")[2] or name)
        if radius:
            yield name, y - radius
    for place, (centre, axes, (thick, wide)) in enumerate(
        zip(body.spine, body.rings, TRUNK, strict=True)
    ):
        low = min(add(centre, axes.right, wide * sign)[1] for sign in (1, -1))
        yield f"trunk {place}", low - thick


def angles(body: Body) -> Iterator[tuple[str, float, Range]]:
    """Every joint's angle with its human range."""
    j = body.joints
    for side in SIDES:
        hip, knee, ankle = (j[f"{side}_{n}"] for n in ("hip", "knee", "ankle"))
        shoulder, elbow, wrist = (j[f"{side}_{n}"] for n in ("shoulder", "elbow", "wrist"))
        thigh, shin = minus(knee, hip), minus(ankle, knee)
        upper, fore = minus(elbow, shoulder), minus(wrist, elbow)
        bent = angle_between(thigh, shin)
        yield f"{side} knee", bent, KNEE
        front, out = swing(thigh, SIGN[side], body.pelvis)
        yield f"{side} hip to the front", front, HIP_TO_THE_FRONT
        yield f"{side} hip outward", out, HIP_OUTWARD
        if bent > NEARLY_STRAIGHT:
            # A knee folds the shin back, an elbow the forearm to the front: opposite hinges.
            hinge = unit(cross(shin, thigh))
            yield f"{side} hip twist", twist(thigh, hinge, body.pelvis), (0, HIP_TWIST)
        toes = minus(j[f"{side}_toe"], j[f"{side}_heel"])
        yield f"{side} foot to shin", 180 - angle_between(toes, shin), FOOT_TO_SHIN
        bent = angle_between(upper, fore)
        yield f"{side} elbow", bent, ELBOW
        yield f"{side} shoulder to the back", _back(upper, body.chest), (SHOULDER_TO_THE_BACK, 360)
        if bent > NEARLY_STRAIGHT:
            hinge = unit(cross(upper, fore))
            yield f"{side} shoulder twist", twist(upper, hinge, body.chest), (0, SHOULDER_TWIST)
        hand = minus(j[f"{side}_finger"], wrist)
        yield f"{side} wrist", angle_between(fore, hand), (0, WRIST)


def _back(arm: Vector, axes: Axes) -> float:
    _, up, front = axes.seen(unit(arm))
    angle = degrees(atan2(front, -up))
    return angle if angle > -135 else angle + 360  # straight up is no bend to the back
