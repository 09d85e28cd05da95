"""The page of several runs: its files, its content, and that it is escaped and stays small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from parbench.analysis.frame import load
from parbench.analysis.side_by_side import runs_of
from parbench.cli.main import main
from parbench.errors import UsageError
from parbench.report.figures import side_by_side
from parbench.report.html import side_by_side_page
from tests.report.html.test_page import Outline
from tests.support import runs_of_machines

EVIL = "<script>alert(1)</script>"
OTHER = {"machine_id": "bbbb0002", "cpu_model": "AMD EPYC", "cores_usable": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs in which others win, on two machines, the second with more cores and without a size."""
    found = tmp_path_factory.mktemp("runs")
    runs_of_machines.run(found / "one", sizes=(1000, 3000))
    failures = {("vectorized", "first"): "wrong"}
    runs_of_machines.run(
        found / "two", runs_of_machines.processes_win, machine=OTHER, cores=(1, 2, 4), failures=failures
    )
    return found


def rendered(folder: Path, *runs: Any) -> tuple[str, pd.DataFrame]:
    """The page and the table of some runs, written into a folder; the page is well formed and has our script only."""
    page, _ = side_by_side_page.write(runs_of(load(run) for run in runs), folder)
    text = page.read_text(encoding="utf-8")
    outline = Outline(text)
    tags = [tag for tag, _ in outline.tags]
    assert tags.count("script") == 1
    assert tags.count("table") == tags.count("caption")
    assert tags.count("figure") == tags.count("figcaption")
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in outline.values("href") if value.startswith("#")} <= set(ids)
    for value in outline.values("href"):
        assert value.startswith(("#", "data:")) or (folder / value).is_file()
    return text, pd.read_csv(folder / side_by_side_page.TABLE)


def test_the_command_writes_a_page_beside_the_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sentences and the path are printed; page, table and figures are in a folder next to those of the runs."""
    before = {path.name for path in folder.iterdir()}
    assert main(["report", str(folder / "one"), str(folder / "two")]) == 0
    overall, which, last = capsys.readouterr().out.splitlines()
    assert overall.endswith("have in common, their advice differs significantly for 1.")
    assert which.startswith("doubles at 1,000: It depends on the run. one: threads; two: multiprocessing.")
    (new,) = {path.name for path in folder.iterdir()} - before
    assert new.startswith("several-one-and-two-")
    assert last == f"report: {folder / new / side_by_side_page.PAGE}"
    assert {str(path.relative_to(folder / new)) for path in (folder / new).rglob("*") if path.is_file()} == {
        "several.html",
        "several.csv",
        *(f"figures/doubles-1000-speedup.{end}" for end in ("svg", "png")),
    }
    assert main(["report", str(folder / "one"), str(folder / "two")]) == 0
    assert len({path.name for path in folder.iterdir()} - before) == 1


def test_one_run_is_reported_as_ever(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With one run the command writes its report into the folder that is given, and nothing of several."""
    assert main(["report", str(folder / "one"), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"report: {tmp_path / 'out' / 'report.html'}"
    assert not list(tmp_path.rglob("several*"))
    assert not (tmp_path / "out" / "verdicts.json").exists()


def test_the_page_says_what_the_runs_say(folder: Path, tmp_path: Path) -> None:
    """RunAdvice of each run comes first, then what differs and what is the same, the cells, and who lacks what."""
    text, table = rendered(tmp_path, folder / "one", folder / "two")
    order = ["Which one, in each run", "Differences between the runs", "<caption>doubles, 1,000 elements"]
    assert sorted(order, key=text.index) == order
    for part in (
        "These runs come from different machines.",
        "threads on 2 cores",
        "multiprocessing on 4 cores",
        '<tr><th scope="row">usable cores</th><td>2</td><td>4</td></tr>',
        "interpreter Python 3.11.7",
        "doubles at 3,000: only in one",
        "not in this run",
        "✕ wrong",
        "1× is serial, each run&#39;s own",
        "one panel per run",
    ):
        assert part in text, part
    assert len(table) == len(load(folder / "one").drop_duplicates(["size", "strategy", "cores"])) + len(
        load(folder / "two").drop_duplicates(["size", "strategy", "cores"])
    )


def test_runs_of_one_machine_get_no_warning(tmp_path: Path) -> None:
    """The warning is for different machines; for one there is none, and times of the serial strategies are compared."""
    places = [runs_of_machines.run(tmp_path / f"{number}", commit=f"c{number}", seed=number) for number in (1, 2)]
    text, table = rendered(tmp_path / "out", *places)
    assert "different machines" not in text.split("How to read this")[0]
    assert set(table.loc[table["strategy"] == "serial", "quantity"].dropna()) == {"time"}


def test_what_differs_for_certain_has_a_sign_in_the_table(tmp_path: Path) -> None:
    """A cell that scales less than in the first run has a sign, a ratio and words; what may be equal has nothing."""
    places = [
        runs_of_machines.run(tmp_path / "1", runs_of_machines.threads_gain_more),
        runs_of_machines.run(tmp_path / "2", machine=OTHER),
    ]
    text, _ = rendered(tmp_path / "out", *places)
    assert text.count("the speedup of the first</small>") == 2
    assert "<small>▼ 0.4" in text
    assert "significantly less." in text


def test_runs_that_were_cut_short_are_named(folder: Path, tmp_path: Path) -> None:
    """A run without its last line is marked as incomplete at the top."""
    (tmp_path / "run.jsonl").write_text("\n".join((folder / "two/run.jsonl").read_text().splitlines()[:-1]) + "\n")
    text, _ = rendered(tmp_path / "out", folder / "one", tmp_path)
    assert f"<strong>Not complete:</strong> {tmp_path.name}." in text


def test_more_runs_than_panels_are_in_the_tables(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure without room for a panel per run has the first ones, a page has some figures, and tables have all."""
    monkeypatch.setattr(side_by_side, "MOST_PANELS", 1)
    text, _ = rendered(tmp_path, folder / "one", folder / "two")
    assert "show the first 1 of the 2 runs" in text
    assert "The first 1 of 2 runs are shown." in text
    runs = runs_of(load(folder / name) for name in ("one", "two"))
    assert len(side_by_side.speedups(runs, ("doubles", 1000)).axes) == 1
    monkeypatch.setattr(side_by_side_page, "MOST_FIGURES", 0)
    text, _ = rendered(tmp_path, folder / "one", folder / "two")
    assert "<figure>" not in text
    assert "<caption>doubles, 1,000 elements" in text


def test_all_panels_have_the_same_axes(folder: Path) -> None:
    """Panels can be compared by eye: each has the limits and ticks of all."""
    runs = runs_of(load(folder / name) for name in ("one", "two"))
    panels = side_by_side.speedups(runs, ("doubles", 1000)).axes
    assert len(panels) == 2
    assert len({(each.get_xlim(), each.get_ylim(), tuple(each.get_xticks())) for each in panels}) == 1
    assert list(panels[0].get_xticks()) == [1, 2, 4]


def test_what_runs_say_is_escaped(tmp_path: Path) -> None:
    """Whatever a run file holds is text on the page, and no file is written outside of the folder."""
    places = [
        runs_of_machines.run(
            tmp_path / str(number), commit=EVIL + str(number), label=EVIL, machine={"cpu_model": f"../{EVIL}{number}"}
        )
        for number in (1, 2)
    ]
    for place in places:
        place.write_text(place.read_text().replace('"doubles"', f'"../../{EVIL}"').replace('"threads"', f'"{EVIL}"'))
    assert main(["report", *map(str, places)]) == 0
    (out,) = tmp_path.glob("several-*")
    assert {path.name for path in tmp_path.iterdir()} == {"1", "2", out.name}
    text = (out / side_by_side_page.PAGE).read_text(encoding="utf-8")
    assert text.count("<script") == 1  # ours
    assert text.count("&lt;script&gt;") > 10
    Outline(text)


@pytest.mark.parametrize("names", [("one", "one"), ("one", "nowhere")])
def test_what_cannot_be_done_is_one_sentence(
    folder: Path, names: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same run twice, and one that is not there, end with 2."""
    assert main(["report", *(str(folder / name) for name in names)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    """If the page cannot be written, the error recommends another folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="choose a folder"):
        side_by_side_page.write(runs_of(load(folder / name) for name in ("one", "two")), tmp_path / "file")
