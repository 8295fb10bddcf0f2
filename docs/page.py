"""Takes docs/page.png from the browser tests: `make screenshots`.

The tests lead a real bot to what is shown; here two of their screenshots are put side by side.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
WIDE, NARROW = "stretch-1280-light", "count-360-dark"
CARD = (256, 16, 1024, 784)  # the page within the wide window, pixels
GAP = 20
COLOURS = 192


def main() -> int:
    """Run the tests that take the two; 1 when there is no browser here."""
    with tempfile.TemporaryDirectory() as folder:
        tests = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "tests/browser"]
        chosen = ["-k", "counted_routine"]
        env = os.environ | {"SCREENSHOTS": folder}
        subprocess.run([*tests, *chosen], cwd=ROOT, env=env, check=True)  # noqa: S603 - our own tests
        files = [Path(folder) / f"{name}.png" for name in (WIDE, NARROW)]
        if not all(file.is_file() for file in files):
            sys.stderr.write("No screenshot was taken: is there a Chromium? (make browser)\n")
            return 1
        wide, narrow = (Image.open(file).convert("RGB") for file in files)
        wide = wide.crop(CARD)
        narrow = narrow.resize((narrow.width * wide.height // narrow.height, wide.height))
        sheet = Image.new("RGB", (wide.width + GAP + narrow.width, wide.height), "white")
        sheet.paste(wide, (0, 0))
        sheet.paste(narrow, (wide.width + GAP, 0))
        shown = sheet.quantize(COLOURS, dither=Image.Dither.NONE)
        shown.save(Path(__file__).with_suffix(".png"), optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
