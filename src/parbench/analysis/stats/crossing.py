"""The point at which a measured curve crosses a level: the bracket of points that is significant, and an estimate.

Plain numbers, no frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple


class Point(NamedTuple):
    """One point of a curve with the interval of its value, whose ends are NaN if there is none."""

    at: float
    value: float
    low: float
    high: float


class Crossing(NamedTuple):
    """Where a curve passes a level from below.

    `outcome` is ``passed``, ``above`` if the first point is significantly above, ``below`` if it is never reached, and
    ``open``. The crossing lies between `low`, which is significantly below, and `high`, which is significantly above;
    each is NaN if there is no such point. `about` is NaN unless it is passed.
    """

    outcome: Literal["passed", "above", "below", "open"]
    about: float
    low: float
    high: float


def side(point: Point, level: float) -> int:
    """1 if the whole interval is above the level, -1 if it is below, 0 if that is open."""
    return 1 if point.low > level else -1 if point.high < level else 0


def lasting(points: Sequence[Point], level: float) -> Crossing:
    """The point after which a curve stays above `level`; `points` are at least one, in growing order.

    That is between the last point that is significantly below, and the first one after which all are above.
    """
    sides = [side(point, level) for point in points]
    last_below = max((index for index, each in enumerate(sides) if each < 0), default=-1)
    not_above = [index for index, each in enumerate(sides) if each <= 0]
    return _between(points, level, last_below, max(not_above, default=-1) + 1, last=True)


def reached(points: Sequence[Point], level: float) -> Crossing:
    """The first point at which a curve is above `level`; `points` are at least one, in growing order.

    That is between the first point that is significantly above, and the last one before it that is below.
    """
    sides = [side(point, level) for point in points]
    first_above = next((index for index, each in enumerate(sides) if each > 0), len(points))
    last_below = max((index for index, each in enumerate(sides[:first_above]) if each < 0), default=-1)
    return _between(points, level, last_below, first_above, last=False)


def _between(points: Sequence[Point], level: float, below: int, above: int, last: bool) -> Crossing:
    """The crossing between two points by their places, either of which may be outside."""
    low = points[below].at if below >= 0 else math.nan
    high = points[above].at if above < len(points) else math.nan
    if below >= 0 and above < len(points):
        return Crossing("passed", _interpolated(points[below : above + 1], level, last), low, high)
    if above == 0:
        return Crossing("above", math.nan, low, high)
    return Crossing("below" if below == len(points) - 1 else "open", math.nan, low, high)


def _interpolated(points: Sequence[Point], level: float, last: bool) -> float:
    """Where straight lines between the points, both axes logarithmic, pass the level: the first or the last time."""
    crossings = [on_line(one, other, level) for one, other in pairwise(points) if one.value <= level < other.value]
    return crossings[-1 if last else 0]


def on_line(one: Point, other: Point, level: float) -> float:
    """Where the straight line through two points, both axes logarithmic, has a value."""
    share = math.log(level / one.value) / math.log(other.value / one.value)
    return math.exp(math.log(one.at) + share * math.log(other.at / one.at))


def value_at(points: Sequence[tuple[float, float]], at: float) -> float:
    """The value of a curve through ``(at, value)`` pairs in growing order, between two of which `at` lies."""
    for (start, first), (end, second) in pairwise(points):
        if start <= at <= end and start < end:
            share = math.log(at / start) / math.log(end / start)
            return math.exp(math.log(first) + share * math.log(second / first))
    return math.nan
