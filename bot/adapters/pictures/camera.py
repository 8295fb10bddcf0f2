"""From points of the room to points of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians, sin

from bot.adapters.pictures.shapes import Circle, Point
from bot.core.figures import Frame
from bot.core.knowledge import Figure, View
from bot.core.skeleton import RADII, Vector, dot

MARGIN = 0.073  # of the shorter side, all around
LARGEST = 0.0058  # of the longer side, for a centimetre: a curled-up person is no giant


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a point of the room is in the picture, and how near it is. There is no perspective."""

    right: Vector
    up: Vector
    toward: Vector
    scale: float = 1.0
    origin: Point = (0.0, 0.0)

    def at(self, p: Vector) -> Point:
        """The place in the picture."""
        x = self.origin[0] + dot(p, self.right) * self.scale
        return (x, self.origin[1] - dot(p, self.up) * self.scale)

    def ball(self, p: Vector, radius: float) -> Circle:
        """A ball in the room as a circle in the picture."""
        x, y = self.at(p)
        return (x, y, radius * self.scale)

    def near(self, *points: Vector) -> float:
        """How near points are on average."""
        return sum(dot(p, self.toward) for p in points) / len(points)


def camera_for(figure: Figure, moments: Sequence[Frame], size: Point) -> Camera:
    """The camera for an animation: everything that happens fits, and nothing jumps."""
    looking = _looking(figure.view)
    corners = list(_corners(moments, looking))
    corners += [(dot(p, looking.right), dot(p, looking.up)) for p in figure.names.values()]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    low, high = min(y for _, y in corners), max(y for _, y in corners)
    width, height = size
    room = 2 * MARGIN * min(size)
    fitting = min((width - room) / (right - left), (height - room) / (high - low))
    scale = min(fitting, LARGEST * max(size))
    origin = (width / 2 - (left + right) / 2 * scale, height / 2 + (low + high) / 2 * scale)
    return Camera(looking.right, looking.up, looking.toward, scale, origin)


def _corners(moments: Sequence[Frame], looking: Camera) -> Iterator[Point]:
    for frame in moments:
        for name, joint in frame.body.joints.items():
            size = RADII.get(name.partition("_")[2] or name, 10.0)
            x, y = dot(joint, looking.right), dot(joint, looking.up)
            yield from ((x - size, y - size), (x + size, y + size))
        for arrow in frame.arrows:
            yield from ((dot(p, looking.right), dot(p, looking.up)) for p in arrow.points)


def _looking(view: View) -> Camera:
    turn, tilt = radians(view.turn), radians(view.tilt)
    return Camera(
        right=(cos(turn), 0.0, -sin(turn)),
        up=(-sin(turn) * sin(tilt), cos(tilt), -cos(turn) * sin(tilt)),
        toward=(sin(turn) * cos(tilt), sin(tilt), cos(turn) * cos(tilt)),
    )
