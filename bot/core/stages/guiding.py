"""A stretch in time: counted, paused, made easier, gone on with after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core import agenda, stretches
from bot.core.knowledge import Stretch
from bot.core.messages import Reply
from bot.core.stages.flow import Context, Turn
from bot.core.state import PlanItem, Stretching, UserState


def shown(c: Context, state: UserState, stage: Stretching, at: datetime) -> Reply:
    """The stretch that is open: its card, its count, or the count that is paused."""
    if stage.since is not None:
        return c.wording.counting(state, stage, agenda.counted(stage, at))
    if stage.spent:
        return c.wording.count_paused(state, stage)
    return c.wording.stretch(state, stage.plan, stage.index)


def start(c: Context, state: UserState, stage: Stretching, at: datetime) -> Turn:
    """Begin the count, or go on with it."""
    seconds = c.wording.countdown(state, stage).seconds
    again = stage.spent > 0
    stage = replace(stage, since=at, seconds=seconds, checked=at)
    state = replace(state, stage=stage)
    return state, (replace(c.wording.counting(state, stage, stage.spent), edit=again),)


def pause(c: Context, state: UserState, stage: Stretching, at: datetime) -> Turn:
    """Stop the count where it is."""
    stage = still(stage, at)
    state = replace(state, stage=stage)
    return state, (replace(shown(c, state, stage, at), edit=True),)


def still(stage: Stretching, at: datetime) -> Stretching:
    """The stage with its count standing still."""
    if stage.since is None:
        return stage
    # At least a second, so that it shows as paused.
    spent = max(1, min(agenda.counted(stage, at), stage.seconds - 1))
    return replace(stage, since=None, checked=None, spent=spent)


def next_one(stage: Stretching) -> Stretching:
    """The stage at the next stretch, with nothing counted yet."""
    return replace(stage, index=stage.index + 1, since=None, checked=None, spent=0, seconds=0)


def is_over(stage: Stretching, at: datetime) -> bool:
    """Whether the count has come to its end."""
    return stage.since is not None and agenda.counted(stage, at) >= stage.seconds


def went_on(c: Context, state: UserState, stage: Stretching, at: datetime) -> Turn:
    """The count is still running: shown once more, in case a restart has stopped it."""
    stage = replace(stage, checked=at)
    state = replace(state, stage=stage)
    reply = c.wording.counting(state, stage, agenda.counted(stage, at))
    countdown = replace(reply.countdown, resumed=True) if reply.countdown else None
    return state, (replace(reply, countdown=countdown),)


def easier(c: Context, state: UserState, stage: Stretching, at: datetime) -> Turn:
    """An easier stretch where there is one that fits, else less of this one."""
    item = stage.plan.items[stage.index]
    stretch = c.book.stretches[item.stretch]
    other = c.book.stretches.get(stretch.easier or "")
    kept_out = {name for name, key, _ in stage.plan.left_out if key != "no_time"}
    planned = {entry.stretch for entry in stage.plan.items}
    if other is not None and other.id not in kept_out | planned:
        new = stretches.lowest(c.book, state.facts, other)
        line = c.wording.line("easier_other", name=other.name)
    else:
        new = _less(stretch, item)
        line = c.wording.line("easier_less" if new != item else "easier_least")
    items = tuple(new if n == stage.index else e for n, e in enumerate(stage.plan.items))
    stage = replace(stage, plan=replace(stage.plan, items=items), since=None, checked=None)
    stage = replace(stage, spent=0, seconds=0)
    state = replace(state, stage=stage)
    reply = c.wording.stretch(state, stage.plan, stage.index)
    return state, (replace(reply, lines=(line, *reply.lines), edit=False),)


def _less(stretch: Stretch, item: PlanItem) -> PlanItem:
    """Half the repetitions, at least one; a hold of at most the start's."""
    hold = min(item.hold, stretch.dose.start.hold)
    dose = stretch.dose.start.model_copy(
        update={"hold": hold, "repetitions": max(1, item.repetitions // 2)}
    )
    return replace(item, hold=hold, repetitions=dose.repetitions, seconds=stretch.seconds(dose))
