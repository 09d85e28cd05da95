"""The smallest change that a comparison can find, from the differences between blocks of the same code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from parbench.analysis.compare_paired import paired_blocks
from parbench.analysis.compare_stored import RunCells
from parbench.analysis.frame import data_of
from parbench.analysis.stats.decision import FALSE_SUSPICIONS, MARGIN
from parbench.analysis.stats.interval import NOMINAL, student
from parbench.analysis.stats.paired import clean, fresh_blocks

#: Probability with which each of the two stages finds the smallest change: both together do so in 95 of 100
#: comparisons.
EACH_STAGE = 0.975
#: How many cells a comparison is taken to have.
CELLS = 10


@dataclass(frozen=True)
class Effort:
    """Limits of a comparison: seconds before the confirming blocks, blocks, precision; see `profiles.Profile`."""

    seconds: float
    fewest: int
    most: int
    precision: float


@dataclass(frozen=True)
class CellNoise:
    """How one cell differs from itself: `spread` is the standard deviation of a block's log-ratio to the base.

    It comes from `blocks` blocks, each of which takes `seconds`, versions included.
    """

    cell: Any
    spread: float
    blocks: int
    seconds: float


def noises(frame: pd.DataFrame) -> list[CellNoise]:
    """Noise of each cell of a run of one code against itself; `frame` is as `parbench.load` gave it.

    Without any change the truth is 0, and what a block says of ours and what it says of the base are independent, with
    variances of 3/2 and 2 times that of one arm: so n blocks give 2 n degrees of freedom. As in a comparison, blocks
    in which the base differs from itself by much more than usual are left out.
    """
    cells = clean(paired_blocks(RunCells(frame)))
    blocks = sum(map(len, cells.values()))
    each = (data_of(frame).seconds or 0.0) / max(1, blocks)
    result = []
    for key, pairs in cells.items():
        if len(pairs) > 1:
            arm = sum(change**2 / 1.5 + noise**2 / 2 for change, noise in pairs.values()) / (2 * len(pairs))
            result.append(CellNoise(key, math.sqrt(1.5 * arm), len(pairs), each))
    return result


def blocks_in(noise: CellNoise, effort: Effort) -> int:
    """Number of blocks of a cell: until its interval is narrow enough, or the time is over."""
    affordable = int(effort.seconds / (CELLS * noise.seconds)) if noise.seconds > 0 else effort.most
    most = max(2, min(effort.most, affordable))
    return next(
        (count for count in range(effort.fewest, most) if _half_width(noise.spread, count) <= effort.precision), most
    )


def _half_width(spread: float, blocks: int) -> float:
    return math.expm1(student(blocks - 1, NOMINAL) * spread / math.sqrt(blocks))


def smallest(spread: float, blocks: int, margin: float = MARGIN) -> float:
    """The smallest slowdown, as a part of 1, that a comparison finds and confirms 95 times of 100."""
    low, high = math.log1p(margin), 10.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if _is_detected(middle, spread, blocks, margin) else (middle, high)
    return math.expm1(high)


def _is_detected(change: float, spread: float, blocks: int, margin: float) -> bool:
    """Whether a change, as a logarithm, is reliably found by `blocks` blocks, and confirmed by further ones.

    Found means beyond the margin and significant among all cells; confirmed means that new blocks alone show the same,
    and are beyond half the margin (see `analysis/stats/decision.py` and `analysis/stats/paired.py`). The power of
    Student's test is that of its noncentral distribution (J. Neyman and B. Tokarska, "Errors of the second kind in
    testing Student's hypothesis", JASA 31, 1936).
    """
    from scipy.special import ndtri

    fresh = fresh_blocks(change, spread)
    sure = float(ndtri(EACH_STAGE))
    one, more = spread / math.sqrt(blocks), spread / math.sqrt(fresh)
    needed = (
        math.log1p(margin) + sure * one,
        _standard_errors(blocks, 1 - FALSE_SUSPICIONS / CELLS) * one,
        _standard_errors(fresh, 0.95) * more,
        math.log1p(margin) / 2 + sure * more,
    )
    return change >= max(needed)


def _standard_errors(blocks: int, level: float) -> float:
    """Distance of a mean from 0, in standard errors, at which Student's interval at `level` excludes 0."""
    from scipy.special import nctdtrinc

    degrees = blocks - 1
    return float(nctdtrinc(degrees, 1 - EACH_STAGE, student(degrees, level)))
