"""Speedups on few core counts: a dot per cell, in the row of its strategy, with its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest

from parbench.report.figures import dots, public
from parbench.report.figures.annotations import annotations_of
from parbench.report.figures.captions import describe
from tests.support import made_up_run


@pytest.mark.parametrize(("cores", "few"), [((1, 2), True), ((1, 2, 4), True), ((1, 2, 4, 8), False)])
def test_few_core_counts_are_dots_and_more_are_curves(cores: tuple[int, ...], few: bool) -> None:
    """From four core counts on there is a curve to see; the caption says which of both it is."""
    summary = made_up_run.run(made_up_run.Plan(cores=cores))[1]
    assert dots.has_few_cores(summary, "square") == few
    titles = [axes.get_title("left") for axes in public.speedup(summary, "square").axes]
    assert ("".join(titles) == "") == few
    assert ("one row per strategy" in describe(summary, "square")["speedup"]) == few


def test_each_cell_is_a_dot_at_its_speedup() -> None:
    """Every cell of every strategy is there once, at its speedup, in the row below the heading of its size."""
    summary = made_up_run.run(made_up_run.Plan(sizes=(10_000, 100_000)))[1]
    figure = dots.speedup(summary, "square", "elements")
    points = annotations_of(figure).points
    assert len(points) == len(summary)
    low, high = figure.axes[0].get_xlim()
    for point in points:
        speedup = point.row["speedup"]
        assert point.x == pytest.approx(min(high, max(low, speedup)))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "100,000 elements"
    assert labels.count("threads") == 2


def test_a_cell_of_one_block_is_an_open_dot() -> None:
    """What one block showed looks different from what several did, and the note says so."""
    summary = made_up_run.run(made_up_run.Plan(sizes=(10_000,)))[1]
    assert "open" not in str(dots.speedup(summary, "square").get_label())
    summary.loc[summary["strategy"] == "threads", "blocks"] = 1
    figure = dots.speedup(summary, "square")
    assert "open: one block only" in str(figure.get_label())
    count = sum(line.get_markerfacecolor() == "white" for line in figure.axes[0].lines if line.get_marker() != "None")
    assert count >= int((summary["strategy"] == "threads").sum())


def test_octaves_are_equally_wide_whatever_is_slow() -> None:
    """A strategy that is a thousand times slower is an arrow at the edge of an axis that is not compressed."""
    summary = made_up_run.run(made_up_run.Plan(sizes=(10_000,)))[1]
    summary.loc[summary["strategy"] == "dask-threads", "speedup"] = 1e-3
    axes = dots.speedup(summary, "square").axes[0]
    assert axes.get_xscale() == "log"
    assert axes.get_xlim()[0] == dots.LEAST
    assert any(line.get_marker() == "<" for line in axes.lines)
    assert np.isfinite(math.log2(axes.get_xlim()[1]))


def test_samples_are_dots_by_block() -> None:
    """The strip has every steady sample of the fastest cell of each strategy at the largest size, block by block."""
    frame, summary, _ = made_up_run.run(made_up_run.Plan())
    figure = public.samples(frame, "square")
    cells = summary[(summary["size"] == summary["size"].max()) & (summary["status"] == "ok")]
    fastest = cells.sort_values("seconds").drop_duplicates("strategy")
    points = annotations_of(figure).points
    assert {point.strategy for point in points} == set(fastest["strategy"])
    steady = frame[(frame["phase"] == "steady") & (frame["size"] == summary["size"].max())]
    assert {point.row["seconds"] for point in points} <= set(steady["seconds"])
    threads = [point for point in points if point.strategy == "threads"]
    assert len({point.y for point in threads}) == steady["block"].nunique()
