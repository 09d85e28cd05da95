"""The two figures of a workload: speedup against cores, and time against size.

Both draw the cells whose status is ok; where a strategy was measured with several chunk counts or in
several environments, its fastest cell stands for it.
"""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parbench.report import words
from parbench.report.axes import SOFT, core_axis, label_ends, seconds_axis, shorten, size_axis, speedup_axis
from parbench.report.curves import draw_curve, draw_references, draw_times
from parbench.report.looks import looks
from parbench.report.style import ours

#: Speedups below this are drawn at the lower edge as an arrow; their label gives the number.
FLOOR = 1 / 300
# Inches.
PLOT, LABELS, LEFT, TOP, BOTTOM, HEAD = 2.8, 2.45, 0.7, 0.45, 0.55, 0.5


def speedup(summary: pd.DataFrame, workload: str, unit: str = "") -> Figure:
    """Speedup over the baseline against cores for one workload, one panel a size, all on the same axes.

    `summary` is that of the whole run, so that a strategy looks the same in every figure; `unit` is
    what the sizes count. Intervals are bands, or bars where there are fewer than four core counts.
    """
    cells = measured(summary, workload, "speedup")
    sizes = sorted(cells["size"].unique())
    title = f"{workload}: speedup over the fastest serial strategy"
    with ours():
        if not sizes:
            return empty(title)
        table = looks(summary["strategy"])
        height = max(3.1, 0.145 * (cells["strategy"].nunique() + 3) + 0.8)
        figure, panels = grid(len(sizes), height)
        write_title(figure, title, left_out(summary, workload))
        low, high = limits(cells)
        for axes, size in zip(panels, sizes, strict=True):
            panel = cells[cells["size"] == size]
            core_axis(axes, [int(each) for each in cells["cores"].unique()])
            speedup_axis(axes, low, high)
            labels = draw_references(axes, panel)
            for strategy, curve in panel.groupby("strategy", sort=False):
                labels.append(draw_curve(axes, curve.sort_values("cores"), table[str(strategy)], low))
            label_ends(axes, labels, height)
            write_panel_title(axes, panel, f"{words.count(size)} {unit}".rstrip())
            if axes in panels[::2]:
                axes.set_ylabel("speedup (log scale, compressed below 1/2×)" if low < 0.45 else "speedup (log scale)")
    return figure


def time(summary: pd.DataFrame, workload: str, unit: str = "", frame: pd.DataFrame | None = None) -> Figure:
    """Seconds per call against size for one workload, both axes logarithmic.

    Every strategy is shown at its fastest core count for each size. With `frame`, the samples, a bar
    spans the middle 90 % of the cell's steady samples.
    """
    cells = measured(summary, workload, "seconds")
    title = f"{workload}: time of one call, each strategy at its fastest core count"
    with ours():
        if cells.empty:
            return empty(title)
        best = cells.sort_values("seconds").drop_duplicates(["size", "strategy"])
        best = with_range(best, frame)
        table = looks(summary["strategy"])
        width, height = 5.2, max(3.6, 0.145 * best["strategy"].nunique() + 0.8)
        figure = Figure(figsize=(0.8 + width + LABELS + 0.75, HEAD + height + BOTTOM), facecolor="white")
        axes = place(figure, 0.8, BOTTOM, width, height)
        write_title(figure, title, left_out(summary, workload))
        size_axis(axes, [int(each) for each in best["size"].unique()], unit)
        seconds_axis(axes, float(best["fast"].min()) / 1.6, float(best["slow"].max()) * 1.6)
        axes.set_ylabel("time of one call (log scale)")
        labels = [
            draw_times(axes, curve.sort_values("size"), table[str(strategy)])
            for strategy, curve in best.groupby("strategy", sort=False)
        ]
        label_ends(axes, labels, height)
    return figure


def measured(summary: pd.DataFrame, workload: str, column: str) -> pd.DataFrame:
    """The cells of `workload` that are ok and have a positive `column`, one for each size, strategy and cores."""
    cells = summary[(summary["workload"] == workload) & (summary["status"] == "ok")]
    cells = cells[cells[column].astype(float) > 0]
    return cells.sort_values("seconds").drop_duplicates(["size", "strategy", "cores"])


def left_out(summary: pd.DataFrame, workload: str) -> str:
    """Which strategies of `workload` have no ok cell at all, and why, in one line; empty where there are none."""
    cells = summary[summary["workload"] == workload]
    shown = set(cells.loc[cells["status"] == "ok", "strategy"])
    lost = cells[~cells["strategy"].isin(shown)].drop_duplicates("strategy").sort_values("strategy")
    reasons = [f"{shorten(str(row.strategy))} ({row.status})" for row in lost.itertuples()]
    if len(reasons) > 4:
        reasons = [*reasons[:3], f"{len(reasons) - 3} more"]
    return "not shown: " + ", ".join(reasons) if reasons else ""


def limits(cells: pd.DataFrame) -> tuple[float, float]:
    """The range of the speedup axis: all points and ceilings, 1 and, within reason, the intervals and the ideal."""
    values = cells[["speedup", "ceiling"]].astype(float)
    least, most = float(values.min().min()), float(values.max().max())
    # An interval of two blocks may reach from nothing to a thousand: it is cut at the edge, or would press all curves
    # together, as the ideal line would far above every point.
    least = max(least / 2, min(least, float(cells["speedup_low"].astype(float).min())))
    most = min(2 * most, max(most, float(cells["speedup_high"].astype(float).max()), float(cells["cores"].max())))
    return max(FLOOR, min(0.6, least)) / 1.25, max(2.0, most) * 1.2


def with_range(best: pd.DataFrame, frame: pd.DataFrame | None) -> pd.DataFrame:
    """`best` with columns `fast` and `slow`, the 5th and 95th percentile of each cell's steady samples."""
    if frame is None:
        return best.assign(fast=best["seconds"], slow=best["seconds"])
    keys = ["workload", "size", "strategy", "cores", "chunks", "environment"]
    steady = frame[frame["phase"] == "steady"].dropna(subset=["seconds"])
    spans = steady.groupby(keys)["seconds"].agg(
        fast=lambda each: each.quantile(0.05), slow=lambda each: each.quantile(0.95)
    )
    joined = best.merge(spans.reset_index(), on=keys, how="left")
    return joined.assign(fast=joined["fast"].fillna(joined["seconds"]), slow=joined["slow"].fillna(joined["seconds"]))


def grid(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels, two a row, each with room for a column of labels at its right."""
    columns = min(2, count)
    rows = math.ceil(count / columns)
    wide, high = LEFT + PLOT + LABELS, TOP + height + BOTTOM
    figure = Figure(figsize=(columns * wide + 0.1, rows * high + HEAD), facecolor="white")
    panels = []
    for index in range(count):
        row, column = divmod(index, columns)
        panels.append(place(figure, column * wide + LEFT + 0.1, (rows - 1 - row) * high + BOTTOM, PLOT, height))
    return figure, panels


def place(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at this place of the figure, in inches from its lower left corner."""
    whole_width, whole_height = figure.get_size_inches()
    share = (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
    return figure.add_axes(share)


def write_title(figure: Figure, title: str, note: str) -> None:
    """The figure's title at its upper left, and a smaller note below it."""
    width, height = figure.get_size_inches()
    figure.text(0.12 / width, 1 - 0.2 / height, title, fontsize=10.5, weight="bold", verticalalignment="center")
    figure.text(0.12 / width, 1 - 0.38 / height, note, fontsize=8, color=SOFT, verticalalignment="center")


def write_panel_title(axes: Axes, panel: pd.DataFrame, size: str) -> None:
    """The size and the baseline with its time, above one panel."""
    axes.set_title(size, loc="left", fontsize=9.5, weight="bold", pad=16)
    baseline = panel[panel["verdict"] == "baseline"]
    if not baseline.empty:
        row = baseline.iloc[0]
        text = f"1× is {shorten(row['strategy'])}: {words.duration(row['seconds'])} a call"
        axes.text(0, 1.0, text, transform=axes.transAxes, fontsize=8, color=SOFT, verticalalignment="bottom")


def empty(title: str) -> Figure:
    """A figure that says that there is nothing to show."""
    figure = Figure(figsize=(6, 1.4), facecolor="white")
    write_title(figure, title, "")
    figure.text(0.5, 0.35, "No cell of this workload was measured.", color=SOFT, horizontalalignment="center")
    return figure
