"""The figure of fitted laws: measured speedups, the curve through them, and where it leads, marked as extrapolation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parbench import text as words
from parbench.analysis.stats.usl import usl
from parbench.report.figures.annotations import KEYS, annotate, assign, cell_lines, fields
from parbench.report.figures.axes import (
    FAINT,
    SOFT,
    EndLabel,
    core_axis,
    marker,
    scale_width,
    set_ticks,
    shorten,
    small_size,
)
from parbench.report.figures.layout import LABELS, PAGE, Layout, Names, single_panel
from parbench.report.figures.looks import Look, looks
from parbench.report.figures.panel import IDEAL
from parbench.report.figures.speedup import write_title

#: Most strategies that are drawn, those that scale best.
MOST_CURVES = 6
#: Multiple of the most measured cores up to which a fit is drawn.
BEYOND = 4
MOST_TICKS = 12
# Inches.
WIDTH, HEIGHT, LEFT, HEAD = 4.4, 3.4, 0.7, 0.75


def drawn_curves(rows: pd.DataFrame, workload: str) -> pd.DataFrame:
    """The curves of a workload that are drawn: at its largest size with fits, those that scale best first."""
    mine = rows[(rows["workload"] == workload) & rows["sigma"].notna()]
    largest: pd.DataFrame = mine[mine["size"] == mine["size"].max()].sort_values("speedup", ascending=False)
    return largest.drop_duplicates("strategy").head(MOST_CURVES)


def figures(rows: pd.DataFrame, points: pd.DataFrame, waiting: frozenset[str]) -> Mapping[str, Figure]:
    """A figure for each workload that has a fit of the universal scalability law."""
    names = rows.loc[rows["sigma"].notna(), "workload"].drop_duplicates()
    return {
        str(name): figure(drawn_curves(rows, name), points, str(name) in waiting, rows["strategy"]) for name in names
    }


def figure(
    mine: pd.DataFrame, points: pd.DataFrame, workers: bool, everyone: pd.Series[str], layout: Layout = PAGE
) -> Figure:
    """Speedup over itself on one core against cores, on axes of powers of two."""
    workload, size = mine["workload"].iloc[0], int(mine["size"].iloc[0])
    most = int(mine["cores"].max())
    far = BEYOND * most
    with layout.settings():
        table, names = looks(everyone), Names(layout, HEIGHT)
        drawing, axes = single_panel(layout, LEFT, WIDTH, HEIGHT, LABELS + 0.1, HEAD)
        note = "points: measured, with 95 % intervals; lines: the universal scalability law, dashed where extrapolated"
        write_title(
            drawing, f"{workload} at {words.count(size)}: each strategy over itself on one", note, layout=layout
        )
        counts = sorted({1, *(int(each) for each in points.loc[points["workload"] == workload, "cores"])})
        core_axis(axes, [*counts, *(count for count in (2 * most, far))])
        axes.set_xlabel("workers (log scale)" if workers else "cores")
        axes.set_ylabel("speedup over itself (log scale)")
        labels = [draw_ground(axes, most, far, scale(axes, mine, points))]
        labels += [draw(axes, row, points, far, table[str(row["strategy"])]) for _, row in mine.iterrows()]
        names.put(axes, labels)
        names.finish(drawing)
    return drawing


def scale(axes: Axes, mine: pd.DataFrame, points: pd.DataFrame) -> float:
    """Set the range of speedups, by what was measured and what can be at most; its upper end."""
    drawn = points.merge(mine[["workload", "size", "strategy", "chunks"]])
    measured = [float(each) for each in drawn["speedup"]]
    finite = [*measured, *(float(each) for each in mine["peak"] if np.isfinite(each))]
    low = min(0.9, 0.9 * min(measured))
    high = 1.6 * min(max(2.0, *finite), BEYOND * max(measured))
    axes.set_yscale("log", base=2)
    axes.set_ylim(low, high)
    first, last = int(np.ceil(np.log2(low))), int(np.floor(np.log2(high)))
    exponents = range(first, last + 1, 1 + (last - first) // MOST_TICKS)
    set_ticks(axes, "y", [2.0**each for each in exponents], [f"{2.0**each:g}×" for each in exponents])
    return high


def draw_ground(axes: Axes, most: int, far: int, top: float) -> EndLabel:
    """The ideal line, whose label is given back, and the part of the panel in which nothing was measured."""
    ideal = min(float(far), top)
    axes.plot([1, ideal], [1, ideal], **IDEAL, zorder=1.6)
    axes.axvspan(most, axes.get_xlim()[1], color=FAINT, alpha=0.45, linewidth=0, zorder=0.5)
    axes.annotate(
        "extrapolation", (most, 0.02), xycoords=("data", "axes fraction"), xytext=(4, 2), textcoords="offset points"
    ).set(color=SOFT, fontsize=small_size(), style="italic")
    return EndLabel(ideal, ideal, "ideal", drawn=IDEAL)


def of(points: pd.DataFrame, row: pd.Series[Any]) -> pd.DataFrame:
    """The points of one curve."""
    keys = ["workload", "size", "strategy", "chunks"]
    return points[(points[keys] == row[keys]).all(axis=1)]


def draw(axes: Axes, row: pd.Series[Any], points: pd.DataFrame, far: int, look: Look) -> EndLabel:
    """One strategy: its points, the fit through them, and its label at the end of the extrapolation."""
    mine = of(points, row)
    law = (float(row["sigma"]), float(row["kappa"]), float(row["gamma"]))
    within, beyond = (np.geomspace(start, stop, 80) for start, stop in ((1, row["cores"]), (row["cores"], far)))
    strategy, ends = str(row["strategy"]), (mine["speedup_low"], mine["speedup_high"])
    dashed: dict[str, Any] = {"linewidth": scale_width(1.2), "linestyle": (0, (4, 2.5))}
    bars: dict[str, Any] = {"linewidth": scale_width(3), "alpha": 0.35}
    drawn = [
        *axes.plot(within, usl(within, *law), color=look.colour, linewidth=scale_width(1.5), zorder=2.5),
        *axes.plot(beyond, usl(beyond, *law), color=look.colour, **dashed, zorder=2.5),
        axes.vlines(mine["cores"], *ends, color=look.colour, **bars),
        *axes.plot([1, *mine["cores"]], [1, *mine["speedup"]], linestyle="", **marker(look), zorder=3),
    ]
    assign(strategy, drawn)
    for point in list[Any](mine.itertuples()):
        told = f"{words.times(point.speedup, point.speedup_low, point.speedup_high)} itself on one (95 %)"
        record = fields(point, [*KEYS, "speedup", "speedup_low", "speedup_high"])
        annotate(axes, (point.cores, point.speedup), strategy, [*cell_lines(point), told], record)
    end = float(usl(np.array([far], dtype=float), *law)[0])
    low, high = axes.get_ylim()
    text = f"{shorten(strategy)}  {words.times(float(row['speedup']))}"
    solid = {**marker(look), "linewidth": scale_width(1.5)}
    return EndLabel(far, min(max(end, low), high), text, look, shorten(strategy), solid, strategy)
