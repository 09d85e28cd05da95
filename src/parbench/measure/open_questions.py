"""Which cells another block could decide: the part of the budget allocation that knows no clock and no arms.

A reader asks of a cell whether it beats the baseline, and of those that may whether they beat the best one. A question
is decided if its interval excludes a ratio of 1, or is within `EQUAL` of it. The time goes to the questions that one
more block is likely to decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from parbench.analysis.stats.interval import EQUAL, Interval
from parbench.analysis.stats.moderated import BETWEEN_RUNS

#: Smallest chance at which a question gets a block before questions that are decided already become more precise.
LEAST_CHANCE = 0.05
#: Speedup below which a cell needs no more than two blocks, even if its interval is wide: other cells need the time.
CLEARLY_SLOWER = 1 / 3
#: Standard deviations between blocks by which one block alone has to be below that.
GUARD = 3.0


def is_decided(ratio: Interval) -> bool:
    """Whether a ratio is significantly above or below 1, or equal to it for a reader."""
    return ratio.low > 1 or ratio.high < 1 or ratio.is_equal


def chance(ratio: Interval, blocks: int) -> float:
    """About how likely one more block decides an open question, from 0 to 1; 0 if it is decided.

    The interval is expected to shrink as its model says, and the estimate to stay. A question whose interval would have
    to be half as wide as that has a quarter of a chance.
    """
    if is_decided(ratio):
        return 0.0
    if not 0 < ratio.low <= ratio.high < math.inf:
        return 1.0  # nothing is known of it yet
    distance = abs(math.log(ratio.value))
    needed = max(distance, math.log(EQUAL) - distance)
    half = math.log(ratio.high / ratio.low) / 2
    after = half * math.sqrt((1 / (blocks + 1) + BETWEEN_RUNS) / (1 / blocks + BETWEEN_RUNS))
    return min(1.0, needed / after) ** 2


def best_chance(ratios: Iterable[Interval], blocks: int) -> float:
    """The chance of the question that one more block decides most likely; 1 before the first block."""
    return max((chance(ratio, blocks) for ratio in ratios), default=0.0) if blocks else 1.0


def clearly_slower(estimates: Sequence[float], variance: float) -> bool:
    """Whether log-ratios to the baseline, one per block, leave no doubt that a cell is slower.

    `variance` is that between blocks of cells of its kind; one block is enough if it is `GUARD` deviations away.
    """
    if len(estimates) < 2:
        return bool(estimates) and estimates[0] + GUARD * math.sqrt(variance) < math.log(CLEARLY_SLOWER)
    return max(estimates) < math.log(CLEARLY_SLOWER)
