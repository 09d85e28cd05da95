"""The interval of a speedup: its values in simple cases, and its coverage in simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.validate.noise import Errors, lognormal, normal, spiky, student3
from parbench.analysis.stats.interval import Interval, around, estimates_of, interval, log_ratios
from parbench.measurement.open_questions import clearly_slower
from parbench.measurement.profiles import PROFILES
from parbench.measurement.state import STOP_FROM

REPLICATES = 4000
#: Number of simulations if blocks are added one by one, which is slow.
SEQUENCES = 2000
ROUNDS = 8
NOISES: list[Errors] = [normal, lognormal, student3, spiky]


def simulated(
    noise: Errors, blocks: int, block_spread: float, drift: float = 0.0, replicates: int = REPLICATES
) -> np.ndarray:
    """Log-ratios of two equal programs: replicate × block × round.

    Each arm has errors of its own in every round and a luck of its own in every block; the machine's
    random walk of `drift` a round meets both arms, the second a little later.
    """
    rng = np.random.default_rng(11)
    shape = (replicates, blocks, ROUNDS)
    walk = np.cumsum(rng.normal(0, drift, (*shape[:2], 2 * ROUNDS)), axis=2)
    between = walk[..., ::2] - walk[..., 1::2]
    luck = rng.normal(0, block_spread, shape[:2])[..., None]
    ratios: np.ndarray = noise(rng, shape) - noise(rng, shape) + between + luck
    return ratios


def coverage(intervals: list[Interval]) -> float:
    """The share of intervals that hold the truth, which is 1."""
    return sum(each.low <= 1 <= each.high for each in intervals) / len(intervals)


@pytest.mark.parametrize("blocks", [3, 5, 8])
@pytest.mark.parametrize("noise", NOISES)
def test_the_interval_covers_what_it_says(noise: Errors, blocks: int) -> None:
    """With any number of blocks and any of these noises, the truth is in 93 to 97 of 100 intervals."""
    found = [interval(each) for each in simulated(noise, blocks, block_spread=0.02).tolist()]
    assert 0.93 <= coverage(found) <= 0.97


@pytest.mark.parametrize("blocks", [3, 5, 8])
def test_drift_that_both_arms_see_does_no_harm(blocks: int) -> None:
    """A machine whose speed drifts arbitrarily does not change the coverage."""
    found = [interval(each) for each in simulated(normal, blocks, block_spread=0.02, drift=0.05).tolist()]
    assert 0.93 <= coverage(found) <= 0.97


def measured_until_enough(ratios: list[list[float]]) -> Interval:
    """The interval of a cell when a campaign of the quick profile is done with it."""
    profile = PROFILES["quick"]
    estimates = estimates_of(ratios[:1])
    for block in ratios[1:]:
        estimates += estimates_of([block])  # once, and not again with every block that is added
        found = around(estimates)
        if len(estimates) > 1 and clearly_slower(estimates, 0.0):
            break
        if len(estimates) >= max(STOP_FROM, profile.least_blocks) and found.half_width <= profile.precision:
            break
    return found


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("block_spread", [0.0, 0.03, 0.06, 0.08])
def test_stopping_when_it_is_narrow_keeps_the_coverage(noise: Errors, block_spread: float) -> None:
    """Adding blocks until the interval is inside the target, as a campaign does, leaves 93 to 97 of 100 right."""
    ratios = simulated(noise, PROFILES["quick"].most_blocks, block_spread, replicates=SEQUENCES)
    assert 0.93 <= coverage([measured_until_enough(each) for each in ratios.tolist()]) <= 0.97


@pytest.mark.parametrize("speedup", [0.1, 0.31, 1 / 3, 0.36])
def test_giving_up_on_the_hopeless_keeps_the_coverage(speedup: float) -> None:
    """A cell far below, or just about at, the speedup that gets no more blocks is covered like the others."""
    ratios = simulated(normal, PROFILES["quick"].most_blocks, block_spread=0.06, replicates=SEQUENCES)
    found = [measured_until_enough(each) for each in (ratios + math.log(speedup)).tolist()]
    assert 0.93 <= sum(each.low <= speedup <= each.high for each in found) / len(found) <= 0.97


def test_one_block_gives_a_value_and_no_interval() -> None:
    """A single block has its median as value, NaN ends and an infinite width; no block has nothing."""
    alone = interval([[0.0, math.log(2), math.log(4)]])
    assert alone.value == pytest.approx(2)
    assert math.isnan(alone.low)
    assert alone.half_width == math.inf
    assert all(map(math.isnan, interval([])))
    assert all(map(math.isnan, interval([[], []])))
    assert interval([]).half_width == math.inf


def test_blocks_without_ratios_are_passed_over() -> None:
    """A block in which the two never met says nothing, and takes nothing away."""
    assert interval([[0.1], [], [0.2]]) == interval([[0.1], [0.2]])


def test_blocks_that_agree_have_an_interval_of_no_width() -> None:
    """Equal blocks give the ratio itself at both ends."""
    exact = interval([[math.log(3)]] * 3)
    assert exact.low == exact.value == exact.high == pytest.approx(3)
    assert exact.half_width == 0


def test_the_half_width_is_relative() -> None:
    """Ends of 10 % below and above a ratio, as factors, are a half-width of 10 %."""
    assert Interval(2.0, 2 / 1.1, 2 * 1.1).half_width == pytest.approx(0.1)


def test_a_round_counts_less_than_a_block() -> None:
    """Many rounds in the same few blocks do not make an interval narrower: rounds of one block are not independent."""
    few = interval([[0.0] * 2, [0.1] * 2, [0.2] * 2])
    many = interval([[0.0] * 200, [0.1] * 200, [0.2] * 200])
    assert few == many


def test_only_rounds_of_both_are_compared() -> None:
    """Rounds that only one of the two took part in are left out, and so are times that are not positive."""
    assert log_ratios({0: 2.0, 1: 4.0, 2: 8.0}, {1: 1.0, 3: 1.0}) == [pytest.approx(math.log(4))]
    assert log_ratios({0: 2.0, 1: 0.0}, {0: 0.0, 1: 1.0}) == []


def test_blocks_that_differ_wildly_are_no_error() -> None:
    """An interval too wide for a float is infinitely wide."""
    wild = interval([[700.0], [-700.0]])
    assert wild.high == math.inf
    assert wild.half_width == math.inf
