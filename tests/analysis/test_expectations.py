"""Runs compared with expectations of theory: every outcome, every kind of limit, and cases without a limit."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench import Expect
from parbench.analysis.expectations import expectations
from parbench.measurement.plan import strategy_traits
from tests.support import fake_arms
from tests.support.run_data import change_header
from tests.support.runs_for_expectations import TIMES, WHY, frame_of, held, one


@pytest.mark.parametrize(
    ("fields", "more", "statement", "limit"),
    [
        (("threads", "above", 1.5), {}, "threads on 2 cores above 1.5 × the baseline", 1.5),
        (("threads", "below", 1), {"times": 2}, "threads on 2 cores below 2 × the baseline", 2),
        (("multiprocessing", "below", 1), {}, "multiprocessing on 2 cores below the baseline", 1),
        (("threads", "above", "cores"), {"times": 0.7}, "threads on 2 cores above 0.7 × the number of cores", 1.4),
        (("threads", "below", "ceiling"), {}, "threads on 2 cores below the ceiling", 1.8),
        (("threads", "above", "ceiling"), {"times": 0.5}, "threads on 2 cores above 0.5 × the ceiling", 0.9),
        (("threads", "above", "multiprocessing"), {"times": 3}, "threads on 2 cores above 3 × multiprocessing", 1.5),
        (("threads", "above", "serial"), {}, "threads on 2 cores above serial", 1),
        (("vectorized", "below", "serial"), {}, "vectorized below serial", 1),
        (("vectorized", "below", "threads"), {}, "vectorized below threads", 1.6),
        (("vectorized", "below", "ceiling"), {}, "vectorized below the ceiling", 1.8),
        (("multiprocessing", "below", "serial"), {"cores": 1}, "multiprocessing on 1 core below serial", 1),
    ],
)
def test_a_speedup_is_held_against_every_kind_of_limit(
    fields: tuple[Any, ...], more: dict[str, Any], statement: str, limit: float
) -> None:
    """The speedup over its limit is what the times say, and a statement that holds is as expected."""
    row = one(frame_of(TIMES), *fields, **more)
    assert (row.statement, row.outcome, row.reason) == (statement, "as expected", "")
    speedup = 1 / TIMES[row.strategy, 1 if row.strategy == "vectorized" else row.cores]
    assert (row.speedup, row.limit) == (pytest.approx(speedup), pytest.approx(limit))
    assert row.found == pytest.approx(speedup / limit)
    assert row.found_low <= row.found <= row.found_high
    assert row.why == WHY


def test_what_is_not_so_is_a_deviation() -> None:
    """Where the whole interval is on the wrong side, above or below, it is a deviation."""
    frame = frame_of(TIMES)
    assert one(frame, "threads", "below", 1.1).outcome == "deviation"
    assert one(frame, "threads", "above", "cores").outcome == "deviation"


def test_an_interval_that_holds_both_is_open() -> None:
    """Where the interval reaches to both sides of the limit the statement is open, and says how to settle it."""
    frame = frame_of(TIMES)
    noisy = frame["strategy"] == "threads"
    frame.loc[noisy, "seconds"] *= frame.loc[noisy, "block"].map({0: 0.8, 1: 1.25, 2: 0.9, 3: 1.1})
    row = one(frame, "threads", "above", 1.5)
    assert row.found_low < 1 < row.found_high
    assert row.outcome == "open"
    assert "measure longer (--parbench-budget" in row.reason


def test_without_an_interval_it_is_open() -> None:
    """A run of single blocks has values and no intervals: however far from the limit, nothing is claimed."""
    row = one(frame_of(TIMES, blocks=1), "threads", "above", 0.1)
    assert row.found == pytest.approx(16)
    assert (row.outcome, math.isnan(row.found_low)) == ("open", True)
    assert "too few blocks" in row.reason


def test_two_strategies_are_compared_within_their_blocks() -> None:
    """Shared disturbances cancel in their ratio: the interval from the frame is far narrower than from the summary."""
    frame = frame_of(TIMES)
    rivals = frame["strategy"] != "serial"
    frame.loc[rivals, "seconds"] *= frame.loc[rivals, "block"].map({0: 0.7, 1: 1.4, 2: 0.8, 3: 1.2})
    expect = Expect("threads", "above", "multiprocessing", WHY, times=2)
    (row,) = held(frame, expect)
    assert row.outcome == "as expected"
    summary = parbench.summarize(frame)
    wide: Any = expectations(summary).iloc[0]
    assert (wide["outcome"], wide["found"]) == ("open", pytest.approx(row.found))
    assert wide["found_high"] / wide["found_low"] > (row.found_high / row.found_low) ** 2
    cells: Any = summary.set_index(["strategy", "cores"])
    left, right = cells.loc[("threads", 2)], cells.loc[("multiprocessing", 2)]
    assert wide["found_low"] == pytest.approx(left["speedup_low"] / right["speedup_high"] / 2)


def test_few_shared_blocks_are_not_all_that_is_known() -> None:
    """Strategies with many blocks that share but two are compared over the baseline, with the wider interval."""
    frame = frame_of(TIMES)
    apart = frame[~((frame["strategy"] == "threads") & (frame["block"] == 0))]
    apart = apart[~((apart["strategy"] == "multiprocessing") & (apart["block"] == 3))]
    slow = apart["block"].map({0: 0.7, 1: 1.4, 2: 0.8, 3: 1.2}).where(apart["strategy"] != "serial", 1.0)
    apart = apart.assign(seconds=apart["seconds"] * slow)
    apart.attrs = frame.attrs
    row = one(apart, "threads", "above", "multiprocessing")
    cells: Any = parbench.summarize(apart).set_index(["strategy", "cores"])
    left, right = cells.loc[("threads", 2)], cells.loc[("multiprocessing", 2)]
    assert row.found_low == pytest.approx(left["speedup_low"] / right["speedup_high"])


def test_the_ceiling_is_that_of_the_same_rounds() -> None:
    """A strategy that moves with the ceiling from block to block has a steady part of it."""
    frame = frame_of(TIMES)
    pace = frame["block"].map({0: 0.7, 1: 1.4, 2: 0.8, 3: 1.2})
    frame.loc[frame["cores"] == 2, "ceiling"] *= pace
    frame.loc[frame["strategy"] == "threads", "seconds"] /= pace
    row = one(frame, "threads", "above", "ceiling", times=0.8)
    assert row.found == pytest.approx(1.6 / 1.8 / 0.8)
    speedup = one(frame, "threads", "above", 1)
    assert row.found_high / row.found_low < speedup.found_high / speedup.found_low


def test_only_sizes_in_the_range_are_held_against() -> None:
    """An expectation applies where a call of the baseline takes as long as it says, ends included."""
    long = frame_of({key: 5 * seconds for key, seconds in TIMES.items()}).assign(size=5000)
    short = frame_of(TIMES)
    frame = pd.concat([short, long])
    frame.attrs = short.attrs
    expects = [
        Expect("threads", "above", 1, WHY),
        Expect("threads", "above", 1, WHY, from_seconds=2),
        Expect("threads", "above", 1, WHY, to_seconds=2),
        Expect("threads", "above", 1, WHY, from_seconds=0.5, to_seconds=6),
    ]
    assert [row.size for row in held(frame, *expects)] == [1000, 5000, 5000, 1000, 1000, 5000]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"from_seconds": 60}, "takes 60.0 s or longer"),
        ({"to_seconds": 0.001}, "takes at most 1.00 ms"),
        ({"from_seconds": 0.001, "to_seconds": 0.01}, "takes 1.00 ms to 10.0 ms"),
    ],
)
def test_no_size_in_the_range_is_one_row(more: dict[str, Any], words: str) -> None:
    """If no size is in the range, one row without a size reports it."""
    row = one(frame_of(TIMES), "threads", "above", 1, **more)
    assert row.outcome == "not measured"
    assert row.size is pd.NA
    assert words in row.reason
    assert row.statement == "threads on the most cores above the baseline"


@pytest.mark.parametrize(
    ("fields", "more", "words"),
    [
        (("joblib", "above", 1), {}, "joblib on 2 cores was not among what was measured"),
        (("threads", "above", "joblib"), {}, "joblib on 2 cores was not among what was measured"),
        (("threads", "above", 1), {"cores": 4}, "threads on 4 cores was not among what was measured"),
        (("dask-threads", "above", 1), {}, "dask-threads on 2 cores has no result: it crashed"),
        (("threads", "above", "dask-threads"), {}, "dask-threads on 2 cores has no result: it crashed"),
    ],
)
def test_what_is_missing_or_failed_is_named(fields: tuple[Any, ...], more: dict[str, Any], words: str) -> None:
    """A strategy that was not measured there, or failed, on either side, is the reason."""
    frame = frame_of(TIMES | {("dask-threads", 2): 1.0})
    lost = frame["strategy"] == "dask-threads"
    frame.loc[lost, ["status", "reason"]] = "crash", "it crashed."
    row = one(frame, *fields, **more)
    assert (row.outcome, row.reason) == ("not measured", words)
    assert math.isnan(row.found)


def test_one_core_says_nothing_about_the_most() -> None:
    """Where only one core was measured, a statement about the most cores is not made, and one about one core is."""
    frame = frame_of({key: seconds for key, seconds in TIMES.items() if key[1] == 1})
    row = one(frame, "threads", "above", "cores")
    assert (row.outcome, row.reason) == ("not measured", "only one core was measured")
    assert one(frame, "multiprocessing", "below", 0.5, cores=1).outcome == "as expected"


def test_without_a_baseline_there_is_no_speedup() -> None:
    """Without serial times a limit in speedups cannot be held, and two strategies can be still."""
    frame = frame_of({key: seconds for key, seconds in TIMES.items() if key[0] not in ("serial", "vectorized")})
    row = one(frame, "threads", "above", 1)
    assert row.outcome == "not measured"
    assert "no serial strategy" in row.reason
    row = one(frame, "threads", "above", "multiprocessing")
    assert (row.outcome, row.found) == ("as expected", pytest.approx(3.2))


def test_without_its_ceiling_that_is_the_reason() -> None:
    """Where the ceiling could not be measured, a statement about it is not either."""
    row = one(frame_of(TIMES, ceiling=math.nan), "threads", "above", "ceiling")
    assert (row.outcome, row.reason) == ("not measured", "the ceiling of 2 cores was not measured")


def test_blocks_that_never_meet_are_no_measurement() -> None:
    """Two strategies without a round in common, and no baseline, have no ratio."""
    frame = frame_of({("threads", 2): 1.0, ("multiprocessing", 2): 2.0})
    part = frame[(frame["block"] < 2) == (frame["strategy"] == "threads")]
    part.attrs = frame.attrs
    row = one(part, "threads", "above", "multiprocessing")
    assert (row.outcome, row.reason) == ("not measured", "the two were never sampled in the same rounds")


def test_strategies_of_one_core_are_those_that_the_run_names() -> None:
    """A strategy of one core by the header has its one speedup at any count, and no cores in words."""
    frame = frame_of(TIMES | {("asyncio", 1): 0.5}, one_core_strategies=["asyncio"])
    assert one(frame, "threads", "below", "asyncio").found == pytest.approx(0.8)
    row = one(frame, "asyncio", "above", "threads")
    assert (row.statement, row.outcome) == ("asyncio above threads", "as expected")
    change_header(frame, settings={})
    assert one(frame, "threads", "below", "asyncio").outcome == "not measured"


def test_a_run_names_its_strategies_of_one_core() -> None:
    """Of the cells to measure, those whose strategy does not scale are named."""
    assert strategy_traits(fake_arms.groups(["threads", "serial"]))["one_core_strategies"] == ["serial", "vectorized"]


def test_a_base_is_not_held_against_theory() -> None:
    """In a run with a base only our own cells count."""
    frame = frame_of(TIMES)
    slower = frame["seconds"].where(frame["strategy"] == "serial", 3 * frame["seconds"])
    both = pd.concat([frame, frame.assign(environment="base", seconds=slower)])
    both.attrs = frame.attrs
    assert one(both, "threads", "above", 1).found == pytest.approx(1.6)
