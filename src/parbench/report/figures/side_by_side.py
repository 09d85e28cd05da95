"""The figure of several runs: speedup against cores, one panel per run, all on the same axes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from parbench import text
from parbench.analysis.side_by_side import Case, NamedRun
from parbench.report.figures import speedup
from parbench.report.figures.axes import label_ends, shorten
from parbench.report.figures.layout import HEAD, grid
from parbench.report.figures.looks import looks
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
    panels = [(run.name, speedup.measured(in_place(run, at), workload, "speedup")) for run in runs]
    panels = [(name, panel) for name, panel in panels if not panel.empty][:MOST_PANELS]
    title = f"{workload}, {text.count(size)} {unit}".rstrip() + ": speedup over each run's fastest serial strategy"
    cores = pd.concat([panel["cores"] for _, panel in panels])
    with our_settings():
        table = looks(strategy for run in runs for strategy in run.summary["strategy"])
        most = max(len(speedup.curves(panel)) for _, panel in panels)
        height = max(2.6, 0.145 * (most + 3) + 0.5)
        figure, places = grid(len(panels), height, HEAD - 0.15)
        speedup.write_title(figure, title)
        kinds = (speedup.fewest_chunks, speedup.best_chunks)
        low, high = speedup.limits(pd.concat([kind(panel) for _, panel in panels for kind in kinds]))
        for axes, (name, panel) in zip(places, panels, strict=True):
            label_ends(axes, speedup.draw_panel(axes, panel, cores, (low, high), table), height)
            speedup.write_panel_title(axes, panel, shorten(name, LONGEST_TITLE))
            if axes in places[::2]:
                axes.set_ylabel(speedup.speedup_label(low))
    return figure


def in_place(run: NamedRun, at: Case) -> pd.DataFrame:
    """The rows of a run's summary at a workload and size."""
    summary = run.summary
    return summary[(summary["workload"] == at[0]) & (summary["size"] == at[1])]


def drawable(run: NamedRun, at: Case) -> bool:
    """Whether a run has any point of a curve at a workload and size."""
    cells = in_place(run, at)
    return bool(((cells["status"] == "ok") & (cells["speedup"].astype(float) > 0)).any())
