"""The figure of speed against its price: one row per strategy, three marks on one scale, with their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from parbench import text as words
from parbench.analysis.cost import Choice
from parbench.report.figures.annotations import KEYS, annotate, assign, cell_lines
from parbench.report.figures.axes import FAINT, INK, SOFT, marker, set_ticks, shorten, small_size
from parbench.report.figures.layout import PAGE, Layout, finish, single_panel
from parbench.report.figures.looks import Look
from parbench.report.figures.speedup import write_title

#: Meaning of each mark: its column, the head of its numbers and its look.
MARKS = (
    ("speedup", "speed", Look("#0072B2", "o")),
    ("cpu_times", "CPU time", Look("#D55E00", "s")),
    ("memory_times", "memory", Look("#009E73", "D", fill="none")),
)
# Inches.
LEFT, PLOT, COLUMN, ROW, HEAD, BOTTOM = 3.35, 3.3, 0.68, 0.23, 0.72, 0.42
#: The scale ends here, in powers of 2; what is beyond is drawn as an arrow at its edge.
LEAST, MOST = -3, 5
#: The most rows of the figure, and the most of one workload; the tables have all cells.
MOST_ROWS = 40
MOST_ROWS_PER_WORKLOAD = 5
#: Width in inches from which a figure in a paper has room for a tick at each octave.
WIDE = 5.0


def short_name(cell: Any) -> str:
    """A cell in short: ``threads x4 on 2``, with its chunks per core unless there is one."""
    return f"{words.short_label(cell['strategy'], cell['chunks'])} on {int(cell['cores'])}"


def figure_rows(chosen: Sequence[Choice]) -> list[tuple[str, str, Any]]:
    """The rows of the figure: the fastest strategies of each workload, `MOST_ROWS` in all."""
    each = max(1, min(MOST_ROWS_PER_WORKLOAD, MOST_ROWS // len(chosen)))
    rows: list[tuple[str, str, Any]] = []
    for choice in chosen[:MOST_ROWS]:
        for number, (_, cell) in enumerate(choice.cells.head(each).iterrows()):
            rows.append(("" if number else str(cell["workload"]), short_name(cell), cell))
    return rows


def draw(rows: Sequence[tuple[str, str, Any]], layout: Layout = PAGE) -> Figure:
    """Each row is a workload (empty if it is that of the row above), a strategy with its cores, and its cell.

    The scale is logarithmic, in times the baseline: to the right is more of it, speed and price alike.
    """
    with layout.settings():
        right = COLUMN * len(MARKS) + 0.15
        figure, axes = single_panel(layout, LEFT, PLOT, ROW * len(rows), right, HEAD, BOTTOM, len(rows))
        # on a page the numbers are next to the rows
        note = "an arrow is beyond the scale" if layout.paper else ""
        write_title(figure, "Speed, and what is paid for it", note, layout=layout)
        few = layout.paper and layout.width < WIDE
        scale(axes, [float(cell[column]) for _, _, cell in rows for column, _, _ in MARKS], 4 if few else 7)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.axvline(1, color=INK, linewidth=1.0, zorder=1.5)
        for place, (workload, name, cell) in enumerate(rows):
            draw_row(axes, place, cell)
            if not layout.paper:
                assign(cell["strategy"], write_row(axes, place, workload, name))
        if layout.paper:
            write_names(axes, rows, layout)
            handles = [Line2D([], [], label=head, **marker(look), linestyle="") for _, head, look in MARKS]
            finish(figure, handles)
        else:
            write_numbers(axes, [cell for _, _, cell in rows])
    return figure


def write_names(axes: Axes, rows: Sequence[tuple[str, str, Any]], layout: Layout) -> None:
    """The names of the rows at their left; that of the workload only if there are several."""
    several = len({cell["workload"] for _, _, cell in rows}) > 1
    names = [f"{cell['workload']}: {name}" if several else name for _, name, cell in rows]
    set_ticks(axes, "y", range(len(rows)), [layout.row_name(name, 60) for name in names])
    for place, (workload, _, _) in enumerate(rows):
        if workload and place:
            axes.axhline(place - 0.5, color=FAINT, linewidth=0.6)


def scale(axes: Axes, values: Sequence[float], most: int = 7) -> None:
    """A log2 axis around 1 and all values that are positive numbers; of more octaves than `most`, every other one."""
    octaves = [math.log2(each) for each in values if 0 < each < math.inf]
    low = max(LEAST, math.floor(min([*octaves, -0.5]) - 0.2))
    high = min(MOST, math.ceil(max([*octaves, 1.0]) + 0.2))
    axes.set_xscale("log", base=2)
    axes.set_xlim(2.0**low, 2.0**high)
    step = 1 if high - low <= most else 2
    ticks = [each for each in range(low, high + 1) if each % step == 0]
    set_ticks(
        axes, "x", [2.0**each for each in ticks], [f"{2**each}×" if each >= 0 else f"1/{2**-each}×" for each in ticks]
    )
    axes.set_xlabel("times the baseline (log scale)")
    axes.grid(visible=False, axis="y")


def draw_row(axes: Axes, place: int, cell: Any) -> None:
    """The marks of one cell, joined from the least to the most."""
    low, high = axes.get_xlim()
    known = {column: float(cell[column]) for column, _, _ in MARKS if 0 < float(cell[column]) < math.inf}
    inside = {column: min(high, max(low, value)) for column, value in known.items()}
    if inside:
        rail = axes.hlines(place, min(inside.values()), max(inside.values()), color=FAINT, linewidth=2.2, zorder=1)
        assign(cell["strategy"], rail)
    for column, head, look in MARKS:
        if column in inside:
            beyond = ">" if known[column] > high else "<" if known[column] < low else ""
            drawn = marker(look) | ({"marker": beyond} if beyond else {})
            line = axes.plot([inside[column]], [place], **drawn, linestyle="", clip_on=False, zorder=3)
            assign(cell["strategy"], line)
            told = [*cell_lines(cell), f"{head} {words.number(known[column], 2)}× the baseline's"]
            row = {name: cell[name] for name in KEYS} | {"what": head, "times_the_baseline": known[column]}
            annotate(axes, (inside[column], place), cell["strategy"], told, row)


def write_row(axes: Axes, place: int, workload: str, name: str) -> Artist:
    """The workload at the far left, the strategy next to the row, which is returned."""
    where = axes.get_yaxis_transform()
    axes.text(-(LEFT - 0.12) / PLOT, place, shorten(workload, 20), transform=where, weight="bold", va="center_baseline")
    text = axes.text(
        -0.03, place, shorten(name, 32), transform=where, ha="right", va="center_baseline", fontsize=small_size()
    )
    if workload and place:
        axes.plot(
            [-(LEFT - 0.12) / PLOT, 1], [place - 0.5] * 2, color=FAINT, linewidth=0.6, transform=where, clip_on=False
        )
    return text


def write_numbers(axes: Axes, cells: Sequence[Any]) -> None:
    """The numbers of every row in columns at the right, headed by the marks, which is the legend."""
    where = axes.get_yaxis_transform()
    for column, (name, head, look) in enumerate(MARKS):
        right = 1 + COLUMN * (column + 0.92) / PLOT
        axes.plot([right - 0.27 / PLOT], [-1.55], **marker(look), transform=where, clip_on=False, linestyle="")
        axes.text(
            right, -0.85, head, transform=where, ha="right", va="center_baseline", fontsize=small_size(), color=SOFT
        )
        for place, cell in enumerate(cells):
            value = float(cell[name])
            text = f"{words.number(value, 2)}×" if 0 < value < math.inf else "–"
            number = axes.text(
                right, place, text, transform=where, ha="right", va="center_baseline", fontsize=small_size()
            )
            assign(cell["strategy"], number)
