"""A page for the clinician as a PDF, made in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

SIZES = (10.0, 9.0, 8.0, 7.0, 6.2, 5.6)  # points; the largest with which all fits on one page
MARGIN = 15.0  # millimetres
LEADING = 0.46  # line height in millimetres for each point
FONT = "page"

Section = tuple[str, tuple[str, ...]]


def pdf(title: str, sections: Sequence[Section]) -> bytes:
    """One A4 page; only when even the smallest letters do not suffice is there a second."""
    made = b""
    for size in SIZES:
        made, pages = _made(title, sections, size)
        if pages == 1:
            break
    return made


def _made(title: str, sections: Sequence[Section], size: float) -> tuple[bytes, int]:
    from fpdf import FPDF  # takes long to import, and few ask for a page

    page = FPDF(format="A4")
    page.set_margin(MARGIN)
    page.set_auto_page_break(True, MARGIN)
    page.set_title(title)
    page.set_creator("Unknot")
    fonts = _fonts()
    page.add_font(FONT, "", fonts / "DejaVuSans.ttf")
    page.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
    page.add_page()
    height = size * LEADING
    page.set_font(FONT, "B", size + 4)
    page.multi_cell(0, height * 1.5, title, new_x="LMARGIN", new_y="NEXT")
    for heading, lines in sections:
        page.ln(height * 0.5)
        page.set_font(FONT, "B", size + 1)
        page.multi_cell(0, height * 1.15, heading, new_x="LMARGIN", new_y="NEXT")
        page.set_font(FONT, "", size)
        for line in lines:
            page.multi_cell(0, height, f"\u2022 {line}", align="L", new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output()), page.pages_count


def _fonts() -> Path:
    """DejaVu Sans, which comes with matplotlib and has most letters of the world."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
