"""The calls of a sample in the run file: short whole numbers in place of seconds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

#: Most numbers that a sample has for its calls.
MOST_CALLS = 64
#: Parts of the typical time in which the times of calls are counted.
PARTS = 1000


def compact(seconds: Sequence[float], typical: float) -> list[int]:
    """The times of batches of calls in thousandths of the typical time, in their order; none if that is 0.

    More than `MOST_CALLS` are sorted and replaced by the means of `MOST_CALLS` groups of equal size, which keeps their
    mean and the share of slow calls.
    """
    if not typical:
        return []
    if len(seconds) > MOST_CALLS:
        ordered = sorted(seconds)
        ends = [index * len(ordered) // MOST_CALLS for index in range(MOST_CALLS + 1)]
        seconds = [fmean(ordered[start:end]) for start, end in pairwise(ends)]
    return [round(PARTS * each / typical) for each in seconds]


def in_seconds(calls: Sequence[int], typical: float) -> tuple[float, ...]:
    """The times that `compact` made whole numbers of, in seconds."""
    return tuple(typical * each / PARTS for each in calls)
