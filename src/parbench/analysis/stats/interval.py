"""How much faster, with an interval: within-round log-ratios, clustered by block.

New processes are the unit of replication: a block yields one number, the pseudo-median of its within-round log-ratios,
and the interval is Student's over those numbers (Kalibera & Jones, "Rigorous benchmarking in reasonable time", ISMM
2013, treat the levels of an experiment this way).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from statistics import fmean, median
from typing import NamedTuple

#: The level that each interval is made for. It is above 95 % because the campaign stops at a cell when its interval
#: is narrow, and so more often when it is narrow by chance, which costs up to 4 points of coverage in simulation.
#: With this level, and no stop before `standing.STOP_FROM` blocks, 93–97 % are covered: see
#: `tests/analysis/stats/test_interval_coverage.py`.
NOMINAL = 0.96

#: Standard deviation of normal values per median difference of their pairs.
SHAMOS = 1.048
#: Ratio up to which two speeds are equal for a reader.
EQUAL = 1.05
#: Ratio up to which a difference that is not certain matters to nobody who chooses.
NO_MATTER = 1.1


class Interval(NamedTuple):
    """A value, such as a ratio, with its 95 % interval; the ends are NaN if one block or point alone determines it."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Relative half-width: 0.05 means ± 5 %; infinite if there is no interval."""
        return math.sqrt(self.high / self.low) - 1 if self.low > 0 else math.inf

    @property
    def is_equal(self) -> bool:
        """Whether the whole interval is within `EQUAL` of 1: an equivalence test at the level of the interval."""
        return self.low > 1 / EQUAL and self.high < EQUAL

    @property
    def is_negligible(self) -> bool:
        """Whether no choice should depend on the difference: within `EQUAL`, or within `NO_MATTER` and not certain."""
        if 1 / EQUAL <= self.value <= EQUAL:
            return True
        return 1 / NO_MATTER < self.value < NO_MATTER and self.low <= 1 <= self.high

    @classmethod
    def of_logarithms(cls, center: float, half_width: float) -> Interval:
        """The interval of a ratio whose logarithm is `center` ± `half_width`."""
        return cls(_exp(center), _exp(center - half_width), _exp(center + half_width))


class BlockEstimate(float):
    """The estimate of a block, as a number, and the variance that the spread of its rounds leaves to it.

    The variance is NaN if there is one round only.
    """

    variance: float

    def __new__(cls, value: float, variance: float = 0.0) -> BlockEstimate:
        estimate = super().__new__(cls, value)
        estimate.variance = variance
        return estimate


@cache
def student(degrees: float, level: float = NOMINAL) -> float:
    """The two-sided quantile of Student's t at a level, by default that of our intervals."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + level / 2))


def log_ratios(baseline: Mapping[int, float], times: Mapping[int, float]) -> list[float]:
    """``log(baseline seconds / seconds)`` for the rounds of one block in which both were sampled.

    A time that is not positive, which only a run file from elsewhere can hold, counts as no sample.
    """
    pairs = [(baseline[turn], seconds) for turn, seconds in times.items() if turn in baseline]
    return [math.log(base) - math.log(seconds) for base, seconds in pairs if base > 0 and seconds > 0]


def interval(blocks: Sequence[Sequence[float]]) -> Interval:
    """The ratio behind the log-ratios of several blocks; blocks without any are passed over."""
    return around(estimates_of(blocks))


def around(estimates: Sequence[float], level: float = NOMINAL) -> Interval:
    """The ratio behind what several blocks say, each as a log-ratio."""
    if not estimates:
        return Interval(math.nan, math.nan, math.nan)
    center = fmean(estimates)
    if len(estimates) == 1:
        return Interval(_exp(center), math.nan, math.nan)
    half = student(len(estimates) - 1, level) * spread(estimates) / math.sqrt(len(estimates))
    return Interval.of_logarithms(center, half)


def between(ours: Sequence[float], theirs: Sequence[float], level: float = NOMINAL, apart: float = 0.0) -> Interval:
    """How many times as large ours are as theirs, from the log-estimates of the blocks of two separate runs.

    The interval is that of B. Welch, "The generalization of Student's problem when several different population
    variances are involved", Biometrika 34, 1947, widened by what whole runs differ by: `apart` is the standard
    deviation of that, as a logarithm, which two runs cannot show themselves.
    """
    if not ours or not theirs:
        return Interval(math.nan, math.nan, math.nan)
    center = fmean(ours) - fmean(theirs)
    if min(len(ours), len(theirs)) < 2:
        return Interval(_exp(center), math.nan, math.nan)
    parts = [(spread(each) ** 2 / len(each), len(each) - 1) for each in (ours, theirs)]
    within = sum(part for part, _ in parts)
    degrees = within**2 / sum(part**2 / free for part, free in parts) if within > 0 else 1.0
    half = math.hypot(student(degrees, level) * math.sqrt(within), student(math.inf, level) * apart)
    return Interval.of_logarithms(center, half)


def estimates_of(blocks: Sequence[Sequence[float]]) -> list[float]:
    """Log-ratio of each block, as a `BlockEstimate`; blocks without any are left out."""
    return [pseudo_median(ratios) for ratios in blocks if ratios]


def pseudo_median(values: Sequence[float]) -> BlockEstimate:
    """The median of the means of all pairs, each value with itself among them.

    From Hodges & Lehmann, "Estimates of location based on rank tests", Ann. Math. Statist. 34, 1963. Nearly as precise
    as the mean under normal noise, and nearly as robust against spikes as the median. Its variance is taken from the
    median difference of a pair, as in M. Shamos, "Geometry and statistics", 1976, which a spike does not move either.
    """
    pairs = list(combinations(values, 2))
    value = median([*((one + other) / 2 for one, other in pairs), *values])
    difference = median(abs(one - other) for one, other in pairs) if pairs else math.nan
    return BlockEstimate(value, (SHAMOS * difference) ** 2 / len(values))


def spread(estimates: Sequence[float]) -> float:
    """The sample standard deviation of the block estimates."""
    center = fmean(estimates)
    return math.sqrt(sum((each - center) ** 2 for each in estimates) / (len(estimates) - 1))


def _exp(value: float) -> float:
    # two blocks that differ wildly have an interval that no float can hold
    return math.inf if value >= 700 else math.exp(value)
