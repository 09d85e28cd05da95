"""The figures of break-even: speedup over size, calls until a start is repaid, and efficiency over grain."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from parbench import text as words
from parbench.analysis.break_even import FEWEST_SIZES
from parbench.report.figures.annotations import KEYS, annotate, annotate_cells, assign, cell_lines, fields
from parbench.report.figures.axes import (
    INK,
    EndLabel,
    decade_ticks,
    line,
    marker,
    scale_width,
    set_ticks,
    shorten,
    size_axis,
    small_size,
    speedup_axis,
    tick_texts,
)
from parbench.report.figures.layout import HEAD, PAGE, PLOT, Layout, Names, finish, grid, single_panel
from parbench.report.figures.looks import Look, looks
from parbench.report.figures.speedup import FLOOR, speedup_label, write_title
from parbench.report.sentences.break_even import common_place

#: Columns of the CSV of a figure, besides those that identify the cell.
CALLS, GRAINS = ("calls", "calls_low", "calls_high"), ("grain", "efficiency", "efficiency_low", "efficiency_high", "of")
#: How many points of a speedup axis are above and below everything, as a ratio.
AIR = 1.25
#: How the place is drawn at which a level is passed about.
GUESS: dict[str, Any] = {"marker": "D", "linestyle": "", "markerfacecolor": "white"}
CERTAIN: dict[str, Any] = {"linewidth": 5, "alpha": 0.3, "solid_capstyle": "butt"}
#: How high a row is that stands for a cell, and how wide its name may be, in inches.
ROW, LEFT_OF_ROWS = 0.2, 3.1


def speedups(
    summary: pd.DataFrame, answers: pd.DataFrame, units: Mapping[str, str], layout: Layout = PAGE
) -> Figure | None:
    """Speedup over size, one panel per workload, with the sizes above which each strategy is faster; None without any.

    `answers` are rows of `parbench.break_even`, one a curve to be drawn.
    """
    wanted = answers[(answers["sizes"] >= FEWEST_SIZES)]
    if wanted.empty:
        return None
    cells = summary[(summary["status"] == "ok") & (summary["speedup"].astype(float) > 0) & (summary["size"] > 0)]
    title = "Break-even sizes: speedup over the fastest serial strategy"
    draw = partial(_speedup_panel, cells, units)
    return _panels(title, wanted, looks(summary["strategy"]), draw, layout, "break-even size")


def efficiencies(
    points: pd.DataFrame, answers: pd.DataFrame, strategies: Sequence[str], layout: Layout = PAGE
) -> Figure | None:
    """Efficiency over the grain of a task, one panel per workload, with the finest useful one; None without any.

    `points` are those of `analysis.grain.grains`, `answers` rows of `parbench.metg`, one a curve to be drawn.
    """
    wanted = answers[(answers["sizes"] >= FEWEST_SIZES) & (answers["outcome"] != "refused")]
    if wanted.empty:
        return None
    title = "Finest useful grain: efficiency over the grain of a task"
    return _panels(title, wanted, looks(strategies), partial(_grain_panel, points), layout, "finest useful grain")


def repaid(rows: Sequence[Any], strategies: Sequence[str], layout: Layout = PAGE) -> Figure | None:
    """Number of calls that repay each start, one row per cell, with its interval; None without any.

    `rows` are those of `parbench.break_even_calls` that have a number.
    """
    if not rows:
        return None
    table, high = looks(strategies), max(row.calls_high for row in rows)
    with layout.settings():
        figure, axes = single_panel(layout, LEFT_OF_ROWS, PLOT, ROW * (len(rows) + 1), 1.6, rows=len(rows) + 1)
        note = "bars: as unsure as the speedup is; a start that was timed once counts as known"
        write_title(figure, "Calls until the start is repaid", note, layout=layout)
        axes.set_xscale("log")
        axes.set_xlim(0.8, max(12.0, 1.4 * high))
        powers = range(math.floor(math.log10(max(12.0, high))) + 1)
        set_ticks(axes, "x", [10.0**power for power in powers], [words.count(10**power) for power in powers])
        axes.set_xlabel("calls (log scale)")
        axes.set_ylim(-len(rows), 1)
        set_ticks(
            axes, "y", [-float(at) for at in range(len(rows))], [layout.row_name(row_name(row), 60) for row in rows]
        )
        for at, row in enumerate(rows):
            _draw_calls(axes, at, row, table[row.strategy])
        if layout.paper:
            finish(figure, ())
    return figure


def _draw_calls(axes: Axes, at: int, row: Any, look: Look) -> None:
    """One row: the interval, the number on it, and both next to it."""
    bar = axes.plot(
        [row.calls_low, row.calls_high], [-at, -at], color=look.colour, linewidth=scale_width(4), alpha=0.35
    )
    beside = f"{words.count(row.calls)} [{words.count(row.calls_low)}, {words.count(row.calls_high)}]"
    text = axes.text(
        1.03, -at, beside, transform=axes.get_yaxis_transform(), va="center_baseline", fontsize=small_size()
    )
    mark = axes.plot([row.calls], [-at], **marker(look), linestyle="", zorder=3)
    assign(row.strategy, [*bar, *mark, text, axes.get_yticklabels()[at]])
    told = [f"repaid after {words.plural(row.calls, 'call')}", f"as sure as {beside.partition(' ')[2]}"]
    annotate(axes, (row.calls, -at), row.strategy, [*cell_lines(row), *told], fields(row, [*KEYS, *CALLS]))


def row_name(row: Any) -> str:
    """A cell at the side of its row."""
    cut = f"x{words.chunks(row.chunks)}" if row.chunks != 1 else ""
    return f"{shorten(row.workload, 16)} {words.short_count(row.size)}, {shorten(row.strategy, 21)} on {row.cores}{cut}"


def _panels(
    title: str,
    wanted: pd.DataFrame,
    table: Mapping[str, Look],
    draw: Callable[..., list[EndLabel]],
    layout: Layout,
    diamond: str,
) -> Figure:
    """A figure with a panel for each workload, drawn by `draw`, with labels at the ends of its curves."""
    groups: list[Any] = list(wanted.groupby("workload", sort=False))
    height = max(2.6, 0.145 * max(len(curves) for _, curves in groups) + 0.8)
    with layout.settings():
        figure, panels = grid(len(groups), height, HEAD, layout)
        note = "thick: the part of a curve that certainly passes the line; diamond: the estimate"
        write_title(figure, title, note, layout=layout)
        names = Names(layout, height)
        for axes, (workload, curves) in zip(panels, groups, strict=True):
            axes.set_title(f"{workload}{common_place(curves)}", loc="left", weight="bold", pad=small_size())
            names.put(axes, draw(axes, workload, curves, table))
        found = [Line2D([], [], color=INK, markersize=scale_width(6), **GUESS, label=diamond)]
        found.append(Line2D([], [], color=INK, **CERTAIN, label="certainly passes the line"))
        names.finish(figure, found if (wanted["outcome"] == "found").any() else ())
    return figure


def _speedup_panel(
    cells: pd.DataFrame, units: Mapping[str, str], axes: Axes, workload: str, answers: pd.DataFrame, table: Any
) -> list[EndLabel]:
    rows: list[Any] = list(answers.itertuples())
    curves = [(row, _curve(cells, row).sort_values("size")) for row in rows]
    together = pd.concat([curve for _, curve in curves])
    low, high = float(together["speedup"].min()), float(together["speedup"].max())
    size_axis(axes, [int(each) for each in together["size"].unique()], units.get(workload, ""))
    low, high = max(FLOOR, min(0.6, low)) / AIR, max(1.6, high) * AIR
    speedup_axis(axes, low, high)
    axes.set_ylabel(speedup_label(low))
    axes.axhline(1, color=INK, linewidth=1.0, zorder=1.5)
    annotate_cells(axes, [curve for _, curve in curves], "size", "speedup", low)
    return _draw_curves(
        axes, curves, table, "size", "speedup", 1.0, low, lambda row: words.short_count(float(f"{row.size:.2g}"))
    )


def _grain_panel(points: pd.DataFrame, axes: Axes, workload: str, answers: pd.DataFrame, table: Any) -> list[EndLabel]:
    rows: list[Any] = list(answers.itertuples())
    curves = [(row, _curve(points, row).sort_values("grain")) for row in rows]
    together = pd.concat([curve for _, curve in curves])
    grain_axis(axes, float(together["grain"].min()), float(together["grain"].max()))
    top = max(1.0, float(together["efficiency"].max())) * 1.08
    axes.set_ylim(0, top)
    shares = [tick / 4 for tick in range(math.floor(4 * top) + 1)]
    set_ticks(axes, "y", shares, [words.percent(share) if share else "0 %" for share in shares])
    whole = "the cores' ceiling" if set(answers["of"]) == {"ceiling"} else "the cores"
    axes.set_ylabel(f"efficiency, of {whole}")
    axes.axhline(0.5, color=INK, linewidth=1.0, zorder=1.5)
    for _, curve in curves:
        _tell_grains(axes, curve)
    return _draw_curves(
        axes, curves, table, "grain", "efficiency", 0.5, 0.0, lambda row: words.rough_duration(row.grain)
    )


def _draw_curves(
    axes: Axes,
    curves: Sequence[tuple[Any, pd.DataFrame]],
    table: Mapping[str, Look],
    at: str,
    value: str,
    level: float,
    floor: float,
    tell: Callable[[Any], str],
) -> list[EndLabel]:
    """The curves over the column `at` with their intervals, and where each passes a level; returns their labels.

    Values below `floor` are drawn there; `tell` words the place of an answer.
    """
    labels, same_place = [], bool(common_place(pd.DataFrame([row for row, _ in curves])))
    for row, curve in curves:
        look, found = table[row.strategy], row.outcome == "found"
        low, high = curve[f"{value}_low"].clip(lower=floor), curve[f"{value}_high"]
        band = axes.fill_between(curve[at], low, high, color=look.colour, alpha=0.15, linewidth=0)
        drawn: list[Artist] = [band, *axes.plot(curve[at], curve[value].clip(lower=floor), **line(look), zorder=3)]
        if found:
            part = curve[curve[at].between(getattr(row, f"{at}_low"), getattr(row, f"{at}_high"))]
            guess = {**GUESS, "color": look.colour, "markersize": scale_width(6)}
            drawn += axes.plot(part[at], part[value], color=look.colour, **CERTAIN, zorder=2)
            drawn += axes.plot([getattr(row, at)], [level], **guess, zorder=4)
        assign(row.strategy, drawn)
        cut = f"x{words.chunks(row.chunks)}" if row.chunks != 1 else ""
        name = f"{shorten(row.strategy, 21)}{'' if same_place else f', {row.cores}{cut}'}"
        text = f"{name}  {f'from {tell(row)}' if found else row.outcome}"
        end = max(floor, float(curve[value].iloc[-1]))
        labels.append(EndLabel(float(curve[at].iloc[-1]), end, text, look, name, strategy=row.strategy))
    return labels


def _tell_grains(axes: Axes, curve: pd.DataFrame) -> None:
    """Meaning of each point of a curve of efficiencies."""
    rows: list[Any] = list(curve.itertuples())
    for row in rows:
        ends = f" [{words.percent(row.efficiency_low)}, {words.percent(row.efficiency_high)}]"
        told = [f"efficiency {words.percent(row.efficiency)}{ends if words.is_known(row.efficiency_low) else ''}"]
        told += [f"a task of {words.rough_duration(row.grain)}"]
        annotate(
            axes, (row.grain, row.efficiency), row.strategy, [*cell_lines(row), *told], fields(row, [*KEYS, *GRAINS])
        )


def _curve(cells: pd.DataFrame, row: Any) -> pd.DataFrame:
    """The points of the curve that an answer is about."""
    mine = (cells["workload"] == row.workload) & (cells["strategy"] == row.strategy)
    found: pd.DataFrame = cells[mine & (cells["cores"] == row.cores) & (cells["chunks"] == row.chunks)]
    return found


def grain_axis(axes: Axes, low: float, high: float) -> None:
    """A log axis of seconds with ticks that carry their unit, at powers of ten, or closer if there are few."""
    axes.set_xscale("log")
    margin = (high / low) ** 0.06 if high > low else 2.0
    axes.set_xlim(low / margin, high * margin)
    steps = (1, 2, 5) if high / low < 50 else (1,)
    ticks = decade_ticks(low / margin, high * margin, steps)
    set_ticks(axes, "x", ticks, tick_texts(ticks, words.duration))
    axes.set_xlabel("time of one core a task (log scale)")
