"""Weak scaling: Gustafson's law if a run has sizes that grow with the cores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from parbench.analysis.frame import data_of
from parbench.analysis.scaling import plausible
from parbench.analysis.stats.interval import student
from parbench.analysis.stats.scaling_laws import gustafson_fraction
from parbench.workload.cell import HEAD

COLUMNS = [
    "workload",
    "size",
    "strategy",
    "chunks",
    "cores",
    "counts",
    "speedup",
    "speedup_low",
    "speedup_high",
    "fraction",
    "fraction_low",
    "fraction_high",
]


def weak(summary: pd.DataFrame) -> pd.DataFrame:
    """One row per ladder: a strategy on c cores at c times a size, for two core counts or more.

    Where work is not in proportion to the size, the run notes which sizes belong together, and these count.

    `size` is that of one core, `cores` the most, and `counts` how many there are. A scaled speedup is that over the
    baseline at the same size, which the summary has with its interval; ``speedup`` is the one on the most cores.
    ``fraction`` is the serial fraction by Gustafson's law with the ends of its 95 % interval, which comes from those of
    the speedups: blocks of different sizes are not the same ones. It includes the cost of the strategy on one core.
    """
    good = summary[(summary["environment"] == HEAD) & (summary["status"] == "ok")]
    settings = data_of(summary).header.settings
    good = good[~good["strategy"].isin(settings.traits.one_core) & good["speedup"].map(plausible)]
    noted = {
        (workload, size, cores): alone for workload, steps in settings.weak.items() for alone, cores, size in steps
    }
    rows = []
    for (workload, strategy, chunks), cells in good.groupby(["workload", "strategy", "chunks"], sort=False):
        alone = pd.Series([_alone(each, noted) for each in cells.itertuples()], index=cells.index, dtype="float64")
        for size, ladder in cells.groupby(alone):
            if len(ladder) > 1:
                key = {"workload": workload, "size": int(size), "strategy": strategy, "chunks": chunks}
                rows.append(key | _row(ladder.sort_values("cores")))
    return pd.DataFrame(rows, columns=COLUMNS)


def _alone(cell: Any, noted: Mapping[tuple[str, int, int], int]) -> float:
    """The size on one core that a cell has as much of a core: noted, or its share; NaN if there is none."""
    if (known := noted.get((cell.workload, int(cell.size), int(cell.cores)))) is not None:
        return known
    return cell.size // cell.cores if cell.size % cell.cores == 0 else math.nan


def _row(ladder: pd.DataFrame) -> dict[str, Any]:
    """Results of Gustafson's law for one ladder."""
    top, more = ladder.iloc[-1], ladder[ladder["cores"] > 1]
    cores, speedups = (more[name].to_numpy(dtype=float) for name in ("cores", "speedup"))
    best = gustafson_fraction(cores, speedups)
    half = _half_width(cores, more)
    ends = dict(zip(("fraction", "fraction_low", "fraction_high"), (best, best - half, best + half), strict=True))
    return {
        "cores": int(top["cores"]),
        "counts": len(ladder),
        **{name: float(top[name]) for name in ("speedup", "speedup_low", "speedup_high")},
        **{name: min(max(each, 0.0), 1.0) for name, each in ends.items()},
    }


def _half_width(cores: np.ndarray[Any, Any], cells: pd.DataFrame) -> float:
    """That of the fraction, from the intervals of the speedups, whose blocks are not each other's; NaN without them.

    The degrees of freedom of a sum of several variances are those of B. Welch, Biometrika 34, 1947.
    """
    speedup, low, high = (cells[name].to_numpy(dtype=float) for name in ("speedup", "speedup_low", "speedup_high"))
    free = cells["blocks"].to_numpy(dtype=float) - 1
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low > 0).all() and (free > 0).all()):
        return math.nan
    quantiles = np.array([student(each) for each in free])
    errors = speedup * np.log(high / low) / 2 / quantiles  # of each speedup
    parts = (errors * (cores - 1) / ((cores - 1) @ (cores - 1))) ** 2
    whole = float(parts.sum())
    return student(whole**2 / float((parts**2 / free).sum())) * math.sqrt(whole) if whole > 0 else 0.0
