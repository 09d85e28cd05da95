"""Laws of scaling with one parameter, the serial fraction: Amdahl's, Gustafson's, and the metric of Karp and Flatt.

Points are two sequences of equal length (lists, arrays, pandas Series). `analysis/stats/usl.py` has the law of three
parameters, and docs/laws.md the formulae with what they are good for.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from parbench.analysis.stats.interval import Interval, student
from parbench.errors import AnalysisError

Array = NDArray[np.float64]
#: The level of the intervals of a fit to points.
LEVEL = 0.95
#: A larger number of cores is a mistake.
MOST_CORES = 1e9
#: A larger speedup is a mistake, and so is a smaller one than its inverse.
MOST_SPEEDUP = 1e9
#: An estimate so far below 0 is not rounding.
TINY = 1e-9
FASTER = "on the whole these speedups are above the number of cores, which the law knows nothing of: it is cut to 0"
SLOWER = "on the whole more cores are slower than one here, which the law knows nothing of: it is cut to 1"


@dataclass(frozen=True)
class Fraction:
    """A serial fraction, from the points that were given.

    Fields:
        fraction: from 0 to 1.
        fraction_interval: its 95 % interval if the law holds, from how the points scatter around it; NaN if there is
            one point beyond one core, which has no information about it.
        residual_standard_error: how far points are from the law, in speedups; NaN if there is one.
        degrees_of_freedom: points beyond one core, less one.
        note: a sentence where the best fraction of all was below 0 or above 1 and was cut; empty otherwise.
    """

    fraction: float
    fraction_interval: Interval
    residual_standard_error: float
    degrees_of_freedom: int
    note: str


class Amdahl(Fraction):
    """Result of `fit_amdahl`: the share of the time on one core that more cores do not shorten."""

    @property
    def limit(self) -> float:
        """The speedup that no number of cores reaches; infinite where the fraction is 0."""
        return 1 / self.fraction if self.fraction > 0 else math.inf

    @overload
    def predict(self, cores: float) -> float: ...
    @overload
    def predict(self, cores: Iterable[Any]) -> Array: ...
    def predict(self, cores: Any) -> Any:
        """The speedup by the law on a number of cores: a number for a number, an array for a sequence."""
        return on_each(cores, lambda counts: amdahl(counts, self.fraction))


class Gustafson(Fraction):
    """Result of `fit_gustafson`: the share of the time on many cores in which only one of them works."""

    @overload
    def predict(self, cores: float) -> float: ...
    @overload
    def predict(self, cores: Iterable[Any]) -> Array: ...
    def predict(self, cores: Any) -> Any:
        """The scaled speedup by the law on a number of cores: a number for a number, an array for a sequence."""
        return on_each(cores, lambda counts: counts - self.fraction * (counts - 1))


def fit_amdahl(cores: Iterable[Any], speedup: Iterable[Any]) -> Amdahl:
    """The serial fraction f of ``speedup = 1 / (f + (1 - f) / cores)`` by least squares of the speedups.

    From G. Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities", AFIPS
    1967: the problem stays the same, and its speedup is against one core. A point at one core is 1 by definition and
    says nothing of f, so it may be there or not. Where the best f is below 0 or above 1 it is cut, and `note` says so.
    Raises AnalysisError where the points cannot be meant, or none is beyond one core.
    """
    counts, speedups = beyond_one(*speedups_of(cores, speedup))
    best = amdahl_fraction(counts, speedups)
    fraction = min(max(best, 0.0), 1.0)
    return Amdahl(fraction, *_scatter(best, speedups - amdahl(counts, fraction), slopes(counts, best)), _note(best))


def fit_gustafson(cores: Iterable[Any], scaled_speedup: Iterable[Any]) -> Gustafson:
    """The serial fraction f of ``scaled_speedup = cores - f * (cores - 1)`` by least squares of the scaled speedups.

    From J. Gustafson, "Reevaluating Amdahl's law", Communications of the ACM 31, 1988: the problem grows with the
    cores, and a speedup is that over one core at the same problem. f is a share of the time on many cores, not of that
    on one, so it is another number than Amdahl's. Cut as there. Raises AnalysisError as there.
    """
    counts, speedups = beyond_one(*speedups_of(cores, scaled_speedup))
    best = gustafson_fraction(counts, speedups)
    fraction = min(max(best, 0.0), 1.0)
    residuals = speedups - (counts - fraction * (counts - 1))
    return Gustafson(fraction, *_scatter(best, residuals, 1 - counts), _note(best))


def karp_flatt(cores: Iterable[Any], speedup: Iterable[Any]) -> Array:
    """The experimentally determined serial fraction of each point, ``(1 / speedup - 1 / cores) / (1 - 1 / cores)``.

    From A. Karp and H. Flatt, "Measuring parallel processor performance", Communications of the ACM 33, 1990. It stays
    the same over core counts where a serial part is all that limits, and rises where overhead grows with the cores. It
    is not cut: below 0 a speedup is above the cores, and above 1 it is below 1. NaN at one core, for which it is not
    defined. Raises AnalysisError where the points cannot be meant, or none is beyond one core.
    """
    counts, speedups = speedups_of(cores, speedup)
    beyond_one(counts, speedups)
    with np.errstate(invalid="ignore"):
        return np.where(counts > 1, (1 / speedups - 1 / counts) / (1 - 1 / counts), math.nan)


def amdahl(cores: Array, fraction: float | Array) -> Array:
    """The speedup of Amdahl's law."""
    return np.asarray(cores / (1 + fraction * (cores - 1)))


def amdahl_fraction(cores: Array, speedup: Array) -> float:
    """The serial fraction that fits points beyond one core best, also below 0 or above 1."""
    from scipy.optimize import least_squares

    def residuals(fraction: float | Array) -> Array:
        return amdahl(cores, fraction) - speedup

    def jacobian(fraction: Array) -> Array:
        return slopes(cores, fraction)[:, None]

    # the search starts at the best of the fractions that meet one point each, above the pole of the law
    pole = -1 / (float(cores.max()) - 1)
    each = np.maximum((cores / speedup - 1) / (cores - 1), (1 - TINY) * pole)
    start = min(each, key=lambda fraction: float(residuals(fraction) @ residuals(fraction)))
    return float(least_squares(residuals, start, jacobian, method="lm", ftol=1e-15, xtol=1e-15).x[0])


def slopes(cores: Array, fraction: float | Array) -> Array:
    """The derivative of the speedup of Amdahl's law by the serial fraction."""
    return -(cores - 1) / cores * amdahl(cores, fraction) ** 2


def gustafson_fraction(cores: Array, scaled_speedup: Array) -> float:
    """The serial fraction that fits points beyond one core best, be it below 0 or above 1."""
    return float((cores - scaled_speedup) @ (cores - 1) / ((cores - 1) @ (cores - 1)))


def _scatter(best: float, residuals: Array, slope: Array) -> tuple[Interval, float, int]:
    """The fraction with its interval, cut to 0 to 1, the residual standard error and its degrees of freedom."""
    free = len(residuals) - 1
    error = math.sqrt(float(residuals @ residuals) / free) if free else math.nan
    half = student(free, LEVEL) * error / math.sqrt(float(slope @ slope)) if free else math.nan
    return Interval(*(min(max(end, 0.0), 1.0) for end in (best, best - half, best + half))), error, free


def _note(best: float) -> str:
    return FASTER if best < -TINY else SLOWER if best > 1 + TINY else ""


def speedups_of(cores: Iterable[Any], speedup: Iterable[Any]) -> tuple[Array, Array]:
    """`points_of` for speedups, none of which is beyond reason."""
    counts, speedups = points_of(cores, speedup, "speedup")
    for value in (speedups.min(), speedups.max()):
        if not 1 / MOST_SPEEDUP <= value <= MOST_SPEEDUP:
            raise AnalysisError(f"a speedup of {value:g} cannot be: give how many times as fast as on one core.")
    return counts, speedups


def points_of(cores: Iterable[Any], values: Iterable[Any], what: str) -> tuple[Array, Array]:
    """Core counts and what was found on them, as arrays of equal length. Raises AnalysisError if they are not."""
    counts, results = numbers(cores, "core count"), numbers(values, what)
    if len(counts) != len(results):
        raise AnalysisError(f"core counts are {len(counts)} and {what}s {len(results)}: give one {what} per count.")
    if not len(counts):
        raise AnalysisError(f"there are no points: give the core counts, and the {what} on each.")
    for count in (counts.min(), counts.max()):
        if not 1 <= count <= MOST_CORES:
            raise AnalysisError(f"{count:g} cores cannot be: give core counts from 1 to {MOST_CORES:g}.")
    if results.min() <= 0:
        raise AnalysisError(f"a {what} of {results.min():g} cannot be: give numbers above 0.")
    return counts, results


def numbers(values: Iterable[Any], what: str) -> Array:
    """A sequence of finite numbers as an array. Raises AnalysisError if it is none."""
    if isinstance(values, str | bytes | dict):
        raise AnalysisError(f"{values!r:.60} is no sequence of numbers: give the {what}s as a list.")
    try:
        items = list(values)
    except TypeError:
        raise AnalysisError(f"{values!r:.60} is no sequence of numbers: give the {what}s as a list.") from None
    for each in items:
        if not isinstance(each, Real) or isinstance(each, bool | np.bool_):
            raise AnalysisError(f"the {what} {each!r:.60} is no number: give numbers only.")
        size: Any = abs(each)
        if not size <= sys.float_info.max:  # also if it is NaN, or an int that no float can hold
            raise AnalysisError(f"the {what} {each!r:.60} is not finite: leave that point out.")
    return np.array([float(each) for each in items], dtype=float)


def beyond_one(counts: Array, results: Array) -> tuple[Array, Array]:
    """The points at more than one core. Raises AnalysisError if there is none."""
    more = counts > 1
    if not more.any():
        raise AnalysisError(
            "every point is at one core, where each speedup is 1: measure on more as well (--parbench-cores=1,2,4)."
        )
    return counts[more], results[more]


def on_each(cores: Any, law: Any) -> Any:
    """A law on one core count or on a sequence of them, which are checked."""
    single = isinstance(cores, Real)
    counts, _ = points_of(points := [cores] if single else list(cores), [1] * len(points), "point")
    return float(law(counts)[0]) if single else law(counts)
