"""How often comparisons of ten cells are wrong, and what they find, in simulation; and what leaving out blocks does."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binomtest, spearmanr

from benchmarks.validate.noise import NOISES, Noise
from benchmarks.validate.simulated import CUT, PROFILE, comparison, fresh, times
from parbench.analysis.stats.decision import MARGIN
from parbench.analysis.stats.paired import MOST_FRESH, Blocks, blocks_of, clean, decide_paired, noise_floor

RUNS, SEED = 2000, 23
CELLS = 10
#: The blocks of a cell that the budget allows in the table of false alarms.
ALLOWED = 12
CHANGED = ("SLOWER", "FASTER")
SPREADS, BLOCKS = (0.01, 0.02, 0.03, 0.05, 0.10), (6, 10, 20, 30)


def usual(cell: int) -> float:
    """The margin of every cell."""
    del cell
    return MARGIN


def share(count: int, total: int) -> str:
    """A share with its 95 % interval (C. Clopper and E. Pearson's)."""
    exact = binomtest(count, total).proportion_ci()
    return f"{count / total:.2%} [{exact.low:.2%}, {exact.high:.2%}]"


def verdicts(noise: Noise, rng: np.random.Generator) -> list[str]:
    """What a comparison of identical code says of each cell."""
    found = comparison(noise, rng, [0.0] * CELLS, ALLOWED)
    return [each.change for each in decide_paired(found.kept(), usual, found.confirming).values()]


def alarms(noise: Noise, runs: int) -> tuple[int, float]:
    """In how many comparisons of identical code a cell is called changed, and the share of cells called the same."""
    rng = np.random.default_rng(SEED)
    every = [verdicts(noise, rng) for _ in range(runs)]
    same = sum(each.count("SAME") for each in every)
    return sum(any(verdict in CHANGED for verdict in each) for each in every), same / (runs * CELLS)


def drawn(rng: np.random.Generator, planted: float, spread: float, blocks: int) -> dict[int, Blocks]:
    """Ten cells by block; one has the `planted` change. `spread` is the standard deviation of a block's change."""
    # head less the mean of two of the base: the variance of a change is 1.5 times that of one version's luck
    luck = rng.normal(0, spread / math.sqrt(1.5), (CELLS, 3, blocks + MOST_FRESH))
    change, noise = luck[:, 0] - (luck[:, 1] + luck[:, 2]) / 2, luck[:, 2] - luck[:, 1]
    change[0] += math.log1p(planted)
    confirming = fresh(change[0, :blocks].tolist())
    numbers = [*range(blocks), *range(CUT, CUT + confirming)]
    return {
        cell: dict(zip(numbers, zip(change[cell].tolist(), noise[cell].tolist(), strict=True), strict=False))
        for cell in range(CELLS)
    }


def power(planted: float, spread: float, blocks: int, runs: int) -> tuple[int, int]:
    """In how many comparisons the planted slowdown is found, and in how many its cell is called the same."""
    rng = np.random.default_rng(SEED)
    found = [decide_paired(clean(drawn(rng, planted, spread, blocks)), usual, CUT)[0].change for _ in range(runs)]
    return found.count("SLOWER"), found.count("SAME")


def left_out(noise: Noise, runs: int) -> tuple[float, float, float, float]:
    """The share of blocks left out, the rank correlation of change and noise, the mean change of all and of the kept.

    Ten times as many blocks as `runs`, of identical code.
    """
    rng = np.random.default_rng(SEED)
    logs = noise.logs(rng, 3, 10 * runs, PROFILE.rounds)
    found = blocks_of(*({block: times(side[block]) for block in range(10 * runs)} for side in logs))
    kept = clean({0: found})[0]
    changes, noises = np.array(list(found.values())).T
    kept_changes = [change for change, _ in kept.values()]
    # of ranks: a few blocks full of spikes would decide that of the values
    correlation = float(spearmanr(changes, noises).statistic)
    return 1 - len(kept) / len(found), correlation, float(changes.mean()), float(np.mean(kept_changes))


def main(arguments: list[str]) -> None:
    """Print the tables. Argument: how many comparisons for each figure (default: 2000)."""
    runs = int(arguments[0]) if arguments else RUNS
    print(f"Identical code, {runs} comparisons of {CELLS} cells a row\n")
    print("| noise | comparisons that call something changed | cells called SAME |\n|---|---|---|")
    for noise in NOISES:
        false, same = alarms(noise, runs)
        print(f"| {noise.name} | {share(false, runs)} | {same:.1%} |", flush=True)
    for planted in (0.1, 0.05, 0.0):
        tell_power(planted, runs)
    print(f"\nBlocks of identical code, {10 * runs} a row\n")
    print("| noise | left out | rank correlation of change and noise | mean change, all | mean change, kept |")
    print("|---|---|---|---|---|")
    for noise in NOISES:
        out, correlation, every, kept = left_out(noise, runs)
        print(f"| {noise.name} | {out:.2%} | {correlation:+.3f} | {every:+.3%} | {kept:+.3%} |", flush=True)


def tell_power(planted: float, runs: int) -> None:
    """Print one table of what is found of a planted slowdown."""
    print(
        f"\n{planted:.0%} planted in one of {CELLS} cells, {runs} comparisons a figure: called SLOWER / called SAME\n"
    )
    print(f"| spread of a block | noise floor | {' | '.join(f'{blocks} blocks' for blocks in BLOCKS)} |")
    print(f"|---|---|{'---|' * len(BLOCKS)}")
    for spread in SPREADS:
        floor = noise_floor(drawn(np.random.default_rng(SEED), planted, spread, 10_000))
        found = [power(planted, spread, blocks, runs) for blocks in BLOCKS]
        cells = [f"{slower / runs:.1%} / {same / runs:.1%}" for slower, same in found]
        print(f"| {spread:.0%} | {floor:.1%} | {' | '.join(cells)} |", flush=True)
