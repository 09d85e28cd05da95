"""The simulations behind docs/statistics.md, small: coverage of intervals, false alarms of comparisons."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.validate import coverage, rules
from benchmarks.validate.noise import NOISES, Noise
from benchmarks.validate.simulated import looks

RUNS = 300
BY_NAME = {noise.name: noise for noise in NOISES}


@pytest.mark.parametrize("kind", coverage.KINDS)
@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_intervals_hold_the_truth(kind: str, noise: Noise) -> None:
    """Under every noise, at least 91 and at most 99 of 100 intervals of each kind hold the true value."""
    ours, _ = coverage.covered(coverage.simulate(kind, noise, RUNS))
    assert 0.91 * RUNS <= ours <= 0.99 * RUNS


def test_pooled_rounds_do_not() -> None:
    """Where processes differ, an interval over all rounds as if they were independent holds the truth far less."""
    _, pooled = coverage.covered(coverage.simulate("speedup", BY_NAME["3 % a process"], RUNS))
    assert pooled < 0.7 * RUNS


@pytest.mark.parametrize("noise", NOISES[:4], ids=lambda noise: noise.name)
def test_a_change_has_no_lean(noise: Noise) -> None:
    """Identical code has a mean change of nothing, and one that has nothing to do with its noise, whatever the tail."""
    _, correlation, every, _ = rules.left_out(noise, RUNS)
    assert abs(every) < 0.0012
    assert abs(correlation) < 0.08


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.name)
def test_identical_code_is_hardly_ever_called_changed(noise: Noise) -> None:
    """Of a hundred comparisons of ten cells, at most four call something changed."""
    false, _ = rules.alarms(noise, 100)
    assert false <= 4


def test_a_tenth_is_found() -> None:
    """Blocks that differ by 2 % find a slowdown of a tenth nearly always, and never call it the same."""
    found, same = rules.power(0.1, 0.02, 10, RUNS)
    assert found >= 0.95 * RUNS
    assert same == 0


def test_suspects_are_looked_for_as_often_as_a_campaign_does() -> None:
    """With nothing suspected, the part of the budget that is kept is given up in halves."""
    assert looks(16) == [12, 14, 15, 16]


def test_drift_is_what_all_arms_see() -> None:
    """Drift changes times by far more than the ratios within a round."""
    logs = Noise("", drift=0.05).logs(np.random.default_rng(1), 2, 20, 12)
    assert logs[0].std() > 5 * (logs[0] - logs[1]).std()
