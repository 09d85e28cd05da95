"""The finest useful grain, METG, with every answer and every refusal, from made-up runs."""

from __future__ import annotations

import math
from typing import Any

import pytest

import parbench
from parbench.analysis import metg
from parbench.workload.cell import AUTO
from tests.support.runs_over_sizes import costs, frame_of, only


def finest(*given: Any, **more: Any) -> Any:
    """The only answer about grains of a made-up run."""
    return only(parbench.metg(frame_of(*given, **more)))


def test_the_finest_useful_grain_is_found() -> None:
    """With 100 µs per task on each core, half of a ceiling of 2 is used if a task has 100 µs of work: 200 in all."""
    row = finest({"threads": costs(0.0, 1e-4)}, sizes=(200, 500, 1000, 2000, 5000), chunks=4, ceiling=2.0)
    assert (row.outcome, row.of, row.sizes, row.reason) == ("found", "ceiling", 5, "")
    assert row.grain == pytest.approx(2e-4, rel=0.05)
    assert row.grain_low < row.grain < row.grain_high
    assert row.grain_low == pytest.approx(1e-4 + 62.5e-6, rel=0.02)  # at 500: 62.5 µs of work per task
    assert row.grain_high == pytest.approx(1e-4 + 125e-6, rel=0.02)
    assert row.size == pytest.approx(800, rel=0.05)


def test_efficiency_is_of_the_cores_where_there_is_no_ceiling() -> None:
    """The reference is named, and one size without a ceiling makes it the cores for all."""
    rule = {"threads": costs(0.0, 1e-4)}
    assert finest(rule, sizes=(200, 5000), chunks=4, ceiling=None).of == "cores"
    frame = frame_of(rule, sizes=(200, 5000), chunks=4, ceiling=1.5)
    frame.loc[frame["size"] == 200, "ceiling"] = math.nan
    row = only(parbench.metg(frame))
    assert row.of == "cores"


def test_no_point_on_one_side_is_refused_with_what_is_known() -> None:
    """Finer than the finest, or never up to the coarsest."""
    finer = finest({"threads": costs(0.0, 1e-6)}, chunks=4)
    assert finer.outcome == "finer"
    assert (
        "useful already, 126 µs per task with 104" in finer.reason or "useful already, 126 µs per task" in finer.reason
    )
    never = finest({"threads": costs(0.0, 1.0)}, chunks=4)
    assert never.outcome == "never"
    assert never.coarsest == pytest.approx(1.00625, rel=0.01)
    assert "the best is 1.01 s per task with 0.65" in never.reason
    assert math.isnan(never.grain)


def test_an_efficiency_that_cannot_be_is_refused() -> None:
    """Three times the speed on two cores says that the baseline is no good one."""
    row = finest({"threads": lambda cores, chunks, size: 1e-6 * size / 3.2 + 1e-4}, chunks=4)
    assert row.outcome == "refused"
    assert row.reason.startswith("an efficiency of 16")
    assert row.reason.endswith("% of the ceiling cannot be: the baseline or the ceiling is wrong")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"even": False}, "its tasks are unequal"),
        ({"steps": True}, "its tasks depend on each other"),
        ({"chunks": AUTO}, "give a number of chunks per core"),
        ({"settings": {"uncut_strategies": ["threads"]}}, "its library's affair"),
    ],
)
def test_tasks_that_have_no_common_grain_are_refused(more: dict[str, Any], words: str) -> None:
    """Unequal ones, dependent ones, and those whose number nobody knows."""
    frame = frame_of({"threads": costs(0.0, 1e-4)}, **more)
    row = only(parbench.metg(frame))
    assert row.outcome == "refused"
    assert words in row.reason
    assert metg.grains(frame).empty


def test_sizes_with_more_workers_than_work_do_not_count() -> None:
    """If a call has fewer elements than tasks, it has fewer tasks than expected; one remaining size is too few."""
    row = finest({"threads": costs(0.0, 1e-4)}, sizes=(4, 7, 5000), chunks=4)
    assert (row.outcome, row.sizes) == ("one size", 1)
    assert 'give the test bracket="grain" in its mark' in row.reason
    assert row.reason.endswith("left out at 4, 7: more workers and chunks than there is work")
    assert finest({"threads": costs(0.0, 1e-4)}, sizes=(4, 7), chunks=4).outcome == "not measured"


def test_a_table_without_a_header_has_a_grain() -> None:
    """A table that has lost the facts of its run is answered all the same."""
    frame = frame_of({"threads": costs(0.0, 1e-4)}, sizes=(200, 5000), chunks=4)
    frame.attrs = {}
    assert only(parbench.metg(frame)).outcome == "found"


def test_a_workload_says_whether_its_tasks_are_alike() -> None:
    """The run file has what the refusals go by."""
    from workloads import skew, spin, stencil

    assert (spin.workload.facts().even, spin.workload.facts().steps) == (True, False)
    assert skew.workload.facts().even is False
    assert stencil.workload.facts().steps is True
