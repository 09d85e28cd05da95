"""Number of calls that repay the start and the stop of a strategy."""

from __future__ import annotations

import math
from statistics import fmean, median
from typing import Any, Literal

import pandas as pd

from parbench.analysis.break_even import curves
from parbench.analysis.frame import ours, require_samples
from parbench.analysis.stats.interval import spread, student
from parbench.text import LONGER, one_line

CELL = ["workload", "size", "strategy", "cores", "chunks"]
COLUMNS = [
    *CELL,
    "outcome",
    "calls",
    "calls_low",
    "calls_high",
    "once_seconds",
    "gain_seconds",
    "starts",
    "reason",
]
Outcome = Literal["repaid", "at once", "never", "undecided", "not measured"]
#: The cost that is paid once, whatever the number of calls.
ONCE = ("start", "first", "stop")


def break_even_calls(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """Number of calls that repay the start of each cell: one row per cell that is not the baseline.

    Starting, the first call, ``calls - 1`` more and stopping then take no longer than as many calls of the baseline,
    its own first one among them. ``once_seconds`` is what the strategy has lost after one call, ``gain_seconds`` what
    it gains in each that follows. The interval has that of the speedup, and that of ``once_seconds`` where the strategy
    was started alone in at least two blocks (``starts``).
    """
    once = _once(frame)
    rows = []
    for _, cells in curves(frame, summary):
        for cell in cells:
            baseline = (cell.workload, cell.size, cell.baseline, 1, 1)
            rows.append({name: getattr(cell, name) for name in CELL} | _calls_of(cell, once, baseline))
    return pd.DataFrame(rows, columns=COLUMNS)


def _once(frame: pd.DataFrame) -> dict[tuple[Any, ...], dict[int, dict[str, float]]]:
    """Seconds of what is paid once, by cell, block and phase."""
    mine = ours(require_samples(frame))
    mine = mine[mine["phase"].isin(ONCE)].dropna(subset=["seconds", "block"])
    times: dict[tuple[Any, ...], dict[int, dict[str, float]]] = {}
    for row in list[Any](mine.itertuples()):
        cell = tuple(getattr(row, name) for name in CELL)
        times.setdefault(cell, {}).setdefault(int(row.block), {})[row.phase] = float(row.seconds)
    return times


def _calls_of(cell: Any, once: dict[tuple[Any, ...], dict[int, dict[str, float]]], baseline: Any) -> dict[str, Any]:
    """Outcome for the start of one cell."""
    row: dict[str, Any] = dict.fromkeys(("calls", "calls_low", "calls_high", "once_seconds", "gain_seconds"), math.nan)
    row |= {"starts": 0, "reason": ""}
    if cell.status != "ok" or not (cell.speedup > 0 and cell.baseline_seconds > 0):
        reason = one_line(str(cell.reason or cell.status)) if cell.status != "ok" else "it has no speedup"
        return row | {"outcome": "not measured", "reason": reason}
    if cell.speedup_high < 1:
        return row | {"outcome": "never", "reason": "it is slower than the baseline in every call"}
    if not cell.speedup_low > 1:
        return row | {"outcome": "undecided", "reason": f"it may be no faster than the baseline: {LONGER}"}
    mine, base = once.get(tuple(getattr(cell, name) for name in CELL), {}), once.get(baseline, {})
    lost = _lost(mine, base)
    if not lost:
        return row | {"outcome": "not measured", "reason": "its start was not measured"}
    gains = [cell.baseline_seconds * (1 - 1 / each) for each in (cell.speedup, cell.speedup_low, cell.speedup_high)]
    middle, half = _paid(mine) - _paid(base), 0.0
    if len(lost) > 1:
        half = student(len(lost) - 1, 0.95) * spread(lost) / math.sqrt(len(lost))
    calls = calls_for(middle, gains[0])
    return row | {
        "outcome": "repaid" if calls > 1 else "at once",
        "calls": calls,
        "calls_low": calls_for(middle - half, gains[2]),
        "calls_high": calls_for(middle + half, gains[1]),
        "once_seconds": middle,
        "gain_seconds": gains[0],
        "starts": len(lost),
    }


def _lost(ours: dict[int, dict[str, float]], base: dict[int, dict[str, float]]) -> list[float]:
    """Loss at the end of the first call, including the stop, in each block in which all of it was timed."""
    firsts = [times["first"] for times in base.values() if "first" in times]
    usual = fmean(firsts) if firsts else math.nan
    losses = [
        sum(times[phase] for phase in ONCE) - base.get(block, {}).get("first", usual)
        for block, times in ours.items()
        if all(phase in times for phase in ONCE)
    ]
    return [each for each in losses if math.isfinite(each)]


def _paid(times: dict[int, dict[str, float]]) -> float:
    """Seconds of start, first call and stop together, each the median over blocks, as in advice."""
    phases = [[block[phase] for block in times.values() if phase in block] for phase in ONCE]
    return sum(median(seconds) for seconds in phases if seconds)


def calls_for(lost: float, gain: float) -> int:
    """The smallest number of calls after which a loss by the first one is repaid by as large a gain in each other."""
    return 1 + max(0, math.ceil(lost / gain - 1e-9))
