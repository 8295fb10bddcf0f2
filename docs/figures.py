"""Draws docs/figures.png, the stills of all stretches on one sheet: `python docs/figures.py`."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.adapters.knowledge_files import load
from bot.adapters.pictures.palette import LIGHT
from bot.adapters.pictures.pictures import Pictures, few_colours, flat

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


if __name__ == "__main__":
    main()
