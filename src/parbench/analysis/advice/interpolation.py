"""Time of a strategy for a measured workload: at its sizes, between them, and, flagged, beyond them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Any, Literal

import pandas as pd

from parbench.analysis.estimates import CELL, times_of
from parbench.analysis.stats.interval import pseudo_median, spread

Source = Literal["measured", "between", "beyond", "predicted"]
#: Uncertainty of a value between two sizes, as the standard deviation of its logarithm.
BETWEEN = 0.08
#: The same for a value a decade beyond all sizes.
BEYOND = 0.3
#: Power of the size with which a value grows if only one size is known.
ORDINARY = 1.0
#: Least power of the size with which a value grows beyond all sizes.
FLATTEST = 0.0
#: Largest power of the size with which a value grows beyond all sizes.
STEEPEST = 3.0
#: Difference between blocks of a cell if no cell has two of them, as the standard deviation of a logarithm.
UNKNOWN_SPREAD = 0.1
#: Least difference between blocks of a cell, as the standard deviation of a logarithm.
LEAST_SPREAD = 0.01
#: Two normal quantiles, for an interval of 95 %.
QUANTILE = 1.96


@dataclass(frozen=True)
class Estimate:
    """Seconds of a later call, of start and stop, and of the first call at a size, the peak memory, and their source.

    `sigma` is the uncertainty of the later call against the other strategies, and `shared` that of the baseline's call,
    which all of them have in common; both as the standard deviation of a logarithm.
    """

    steady: float
    start: float
    first: float
    peak_bytes: float
    sigma: float
    source: Source = "measured"
    shared: float = 0.0

    @property
    def phases(self) -> tuple[float, float, float]:
        """Seconds of a later call, of start and stop, and of the first call."""
        return self.steady, self.start, self.first


def estimate(row: Any, base: Any, spread_of: Mapping[Any, float]) -> Estimate:
    """The estimate of a row of a summary at its own size; `base` is the row of its baseline, None if it has none.

    The later call is the baseline's over the speedup, which is paired by round, and its uncertainty is that of the
    speedup, so that advice agrees with the verdict. `spread_of` is what `spreads` returned.
    """
    steady, sigma, shared = float(row.seconds), spread_of.get(_key(row), UNKNOWN_SPREAD), 0.0
    if base is not None and row.speedup > 0 and math.isfinite(row.speedup):
        steady, shared = float(base.seconds / row.speedup), spread_of.get(_key(base), UNKNOWN_SPREAD)
        if 0 < row.speedup_low <= row.speedup_high < math.inf:
            sigma = max(LEAST_SPREAD, math.log(row.speedup_high / row.speedup_low) / (2 * QUANTILE))
    stop = float(row.stop_seconds)
    start = float(row.start_seconds) + (stop if math.isfinite(stop) else 0.0)
    # the later call is one of the rounds with the baseline, the first call is not: it is slower unless measured faster
    first = max(float(row.first_seconds), steady * first_ratio(float(row.first_seconds), float(row.seconds)))
    return Estimate(steady, start, first, row.peak_bytes, sigma, shared=shared)


def first_ratio(first: float, steady: float) -> float:
    """A first call over a later one if it was measured faster; else 1."""
    return min(1.0, first / steady) if steady > 0 and math.isfinite(first) else 1.0


def _key(row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in CELL)


def spreads(frame: pd.DataFrame) -> dict[Any, float]:
    """Uncertainty of the steady time of each cell: the standard error of its logarithm, from its blocks.

    A cell of one block is taken to differ from block to block as cells of its strategy usually do.
    """
    blocks: dict[Any, list[float]] = {}
    for key, cell in frame.groupby(CELL, sort=False):
        times = times_of(cell).values()
        blocks[key] = [
            pseudo_median([math.log(each) for each in block.values() if each > 0] or [0.0]) for block in times
        ]
    several = {key: spread(estimates) for key, estimates in blocks.items() if len(estimates) > 1}
    usual = median(several.values()) if several else UNKNOWN_SPREAD
    own: dict[str, list[float]] = {}
    for key, value in several.items():
        own.setdefault(key[2], []).append(value)
    return {
        key: max(LEAST_SPREAD, several.get(key, fmean(own.get(key[2], [usual])))) / math.sqrt(max(1, len(estimates)))
        for key, estimates in blocks.items()
    }


def growth(times: Mapping[int, Estimate]) -> float:
    """The power of the size with which the time of a call grows at the two largest sizes; 0 if there is only one."""
    if len(times) < 2:
        return FLATTEST
    low, high = sorted(times)[-2:]
    if not (times[low].steady > 0 and times[high].steady > 0):
        return FLATTEST
    return max(FLATTEST, math.log(times[high].steady / times[low].steady) / math.log(high / low))


def at_size(
    times: Mapping[int, Estimate], size: int, least: float = FLATTEST, elements: Mapping[int, float] | None = None
) -> Estimate:
    """Time of a strategy at a size, from the sizes at which it was measured, along straight lines of logarithms.

    Beyond them, the line through the two nearest goes on, above them with at least the power `least` of the size: in
    the end the work that others have to do as well is most of the time. `elements` has the number of elements at some
    sizes, for the memory; by default the size itself. `times` is not empty.
    """
    if size in times:
        return times[size]
    sizes = sorted(times)
    inside = sizes[0] < size < sizes[-1]
    low, high = neighbours(sizes, size)
    near = times[min((low, high), key=lambda each: abs(math.log(each / size)))]
    away = min(abs(math.log10(each / size)) for each in (low, high))
    sigma = max(times[low].sigma, times[high].sigma)
    steady = along(low, times[low].steady, high, times[high].steady, size, least)
    # no first call is faster than later ones, unless it was measured so
    fastest = steady * min(first_ratio(times[each].first, times[each].steady) for each in (low, high))
    return Estimate(
        steady=steady,
        start=near.start,
        first=max(along(low, times[low].first, high, times[high].first, size, least), fastest),
        peak_bytes=memory(
            element_count(elements, low),
            times[low].peak_bytes,
            element_count(elements, high),
            times[high].peak_bytes,
            element_count(elements, size),
        ),
        sigma=math.hypot(sigma, BETWEEN if inside else BETWEEN + BEYOND * away),
        source="between" if inside else "beyond",
        shared=max(times[low].shared, times[high].shared),
    )


def neighbours(sizes: list[int], size: int) -> tuple[int, int]:
    """The two of some growing sizes whose line goes through or to `size`; one twice if it is the only one."""
    if len(sizes) == 1:
        return sizes[0], sizes[0]
    return next(((low, high) for low, high in pairwise(sizes) if size < high), (sizes[-2], sizes[-1]))


def along(low: float, at_low: float, high: float, at_high: float, size: float, least: float = FLATTEST) -> float:
    """The value at a size on the line of logarithms through two points, which above both rises at least so steeply."""
    if not (at_low > 0 and at_high > 0):
        return max(at_low, at_high, 0.0) if math.isfinite(at_low) and math.isfinite(at_high) else math.nan
    slope = ORDINARY if low == high else math.log(at_high / at_low) / math.log(high / low)
    if not low <= size <= high:
        slope = min(max(slope, least if size > high else FLATTEST), STEEPEST)
    near, at_near = (low, at_low) if abs(math.log(size / low)) < abs(math.log(size / high)) else (high, at_high)
    return at_near * math.pow(size / near, slope)


def element_count(elements: Mapping[int, float] | None, size: int) -> float:
    """Number of elements at a size: they grow with a power of it, which two sizes determine."""
    if not elements or len(elements) < 2:
        return size
    low, high = neighbours(sorted(elements), size)
    return along(low, elements[low], high, elements[high], size)


def memory(low: float, at_low: float, high: float, at_high: float, count: float) -> float:
    """Peak memory in bytes, estimated from one or two measured numbers of elements.

    That is a straight line, and what grows with a power of their number is one of logarithms. Beyond what was measured
    either may be far too low where the other is right, and in between too high. With one number known, it is what there
    may be at most: no less for fewer elements, and in proportion for more.
    """
    if low == high:
        return max(at_low, at_high) * max(1.0, count / low)
    both = at_low + (at_high - at_low) / (high - low) * (count - low), along(low, at_low, high, at_high, count)
    return min(both) if low <= count <= high else max(both)
