"""A task of the person's own that the back hinders, rated 0 to 10 at the start and later on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.core.messages import Reply
from bot.core.stages.flow import Context, Turn, new_session
from bot.core.state import AskingTask, Home, Rating, Task, UserState

LONGEST_NAME = 60
NO_TASK = Task("")  # asked once, and they did not want any
ROUTINES_BEFORE = 2  # not after the very first: there the reminder is offered


def due(c: Context, state: UserState, at: datetime) -> Literal["name", "rate"] | None:
    """What is to be asked after a routine: the task once, its rating on day 7 and day 28."""
    if state.passing:
        return None
    if state.task is None:
        return "name" if len(state.diary) >= ROUTINES_BEFORE else None
    ratings = state.task.ratings
    days = c.book.knowledge.rules.rate_days
    if not ratings or len(ratings) > len(days):
        return None
    passed = at - ratings[0].at
    return "rate" if passed >= timedelta(days=days[len(ratings) - 1]) else None


def ask(c: Context, state: UserState, part: Literal["name", "rate"]) -> Turn:
    """Ask for the task, or for its rating."""
    stage = AskingTask(part)
    state = replace(state, stage=stage)
    return state, (shown(c, state, stage),)


def wanted(c: Context, state: UserState, at: datetime) -> Turn:
    """Someone asks to rate a task."""
    part: Literal["name", "rate"] = "rate" if state.task and state.task.name else "name"
    return ask(c, new_session(state, at), part)


def shown(c: Context, state: UserState, stage: AskingTask) -> Reply:
    """The open question."""
    if stage.part == "name" or state.task is None:
        return c.wording.menu(state, "task_name", "task", ("no_task",))
    return c.wording.task_rating(state, state.task.name)


def typed(c: Context, state: UserState, text: str, at: datetime) -> Turn | None:
    """A task in the person's own words."""
    name = " ".join(text.split()).rstrip(".!")
    if not name or len(name) > LONGEST_NAME or name.endswith("?"):
        return None
    return ask(c, replace(state, task=Task(name)), "rate")


def pressed(c: Context, state: UserState, option: str, at: datetime) -> Turn:
    """A rating, or no task."""
    task = state.task
    state = replace(state, stage=Home())
    if task is None or not task.name or not option[1:].isdigit():
        state = replace(state, task=task or NO_TASK)
        return state, (c.wording.home(state, "task_none"),)
    task = replace(task, ratings=(*task.ratings, Rating(at, int(option[1:]))))
    state = replace(state, task=task)
    first, now = task.ratings[0].score, task.ratings[-1].score
    if len(task.ratings) == 1:
        return state, (c.wording.home(state, "task_rated"),)
    return state, (c.wording.home(state, "task_rated_again", first=first, now=now),)
