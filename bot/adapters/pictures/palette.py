"""Colours of the figures, light and dark. Right and left differ in lightness, not in hue."""

from __future__ import annotations

from dataclasses import astuple, dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """What each thing is painted with."""

    ground: Colour
    mat: Colour
    mat_edge: Colour
    sheet: Colour
    sheet_edge: Colour
    wood: Colour
    pillow: Colour
    floor: Colour
    shadow: Colour
    right: Colour
    left: Colour
    trunk: Colour
    skin: Colour
    hair: Colour
    eye: Colour
    gap: Colour
    glow: Colour
    arrow: Colour
    word: Colour

    def colours(self) -> tuple[Colour, ...]:
        """All of them, most used first."""
        return tuple(dict.fromkeys(astuple(self)))


LIGHT = Palette(
    ground=(250, 246, 239),
    mat=(205, 228, 220),
    mat_edge=(168, 203, 192),
    sheet=(218, 226, 241),
    sheet_edge=(186, 198, 222),
    wood=(233, 220, 203),
    pillow=(245, 248, 253),
    floor=(234, 226, 212),
    shadow=(20, 50, 60),
    right=(27, 54, 93),
    left=(84, 122, 172),
    trunk=(49, 94, 147),
    skin=(176, 106, 69),
    hair=(58, 40, 36),
    eye=(45, 30, 27),
    gap=(250, 246, 239),
    glow=(255, 122, 26),
    arrow=(13, 92, 84),
    word=(86, 98, 108),
)
DARK = Palette(
    ground=(20, 27, 36),
    mat=(36, 62, 68),
    mat_edge=(25, 45, 51),
    sheet=(45, 55, 80),
    sheet_edge=(33, 41, 60),
    wood=(58, 48, 42),
    pillow=(54, 65, 92),
    floor=(33, 43, 55),
    shadow=(0, 0, 0),
    right=(205, 222, 246),
    left=(104, 142, 194),
    trunk=(138, 172, 218),
    skin=(198, 128, 88),
    hair=(164, 168, 180),
    eye=(45, 30, 27),
    gap=(20, 27, 36),
    glow=(255, 122, 26),
    arrow=(120, 222, 196),
    word=(160, 174, 190),
)
