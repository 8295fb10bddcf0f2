"""Measures the reader on tests/labelled and writes the figures down: `make accuracy`.

They go into knowledge/accuracy.yaml, which /accuracy shows, and into the tables of README.md
and CHANGELOG.md.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.knowledge_files import folder
from bot.adapters.labelled import TOTALS, answers_in, messages_in
from bot.app import dialogue
from bot.core.dialogue import Dialogue
from bot.core.evaluate import (
    AnswerFigures,
    MessageFigures,
    Share,
    answers_figures,
    messages_figures,
)

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md")
LABELLED = ROOT / "tests" / "labelled"
MARK, END = "<!-- accuracy -->", "<!-- end of accuracy -->"
# Dates in the labelled rows ("since March") are read as on the day the rows were written.
WRITTEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD = """\
# Measured by `make accuracy` on the test part of tests/labelled: no word list was written from it.
accuracy:
"""
TARGETS = ("100 %", "98 %", "85 %", "at most 2 %", "at most 12 %", "97 %")


def measured(talk: Dialogue, part: str) -> tuple[MessageFigures, AnswerFigures]:
    """The figures of one part, `train` or `test`."""
    messages = messages_in(LABELLED / f"messages-{part}.jsonl")
    answers = answers_in(LABELLED / f"answers-{part}.jsonl")
    return (
        messages_figures(talk.context.reader, talk.book, messages, WRITTEN),
        answers_figures(talk.context.answers, talk.book, answers, WRITTEN),
    )


def yaml_of(messages: MessageFigures, answers: AnswerFigures) -> str:
    """The lines of knowledge/accuracy.yaml."""
    shares = {name: getattr(messages, name) for name, _ in TOTALS}
    shares["answers_right"] = answers.right
    shares["emergencies_denied"] = Share(len(answers.emergencies_denied), answers.total)
    lines = [f"  measured: {WRITTEN.date()}"]
    lines += [f"  {n}: {{hits: {s.hits}, total: {s.total}}}" for n, s in shares.items()]
    return HEAD + "\n".join(lines) + "\n"


def table_of(parts: dict[str, tuple[MessageFigures, AnswerFigures]]) -> str:
    """The table of the pages: the test part and the training part side by side."""
    test, train = parts["test"], parts["train"]
    lines = ["| figure | target | test part | training part |", "|---|---|---|---|"]
    for (name, what), target in zip(TOTALS, TARGETS, strict=True):
        cells = [_cell(getattr(figures[0], name)) for figures in (test, train)]
        lines.append(f"| {what} | {target} | {' | '.join(cells)} |")
    cells = [_cell(figures[1].right) for figures in (test, train)]
    lines.append(f"| typed answers read rightly | 95 % | {' | '.join(cells)} |")
    denied = [str(len(figures[1].emergencies_denied)) for figures in (test, train)]
    lines.append(f"| emergency signs taken for a no | none | {' | '.join(denied)} |")
    return "\n".join(lines)


def table_in(text: str) -> str:
    """The table that stands in a page."""
    return text.partition(MARK)[2].partition(END)[0].strip()


def _cell(share: Share) -> str:
    return f"{share.percent:.1f} % of {share.total}"


def main() -> None:
    """Measure and write."""
    talk = dialogue()
    parts = {part: measured(talk, part) for part in ("test", "train")}
    (folder() / "accuracy.yaml").write_text(yaml_of(*parts["test"]), encoding="utf-8")
    table = table_of(parts)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        before, _, rest = text.partition(MARK)
        _, _, after = rest.partition(END)
        page.write_text(f"{before}{MARK}\n{table}\n{END}{after}", encoding="utf-8")
    sys.stdout.write(table + "\n")


if __name__ == "__main__":
    main()
