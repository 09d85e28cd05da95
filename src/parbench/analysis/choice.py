"""The one parallel cell of a workload and size that every answer names: the simplest of those that are equally fast."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench.analysis.stats.interval import Interval
from parbench.workload.cell import BASELINES

#: The strategies, the simplest first: by the boundary that the work crosses (none, threads, processes, machines), then
#: by what has to be installed and kept running, then by how much of the program has to change.
SIMPLEST = (
    "serial",
    "vectorized",
    "threads",
    "library-threads",
    "numexpr",
    "numba",
    "asyncio",
    "futures-processes",
    "multiprocessing",
    "joblib",
    "dask-threads",
    "shared-memory",
    "dask-processes",
    "dask-distributed",
)


def simplicity(strategy: str, cores: float = 1, chunks: float = 1) -> tuple[int, bool, float, bool]:
    """A key to sort by, the simplest first; strategies of other packages, whose needs are not known, are last."""
    base, _, variant = strategy.partition("[")
    place = SIMPLEST.index(base) if base in SIMPLEST else len(SIMPLEST)
    return place, bool(variant), cores, chunks != 1


def is_tutorial(strategy: str) -> bool:
    """Whether a strategy is the tutorial's own form of the job, which may compute something else than the workload."""
    return strategy.endswith("[tutorial]")


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of strategies that compute the same: all but the tutorial's own forms, which no advice names."""
    return rows[~rows["strategy"].map(is_tutorial).astype(bool)]


def rivals(cells: pd.DataFrame) -> pd.DataFrame:
    """Of cells of one workload and size that have a speedup, the parallel ones that may be advised, the fastest first.

    If any is significantly faster than the baseline, these are all. On one core a strategy that was measured on several
    is not parallel: what it gains there, its baseline can gain, too.
    """
    scaled = cells.loc[cells["cores"] > 1, "strategy"]
    serial = cells["strategy"].isin(BASELINES) | ((cells["cores"] == 1) & cells["strategy"].isin(scaled))
    parallel = comparable(cells[~serial & cells["speedup"].notna()])
    significant = parallel[parallel["verdict"] == "faster"]
    return (parallel if significant.empty else significant).sort_values("speedup", ascending=False, kind="stable")


def equals(cells: pd.DataFrame) -> list[pd.Series[Any]]:
    """The cells between which and the first, the fastest, there is no difference to a choice, the simplest first.

    `cells` are the result of `rivals`, or serial cells with the baseline first.
    """
    if cells.empty:
        return []
    fastest = float(cells["speedup"].iloc[0])
    near = [cell for _, cell in cells.iterrows() if is_equal(cell, fastest)]
    return sorted(near, key=lambda cell: simplicity(cell["strategy"], cell["cores"], cell["chunks"]))


def is_equal(cell: pd.Series[Any], fastest: float) -> bool:
    """Whether a cell of a summary is as fast as the fastest of its kind, to a choice.

    A serial cell that is certainly slower than the baseline is not, however small the difference is.
    """
    if cell["strategy"] in BASELINES and cell["verdict"] == "slower":
        return False
    ratio = float(cell["speedup"]) / fastest
    ends = ("speedup_low", "speedup_high") if cell["strategy"] in BASELINES else ("of_fastest_low", "of_fastest_high")
    return ratio >= 1 or Interval(ratio, *(float(cell[end]) for end in ends)).is_negligible
