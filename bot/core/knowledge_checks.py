"""What must hold between the parts of the knowledge base, beyond the shape of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.figure_checks import problems
from bot.core.knowledge import Condition, Knowledge, Outcome, Stretch
from bot.core.patterns import TIME_CONCEPTS, concepts_of
from bot.core.plain_language import user_texts, violations

CORE_FLAGS = ("legs", "bladder_bowel", "trauma", "two_weeks")
TOKEN_BYTES = 64
LONGEST_SESSION = 12
OFF = "off-"  # stands before an item in the token that takes it back

KnowledgePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `path` in the knowledge base, and what to do about it."""

    path: KnowledgePath
    text: str


def problems_in(knowledge: Knowledge) -> list[Problem]:
    """Every problem, in the order of the checks below."""
    checks = (
        _unique_ids,
        _known_sources,
        _known_conditions,
        _pages,
        _choices,
        _screening,
        _only_together,
        _stretches,
        _figures,
        _outcomes,
        _numbers,
        _tokens,
        _patterns,
        _topics,
        _rules,
        _plain_language,
    )
    return [problem for check in checks for problem in check(knowledge)]


def _unique_ids(k: Knowledge) -> Iterator[Problem]:
    for section in (
        *("sources", "outcomes", "cards", "combinations", "guards", "pages", "questions"),
        *("stretches", "figures", "advice", "conflicts", "number_sources"),
    ):
        ids = [entry.id for entry in getattr(k, section)]
        yield from _repeated(section, ids)
    findings = [("flags", flag.id) for flag in k.flags] + [("traits", t.id) for t in k.traits]
    seen: set[str] = set(k.marks)
    places = {"flags": 0, "traits": 0}
    for section, name in findings:
        if name in seen:
            yield Problem(
                (section, places[section], "id"), f"id: {name} is used twice; rename one"
            )
        seen.add(name)
        places[section] += 1
    yield from _repeated("emergency_numbers", [n.country for n in k.emergency_numbers])
    labels: Counter[str] = Counter(entry.button.lower() for entry in (*k.flags, *k.traits))
    for section, entries in (("flags", k.flags), ("traits", k.traits)):
        for place, entry in enumerate(entries):
            if labels[entry.button.lower()] > 1:
                yield Problem(
                    (section, place, "button"),
                    f"button: {entry.button!r} stands on another entry too; make them differ",
                )


def _repeated(section: str, ids: list[str]) -> Iterator[Problem]:
    for place, name in enumerate(ids):
        if name in ids[:place]:
            yield Problem((section, place), f"id: {name} is used twice; rename one")


def _known_sources(k: Knowledge) -> Iterator[Problem]:
    known = {source.id for source in k.sources}
    for section in (
        *("outcomes", "cards", "flags", "combinations", "guards", "traits", "questions"),
        *("stretches", "advice", "conflicts"),
    ):
        for place, entry in enumerate(getattr(k, section)):
            for name in entry.sources:
                if name not in known:
                    yield _unknown_source((section, place, "sources"), name)
    for place, stretch in enumerate(k.stretches):
        for at, dose in enumerate(stretch.dose.sources):
            if dose.source not in known:
                yield _unknown_source(("stretches", place, "dose", "sources", at), dose.source)
        for at, skip in enumerate(stretch.skip):
            for name in skip.sources:
                if name not in known:
                    yield _unknown_source(("stretches", place, "skip", at, "sources"), name)


def _unknown_source(path: KnowledgePath, name: str) -> Problem:
    return Problem(path, f"sources: {name} is not in sources.yaml; add it there or correct it")


def _known_conditions(k: Knowledge) -> Iterator[Problem]:
    known = {f.id for f in k.flags} | {t.id for t in k.traits} | set(k.marks)
    for path, condition in _conditions(k):
        for name in sorted(condition.names() - known):
            yield Problem(
                path, f"when: {name} is no flag, trait or mark; correct the name or define it"
            )
        if not condition.names():
            yield Problem(path, "when: never holds; name at least one flag, trait or mark")
    milder = [(place, flag) for place, flag in enumerate(k.flags) if flag.eased]
    flags = {f.id for f in k.flags}
    for place, flag in milder:
        if flag.eased and flag.eased.when.names() & flags:
            yield Problem(
                ("flags", place, "eased"),
                "eased: looks at a flag, so that one more flag could lower the outcome;"
                " use answers about the person only",
            )


def _conditions(k: Knowledge) -> Iterator[tuple[KnowledgePath, Condition]]:
    for place, combination in enumerate(k.combinations):
        yield ("combinations", place, "when"), combination.when
    for place, page in enumerate(k.pages):
        if page.when:
            yield ("pages", place, "when"), page.when
    for place, question in enumerate(k.questions):
        if question.when:
            yield ("questions", place, "when"), question.when
    for place, flag in enumerate(k.flags):
        if flag.eased:
            yield ("flags", place, "eased", "when"), flag.eased.when
    for place, stretch in enumerate(k.stretches):
        for at, skip in enumerate(stretch.skip):
            yield ("stretches", place, "skip", at, "when"), skip.when


def _pages(k: Knowledge) -> Iterator[Problem]:
    known = {f.id for f in k.flags} | {t.id for t in k.traits}
    shown: set[str] = set()
    for place, page in enumerate(k.pages):
        for name in page.items:
            if name not in known:
                yield Problem(
                    ("pages", place, "groups"), f"items: {name} is no flag or trait; define it"
                )
            if name in shown:
                yield Problem(
                    ("pages", place, "groups"), f"items: {name} stands on two pages; keep one"
                )
            shown.add(name)
    steps = {page.id for page in k.pages} | {question.id for question in k.questions}
    for place, step in enumerate(k.order):
        if step not in steps:
            yield Problem(("order", place), f"order: {step} is no page or question; define it")
    for step in sorted(steps - set(k.order)):
        yield Problem(("order",), f"order: {step} is never asked; add it to the order")
    asked = shown | {name for q in k.questions for o in q.options for name in o.has}
    for section, entries in (("flags", k.flags), ("traits", k.traits)):
        for at, entry in enumerate(entries):
            if entry.id not in asked:
                yield Problem(
                    (section, at),
                    f"id: {entry.id} is asked nowhere; put it on a page or into an option's `has`",
                )


def _choices(k: Knowledge) -> Iterator[Problem]:
    flags = {f.id for f in k.flags} | {t.id for t in k.traits}
    known = flags | set(k.marks)
    on_pages = {name for page in k.pages for name in page.items}
    for place, question in enumerate(k.questions):
        ids = [option.id for option in question.options]
        if len(set(ids)) < len(ids):
            yield Problem(
                ("questions", place, "options"), "options: an id stands twice; rename it"
            )
        for at, option in enumerate((*question.options, question.unsure)):
            for name in option.has + option.has_not:
                if name not in known:
                    yield Problem(
                        ("questions", place, "options", at),
                        f"has: {name} is no flag, trait or mark; correct the name or define it",
                    )
        own = {name for o in question.options for name in o.has} & flags - on_pages
        for at, option in enumerate(question.options):
            for name in sorted(own - set(option.has) - set(option.has_not)):
                yield Problem(
                    ("questions", place, "options", at),
                    f"has_not: this option leaves {name} open; say has or has_not",
                )


def _screening(k: Knowledge) -> Iterator[Problem]:
    asked_early = {name for page in k.pages if page.emergency for name in page.items}
    for place, flag in enumerate(k.flags):
        if flag.outcome.is_emergency and flag.id not in asked_early:
            yield Problem(
                ("flags", place, "outcome"),
                f"outcome: {flag.id} is an emergency but on no page marked `emergency`; move it",
            )
    for core in CORE_FLAGS:
        if not any(flag.core == core for flag in k.flags):
            yield Problem(("flags",), f"core: no flag is marked `core: {core}`; mark its flags")


def _only_together(k: Knowledge) -> Iterator[Problem]:
    combined = {name for combination in k.combinations for name in combination.when.names()}
    for place, flag in enumerate(k.flags):
        if flag.outcome is Outcome.SELF_CARE and flag.id not in combined:
            yield Problem(
                ("flags", place, "outcome"),
                f"outcome: {flag.id} counts only together with others, but stands in no"
                " combination; add one or give it an outcome of its own",
            )


def _stretches(k: Knowledge) -> Iterator[Problem]:
    known = {stretch.id for stretch in k.stretches}
    for place, stretch in enumerate(k.stretches):
        path: KnowledgePath = ("stretches", place)
        links = [name for name in (stretch.after, stretch.easier, stretch.harder) if name]
        links += [name for skip in stretch.skip for name in skip.instead]
        for name in links:
            if name not in known or name == stretch.id:
                yield Problem(path, f"{stretch.id}: {name} is no other stretch; correct the link")
        for at, skip in enumerate(stretch.skip):
            if not skip.instead and not skip.tip:
                yield Problem(
                    (*path, "skip", at), "skip: offers nothing instead; add `instead` or `tip`"
                )
        yield from _dose_problems(path, stretch)


def _dose_problems(path: KnowledgePath, stretch: Stretch) -> Iterator[Problem]:
    start, cap = stretch.dose.start, stretch.dose.cap
    if start.hold > cap.hold or start.repetitions > cap.repetitions:
        yield Problem(
            (*path, "dose", "start"), f"start: is above the cap of {stretch.id}; start lower"
        )
    for at, dose in enumerate(stretch.dose.sources):
        for name, span in (("hold", dose.hold), ("repetitions", dose.repetitions)):
            if span and span[0] > span[1]:
                yield Problem(
                    (*path, "dose", "sources", at), f"{name}: the low end comes first; swap them"
                )


def _figures(k: Knowledge) -> Iterator[Problem]:
    known = {stretch.id for stretch in k.stretches}
    drawn = {figure.id for figure in k.figures}
    for place, figure in enumerate(k.figures):
        if figure.id not in known:
            yield Problem(
                ("figures", place, "id"), f"id: {figure.id} is no stretch; use a stretch's id"
            )
        for path, what in problems(figure):
            yield Problem(("figures", place, *path), what)
    for place, stretch in enumerate(k.stretches):
        if stretch.id not in drawn:
            yield Problem(
                ("stretches", place), f"{stretch.id}: has no figure; add one to figures/"
            )


def _outcomes(k: Knowledge) -> Iterator[Problem]:
    written = {text.id for text in k.outcomes}
    for outcome in Outcome:
        if outcome not in written:
            yield Problem(("outcomes",), f"outcomes: {outcome} has no text; add it")
    cards = {card.id for card in k.cards}
    for section in ("flags", "combinations"):
        for place, entry in enumerate(getattr(k, section)):
            if entry.card and entry.card not in cards:
                yield Problem((section, place, "card"), f"card: {entry.card} is not defined")


def _numbers(k: Knowledge) -> Iterator[Problem]:
    known = {source.id for source in k.number_sources}
    for section in ("emergency_numbers", "crisis_lines"):
        for place, entry in enumerate(getattr(k, section)):
            for name in entry.sources:
                if name not in known:
                    yield Problem(
                        (section, place, "sources"), f"sources: {name} is not in number_sources"
                    )


def _tokens(k: Knowledge) -> Iterator[Problem]:
    for section, step, options in _answers(k):
        longest = max(len(option.encode()) for option in options)
        if LONGEST_SESSION + len(step) + longest + 2 > TOKEN_BYTES:
            yield Problem(
                section, f"id: {step} with its longest answer exceeds {TOKEN_BYTES} bytes; shorten"
            )


def _answers(k: Knowledge) -> Iterator[tuple[KnowledgePath, str, Iterable[str]]]:
    for place, page in enumerate(k.pages):
        yield ("pages", place), page.id, [OFF + item for item in page.items]
    for place, question in enumerate(k.questions):
        yield ("questions", place), question.id, [option.id for option in question.options]
    for section, entries in (("flags", k.flags), ("traits", k.traits)):
        for place, entry in enumerate(entries):
            yield (section, place), f"ask-{entry.id}", ["unsure"]


def _patterns(k: Knowledge) -> Iterator[Problem]:
    for place, flag in enumerate(k.flags):
        for field in ("hears", "asks"):
            for at, pattern in enumerate(getattr(flag, field)):
                for name in sorted(concepts_of(pattern)):
                    if name not in k.concepts and name not in TIME_CONCEPTS:
                        yield Problem(
                            ("flags", place, field, at),
                            f"{field}: {name} is no concept of knowledge/concepts;"
                            " define it there",
                        )


def _topics(k: Knowledge) -> Iterator[Problem]:
    known = {flag.id for flag in k.flags}
    for name in k.words.topics:
        if name not in known:
            yield Problem(("words", "topics", name), f"{name} is no flag; name one")


def _rules(k: Knowledge) -> Iterator[Problem]:
    """The rules name signs and answers that exist, and go up where they are steps."""
    flags = {flag.id for flag in k.flags}
    both = k.rules.both_sides
    for name in (*both.of, both.are):
        if name not in flags:
            yield Problem(("rules", "both_sides"), f"{name!r} is no flag; correct the id")
    known = flags | {trait.id for trait in k.traits}
    for answer, name in k.rules.leads_to:
        if name not in known:
            text = f"{name!r} is no flag or trait; correct the id"
            yield Problem(("rules", "leads_to", answer), text)
    begun = {o.id for q in k.questions if q.id == "since_when" for o in q.options}
    for name in k.rules.begun_days:
        if name not in begun:
            text = f"{name!r} is no answer to since_when; correct it or remove it"
            yield Problem(("rules", "begun_days"), text)
    for field in ("hold_steps", "rate_days"):
        steps = getattr(k.rules, field)
        if list(steps) != sorted(set(steps)):
            yield Problem(("rules", field), "the numbers do not go up; put them in order")


def _plain_language(k: Knowledge) -> Iterator[Problem]:
    for path, text, rules in user_texts(k):
        for what in violations(text, rules):
            yield Problem(path, f"{what} (in {text[:70]!r})")
