"""Speedups on few core counts: a row per strategy and size, a dot per core count, its interval as a line.

A curve through two or three core counts shows no more than its points, so these are drawn alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from parbench import text as words
from parbench.analysis.frame import data_of
from parbench.report.figures.annotations import KEYS, MEASURED, annotate, assign, cell_address, fields, value_lines
from parbench.report.figures.axes import FAINT, INK, LONGEST_NAME, SOFT, marker, scale_width, set_ticks, small_size
from parbench.report.figures.layout import HEAD, PAGE, ROW, Layout, finish, single_panel
from parbench.report.figures.looks import Look, looks
from parbench.report.figures.panel import BANDS, CEILING
from parbench.report.figures.speedup import (
    LINE,
    NO_SPEEDUP,
    NOTHING,
    best_chunks,
    empty,
    left_out,
    measured,
    write_title,
)

#: Inches: margin and a letter of the names at the left, the panel, numbers at its right, and below.
LEFT, LETTER, PLOT, NUMBERS, BELOW = 0.4, 0.082, 4.4, 1.9, 0.55
#: The most rows of a figure; at each size the fastest strategies have one.
MOST_ROWS = 48
#: The least speedup of the axis; what is slower is an arrow at its edge.
LEAST = 1 / 64
#: Offset of the dots of fewer cores from the middle of a row, in rows; their size relative to the others.
ABOVE, SMALL = 0.27, 0.6


def has_few_cores(summary: pd.DataFrame, workload: str) -> bool:
    """Whether the speedups of a workload are drawn as dots: curves need as many core counts as bands do."""
    return bool(measured(summary, workload, "speedup")["cores"].nunique() < BANDS)


def speedup(summary: pd.DataFrame, workload: str, unit: str = "", layout: Layout = PAGE) -> Figure:
    """Speedup over the baseline for one workload, a row per size and strategy, the largest size on top.

    `summary` is that of the whole run, so that a strategy looks the same in every figure; `unit` is what the sizes
    count. A dot whose cell has one block only is open.
    """
    cells = best_chunks(measured(summary, workload, "speedup"))
    word = data_of(summary).header.facts(workload).worker_word
    title = f"{workload}: speedup over the fastest serial strategy"
    with layout.settings():
        if cells.empty:
            return empty(title, layout, NOTHING if measured(summary, workload, "seconds").empty else NO_SPEEDUP)
        groups = rows_by_size(cells)
        table, count = looks(summary["strategy"]), sum(len(rows) + 1 for rows in groups.values())
        notes = [note for note in (meaning(cells, word), left_out(summary, workload)) if note]
        head = HEAD + LINE * (len(notes) - 1)
        left = LEFT + LETTER * min(LONGEST_NAME + 6, max(map(len, cells["strategy"])))
        figure, axes = single_panel(layout, left, PLOT, ROW * count, NUMBERS, head, BELOW, count)
        write_title(figure, title, *notes, layout=layout)
        speedup_scale(axes, cells)
        axes.set_ylim(count - 0.5, -0.5)
        names: list[tuple[str, str]] = []
        for size, rows in groups.items():
            names += draw_size(axes, len(names), f"{words.count(size)} {unit}".rstrip(), rows, table, layout)
        set_ticks(axes, "y", range(count), [layout.row_name(name, LONGEST_NAME + 6) for name, _ in names])
        for label, (_, strategy) in zip(axes.get_yticklabels(), names, strict=True):
            if strategy:
                assign(strategy, label)
            else:
                label.set_fontweight("bold")
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        if layout.paper:
            finish(figure, [Line2D([], [], label="measured ceiling", **CEILING)])
    return figure


def rows_by_size(cells: pd.DataFrame) -> dict[int, list[pd.DataFrame]]:
    """The cells of each strategy at each size, the largest size and the fastest strategy first."""
    sizes = sorted(cells["size"].unique(), reverse=True)
    most = max(4, MOST_ROWS // len(sizes))
    found = {}
    for size in sizes:
        here = cells[cells["size"] == size].sort_values("cores", kind="stable")
        rows = [rows for _, rows in here.groupby("strategy", sort=False)]
        found[int(size)] = sorted(rows, key=lambda rows: -float(rows["speedup"].iloc[-1]))[:most]
    return found


def meaning(cells: pd.DataFrame, word: str) -> str:
    """What the dots and lines of the figure are; a core is called `word`."""
    counts = [int(each) for each in sorted(cells["cores"].unique())]
    large = f"large dots: {words.plural(counts[-1], word)}, small ones: {words.join(counts[:-1])}; "
    once = "; open: one block only" if (cells["blocks"] == 1).any() else ""
    return f"{large if len(counts) > 1 else ''}lines: 95 % intervals{once}"


def speedup_scale(axes: Axes, cells: pd.DataFrame) -> None:
    """A log2 axis of speedups, all octaves equally wide."""
    values = pd.concat([cells["speedup"], cells["ceiling"]]).astype(float)
    low, high = max(LEAST, min(0.5, values.min() / 1.3)), max(2.0, values.max()) * 1.3
    axes.set_xscale("log", base=2)
    axes.set_xlim(low, high)
    octaves = range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
    step = 1 if len(octaves) < 9 else 2
    ticks = [each for each in octaves if each % step == 0]
    labels = [f"{2**each}×" if each >= 0 else f"1/{2**-each}×" for each in ticks]
    set_ticks(axes, "x", [2.0**each for each in ticks], labels)
    axes.set_xlabel("speedup (log scale)")


def draw_size(
    axes: Axes, top: int, size: str, rows: list[pd.DataFrame], table: Mapping[str, Look], layout: Layout
) -> list[tuple[str, str]]:
    """The rows of one size below its heading, from the row `top` on; returns their names and strategies."""
    every = pd.concat(rows)
    most = int(every["cores"].max())
    base = every[every["verdict"] == "baseline"]
    about = (
        [] if base.empty else [f"1× is {base['strategy'].iloc[0]}: {words.duration(base['seconds'].iloc[0])} per call"]
    )
    ceiling = float(every.loc[every["cores"] == most, "ceiling"].astype(float).median())
    if most > 1 and ceiling > 0:
        about.append(f"grey line: the ceiling, {words.times(ceiling)}")
        axes.vlines(ceiling, top + 0.5, top + len(rows) + 0.5, **CEILING, zorder=1.6)
    axes.vlines(1, top + 0.5, top + len(rows) + 0.5, color=INK, linewidth=1.0, zorder=1.5)
    if top:
        axes.axhline(top - 0.5, color=FAINT, linewidth=0.8)
    if not layout.paper:
        where = axes.get_yaxis_transform()
        axes.text(0.01, top, "; ".join(about), transform=where, va="center", fontsize=small_size(), color=SOFT)
    names = [(size, "")]
    for at, row in enumerate(rows, top + 1):
        strategy, chunks = str(row["strategy"].iloc[-1]), row["chunks"].iloc[-1]
        names.append((words.short_label(strategy, chunks), strategy))
        for cell in list[Any](row.itertuples()):
            draw_cell(axes, at, cell, table[strategy], cell.cores == most or len(row) == 1)
        if not layout.paper:
            last: Any = list(row.itertuples())[-1]
            own = last.verdict == "baseline"
            value = "1× (baseline)" if own else words.times(last.speedup, last.speedup_low, last.speedup_high)
            where = axes.get_yaxis_transform()
            number = axes.text(1.02, at, value, transform=where, va="center", fontsize=small_size())
            assign(strategy, number)
    return names


def draw_cell(axes: Axes, at: int, cell: Any, look: Look, large: bool) -> None:
    """The dot of one cell, with its interval; in the middle of its row if it is `large`, else a little above."""
    low, high = axes.get_xlim()
    y, x = at - (0 if large else ABOVE), min(high, max(low, float(cell.speedup)))
    if cell.speedup_high > cell.speedup_low and cell.verdict != "baseline":
        ends = max(low, float(cell.speedup_low)), min(high, float(cell.speedup_high))
        width = scale_width(2.2 if large else 1.0)
        assign(str(cell.strategy), axes.hlines(y, *ends, color=look.colour, linewidth=width, alpha=0.5, zorder=2))
    drawn = marker(look)
    drawn["markersize"] *= 1 if large else SMALL
    drawn |= {"marker": "<" if cell.speedup < low else drawn["marker"]}
    drawn |= {"fillstyle": "full", "markerfacecolor": "white"} if cell.blocks == 1 else {}
    dot = axes.plot([x], [y], **drawn, linestyle="", clip_on=False, zorder=3)
    assign(str(cell.strategy), dot, "mark" if large else "")
    row = fields(cell, [*KEYS, *MEASURED])
    annotate(axes, (x, y), str(cell.strategy), value_lines(cell, "speedup"), row, cell=cell_address(cell))
