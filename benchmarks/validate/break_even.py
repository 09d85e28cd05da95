"""How well break-even sizes are predicted from the cost model, for each pair of strategy and workload that has one.

The runs are those of `benchmarks/test_break_even_catalogue.py`: sizes around each break-even, and those of the profile.
What a strategy costs is predicted twice:

- *left out*: from other workloads alone, as for a workload that has only been weighed.
- *at other sizes*: from cells of the pair, too, but none at a size within a factor of `NEAR` of the measured one, as
  one asks who has measured other sizes. They correct what is known from others.

The time of the baseline, and what else the workload is, come from weighing it, and not from the cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import parbench
from benchmarks.validate.advice import law_of
from benchmarks.validate.runs import RECORDED, asked_for
from parbench.analysis.advice.adviser import Adviser
from parbench.analysis.advice.cost_model import SUREST, CostLaw, Observation, Prior, at_cores, coefficients, fit
from parbench.runfile.records import WorkloadCost
from parbench.workload.cell import BASELINES

#: A predicted size is good within this factor of the measured one.
GOOD = 1.5
#: Cells of the pair itself tell nothing of a break-even within this factor of their size.
NEAR = 3.0
#: The logarithm of a size that no memory holds.
LARGEST = 50.0
DEFAULT = RECORDED / "break-even-catalogue.jsonl.xz"
WAYS = ("left out", "at other sizes")


class Pair(NamedTuple):
    """One measured break-even, the significant sizes on both sides, and the predictions, as `WAYS`; NaN for nothing."""

    workload: str
    strategy: str
    cores: int
    size: float
    low: float
    high: float
    guesses: tuple[float, ...]
    sizes: int  # of the pair itself, for the second way


def main(arguments: list[str]) -> None:
    """Print how well they are predicted. Arguments: the run, and ``--weights=FILE`` for what its workloads weigh.

    Further runs only say what strategies cost with other workloads.
    """
    frame, *others = asked_for(arguments, DEFAULT)
    print(*report([*pairs(frame, others)]), sep="\n")


def report(found: Sequence[Pair]) -> Iterator[str]:
    """The lines."""
    yield f"{len(found)} pairs of strategy and workload have a measured break-even, certain on both sides"
    if not found:
        return
    for place, way in enumerate(WAYS):
        ratios = [each.guesses[place] / each.size for each in found]
        good = sum(1 / GOOD <= each <= GOOD for each in ratios)
        inside = sum(each.low <= each.guesses[place] <= each.high for each in found)
        known = [each for each in ratios if not math.isnan(each)]
        yield (
            f"{way}: {good} of {len(found)} ({good / len(found):.0%}) within a factor of {GOOD:g}, {inside} between "
            f"sizes that are significantly slower and faster; median ratio {np.median(known):.2f}"
        )
    yield ""
    yield f"| workload | strategy | measured [significantly slower, faster] | {' | '.join(WAYS)} | own sizes |"
    yield "|---|---|---|---|---|---|"
    for each in found:
        between = f"{each.size:,.0f} [{each.low:,.0f}, {each.high:,.0f}]"
        told = " | ".join("none" if math.isnan(guess) else f"{guess / each.size:.2f}" for guess in each.guesses)
        yield f"| {each.workload} | {each.strategy} | {between} | {told} | {each.sizes} |"


def pairs(frame: pd.DataFrame, others: Iterable[pd.DataFrame] = ()) -> Iterator[Pair]:
    """Each break-even of a run that is certain on both sides, with the predicted ones."""
    measured, adviser = parbench.break_even(frame), Adviser(frame)
    known = [*adviser.observations(), *(each for other in others for each in Adviser(other).observations())]
    measured = measured[(measured["outcome"] == "found") & (measured["chunks"] == 1)]
    for row in list[Any](measured.rename(columns={"size": "size_"}).itertuples()):
        weights = {size: each for (name, size), each in adviser.weights.items() if name == row.workload}
        if not weights:
            continue
        mine = [
            each
            for each in known
            if (each.workload, each.strategy, each.cores) == (row.workload, row.strategy, row.cores)
            if abs(math.log(each.weight.cell.size / row.size_)) >= math.log(NEAR)
        ]
        without = [each for each in known if each.workload != row.workload]
        law = fit(without).get(row.strategy)
        found = [] if law is None else [law, corrected(law, mine)]
        guesses = tuple(crossing(speedups(each, weights, row.cores)) for each in found) or (math.nan, math.nan)
        sizes = len({each.weight.cell.size for each in mine})
        yield Pair(row.workload, row.strategy, row.cores, row.size_, row.size_low, row.size_high, guesses, sizes)


def corrected(law: CostLaw, mine: Sequence[Observation]) -> CostLaw:
    """The law of a strategy, fitted to a few cells of one workload.

    Beforehand it is expected to be like elsewhere, as surely as the law was found to hold, and each cell as it was
    measured, as surely as any is.
    """
    if not mine:
        return law
    beliefs = {name: Prior(seconds, SUREST / law.sigma) for name, seconds in law.coefficients.items() if seconds}
    return replace(law, coefficients=coefficients(law.strategy, mine, beliefs))


def speedups(law: CostLaw, weights: Mapping[int, WorkloadCost], cores: int) -> list[tuple[int, float]]:
    """What a strategy is expected to gain at the sizes that were weighed, growing."""
    return [
        (size, baseline(weight) / law.steady(at_cores(weight, cores)).seconds)
        for size, weight in sorted(weights.items())
    ]


def baseline(weight: WorkloadCost) -> float:
    """Seconds of a call of the fastest baseline, as weighed."""
    laws = [law_of({}, each) for each in BASELINES if each != "vectorized" or weight.vectorized_seconds is not None]
    return min(law.steady(weight).seconds for law in laws if law is not None)


def crossing(points: Sequence[tuple[float, float]]) -> float:
    """The size from which on speedups stay above 1, by lines of logarithms; NaN where there is none.

    `points` are sizes, growing, with their speedups; where all are on one side, the nearest line goes on.
    """
    lines = [((math.log(a), math.log(b)), (math.log(c), math.log(d))) for (a, b), (c, d) in pairwise(points)]
    last = [(one, two) for one, two in lines if one[1] < 0 <= two[1]][-1:]
    if last and points[-1][1] >= 1:
        return meets(*last[0])
    for outer in lines[:1] if lines and points[0][1] >= 1 else lines[-1:]:
        if outer[1][1] > outer[0][1]:
            return meets(*outer)
    return math.nan


def meets(one: tuple[float, float], two: tuple[float, float]) -> float:
    """The size at which the line through two points, both of logarithms, comes to a speedup of 1."""
    at = one[0] - one[1] * (two[0] - one[0]) / (two[1] - one[1])
    return math.exp(at) if at < LARGEST else math.inf
