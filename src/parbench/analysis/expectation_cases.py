"""The cells of one workload at one size, asked for by strategy, cores and chunks a core, with their times."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.frame import ours, tidy
from parbench.analysis.summary import Times, times_of
from parbench.report.sentences.expectations import on, pieces
from parbench.runfile.header import Habits
from parbench.text import one_line
from parbench.workload.expectation import FOREVER, Expect


def steady_samples(frame: pd.DataFrame) -> dict[Any, pd.DataFrame]:
    """The steady samples of our environment, by workload and size."""
    frame = ours(tidy(frame))
    steady = frame[frame["phase"] == "steady"]
    return dict(list(steady.groupby(["workload", "size"])))


class Group:
    """The cells of one workload at one size, which are rows of a summary, and their samples where there are any."""

    def __init__(self, cells: pd.DataFrame, samples: pd.DataFrame | None, habits: Habits) -> None:
        rows: list[Any] = list(cells.itertuples())
        self.workload, self.size, self.habits, self.samples = str(rows[0].workload), int(rows[0].size), habits, samples
        self.cells = {(str(row.strategy), int(row.cores), int(row.chunks)): row for row in rows}
        self.baseline = next((row for row in rows if row.verdict == "baseline"), None)

    def applies(self, expect: Expect) -> bool:
        """Whether a call of the baseline takes as long as the expectation wants."""
        seconds = math.nan if self.baseline is None else float(self.baseline.seconds)
        anything = expect.from_seconds == 0 and expect.to_seconds == FOREVER
        return anything or expect.from_seconds <= seconds <= expect.to_seconds

    def most_cores(self, expect: Expect) -> int:
        """The most cores that a strategy was to be measured on, so cut if it ever was; or anything, if it uses one."""
        mine = [each for each in self.cells if each[0] == expect.strategy and each[0] not in self.habits.alone]
        so_cut = [each for each in mine if each == self.habits.place(each[0], each[1], pieces(expect))]
        return max(count for _, count, _ in so_cut or mine or self.cells)

    def cell(self, strategy: str, count: int, chunks: int) -> Any:
        """The cell of a strategy on so many cores, so cut, or its only one; None where it is not there."""
        return self.cells.get(self.habits.place(strategy, count, chunks))

    def lacks(self, strategy: str, count: int, chunks: int) -> str:
        """Why a strategy has no time on so many cores, so cut; empty where it has."""
        row, name = self.cell(strategy, count, chunks), on(strategy, count, chunks, self.habits)
        if row is None:
            other = any(each[:2] == self.habits.place(strategy, count, chunks)[:2] for each in self.cells)
            one = " with 1 chunk a core" if other and chunks == 1 else ""
            return f"{name}{one} was not among what was measured"
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
        return float(pd.Series([row.ceiling for (_, each, _), row in self.cells.items() if each == count]).median())

    def ceilings(self, count: int) -> Times:
        """The same by block and round."""
        found: Times = {}
        if self.samples is not None:
            there = self.samples[(self.samples["cores"] == count) & self.samples["ceiling"].notna()]
            for block, turn, value in zip(there["block"], there["round"], there["ceiling"], strict=True):
                found.setdefault(int(block), {})[int(turn)] = float(value)
        return found
