"""The raw samples of the cells of a workload: every sample a dot, block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parbench import text as words
from parbench.report.figures.annotations import KEYS, annotate, assign, cell_lines, fields
from parbench.report.figures.axes import (
    FAINT,
    INK,
    LONGEST_NAME,
    decade_ticks,
    scale_width,
    set_ticks,
    small_size,
    tick_texts,
)
from parbench.report.figures.layout import HEAD, PAGE, ROW, Layout, finish, single_panel
from parbench.report.figures.looks import Look, looks
from parbench.report.figures.speedup import measured, write_title
from parbench.report.sentences.advice import strategy_on_cores

#: Inches: names at the left, the panel, medians at its right, and below.
LEFT, PLOT, RIGHT, BELOW = 2.9, 5.0, 0.9, 0.55
#: Height of a cell in rows, and the part of it that its blocks share.
TALL, SPREAD = 1.6, 0.8


def strip(cells: pd.DataFrame, frame: pd.DataFrame, names: pd.Series[str], unit: str, layout: Layout = PAGE) -> Figure:
    """Every steady sample of some cells, at its seconds per call; the blocks of a cell are one below the other.

    `cells` are rows of a summary of one workload and size, and `frame` has their samples; `names` are all strategies
    of the run, so that each looks as in other figures. The tick is the median of the cell.
    """
    cells = cells.sort_values(["seconds", "strategy"], kind="stable")
    size = f"{words.count(cells['size'].iloc[0])} {unit}".rstrip()
    keyed = frame[frame["phase"] == "steady"].merge(cells[[*KEYS, "environment"]], on=[*KEYS, "environment"])
    with layout.settings():
        height = ROW * TALL * len(cells)
        figure, axes = single_panel(layout, LEFT, PLOT, height, RIGHT, HEAD, BELOW, round(TALL * len(cells)))
        title = f"{cells['workload'].iloc[0]}: every sample, {size}"
        note = "a dot per sample, a line of dots per block, the first block on top; tick: median of all samples"
        write_title(figure, title, note, layout=layout)
        low, high = float(keyed["seconds"].min()) / 1.3, float(keyed["seconds"].max()) * 1.3
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        many = high / low > 1e3
        ticks = decade_ticks(low, high, (1,) if many else (1, 2, 5))
        set_ticks(axes, "x", ticks, tick_texts(ticks, words.duration))
        axes.set_xlabel("time of one call (log scale)")
        axes.set_ylim(len(cells) - 0.5, -0.5)
        table = looks(names)
        for at, cell in enumerate(list[Any](cells.itertuples())):
            mine = keyed[(keyed["strategy"] == cell.strategy) & (keyed["cores"] == cell.cores)]
            draw_cell(axes, at, cell, mine[mine["chunks"] == cell.chunks], table[str(cell.strategy)], layout)
        labels = [
            strategy_on_cores(words.short_label(row.strategy, row.chunks), row.cores)
            for row in list[Any](cells.itertuples())
        ]
        set_ticks(axes, "y", range(len(cells)), [layout.row_name(label, LONGEST_NAME + 12) for label in labels])
        axes.grid(visible=False, axis="y")
        if layout.paper:
            finish(figure, [])
    return figure


def draw_cell(axes: Axes, at: int, cell: Any, samples: pd.DataFrame, look: Look, layout: Layout) -> None:
    """The samples of one cell around the middle of its row."""
    blocks = sorted(samples["block"].unique())
    if at:
        axes.axhline(at - 0.5, color=FAINT, linewidth=0.6)
    offsets = np.linspace(-SPREAD / 2, SPREAD / 2, len(blocks)) if len(blocks) > 1 else np.zeros(1)
    for block, offset in zip(blocks, offsets, strict=True):
        mine = samples[samples["block"] == block]
        dots: dict[str, Any] = {"color": look.colour, "marker": ".", "markersize": scale_width(4), "alpha": 0.7}
        drawn = axes.plot(mine["seconds"], [at + offset] * len(mine), **dots, linestyle="", zorder=3)
        assign(str(cell.strategy), drawn)
        for row in list[Any](mine.itertuples()):
            text = [*cell_lines(row), f"block {int(row.block)}, round {int(row.round)}", words.duration(row.seconds)]
            record = fields(row, [*KEYS, "block", "round", "seconds"])
            annotate(axes, (row.seconds, at + offset), str(cell.strategy), text, record)
    tick = axes.vlines(cell.seconds, at - 0.48, at + 0.48, color=INK, linewidth=scale_width(1.2), zorder=2)
    assign(str(cell.strategy), tick)
    if not layout.paper:
        where = axes.get_yaxis_transform()
        median = words.duration(cell.seconds)
        assign(str(cell.strategy), axes.text(1.02, at, median, transform=where, va="center", fontsize=small_size()))


def cells_of(summary: pd.DataFrame, workload: str) -> pd.DataFrame:
    """The cells that a strip shows: of each strategy its fastest one at the largest size of a summary."""
    cells = measured(summary, workload, "seconds")
    largest: pd.DataFrame = cells[cells["size"] == cells["size"].max()]
    return largest.drop_duplicates("strategy")
