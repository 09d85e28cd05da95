"""One row per cell: its speedup, its uncertainty and its cost."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from parbench.analysis.frame import require_samples
from parbench.analysis.stats.interval import Interval, interval, log_ratios
from parbench.workload.cell import BASELINES

CELL = ["workload", "size", "strategy", "cores", "chunks", "environment"]
COLUMNS = [
    *CELL,
    "seconds",
    "speedup",
    "speedup_low",
    "speedup_high",
    "relative",
    "efficiency",
    "ceiling",
    "of_ceiling",
    "start_seconds",
    "first_seconds",
    "stop_seconds",
    "cpu_seconds",
    "peak_bytes",
    "blocks",
    "rounds",
    "baseline",
    "verdict",
    "status",
    "reason",
]
#: The times of one cell: block, then round, then seconds of a call.
Times = dict[int, dict[int, float]]


def summarize(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per cell of a frame from `parbench.load`, filtered or not.

    `seconds` is the median steady time of a call; `speedup` is against the baseline, the fastest serial strategy of
    that workload and size in the frame, with the ends of its 95 % interval; `relative` compares with the same strategy,
    with as many chunks per core, on one core; `efficiency` is speedup over cores and `of_ceiling` speedup over what the
    cores gave together when measured in the same rounds. `verdict` is ``baseline``, ``faster``, ``slower``,
    ``undecided`` (the interval holds 1, or there is none) or ``failed``. Seconds throughout; NaN if a value is unknown;
    for a measured cell without a speedup, `reason` has the cause. Raises AnalysisError for several runs, and without
    the columns.
    """
    rows: list[dict[str, Any]] = []
    for _, group in require_samples(frame).groupby(["workload", "size", "environment"], sort=False):
        rows += _rows(group)
    summary = pd.DataFrame(rows, columns=COLUMNS)
    summary.attrs = dict(frame.attrs)
    return summary


def _rows(group: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of one workload at one size, all against the same baseline."""
    cells: dict[Any, pd.DataFrame] = dict(list(group.groupby(CELL, sort=False)))
    times = {key: times_of(cell) for key, cell in cells.items()}
    medians = {key: _median(cell, "steady") for key, cell in cells.items()}
    serial = [
        key
        for key, cell in cells.items()
        if key[2] in BASELINES and cell["status"].iloc[0] == "ok" and not math.isnan(medians[key])
    ]
    base = min(serial, key=lambda key: medians[key], default=None)
    rows = []
    for key, cell in cells.items():
        speedup = speedup_of(times[base], times[key]) if base is not None else interval([])
        alone = (*key[:3], 1, *key[4:])
        relative = speedup_of(times[alone], times[key]).value if alone in times else math.nan
        row: dict[str, Any] = dict(zip(CELL, key, strict=True))
        row |= _speed(cell, speedup, relative, medians[key]) | _cost(cell)
        row["baseline"] = base[2] if base is not None else ""
        row["verdict"] = _verdict(row["status"], key == base, speedup)
        if row["status"] == "ok" and math.isnan(speedup.value):
            row["reason"] = row["reason"] or _why(medians[key], base)
        rows.append(row)
    return rows


def _why(seconds: float, base: Any) -> str:
    """Why a cell that was measured has no speedup."""
    if math.isnan(seconds):
        return "no speedup: it has no steady times here"
    if base is None:
        return f"no speedup: there is no {' or '.join(BASELINES)} here to compare it with"
    return f"no speedup: it shares no round with {base[2]}, the baseline, here"


def times_of(cell: pd.DataFrame) -> Times:
    """The steady times of the rows of one cell."""
    times: Times = {}
    steady = cell[cell["phase"] == "steady"]
    for block, turn, seconds in zip(steady["block"], steady["round"], steady["seconds"], strict=True):
        times.setdefault(int(block), {})[int(turn)] = float(seconds)
    return times


def is_tutorial(strategy: str) -> bool:
    """Whether a strategy is the tutorial's own form of the job, which may compute something else than the workload."""
    return strategy.endswith("[tutorial]")


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of strategies that compute the same: all but the tutorial's own forms, which no advice names."""
    return rows[~rows["strategy"].map(is_tutorial).astype(bool)]


def speedup_of(base: Times, times: Times) -> Interval:
    """The speedup of one cell over another, from the rounds of the blocks that both took part in."""
    return interval([log_ratios(base[block], times[block]) for block in times if block in base])


def _median(cell: pd.DataFrame, phase: str, column: str = "seconds") -> float:
    values = cell[column].to_numpy(float)[(cell["phase"] == phase).to_numpy(bool)]
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else math.nan


def _speed(cell: pd.DataFrame, speedup: Interval, relative: float, seconds: float) -> dict[str, Any]:
    ceiling = _median(cell, "steady", "ceiling")
    return {
        "seconds": seconds,
        "speedup": speedup.value,
        "speedup_low": speedup.low,
        "speedup_high": speedup.high,
        "relative": relative,
        "efficiency": speedup.value / int(cell["cores"].iloc[0]),
        "ceiling": ceiling,
        "of_ceiling": speedup.value / ceiling,
    }


def _cost(cell: pd.DataFrame) -> dict[str, Any]:
    steady = cell[cell["phase"] == "steady"]
    return {
        "start_seconds": _median(cell, "start"),
        "first_seconds": _median(cell, "first"),
        "stop_seconds": _median(cell, "stop"),
        "cpu_seconds": _median(cell, "steady", "cpu_seconds"),
        "peak_bytes": cell["peak_bytes"].max(),
        "blocks": int(steady["block"].nunique()),
        "rounds": len(steady),
        "status": str(cell["status"].iloc[0]),
        "reason": str(cell["reason"].iloc[0]),
    }


def _verdict(status: str, is_base: bool, speedup: Interval) -> str:
    if status != "ok":
        return "failed" if status != "skipped" else "undecided"
    if is_base:
        return "baseline"
    if speedup.low > 1:
        return "faster"
    return "slower" if speedup.high < 1 else "undecided"
