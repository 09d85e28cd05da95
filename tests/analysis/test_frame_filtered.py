"""Frames that were filtered, cut, sorted, concatenated or read back from a file, and what is made of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.metg import grains
from parbench.analysis.noise import replicas
from parbench.analysis.scaling import by_cores, curves, fit_laws
from parbench.analysis.summary import IMPLAUSIBLE
from parbench.analysis.verdict import verdicts
from parbench.errors import AnalysisError, ParbenchError
from parbench.report.html.sections import sections
from tests.support import made_up_run

Filter = Callable[[pd.DataFrame], pd.DataFrame]


@cache
def samples() -> pd.DataFrame:
    """The samples of a made-up run with everything in it."""
    plan = made_up_run.Plan(
        workloads=("square", "affine"),
        sizes=(10_000, 1_000_000),
        strategies=("serial", "vectorized", "threads", "dask-threads[tutorial]", "stranger"),
        cores=(1, 2),
        chunks=(1, 4),
        fail=[("dask-threads[tutorial]", "timeout", "too long")],
        traced=True,
    )
    return made_up_run.run(plan)[0]


def without_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows of a table that lost what travelled with it."""
    found = frame.copy()
    found.attrs = {}
    return found


FILTERS: dict[str, Filter] = {
    "all": lambda frame: frame,
    "query": lambda frame: frame.query("size == 1_000_000 and phase == 'steady'"),
    "one workload": lambda frame: frame[frame["workload"] == "affine"],
    "a piece of groupby": lambda frame: next(iter(frame.groupby(["workload", "size"])))[1],
    "one strategy": lambda frame: frame[frame["strategy"] == "threads"],
    "no baseline": lambda frame: frame[~frame["strategy"].isin(["serial", "vectorized"])],
    "baseline alone": lambda frame: frame[frame["strategy"].isin(["serial", "vectorized"])],
    "one block": lambda frame: frame[frame["block"] == 1],
    "half of the rows": lambda frame: frame.sample(frac=0.5, random_state=1),
    "few rows": lambda frame: frame.sample(n=12, random_state=2),
    "shuffled": lambda frame: frame.sample(frac=1, random_state=3),
    "one row": lambda frame: frame.head(1),
    "no rows": lambda frame: frame.head(0),
    "no steady rows": lambda frame: frame[frame["phase"] != "steady"],
    "no start": lambda frame: frame[frame["phase"] == "steady"],
    "failed cells only": lambda frame: frame[frame["status"] != "ok"],
    "baseline of other blocks": lambda frame: frame[(frame["strategy"] != "serial") | (frame["block"] > 7)],
    "attributes lost": without_attrs,
    "concatenated": lambda frame: pd.concat([frame[frame["cores"] == 1], frame[frame["cores"] > 1]]),
    "rows twice": lambda frame: pd.concat([frame, frame.head(100)]),
    "merged": lambda frame: frame.merge(pd.DataFrame({"workload": ["square", "affine"], "team": ["a", "b"]})),
    "no run": lambda frame: frame.drop(columns=["run", "loops"]),
}
CUT = [pytest.param(make, id=name) for name, make in FILTERS.items()]


def cells(frame: pd.DataFrame) -> set[tuple[Any, ...]]:
    """The cells that a frame has rows of, whatever became of their types."""
    kept = frame[["workload", "size", "strategy", "cores", "chunks"]].drop_duplicates()
    return {(str(a), int(b), str(c), int(d), int(e)) for a, b, c, d, e in kept.itertuples(index=False)}


MADE: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Any]] = {
    "losses": parbench.losses,
    "costs": parbench.costs,
    "limits": parbench.memory_limits,
    "break_even": parbench.break_even,
    "break_even_calls": parbench.break_even_calls,
    "metg": parbench.metg,
    "grains": grains,
    "replicas": lambda frame, summary: replicas(frame),
    "expectations": lambda frame, summary: parbench.expectations(summary, frame),
    "laws": fit_laws,
    "by_cores": by_cores,
    "curves": lambda frame, summary: list(curves(frame, summary)),
    "verdicts": lambda frame, summary: verdicts(summary),
}


@pytest.mark.parametrize("cut", CUT)
def test_every_filter_leaves_a_summary_and_what_is_made_of_it(cut: Filter) -> None:
    """Whatever the rows, there is one row per cell, one without a speedup has the reason, and no function fails."""
    frame = cut(samples())
    summary = parbench.summarize(frame)
    assert cells(summary) == cells(frame)
    assert len(summary) == len(cells(frame))
    unknown = summary["speedup"].isna()
    assert ((summary["reason"].replace(IMPLAUSIBLE, "") != "") == unknown).all()
    assert [name for name, make in MADE.items() if make(frame, summary) is None] == []


@pytest.mark.parametrize(
    "make", [parbench.losses, parbench.costs, parbench.memory_limits, parbench.break_even, parbench.metg]
)
@pytest.mark.parametrize("name", ["no baseline", "few rows"])
def test_a_summary_is_made_where_it_is_missing(make: Callable[[pd.DataFrame], Any], name: str) -> None:
    """Functions of a frame and a summary compute the summary of a filtered frame themselves."""
    assert make(FILTERS[name](samples())) is not None


@pytest.mark.parametrize("name", ["no baseline", "few rows", "no rows"])
def test_every_filter_leaves_a_page(name: str) -> None:
    """The sections of the report can be made of what is left."""
    frame = FILTERS[name](samples())
    assert isinstance(sections(parbench.Run(frame)), list)


@pytest.mark.parametrize("cut", CUT)
def test_advice_is_given_or_refused_in_a_sentence(cut: Filter) -> None:
    """Advice from a filtered frame is advice, or an error of ours that ends as a sentence does."""
    try:
        told = parbench.advise(cut(samples()), "affine", 1_000_000, calls=10).sentence
    except ParbenchError as error:
        told = str(error)
    assert told.endswith(".")


@pytest.mark.parametrize("name", ["all", "shuffled", "concatenated", "merged", "no run"])
def test_what_keeps_all_rows_changes_no_number(name: str) -> None:
    """Order and lost attributes make no difference to any number of a summary."""
    key = ["workload", "size", "strategy", "cores", "chunks"]
    ours, theirs = (parbench.summarize(frame).sort_values(key) for frame in (samples(), FILTERS[name](samples())))
    pd.testing.assert_frame_equal(
        ours.reset_index(drop=True), theirs.reset_index(drop=True), check_dtype=False, rtol=1e-12
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no baseline", "no speedup: there is no serial or vectorized here to compare it with"),
        ("no steady rows", "no speedup: it has no steady times here"),
    ],
)
def test_missing_speedups_are_explained(name: str, why: str) -> None:
    """Where what speedups are made from was taken out, the reason names it."""
    summary = parbench.summarize(FILTERS[name](samples()))
    good = summary[summary["status"] == "ok"]
    assert good["speedup"].isna().all()
    assert set(good["reason"]) == {why}


def test_rounds_that_are_not_shared_are_named() -> None:
    """A cell that has no round in common with the baseline says which baseline that is."""
    frame = samples()
    apart = frame[(frame["strategy"] == "serial") == (frame["block"] == 0)]
    apart = apart[apart["strategy"].isin(["serial", "threads"])]
    reasons = parbench.summarize(apart).set_index("strategy")["reason"]
    assert set(reasons["threads"]) == {"no speedup: it shares no round with serial, the baseline, here"}
    assert set(reasons["serial"]) == {""}


def test_several_runs_are_refused() -> None:
    """Rows of two runs are an error that names both remedies: one after the other, and side by side."""
    frame = samples()
    both = pd.concat([frame, frame.assign(run="another")])
    with pytest.raises(AnalysisError, match=r"rows of 2 runs.*groupby\(\"run\"\).*parbench\.side_by_side"):
        parbench.summarize(both)


@pytest.mark.parametrize("make", [parbench.summarize, parbench.memory_limits, parbench.break_even_calls])
def test_missing_columns_are_named(make: Callable[[pd.DataFrame], Any]) -> None:
    """A table without the columns of a frame is an error that names those that are missing."""
    with pytest.raises(AnalysisError, match="the table has no cores, phase"):
        make(samples().drop(columns=["cores", "phase"]))


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda frame: pd.read_csv(io.StringIO(frame.to_csv(index=False))), "environment"),
        (lambda frame: frame.astype({"strategy": "category"}), "strategy"),
        (lambda frame: frame.astype({"size": float}), "size"),
        (lambda frame: frame.assign(seconds="1 s"), "seconds"),
    ],
    ids=["read from CSV", "categories", "sizes as floats", "times as text"],
)
def test_columns_of_another_type_are_refused(change: Filter, column: str) -> None:
    """A table whose columns have other types than those of `load` is an error that names the first such column."""
    with pytest.raises(AnalysisError, match=f"the column {column} of the table has not the type"):
        parbench.summarize(change(samples()))


def test_a_summary_without_its_baseline_has_no_verdict() -> None:
    """A summary from which the baseline's row was taken gives a code that says so."""
    summary = parbench.summarize(samples())
    told = verdicts(summary[summary["verdict"] != "baseline"])
    assert all((each.outcome, each.missing) == ("nothing", "filtered") for each in told)
