"""The finest useful grain: how much work a task needs before half of what the cores give is used.

From E. Slaughter et al., "Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime Performance", SC 2020:
the minimum effective task granularity, METG(50 %), is the smallest mean granularity of tasks (wall time × cores ÷
tasks) at which a system reaches 50 % efficiency. Data that cannot give it are refused, with a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from parbench.analysis.break_even import CURVE, compared, curves, failures
from parbench.analysis.choice import is_tutorial
from parbench.analysis.frame import data_of
from parbench.analysis.stats.crossing import Point, reached, value_at
from parbench.runfile.header import Header
from parbench.text import LONGER, duration, percent
from parbench.workload.cell import AUTO

COLUMNS = [
    *CURVE,
    "outcome",
    "grain",
    "grain_low",
    "grain_high",
    "size",
    "of",
    "finest",
    "coarsest",
    "sizes",
    "reason",
]
Outcome = Literal["found", "finer", "never", "undecided", "one size", "refused", "not measured"]
#: Efficiency from which a grain is useful.
USEFUL = 0.5
#: Efficiency above which a measurement must be wrong.
TOO_GOOD = 1.5
#: The option that places sizes around it.
HOW = 'give the test bracket="grain" in its mark, or --parbench-sizes'
POINTS = [*CURVE, "size", "grain", "efficiency", "efficiency_low", "efficiency_high", "of"]


def metg(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """The finest useful grain, METG(50 %): one row per strategy, number of cores and of chunks.

    `frame` is what `parbench.load` gives; `summary` is computed by `parbench.summarize` if it is omitted. A grain is
    seconds of one core per task, ``cores`` × ``chunks`` tasks per call. ``grain`` is the estimate, interpolated between
    ``grain_low``, which is significantly below 50 % efficiency, and ``grain_high``, which is above; ``size`` is the
    size with this grain. Efficiency is speedup over what the cores gave together, or over their number: ``of`` says
    which.
    """
    header = data_of(frame).header
    rows = [_row(key, cells, header) for key, cells in curves(frame, summary)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype(dict.fromkeys(("grain", "grain_low", "grain_high", "finest", "coarsest", "size"), float))


def grains(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """The points that the finest useful grain is sought among: efficiency and grain of each cell that counts."""
    header = data_of(frame).header
    rows: list[dict[str, Any]] = []
    for key, cells in curves(frame, summary):
        if _refused(key, header):
            continue
        usable = _usable(compared(cells))
        of = _of(usable)
        rows += [dict(zip(POINTS, (*key, row.size, *_point(row, of), of), strict=True)) for row in usable]
    return pd.DataFrame(rows, columns=POINTS)


def _usable(rows: list[Any]) -> list[Any]:
    """The cells in which every worker can have a task."""
    return [row for row in rows if row.size >= row.cores * row.chunks and row.seconds > 0]


def _of(rows: list[Any]) -> str:
    """Reference of efficiency: the ceiling if it was measured at every size, otherwise the number of cores."""
    return "ceiling" if rows and all(row.ceiling > 0 for row in rows) else "cores"


def _point(row: Any, of: str) -> Point:
    """Grain and efficiency of a cell: its ``cores * chunks`` tasks share ``seconds * cores``."""
    whole = row.ceiling if of == "ceiling" else row.cores
    return Point(row.seconds / row.chunks, row.speedup / whole, row.speedup_low / whole, row.speedup_high / whole)


def _refused(key: tuple[Any, ...], header: Header) -> str:
    """Reason why a curve has no grain at all, in words; empty if it may have one."""
    workload, strategy, _, chunks = key
    facts = header.facts(str(workload))
    if chunks == AUTO:
        return "its tasks are as many as its library makes: give a number of chunks per core"
    if is_tutorial(str(strategy)) or strategy in header.settings.uncut_strategies:
        return "how many tasks it makes is its library's affair"
    if facts.even is False:
        return "its tasks are unequal, so that their mean says nothing of any of them"
    if facts.steps:
        return "its tasks depend on each other, so that waiting would count as grain"
    return ""


def _row(key: tuple[Any, ...], cells: Sequence[Any], header: Header) -> dict[str, Any]:
    """Finest useful grain of one curve."""
    row: dict[str, Any] = dict(zip(CURVE, key, strict=True))
    row |= dict.fromkeys(("grain", "grain_low", "grain_high", "size", "finest", "coarsest"), math.nan)
    row |= {"of": "", "sizes": 0}
    if refusal := _refused(key, header):
        return row | {"outcome": "refused", "reason": refusal}
    rows = compared(cells)
    usable = _usable(rows)
    lost = failures(cells)
    if few := [each.size for each in rows if each not in usable]:
        sizes = ", ".join(f"{size:,}" for size in few)
        lost = "; ".join(
            each for each in (f"left out at {sizes}: more workers and chunks than there is work", lost) if each
        )
    if not usable:
        return row | {"outcome": "not measured", "reason": lost or "there was no baseline to compare it with"}
    of = _of(usable)
    points = sorted((_point(each, of), each.size) for each in usable)
    row |= {"of": of, "sizes": len(points), "finest": points[0][0].at, "coarsest": points[-1][0].at}
    outcome = _finest_grain([point for point, _ in points], [size for _, size in points], of)
    outcome["reason"] = "; ".join(each for each in (outcome["reason"], lost) if each)
    return row | outcome


def _finest_grain(points: list[Point], sizes: list[int], of: str) -> dict[str, Any]:
    """The finest useful grain among points by growing grain, at these sizes."""
    best = max(points, key=lambda point: point.value)
    if best.value > TOO_GOOD:
        reason = f"an efficiency of {percent(best.value)} of the {of} cannot be: the baseline or the ceiling is wrong"
        return {"outcome": "refused", "reason": reason}
    if len(points) == 1:
        reason = f"it was measured at one size only, {sizes[0]:,} ({_point_text(points[0])}): {HOW}"
        return {"outcome": "one size", "reason": reason}
    about = reached(points, USEFUL)
    row = {"grain": about.about, "grain_low": about.low, "grain_high": about.high}
    if about.outcome == "passed":
        size = value_at([(point.at, size) for point, size in zip(points, sizes, strict=True)], about.about)
        return row | {"outcome": "found", "size": size, "reason": ""}
    if about.outcome == "above":
        reason = f"the finest grain measured is useful already, {_point_text(points[0])}: measure smaller sizes"
        return row | {"outcome": "finer", "reason": reason}
    if about.outcome == "below":
        return row | {"outcome": "never", "reason": f"the best is {_point_text(best)}"}
    return row | {"outcome": "undecided", "reason": f"the best is {_point_text(best)}: {HOW}, or {LONGER}"}


def _point_text(point: Point) -> str:
    """A point in words."""
    return f"{duration(point.at)} per task with {percent(point.value)} efficiency"
