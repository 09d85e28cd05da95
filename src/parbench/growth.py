"""How the time of a call grows with the size, and which round size takes a given time; pure functions, no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from parbench.sizes import TARGETS

#: The least and the greatest power of the size that costs are taken to grow with: what seems flatter is overhead or
#: noise, and what seems steeper grows by a factor with each step of the size.
FLATTEST, STEEPEST = 0.5, 20.0
#: Two points tell the growth where one should take so many times as long as the other: closer together they tell of
#: noise, further apart of overhead or of caches.
APART = 10.0


def rounded(size: float, least: int = 1) -> int:
    """The nearest, by ratio, of 1, 2 and 5 times a power of ten that is not below `least`."""
    size = max(size, least, 1)
    power: int = 10 ** math.floor(math.log10(size))
    offered = [each for each in (power, 2 * power, 5 * power, 10 * power) if each >= least]
    return min(offered, key=lambda each: abs(math.log(each / size)))


def rounds(least: int, most: int) -> list[int]:
    """All sizes that are 1, 2 or 5 times a power of ten from `least` to `most`; `least` where there is none."""
    found, power = [], 1
    while power <= most:
        found += [each for each in (power, 2 * power, 5 * power) if least <= each <= most]
        power *= 10
    return found or [least]


@dataclass(frozen=True)
class Line:
    """A power law: a call takes `seconds` at `size`, and grows with the size to the power of `slope`."""

    size: int
    seconds: float
    slope: float

    def size_at(self, seconds: float) -> float:
        """The size at which a call takes so long."""
        return self.size * math.pow(seconds / self.seconds, 1 / self.slope)

    def seconds_at(self, size: int) -> float:
        """How long a call takes at this size."""
        return self.seconds * math.pow(size / self.size, self.slope)


@dataclass
class Curve:
    """What is known of the seconds of a call over the size.

    Fields:
        about: the sizes that take `TARGETS` on an ordinary machine: all that is known before anything was measured.
        least, most: no size is sought outside of these.
        points: what was measured, seconds by size.
    """

    about: Sequence[int]
    least: int
    most: int
    points: dict[int, float] = field(default_factory=dict)

    def add(self, size: int, seconds: float) -> None:
        """Take note of a measurement; of two at one size the faster counts, for noise only ever adds."""
        self.points[size] = max(1e-9, min(seconds, self.points.get(size, seconds)))

    def size(self, seconds: float) -> int:
        """The round size that takes about so long, as far as is known."""
        inside = min(max(self._line(seconds).size_at(seconds), self.least), self.most)
        return rounded(inside, self.least)

    def seconds(self, size: int, near: float) -> float:
        """How long a call takes at `size`, which is a size for about `near` seconds: as measured, or else predicted."""
        return self.points.get(size) or self._line(near).seconds_at(size)

    def _line(self, seconds: float) -> Line:
        """The power law that holds where calls take about so long."""
        points = self.points or dict(zip(self.about, TARGETS, strict=True))
        size = min(points, key=lambda each: abs(math.log(points[each] / seconds)))
        return Line(size, points[size], min(max(self._slope(size), FLATTEST), STEEPEST))

    def _slope(self, size: int) -> float:
        """The growth at `size`, towards another measured size; the closer that is, the more it is that of `about`."""
        usual = math.log(TARGETS[-1] / TARGETS[0]) / math.log(self.about[-1] / self.about[0])
        apart = math.log(APART) / usual
        away = {each: math.log(each / size) for each in self.points if each != size}
        if not away:
            return usual
        other = min(away, key=lambda each: abs(abs(away[each]) - apart))
        found = math.log(self.points[other] / self.points[size]) / away[other]
        trust = min(1.0, abs(away[other]) / apart)
        return trust * found + (1 - trust) * usual
