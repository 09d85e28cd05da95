"""Runs and comparisons that never happened: samples from a noise model, through the code that real ones go through.

The quick profile is simulated: its rounds, its stopping rule, its least and most blocks. What is left out is the clock:
a real campaign also stops because its time is over, which has nothing to do with what it measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import numpy as np

from benchmarks.validate.noise import Noise
from parbench.analysis.stats.decision import MARGIN
from parbench.analysis.stats.interval import log_ratios, pseudo_median, spread
from parbench.analysis.stats.paired import MOST_FRESH, Blocks, blocks_of, clean, first_look, fresh_blocks
from parbench.measurement.campaign import COMPARISON_ROUNDS, LEAST_RESERVE, RESERVE
from parbench.measurement.plan import Group, LocatedWorkload
from parbench.measurement.profiles import PROFILES
from parbench.measurement.state import CampaignState
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD, Cell
from parbench.workload.reference import Reference
from workloads import affine_sum

PROFILE = replace(PROFILES["quick"], rounds=COMPARISON_ROUNDS)
#: The number of the first block that confirms, above that of any other.
CUT = 1000
ENTRY = LocatedWorkload(affine_sum.workload, Reference("workloads.affine_sum", "", "workload"))
SERIAL, THREADS = (Cell("affine_sum", 1, strategy, cores) for strategy, cores in (("serial", 1), ("threads", 2)))


def times(logs: np.ndarray) -> dict[int, float]:
    """The seconds of a block's rounds, from their logarithms."""
    return dict(enumerate(np.exp(logs).tolist()))


def speedup_run(noise: Noise, rng: np.random.Generator, truth: float) -> list[list[float]]:
    """The log-ratios of the blocks of a cell that a campaign measures until it is done; `truth` is their true value."""
    base, ours = noise.logs(rng, 2, PROFILE.most_blocks, PROFILE.rounds)
    group = Group(ENTRY, 1, [SERIAL, THREADS])
    state = CampaignState([group], PROFILE)
    found: list[list[float]] = []
    while state.unfinished(group):
        block = len(found)
        baseline, cell = times(base[block]), times(ours[block] - truth)
        state.add_block(SERIAL, block, baseline)
        state.add_block(THREADS, block, cell)
        found.append(log_ratios(baseline, cell))
    return found


class Twin:
    """One cell of a comparison: blocks that are measured as they are asked for."""

    def __init__(self, cell: Cell, noise: Noise, rng: np.random.Generator, change: float) -> None:
        self.cell = cell
        self.logs = noise.logs(rng, 3, PROFILE.most_blocks + MOST_FRESH, PROFILE.rounds)
        self.logs[0] += change
        self.blocks: Blocks = {}
        self.rounds: list[np.ndarray] = []

    def measure(self, number: int, state: CampaignState) -> None:
        """Take the next samples as the block of that number."""
        head, base, again = self.logs[:, len(self.blocks)]
        sides = [{number: times(side)} for side in (head, base, again)]
        self.blocks |= blocks_of(*sides)
        self.rounds.append(head - (base + again) / 2)
        ratio = pseudo_median(log_ratios(sides[1][number], sides[0][number]))
        state.add_block(self.cell, number, {0: math.exp(-ratio)})  # one round that stands for those of the block
        state.add_block(self.cell.at(BASE), number, {0: 1.0})


@dataclass
class Comparison:
    """What a comparison measured: its cells, and the first of the blocks that confirm, if there were any."""

    cells: list[Twin]
    confirming: int | None = None
    suspects: list[int] = field(default_factory=list)

    def kept(self) -> dict[int, Blocks]:
        """The blocks of each cell that are not left out."""
        return clean({index: cell.blocks for index, cell in enumerate(self.cells)})

    def look(self) -> list[int]:
        """The cells that are suspected now, as `CampaignState.suspects` finds them."""
        kept = self.kept()
        looks = {
            index: first_look([change for change, _ in found.values()], MARGIN, len(kept))
            for index, found in kept.items()
        }
        return [index for index, verdict in looks.items() if verdict.change in ("SLOWER", "FASTER")]


def looks(allowed: int) -> list[int]:
    """How many blocks a cell may have when suspects are looked for, of `allowed` in the budget: see `Campaign.run`."""
    reserve, found = RESERVE, [RESERVE]
    while reserve:
        reserve = reserve / 2 if reserve > LEAST_RESERVE else 0.0
        found.append(reserve)
    return [int(allowed * (1 - each)) for each in found]


def fresh(changes: Sequence[float]) -> int:
    """How many blocks confirm a suspicion, as `CampaignState.suspects` says."""
    return fresh_blocks(fmean(changes), spread(changes))


def comparison(noise: Noise, rng: np.random.Generator, changes: Sequence[float], allowed: int) -> Comparison:
    """A comparison with a cell for each of `changes`, true log-ratios, in a budget of so many blocks a cell.

    Each cell is measured until it is precise; what is suspected then, or after more of the budget, is confirmed.
    """
    cells = [Cell("affine_sum", 1 + index, "threads", 2) for index in range(len(changes))]
    group = Group(ENTRY, 1, [cell.at(where) for cell in cells for where in (HEAD, BASE, BASE_REPEAT)])
    state = CampaignState([group], PROFILE)
    found = Comparison([Twin(cell, noise, rng, change) for cell, change in zip(cells, changes, strict=True)])
    for most in looks(allowed):
        for each in found.cells:
            while len(each.blocks) < most and not state.is_precise(group, each.cell):
                each.measure(len(each.blocks), state)
        found.suspects = found.look()
        if found.suspects:
            break
    kept = found.kept()
    for index in found.suspects:
        found.confirming = CUT
        for number in range(CUT, CUT + fresh([change for change, _ in kept[index].values()])):
            found.cells[index].measure(number, state)
    return found
