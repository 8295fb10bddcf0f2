"""Flat geometry: circles on the picture to outlines of limbs, arrows and areas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import cos, hypot, pi, sin

Point = tuple[float, float]
Circle = tuple[float, float, float]
CORNERS = 36  # of a drawn circle: at twice the size no corner can be seen


@lru_cache(maxsize=4)
def _ring(corners: int) -> tuple[Point, ...]:
    return tuple((cos(2 * pi * n / corners), sin(2 * pi * n / corners)) for n in range(corners))


def hull(points: Iterable[Point]) -> list[Point]:
    """The smallest outline without dents around the points."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    return _half(ordered)[:-1] + _half(ordered[::-1])[:-1]


def _half(ordered: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for x, y in ordered:
        while len(kept) > 1:
            (ax, ay), (bx, by) = kept[-2], kept[-1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            kept.pop()
        kept.append((x, y))
    return kept


def around(circles: Sequence[Circle], wider: float = 0) -> list[Point]:
    """The outline around circles: a limb tapered from joint to joint, a piece of the trunk.

    In each direction the circle that reaches farthest gives the point, so nothing is sorted.
    """
    outline = []
    for c, s in _ring(CORNERS):
        farthest, point = float("-inf"), (0.0, 0.0)
        for x, y, r in circles:
            reach = x * c + y * s + r
            if reach > farthest:
                farthest, point = reach, (x + (r + wider) * c, y + (r + wider) * s)
        outline.append(point)
    return outline


def curve(points: Sequence[Point], steps: int = 24) -> list[Point]:
    """A smooth line through 2 or 3 points."""
    if len(points) == 2:
        (ax, ay), (bx, by) = points
        return [(ax + (bx - ax) * n / steps, ay + (by - ay) * n / steps) for n in range(steps + 1)]
    (ax, ay), (mx, my), (bx, by) = points
    # The control point of a quadratic curve that passes through the middle one.
    cx, cy = 2 * mx - (ax + bx) / 2, 2 * my - (ay + by) / 2
    line = []
    for n in range(steps + 1):
        t = n / steps
        p, q, r = (1 - t) ** 2, 2 * t * (1 - t), t * t
        line.append((p * ax + q * cx + r * bx, p * ay + q * cy + r * by))
    return line


def shortened(line: Sequence[Point], by: float) -> list[Point]:
    """A line without its last piece of that length, which the head of an arrow covers."""
    kept, left = list(line), by
    while len(kept) > 2:
        step = hypot(kept[-1][0] - kept[-2][0], kept[-1][1] - kept[-2][1])
        if step > left:
            break
        left -= step
        kept.pop()
    return kept


def arrow_head(line: Sequence[Point], size: float) -> list[Point]:
    """A triangle at the end of a line, along its last stretch."""
    tip, before = line[-1], shortened(line, size)[-1]
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    far = hypot(dx, dy) or 1.0
    dx, dy = dx / far, dy / far
    bx, by = tip[0] - dx * size, tip[1] - dy * size
    half = size * 0.62
    return [tip, (bx - dy * half, by + dx * half), (bx + dy * half, by - dx * half)]


def rounded(middle: Point, half: Point, corner: float) -> list[Point]:
    """A rectangle with rounded corners."""
    return [
        (
            middle[0] + (half[0] - corner) * (1 if c >= 0 else -1) + corner * c,
            middle[1] + (half[1] - corner) * (1 if s >= 0 else -1) + corner * s,
        )
        for c, s in _ring(48)
    ]


def cap(toward: tuple[float, float, float], edge: float) -> tuple[list[Point], bool]:
    """The part of a ball of size 1 that lies beyond `edge` towards a direction, as it is seen.

    With it, whether the outline is that part (True) or what it leaves free (False).
    """
    u, v, w = toward
    covers = w >= 0
    seen = []
    for ring in range(0, 13):
        size = ring / 12
        for c, s in _ring(48):
            x, y = size * c, size * s
            depth = max(0.0, 1 - size * size) ** 0.5
            if (x * u + y * v + depth * w > edge) is covers:
                seen.append((x, y))
    return hull(seen), covers
