"""One person: lengths in centimetres, and how a limb reaches a point without changing length.

Axes of the room: x to the right of a side view, y up, z towards the viewer. Axes of the body:
right, up (towards the head) and front.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, asin, atan2, cos, degrees, radians, sin, sqrt
from typing import Literal

Vector = tuple[float, float, float]
Side = Literal["right", "left"]
SIDES: tuple[Side, Side] = ("right", "left")
SIGN = {"right": 1.0, "left": -1.0}

THIGH, SHIN = 41.0, 40.0
UPPER_ARM, FOREARM, HAND = 27.0, 24.0, 8.0
HIP_OUT, SHOULDER_OUT, SHOULDER_DOWN = 8.5, 16.5, 5.5
LOW_BACK, CHEST, NECK, SKULL = 20.0, 25.0, 8.5, 8.5
SPINE_STEPS = 4  # the low back and the chest bend in so many small steps each
ANKLE_HEIGHT = 7.3  # of a foot that stands flat

# Half the thickness at each joint: what must not sink into the floor.
RADII = {
    **{"hip": 9.0, "knee": 6.4, "ankle": 4.3, "heel": 3.4, "toe": 3.0},
    **{"shoulder": 6.0, "elbow": 4.4, "wrist": 3.4, "finger": 3.4, "head": 10.5},
}
# Half the thickness and half the width of the trunk, from the pelvis up to the shoulders.
TRUNK = (
    *((10.4, 7.4), (10.2, 7.2), (9.6, 6.4), (9.2, 6.0), (9.2, 6.4)),
    *((9.7, 7.8), (10.0, 9.2), (9.2, 10.4), (7.0, 6.2)),
)


def add(a: Vector, b: Vector, times: float = 1.0) -> Vector:
    """a + times * b."""
    return (a[0] + times * b[0], a[1] + times * b[1], a[2] + times * b[2])


def minus(a: Vector, b: Vector) -> Vector:
    """From b to a."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def dot(a: Vector, b: Vector) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """The vector product."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def length(a: Vector) -> float:
    """How long a vector is."""
    return sqrt(dot(a, a))


def unit(a: Vector) -> Vector:
    """The same direction, one centimetre long."""
    size = length(a) or 1.0
    return (a[0] / size, a[1] / size, a[2] / size)


def mixed(a: Vector, b: Vector, share: float) -> Vector:
    """The point at `share` of the way from a to b."""
    return add(a, minus(b, a), share)


def across(v: Vector) -> Vector:
    """The same point in a mirror that stands along the side view, between right and left."""
    return (v[0], v[1], -v[2])


def through(a: Vector, middle: Vector, b: Vector, share: float) -> Vector:
    """The point at `share` of a smooth way from a through the middle to b."""
    control = add(add(mixed(a, b, 0.5), middle, 2.0), mixed(a, b, 0.5), -2.0)
    return mixed(mixed(a, control, share), mixed(control, b, share), share)


def square_to(direction: Vector, axis: Vector) -> Vector:
    """The part of a direction that stands square to a unit axis, as a unit vector."""
    rest = add(direction, axis, -dot(direction, axis))
    if length(rest) < 1e-6:  # along the axis: any square direction will do
        rest = cross(axis, (0.0, 0.0, 1.0) if abs(axis[2]) < 0.9 else (1.0, 0.0, 0.0))
    return unit(rest)


def turned(v: Vector, axis: Vector, angle: float) -> Vector:
    """A vector after a turn about a unit axis by an angle in degrees, by the right hand."""
    c, s = cos(radians(angle)), sin(radians(angle))
    along = dot(axis, v) * (1 - c)
    across = cross(axis, v)
    return (
        v[0] * c + across[0] * s + axis[0] * along,
        v[1] * c + across[1] * s + axis[1] * along,
        v[2] * c + across[2] * s + axis[2] * along,
    )


def angle_between(a: Vector, b: Vector) -> float:
    """The angle in degrees, from 0 to 180."""
    return degrees(acos(max(-1.0, min(1.0, dot(unit(a), unit(b))))))


@dataclass(frozen=True, slots=True)
class Axes:
    """Which way a part of the body lies in the room."""

    right: Vector = (0.0, 0.0, 1.0)
    up: Vector = (0.0, 1.0, 0.0)
    front: Vector = (1.0, 0.0, 0.0)

    def about(self, axis: Vector, angle: float) -> Axes:
        """These axes after a turn about an axis of the room."""
        if angle == 0:
            return self
        return Axes(
            turned(self.right, axis, angle),
            turned(self.up, axis, angle),
            turned(self.front, axis, angle),
        )

    def bent(self, bend: float, lean: float, turn: float) -> Axes:
        """Bent forward, leaned to the right and turned to the right, in degrees."""
        return self.about(self.right, -bend).about(self.front, lean).about(self.up, -turn)

    def place(self, origin: Vector, right: float, up: float, front: float) -> Vector:
        """A point of the body, given along its own axes."""
        point = add(add(origin, self.right, right), self.up, up)
        return add(point, self.front, front)

    def seen(self, direction: Vector) -> Vector:
        """A direction of the room in these axes, as (right, up, front)."""
        return (dot(direction, self.right), dot(direction, self.up), dot(direction, self.front))


def reached(root: Vector, target: Vector, bend: Vector, upper: float, lower: float) -> Vector:
    """The knee or elbow of a limb from root to target, on the side that `bend` points to."""
    across = minus(target, root)
    away = length(across)
    axis = unit(across)
    along = (upper * upper - lower * lower + away * away) / (2 * away) if away else 0.0
    along = max(-upper, min(upper, along))
    out = sqrt(max(0.0, upper * upper - along * along))
    return add(add(root, axis, along), square_to(bend, axis), out)


def in_reach(root: Vector, target: Vector, upper: float, lower: float) -> Vector:
    """The target, or the nearest point to it that the limb can reach."""
    across = minus(target, root)
    away = length(across)
    nearest = min(max(away, abs(upper - lower) + 0.5), (upper + lower) * 0.9995)
    return add(root, unit(across), nearest)


def swing(limb: Vector, out_sign: float, axes: Axes) -> tuple[float, float]:
    """How far a thigh or upper arm is raised to the front and out to its side, in degrees."""
    right, up, front = axes.seen(unit(limb))
    return degrees(atan2(front, -up)), degrees(asin(max(-1.0, min(1.0, right * out_sign))))


def twist(limb: Vector, hinge: Vector, axes: Axes) -> float:
    """How far a limb is turned about its own length, by the axis of its knee or elbow.

    0 when the knee or elbow points as it does when the limb is swung there straight from hanging,
    or first to the front and then to the side, whichever is nearer. 180: it bends backwards.
    """
    down, along = (-axes.up[0], -axes.up[1], -axes.up[2]), unit(limb)
    axis = cross(down, along)
    size = length(axis)
    angle = degrees(atan2(size, dot(down, along)))
    straight = turned(axes.right, unit(axis), angle) if size > 1e-6 else axes.right
    found = angle_between(straight, hinge)
    if angle > 45:  # below, "to the front first" says nothing
        found = min(found, angle_between(cross(along, square_to(axes.up, along)), hinge))
    return found
