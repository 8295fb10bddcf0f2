"""Routines over time as one picture that is readable on a phone, in light and dark."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bot.core.messages import Chart

WIDTH, HEIGHT, DPI = 6.4, 6.0, 150  # inches, inches, pixels an inch
PAPER, INK, FAINT = "#F7F7F5", "#22313F", "#C9CED3"
# Told apart with every kind of colour blindness, and by their shapes as well (Okabe and Ito).
BEFORE, AFTER, REACH = "#D55E00", "#0072B2", "#8A5A83"
SPARE_DAYS = 0.6
MOST_DATES = 6  # below the picture


def png(chart: Chart) -> bytes:
    """The picture, its own paper behind it."""
    from matplotlib.figure import Figure  # takes long to import, and few ask for a chart

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=PAPER, layout="constrained")
    pain, reach = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    first = chart.points[0].day
    days = [float((point.day - first).days) for point in chart.points]
    _pain(pain, chart, days)
    for day, word in chart.marks:
        at = float((day - first).days)
        pain.axvline(at, color=FAINT, linestyle=":", zorder=0)
        pain.text(at, 10.4, word, color=INK, fontsize=9, ha="center", va="bottom")
    _reach(reach, chart, days)
    reach.set_xlim(min(days) - SPARE_DAYS, max(days) + SPARE_DAYS)
    step = max(1, round(max(days) / MOST_DATES))
    ticks = range(0, round(max(days)) + 1, step)
    dates = (first + timedelta(days=tick) for tick in ticks)
    reach.set_xticks(ticks, [f"{day.day} {chart.months[day.month - 1][:3]}" for day in dates])
    figure.suptitle(chart.title, color=INK, fontsize=15, fontweight="bold")
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _pain(axes: Axes, chart: Chart, days: list[float]) -> None:
    both = list(zip(days, chart.points, strict=True))
    for day, point in both:
        if point.before is not None and point.after is not None:
            axes.plot([day, day], [point.before, point.after], color=FAINT, linewidth=3, zorder=1)
    for name, colour, marker, values in (
        (chart.before, BEFORE, "o", [(d, p.before) for d, p in both if p.before is not None]),
        (chart.after, AFTER, "D", [(d, p.after) for d, p in both if p.after is not None]),
    ):
        at, pains = [d for d, _ in values], [float(v) for _, v in values]
        axes.plot(at, pains, color=colour, marker=marker, markersize=8, linewidth=2, label=name)
    axes.set_ylim(-0.5, 10.3)
    axes.set_yticks(range(0, 11, 2))
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, -0.22), ncols=2, frameon=False, fontsize=12
    )
    _plain(axes)


def _reach(axes: Axes, chart: Chart, days: list[float]) -> None:
    known = [(d, p.reach) for d, p in zip(days, chart.points, strict=True) if p.reach is not None]
    at, steps = [d for d, _ in known], [float(step) for _, step in known]
    axes.plot(at, steps, color=REACH, marker="s", markersize=8, linewidth=2, drawstyle="steps-mid")
    axes.set_ylim(len(chart.reaches) - 0.6, -0.4)  # the foot at the bottom, as on the body
    axes.set_yticks(range(len(chart.reaches)), chart.reaches)
    axes.set_title(chart.reach, color=INK, fontsize=12, loc="left")
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.set_facecolor(PAPER)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.tick_params(colors=INK, labelsize=11)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
