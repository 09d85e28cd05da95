"""The share of slow calls, and how slow they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

#: A call that differs from the typical one by more than this factor is of another kind.
OTHER_KIND = 1.3


class SlowCalls(NamedTuple):
    """The share of calls that are slow, and their mean time over the median of the others; NaN if unknown."""

    share: float
    ratio: float


def slow_calls(calls: Sequence[float], typical: float) -> SlowCalls:
    """The slow ones among some calls, whose typical time is given.

    They take more than `OTHER_KIND` times the typical time. If most calls are slow, the typical call is slow, too, and
    the mean is below it: then they are those that take no less than the typical time over `OTHER_KIND`.
    """
    if not len(calls):
        return SlowCalls(math.nan, math.nan)
    times = np.asarray(calls, dtype=float)
    slow = times > OTHER_KIND * typical if times.mean() >= typical else times >= typical / OTHER_KIND
    others = float(np.median(times[~slow])) if not slow.all() else 0.0
    if not slow.any() or not others:
        return SlowCalls(0.0, math.nan)
    return SlowCalls(float(slow.mean()), float(times[slow].mean()) / others)
