"""Many stored runs over time: detected and rejected change points."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.frame import load_all
from parbench.errors import RunFileError
from parbench.report.html import history_page
from parbench.runfile.locate import FILE
from tests.support.run_data import change_header
from tests.support.runs_over_time import START, plain, run, runs_of, slower, twice


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs as always and four in which threads are slower, days in disorder; then four of another machine."""
    folder = tmp_path_factory.mktemp("stepped")
    for day in (7, 6, 5, 4, 3, 2, 1, 0):
        run(folder, day, slower if day >= 4 else plain)
    for day in range(8, 12):
        run(folder / "deeper" / "still", day, twice, "two")
    return folder


def test_a_step_is_found_on_its_machine_only(stepped: Path) -> None:
    """Threads got slower with the run of day 4, in time and speedup; another machine with other times is no change."""
    points = parbench.change_points(runs_of(stepped))
    rows: list[Any] = list(points.itertuples())
    assert {(row.strategy, row.quantity, row.change, row.machine) for row in rows} == {
        ("threads", "time", "SLOWER", "one"),
        ("threads", "speedup", "SLOWER", "one"),
    }
    assert len(rows) == 2
    for row in rows:
        assert (row.commit_before, row.commit, row.created) == ("c3", "c4", pd.Timestamp(START + timedelta(days=4)))
        assert row.ratio == pytest.approx(1.5 if row.quantity == "time" else 1 / 1.5, rel=0.05)
        assert row.after / row.before == pytest.approx(row.ratio)


def test_history_has_a_row_a_run_and_cell_in_order_of_time(stepped: Path) -> None:
    """Three cells in each of twelve runs, oldest first, with the figures of the summary."""
    runs = runs_of(stepped)
    assert len(runs) == 36
    assert runs["created"].is_monotonic_increasing
    assert list(runs.attrs["machines"].items()) == [("one", "CPU one"), ("two", "CPU two")]
    summary = parbench.summarize(parbench.load(stepped / "20260101-000000-quick")).set_index("strategy")
    first = runs[runs["commit"] == "c0"].set_index("strategy")
    assert first["speedup_low"].to_dict() == summary["speedup_low"].to_dict()
    assert set(runs["gap"]) == {""}


@pytest.mark.parametrize("unknown", [None, ""])
def test_runs_that_do_not_say_their_machine_have_no_change_points(stepped: Path, unknown: str | None) -> None:
    """They may come from anywhere; they are in the history all the same."""
    frames = list(load_all(stepped, []))
    for frame in frames:
        change_header(frame, machine={"machine_id": unknown})
    runs = parbench.history(frames)
    assert len(runs) == 36
    assert parbench.change_points(runs).empty
    assert "unknown machine" in history_page.render(runs, parbench.change_points(runs), [])


def test_failed_cells_and_runs_cut_short_are_gaps(tmp_path: Path) -> None:
    """Their rows have the reason and do not count, and the page reports it."""
    for day in range(8):
        failures = {("threads", "first"): "wrong"} if day == 2 else {}
        run(tmp_path, day, slower if day >= 5 else plain, failures=failures)
    cut = tmp_path / "20260104-000000-quick" / FILE
    lines = cut.read_text().splitlines(keepends=True)
    assert '"footer"' in lines[-1]
    cut.write_text("".join(lines[:-1]))
    runs = runs_of(tmp_path)
    gaps = {(row.commit, row.strategy): row.gap for row in runs.itertuples() if row.gap}
    assert gaps == {
        ("c2", "threads"): "wrong: scripted to fail at first.",
        **{("c3", name): "the run was cut short" for name in ("serial", "vectorized", "threads")},
    }
    points = parbench.change_points(runs)
    assert {(row.commit_before, row.commit) for row in points.itertuples()} == {("c4", "c5")}
    page = history_page.render(runs, points, [])
    assert page.count("the run was cut short") == 3
    assert page.count("wrong: scripted to fail at first.") == 1


def test_another_baseline_is_noted(stepped: Path) -> None:
    """A change of the speedup says so where the baseline is another strategy than before."""
    runs = runs_of(stepped)
    runs.loc[
        (runs["strategy"] == "threads") & (runs["created"] >= pd.Timestamp("2026-01-05", tz="UTC")), "baseline"
    ] = "vectorized"
    points = parbench.change_points(runs)
    assert dict(zip(points["quantity"], points["note"], strict=True)) == {
        "time": "",
        "speedup": "the baseline was serial and is vectorized",
    }


def test_a_run_without_a_date_is_refused(stepped: Path) -> None:
    """A table that has lost the header of its run has no date."""
    frame = parbench.load(stepped / "20260101-000000-quick")
    frame.attrs = {}
    with pytest.raises(RunFileError, match="no date"):
        parbench.history([frame])


def test_times_that_no_clock_gives_do_not_count(stepped: Path) -> None:
    """A run file may contain any number: a tiny one is a gap, and the page is written."""
    frames = list(load_all(stepped, []))
    frames[3]["seconds"] *= 1e-310
    runs = parbench.history(frames)
    assert set(runs.loc[runs["commit"] == "c3", "gap"]) == {"it was not measured"}
    assert "it was not measured" in history_page.render(runs, parbench.change_points(runs), [])


def test_a_run_that_ended_before_any_cell_is_no_obstacle(stepped: Path) -> None:
    """It has no rows, and the others are as without it."""
    frames = list(load_all(stepped, []))
    bare = frames[0].head(0)
    bare.attrs = frames[0].attrs
    pd.testing.assert_frame_equal(parbench.history([bare, *frames]), parbench.history(frames))
    assert parbench.history([bare]).empty


def test_no_frame_gives_an_empty_history() -> None:
    """Nothing in, nothing out, with all columns."""
    runs = parbench.history([])
    assert runs.empty
    assert parbench.change_points(runs).empty
