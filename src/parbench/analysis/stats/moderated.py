"""Intervals for cells with few blocks: the cells of a run share what is known of the variance between blocks.

A cell with two blocks says little about its own variance. Cells of one kind (one strategy, on one core or on several)
vary alike, so the variance of a cell is its own one, moderated by that of its kind, and the interval is Student's with
the degrees of freedom of both: G. Smyth, "Linear models and empirical Bayes methods for assessing differential
expression", Stat. Appl. Genet. Mol. Biol. 3 (1), 2004. Unlike there, the variance of a kind is the arithmetic mean of
its cells' variances: a machine that is slow in one of six blocks shows it in few cells of a kind, and a mean of
logarithms would hide it from the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

from parbench.analysis.stats.interval import NOMINAL, Interval, student

#: Standard deviation between blocks of the logarithm of a speedup that is expected before a run has shown its own.
EXPECTED_SPREAD = 0.05
#: Weight of `EXPECTED_SPREAD` against the blocks of a run, in degrees of freedom.
EXPECTED_DEGREES = 0.5
#: Weight of the variance of a run against the blocks of one kind, in degrees of freedom.
RUN_DEGREES = 2.0
#: Weight of the variance of a kind against the blocks of one cell, in degrees of freedom, if the run has many blocks.
KIND_DEGREES = 5.0
#: The same weight if the run has hardly any second blocks.
LEAST_KIND_DEGREES = 2.0
#: Degrees of freedom of a run with which the weight of a kind is halfway between both.
HALFWAY_DEGREES = 10.0
#: Part of the mean variance of a kind that stands for a typical cell of it: the mean is above most cells, because a few
#: of them vary far more. Chosen by simulation; `python -m benchmarks.validate campaigns` shows the coverage.
TYPICAL = 0.8
#: Variance between the means of whole runs, as a part of the variance between blocks: blocks of one run are alike, as
#: they meet the same state of the machine. From recorded blocks: `python -m benchmarks.validate other_runs`.
BETWEEN_RUNS = 0.25
#: How many times as slow a whole block on several cores may be by chance: two CPUs of a virtual machine can give the
#: work of one for minutes. The upper end of an interval from one block allows for that; a second block shows it.
SLOW_BLOCK = 2.0


class Kind(NamedTuple):
    """The kind of a cell: cells of one kind vary alike between blocks."""

    strategy: str
    several_cores: bool


def kind_of(strategy: str, cores: int) -> Kind:
    """The kind of a cell: how a cell varies depends on its strategy, and on whether it needs several cores."""
    return Kind(strategy, cores > 1)


class BothIntervals(NamedTuple):
    """Two intervals around one value: for the mean of another run on this machine, and for that of this run alone."""

    other_run: Interval
    this_run: Interval


class VarianceModel:
    """The variance between blocks of a run's cells, by kind; built from the block estimates of each cell."""

    def __init__(self, cells: Iterable[tuple[Kind, Sequence[float]]] = ()) -> None:
        squares: dict[Kind, float] = {}
        degrees: dict[Kind, int] = {}
        for kind, estimates in cells:
            if len(estimates) > 1:
                center = fmean(estimates)
                squares[kind] = squares.get(kind, 0.0) + sum((each - center) ** 2 for each in estimates)
                degrees[kind] = degrees.get(kind, 0) + len(estimates) - 1
        whole = EXPECTED_DEGREES * EXPECTED_SPREAD**2 + sum(squares.values())
        self.known = sum(degrees.values())
        self._run = whole / (EXPECTED_DEGREES + self.known)
        part = self.known / (self.known + HALFWAY_DEGREES)
        self._degrees = LEAST_KIND_DEGREES + (KIND_DEGREES - LEAST_KIND_DEGREES) * part
        self._kinds = {
            kind: (RUN_DEGREES * self._run + squares[kind]) / (RUN_DEGREES + degrees[kind]) for kind in squares
        }

    def variance(self, kind: Kind) -> float:
        """The variance between blocks that is expected of a cell of a kind, as the square of a logarithm."""
        return self._kinds.get(kind, self._run)

    def intervals(self, estimates: Sequence[float], *kinds: Kind, level: float = NOMINAL) -> BothIntervals:
        """The ratio behind the log-ratios of some blocks, one number per block, with both of its intervals.

        `kinds` has the kind of the cell, or of both cells if none of the two is a baseline. The ratio of two varies as
        the one that varies more, because two parallel cells in one block meet the same state of the machine. Without
        blocks all numbers are NaN. One block has an interval if any cell of the run has two: without any, the run has
        not shown how its blocks vary, and the ends are NaN.
        """
        if not estimates:
            nothing = Interval(math.nan, math.nan, math.nan)
            return BothIntervals(nothing, nothing)
        center, blocks = fmean(estimates), len(estimates)
        if blocks == 1 and not self.known:
            alone = Interval.of_logarithms(center, math.nan)
            return BothIntervals(alone, alone)
        squares = sum((each - center) ** 2 for each in estimates)
        degrees = self._degrees + blocks - 1
        variance = (self._degrees * TYPICAL * max(map(self.variance, kinds)) + squares) / degrees
        quantile = student(degrees, level)
        halves = (
            quantile * math.sqrt(variance * (1 / blocks + BETWEEN_RUNS)),
            quantile * math.sqrt(variance / blocks),
        )
        found = [Interval.of_logarithms(center, half) for half in halves]
        if blocks == 1 and any(kind.several_cores for kind in kinds):
            found = [each._replace(high=max(each.high, SLOW_BLOCK * each.value)) for each in found]
        return BothIntervals(*found)
