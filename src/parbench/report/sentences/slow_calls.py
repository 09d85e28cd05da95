"""Cells whose mean time per call differs from the typical time, in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.frame import data_of
from parbench.text import cell_label, number, percent, plural

#: Difference between mean and typical time per call above which a cell is named.
LEAST_DIFFERENCE = 0.05
#: Shares that have a name, and how far a share may be from the number.
SHARES = {1 / 4: "a quarter", 1 / 3: "a third", 1 / 2: "half", 2 / 3: "two thirds", 3 / 4: "three quarters"}
NEAR = 0.03


def phrase(row: Any) -> str:
    """The slow calls of a cell, a row of a summary with both times; empty if its mean and typical time agree."""
    if difference(row) <= math.log1p(LEAST_DIFFERENCE):
        return ""
    if row.slow_share > 0:
        return f"{share(row.slow_share)} of the calls take {number(row.slow_ratio, 2)} times as long as the others"
    return f"the mean time of a call is {number(row.mean_seconds / row.seconds)} times the typical time"


def difference(row: Any) -> float:
    """How far the mean time of a row is from its typical time, as a logarithm."""
    return abs(math.log(row.mean_seconds) - math.log(row.seconds))


def share(value: float) -> str:
    """A share in words if it is near a simple one, as ``half``, and else as ``12 %``."""
    near = min(SHARES, key=lambda each: abs(each - value))
    return f"about {SHARES[near]}" if abs(near - value) <= NEAR else percent(value)


def differing(summary: pd.DataFrame) -> list[Any]:
    """The rows of a summary whose mean and typical time differ, the largest difference first."""
    known = summary[(summary["mean_seconds"] > 0) & (summary["seconds"] > 0)]
    rows: list[Any] = [row for row in known.itertuples() if phrase(row)]
    return sorted(rows, key=difference, reverse=True)


def line(summary: pd.DataFrame) -> str:
    """The cell whose mean time differs most from the typical time, and the number of such cells; or nothing."""
    rows = differing(summary)
    if not rows:
        return ""
    worst = rows[0]
    each = data_of(summary).header.facts(worst.workload).worker_word
    label = cell_label(worst.strategy, worst.cores, worst.chunks, each=each)
    return (
        f"In {worst.workload} at {worst.size:,} with {label}, {phrase(worst)}. Speedups compare typical times per "
        f"call; the mean differs by more than {percent(LEAST_DIFFERENCE)} in {plural(len(rows), 'cell')}, which the "
        "report lists."
    )
