"""The best cells alone, pinned and unpinned, next to what they gave in turns with others."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

import pandas as pd

from parbench.analysis.frame import data_of
from parbench.workload.cell import Cell

COLUMNS = ["workload", "size", "strategy", "cores", "chunks", "pinned", "seconds", "rounds", "ratio"]
COLUMNS += ["speedup", "speedup_low", "speedup_high", "differs"]
#: A speedup alone differs if it is further than this factor from the interval in turns: it comes from one process.
APART = 1.25


def alone(frame: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """The cells of a frame from `parbench.load` that were measured alone too, a row per cell and kind of placement.

    `ratio` is their speedup over the baseline alone, placed in the same way, from the medians of `rounds` samples of
    one process each; `speedup` with the ends of its interval is that of the summary. `differs` is whether the first is
    more than 25 % beyond the interval. NaN if a value is unknown.
    """
    times: dict[tuple[Cell, bool], list[float]] = {}
    for each in data_of(frame).alone:
        times.setdefault((each.cell, each.pinned), []).append(each.seconds)
    seconds = {key: median(each) for key, each in times.items()}
    known: Any = summary.set_index(["workload", "size", "strategy", "cores", "chunks"])
    rows = []
    for (cell, pinned), value in seconds.items():
        key = (cell.workload, cell.size, cell.strategy, cell.cores, cell.chunks)
        if key not in known.index:
            continue
        row = known.loc[key]
        bases = [
            each
            for (other, placed), each in seconds.items()
            if (other.workload, other.size, other.strategy, placed) == (*key[:2], row["baseline"], pinned)
        ]
        ratio = bases[0] / value if bases and value > 0 else math.nan
        low, high = float(row["speedup_low"]), float(row["speedup_high"])
        differs = bool(ratio * APART < low or ratio > high * APART)
        found = (*key, pinned, value, len(times[cell, pinned]), ratio, float(row["speedup"]), low, high, differs)
        rows.append(dict(zip(COLUMNS, found, strict=True)))
    return pd.DataFrame(rows, columns=COLUMNS)
