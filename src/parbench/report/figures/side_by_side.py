"""The figure of several runs: speedup against cores, one panel per run, all on the same axes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from parbench import text
from parbench.analysis.side_by_side import Case, NamedRun
from parbench.report.figures.axes import (
    core_axis,
    label_ends,
    shorten,
    speedup_axis,
)
from parbench.report.figures.looks import looks, thinner
from parbench.report.figures.panel import draw_curve, draw_references
from parbench.report.figures.speedup import (
    HEAD,
    best_chunks,
    curves,
    fewest_chunks,
    grid,
    limits,
    measured,
    speedup_label,
    write_panel_title,
    write_title,
)
from parbench.report.figures.style import our_settings

#: More panels cannot be compared at a glance.
MOST_PANELS = 8
#: The most characters of the name of a run above its panel.
LONGEST_TITLE = 48


def speedups(runs: Sequence[NamedRun], at: Case, unit: str = "") -> Figure:
    """Speedup against cores at a workload and size, one panel for each of the first `MOST_PANELS` runs.

    Every run has its own baseline, which its panel names.
    """
    workload, size = at
    panels = [(run.name, measured(in_place(run, at), workload, "speedup")) for run in runs]
    panels = [(name, panel) for name, panel in panels if not panel.empty][:MOST_PANELS]
    title = f"{workload}, {text.count(size)} {unit}".rstrip() + ": speedup over each run's fastest serial strategy"
    whole = pd.concat([cells.assign(run=name) for name, cells in panels], ignore_index=True)
    with our_settings():
        table = looks(strategy for run in runs for strategy in run.summary["strategy"])
        most = max(len(curves(panel)) for _, panel in panels)
        height = max(2.6, 0.145 * (most + 3) + 0.5)
        figure, places = grid(len(panels), height, HEAD - 0.15)
        write_title(figure, title)
        low, high = limits(
            pd.concat([shown for _, panel in panels for shown in (fewest_chunks(panel), best_chunks(panel))])
        )
        for axes, (name, panel) in zip(places, panels, strict=True):
            core_axis(axes, [int(each) for each in whole["cores"].unique()])
            speedup_axis(axes, low, high)
            labels = draw_references(axes, panel)
            for curve, is_best in curves(panel):
                look = table[str(curve["strategy"].iloc[0])]
                label = draw_curve(axes, curve, thinner(look) if is_best else look, low)
                labels += [] if is_best and curve.index[-1] in fewest_chunks(panel).index else [label]
            label_ends(axes, labels, height)
            write_panel_title(axes, panel, shorten(name, LONGEST_TITLE))
            if axes in places[::2]:
                axes.set_ylabel(speedup_label(low))
    return figure


def in_place(run: NamedRun, at: Case) -> pd.DataFrame:
    """The rows of a run's summary at a workload and size."""
    summary = run.summary
    return summary[(summary["workload"] == at[0]) & (summary["size"] == at[1])]


def drawable(run: NamedRun, at: Case) -> bool:
    """Whether a run has any point of a curve at a workload and size."""
    cells = in_place(run, at)
    return bool(((cells["status"] == "ok") & (cells["speedup"].astype(float) > 0)).any())
