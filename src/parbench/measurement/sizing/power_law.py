"""How the time of a call grows with the size, and which round size takes a given time; pure functions, no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from parbench.workload.sizes import TARGETS

#: Least power of the size with which costs grow: less is overhead or noise.
FLATTEST = 0.5
#: Greatest power of the size with which costs grow: more is exponential growth.
STEEPEST = 20.0
#: Ratio of the times of two points that show the growth best: closer points show noise, points further apart overhead
#: or caches.
APART = 10.0


def nearest_round_size(size: float, least: int = 1) -> int:
    """The nearest, by ratio, of 1, 2 and 5 times a power of ten that is not below `least`."""
    size = max(size, least, 1)
    power: int = 10 ** math.floor(math.log10(size))
    offered = [each for each in (power, 2 * power, 5 * power, 10 * power) if each >= least]
    return min(offered, key=lambda each: abs(math.log(each / size)))


def round_sizes_between(least: int, most: int) -> list[int]:
    """All sizes that are 1, 2 or 5 times a power of ten from `least` to `most`; `least` if there is none."""
    sizes, power = [], 1
    while power <= most:
        sizes += [each for each in (power, 2 * power, 5 * power) if least <= each <= most]
        power *= 10
    return sizes or [least]


@dataclass
class TimeCurve:
    """Knowledge of the seconds of a call over the size.

    Fields:
        about: the sizes that take `TARGETS` on an ordinary machine: all that is known before anything was measured.
        least, most: no size is sought outside of these.
        points: measured seconds by size.
    """

    about: Sequence[int]
    least: int
    most: int
    points: dict[int, float] = field(default_factory=dict)

    def add(self, size: int, seconds: float) -> None:
        """Take note of a measurement; of two at one size the faster counts, for noise only ever adds."""
        self.points[size] = max(1e-9, min(seconds, self.points.get(size, seconds)))

    def size(self, seconds: float) -> int:
        """The round size whose call takes about the given time, as far as is known."""
        known_size, known_seconds, slope = self._law(seconds)
        wanted = known_size * math.pow(seconds / known_seconds, 1 / slope)
        return nearest_round_size(min(max(wanted, self.least), self.most), self.least)

    def seconds(self, size: int, near: float) -> float:
        """Seconds of a call at `size`, which is a size for about `near` seconds: measured, or else predicted."""
        known_size, known_seconds, slope = self._law(near)
        return self.points.get(size) or known_seconds * math.pow(size / known_size, slope)

    def _law(self, seconds: float) -> tuple[int, float, float]:
        """The power law near the given time of a call: a size, the seconds of a call there, and the power."""
        points = self.points or dict(zip(self.about, TARGETS, strict=True))
        size = min(points, key=lambda each: abs(math.log(points[each] / seconds)))
        return size, points[size], min(max(self._slope(size), FLATTEST), STEEPEST)

    def _slope(self, size: int) -> float:
        """The growth at `size`, towards another measured size; the closer that is, the more it is that of `about`."""
        usual = math.log(TARGETS[-1] / TARGETS[0]) / math.log(self.about[-1] / self.about[0])
        apart = math.log(APART) / usual
        away = {each: math.log(each / size) for each in self.points if each != size}
        if not away:
            return usual
        other = min(away, key=lambda each: abs(abs(away[each]) - apart))
        slope = math.log(self.points[other] / self.points[size]) / away[other]
        trust = min(1.0, abs(away[other]) / apart)
        return trust * slope + (1 - trust) * usual
