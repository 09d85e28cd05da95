"""Intervals for cells with few blocks: the cells of a run share what is known of the variance between blocks.

A cell with two blocks says little about its own variance, so that is moderated by what is expected of the cell, and the
interval is Student's with the degrees of freedom of both: G. Smyth, "Linear models and empirical Bayes methods for
assessing differential expression", Stat. Appl. Genet. Mol. Biol. 3 (1), 2004. Expected of a block is u = e² + w: arms
of one cell differ by e, and w is what its own rounds leave open, which one block shows. By how much more or less cells
vary than that, f, is an arithmetic mean over cells, unlike there: a machine that is slow in one of six blocks shows it
in few cells of a kind, and a mean of logarithms would hide it from the others.

Cells of one kind (one strategy, on one core or on several) vary alike. A kind with few second blocks is drawn towards
its strategy, and a strategy towards the run. If q are squared deviations from the mean of a cell, as multiples of u,
and n their degrees of freedom, summed over the cells of a level: f = (a + Σq) ÷ (a + Σn) for the run, (b · f of the
run + Σq) ÷ (b + Σn) for a strategy, and (c · √(f of the strategy) + Σq) ÷ (c + Σn) for a kind. The root is halfway to
1, in logarithms: what disturbs a strategy on several cores disturbs it less on one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

from parbench.analysis.stats.interval import NOMINAL, BlockEstimate, Interval, student

#: Standard deviation between arms of one cell, as a logarithm, that is expected before a run has shown it: e.
EXPECTED_SPREAD_ONE_CORE = 0.02
EXPECTED_SPREAD_SEVERAL = 0.05
#: Standard deviation of the logarithm of one round that is expected if a block has no second one.
ONE_ROUND_SPREAD = 0.1
#: Weight of what is expected against the blocks of a run, in degrees of freedom: a.
EXPECTED_DEGREES = 0.5
#: Weight of a run against the blocks of one strategy, in degrees of freedom: b.
RUN_DEGREES = 4.0
#: Weight of a strategy against the blocks of one kind, in degrees of freedom: c.
STRATEGY_DEGREES = 1.0
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

    def expected(self, estimates: Sequence[float]) -> float:
        """The variance between blocks that is expected of a cell with these estimates; u in the formula above."""
        arms = EXPECTED_SPREAD_SEVERAL if self.several_cores else EXPECTED_SPREAD_ONE_CORE
        rounds = [each.variance if isinstance(each, BlockEstimate) else 0.0 for each in estimates] or [math.nan]
        return arms**2 + fmean(ONE_ROUND_SPREAD**2 if math.isnan(each) else each for each in rounds)


def kind_of(strategy: str, cores: int) -> Kind:
    """The kind of a cell: how a cell varies depends on its strategy, and on whether it needs several cores."""
    return Kind(strategy, cores > 1)


class BothIntervals(NamedTuple):
    """Two intervals around one value: for the mean of another run on this machine, and for that of this run alone."""

    other_run: Interval
    this_run: Interval


class _Seen(NamedTuple):
    """Squared deviations of blocks, as multiples of the expected variance, and their degrees of freedom."""

    squares: float = 0.0
    degrees: int = 0

    def plus(self, squares: float, degrees: int) -> _Seen:
        return _Seen(self.squares + squares, self.degrees + degrees)

    def factor(self, above: float, weight: float) -> float:
        """By how much more cells vary than expected, drawn towards the level above with a weight in degrees."""
        return (weight * above + self.squares) / (weight + self.degrees)


class VarianceModel:
    """The variance between blocks of a run's cells, by kind; built from the block estimates of each cell."""

    def __init__(self, cells: Iterable[tuple[Kind, Sequence[float]]] = ()) -> None:
        self._kinds: dict[Kind, _Seen] = {}
        strategies: dict[str, _Seen] = {}
        run = _Seen()
        for kind, estimates in cells:
            if len(estimates) > 1:
                center, degrees = fmean(estimates), len(estimates) - 1
                squares = sum((each - center) ** 2 for each in estimates) / kind.expected(estimates)
                self._kinds[kind] = self._kinds.get(kind, _Seen()).plus(squares, degrees)
                strategies[kind.strategy] = strategies.get(kind.strategy, _Seen()).plus(squares, degrees)
                run = run.plus(squares, degrees)
        self.known = run.degrees
        self._run = run.factor(1.0, EXPECTED_DEGREES)
        self._strategies = {name: seen.factor(self._run, RUN_DEGREES) for name, seen in strategies.items()}
        part = self.known / (self.known + HALFWAY_DEGREES)
        self._degrees = LEAST_KIND_DEGREES + (KIND_DEGREES - LEAST_KIND_DEGREES) * part

    def variance(self, kind: Kind, estimates: Sequence[float]) -> float:
        """The variance between blocks that is expected of a cell with these estimates, as the square of a logarithm."""
        strategy = self._strategies.get(kind.strategy, self._run)
        factor = self._kinds.get(kind, _Seen()).factor(math.sqrt(strategy), STRATEGY_DEGREES)
        return factor * kind.expected(estimates)

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
        variance = (self._degrees * TYPICAL * max(self.variance(kind, estimates) for kind in kinds) + squares) / degrees
        quantile = student(degrees, level)
        halves = (
            quantile * math.sqrt(variance * (1 / blocks + BETWEEN_RUNS)),
            quantile * math.sqrt(variance / blocks),
        )
        found = [Interval.of_logarithms(center, half) for half in halves]
        if blocks == 1 and any(kind.several_cores for kind in kinds):
            found = [each._replace(high=max(each.high, SLOW_BLOCK * each.value)) for each in found]
        return BothIntervals(*found)
