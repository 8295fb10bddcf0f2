"""`unknot verify` on all processors: one process walks, all of them try what else can happen."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from functools import cache
from itertools import islice

from bot.adapters.telegram.render import messages, units
from bot.core.dialogue import Dialogue
from bot.core.messages import Reply
from bot.core.verify import MOST_PROBLEMS, Node, Problem, Report, tried, walked, whole

LONGEST = 4096  # UTF-16 units of a message
MOST_BUTTONS = 100  # of a keyboard

_work: list[tuple[Dialogue, Sequence[Node]]] = []  # what the processes inherit


def fits(reply: Reply) -> bool:
    """Whether each message that a reply becomes is one that Telegram takes."""
    if sum(map(len, reply.buttons)) > MOST_BUTTONS:
        return False
    return all(0 < units(part.plain.strip()) <= LONGEST for part in messages(reply))


def verified(dialogue: Dialogue, deviations: int, processes: int | None = None) -> Report:
    """Walk, then try everything in each state; problems come with the shortest way to them."""
    # The same few messages are read in every state, and reading depends on nothing else.
    reader = dialogue.context.reader
    setattr(reader, "read", cache(reader.read))  # noqa: B010 - mypy allows no other way
    report, nodes = walked(dialogue, deviations, fits)
    report.problems += whole(dialogue, nodes, report, fits)
    if report.problems:
        return report
    if "fork" not in multiprocessing.get_all_start_methods():
        processes = 1
    count = processes or os.cpu_count() or 1
    _work[:] = [(dialogue, nodes[part::count]) for part in range(count)]
    if count == 1:
        found = [_tried(0)]
    else:
        with multiprocessing.get_context("fork").Pool(count) as pool:
            found = pool.map(_tried, range(count))
    _work.clear()
    for steps, problems in found:
        report.steps += steps
        report.problems += problems
    report.problems.sort(key=lambda problem: len(problem.inputs))
    return report


def _tried(part: int) -> tuple[int, list[Problem]]:
    dialogue, nodes = _work[part]
    report = Report()
    problems = list(islice(tried(dialogue, nodes, fits, report), MOST_PROBLEMS))
    return report.steps, problems
