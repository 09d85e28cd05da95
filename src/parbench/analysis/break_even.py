"""Sizes above which a strategy is faster than the baseline, and number of calls that repay its start."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pandas as pd

from parbench.analysis.frame import ours
from parbench.analysis.stats.crossing import Point, lasting, side, value_at
from parbench.analysis.stats.interval import NO_MATTER
from parbench.analysis.summary import summarize
from parbench.text import LONGER, one_line, times
from parbench.workload.cell import AUTO, BASELINES

CURVE = ["workload", "strategy", "cores", "chunks"]
COLUMNS = [
    *CURVE,
    "outcome",
    "size",
    "size_low",
    "size_high",
    "baseline_seconds",
    "smallest",
    "largest",
    "sizes",
    "reason",
]
Outcome = Literal["found", "always", "never", "no difference", "undecided", "one size", "not measured"]
#: Curves of fewer sizes are not drawn.
FEWEST_SIZES = 3
#: The option that places sizes around the break-even.
HOW = 'give the test bracket="break-even" in its mark, or --parbench-sizes'


def break_even(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """Break-even size of each strategy: one row per strategy, number of cores and of chunks.

    `frame` is what `parbench.load` gives; `summary` is computed by `parbench.summarize` if it is omitted. ``size`` is
    the estimate, interpolated between ``size_low``, the largest size that is significantly slower, and ``size_high``,
    the smallest above which all measured sizes are significantly faster.
    """
    rows = [_row(key, cells) for key, cells in curves(frame, summary)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"size_low": float, "size_high": float, "size": float, "baseline_seconds": float})


def curves(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    """The cells of our environment that are no baselines, as records, curve by curve, sizes growing.

    Each row also has ``baseline_seconds``: seconds per call of the baseline, NaN if there was none.
    """
    cells = ours(summarize(frame) if summary is None else summary)
    base = cells[cells["verdict"] == "baseline"].drop_duplicates(["workload", "size"])
    base = base[["workload", "size", "seconds"]].rename(columns={"seconds": "baseline_seconds"})
    cells = cells[~cells["strategy"].isin(BASELINES)].merge(base, how="left", on=["workload", "size"])
    for key, curve in cells.groupby(CURVE, sort=False):
        yield key, list(curve.sort_values("size", kind="stable").itertuples())


def compared(cells: Sequence[Any]) -> list[Any]:
    """The cells of a curve that have a speedup, and a size that a curve can have."""
    return [row for row in cells if row.status == "ok" and row.speedup > 0 and row.size > 0]


def points_of(rows: list[Any]) -> list[Point]:
    """The speedups of a curve over its sizes."""
    return [Point(row.size, row.speedup, row.speedup_low, row.speedup_high) for row in rows]


def failures(cells: Sequence[Any]) -> str:
    """Sizes at which a curve has no result, with the first reason, in words; empty if it has all."""
    lost = [row for row in cells if row.status != "ok"]
    if not lost:
        return "a size of 0 does not count" if any(row.size <= 0 for row in cells) else ""
    sizes = ", ".join(f"{row.size:,}" for row in lost)
    why = one_line(str(lost[0].reason or lost[0].status)).rstrip(".")
    return f"no result at {sizes} ({why})"


def _row(key: tuple[Any, ...], cells: Sequence[Any]) -> dict[str, Any]:
    """Break-even size of one curve."""
    rows = compared(cells)
    row: dict[str, Any] = dict(zip(CURVE, key, strict=True))
    row |= dict.fromkeys(("size", "size_low", "size_high", "baseline_seconds"), math.nan)
    row |= {"sizes": len(rows), "smallest": pd.NA, "largest": pd.NA}
    lost = failures(cells)
    if not rows:
        return row | {"outcome": "not measured", "reason": lost or "there was no baseline to compare it with"}
    row |= {"smallest": rows[0].size, "largest": rows[-1].size}
    if len(rows) == 1:
        reason = f"it was measured at one size only, {rows[0].size:,}, where it is {in_words(rows[0])}: {HOW}"
        outcome = {"outcome": "one size", "baseline_seconds": rows[0].baseline_seconds, "reason": reason}
    else:
        outcome = _several(rows)
    outcome["reason"] = "; ".join(each for each in (outcome["reason"], lost) if each)
    return row | outcome


def _several(rows: list[Any]) -> dict[str, Any]:
    points = points_of(rows)
    about = lasting(points, 1.0)
    first, last = rows[0], rows[-1]
    row = {"size": about.about, "size_low": about.low, "size_high": about.high}
    if about.outcome == "passed":
        times = [(each.size, each.baseline_seconds) for each in rows]
        return row | {"outcome": "found", "baseline_seconds": value_at(times, about.about), "reason": ""}
    if about.outcome == "above":
        reason = f"it is faster at the smallest size already, {first.size:,}"
        return row | {"outcome": "always", "baseline_seconds": first.baseline_seconds, "reason": reason}
    row |= {"baseline_seconds": last.baseline_seconds}
    if about.outcome == "below":
        reason = f"at the largest size, {last.size:,}, it is {in_words(last)}"
        faster = [each.size for each, point in zip(rows, points, strict=True) if side(point, 1.0) > 0]
        reason += f"; only at {', '.join(f'{size:,}' for size in faster)} it is faster" if faster else ""
        return row | {"outcome": "never", "reason": reason}
    if all(each.speedup_low > 1 / NO_MATTER and each.speedup_high < NO_MATTER for each in rows[-2:]):
        reason = f"at {rows[-2].size:,} and {last.size:,} it makes no difference, {in_words(last)}"
        return row | {"outcome": "no difference", "reason": reason}
    return row | {"outcome": "undecided", "reason": _open(about.low, about.high, last)}


def _open(low: float, high: float, last: Any) -> str:
    """Why no two sizes enclose the break-even significantly, and what to do."""
    if not math.isnan(high):
        return f"it is faster from {high:,.0f} on, and below that is open: measure smaller sizes, or {LONGER}"
    since = f"it is slower up to {low:,.0f}, and " if not math.isnan(low) else ""
    return f"{since}at the largest size, {last.size:,}, it is {in_words(last)}: measure larger sizes, or {LONGER}"


def in_words(row: Any) -> str:
    """A speedup in words: ``slower, 0.52×``."""
    place = side(Point(row.size, row.speedup, row.speedup_low, row.speedup_high), 1.0)
    word = {1: "faster", -1: "slower", 0: "neither faster nor slower"}[place]
    return f"{word}, {times(row.speedup)}"


def one_per_strategy(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per workload and strategy: the most cores, then the fewest chunks, the automatic chunks last."""
    keyed = rows.assign(own=rows["chunks"] == AUTO)
    keyed = keyed.sort_values(["cores", "own", "chunks"], ascending=[False, True, True], kind="stable")
    first = keyed.drop_duplicates(["workload", "strategy"]).index
    return rows.loc[rows.index.isin(first)]


def of_curves(rows: pd.DataFrame, curves: pd.DataFrame) -> list[Any]:
    """The rows that belong to the same workload, strategy, cores and chunks as any row of `curves`, as records."""
    keys = set(curves[CURVE].itertuples(index=False, name=None))
    return [row for row in rows.itertuples() if (row.workload, row.strategy, row.cores, row.chunks) in keys]


def at_largest_size(rows: list[Any]) -> list[Any]:
    """Of each curve the row of the largest size, by workload, the fewest calls first."""
    largest = {
        (row.workload, row.strategy, row.cores, row.chunks): row for row in sorted(rows, key=lambda row: row.size)
    }
    workloads = list(dict.fromkeys(row.workload for row in rows))
    return sorted(largest.values(), key=lambda row: (workloads.index(row.workload), row.calls))
