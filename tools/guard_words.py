"""Writes knowledge/words/guard.yaml: English words that must not be taken for a typing error.

Run by `make guard` after new words have come into the word lists. It reads the word lists of
Debian's wamerican and wbritish and keeps only the words that would otherwise be "put right".
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from bot.adapters.knowledge_files import folder, load
from bot.core.understand.reader import Reader

DICTIONARIES = (
    Path("/usr/share/dict/american-english"),
    Path("/usr/share/dict/british-english"),
)
HEAD = """\
# English words that look like a misspelt word of the lists, and are none: "never" is no fever.
# Written by `make guard`; do not edit by hand.

words:
  guard: [
"""


def main() -> None:
    """Write the file anew."""
    if not all(path.exists() for path in DICTIONARIES):
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "wamerican", "wbritish"],  # noqa: S607
            check=True,
            stdout=sys.stderr,
        )
    spelling = Reader(load()).lexicon.spelling
    words = {
        word.lower()
        for path in DICTIONARIES
        for word in path.read_text(encoding="utf-8").split()
        if word.isascii() and word.isalpha()
    }
    guard = sorted(word for word in words if spelling.would_change(word))
    body = textwrap.fill(", ".join(f'"{w}"' if w in YAML_WORDS else w for w in guard), 96)
    target = folder() / "words" / "guard.yaml"
    target.write_text(HEAD + textwrap.indent(body, "    ") + "\n  ]\n", encoding="utf-8")
    sys.stdout.write(f"{len(guard)} words in {target.name}\n")


YAML_WORDS = frozenset(("no", "yes", "on", "off", "true", "false", "null", "y", "n"))

if __name__ == "__main__":
    main()
