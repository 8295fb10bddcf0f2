"""The pictures: they open on any phone, are small, clear in light and dark, always the same."""

from __future__ import annotations

from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from bot.__main__ import app
from bot.adapters.pictures import pictures as module
from bot.adapters.pictures.palette import DARK, LIGHT, Colour, Palette
from bot.adapters.pictures.pictures import LARGEST_FILE, MOVING, STILL, Pictures
from bot.core.errors import UnknotError
from bot.core.figures import frames
from bot.core.knowledge import Knowledge

# The animations with most frames, or with most that moves; Pictures itself refuses larger files.
LARGE = ("lying_hug_side_bend", "figure_four")
FIGURE = ("right", "left", "trunk", "skin", "hair", "arrow", "word")
BEHIND = ("ground", "mat", "sheet", "pillow", "floor")
SHADES = {"light": LIGHT, "dark": DARK}


@pytest.fixture(scope="module")
def pictures(knowledge: Knowledge) -> Pictures:
    return Pictures(knowledge)


def luminance(colour: Colour) -> float:
    parts = [v / 255 for v in colour]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: Colour, b: Colour) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("shade", SHADES)
def test_the_figure_stands_out_from_all_that_is_behind_it(shade: str) -> None:
    palette = SHADES[shade]
    weak = [
        (part, behind, round(contrast(getattr(palette, part), getattr(palette, behind)), 2))
        for part, behind in product(FIGURE, BEHIND)
        if contrast(getattr(palette, part), getattr(palette, behind)) < 3
    ]
    assert weak == []


@pytest.mark.parametrize("palette", SHADES.values(), ids=SHADES)
def test_right_and_left_differ_in_lightness_so_that_everyone_can_tell(palette: Palette) -> None:
    assert contrast(palette.right, palette.left) > 2.4


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_still_is_small_and_in_its_own_shade(pictures: Pictures, dark: bool) -> None:
    figures = pictures.knowledge.figures
    for figure in figures[::4] if dark else figures:  # light or dark changes nothing but colours
        data = pictures.still(figure.id, dark=dark)
        image = opened(data)
        assert (image.format, image.size) == ("PNG", STILL)
        assert len(data) < LARGEST_FILE // 5
        counted = image.getcolors(STILL[0] * STILL[1]) or []
        found = {colour for _, colour in counted if isinstance(colour, tuple)}
        palette = DARK if dark else LIGHT
        assert {palette.right, palette.left, palette.trunk, palette.skin} <= found
        assert any(r > 230 and 90 < g < 150 and b < 90 for r, g, b, *_ in found), "nothing glows"


@pytest.mark.parametrize(("name", "dark"), [(LARGE[0], False), (LARGE[1], True)])
def test_an_animation_is_small_loops_and_lasts_as_written(
    pictures: Pictures, name: str, dark: bool
) -> None:
    data = pictures.animation(name, dark=dark)
    assert len(data) <= LARGEST_FILE
    image = opened(data)
    assert (image.format, image.size, image.info["loop"]) == ("GIF", MOVING, 0)
    (figure,) = (figure for figure in pictures.knowledge.figures if figure.id == name)
    lasting = 0
    for place in range(getattr(image, "n_frames", 1)):
        image.seek(place)
        lasting += image.info["duration"]
    written = sum(round(frame.seconds * 100) * 10 for frame in frames(figure))
    assert lasting == written


def test_an_animation_that_stays_too_large_is_refused(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_FILE", 1000)
    with pytest.raises(UnknotError, match=r"figures/pelvic_tilt.yaml: .* make its movements"):
        pictures.animation("pelvic_tilt")


def test_an_unknown_stretch_is_told_with_those_that_there_are(pictures: Pictures) -> None:
    with pytest.raises(UnknotError, match=r"handstand: there is no such figure; .*bridge"):
        pictures.still("handstand")


def test_the_command_writes_what_was_asked_for_and_always_the_same(
    pictures: Pictures, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["figures", "pelvic_tilt", "--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    files = {file.name: file.read_bytes() for file in (tmp_path / "new").iterdir()}
    assert set(files) == {f"pelvic_tilt{s}.{e}" for s in ("", "-dark") for e in ("png", "gif")}
    assert "pelvic_tilt-dark.gif" in done.output
    assert files["pelvic_tilt.png"] == pictures.still("pelvic_tilt")
    assert files["pelvic_tilt-dark.gif"] == pictures.animation("pelvic_tilt", dark=True)
