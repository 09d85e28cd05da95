"""Intervals that share variance: what a kind adds to a cell, and what one block can say."""

from __future__ import annotations

import math

import pytest

from parbench.analysis.stats.interval import interval, pseudo_median
from parbench.analysis.stats.moderated import Kind, VarianceModel

ONE, SEVERAL = Kind("threads", False), Kind("threads", True)


def test_a_run_of_single_blocks_has_no_intervals() -> None:
    """Without a second block anywhere the ends are unknown, and without any block so is the value."""
    model = VarianceModel([(ONE, [0.1]), (SEVERAL, [0.2])])
    alone = model.intervals([math.log(2)], SEVERAL).other_run
    assert alone.value == pytest.approx(2)
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)
    assert math.isnan(model.intervals([], SEVERAL).this_run.value)


def test_the_interval_for_another_run_is_wider() -> None:
    """Whole runs differ by more than their blocks show, however many blocks a run has."""
    blocks = [0.01, -0.01] * 50
    both = VarianceModel([(SEVERAL, blocks)]).intervals(blocks, SEVERAL)
    assert both.other_run.half_width > 3 * both.this_run.half_width > 0


def test_a_noisy_kind_widens_and_a_quiet_one_narrows() -> None:
    """Others of a kind widen the interval of two blocks that agree by chance, and narrow that of two that do not."""
    noisy = VarianceModel([(SEVERAL, [0.3, -0.3])] * 5)
    quiet = VarianceModel([(SEVERAL, [0.01, -0.01])] * 5)
    assert noisy.intervals([0.5, 0.5], SEVERAL).this_run.half_width > 0.2
    own = [0.4, 0.6]
    assert quiet.intervals(own, SEVERAL).this_run.half_width < interval([[each] for each in own]).half_width / 2


def test_one_core_varies_less_than_several_and_as_its_strategy_does() -> None:
    """Without second blocks on one core, its intervals are narrower than on several, and wide if those are wide."""
    blocks = [(SEVERAL, [0.1, -0.1])] * 5 + [(Kind("processes", True), [0.2, -0.2])] * 5
    model = VarianceModel(blocks)
    threads, processes = (model.variance(Kind(name, False), [0.0]) for name in ("threads", "processes"))
    assert threads < model.variance(Kind("unknown", False), [0.0]) < processes
    assert threads < model.variance(SEVERAL, [0.0])
    assert processes < model.variance(Kind("processes", True), [0.0])


def test_rounds_that_vary_widen_the_interval_of_one_block() -> None:
    """One block shows by its rounds how much it leaves open, and a run of such cells is not noisier for it."""
    quiet, noisy = (pseudo_median([1.0, 1.0 + by, 1.0, 1.0 + by]) for by in (0.01, 0.4))
    model = VarianceModel([(ONE, [quiet, quiet + 0.02])] * 5)
    widths = [model.intervals([each], ONE).this_run.half_width for each in (quiet, noisy)]
    assert widths[1] > 3 * widths[0]
    jumps = [pseudo_median([each, each + 0.4]) for each in (0.0, 0.2)]
    assert VarianceModel([(ONE, jumps)] * 5).variance(ONE, [quiet]) < VarianceModel([(ONE, [0.0, 0.2])] * 5).variance(
        ONE, [quiet]
    )


def test_one_block_on_several_cores_may_have_been_slow() -> None:
    """Its upper end is at least twice the value, that on one core and that of two blocks are not."""
    model = VarianceModel([(kind, [0.01, -0.01]) for kind in (ONE, SEVERAL)] * 5)
    slow = math.log(0.6)
    assert model.intervals([slow], SEVERAL).other_run.high == pytest.approx(1.2)
    assert model.intervals([slow], ONE).other_run.high < 1
    assert model.intervals([slow, slow], SEVERAL).other_run.high < 1
