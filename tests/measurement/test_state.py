"""State of a campaign: the baseline, the precise cells, the cells that need a block, and its cost."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from parbench.measurement.plan import Group
from parbench.measurement.state import STOP_FROM, CampaignState
from parbench.workload.cell import Cell
from tests.support import fake_arms
from tests.support.fake_arms import SHORT


def standing_of(strategies: tuple[str, ...] = ("threads",), **profile: float) -> tuple[Group, CampaignState]:
    """A group of serial, vectorized and these strategies on one core, with nothing known."""
    (group,) = fake_arms.groups(strategies, cores=(1,))
    return group, CampaignState([group], replace(SHORT, **profile))  # type: ignore[arg-type]


def cell(strategy: str) -> Cell:
    """The cell of a strategy in that group."""
    return Cell(fake_arms.workload.name, 1000, strategy, 1)


def know(state: CampaignState, strategy: str, *seconds: float) -> None:
    """Give a strategy a block for each of these times, of two equal rounds."""
    state[cell(strategy)].times.clear()
    for block, each in enumerate(seconds):
        state.add_block(cell(strategy), block, {0: each, 1: each})


def test_at_first_everybody_wants_a_block() -> None:
    """With nothing known there is no baseline, and the first block holds every cell once, baselines first."""
    group, state = standing_of()
    assert state.baseline(group) is None
    assert state.next_cells(group) == [cell("vectorized"), cell("serial"), cell("threads")]
    assert state.block_cost(group) == 0
    assert state.widest_interval(group) == math.inf
    assert state[cell("serial")].seconds == math.inf


def test_the_baseline_is_the_fastest_serial_one_that_works() -> None:
    """The faster of serial and vectorized, the other one if it failed, none if both did."""
    group, state = standing_of()
    know(state, "serial", 2.0)
    know(state, "vectorized", 1.0)
    know(state, "threads", 0.5)
    assert state.baseline(group) == cell("vectorized")
    state[cell("vectorized")].status = "crash"
    assert state.baseline(group) == cell("serial")
    state[cell("serial")].status = "crash"
    assert state.baseline(group) is None
    assert math.isnan(state.speedup(group, cell("threads")).this_run.value)
    assert state.failures == 2


def test_only_blocks_of_both_count() -> None:
    """A speedup is from the blocks in which the cell and its baseline were both sampled."""
    group, state = standing_of()
    know(state, "serial", 2.0, 4.0)
    state.add_block(cell("threads"), 1, {0: 1.0})
    state.add_block(cell("threads"), 5, {0: 100.0})
    assert state.speedup(group, cell("threads")).this_run.value == pytest.approx(4)


def test_agreement_is_trusted_only_after_some_blocks() -> None:
    """Blocks that agree make a cell precise from the sixth on, or from the profile's least number if that is more."""
    for least in (3, 8):
        group, state = standing_of(least_blocks=least)
        for blocks in range(1, 10):
            know(state, "serial", *[2.0] * blocks)
            know(state, "threads", *[1.0] * blocks)
            assert state.is_precise(group, cell("threads")) == (blocks >= max(STOP_FROM, least))
            assert state.is_precise(group, cell("serial")) == (blocks >= least)


def test_what_varies_is_not_precise_until_it_has_the_most() -> None:
    """A wide interval needs more blocks, along with the baseline, until the profile's target is reached."""
    group, state = standing_of()
    for name in ("serial", "vectorized"):
        know(state, name, *[2.0 if name == "serial" else 9.0] * 6)
    know(state, "threads", *[1.0, 2.0] * 3)
    assert state.unfinished(group) == [cell("threads")]
    assert state.next_cells(group) == [cell("serial"), cell("threads")]
    assert SHORT.precision < state.widest_interval(group) < math.inf
    assert state.blocks_done(group) == 6
    know(state, "threads", *[1.0, 2.0] * (SHORT.most_blocks // 2))
    assert state.unfinished(group) == []
    assert state.next_cells(group) == []


def test_a_failed_cell_wants_nothing() -> None:
    """A status other than ok takes a cell, baseline or not, out of all further blocks; skipped is no failure."""
    group, state = standing_of()
    state[cell("threads")].status = "wrong"
    state[cell("serial")].status = "skipped"
    assert state.next_cells(group) == [cell("vectorized")]
    assert state.failures == 1


def test_the_cost_is_that_of_who_takes_part() -> None:
    """A block costs what the last block of its cells took; who takes no part costs nothing."""
    group, state = standing_of()
    for seconds, name in enumerate(("serial", "vectorized", "threads"), start=1):
        state[cell(name)].block_seconds = float(seconds)
    assert state.block_cost(group) == 6
    state[cell("vectorized")].status = "error"
    assert state.block_cost(group) == 4


def test_what_is_hopeless_is_left_alone() -> None:
    """A cell far below the speed of the baseline is done with two blocks, and its second one is no open question."""
    for seconds in [(100.0,), (100.0, 110.0), (3.1, 90.0), (3.1,), (100.0, 2.9)]:
        group, state = standing_of()
        know(state, "serial", 1.0, 1.0)
        know(state, "threads", *seconds)
        assert state.is_hopeless(group, cell("threads")) == (seconds not in [(3.1,), (100.0, 2.9)])
        assert state.is_precise(group, cell("threads")) == (seconds in [(100.0, 110.0), (3.1, 90.0)])
        assert (cell("threads") in state.chances(group)) == (seconds in [(3.1,), (100.0, 2.9)])


def test_where_room_is_short_the_fastest_go_first() -> None:
    """A block that must be cut holds the baselines and the fastest cells that fit, and one of them in any case."""
    group, state = standing_of(("threads", "multiprocessing", "dask-threads"))
    for name, seconds in [
        ("serial", 2),
        ("vectorized", 3),
        ("threads", 1),
        ("multiprocessing", 5),
        ("dask-threads", 4),
    ]:
        know(state, name, seconds)
        state[cell(name)].block_seconds = 1.0
    fixed = [cell("vectorized"), cell("serial")]
    assert set(state.next_cells(group)) == set(group.cells)
    assert state.next_cells(group, room=4.5) == [*fixed, cell("threads"), cell("dask-threads")]
    assert state.next_cells(group, room=0.0) == [*fixed, cell("threads")]
    assert state.block_cost(group, room=0.0) == 3.0
    assert state.blocks_done(group) == 1


def test_a_block_has_the_open_cells_only() -> None:
    """Of cells that are measured, the next block has those that may still win, and not those that are decided."""
    group, state = standing_of(("threads", "multiprocessing", "dask-threads"))
    for name, seconds in [("serial", 2.0), ("vectorized", 9.0), ("multiprocessing", 4.0), ("dask-threads", 1.0)]:
        know(state, name, seconds, seconds * 1.05, seconds)
    know(state, "threads", 1.85, 2.05, 1.8)
    assert list(state.chances(group)) == [cell("threads")]
    assert state.next_cells(group) == [cell("serial"), cell("threads")]
    assert 0 < state.chance_per_second(group) == math.inf  # no block has cost anything yet


def test_rivals_are_compared_with_each_other() -> None:
    """Two cells that both beat the baseline are open as long as it is open which of them is faster."""
    group, state = standing_of(("threads", "multiprocessing"))
    for name, *seconds in [("serial", 4.0, 4.0), ("vectorized", 30.0, 30.0), ("threads", 1.0, 1.02)]:
        know(state, name, *seconds)
    know(state, "multiprocessing", 1.02, 1.0)
    assert set(state.chances(group)) == {cell("multiprocessing"), cell("threads")}
