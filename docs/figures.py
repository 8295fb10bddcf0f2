"""Draws the stretches on sheets: `make figures`.

docs/figures.png holds all stills; build/frames.png four frames of each animation, the first, the
middle and the last among them, light and dark, to be looked at.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.adapters.knowledge_files import load
from bot.adapters.pictures.palette import LIGHT
from bot.adapters.pictures.pictures import Pictures, few_colours, flat

FRAMES = Path(__file__).resolve().parents[1] / "build" / "frames.png"
COLUMNS, WIDTH, HEIGHT, LINE = 4, 320, 240, 30


def main() -> None:
    """Write the sheet beside this file."""
    pictures = Pictures(load())
    stretches = pictures.knowledge.stretches
    rows = -(-len(stretches) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * WIDTH, rows * (HEIGHT + LINE)), LIGHT.ground)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=17)
    for place, stretch in enumerate(stretches):
        left, top = place % COLUMNS * WIDTH, place // COLUMNS * (HEIGHT + LINE)
        image = Image.open(BytesIO(pictures.still(stretch.id))).convert("RGB")
        sheet.paste(image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), (left, top))
        name = (left + WIDTH / 2, top + HEIGHT + LINE / 2)
        pen.text(name, stretch.name, LIGHT.eye, font=font, anchor="mm")
    few = few_colours(sheet, 220, LIGHT)
    flat(sheet, few).save(Path(__file__).with_suffix(".png"), optimize=True)


def frames() -> None:
    """Four frames of each animation in a row, light beside dark."""
    pictures = Pictures(load())
    stretches = pictures.knowledge.stretches
    wide, high = WIDTH // 2, HEIGHT // 2
    sheet = Image.new("RGB", (8 * wide, len(stretches) * high), LIGHT.ground)
    for row, stretch in enumerate(stretches):
        for shade, dark in enumerate((False, True)):
            moving = Image.open(BytesIO(pictures.animation(stretch.id, dark=dark)))
            last = getattr(moving, "n_frames", 1) - 1
            for place, frame in enumerate((0, last // 4, last // 2, last)):
                moving.seek(frame)
                shown = moving.convert("RGB").resize((wide, high), Image.Resampling.LANCZOS)
                sheet.paste(shown, ((4 * shade + place) * wide, row * high))
    FRAMES.parent.mkdir(exist_ok=True)
    sheet.save(FRAMES)


if __name__ == "__main__":
    main()
    frames()
