"""The two figures of a workload: speedup against cores, and time against size.

Both draw the cells whose status is ok; of a strategy in several environments, its fastest cell. If it was measured with
several numbers of chunks per core, its speedup has a curve at the fewest, and a thin one at the best at each core
count; its time is that of the best.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parbench import text as words
from parbench.analysis.frame import data_of
from parbench.report.figures.annotations import annotate_cells
from parbench.report.figures.axes import (
    SOFT,
    EndLabel,
    core_axis,
    seconds_axis,
    shorten,
    size_axis,
    small_size,
    speedup_axis,
)
from parbench.report.figures.layout import HEAD, LABELS, PAGE, Layout, Names, grid, single_panel
from parbench.report.figures.looks import Look, looks, thinner
from parbench.report.figures.panel import BANDS, OFF_SCALE, draw_curve, draw_references, draw_times
from parbench.workload.cell import AUTO

NOTHING = "No cell of this workload was measured."
NO_SPEEDUP = "No serial strategy is here to compare what was measured with."
#: Speedups below this are drawn at the lower edge as an arrow; their label gives the number.
FLOOR = 1 / 300
#: Distance between two notes below a title, in inches.
LINE = 0.15


def speedup(summary: pd.DataFrame, workload: str, unit: str = "", layout: Layout = PAGE) -> Figure:
    """Speedup over the baseline against cores for one workload, one panel per size, all on the same axes.

    `summary` is that of the whole run, so that a strategy looks the same in every figure; `unit` is what the sizes
    count. Intervals are bands, or bars if there are fewer than four core counts.
    """
    cells = measured(summary, workload, "speedup")
    sizes = sorted(cells["size"].unique())
    title = f"{workload}: speedup over the fastest serial strategy"
    with layout.settings():
        if not sizes:
            return empty(title, layout, NOTHING if measured(summary, workload, "seconds").empty else NO_SPEEDUP)
        table = looks(summary["strategy"])
        drawn = pd.concat([fewest_chunks(cells), best_chunks(cells)])
        by_size = {size: curves(cells[cells["size"] == size]) for size in sizes}
        height = max(3.1, 0.145 * (max(map(len, by_size.values())) + 3) + 0.8)
        notes = [note for note in (cut_note(cells, by_size.values()), left_out(summary, workload)) if note]
        figure, panels = grid(len(sizes), height, HEAD + LINE * (len(notes) - 1 if notes else 0), layout)
        write_title(figure, title, *notes, layout=layout)
        low, high = limits(drawn)
        names = Names(layout, height)
        for axes, size in zip(panels, sizes, strict=True):
            panel = cells[cells["size"] == size]
            names.put(axes, draw_panel(axes, panel, cells["cores"], (low, high), table, layout, len(panels)))
            write_panel_title(axes, panel, f"{words.count(size)} {unit}".rstrip())
            if axes.get_xlabel() and data_of(summary).header.facts(workload).waits:
                axes.set_xlabel("workers")
            if axes in panels[:: layout.columns(len(panels))]:
                axes.set_ylabel(speedup_label(low))
        names.finish(figure)
    return figure


def draw_panel(
    axes: Axes,
    panel: pd.DataFrame,
    cores: pd.Series[int],
    ends: tuple[float, float],
    table: Mapping[str, Look],
    layout: Layout = PAGE,
    panels: int = 1,
) -> list[EndLabel]:
    """The curves and lines of reference of one of some panels; `cores` and `ends` are those of all axes.

    Returns the labels of the curves.
    """
    core_axis(axes, [int(each) for each in cores.unique()])
    speedup_axis(axes, *ends)
    labels = draw_references(axes, panel)
    usual, drawing = fewest_chunks(panel).index, curves(panel)
    # bands show through each other, bars hide each other
    bars = panel["cores"].nunique() < BANDS
    for at, (curve, is_best) in enumerate(drawing):
        look = table[str(curve["strategy"].iloc[0])]
        shift = layout.shift(at, len(drawing), panels) if bars else 0.0
        label = draw_curve(axes, curve, thinner(look) if is_best else look, ends[0], shift)
        # if a thin curve ends in the thick one, that one's label will do
        labels += [] if is_best and curve.index[-1] in usual else [label]
    annotate_cells(axes, [curve for curve, _ in drawing], "cores", "speedup", ends[0] * OFF_SCALE)
    return labels


def time(
    summary: pd.DataFrame, workload: str, unit: str = "", frame: pd.DataFrame | None = None, layout: Layout = PAGE
) -> Figure:
    """Seconds per call against size for one workload, both axes logarithmic.

    Every strategy is shown at its fastest core count and chunks for each size. With `frame`, the samples, a bar
    spans the middle 90 % of the cell's steady samples.
    """
    cells = measured(summary, workload, "seconds")
    which = "fastest cores x chunks per core" if cells["chunks"].nunique() > 1 else "fastest core count"
    title = f"{workload}: time of one call, each strategy at its {which}"
    with layout.settings():
        if cells.empty:
            return empty(title, layout)
        fastest = cells.sort_values("seconds").drop_duplicates(["size", "strategy"])
        fastest = with_range(fastest, frame)
        table = looks(summary["strategy"])
        width, height = 5.2, max(3.6, 0.145 * fastest["strategy"].nunique() + 0.8)
        figure, axes = single_panel(layout, 0.8, width, height, LABELS + 0.85)
        write_title(figure, title, left_out(summary, workload), layout=layout)
        names = Names(layout, height)
        size_axis(axes, [int(each) for each in fastest["size"].unique()], unit)
        seconds_axis(axes, float(fastest["fast"].min()) / 1.6, float(fastest["slow"].max()) * 1.6)
        axes.set_ylabel("time of one call (log scale)")
        lines = {str(name): curve.sort_values("size") for name, curve in fastest.groupby("strategy", sort=False)}
        labels = [
            draw_times(axes, curve, table[name], layout.shift(place_, len(lines)))
            for place_, (name, curve) in enumerate(lines.items())
        ]
        annotate_cells(axes, lines.values(), "size", "seconds")
        names.put(axes, labels)
        names.finish(figure)
    return figure


def speedup_label(low: float) -> str:
    """Name of a speedup axis that begins at `low`."""
    return "speedup (log scale, compressed below 1/2×)" if low < 0.45 else "speedup (log scale)"


def measured(summary: pd.DataFrame, workload: str, column: str) -> pd.DataFrame:
    """The cells of `workload` that are ok and have a positive `column`, in one environment each, the fastest first."""
    cells = summary[(summary["workload"] == workload) & (summary["status"] == "ok")]
    cells = cells[cells[column].astype(float) > 0]
    return cells.sort_values("seconds").drop_duplicates(["size", "strategy", "cores", "chunks"])


def fewest_chunks(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of the curves that every strategy has: those with the fewest chunks per core, auto chunks last."""
    counts = cells["chunks"].where(cells["chunks"] != AUTO, math.inf)
    return cells[counts == counts.groupby(cells["strategy"]).transform("min")]


def best_chunks(cells: pd.DataFrame) -> pd.DataFrame:
    """For each size, strategy and core count the cell with the best number of chunks."""
    return cells.sort_values("speedup", ascending=False).drop_duplicates(["size", "strategy", "cores"])


def curves(panel: pd.DataFrame) -> list[tuple[pd.DataFrame, bool]]:
    """The curves of one size: those of every strategy, and its best chunks if these differ anywhere."""
    found: list[tuple[pd.DataFrame, bool]] = []
    usual, quickest = (
        dict(list(kind(panel).sort_values("cores", kind="stable").groupby("strategy")))
        for kind in (fewest_chunks, best_chunks)
    )
    for strategy in panel["strategy"].unique():
        found.append((usual[strategy], False))
        if list(usual[strategy].index) != list(quickest[strategy].index):
            found.append((quickest[strategy], True))
    return found


def cut_note(cells: pd.DataFrame, panels: Iterable[list[tuple[pd.DataFrame, bool]]]) -> str:
    """Meaning of thick and thin curves, if work was cut in several ways, or in an unusual one."""
    counts = sorted({int(each) for each in fewest_chunks(cells)["chunks"]} - {1}) or [1]
    if cells["chunks"].nunique() == 1 == counts[0]:
        return ""
    usual = f"{words.join(words.chunks(each) for each in counts)} chunk{'s' if counts != [1] else ''} per core"
    if not any(is_best for panel in panels for _, is_best in panel):
        return f"with {usual}"
    return f"thick: {usual}; thin: as many as were fastest at each core count, x4 for 4 per core"


def left_out(summary: pd.DataFrame, workload: str) -> str:
    """Strategies of `workload` without any ok cell, and the reasons, in one line; empty if there are none."""
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
    mine = frame["workload"].isin(best["workload"].unique())
    steady = frame[mine & (frame["phase"] == "steady")].dropna(subset=["seconds"])
    groups = steady.groupby(keys)["seconds"]
    spans = pd.DataFrame({"fast": groups.quantile(0.05), "slow": groups.quantile(0.95)})
    joined = best.merge(spans.reset_index(), on=keys, how="left")
    return joined.assign(fast=joined["fast"].fillna(joined["seconds"]), slow=joined["slow"].fillna(joined["seconds"]))


def write_title(figure: Figure, title: str, *notes: str, layout: Layout = PAGE) -> None:
    """The figure's title at its upper left, and smaller notes below it.

    In a paper these belong into the caption. Title and notes are the label of the figure, for the caller that writes
    it.
    """
    figure.set_label("\n".join(filter(None, [title, *notes])))
    if layout.paper:
        if layout.title:
            figure.suptitle(
                textwrap.fill(title, layout.letters(0.85)), x=0.01, horizontalalignment="left", weight="bold"
            )
        return
    width, height = figure.get_size_inches()
    at = 1 - 0.2 / height
    figure.text(0.12 / width, at, title, size=rcParams["figure.titlesize"], weight="bold", verticalalignment="center")
    for row, note in enumerate(notes):
        down = 0.38 + LINE * row
        figure.text(
            0.12 / width, 1 - down / height, note, fontsize=small_size(), color=SOFT, verticalalignment="center"
        )


def write_panel_title(axes: Axes, panel: pd.DataFrame, size: str) -> None:
    """The size and the baseline with its time, above one panel."""
    axes.set_title(size, loc="left", weight="bold", pad=2 * small_size())
    baseline = panel[panel["verdict"] == "baseline"]
    if not baseline.empty:
        row = baseline.iloc[0]
        text = f"1× is {shorten(row['strategy'])}: {words.duration(row['seconds'])} per call"
        axes.text(0, 1.0, text, transform=axes.transAxes, fontsize=small_size(), color=SOFT, verticalalignment="bottom")


def empty(title: str, layout: Layout = PAGE, why: str = NOTHING) -> Figure:
    """A figure that says that there is nothing to show, and why."""
    figure = Figure(figsize=(6, 1.4), facecolor="white")
    write_title(figure, title)
    figure.text(0.5, 0.35, why, color=SOFT, horizontalalignment="center")
    return figure
