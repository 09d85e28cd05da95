"""One row per cell: the values of a generated run, and filtered frames."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.estimates import speed_ratio
from parbench.analysis.stats.moderated import Kind, VarianceModel
from parbench.analysis.summary import COLUMNS
from parbench.analysis.verdict import verdicts
from parbench.runfile.locate import FILE
from parbench.runfile.records import Ceiling, Footer, Sample
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from tests.support import fake_arms
from tests.support.fake_arms import World


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """A run with two sizes, some noise, and one strategy that failed."""
    folder = tmp_path_factory.mktemp("run")
    world = World(noise=0.02, block_noise=0.01, failures={("multiprocessing", "sample"): "crash"})
    world.run(folder, fake_arms.groups(["threads", "multiprocessing"], sizes=(1000, 2000)))
    return parbench.load(folder)


def test_a_row_a_cell_with_all_columns(frame: pd.DataFrame) -> None:
    """Every cell is there once, with the columns in order and the run's attributes."""
    summary = parbench.summarize(frame)
    assert list(summary.columns) == COLUMNS
    assert len(summary) == frame.groupby(["size", "strategy", "cores"]).ngroups == 12
    assert summary.attrs == frame.attrs


def test_the_figures_are_those_of_the_script(frame: pd.DataFrame) -> None:
    """Each figure of a cell is near what its durations were scripted to give, and its parts agree."""
    rows: Any = parbench.summarize(frame).set_index(["size", "strategy", "cores"])
    threads = rows.loc[(2000, "threads", 2)]
    assert threads["seconds"] == pytest.approx(0.011, rel=0.05)
    assert threads["speedup"] == pytest.approx(2 / 1.1, rel=0.05)
    assert threads["speedup_low"] <= threads["speedup"] <= threads["speedup_high"]
    assert threads["efficiency"] == threads["speedup"] / 2
    assert threads["relative"] == pytest.approx(2, rel=0.05)
    assert threads["of_ceiling"] == pytest.approx(threads["speedup"] / 1.9)
    assert threads["start_seconds"] == fake_arms.OPENING
    assert threads["stop_seconds"] == fake_arms.CLOSING
    assert threads["first_seconds"] == pytest.approx(0.022, rel=0.05)
    assert threads["cpu_seconds"] == pytest.approx(2 * threads["seconds"])
    assert (threads["baseline"], threads["verdict"]) == ("serial", "faster")
    serial = rows.loc[(2000, "serial", 1)]
    assert (serial["speedup"], serial["speedup_low"], serial["speedup_high"]) == (1, 1, 1)
    assert serial["verdict"] == "baseline"


def test_failures_are_rows_too(frame: pd.DataFrame) -> None:
    """A cell that crashed has its start and first call, no speed, and says what happened."""
    rows: Any = parbench.summarize(frame).set_index(["size", "strategy", "cores"])
    crashed = rows.loc[(1000, "multiprocessing", 2)]
    assert math.isnan(crashed["speedup"])
    assert crashed["start_seconds"] > 0
    assert (crashed["verdict"], crashed["status"]) == ("failed", "crash")
    assert crashed["reason"]


@cache
def filters() -> dict[str, Callable[[pd.DataFrame], pd.DataFrame]]:
    """Ways in which somebody may cut a frame down."""
    return {
        "no rows": lambda frame: frame.iloc[:0],
        "one row": lambda frame: frame.iloc[:1],
        "no baseline": lambda frame: frame[~frame["strategy"].isin(["serial", "vectorized"])],
        "only baselines": lambda frame: frame[frame["strategy"].isin(["serial", "vectorized"])],
        "the slower baseline": lambda frame: frame[frame["strategy"] != "serial"],
        "one block": lambda frame: frame[frame["block"] == 0],
        "one round": lambda frame: frame[frame["round"] == 0],
        "only failures": lambda frame: frame[frame["status"] != "ok"],
        "no failures": lambda frame: frame[frame["status"] == "ok"],
        "no steady samples": lambda frame: frame[frame["phase"] != "steady"],
        "only steady samples": lambda frame: frame[frame["phase"] == "steady"],
        "two cores": lambda frame: frame[frame["cores"] == 2],
        "blocks that never meet": lambda frame: frame[(frame["block"] == 0) == (frame["strategy"] == "serial")],
        "backwards": lambda frame: frame.iloc[::-1],
        "no times": lambda frame: frame.assign(seconds=math.nan),
        "times of zero": lambda frame: frame.assign(seconds=0.0),
        "two environments": lambda frame: pd.concat([frame, frame.assign(environment="other")]),
    }


@pytest.mark.parametrize("name", filters())
def test_a_filtered_frame_is_summarized(frame: pd.DataFrame, name: str) -> None:
    """Whatever is left of a frame has a row for each cell that is left and a verdict for each group, and no error."""
    part = filters()[name](frame)
    summary = parbench.summarize(part)
    assert list(summary.columns) == COLUMNS
    assert len(summary) == part.groupby(["size", "strategy", "cores", "environment"]).ngroups
    assert len(verdicts(summary)) == part["size"].nunique()


def test_without_a_baseline_no_verdict_is_made_up(frame: pd.DataFrame) -> None:
    """Times stay, speedups are NaN, and good cells are undecided."""
    summary = parbench.summarize(filters()["no baseline"](frame))
    good = summary[summary["status"] == "ok"]
    assert good["seconds"].notna().all()
    assert good["speedup"].isna().all()
    assert set(good["verdict"]) == {"undecided"}
    assert set(good["baseline"]) == {""}


@pytest.mark.parametrize(("knows_run", "verdict"), [(True, "faster"), (False, "undecided")])
def test_one_block_has_an_interval_if_the_run_has_others(frame: pd.DataFrame, knows_run: bool, verdict: str) -> None:
    """The rows of one block have the interval that the variance in the whole run gives; without a run, none."""
    one = frame[frame["block"] == 0]
    one.attrs = dict(frame.attrs) if knows_run else {}
    rows: Any = parbench.summarize(one).set_index(["size", "strategy", "cores"])
    threads = rows.loc[(1000, "threads", 2)]
    assert threads["speedup"] == pytest.approx(2 / 1.1, rel=0.1)
    assert math.isnan(threads["speedup_low"]) is not knows_run
    assert threads["verdict"] == verdict


def test_a_cell_of_one_block_far_from_the_baseline_has_a_verdict(frame: pd.DataFrame) -> None:
    """A quarter of the baseline's speed, or four times, is certain without an interval; half or twice is not."""
    one = frame[frame["block"] == 0]
    one.attrs = {}
    mine = one["strategy"] == "threads"
    for speedup, verdict in ((0.5, "undecided"), (0.25, "slower"), (2.0, "undecided"), (4.0, "faster")):
        slowed = one.assign(seconds=one["seconds"].where(~mine, 2 / 1.1 / speedup * one["seconds"]))
        slowed["cpu_seconds"] = 0.0  # as of workers that wait, which may be faster than their cores
        rows: Any = parbench.summarize(slowed).set_index(["size", "strategy", "cores"])
        assert rows.loc[(1000, "threads", 2), "verdict"] == verdict


def test_order_of_rows_does_not_matter(frame: pd.DataFrame) -> None:
    """A shuffled frame has the same figures."""
    keys = ["size", "strategy", "cores"]
    straight = parbench.summarize(frame).set_index(keys).sort_index()
    shuffled = parbench.summarize(frame.sample(frac=1, random_state=3)).set_index(keys).sort_index()
    pd.testing.assert_frame_equal(straight, shuffled)


def test_the_strangest_run_file_is_summarized(tmp_path: Path) -> None:
    """Times at the ends of what a run file may hold, in every combination, are no error."""
    ends = [0.0, 5e-324, 1e-300, 1.0, 9e17]
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        for block, base in enumerate(ends):
            for turn, seconds in enumerate(ends):
                journal.add(Ceiling(block, turn, "compute", 2, 5e-324))
                journal.add(Sample(Cell("doubles", 10, "serial", 1), block, turn, "steady", base))
                journal.add(Sample(Cell("doubles", 10, "threads", 2), block, turn, "steady", seconds))
        journal.add(Footer(0.0, 0))
    summary = parbench.summarize(parbench.load(tmp_path))
    assert len(verdicts(summary)) == 1


def test_slow_calls_are_those_of_all_steady_samples(tmp_path: Path) -> None:
    """A cell has the share of its slow calls over all samples; one whose samples have no calls has none."""
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        for turn, calls in enumerate(([1000, 1000, 1000, 2000], [1000, 1000, 1000, 3000])):
            threads = Cell("doubles", 10, "threads", 2)
            journal.add(Sample(threads, 0, turn, "steady", 0.5, mean_seconds=0.5 * sum(calls) / 4000, calls=calls))
            journal.add(Sample(Cell("doubles", 10, "serial", 1), 0, turn, "steady", 1.0))
        journal.add(Sample(threads, 0, 0, "first", 0.5, calls=[9000] * 9))
    one, other = parbench.summarize(parbench.load(tmp_path)).to_dict("records")
    assert [one[name] for name in ("mean_seconds", "slow_share", "slow_ratio")] == [0.6875, 0.25, 2.5]
    assert math.isnan(other["slow_share"])


def test_a_speedup_needs_common_rounds() -> None:
    """Two cells without a round in common have no speedup over each other."""
    ratio = speed_ratio(VarianceModel(), {0: {0: 1.0}}, {0: {1: 1.0}, 1: {0: 1.0}}, Kind("threads", True))
    assert math.isnan(ratio.value)
