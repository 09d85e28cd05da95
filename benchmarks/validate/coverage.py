"""How often an interval of 95 % holds the truth, in simulation: a speedup, two versions in one run, two stored runs.

Beside each is what an interval over all rounds pooled, as if they were independent, would do on the same samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import fmean, median
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from benchmarks.validate.noise import NOISES, Noise
from benchmarks.validate.simulated import PROFILE, comparison, speedup_run
from parbench.analysis.compare_stored import SCALING, apart
from parbench.analysis.stats.interval import Interval, around, between, estimates_of
from parbench.analysis.stats.moderated import Kind, VarianceModel

RUNS, SEED = 2000, 17
#: The true logarithms: of the speedup, and of the head's time over the base's.
SPEEDUP, CHANGE = math.log(1.8), math.log(1.02)


class Found(NamedTuple):
    """What one simulated run gave: an interval, and the one over pooled rounds, for the same true value."""

    truth: float
    ours: Interval
    pooled: Interval
    blocks: float


def pooled(rounds: list[float]) -> Interval:
    """Student's over all rounds: what it would be if these were independent."""
    return around(rounds, 0.95)


def flat(blocks: list[list[float]]) -> list[float]:
    """All rounds of all blocks."""
    return [each for rounds in blocks for each in rounds]


def speedup(noise: Noise, rng: np.random.Generator) -> Found:
    """The speedup of a cell in this run, if it is the only one of its run."""
    blocks = speedup_run(noise, rng, SPEEDUP)
    kind, estimates = Kind("threads", several_cores=True), estimates_of(blocks)
    ours = VarianceModel([(kind, estimates)]).intervals(estimates, kind).this_run
    return Found(SPEEDUP, ours, pooled(flat(blocks)), len(blocks))


def versions(noise: Noise, rng: np.random.Generator) -> Found:
    """The ratio of two versions in one run, as `compare_twins` shows it."""
    cells = comparison(noise, rng, [CHANGE], PROFILE.most_blocks)
    (kept,) = cells.kept().values()
    (cell,) = cells.cells
    ours = around([change for change, _ in kept.values()])
    return Found(CHANGE, ours, pooled(np.concatenate(cell.rounds).tolist()), len(kept))


def stored(noise: Noise, rng: np.random.Generator) -> Found:
    """The ratio between two runs, as `compare` shows it, where runs differ by the least that it allows for."""
    after, before = (speedup_run(noise, rng, SPEEDUP + rng.normal(0, SCALING[0])) for _ in range(2))
    late, early = (estimates_of(blocks) for blocks in (after, before))
    ours = between(late, early, 0.95, apart(early, late, SCALING))
    return Found(0.0, ours, between(flat(after), flat(before), 0.95), (len(after) + len(before)) / 2)


KINDS: dict[str, Callable[[Noise, np.random.Generator], Found]] = {
    "speedup": speedup,
    "two versions in one run": versions,
    "two stored runs": stored,
}


def simulate(kind: str, noise: Noise, runs: int) -> list[Found]:
    """So many runs of one kind; the same numbers each time."""
    rng = np.random.default_rng([SEED, list(KINDS).index(kind)])
    return [KINDS[kind](noise, rng) for _ in range(runs)]


def covered(found: list[Found]) -> tuple[int, int]:
    """How many intervals hold the truth: ours, and those over pooled rounds."""
    ours, others = (
        sum(each.low <= math.exp(truth) <= each.high for truth, each in pairs)
        for pairs in ([(each.truth, each.ours) for each in found], [(each.truth, each.pooled) for each in found])
    )
    return ours, others


def row(kind: str, noise: Noise, found: list[Found]) -> str:
    """One line of the table."""
    ours, others = covered(found)
    exact = binomtest(ours, len(found)).proportion_ci()
    cells = [
        noise.name,
        kind,
        f"{ours / len(found):.1%} [{exact.low:.1%}, {exact.high:.1%}]",
        f"± {median(each.ours.half_width for each in found):.2%}",
        f"{fmean(each.blocks for each in found):.1f}",
        f"{others / len(found):.1%}",
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> None:
    """Print the table. Argument: how many runs a row (default: 2000)."""
    runs = int(arguments[0]) if arguments else RUNS
    print(f"{runs} runs a row")
    print()
    print("| noise | interval | holds the truth | median half-width | blocks, mean | pooled rounds would |")
    print("|---|---|---|---|---|---|")
    for noise in NOISES:
        for kind in KINDS:
            print(row(kind, noise, simulate(kind, noise, runs)), flush=True)
