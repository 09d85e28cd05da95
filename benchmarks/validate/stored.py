"""Stored runs drawn from recorded blocks: comparisons of identical code, and by how much such runs differ."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import fmean
from typing import Any, NamedTuple

import pandas as pd

from benchmarks.validate.tape import Blocks, runs
from parbench.analysis.compare_stored import RunCells
from parbench.analysis.frame import ours
from parbench.analysis.stats.interval import spread
from parbench.workload.cell import BASE, BASE_REPEAT, BASELINES, HEAD

#: How long a stored run measures ten cells, and how far apart the two of a comparison are at least. Seconds.
STORED_BUDGET, APART = 90.0, 3600.0
Pair = tuple[pd.DataFrame, pd.DataFrame]


class Difference(NamedTuple):
    """What two runs of one cell say: the log-ratio between them, and the variance that their blocks explain."""

    by: float
    explained: float


def pairs(files: Iterable[Blocks]) -> Iterator[Pair]:
    """Runs of the same code, each in one pair only, the halves of a recording held against each other.

    Each of the three recorded versions of the code makes runs of its own, from processes of its own. Those of one hour
    saw the same machine, so pairs of different versions are not quite independent of each other.
    """
    for blocks in files:
        for version in (HEAD, BASE, BASE_REPEAT):
            found = [
                (max(lines[tape.at[name] - 1]["at"] for name, lines in blocks.items()), frame)
                for tape, frame in runs(blocks, budget=STORED_BUDGET, twins=False, version=version)
            ]
            half = len(found) // 2
            for (early, base), (late, head) in zip(found[:half], found[half:], strict=False):
                if late - early >= APART:
                    yield base, head


def differences(found: Iterable[Pair]) -> dict[str, list[Difference]]:
    """By what is compared (times, or the scaling of a strategy): how the two runs of each cell differ."""
    told: dict[str, list[Difference]] = defaultdict(list)
    for pair in found:
        base, head = (RunCells(ours(frame)) for frame in pair)
        for key in base.cells:
            if key in head.cells and all(len(side.times[key]) > 1 for side in (base, head)):
                kind = "time" if key[2] in BASELINES else f"scaling of {key[2]}"
                told[kind].append(difference(*(estimates(side, key, base) for side in (base, head))))
    return dict(told)


def estimates(side: RunCells, key: Any, base: RunCells) -> list[float]:
    """What the blocks of a cell say in one run, as `parbench.compare` looks at them."""
    return side.seconds(key) if key[2] in BASELINES else side.speedups(key, base.baseline(key))


def difference(before: list[float], after: list[float]) -> Difference:
    """Between the block estimates of two runs."""
    explained = sum(spread(each) ** 2 / len(each) for each in (before, after))
    return Difference(fmean(after) - fmean(before), explained)


def run_spread(found: list[Difference]) -> float:
    """By how much whole runs differ beyond what their blocks do: a standard deviation, 0 where they do not.

    The variance of a difference is twice that of a run, and what the blocks of both explain.
    """
    return math.sqrt(max(0.0, fmean(each.by**2 - each.explained for each in found) / 2))


def deaf_spread(found: list[Difference]) -> float:
    """The standard deviation of a run if two thirds of the differences were those of a normal one; deaf to a few."""
    sizes = sorted(abs(each.by) for each in found)
    return sizes[round(0.683 * (len(sizes) - 1))] / math.sqrt(2)
