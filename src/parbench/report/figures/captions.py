"""Content of the figures, in words, for readers who cannot see them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.frame import data_of
from parbench.report.figures.dots import has_few_cores
from parbench.report.figures.panel import BANDS
from parbench.report.figures.speedup import best_chunks, fewest_chunks, measured
from parbench.workload.cell import AUTO


def describe(summary: pd.DataFrame, workload: str, unit: str = "") -> dict[str, str]:
    """Captions of the figures of a workload: keys ``speedup`` and ``time``."""
    cells = measured(summary, workload, "speedup")
    if cells.empty:
        cells = measured(summary, workload, "seconds")
    if cells.empty:
        return dict.fromkeys(("speedup", "time"), f"No cell of {workload} was measured, so there is no curve to show.")
    cut = cutting(cells)
    quickest_cut = " and chunks per core" if cut else ""
    cells = pd.concat([fewest_chunks(cells), best_chunks(cells)]).drop_duplicates(
        ["size", "strategy", "cores", "chunks"]
    )
    largest = cells[cells["size"] == cells["size"].max()]
    many = cells["strategy"].nunique()
    what = f"{text.count(many)} strateg{'y' if many == 1 else 'ies'}"
    sizes = text.join(text.count(each) for each in sorted(cells["size"].unique()))
    where = f"At size {text.count(largest['size'].iloc[0])} {unit}".rstrip()
    counts = sorted(cells["cores"].unique())
    each = data_of(summary).header.facts(workload).worker_word
    cores = text.plural(counts[0], each) if len(counts) == 1 else f"{text.join(counts)} {each}s"
    quickest = largest.loc[largest["seconds"].astype(float).idxmin()]
    form = "one row per strategy" if has_few_cores(summary, workload) else "one panel"
    panels = f"{form} for each size ({sizes})" if cells["size"].nunique() > 1 else f"at size {sizes}"
    speedup = (
        f"Speedup of {what} over the fastest serial one on {cores}, {panels}.{cut} {interval_marks(cells)}".rstrip()
    )
    if cells["speedup"].isna().all():
        speedup = f"No speedup of {workload} is known, as there is no serial strategy to compare with."
    rated = largest.dropna(subset=["speedup"])
    if not rated.empty:
        top, bottom = (rated.loc[getattr(rated["speedup"].astype(float), end)()] for end in ("idxmax", "idxmin"))
        speedup += f" {where} the highest point is {point(top, each)}, the lowest {point(bottom, each)}."
    return {
        "speedup": speedup,
        "time": f"Time of one call of {what} against size ({sizes}), each at its fastest core count{quickest_cut}; "
        "bars span the middle 90 % of the samples. "
        f"{where} the shortest is {text.duration(quickest['seconds'])}, with {place(quickest, each)}.",
    }


def interval_marks(cells: pd.DataFrame) -> str:
    """How the intervals are drawn, in a sentence; empty if no cell has one."""
    if not (cells["speedup_high"].astype(float) > cells["speedup_low"].astype(float)).any():
        return ""
    marks = "Lines" if cells["cores"].nunique() < BANDS else "Bands"
    return f"{marks} are 95 % intervals for the mean of another run."


def point(cell: pd.Series[Any], each: str = "core") -> str:
    """One point of a curve in words."""
    if cell["verdict"] == "baseline":
        return f"the baseline, {cell['strategy']}"
    speedup = text.times(cell["speedup"], cell["speedup_low"], cell["speedup_high"])
    return f"{place(cell, each)} with {speedup}"


def place(cell: pd.Series[Any], each: str) -> str:
    """A strategy with its cores, each called `each`, and its chunks unless these are the usual."""
    return text.cell_label(cell["strategy"], cell["cores"], cell["chunks"], each)


def cutting(cells: pd.DataFrame) -> str:
    """How work was cut, as a sentence to add; empty if each strategy was measured at one chunk per core."""
    counts = sorted({int(each) for each in cells["chunks"]}, key=lambda each: (each == AUTO, each))
    if counts == [1]:
        return ""
    return (
        f" Work was cut into {text.join(text.chunks(each) for each in counts)} chunks per core: thick curves are at "
        "the fewest of a strategy, thin ones at those that were best at each core count, which their label names for "
        "the most cores; there is none where the fewest were best throughout."
    )
