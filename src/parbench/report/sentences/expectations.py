"""Expectations in sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench.analysis.expectations import OUTCOMES, Outcome
from parbench.text import one_line, times


def lines(expected: pd.DataFrame) -> list[str]:
    """The number of expectations by outcome, and a line for each deviation; nothing if nothing was expected."""
    if expected.empty:
        return []
    deviations: list[Any] = list(expected[expected["outcome"] == "deviation"].itertuples())
    return [f"expectations: {counts(expected)}", *(deviation(row) for row in deviations)]


def counts(expected: pd.DataFrame) -> str:
    """The number of expectations by outcome: ``9 as expected, 1 deviation, 2 open``."""
    numbers = {outcome: int((expected["outcome"] == outcome).sum()) for outcome in OUTCOMES}
    order: tuple[Outcome, ...] = ("as expected", "deviation", "open", "not measured")
    several = "s" if numbers["deviation"] > 1 else ""
    return ", ".join(f"{numbers[each]} {each}{several * (each == 'deviation')}" for each in order if numbers[each])


def figures(row: Any) -> str:
    """The speedup of a row against its limit, and why it is open if it is."""
    more = f"; {row.reason}" if row.reason else ""
    ratio = times(row.found, row.found_low, row.found_high)
    return f"{times(row.speedup)} is {ratio} the limit of {times(row.limit)}{more}"


def deviation(row: Any) -> str:
    """A deviation in one line: the expectation, the figures, and the reasoning of theory."""
    where = f"{one_line(row.workload)} at {row.size:,}"
    return f"deviation: {where}: {row.statement} is false: {figures(row)}. In theory: {row.why}"
