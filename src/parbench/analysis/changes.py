"""A comparison in words, for a terminal, and what of it a caller wants to fail on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from parbench.analysis.verdict import duration, figure
from parbench.gate import VERDICTS

#: A change is told cell by cell, the others are counted.
TOLD = VERDICTS[:4]


def lines(changes: pd.DataFrame) -> list[str]:
    """What `parbench.compare` found: notes, every change, how many of which, why cells are undecided."""
    found = list(changes.attrs.get("notes", []))
    if "noise_floor" in changes.attrs:
        left_out = changes.attrs["left_out"]
        found.append(
            f"noise floor: the base differs from itself by {changes.attrs['noise_floor']:.1%} a block"
            + (f"; {left_out} blocks in which it did so by far more were left out." if left_out else ".")
        )
    rows: list[Any] = list(changes.itertuples())
    width = max((len(cell(row)) for row in rows if row.verdict in TOLD), default=0)
    for verdict in TOLD:
        chosen = [row for row in rows if row.verdict == verdict]
        found += [
            f"{verdict:8} {cell(row):{width}}  {figures(row) or row.reason}"
            for row in sorted(chosen, key=distance, reverse=True)
        ]
    counts = changes["verdict"].value_counts()
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)
    found.append(f"{len(changes)} cells: {told}.")
    reasons = changes.loc[changes["verdict"] == "UNDECIDED", "reason"].value_counts()
    for reason, count in list(reasons.items())[:3]:
        found.append(f"undecided ({count}): {reason}")
    return found


def cell(row: Any) -> str:
    """The cell's name, as in the tests."""
    return f"{row.workload}-{row.size}-{row.strategy}-{row.cores}"


def figures(row: Any) -> str:
    """From what to what, and the ratio with its interval; empty where nothing was compared."""
    if math.isnan(row.ratio):
        return ""
    tell = duration if row.quantity == "time" else (lambda value: f"{figure(value)}×")
    ratio = f"{figure(row.ratio)} [{figure(row.ratio_low)}, {figure(row.ratio_high)}] of the time"
    scaling = " by scaling" if row.quantity == "scaling" else ""
    return f"{tell(row.base)} → {tell(row.head)}, {ratio}{scaling}"


def distance(row: Any) -> float:
    """How far from 1 the ratio is, for sorting."""
    return 0.0 if math.isnan(row.ratio) or row.ratio <= 0 else abs(math.log(row.ratio))


def failing(changes: pd.DataFrame, unwanted: Iterable[str]) -> bool:
    """Whether any cell has one of these verdicts."""
    return bool(changes["verdict"].isin(list(unwanted)).any())
