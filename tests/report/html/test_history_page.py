"""Many stored runs over time, on the page and in the terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

import parbench
from parbench.cli.main import main
from parbench.errors import MissingDependency
from parbench.report.html import history_page
from parbench.runfile.locate import FILE
from tests.report.html.test_page import Outline
from tests.support.runs_over_time import EVIL, plain, run, runs_of, slower, twice


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs as always and four in which threads are slower, days in disorder; then four of another machine."""
    folder = tmp_path_factory.mktemp("stepped")
    for day in (7, 6, 5, 4, 3, 2, 1, 0):
        run(folder, day, slower if day >= 4 else plain)
    for day in range(8, 12):
        run(folder / "deeper" / "still", day, twice, "two")
    return folder


def test_the_command_writes_the_page_and_prints_the_changes(
    stepped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a change point and one for the page, which is well formed and says where the machine changed."""
    assert main(["history", str(stepped), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 3
    assert "SLOWER  doubles-1000-threads-2  2026-01-05 00:00  c3 → c4  5." in printed[0]
    assert printed[0].endswith("1.50× the time")
    assert printed[-1] == f"history: {tmp_path / 'out' / 'history.html'}"
    text = (tmp_path / "out" / "history.html").read_text(encoding="utf-8")
    outline = Outline(text)
    tags = [tag for tag, _ in outline.tags]
    assert tags.count("script") == 1  # ours
    assert "default-src 'none'" in " ".join(outline.values("content"))
    assert tags.count("figure") == tags.count("figcaption") == 3
    assert tags.count("details") == 4  # those of the figures, and the words
    assert tags.count("table") == tags.count("caption")
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in outline.values("href") if value.startswith("#")} <= set(ids)
    assert "2026-01-09 00:00: from machine 1 to machine 2" in text
    assert len(pd.read_csv(tmp_path / "out" / "history.csv")) == 36


def test_cells_that_changed_come_first(stepped: Path) -> None:
    """In the index and among the figures; the others are in order of their names, and no note is about too few runs."""
    runs = runs_of(stepped)
    points = parbench.change_points(runs)
    assert 'id="c-0-h">doubles-1000-threads-2<' in history_page.render(runs, points, [])
    page = history_page.render(runs, points.head(0), [])
    assert 'href="#c-0">doubles-1000-serial-1<' in page
    assert "No change point was found." in page
    assert "Too few runs" not in page


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
    assert page.count("<script") == 1  # ours
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
    assert "run pip install ruptures" in errors
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
    assert page.count("<script") == 1  # ours
    assert page.count("&lt;script&gt;") > 10
    assert "y" * 200 not in page
    Outline(page)


def test_a_page_of_many_cells_stays_small(stepped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells for which there is no room have no figure, and the page says so; those that changed keep theirs."""
    runs = runs_of(stepped)
    points = parbench.change_points(runs)
    monkeypatch.setattr(history_page, "ROOM", 40_000)
    page = history_page.render(runs, points, [])
    drawn = page.count('class="drawing ')
    assert 1 <= drawn < 3
    assert f"There is room for the figures of {drawn} of them" in page
    assert page.count('href="#c-') == drawn
    Outline(page)


def test_runs_too_old_to_be_shown_are_counted(stepped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a figure shows the newest runs only, its table says how many there are besides."""
    monkeypatch.setattr(history_page, "MOST_RUNS", 3)
    runs = runs_of(stepped)
    page = history_page.render(runs, parbench.change_points(runs), [])
    assert page.count("9 older runs are in history.csv") == 3
    assert page.count(f"<small>{runs['run'].iloc[-1]}</small>") == 3
    assert "SLOWER" in page
