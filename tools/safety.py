"""Writes the tables of docs/safety.md: `make safety`. A test says when they are out of date."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from bot.app import dialogue
from bot.core.knowledge import Counted, Knowledge, Strict
from tools.accuracy import PAGES, table_in
from tools.vignettes import FOLDER, Figure, Level, Played, figures, played, vignettes

ROOT = Path(__file__).resolve().parents[1]
_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
PAGE = ROOT / "docs" / "safety.md"


class Hazard(Strict):
    """What may go wrong, the control, what proves it, and what is left."""

    id: str
    hazard: str
    cause: str
    harm: Literal["grave", "some", "small"]
    rules: tuple[str, ...]
    source: str
    tests: tuple[str, ...]
    figure: str | None = None
    left: str


class Hazards(Strict):
    """The hazard log."""

    hazards: tuple[Hazard, ...]


class Study(Strict):
    """A published figure of another tool."""

    cite: str
    address: str
    what: str
    found: str


class Published(Strict):
    """All of them."""

    studies: tuple[Study, ...]


class FirstRun(Strict):
    """What each vignette was given before anything was mended."""

    told: Mapping[str, Level]
    tapped: Mapping[str, Level]


@cache
def hazards() -> tuple[Hazard, ...]:
    """The hazard log, as written."""
    return Hazards.model_validate(_read(ROOT / "docs" / "hazards.yaml")).hazards


@cache
def first_run() -> FirstRun:
    """The first run, as written down."""
    return FirstRun.model_validate(_read(FOLDER / "first_run.yaml"))


def _read(file: Path) -> object:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


# -- what a hazard names exists -------------------------------------------------------------------


def unfounded(knowledge: Knowledge) -> Iterator[str]:
    """Every rule, source, test or figure that a hazard names and that does not exist."""
    rules = rule_ids(knowledge)
    sources = {source.id for source in knowledge.sources}
    known = {*measured(knowledge), *(figure.name for figure in figures(_expected()))}
    seen: set[str] = set()
    for hazard in hazards():
        if hazard.id in seen:
            yield f"{hazard.id}: the id stands twice"
        seen.add(hazard.id)
        yield from (f"{hazard.id}: no rule {name}" for name in hazard.rules if name not in rules)
        if hazard.source not in sources:
            yield f"{hazard.id}: no source {hazard.source}"
        if not hazard.tests:
            yield f"{hazard.id}: nothing proves the control"
        yield from (f"{hazard.id}: no test {name}" for name in hazard.tests if not exists(name))
        if hazard.figure is not None and hazard.figure not in known:
            yield f"{hazard.id}: no figure {hazard.figure}"


def rule_ids(k: Knowledge) -> set[str]:
    """Everything in knowledge/ that can be a control."""
    parts = (k.flags, k.combinations, k.traits, k.guards, k.pages, k.cards, k.stretches, k.advice)
    return {entry.id for part in parts for entry in part}


def exists(test: str) -> bool:
    """Whether a test, or a conversation file, is there."""
    name, _, function = test.partition("::")
    file = ROOT / name
    if not function:
        return file.suffix == ".txt" and file.is_file()
    return file.is_file() and function in _functions(file)


@cache
def _functions(file: Path) -> frozenset[str]:
    return frozenset(_TEST.findall(file.read_text(encoding="utf-8")))


def _expected() -> list[Played]:
    return [Played(entry, entry.expect, 0) for entry in vignettes()]


# -- tables ---------------------------------------------------------------------------------------


def page_of(
    knowledge: Knowledge, told: Sequence[Played], tapped: Sequence[Played], text: str
) -> str:
    """The page with all its tables as they are today."""
    tables = {
        "figures": figures_table(told, tapped),
        "reading": table_in(PAGES[0].read_text(encoding="utf-8")),
        "published": published_table(told),
        "hazards": hazards_table(knowledge, figures(told)),
        "vignettes": vignettes_table(told),
    }
    for name, table in tables.items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        text = f"{before}{start}\n{table}\n{end}{after}"
    return text


def figures_table(told: Sequence[Played], tapped: Sequence[Played]) -> str:
    """First run and today, told and tapped, side by side."""
    first = first_run()
    runs = (_as_given(first.told), told, _as_given(first.tapped), tapped)
    columns = [{figure.name: figure for figure in figures(run)} for run in runs]
    head = (
        "figure",
        "target",
        "first run, told",
        "today, told",
        "first run, tapped",
        "today, tapped",
    )
    lines = [_row(head), _row(["---"] * len(head))]
    for name, figure in columns[1].items():
        cells = [
            _cell(column[name]) if name in column and column[name].total else ""
            for column in columns
        ]
        lines.append(_row((figure.what, figure.target, *cells)))
    return "\n".join(lines)


def _as_given(given: Mapping[str, Level]) -> list[Played]:
    return [Played(entry, given[entry.id], 0) for entry in vignettes() if entry.id in given]


def _cell(figure: Figure) -> str:
    low, high = figure.bounds
    share = f"{figure.percent:.1f} %" if figure.total else ""
    return f"{share} ({figure.hits} of {figure.total}; {low:.1f} to {high:.1f})"


def published_table(told: Sequence[Played]) -> str:
    """Other tools, and the first run of ours in the last line."""
    first = {figure.name: figure for figure in figures(_as_given(first_run().told))}
    today = {figure.name: figure for figure in figures(told)}
    lines = [_row(("study", "what was tried", "found")), _row(["---"] * 3)]
    for study in _published():
        lines.append(_row((f"[{study.cite}]({study.address})", study.what, study.found)))
    total = first["exact"].total
    ours = "; ".join(
        f"{name}: right level in {run['exact'].percent:.1f} %, in emergencies at least an "
        f"emergency department in {run['emergencies'].percent:.1f} %, "
        f"milder by more than 1 level in {run['under_by_two'].percent:.1f} % "
        f"(at most {run['under_by_two'].bounds[1]:.1f} %)"
        for name, run in (("first run", first), ("today", today))
    )
    lines.append(
        _row(("this page", f"Unknot, {total} own vignettes of back pain, 6 levels", ours))
    )
    return "\n".join(lines)


def _published() -> tuple[Study, ...]:
    return Published.model_validate(_read(ROOT / "docs" / "published.yaml")).studies


def hazards_table(knowledge: Knowledge, ours: Sequence[Figure]) -> str:
    """The hazard log, the gravest first."""
    order = ("grave", "some", "small")
    ranked = sorted(hazards(), key=lambda hazard: order.index(hazard.harm))
    known = {**measured(knowledge), **{f.name: f"{f.what}: {f.hits} of {f.total}" for f in ours}}
    blocks = [f"{len(ranked)} hazards."]
    for hazard in ranked:
        rules = ", ".join(f"`{name}`" for name in hazard.rules)
        lines = [
            f"### {hazard.hazard}",
            "",
            f"- Harm: {hazard.harm}. Cause: {hazard.cause}.",
            *([f"- Control: {rules}"] if rules else []),
            f"- Source: `{hazard.source}`",
            *(f"- Proof: {_link(test)}" for test in hazard.tests),
            *([f"- Measured: {known[hazard.figure]}"] if hazard.figure else []),
            f"- What is left: {hazard.left}",
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _link(test: str) -> str:
    file, _, function = test.partition("::")
    return f"[{(function or Path(file).stem).replace('_', ' ')}](../{file})"


READ = {
    "emergencies_reached": "messages with an emergency sign that is raised or asked",
    "falsely_raised": "messages without a sign that raise one",
    "emergencies_denied": "answers to emergency signs that are taken for a no",
}


def measured(knowledge: Knowledge) -> dict[str, str]:
    """The reader's figures in words, from knowledge/accuracy.yaml."""
    found: dict[str, str] = {}
    for name, what in READ.items():
        figure = getattr(knowledge.accuracy, name)
        if isinstance(figure, Counted):
            found[name] = f"{what}: {figure.hits} of {figure.total}"
    return found


def vignettes_table(told: Sequence[Played]) -> str:
    """Every person, what they wrote, the level expected and the level given."""
    lines = [_row(("id", "row", "what they write", "expected", "given")), _row(["---"] * 5)]
    for entry in told:
        one = entry.vignette
        given = entry.given if entry.exact else f"**{entry.given}**"
        given += " (allowed)" if entry.allowed and not entry.exact else ""
        says = one.says.replace("|", "/")
        lines.append(_row((one.id, one.row, says, f"{one.expect} ({one.source})", given)))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page; refuse when a hazard names what is not there."""
    talk = dialogue()
    knowledge = talk.book.knowledge
    problems = list(unfounded(knowledge))
    if problems:
        sys.exit("\n".join(problems))
    runs = played(talk), played(talk, silent=True)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page_of(knowledge, *runs, text), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")


if __name__ == "__main__":
    main()
