"""The cells of one workload at one size by strategy, cores and chunks, and the labels of expectations."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.estimates import Times, times_of
from parbench.analysis.frame import ours, require_samples
from parbench.analysis.stats.moderated import VarianceModel
from parbench.runfile.header import StrategyTraits
from parbench.text import duration, number, one_line, plural, with_chunks
from parbench.workload.cell import AUTO
from parbench.workload.expectation import FOREVER, Expect

#: Characters of the name of a strategy that are shown.
LONGEST_NAME = 60


def steady_samples(frame: pd.DataFrame) -> dict[Any, pd.DataFrame]:
    """The steady samples of our environment, by workload and size."""
    frame = ours(require_samples(frame))
    steady = frame[frame["phase"] == "steady"]
    return dict(list(steady.groupby(["workload", "size"])))


class CaseCells:
    """The cells of one workload at one size, which are rows of a summary, and their samples if there are any."""

    def __init__(
        self, cells: pd.DataFrame, samples: pd.DataFrame | None, traits: StrategyTraits, model: VarianceModel
    ) -> None:
        self.model = model
        rows: list[Any] = list(cells.itertuples())
        self.workload, self.size, self.traits, self.samples = str(rows[0].workload), int(rows[0].size), traits, samples
        self.cells = {(str(row.strategy), int(row.cores), int(row.chunks)): row for row in rows}
        self.baseline = next((row for row in rows if row.verdict == "baseline"), None)

    def applies(self, expect: Expect) -> bool:
        """Whether per call of the baseline takes as long as the expectation wants."""
        seconds = math.nan if self.baseline is None else float(self.baseline.seconds)
        anything = expect.from_seconds == 0 and expect.to_seconds == FOREVER
        return anything or expect.from_seconds <= seconds <= expect.to_seconds

    def most_cores(self, expect: Expect) -> int:
        """The most cores that a strategy was to be measured on, so cut if it ever was; or anything, if it uses one."""
        mine = [each for each in self.cells if each[0] == expect.strategy and each[0] not in self.traits.one_core]
        so_cut = [each for each in mine if each == self.traits.place(each[0], each[1], pieces(expect))]
        return max(count for _, count, _ in so_cut or mine or self.cells)

    def cell(self, strategy: str, count: int, chunks: int) -> Any:
        """The cell of a strategy on a number of cores, with a number of chunks, or its only one; None if missing."""
        return self.cells.get(self.traits.place(strategy, count, chunks))

    def lacks(self, strategy: str, count: int, chunks: int) -> str:
        """Reason why a strategy has no time on a number of cores, with a number of chunks; empty if it has one."""
        row, name = self.cell(strategy, count, chunks), on(strategy, count, chunks, self.traits)
        if row is None:
            other = any(each[:2] == self.traits.place(strategy, count, chunks)[:2] for each in self.cells)
            one = " with 1 chunk per core" if other and chunks == 1 else ""
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
        """Ceiling of a number of cores, the median; NaN if it was not measured."""
        return float(pd.Series([row.ceiling for (_, each, _), row in self.cells.items() if each == count]).median())

    def ceilings(self, count: int) -> Times:
        """The same by block and round."""
        ceilings: Times = {}
        if self.samples is not None:
            there = self.samples[(self.samples["cores"] == count) & self.samples["ceiling"].notna()]
            for block, turn, value in zip(there["block"], there["round"], there["ceiling"], strict=True):
                ceilings.setdefault(int(block), {})[int(turn)] = float(value)
        return ceilings


def pieces(expect: Expect) -> int:
    """The chunks per core of an expectation, as a cell has them."""
    return AUTO if isinstance(expect.chunks, str) else expect.chunks


def on(strategy: str, cores: int, chunks: int, traits: StrategyTraits) -> str:
    """A strategy with its cores, 0 for the most, and its chunks per core unless that is one, in words."""
    where = f" on {plural(cores, 'core') if cores else 'the most cores'}"
    cut = "" if strategy in traits.uncut else with_chunks(chunks)
    return one_line(strategy, LONGEST_NAME) + ("" if strategy in traits.one_core else where) + cut


def statement(expect: Expect, cores: int, traits: StrategyTraits) -> str:
    """The statement: ``multiprocessing on 2 cores above 1.5 × threads``."""
    return f"{on(expect.strategy, cores, pieces(expect), traits)} {expect.relation} {limit(expect)}"


def limit(expect: Expect) -> str:
    """The limit of the speedup, in words; a speedup of 1 is the baseline's."""
    factor = expect.times if isinstance(expect.than, str) else expect.times * expect.than
    what = {"cores": "the number of cores", "ceiling": "the ceiling"}
    name = (
        what.get(expect.than, one_line(expect.than, LONGEST_NAME)) if isinstance(expect.than, str) else "the baseline"
    )
    return name if factor == 1 else f"{shortest(factor)} × {name}"


def shortest(factor: float) -> str:
    """A factor as somebody would write it: 1.1, 0.25, 2."""
    return f"{factor:.4g}" if 1e-3 <= factor < 1e4 else number(factor)


def no_size(expect: Expect) -> str:
    """Why there is no size that a statement applies to."""
    low, high = duration(expect.from_seconds), duration(expect.to_seconds)
    if expect.to_seconds == FOREVER:
        between = f"{low} or longer"
    else:
        between = f"{low} to {high}" if expect.from_seconds else f"at most {high}"
    return f"there is no size at which a call of the baseline takes {between}"
