"""The cells of one workload at one size, asked for by strategy and cores, with their times."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.stated import on
from parbench.analysis.summary import Times, times_of
from parbench.expect import FOREVER, Expect
from parbench.records import HEAD
from parbench.stored import one_line


def steady_samples(frame: pd.DataFrame) -> dict[Any, pd.DataFrame]:
    """The steady samples of our environment, by workload and size."""
    steady = frame[(frame["environment"] == HEAD) & (frame["phase"] == "steady")]
    return dict(list(steady.groupby(["workload", "size"])))


class Group:
    """The cells of one workload at one size, which are rows of a summary, and their samples where there are any.

    `alone` are the strategies that use one core whatever they are given.
    """

    def __init__(self, cells: pd.DataFrame, samples: pd.DataFrame | None, alone: frozenset[str]) -> None:
        rows: list[Any] = list(cells.sort_values("chunks", ascending=False).itertuples())
        self.workload, self.size, self.alone, self.samples = str(rows[0].workload), int(rows[0].size), alone, samples
        # of several with the same cores, the one with the fewest chunks
        self.cells = {(str(row.strategy), int(row.cores)): row for row in rows}
        self.baseline = next((row for row in rows if row.verdict == "baseline"), None)

    def applies(self, expect: Expect) -> bool:
        """Whether a call of the baseline takes as long as the expectation wants."""
        seconds = math.nan if self.baseline is None else float(self.baseline.seconds)
        anything = expect.from_seconds == 0 and expect.to_seconds == FOREVER
        return anything or expect.from_seconds <= seconds <= expect.to_seconds

    def most_cores(self, strategy: str) -> int:
        """The most cores that `strategy` was to be measured on, or anything where it always uses one."""
        own = [count for label, count in self.cells if label == strategy and label not in self.alone]
        return max(own or [count for _, count in self.cells])

    def cell(self, strategy: str, count: int) -> Any:
        """The cell of a strategy on so many cores, or its only one; None where it is not there."""
        return self.cells.get((strategy, 1 if strategy in self.alone else count))

    def lacks(self, strategy: str, count: int) -> str:
        """Why a strategy has no time on so many cores; empty where it has."""
        row, name = self.cell(strategy, count), on(strategy, count, self.alone)
        if row is None:
            return f"{name} was not among what was measured"
        if row.status != "ok":
            return one_line(f"{name} has no result: {row.reason or row.status}").rstrip(".")
        return f"{name} has no times" if math.isnan(row.seconds) else ""

    def times(self, cell: Any) -> Times:
        """The times of a cell, by block and round."""
        if self.samples is None:
            return {}
        mine = self.samples[
            (self.samples["strategy"] == cell.strategy)
            & (self.samples["cores"] == cell.cores)
            & (self.samples["chunks"] == cell.chunks)
        ]
        return times_of(mine)

    def ceiling(self, count: int) -> float:
        """What so many cores gave together, the median; NaN where it was not measured."""
        return float(pd.Series([row.ceiling for (_, each), row in self.cells.items() if each == count]).median())

    def ceilings(self, count: int) -> Times:
        """The same by block and round."""
        found: Times = {}
        if self.samples is not None:
            there = self.samples[(self.samples["cores"] == count) & self.samples["ceiling"].notna()]
            for block, turn, value in zip(there["block"], there["round"], there["ceiling"], strict=True):
                found.setdefault(int(block), {})[int(turn)] = float(value)
        return found
