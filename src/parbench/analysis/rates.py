"""What cores gave a second, as a run keeps it: turns of a loop, and bytes by copying and by the triad."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from statistics import median

from parbench.runfile.records import Bound, Ceiling


class Rates:
    """The readings of a run, asked for by kind, cores and blocks."""

    def __init__(self, readings: Iterable[Ceiling]) -> None:
        self.found: dict[tuple[str, int], dict[tuple[int, int], float]] = {}
        for each in readings:
            if each.rate is None:
                continue
            when = (each.block, each.round)
            self.found.setdefault((each.bound, each.cores), {})[when] = each.rate
            # one core alone has a line of its own only after the rounds
            self.found.setdefault((each.bound, 1), {})[when] = each.rate / each.value

    def of(self, bound: Bound, cores: int, blocks: Collection[int]) -> list[float]:
        """Every reading of so many cores in these blocks."""
        there = self.found.get((bound, cores), {})
        return [rate for (block, _), rate in there.items() if block in blocks]

    def middle(self, bound: Bound, cores: int, blocks: Collection[int]) -> float:
        """The median of them; NaN where there are none."""
        return median(self.of(bound, cores, blocks) or [math.nan])
