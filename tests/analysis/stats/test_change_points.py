"""Where a series of runs steps: how often noise is taken for a step, and a step is found."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from parbench.analysis.stats.change_points import FEWEST, steps, without_outliers

ruptures = pytest.importorskip("ruptures", reason="ruptures is not installed: pip install ruptures")


def flat(rng: np.random.Generator, count: int) -> Any:
    """A series of one level: 5 % normal noise, and one value in twenty half as large again."""
    logs = rng.normal(0, 0.05, count)
    logs[rng.random(count) < 0.05] += math.log(1.5)
    return np.exp(logs)


@pytest.mark.parametrize("count", [6, 10, 20, 40, 60])
def test_flat_series_seldom_have_a_change_point(count: int) -> None:
    """In simulation, fewer than one flat series in twenty has any change point, with outliers among its runs."""
    rng = np.random.default_rng(count)
    false = sum(bool(steps(flat(rng, count), 0.05)) for _ in range(500))
    assert false / 500 < 0.05


@pytest.mark.parametrize("factor", [1.25, 1 / 1.25])
def test_a_step_in_the_middle_is_found(factor: float) -> None:
    """In simulation, nine in ten steps of a quarter amid forty runs are found, give or take two runs."""
    rng = np.random.default_rng(1)
    series = [flat(rng, 40) * np.where(np.arange(40) < 20, 1, factor) for _ in range(500)]
    near = sum(any(abs(place - 20) <= 2 for place in steps(each, 0.05)) for each in series)
    assert near / 500 >= 0.9


def test_steps_that_do_not_matter_and_too_few_runs_are_none() -> None:
    """A step below the margin is none however sure it is, nor is any with fewer runs than it takes."""
    assert steps([1.0] * 10 + [1.04] * 10, 0.05) == []
    assert steps([1.0] * 10 + [1.06] * 10, 0.05) == [10]
    assert steps([1.0] * 10 + [1.06] * 10, 0.08) == []
    assert steps([1.0] * 3 + [9.0] * 3, 0.05) == [3]
    assert steps(([1.0] * 3 + [9.0] * 3)[: FEWEST - 1], 0.05) == []


def test_single_outliers_are_no_change_points() -> None:
    """Neither one run that takes ten times as long, nor two in a row."""
    for spike in ([10.0], [10.0, 10.0]):
        assert steps([1.0, 1.01] * 6 + spike + [1.0, 1.01] * 6, 0.05) == []


def test_neighbourhoods_are_mirrored_at_the_ends() -> None:
    """A value is drawn back to what seven around it leave, at an end to what is mirrored there, in short series too."""
    for logs in ([0.0, 0.0, 9.0, 0.0, 0.0, 0.0], [0.0, 9.0, 0.0, 0.0], [0.0] * 9 + [9.0]):
        assert [*without_outliers(np.array(logs), 1.0)] == [min(each, 2.5) for each in logs]
    rising = np.arange(6.0)  # at its start 3, 2, 1, 0, 1, 2, 3
    assert [*without_outliers(rising, 0.1)] == [1.75, 1.75, 2.0, 3.0, 3.25, 3.25]
