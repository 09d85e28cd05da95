"""Expectations for work in more or fewer chunks: each statement applies to one number of chunks."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from parbench.measurement.plan import LocatedWorkload, Selection, cells_of, group_cells, strategy_traits
from parbench.workload.cell import AUTO
from tests.support import fake_arms
from tests.support.run_data import change_header
from tests.support.runs_for_expectations import TIMES, frame_of, one

#: With sixteen chunks per core both are as fast as two cores can make them; with their own chunks, hardly faster.
FINE = {("threads", 2): 0.5, ("multiprocessing", 2): 0.8}
OWN_WAY = {("threads", 2): 0.9}


def cut() -> pd.DataFrame:
    """A run in which strategies that cut did so in several ways, and vectorized not at all."""
    parts = [frame_of(TIMES), frame_of(FINE).assign(chunks=16), frame_of(OWN_WAY).assign(chunks=AUTO)]
    frame = pd.concat(parts)
    frame.attrs = parts[0].attrs
    return frame


@pytest.mark.parametrize(
    ("fields", "more", "statement", "found"),
    [
        (("threads", "above", 1.5), {}, "threads on 2 cores above 1.5 × the baseline", 1.6 / 1.5),
        (("threads", "above", 1.9), {"chunks": 16}, "threads on 2 cores with 16 chunks per core above 1.9 ×", 2 / 1.9),
        (("threads", "below", 1.2), {"chunks": "auto"}, "threads on 2 cores with auto chunks below 1.2", 1 / 1.08),
        (("threads", "above", "multiprocessing"), {"chunks": 16}, "with 16 chunks per core above multiprocessing", 1.6),
        (("threads", "above", "serial"), {"chunks": 16}, "with 16 chunks per core above serial", 2),
        (("vectorized", "below", "serial"), {"chunks": 16}, "vectorized below serial", 0.8),
        (("vectorized", "below", "threads"), {"chunks": 16}, "vectorized below threads", 0.4),
    ],
)
def test_an_expectation_speaks_of_its_own_chunks(
    fields: tuple[Any, ...], more: dict[str, Any], statement: str, found: float
) -> None:
    """Both sides are those cut as the statement says in words, with one chunk per core unless it says otherwise."""
    row = one(cut(), *fields, **more)
    assert statement in row.statement
    assert (row.outcome, row.found) == ("as expected", pytest.approx(found))
    assert row.chunks == {"auto": AUTO}.get(more.get("chunks", 1), more.get("chunks", 1))


@pytest.mark.parametrize(
    ("fields", "chunks", "words"),
    [
        (("threads", "above", 1), 4, "threads on 2 cores with 4 chunks per core was not among what was measured"),
        (("threads", "above", "multiprocessing"), "auto", "multiprocessing on 2 cores with auto chunks was not"),
    ],
)
def test_other_chunks_do_not_stand_in(fields: tuple[Any, ...], chunks: int | str, words: str) -> None:
    """If a strategy on either side has other chunks only, nothing is compared, and the reason names the chunks."""
    row = one(cut(), *fields, chunks=chunks)
    assert row.outcome == "not measured"
    assert words in row.reason


def test_a_run_of_many_chunks_says_nothing_about_one() -> None:
    """Where only many chunks per core were measured, a statement about one is not made, and the reason says which."""
    frame = frame_of(TIMES)
    frame.loc[frame["strategy"] == "threads", "chunks"] = 16
    row = one(frame, "threads", "above", 1)
    assert (row.outcome, row.reason) == (
        "not measured",
        "threads on 2 cores with 1 chunk per core was not among what was measured",
    )


def test_the_most_cores_are_those_that_were_cut_so() -> None:
    """Without a number of cores a statement about many chunks is compared at the cells with many chunks."""
    frame = cut()
    wide = frame[(frame["strategy"] == "threads") & (frame["chunks"] == 1) & (frame["cores"] == 2)].assign(cores=4)
    both = pd.concat([frame, wide])
    both.attrs = frame.attrs
    assert one(both, "threads", "above", 1, chunks=16).cores == 2
    assert one(both, "threads", "above", 1).cores == 4


def test_strategies_that_are_not_cut_are_those_that_the_run_names() -> None:
    """An uncut strategy by the header has its one speedup whatever the chunks."""
    frame = cut()
    change_header(frame, settings={"uncut_strategies": ["vectorized", "multiprocessing"]})
    assert one(frame, "threads", "above", "multiprocessing", chunks=16).found == pytest.approx(4)
    change_header(frame, settings={})
    assert one(frame, "threads", "above", "multiprocessing", chunks=16).found == pytest.approx(1.6)


def test_a_run_names_its_uncut_strategies() -> None:
    """Of the cells to measure, those whose strategy is measured at one chunk per core only are named."""
    asked = Selection(strategies=("serial", "threads", "library-threads"), cores=(1,), chunks=(1, 16))
    cells = cells_of(fake_arms.workload, asked, sizes=[10])
    groups = group_cells(
        cells, {fake_arms.workload.name: LocatedWorkload(fake_arms.workload, fake_arms.entry.reference)}
    )
    assert strategy_traits(groups)["uncut_strategies"] == ["library-threads", "serial", "vectorized"]
    assert {cell.strategy for cell in cells if cell.chunks != 1} == {"threads"}
