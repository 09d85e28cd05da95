"""Which cells another block could decide: the part of the budget allocation that knows no clock and no arms.

A reader asks of a cell whether it beats the baseline, and of those that may whether they beat the best one. A question
is decided if its interval excludes a ratio of 1, or is within `EQUAL` of it. The time goes to the questions that few
more blocks decide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from parbench.analysis.stats.interval import EQUAL, Interval, student
from parbench.analysis.stats.moderated import BETWEEN_RUNS, KIND_DEGREES

#: A question that needs more blocks than this gets none before questions that are decided already become more precise.
MOST_BLOCKS = 12
#: Blocks that the fastest cell of several cores gets in any case: a reader relies on its number.
LEADER_BLOCKS = 3
#: Weight of a question on one core of a strategy that was measured on several.
ONE_CORE_WEIGHT = 0.25
#: Speedup below which a cell needs no more than two blocks, even if its interval is wide: other cells need the time.
CLEARLY_SLOWER = 1 / 3
#: Standard deviations between blocks by which one block alone has to be below that.
GUARD = 3.0


def is_decided(ratio: Interval) -> bool:
    """Whether a ratio is significantly above or below 1, or equal to it for a reader."""
    return ratio.low > 1 or ratio.high < 1 or ratio.is_equal


def chance(ratio: Interval, blocks: int) -> float:
    """The part of an open question that one more block decides: 1 ÷ the number of blocks that it still needs.

    The interval is expected to shrink as its model says, and the estimate to stay. 0 for a question that is decided, or
    that needs more than `MOST_BLOCKS`; 1 if nothing is known of it yet.
    """
    if is_decided(ratio):
        return 0.0
    if not (blocks and 0 < ratio.low <= ratio.high < math.inf):
        return 1.0
    distance = abs(math.log(ratio.value))
    needed = max(distance, math.log(EQUAL) - distance)
    half = math.log(ratio.value / ratio.low)  # the upper end of one block has a guard besides
    for more in range(1, MOST_BLOCKS + 1):
        if half * width(blocks + more) <= needed * width(blocks):
            return 1 / more
    return 0.0


def width(blocks: int) -> float:
    """The half-width of an interval from some blocks, in units of the deviation between blocks."""
    return student(KIND_DEGREES + blocks - 1) * math.sqrt(1 / blocks + BETWEEN_RUNS)


def clearly_slower(estimates: Sequence[float], variance: float) -> bool:
    """Whether log-ratios to the baseline, one per block, leave no doubt that a cell is slower.

    `variance` is that between blocks of cells of its kind; one block is enough if it is `GUARD` deviations away.
    """
    if len(estimates) < 2:
        return bool(estimates) and estimates[0] + GUARD * math.sqrt(variance) < math.log(CLEARLY_SLOWER)
    return max(estimates) < math.log(CLEARLY_SLOWER)
