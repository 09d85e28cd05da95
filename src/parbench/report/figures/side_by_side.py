"""The figures of several runs: curves in a panel a run, all on the same axes, and the best strategy of each run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from parbench import text
from parbench.analysis.side_by_side import NamedRun, Place
from parbench.report.figures.axes import (
    INK,
    SOFT,
    core_axis,
    label_ends,
    marker,
    set_ticks,
    shorten,
    speedup_axis,
)
from parbench.report.figures.looks import Look, looks, thinner
from parbench.report.figures.panel import draw_curve, draw_references
from parbench.report.figures.speedup import (
    HEAD,
    best,
    curves,
    grid,
    limits,
    measured,
    place,
    plain,
    write_panel_title,
    write_title,
)
from parbench.report.figures.style import ours
from parbench.report.sentences.side_by_side import best_parallel

#: With more panels a figure is no longer looked at, but searched.
MOST_PANELS = 8
#: What the name of a run takes at most, characters: above a panel, and beside a line.
LONGEST_TITLE, LONGEST_LINE = 48, 34
#: Inches.
ROW, NAMES, SAYS, WIDE = 0.27, 2.35, 2.75, 3.4


def speedups(runs: Sequence[NamedRun], at: Place, unit: str = "") -> Figure:
    """Speedup against cores at a workload and size, a panel a run, all on the same axes, the first runs where many.

    Every run has its own baseline, which its panel names.
    """
    workload, size = at
    panels = [(run.name, measured(in_place(run, at), workload, "speedup")) for run in runs]
    panels = [(name, panel) for name, panel in panels if not panel.empty][:MOST_PANELS]
    title = f"{workload}, {text.count(size)} {unit}".rstrip() + ": speedup over each run's fastest serial strategy"
    whole = pd.concat([cells.assign(run=name) for name, cells in panels], ignore_index=True)
    with ours():
        table = looks(strategy for run in runs for strategy in run.summary["strategy"])
        most = max(len(curves(panel)) for _, panel in panels)
        height = max(2.6, 0.145 * (most + 3) + 0.5)
        figure, places = grid(len(panels), height, HEAD - 0.15)
        write_title(figure, title)
        low, high = limits(pd.concat([shown for _, panel in panels for shown in (plain(panel), best(panel))]))
        for axes, (name, panel) in zip(places, panels, strict=True):
            core_axis(axes, [int(each) for each in whole["cores"].unique()])
            speedup_axis(axes, low, high)
            labels = draw_references(axes, panel)
            for curve, is_best in curves(panel):
                look = table[str(curve["strategy"].iloc[0])]
                label = draw_curve(axes, curve, thinner(look) if is_best else look, low)
                labels += [] if is_best and curve.index[-1] in plain(panel).index else [label]
            label_ends(axes, labels, height)
            write_panel_title(axes, panel, shorten(name, LONGEST_TITLE))
            if axes in places[::2]:
                axes.set_ylabel("speedup (log scale, compressed below 1/2×)" if low < 0.45 else "speedup (log scale)")
    return figure


def bests(runs: Sequence[NamedRun], at: Place, unit: str = "") -> Figure:
    """The best parallel strategy of each run at a workload and size, with its interval: a line a run."""
    workload, size = at
    found = [(run, best_parallel(run.summary, at)) for run in runs if at in run.measured()]
    title = f"{workload}, {text.count(size)} {unit}".rstrip() + ": the best parallel strategy of each run"
    height = ROW * len(found) + 0.15
    with ours():
        figure = Figure(figsize=(NAMES + WIDE + SAYS, height + 1.0), facecolor="white")
        write_title(figure, title)
        axes = place(figure, NAMES, 0.5, WIDE, height)
        table = looks(strategy for run in runs for strategy in run.summary["strategy"])
        low, high = ends([cell for _, cell in found if cell is not None])
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(len(found) - 0.4, -0.6)
        speedup_ticks(axes, low, high)
        set_ticks(axes, "y", range(len(found)), [shorten(run.name, LONGEST_LINE) for run, _ in found])
        axes.grid(visible=False, axis="y")
        axes.axvline(1, color=INK, linewidth=1.0, zorder=1.5)
        axes.set_xlabel("speedup over the run's fastest serial strategy (log scale)")
        for line, (_, cell) in enumerate(found):
            draw_best(axes, line, cell, table)
    return figure


def draw_best(axes: Axes, line: int, cell: pd.Series[Any] | None, table: dict[str, Look]) -> None:
    """One run's best: its mark, its interval, and beside the panel which it is."""
    across = axes.get_yaxis_transform()
    if cell is None:
        axes.text(1.03, line, "no parallel strategy", transform=across, va="center", fontsize=8, color=SOFT)
        return
    look, (low, high) = table[str(cell["strategy"])], axes.get_xlim()
    value = min(max(float(cell["speedup"]), low), high)
    if text.known(cell["speedup_low"]) and text.known(cell["speedup_high"]):
        edges = [min(max(float(cell[end]), low), high) for end in ("speedup_low", "speedup_high")]
        axes.hlines(line, edges[0], edges[1], color=look.colour, linewidth=3.2, alpha=0.35)
    axes.plot([value], [line], **marker(look), linestyle="", zorder=3, clip_on=False)
    said = f"{shorten(str(cell['strategy']))}, {text.cores(cell['cores'])}  {text.times(cell['speedup'])}"
    axes.text(1.03, line, said, transform=across, va="center", fontsize=8)


def in_place(run: NamedRun, at: Place) -> pd.DataFrame:
    """The rows of a run's summary at a workload and size."""
    summary = run.summary
    return summary[(summary["workload"] == at[0]) & (summary["size"] == at[1])]


def ends(cells: Sequence[pd.Series[Any]]) -> tuple[float, float]:
    """The range of speedups: all points and 1, and their intervals within reason."""
    values = [float(cell["speedup"]) for cell in cells] or [1.0]
    lows = [float(cell["speedup_low"]) for cell in cells if text.known(cell["speedup_low"])]
    highs = [float(cell["speedup_high"]) for cell in cells if text.known(cell["speedup_high"])]
    low, high = min(1.0, *values), max(1.0, *values)
    low = max(low / 3, min([low, *lows]))
    high = min(high * 3, max([high, *highs]))
    return low / 1.15, high * 1.15


def speedup_ticks(axes: Axes, low: float, high: float) -> None:
    """Ticks at powers of two, or at round numbers where all speedups are near each other."""
    exponents = range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
    if len(exponents) >= 4:
        ticks = [2.0**exponent for exponent in exponents][:: max(1, len(exponents) // 6)]
    else:
        ticks = [float(tick) for tick in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    set_ticks(axes, "x", ticks, [f"{tick:.3g}×" for tick in ticks])


def drawable(run: NamedRun, at: Place) -> bool:
    """Whether a run has any point of a curve at a workload and size."""
    cells = in_place(run, at)
    return bool(((cells["status"] == "ok") & (cells["speedup"].astype(float) > 0)).any())
