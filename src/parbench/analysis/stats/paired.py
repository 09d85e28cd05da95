"""Versions of a cell that took turns in the same blocks: the change, the noise, and the confirmation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from typing import TypeVar

from parbench.analysis.stats.decision import FALSE_SUSPICIONS, Decision, judge
from parbench.analysis.stats.interval import around, pseudo_median

#: Multiple of the usual noise of the base above which a block is not used for a change.
CONTAMINATED = 4.0
#: Least number of new blocks for a suspected change.
FEWEST_FRESH = 6
#: Largest number of new blocks for a suspected change.
MOST_FRESH = 15
#: Between these, new blocks make a change this number of standard errors, twice the number that confirmation needs.
FRESH_ERRORS = 4.5
#: From the median of absolute values to the standard deviation of a normal distribution.
MAD_TO_SD = 1.4826
K = TypeVar("K")
#: The times of one cell: block, then round, then seconds of a call.
Times = Mapping[int, Mapping[int, float]]
#: For each block of one cell: log(head ÷ base) and log(base again ÷ base).
Blocks = dict[int, tuple[float, float]]


def blocks_of(head: Times, base: Times, again: Times) -> Blocks:
    """Log-ratios of each block in which all three versions of a cell were sampled.

    The head is compared with both samples of the base, which varies less than one ratio: with each separately, because
    delays bias the difference from their mean, and its pseudo-median with it. Times that are not positive count as no
    sample.
    """
    blocks: Blocks = {}
    for block in head:
        sides = [side.get(block, {}) for side in (head, base, again)]
        turns = [turn for turn in sides[0] if all(side.get(turn, 0) > 0 for side in sides)]
        if turns:
            ours, one, other = ([math.log(side[turn]) for turn in turns] for side in sides)
            blocks[block] = ((difference(ours, one) + difference(ours, other)) / 2, difference(other, one))
    return blocks


def difference(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The pseudo-median of how much larger ours are than theirs, round by round."""
    return pseudo_median([mine - other for mine, other in zip(ours, theirs, strict=True)])


def noise_floor(cells: Mapping[K, Blocks]) -> float:
    """The standard deviation of the base's difference from itself in a block, as a robust logarithm."""
    noises = [abs(noise) for blocks in cells.values() for _, noise in blocks.values()]
    return MAD_TO_SD * median(noises) if noises else 0.0


def clean(cells: Mapping[K, Blocks]) -> dict[K, Blocks]:
    """The blocks in which the base agrees with itself as well as it usually does, in this cell or in all of them.

    Some cells differ from themselves far more than others in every block, such as those of processes.
    """
    usual = noise_floor(cells)
    most = {key: CONTAMINATED * max(usual, noise_floor({key: blocks})) for key, blocks in cells.items()}
    return {
        key: {number: pair for number, pair in blocks.items() if abs(pair[1]) <= most[key]}
        for key, blocks in cells.items()
    }


def decide_paired(cells: Mapping[K, Blocks], margin: Callable[[K], float], confirming: int | None) -> dict[K, Decision]:
    """Verdict on each cell; `cells` are clean, and `confirming` is the first block that confirms changes.

    Decision by the blocks before, and if that is a change, by the others alone: these were not chosen by what they say.
    """
    cut = math.inf if confirming is None else confirming
    compared = max(1, sum(bool(blocks) for blocks in cells.values()))
    verdicts = {}
    for key, blocks in cells.items():
        first = [change for number, (change, _) in blocks.items() if number < cut]
        fresh = [change for number, (change, _) in blocks.items() if number >= cut]
        verdicts[key] = confirmed(first_look(first, margin(key), compared), fresh, margin(key))
    return verdicts


def first_look(changes: list[float], margin: float, compared: int) -> Decision:
    """The verdict on one of several cells, by its log-ratios; a change is a suspicion, to be confirmed."""
    return judge(lambda level: around(changes, level), margin, compared, FALSE_SUSPICIONS)


def fresh_blocks(change: float, block_spread: float) -> int:
    """How many fresh blocks are to confirm a change, a logarithm, that blocks with such a spread made suspicious."""
    wanted = (FRESH_ERRORS * block_spread / change) ** 2 if change else math.inf
    return math.ceil(min(max(wanted, FEWEST_FRESH), MOST_FRESH))


def confirmed(first: Decision, fresh: list[float], margin: float) -> Decision:
    """A change is confirmed if new blocks alone show the same: significantly not 1, and beyond half the margin."""
    if first.change not in ("SLOWER", "FASTER"):
        return first
    if len(fresh) < 2:
        reason = f"it looks {first.change}, but no fresh blocks confirmed it: allow more time."
        return Decision("UNDECIDED", reason, first.change)
    again = around(fresh, 0.95)
    sure = again.low > 1 if first.change == "SLOWER" else again.high < 1
    if sure and abs(fmean(fresh)) > math.log1p(margin) / 2:
        return first
    return Decision("UNDECIDED", f"it looked {first.change}, but fresh blocks did not confirm it.", first.change)
