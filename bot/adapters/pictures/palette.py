"""Colours of the figures, light and dark. Right and left differ in lightness, not in hue."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """What each thing is painted with."""

    ground: Colour
    mat: Colour
    mat_edge: Colour
    pillow: Colour
    shadow: Colour
    right: Colour
    left: Colour
    trunk: Colour
    skin: Colour
    skin_left: Colour
    hair: Colour
    gap: Colour
    glow: Colour
    arrow: Colour


LIGHT = Palette(
    ground=(250, 246, 239),
    mat=(205, 228, 220),
    mat_edge=(168, 203, 192),
    pillow=(255, 255, 255),
    shadow=(20, 50, 60),
    right=(27, 54, 93),
    left=(92, 131, 180),
    trunk=(49, 94, 147),
    skin=(176, 106, 69),
    skin_left=(176, 106, 69),
    hair=(58, 40, 36),
    gap=(250, 246, 239),
    glow=(255, 122, 26),
    arrow=(13, 92, 84),
)
DARK = Palette(
    ground=(20, 27, 36),
    mat=(36, 62, 68),
    mat_edge=(25, 45, 51),
    pillow=(70, 90, 100),
    shadow=(0, 0, 0),
    right=(205, 222, 246),
    left=(94, 131, 182),
    trunk=(128, 164, 212),
    skin=(214, 148, 108),
    skin_left=(214, 148, 108),
    hair=(122, 84, 68),
    gap=(20, 27, 36),
    glow=(255, 122, 26),
    arrow=(120, 222, 196),
)
