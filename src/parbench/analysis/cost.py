"""Costs of each cell: CPU time, memory, and what is paid once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from parbench.analysis.choice import comparable
from parbench.analysis.estimates import CELL
from parbench.analysis.frame import ours
from parbench.analysis.summary import summarize
from parbench.analysis.verdict import Verdict
from parbench.workload.cell import BASELINES

COLUMNS = [
    *CELL,
    "speedup",
    "speedup_low",
    "speedup_high",
    "cpu_seconds",
    "cpu_times",
    "peak_bytes",
    "memory_times",
    "start_seconds",
    "first_seconds",
    "stop_seconds",
    "start_calls",
    "baseline",
    "verdict",
    "status",
]
#: Share of the best speedup at which a strategy is nearly as fast.
NEARLY = 0.9
#: Share of the memory, or of the CPU time, of the fastest strategy at which a strategy takes much less.
LESS = 2 / 3


class Choice(NamedTuple):
    """The verdict's parallel cell of a workload at its largest size, one nearly as fast for less, or None, and all.

    These are the fastest cell of each strategy, fastest first.
    """

    best: Any
    cheaper: Any
    cells: pd.DataFrame


def costs(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """Costs of the speedup of each cell: one row per cell of a frame from `parbench.load`.

    `summary` spares computing it again. `cpu_times` are CPU seconds of a call of all processes together, and
    `memory_times` the most memory that they held at once, each over the baseline's; NaN if one of both is not known.
    `start_calls` is the time to start over that of a call of the baseline. Cells of other environments have no row.
    """
    summary = summarize(ours(frame)) if summary is None else ours(summary)
    rows: list[dict[str, Any]] = []
    for _, cells in summary.groupby(["workload", "size"], sort=False):
        good = cells[(cells["verdict"] == "baseline") & (cells["status"] == "ok")]
        base = None if good.empty else good.iloc[0]
        rows += [_row(cell, base) for _, cell in cells.iterrows()]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.attrs = dict(frame.attrs)
    return table


def choices(table: pd.DataFrame, verdicts: Iterable[Verdict]) -> list[Choice]:
    """Choices for each workload, in their order, none for one without a parallel cell; `verdicts` are of the run."""
    best_of = {(each.workload, each.size): (each.rival, each.rival_cores, each.rival_chunks) for each in verdicts}
    result = []
    for _, cells in table.groupby("workload", sort=False):
        parallel = comparable(cells[~cells["strategy"].isin(BASELINES)])
        parallel = parallel[(parallel["status"] == "ok") & (parallel["cores"] > 1) & (parallel["speedup"] > 0)]
        parallel = parallel[parallel["size"] == parallel["size"].max()].sort_values("speedup", ascending=False)
        if parallel.empty:
            continue
        wanted = best_of.get((parallel["workload"].iloc[0], parallel["size"].iloc[0]))
        cells_of = zip(parallel["strategy"], parallel["cores"], parallel["chunks"], strict=True)
        parallel = parallel.assign(advised=[key == wanted for key in cells_of])
        best = parallel.sort_values("advised", ascending=False, kind="stable").iloc[0]
        each = parallel.drop_duplicates("strategy")
        result.append(Choice(best, _cheaper(best, each), each))
    return result


def _cheaper(best: pd.Series[Any], cells: pd.DataFrame) -> Any:
    """Of the other strategies that are nearly as fast, the one that takes least; None where none takes much less."""
    near = cells[(cells["strategy"] != best["strategy"]) & (cells["speedup"] >= NEARLY * best["speedup"])]
    saving = pd.concat([near[each] / best[each] for each in ("memory_times", "cpu_times")], axis=1)
    # a saving of one must not cost more of the other
    near = near[(saving.min(axis=1) <= LESS) & (saving.max(axis=1) <= 1)]
    return None if near.empty else near.loc[saving.loc[near.index].prod(axis=1).idxmin()]


def _row(cell: pd.Series[Any], base: pd.Series[Any] | None) -> dict[str, Any]:
    row = {name: cell[name] for name in COLUMNS if name in cell.index}
    for times, column in (("cpu_times", "cpu_seconds"), ("memory_times", "peak_bytes")):
        row[times] = math.nan if base is None else ratio(cell[column], base[column])
    row["start_calls"] = math.nan if base is None else ratio(cell["start_seconds"], base["seconds"])
    return row


def ratio(value: Any, base: Any) -> float:
    """One figure over another; NaN if one is missing or is not positive."""
    value, base = float(value), float(base)
    return value / base if 0 < value < math.inf and 0 < base < math.inf else math.nan
