"""Every cross-check of the knowledge base finds the mistake that it is there for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.core.knowledge import Group, Knowledge, Page
from bot.core.knowledge_checks import problems_in

Broken = Callable[[Knowledge], Knowledge]


def changed(section: str, name: str, **fields: Any) -> Broken:
    """The entry of this id with other fields."""

    def broken(k: Knowledge) -> Knowledge:
        entries = [
            entry.model_copy(update=fields) if entry.id == name else entry
            for entry in getattr(k, section)
        ]
        assert entries != list(getattr(k, section))
        return k.model_copy(update={section: tuple(entries)})

    return broken


def without(section: str, name: str) -> Broken:
    """The knowledge base without the entry of this id."""
    return lambda k: k.model_copy(
        update={section: tuple(entry for entry in getattr(k, section) if entry.id != name)}
    )


def twice(section: str) -> Broken:
    """The first entry of a section at its end once more."""
    return lambda k: k.model_copy(update={section: (*getattr(k, section), getattr(k, section)[0])})


def skip(**fields: Any) -> Broken:
    """The first skip of the first stretch that has one, with other fields."""

    def broken(k: Knowledge) -> Knowledge:
        stretch = next(stretch for stretch in k.stretches if stretch.skip)
        first, *others = stretch.skip
        skips = (first.model_copy(update=fields), *others)
        return changed("stretches", stretch.id, skip=skips)(k)

    return broken


def dose(**fields: Any) -> Broken:
    """Another dose of the child's pose."""

    def broken(k: Knowledge) -> Knowledge:
        stretch = next(stretch for stretch in k.stretches if stretch.id == "child_pose")
        return changed("stretches", stretch.id, dose=stretch.dose.model_copy(update=fields))(k)

    return broken


def reversed_span(k: Knowledge) -> Knowledge:
    stretch = next(stretch for stretch in k.stretches if stretch.id == "child_pose")
    source = stretch.dose.sources[0].model_copy(update={"hold": (60, 30)})
    return dose(sources=(source, *stretch.dose.sources[1:]))(k)


def above_the_cap(k: Knowledge) -> Knowledge:
    stretch = next(stretch for stretch in k.stretches if stretch.id == "child_pose")
    cap = stretch.dose.cap
    return dose(start=cap.model_copy(update={"hold": cap.hold + 1}))(k)


def page_of(k: Knowledge, place: int, groups: tuple[Group, ...]) -> Knowledge:
    """The page at this place with other groups; made anew, since a page keeps its items."""
    old = k.pages[place]
    kept = {name: getattr(old, name) for name in Page.model_fields}
    page = Page.model_validate({**kept, "groups": groups})
    pages = (*k.pages[:place], page, *k.pages[place + 1 :])
    return k.model_copy(update={"pages": pages})


def on_two_pages(k: Knowledge) -> Knowledge:
    return page_of(k, 1, (*k.pages[1].groups, *k.pages[0].groups))


def options(**fields: Any) -> Broken:
    """The first option of "since when" with other fields."""

    def broken(k: Knowledge) -> Knowledge:
        question = next(question for question in k.questions if question.id == "since_when")
        first, *others = question.options
        changed_options = (first.model_copy(update=fields), *others)
        return changed("questions", question.id, options=changed_options)(k)

    return broken


def option_twice(k: Knowledge) -> Knowledge:
    question = k.questions[0]
    twice_there = (*question.options, question.options[0])
    return changed("questions", question.id, options=twice_there)(k)


def item_of_no_flag(k: Knowledge) -> Knowledge:
    groups = k.pages[0].groups
    group = groups[0].model_copy(update={"items": ("fizzy_foot",)})
    return page_of(k, 0, (group, *groups[1:]))


def unmarked(k: Knowledge) -> Knowledge:
    flags = tuple(f.model_copy(update={"core": None}) for f in k.flags)
    return k.model_copy(update={"flags": flags})


def emergency_asked_late(k: Knowledge) -> Knowledge:
    pages = tuple(page.model_copy(update={"emergency": False}) for page in k.pages)
    return k.model_copy(update={"pages": pages})


def never_holding(k: Knowledge) -> Knowledge:
    first = k.combinations[0]
    empty = first.when.model_copy(update={"all": (), "any": (), "at_least": None})
    return changed("combinations", first.id, when=empty)(k)


def unknown_in_a_condition(k: Knowledge) -> Knowledge:
    first = k.combinations[0]
    return changed(
        "combinations", first.id, when=first.when.model_copy(update={"any": ("fizzy_foot",)})
    )(k)


def eased_by_a_flag(k: Knowledge) -> Knowledge:
    flag = next(flag for flag in k.flags if flag.eased)
    assert flag.eased
    when = flag.eased.when.model_copy(update={"any": ("fever_or_infection",)})
    return changed("flags", flag.id, eased=flag.eased.model_copy(update={"when": when}))(k)


def alone_in_no_combination(k: Knowledge) -> Knowledge:
    return k.model_copy(update={"combinations": ()})


def unknown_number_source(k: Knowledge) -> Knowledge:
    first, *others = k.emergency_numbers
    entries = (first.model_copy(update={"sources": ("my_uncle",)}), *others)
    return k.model_copy(update={"emergency_numbers": entries})


def ordered(*more: str, leave: int = 0) -> Broken:
    """Another order of the questions."""
    return lambda k: k.model_copy(update={"order": (*k.order[leave:], *more)})


def topic_of_no_flag(k: Knowledge) -> Knowledge:
    topics = {**k.words.topics, "fizzy_foot": next(iter(k.words.topics.values()))}
    return k.model_copy(update={"words": k.words.model_copy(update={"topics": topics})})


def long_names(k: Knowledge) -> Knowledge:
    question = k.questions[0]
    option = question.options[0].model_copy(update={"id": "x" * 60})
    return changed("questions", question.id, options=(option, *question.options[1:]))(k)


def still_of_nothing(k: Knowledge) -> Knowledge:
    return changed("figures", k.figures[0].id, still=("fizzy",))(k)


def rules(**fields: Any) -> Broken:
    return lambda k: k.model_copy(update={"rules": k.rules.model_copy(update=fields)})


def sided(k: Knowledge) -> Knowledge:
    both = k.rules.both_sides.model_copy(update={"are": "fizzy_foot"})
    return rules(both_sides=both)(k)


def led_astray(k: Knowledge) -> Knowledge:
    return rules(leads_to=k.rules.leads_to.model_copy(update={"tingling": "fizzy_foot"}))(k)


def unknown_after(k: Knowledge) -> Knowledge:
    return changed("stretches", "child_pose", easier="child_pose")(k)


MISTAKES: dict[str, tuple[Broken, str]] = {
    "a flag twice": (twice("flags"), "id: new_name is used twice"),
    "a country twice": (twice("emergency_numbers"), "is used twice; rename one"),
    "two entries with one button": (
        lambda k: changed("flags", "saddle_numbness", button=k.flags[-1].button)(k),
        "stands on another entry too",
    ),
    "an unknown source": (
        changed("flags", "saddle_numbness", sources=("my_uncle",)),
        "my_uncle is not in sources.yaml",
    ),
    "an unknown source of a dose": (
        lambda k: dose(
            sources=(k.stretches[0].dose.sources[0].model_copy(update={"source": "my_uncle"}),)
        )(k),
        "my_uncle is not in sources.yaml",
    ),
    "an unknown source of a skip": (skip(sources=("my_uncle",)), "my_uncle is not in sources"),
    "a condition on nothing known": (unknown_in_a_condition, "fizzy_foot is no flag, trait or"),
    "a condition that never holds": (never_holding, "when: never holds"),
    "a flag eased by a flag": (eased_by_a_flag, "eased: looks at a flag"),
    "an item of no flag": (item_of_no_flag, "items: fizzy_foot is no flag or trait"),
    "an item on two pages": (on_two_pages, "stands on two pages; keep one"),
    "an order with an unknown step": (ordered("fizzy"), "order: fizzy is no page or question"),
    "a step that is never asked": (ordered(leave=1), "is never asked; add it to the order"),
    "a flag that is asked nowhere": (item_of_no_flag, "is asked nowhere; put it on a page"),
    "an option twice": (option_twice, "options: an id stands twice"),
    "an option of no flag": (options(has=("fizzy_foot",)), "has: fizzy_foot is no flag, trait"),
    "an option that leaves a flag open": (
        options(has=(), has_not=()),
        "has_not: this option leaves",
    ),
    "an emergency that is asked late": (emergency_asked_late, "is an emergency but on no page"),
    "no core flag": (unmarked, "core: no flag is marked `core: legs`"),
    "a flag that never counts": (alone_in_no_combination, "counts only together with others"),
    "a link to no other stretch": (unknown_after, "child_pose is no other stretch"),
    "a skip that offers nothing": (skip(instead=(), tip=""), "skip: offers nothing instead"),
    "a start above the cap": (above_the_cap, "start: is above the cap of child_pose"),
    "a dose with its high end first": (reversed_span, "hold: the low end comes first"),
    "a figure of no stretch": (
        without("stretches", "child_pose"),
        "id: child_pose is no stretch; use a stretch's id",
    ),
    "a stretch without a figure": (without("figures", "child_pose"), "child_pose: has no figure"),
    "an outcome without a text": (without("outcomes", "same_day"), "same_day has no text"),
    "an unknown card": (
        changed("flags", "saddle_numbness", card="fizzy"),
        "card: fizzy is not defined",
    ),
    "an unknown source of a number": (unknown_number_source, "my_uncle is not in number_sources"),
    "a button that is too long": (long_names, "exceeds 64 bytes; shorten"),
    "a pattern of no concept": (
        changed("flags", "saddle_numbness", hears=("fizzy + foot",)),
        "hears: fizzy is no concept",
    ),
    "a still of no pose": (still_of_nothing, "still: no pose has the id fizzy"),
    "two sides of no flag": (sided, "'fizzy_foot' is no flag; correct the id"),
    "an answer that leads nowhere": (led_astray, "'fizzy_foot' is no flag or trait"),
    "a beginning that is no answer": (
        rules(begun_days={"last_tuesday": 4}),
        "'last_tuesday' is no answer to since_when",
    ),
    "steps that go down": (rules(hold_steps=(10, 5)), "the numbers do not go up"),
    "a sentence that is too long": (
        changed("flags", "saddle_numbness", why=" ".join(["word"] * 21) + "."),
        "words",
    ),
    "a question on a condition of nothing known": (
        lambda k: changed(
            "questions",
            k.questions[0].id,
            when=k.combinations[0].when.model_copy(update={"any": ("fizzy_foot",)}),
        )(k),
        "fizzy_foot is no flag, trait or mark",
    ),
    "a topic of no flag": (topic_of_no_flag, "fizzy_foot is no flag; name one"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_found_and_told(knowledge: Knowledge, name: str) -> None:
    broken, says = MISTAKES[name]
    says = says.replace("new_name", knowledge.flags[0].id)
    told = [problem.text for problem in problems_in(broken(knowledge))]
    assert any(says in text for text in told), told[:5]


def test_the_base_that_is_shipped_has_no_problem(knowledge: Knowledge) -> None:
    assert problems_in(knowledge) == []
