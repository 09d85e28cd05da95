"""What the figures show, in words, for those who do not see them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench.report import words
from parbench.report.figures import measured


def describe(summary: pd.DataFrame, workload: str, unit: str = "") -> dict[str, str]:
    """What each figure of a workload shows: keys ``speedup`` and ``time``."""
    cells = measured(summary, workload, "speedup")
    if cells.empty:
        cells = measured(summary, workload, "seconds")
    if cells.empty:
        return dict.fromkeys(("speedup", "time"), f"No cell of {workload} was measured, so there is no curve to show.")
    largest = cells[cells["size"] == cells["size"].max()]
    what = f"{words.count(cells['strategy'].nunique())} strategies"
    sizes = words.listed(words.count(each) for each in sorted(cells["size"].unique()))
    where = f"At size {words.count(largest['size'].iloc[0])} {unit}".rstrip()
    cores = words.listed(sorted(cells["cores"].unique()))
    quickest = largest.loc[largest["seconds"].astype(float).idxmin()]
    panels = f"one panel for each size ({sizes})" if cells["size"].nunique() > 1 else f"at size {sizes}"
    speedup = f"Speedup of {what} over the fastest serial one on {cores} cores, {panels}."
    rated = largest.dropna(subset=["speedup"])
    if not rated.empty:
        best, worst = (rated.loc[getattr(rated["speedup"].astype(float), end)()] for end in ("idxmax", "idxmin"))
        speedup += f" {where} the highest point is {point(best)}, the lowest {point(worst)}."
    return {
        "speedup": speedup,
        "time": f"Time of one call of {what} against size ({sizes}), each at its fastest core count. {where} the "
        f"shortest is {words.duration(quickest['seconds'])}, with {quickest['strategy']} on "
        f"{words.cores(quickest['cores'])}.",
    }


def point(cell: pd.Series[Any]) -> str:
    """One point of a curve in words."""
    if cell["verdict"] == "baseline":
        return f"the baseline, {cell['strategy']}"
    speedup = words.times(cell["speedup"], cell["speedup_low"], cell["speedup_high"])
    return f"{cell['strategy']} on {words.cores(cell['cores'])} with {speedup}"
