"""A run against what theory expects: each statement of a workload at each of its sizes, with what was found."""

from __future__ import annotations

import math
from typing import Any, Literal

import pandas as pd

from parbench.analysis.estimates import block_estimates, speed_ratio
from parbench.analysis.expectation_cases import CaseCells, no_size, pieces, statement, steady_samples
from parbench.analysis.frame import data_of, variances_of
from parbench.analysis.stats.interval import Interval
from parbench.analysis.stats.moderated import VarianceModel, kind_of
from parbench.text import LONGER, one_line, plural
from parbench.workload.cell import HEAD
from parbench.workload.expectation import MEASURES, Expect

COLUMNS = [
    "workload",
    "size",
    "strategy",
    "cores",
    "chunks",
    "statement",
    "speedup",
    "limit",
    "found",
    "found_low",
    "found_high",
    "outcome",
    "reason",
    "why",
]
Outcome = Literal["deviation", "as expected", "open", "not measured"]
#: The outcomes, in the order in which people want to read them.
OUTCOMES: tuple[Outcome, ...] = ("deviation", "as expected", "open", "not measured")
#: Number of shared blocks above which two strategies are compared in these alone; with fewer only if one has no others.
ENOUGH = 6


def expectations(summary: pd.DataFrame, frame: pd.DataFrame | None = None) -> pd.DataFrame:
    """Expectations of theory for a run, and the results: one row per expectation and size to which it applies.

    `summary` is what `parbench.summarize` gives, and `frame` what that was made from: with it, two strategies are
    compared by the rounds that they shared, which gives narrower intervals. ``speedup`` is that of ``strategy``,
    ``limit`` is its expected limit, and ``found`` the quotient, with the ends of its 95 % interval. ``outcome`` is ``as
    expected`` where the whole interval is on the side that theory says, ``deviation`` where all of it is on the other,
    ``open`` where it holds 1 or cannot be had, and ``not measured``; the last two have a ``reason``. ``size`` is
    missing if no size is in the range of the expectation.
    """
    header = data_of(summary if frame is None else frame).header
    traits = header.settings.traits
    steady = {} if frame is None else steady_samples(frame)
    model = VarianceModel() if frame is None else variances_of(frame)
    rows: list[dict[str, Any]] = []
    ours = summary[summary["environment"] == HEAD]
    for workload, cells in ours.groupby("workload", sort=False):
        groups = [CaseCells(each, steady.get((workload, size)), traits, model) for size, each in cells.groupby("size")]
        for expect in header.facts(str(workload)).expects:
            rows += _rows(expect, groups)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"size": "Int64", "cores": "Int64", "chunks": "Int64"})


def _rows(expect: Expect, groups: list[CaseCells]) -> list[dict[str, Any]]:
    """Outcomes of one expectation, at every size to which it applies, or the reason if there is none."""
    within = [group for group in groups if group.applies(expect)]
    if within:
        return [_row(expect, group) for group in within]
    nowhere = {"size": pd.NA, "cores": expect.cores or pd.NA, "outcome": "not measured", "reason": no_size(expect)}
    return [_bare(expect, groups[0], expect.cores) | nowhere]


def _bare(expect: Expect, group: CaseCells, count: int) -> dict[str, Any]:
    """A row that says what is expected, with nothing found yet."""
    return {
        "workload": group.workload,
        "size": group.size,
        "strategy": one_line(expect.strategy),
        "cores": count,
        "chunks": pieces(expect),
        "statement": statement(expect, count, group.traits),
        **dict.fromkeys(("speedup", "limit", "found", "found_low", "found_high"), math.nan),
        "reason": "",
        "why": one_line(expect.why),
    }


def _row(expect: Expect, group: CaseCells) -> dict[str, Any]:
    """Outcome of one expectation at one size."""
    count = expect.cores or group.most_cores(expect)
    row = _bare(expect, group, count)
    if reason := _missing(expect, group, count):
        return row | {"outcome": "not measured", "reason": reason}
    ratio, level = _compare(expect, group, count)
    quotient = _scaled(ratio, expect.times)
    speedup = float(group.cell(expect.strategy, count, pieces(expect)).speedup)
    row |= {"speedup": speedup, "limit": level * expect.times}
    row |= {"found": quotient.value, "found_low": quotient.low, "found_high": quotient.high}
    outcome, reason = _outcome(expect.relation, quotient)
    return row | {"outcome": outcome, "reason": reason}


def _missing(expect: Expect, group: CaseCells, count: int) -> str:
    """Reason why an expectation has no limit at this size; empty if it has one."""
    if not expect.cores and count < 2:
        return "only one core was measured"
    if reason := group.lacks(expect.strategy, count, pieces(expect)):
        return reason
    if isinstance(expect.than, str) and expect.than not in MEASURES:
        return group.lacks(expect.than, count, pieces(expect))
    if math.isnan(group.cell(expect.strategy, count, pieces(expect)).speedup):
        return "there is no speedup, because no serial strategy was measured with it"
    if expect.than == "ceiling" and math.isnan(group.ceiling(count)):
        return f"the ceiling of {plural(count, 'core')} was not measured"
    return ""


def _compare(expect: Expect, group: CaseCells, count: int) -> tuple[Interval, float]:
    """The strategy's speedup over its limit, and the limit, both before the factor."""
    mine = group.cell(expect.strategy, count, pieces(expect))
    if expect.than == "ceiling":
        return _of_ceiling(group, mine, count), group.ceiling(count)
    if isinstance(expect.than, str) and expect.than != "cores":
        other = group.cell(expect.than, count, pieces(expect))
        return _of_two(group, mine, other), float(other.speedup)
    limit = count if isinstance(expect.than, str) else expect.than
    return _scaled(_speedup(mine), limit), limit


def _speedup(cell: Any) -> Interval:
    return Interval(float(cell.speedup), float(cell.speedup_low), float(cell.speedup_high))


def _of_two(group: CaseCells, left: Any, right: Any) -> Interval:
    """The speedup of one cell over another, by the blocks that they shared if those are enough.

    Otherwise by their speedups over the baseline, with an interval as wide as both together can make it.
    """
    ours, theirs = group.times(left), group.times(right)
    shared = block_estimates(theirs, ours)
    if shared and len(shared) >= min(ENOUGH, len(ours), len(theirs)):
        kinds = kind_of(left.strategy, left.cores), kind_of(right.strategy, right.cores)
        return speed_ratio(group.model, theirs, ours, *kinds)
    one, other = _speedup(left), _speedup(right)
    return Interval(_over(one.value, other.value), _over(one.low, other.high), _over(one.high, other.low))


def _of_ceiling(group: CaseCells, left: Any, count: int) -> Interval:
    """A cell's speedup over what the cores gave together in the same rounds."""
    if group.baseline is None or not (ceilings := group.ceilings(count)):
        return _scaled(_speedup(left), group.ceiling(count))
    base, mine = group.times(group.baseline), group.times(left)
    # time of a call if the ceiling's cores had been one: its speedup is the speedup over the ceiling
    slowed = {
        block: {turn: seconds * ceilings[block][turn] for turn, seconds in turns.items() if turn in ceilings[block]}
        for block, turns in mine.items()
        if block in ceilings
    }
    return speed_ratio(group.model, base, slowed, kind_of(left.strategy, left.cores))


def _scaled(ratio: Interval, level: float) -> Interval:
    """An interval over a number."""
    return Interval(*(_over(each, level) for each in ratio))


def _over(one: float, other: float) -> float:
    """A ratio of what is not negative, also where an end of an interval is 0 or beyond what a float can hold."""
    if math.isnan(one) or math.isnan(other):
        return math.nan
    return one / other if other else math.inf


def _outcome(relation: str, quotient: Interval) -> tuple[Outcome, str]:
    """Outcome of a statement whose two sides have this ratio, and the reason if it is open."""
    if math.isnan(quotient.value):
        return "not measured", "the two were never sampled in the same rounds"
    if math.isnan(quotient.low) or math.isnan(quotient.high):
        return "open", f"there are too few blocks for an interval: {LONGER}"
    above, below = quotient.low > 1, quotient.high < 1
    if not (above or below):
        return "open", f"its interval holds both: {LONGER}"
    return ("as expected" if above == (relation == "above") else "deviation"), ""
