"""One row per cell: its speedup, its uncertainty and its cost."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.choice import rivals
from parbench.analysis.estimates import CELL, Case, block_estimates, cases, median_of, speed_ratio
from parbench.analysis.frame import require_samples, variances_of
from parbench.analysis.stats.interval import Interval
from parbench.analysis.stats.moderated import BothIntervals, VarianceModel, kind_of
from parbench.analysis.stats.slow_calls import slow_calls
from parbench.workload.cell import BASELINES

COLUMNS = [
    *CELL,
    "seconds",
    "mean_seconds",
    "slow_share",
    "slow_ratio",
    "speedup",
    "speedup_low",
    "speedup_high",
    "run_low",
    "run_high",
    "of_fastest",
    "of_fastest_low",
    "of_fastest_high",
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
#: A strategy that was measured in one block only, without an interval, is faster above this speedup, and slower below
#: its inverse: blocks of the same program do not differ that much.
FAR = 3.0
#: A whole interval above this many times the cores, or the ceiling, which is an estimate, cannot be.
ABOVE_CORES, ABOVE_CEILING = 1.05, 1.25
IMPLAUSIBLE = "it is faster than its cores can be with the CPU time that it takes: the baseline was disturbed"
#: The speedup of the baseline over itself.
ITSELF = BothIntervals(Interval(1.0, 1.0, 1.0), Interval(1.0, 1.0, 1.0))


def summarize(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per cell of a frame from `parbench.load`, filtered or not.

    `seconds` is the median steady time of a call and `mean_seconds` the mean; `slow_share` is the share of slow calls
    and `slow_ratio` their mean time over the median of the others, see `stats.slow_calls`. `speedup` is the ratio of
    typical times to the baseline, the fastest serial strategy of that workload and size in the frame, paired by round,
    with the ends of the 95 % interval for the mean of another run on this machine; `run_low` and `run_high` are the
    ends for this run alone. `of_fastest` is the speed over that of the fastest parallel cell, from the rounds that both
    took part in, with its interval. `relative` compares with the same strategy, with as many chunks per core, on one
    core; `efficiency` is speedup over cores and `of_ceiling` speedup over what the cores gave together when measured in
    the same rounds. `verdict` is ``baseline``, ``faster``, ``slower``, ``equal`` (the whole interval is within 5 % of
    1), ``undecided`` (it holds 1, or there is none) or ``failed``. Seconds throughout; NaN if a value is unknown; for a
    measured cell without a speedup, `reason` has the cause. A speedup above what the cores can give is ``undecided``
    with a `reason`, unless it saves CPU time. Raises AnalysisError for several runs, and without the columns.
    """
    require_samples(frame)
    model = variances_of(frame)
    rows = [row for case in cases(frame) for row in _rows(case, model)]
    summary = pd.DataFrame(rows, columns=COLUMNS)
    summary.attrs = dict(frame.attrs)
    return summary


def _rows(case: Case, model: VarianceModel) -> list[dict[str, Any]]:
    """The rows of one workload at one size, all against the same baseline."""
    rows = []
    base = case.base
    for key, cell in case.cells.items():
        estimates, kind = case.estimates(key), kind_of(key[2], key[3])
        speedup = ITSELF if key == base and estimates else model.intervals(estimates, kind)
        alone = case.times.get((*key[:3], 1, *key[4:]), {})
        relative = model.intervals(block_estimates(alone, case.times[key]), kind).this_run.value
        row: dict[str, Any] = dict(zip(CELL, key, strict=True))
        row |= _speed(cell, speedup, relative, case.medians[key]) | _cost(cell)
        row["baseline"] = base[2] if base is not None else ""
        row["verdict"] = _verdict(row["status"], key == base, speedup.other_run)
        if row["status"] == "ok" and math.isnan(speedup.other_run.value):
            row["reason"] = row["reason"] or _why(case.medians[key], base)
        rows.append(row)
    for row in rows:
        if row["verdict"] == "faster" and _is_implausible(
            row, next(each for each in rows if each["verdict"] == "baseline")
        ):
            row["verdict"], row["reason"] = "undecided", IMPLAUSIBLE
    return _with_fastest(rows, case, model)


def _with_fastest(rows: list[dict[str, Any]], case: Case, model: VarianceModel) -> list[dict[str, Any]]:
    """The rows with the comparison of each cell that is no serial one with the fastest parallel cell."""
    good = pd.DataFrame(rows)
    fastest = rivals(good[(good["status"] == "ok") & good["speedup"].notna()])
    nothing = Interval(math.nan, math.nan, math.nan)
    for row, key in zip(rows, case.cells, strict=True):
        found = nothing
        if not fastest.empty and row["status"] == "ok" and row["strategy"] not in BASELINES:
            other = tuple(fastest.iloc[0][CELL])
            kinds = kind_of(other[2], other[3]), kind_of(key[2], key[3])
            itself = Interval(1.0, 1.0, 1.0)
            found = itself if other == key else speed_ratio(model, case.times[other], case.times[key], *kinds)
        row |= dict(zip(("of_fastest", "of_fastest_low", "of_fastest_high"), found, strict=True))
    return rows


def _is_implausible(row: dict[str, Any], base: dict[str, Any]) -> bool:
    """Whether a cell is faster than its cores can be with the CPU time that it takes; workers that wait can be.

    A call takes at least its CPU time over its cores, and a call of an undisturbed baseline its CPU time.
    """
    computes = base["cpu_seconds"] > base["seconds"] / 2
    limit = min(ABOVE_CORES * row["cores"], ABOVE_CEILING * (row["ceiling"] if row["ceiling"] > 0 else math.inf))
    least = row["speedup"] if math.isnan(row["speedup_low"]) else row["speedup_low"]
    return bool(computes and least * row["cpu_seconds"] > limit * base["cpu_seconds"])


def _why(seconds: float, base: Any) -> str:
    """Why a cell that was measured has no speedup."""
    if math.isnan(seconds):
        return "no speedup: it has no steady times here"
    if base is None:
        return f"no speedup: there is no {' or '.join(BASELINES)} here to compare it with"
    return f"no speedup: it shares no round with {base[2]}, the baseline, here"


def _speed(cell: pd.DataFrame, speedup: BothIntervals, relative: float, seconds: float) -> dict[str, Any]:
    ceiling = median_of(cell, "steady", "ceiling")
    value, low, high = speedup.other_run
    steady = cell[cell["phase"] == "steady"]
    slow = slow_calls([each for calls in steady["calls"] for each in calls] if "calls" in cell else [], seconds)
    return {
        "seconds": seconds,
        "mean_seconds": float(cell["mean_seconds"].mean()) if "mean_seconds" in cell else math.nan,
        "slow_share": slow.share,
        "slow_ratio": slow.ratio,
        "speedup": value,
        "speedup_low": low,
        "speedup_high": high,
        "run_low": speedup.this_run.low,
        "run_high": speedup.this_run.high,
        "relative": relative,
        "efficiency": value / int(cell["cores"].iloc[0]),
        "ceiling": ceiling,
        "of_ceiling": value / ceiling,
    }


def _cost(cell: pd.DataFrame) -> dict[str, Any]:
    steady = cell[cell["phase"] == "steady"]
    return {
        "start_seconds": median_of(cell, "start"),
        "first_seconds": median_of(cell, "first"),
        "stop_seconds": median_of(cell, "stop"),
        "cpu_seconds": median_of(cell, "steady", "cpu_seconds"),
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
    alone = math.isnan(speedup.low)  # one block
    if speedup.low > 1 or (alone and speedup.value > FAR):
        return "faster"
    if speedup.high < 1 or (alone and speedup.value < 1 / FAR):
        return "slower"
    return "equal" if speedup.is_equal else "undecided"
