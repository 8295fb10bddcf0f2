"""`unknot verify` on all processors.

One process gives every answer to every question while this one walks; then all try what else can
happen in each state of the walk.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import islice

from bot.adapters.telegram.render import messages, units
from bot.core.dialogue import Dialogue
from bot.core.every_answer import answered, apart
from bot.core.messages import Line, Reply
from bot.core.verify import MOST_PROBLEMS, Node, Report, tried, walked, whole

LONGEST = 4096  # UTF-16 units of a message
MOST_BUTTONS = 100  # of a keyboard
PARTS = 8  # of the states of the walk, for each processor: so that none waits long for another

_work: list[tuple[Dialogue, Sequence[Node]]] = []  # what the processes inherit


def fits(reply: Reply) -> bool:
    """Whether each message that a reply becomes is one that Telegram takes."""
    return sum(map(len, reply.buttons)) <= MOST_BUTTONS and _text_fits(reply.lines)


@lru_cache(maxsize=1 << 14)  # the same texts come in very many states
def _text_fits(lines: tuple[Line, ...]) -> bool:
    parts = messages(Reply("", lines))
    return all(0 < units(part.plain.strip()) <= LONGEST for part in parts)


def verified(dialogue: Dialogue, deviations: int, processes: int | None = None) -> Report:
    """Walk, give every answer, try everything; problems come with the shortest way to them."""
    # The same few messages are read in every state, and reading depends on nothing else.
    reader = dialogue.context.reader
    setattr(reader, "read", cache(reader.read))  # noqa: B010 - mypy allows no other way
    if "fork" not in multiprocessing.get_all_start_methods():
        processes = 1
    # All that is found is kept to the end: to look for garbage in it takes a third of the time.
    gc.disable()
    try:
        return _verified(dialogue, deviations, processes or os.cpu_count() or 1)
    finally:
        gc.enable()


def _verified(dialogue: Dialogue, deviations: int, count: int) -> Report:
    if count == 1:
        report, nodes = _walked(dialogue, deviations)
        return _together(report, [_tried(dialogue, nodes), _answered(dialogue)])
    _work[:] = [(dialogue, [])]
    fork = multiprocessing.get_context("fork")
    with fork.Pool(1) as other:
        answers = other.apply_async(_answered_there)
        report, nodes = _walked(dialogue, deviations)
        parts = PARTS * count
        _work[:] = [(dialogue, nodes[part::parts]) for part in range(parts)]
        with fork.Pool(count) as pool:
            found = pool.map(_tried_there, range(parts), chunksize=1)
        found.append(answers.get())
    _work.clear()
    return _together(report, found)


def _walked(dialogue: Dialogue, deviations: int) -> tuple[Report, list[Node]]:
    report, nodes = walked(dialogue, deviations, fits)
    report.problems += whole(dialogue, nodes, report, fits)
    return report, [] if report.problems else list(apart(dialogue, nodes))


def _answered(dialogue: Dialogue) -> Report:
    report, nodes = answered(dialogue, fits)
    report.problems += islice(tried(dialogue, nodes, fits, report), MOST_PROBLEMS)
    return report


def _tried(dialogue: Dialogue, nodes: Sequence[Node]) -> Report:
    report = Report()
    report.problems += islice(tried(dialogue, nodes, fits, report), MOST_PROBLEMS)
    return report


def _answered_there() -> Report:
    return _answered(_work[0][0])


def _tried_there(part: int) -> Report:
    return _tried(*_work[part])


def _together(report: Report, parts: Sequence[Report]) -> Report:
    for part in parts:
        report.merged += part.merged
        report.mergers += part.mergers
        report.steps += part.steps
        report.longest = max(report.longest, part.longest)
        report.problems += part.problems
    report.problems.sort(key=lambda problem: len(problem.inputs))
    return report
