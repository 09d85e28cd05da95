"""Many stored runs over time: what counts as a change point, what does not, and what the page holds."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parbench
from parbench.analysis.steps import FEWEST, steps
from parbench.cli import main
from parbench.errors import MissingDependency, RunFileError
from parbench.journal import FILE, Journal
from parbench.records import Cell
from parbench.report import trend
from parbench.stored import load_all
from tests import fake
from tests.fake import World
from tests.test_report import Outline

ruptures = pytest.importorskip("ruptures", reason="ruptures is not installed: pip install parbench[history]")
START = datetime(2026, 1, 1, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"


def plain(cell: Cell) -> float:
    """A cell as it always was."""
    return fake.ideal(cell)


def slower(cell: Cell) -> float:
    """Threads take half as long again; the baselines are as before."""
    return fake.ideal(cell) * (1.5 if cell.strategy == "threads" else 1)


def twice(cell: Cell) -> float:
    """A machine on which everything takes twice as long, and threads three times."""
    return slower(cell) * 2


def run(folder: Path, day: int, seconds: Callable[[Cell], float] = plain, machine: Any = "one", **world: Any) -> None:
    """A run of that day: serial, vectorized, and threads on two cores."""
    there = World(seconds=seconds, noise=0.01, block_noise=0.01, seed=day + 1, **world)
    created = START + timedelta(days=day)
    header = fake.header(
        run=f"{created:%Y%m%d}-000000-quick",
        created=created.isoformat(),
        commit=f"c{day}",
        machine={"machine_id": machine, "cpu_model": f"CPU {machine}"},
    )
    folder = folder / header.run
    with Journal(folder / FILE, header) as journal:
        campaign = there.campaign(fake.groups(("threads",), cores=(2,)), journal)
        campaign.run()


def runs_of(folder: Path) -> pd.DataFrame:
    """The history of all runs below a folder, all of which can be read."""
    passed_over: list[str] = []
    found = parbench.history(load_all(folder, passed_over))
    assert passed_over == []
    return found


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs as always and four in which threads are slower, days in disorder; then four of another machine."""
    folder = tmp_path_factory.mktemp("stepped")
    for day in (7, 6, 5, 4, 3, 2, 1, 0):
        run(folder, day, slower if day >= 4 else plain)
    for day in range(8, 12):
        run(folder / "deeper" / "still", day, twice, "two")
    return folder


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


@pytest.mark.parametrize("unknown", [None, "", ["hostile"]])
def test_runs_that_do_not_say_their_machine_have_no_change_points(stepped: Path, unknown: Any) -> None:
    """They may come from anywhere; they are in the history all the same."""
    frames = list(load_all(stepped, []))
    for frame in frames:
        frame.attrs["header"]["machine"]["machine_id"] = unknown
    runs = parbench.history(frames)
    assert len(runs) == 36
    assert parbench.change_points(runs).empty
    assert "unknown machine" in trend.render(runs, parbench.change_points(runs), [])


def test_failed_cells_and_runs_cut_short_are_gaps(tmp_path: Path) -> None:
    """Their rows have the reason, count for nothing, and the page tells it."""
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
    page = trend.render(runs, points, [])
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


def test_the_command_writes_the_page_and_prints_the_changes(
    stepped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a change point and one for the page, which is well formed and says where the machine changed."""
    assert main(["history", str(stepped), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3
    assert "SLOWER  doubles-1000-threads-2  2026-01-05 00:00  c3 → c4  5.5" in printed[0]
    assert printed[-1] == f"history: {tmp_path / 'out' / 'history.html'}"
    text = (tmp_path / "out" / "history.html").read_text(encoding="utf-8")
    outline = Outline(text)
    tags = [tag for tag, _ in outline.tags]
    assert "script" not in tags
    assert "default-src 'none'" in " ".join(outline.values("content"))
    assert tags.count("figure") == tags.count("figcaption") == tags.count("details") == 3
    assert tags.count("table") == tags.count("caption")
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in outline.values("href") if value.startswith("#")} <= set(ids)
    assert "2026-01-09 00:00: from machine 1 to machine 2" in text
    assert len(pd.read_csv(tmp_path / "out" / "history.csv")) == 36


def test_cells_that_changed_come_first(stepped: Path) -> None:
    """In the index and among the figures; the others are in order of their names."""
    runs = runs_of(stepped)
    points = parbench.change_points(runs)
    assert 'id="c-0-h">doubles-1000-threads-2<' in trend.render(runs, points, [])
    page = trend.render(runs, points.head(0), [])
    assert 'href="#c-0">doubles-1000-serial-1<' in page
    assert "No change point was found." in page


def test_what_cannot_be_read_is_named_and_passed_over(
    stepped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Foreign, newer, cut and undated files and a copy get a line each, printed and on the page; the rest counts."""
    run(tmp_path, 0)
    good = (tmp_path / "20260101-000000-quick" / FILE).read_text()
    bad = {
        "copy": good,
        "cut": '{"kind": "hea',
        "empty": "",
        "evil": json.dumps({"kind": EVIL + "\x1b[31m" + "x" * 100_000}),
        "newer": json.dumps({"kind": "header", "schema": 99}),
        "undated": good.replace("2026-01-01T00:00:00+00:00", EVIL),
        "year-one": good.replace("2026-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"),
    }
    for name, text in bad.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_text(text)
    assert main(["history", str(tmp_path)]) == 0
    errors = capsys.readouterr().err
    assert [Path(line.split(": ")[2].split(",")[0].split(" ")[0]).parent.name for line in errors.splitlines()] == [*bad]
    assert "\x1b" not in errors
    assert len(errors) < 400 * len(bad)
    page = (tmp_path / "history" / "history.html").read_text(encoding="utf-8")
    assert page.count("! not read") == len(bad)
    assert "<script" not in page
    Outline(page)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_runs_give_a_page_that_says_so(tmp_path: Path, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    """One run or two have no change points, and the page says how many it takes."""
    for day in range(count):
        run(tmp_path, day)
    assert main(["history", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    page = (tmp_path / "history" / "history.html").read_text(encoding="utf-8")
    assert "A change point needs at least 6 runs of one machine" in page
    assert f"{count} run{'s' if count > 1 else ''} · 3 cells · 1 machine" in page
    Outline(page)


def test_enough_runs_do_not_get_the_notice(stepped: Path) -> None:
    """With eight runs on one machine nothing is said about too few."""
    runs = runs_of(stepped)
    assert "Too few runs" not in trend.render(runs, parbench.change_points(runs), [])


@pytest.mark.parametrize("where", ["", "nowhere"])
def test_no_run_is_one_sentence(tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder, and one that is not there, end with 2."""
    assert main(["history", str(tmp_path / where)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_library_is_one_sentence(
    stepped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without ruptures, the command and the function say what to install; nothing is written."""
    runs = runs_of(stepped)
    monkeypatch.setitem(sys.modules, "ruptures", None)
    assert main(["history", str(stepped)]) == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "pip install parbench[history]" in errors
    assert not (stepped / "history").exists()
    with pytest.raises(MissingDependency):
        parbench.change_points(runs)


def test_what_runs_say_is_escaped_and_cut(stepped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, commits and processors that hold markup or control signs are text on the page and in the terminal."""
    for path in stepped.rglob(FILE):
        text = path.read_text().replace('"doubles"', json.dumps(f"{EVIL}\x1b[2J\n" + "y" * 3000))
        text = text.replace('"CPU one"', json.dumps(EVIL)).replace('"commit": "c', f'"commit": "{EVIL}')
        place = tmp_path / path.parent.name
        place.mkdir()
        (place / FILE).write_text(text)
    assert main(["history", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 3
    assert "\x1b" not in printed
    page = (tmp_path / "history" / "history.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 10
    assert "y" * 200 not in page
    Outline(page)


def test_a_page_of_many_cells_stays_small(stepped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells for which there is no room have no figure, and the page says so; those that changed keep theirs."""
    runs = runs_of(stepped)
    points = parbench.change_points(runs)
    monkeypatch.setattr(trend, "ROOM", 60_000)
    page = trend.render(runs, points, [])
    drawn = page.count('class="drawing ')
    assert 1 <= drawn < 3
    assert f"There is room for the figures of {drawn} of them" in page
    assert page.count('href="#c-') == drawn
    Outline(page)


def test_a_run_without_a_date_is_refused(stepped: Path) -> None:
    """Frames that were made by hand have to say when."""
    frame = parbench.load(stepped / "20260101-000000-quick")
    frame.attrs["header"]["created"] = "yesterday"
    with pytest.raises(RunFileError, match="no date"):
        parbench.history([frame])


def test_times_that_no_clock_gives_do_not_count(stepped: Path) -> None:
    """A run file may hold any number: what is next to nothing is a gap, and the page is made all the same."""
    frames = list(load_all(stepped, []))
    frames[3]["seconds"] *= 1e-310
    runs = parbench.history(frames)
    assert set(runs.loc[runs["commit"] == "c3", "gap"]) == {"it was not measured"}
    assert "it was not measured" in trend.render(runs, parbench.change_points(runs), [])


def test_runs_too_old_to_be_shown_are_counted(stepped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a figure shows the newest runs only, its table says how many there are besides."""
    monkeypatch.setattr(trend, "MOST_RUNS", 3)
    runs = runs_of(stepped)
    page = trend.render(runs, parbench.change_points(runs), [])
    assert page.count("9 older runs are in history.csv") == 3
    assert "SLOWER" in page


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
