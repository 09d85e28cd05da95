"""The list of the runs in a folder: the entry of each, files of others, and its speed."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from parbench.cli.main import main
from parbench.errors import UsageError
from parbench.pytest_plugin.outcome import RunOutcome
from parbench.report import run_digest
from parbench.report.html.index_page import FILE as PAGE
from parbench.report.html.index_page import MOST_RUNS, MOST_TOLD, render, write_index
from parbench.report.terminal.screen import console
from parbench.runfile.locate import FILE
from parbench.runfile.reader import header_of
from tests.report.html.test_page import Outline
from tests.support import runs_of_machines

EVIL = "<script>alert(1)</script>"
OTHER = {"machine_id": "bbbb0002", "cpu_model": "Other CPU", "cores_usable": 1}


def made(folder: Path, day: int, **how: Any) -> Path:
    """A run of that day in a folder of runs; its file."""
    return runs_of_machines.run(
        folder / f"202601{day:02}-000000-quick", created=f"2026-01-{day:02}T00:00:00+00:00", seed=day, **how
    )


def text_of(folder: Path) -> str:
    """The page in a folder, which is well formed and has our script only."""
    text = (folder / PAGE).read_text(encoding="utf-8")
    outline = Outline(text)
    assert [tag for tag, _ in outline.tags].count("script") == 1
    return text


def test_each_run_has_a_line_newest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Date, machine, commit, profile, interpreter, end, cells and a verdict a workload are there, and a link."""
    made(tmp_path, 1, label="before")
    made(tmp_path, 3, seconds=runs_of_machines.nobody_wins, machine=OTHER | {"python": "3.13.0"}, commit="fedcba+")
    made(tmp_path, 2, failures={("multiprocessing", "first"): "wrong"})
    assert main(["report", str(tmp_path / "20260102-000000-quick")]) == 0
    assert main(["index", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"index: {tmp_path / PAGE}"
    text = text_of(tmp_path)
    lines = [line for line in text.splitlines() if '<th scope="row">' in line]
    assert [line.split("-000000")[0][-8:] for line in lines] == ["20260103", "20260102", "20260101"]
    assert '<a href="20260102-000000-quick/report.html">20260102-000000-quick</a>' in lines[1]
    assert "no report yet" in lines[0]
    for part in (
        "2026-01-03 00:00",
        "before <small>20260101-000000-quick, 2026-01-01 00:00",
        "Other <small>1 core</small>",
        "Example <small>2 cores</small>",
        "Python 3.13.0",
        "quick <small>commit fedcba, changed</small>",
        "quick <small>commit 0123abc</small>",
        "✓ complete",
        "6 cells",
        "✕ 2 failed",
        "<li>doubles: stay with serial</li>",
        "<li>doubles: threads 1.8",
        "3 runs · 2 machines · 2026-01-01 to 2026-01-03",
    ):
        assert part in text, part


def test_a_run_is_read_whole_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A measured run is listed along with older ones, and a run is summed up only if it has no digest yet."""
    read: list[str] = []
    new_digest = run_digest.new_digest

    def reading(place: Path) -> run_digest.Digest:
        read.append(place.parent.name)
        return new_digest(place)

    monkeypatch.setattr(run_digest, "new_digest", reading)
    for day in (1, 2):
        made(tmp_path, day)
    lines = RunOutcome(tmp_path / "20260102-000000-quick", None, ()).lines(console(io.StringIO()))
    assert lines[-2].startswith("all runs: ")
    write_index(tmp_path)
    assert read == ["20260101-000000-quick"]
    assert text_of(tmp_path).count("<li>doubles: threads") == 2


def test_a_digest_of_another_run_or_length_counts_as_none(tmp_path: Path) -> None:
    """A kept digest is used only for the run file that it was made from."""
    place = made(tmp_path, 1)
    write_index(tmp_path)
    header = header_of(place)
    assert run_digest.read_digest(place, header) is not None
    with place.open("a", encoding="utf-8") as file:
        file.write("\n")
    assert run_digest.read_digest(place, header) is None
    good = json.loads(place.with_name(run_digest.FILE).read_text()) | {"length": place.stat().st_size}
    for wrong in ({"run": "another"}, {"schema": 99}):
        place.with_name(run_digest.FILE).write_text(json.dumps(good | wrong))
        assert run_digest.read_digest(place, header) is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"schema": 1}', "[" * 100_000, '{"schema": 1, "run": ' + "9" * 5000 + "}", "\x00", "NaN"],
)
def test_an_unreadable_digest_is_made_again(tmp_path: Path, text: str) -> None:
    """Whatever the file contains, it is replaced."""
    place = made(tmp_path, 1)
    place.with_name(run_digest.FILE).write_text(text)
    assert run_digest.read_digest(place, header_of(place)) is None
    assert write_index(tmp_path)[1] == []
    assert "<li>doubles: threads" in text_of(tmp_path)
    assert run_digest.read_digest(place, header_of(place)) is not None


def test_numbers_that_cannot_be_are_refused(tmp_path: Path) -> None:
    """A kept digest with a negative, infinite or textual number is none."""
    place = made(tmp_path, 1)
    write_index(tmp_path)
    good = json.loads(place.with_name(run_digest.FILE).read_text())
    bad: list[dict[str, Any]] = [{"cells": -1}, {"seconds": 1e300}, {"failed": "2"}, {"changes": {"SAME": -1}}]
    for wrong in (*bad, {"told": [{}]}):
        place.with_name(run_digest.FILE).write_text(json.dumps(good | wrong))
        assert run_digest.read_digest(place, header_of(place)) is None


def test_what_cannot_be_read_is_named_and_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Foreign, cut and undated runs get a line each, printed and on the page; the rest is listed."""
    good = made(tmp_path, 1).read_text()
    bad = {
        "cut": '{"kind": "hea',
        "evil": json.dumps({"kind": EVIL + "\x1b[31m" + "x" * 100_000}),
        "later": good.replace('"kind": "sample"', f'"kind": "{EVIL}"', 1).replace("quick", "other", 1),
        "undated": good.replace("2026-01-01T00:00:00+00:00", EVIL),
    }
    for name, text in bad.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_text(text)
    assert main(["index", str(tmp_path)]) == 0
    errors = capsys.readouterr().err
    assert errors.count("skipped") == len(bad)
    assert "\x1b" not in errors
    text = text_of(tmp_path)
    assert text.count("! not read") == len(bad)
    assert text.count('<th scope="row">') == 1


def test_names_of_folders_cannot_leave_the_page(tmp_path: Path) -> None:
    """Links are relative and encoded, and names that hold markup or signs of addresses are text."""
    names = ['a"b<i>', "javascript:alert(1)", "50% off?#x", "sub/deeper", "umläut"]
    for number, name in enumerate(names):
        place = made(tmp_path / name, number + 1, run=EVIL, commit=EVIL, machine={"cpu_model": EVIL, "python": EVIL})
        place.with_name("report.html").write_text("")
    os.makedirs(tmp_path / os.fsdecode(b"\xff"))
    write_index(tmp_path)
    text = text_of(tmp_path)
    links = [value for value in Outline(text).values("href") if value.endswith("report.html")]
    assert len(links) == len(names)
    assert all(set('"<>:?# ').isdisjoint(link) and not link.startswith(("/", ".")) for link in links)
    assert "javascript%3Aalert" in text
    assert "sub/deeper/20260104" in text


def test_machines_that_are_called_the_same_are_told_apart(tmp_path: Path) -> None:
    """Two machines of one model and as many cores have their id next to them; others have not."""
    made(tmp_path, 1)
    made(tmp_path, 2, machine={"machine_id": "cccc0003"})
    made(tmp_path, 3, machine=OTHER)
    write_index(tmp_path)
    text = text_of(tmp_path)
    assert "2 cores · id aaaa0001" in text
    assert "2 cores · id cccc0003" in text
    assert "bbbb0002" not in text


def test_other_pages_of_the_folder_are_linked(tmp_path: Path) -> None:
    """The history and pages of several runs are linked, and nothing is printed if there is none."""
    made(tmp_path, 1)
    write_index(tmp_path)
    assert "Also in this folder" not in text_of(tmp_path)
    for name in ("history/history.html", "several-a&b/several.html"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    write_index(tmp_path)
    assert {"history/history.html", "several-a%26b/several.html"} <= set(Outline(text_of(tmp_path)).values("href"))


def test_a_page_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """An index.html that parbench did not write is not replaced: the command says so, and a run is not lost by it."""
    made(tmp_path, 1)
    (tmp_path / PAGE).write_text("<title>my own</title>")
    with pytest.raises(UsageError, match="not written by parbench"):
        write_index(tmp_path)
    lines = RunOutcome(tmp_path / "20260101-000000-quick", None, ()).lines(console(io.StringIO()))
    assert lines[-2].startswith("parbench: no list of runs: ")
    assert (tmp_path / PAGE).read_text() == "<title>my own</title>"


def test_links_are_replaced_and_not_followed(tmp_path: Path) -> None:
    """A link in place of the page or of its data is not followed: its target is unchanged."""
    outside, runs = tmp_path / "outside", tmp_path / "runs"
    outside.write_text("<title>parbench runs</title>")
    place = made(runs, 1)
    (runs / PAGE).symlink_to(outside)
    place.with_name(run_digest.FILE).symlink_to(outside)
    write_index(runs)
    assert outside.read_text() == "<title>parbench runs</title>"
    assert not (runs / PAGE).is_symlink()
    assert not place.with_name(run_digest.FILE).is_symlink()
    assert sorted(path.name for path in runs.iterdir()) == ["20260101-000000-quick", PAGE]


@pytest.mark.parametrize("where", ["", "nowhere", "20260101-000000-quick"])
def test_a_folder_without_runs_is_one_sentence(tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder, one that is not there, and the folder of one run end with 2 and say what to give."""
    if where.startswith("2026"):
        made(tmp_path, 1)
    assert main(["index", str(tmp_path / where)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_comparisons_are_told_in_words(tmp_path: Path) -> None:
    """The result of a comparison has its counts, the bad ones first, and its base."""
    place = made(tmp_path, 1)
    write_index(tmp_path)
    assert ">compared<" not in text_of(tmp_path)
    kept = json.loads(place.with_name(run_digest.FILE).read_text())
    kept |= {"against": "main" + EVIL, "changes": {"SAME": 7, "SLOWER": 1, "FASTER": 0, EVIL: 3}}
    place.with_name(run_digest.FILE).write_text(json.dumps(kept))
    write_index(tmp_path)
    text = text_of(tmp_path)
    assert "▼ SLOWER 1, SAME 7</span> <small>against main&lt;script" in text


def test_a_run_that_was_stopped_says_so(tmp_path: Path) -> None:
    """A run file without its last line is of a run that was stopped early."""
    place = made(tmp_path, 1)
    lines = place.read_text().splitlines()
    place.write_text("\n".join(lines[:-1]) + "\n")
    write_index(tmp_path)
    assert "✕ stopped early" in text_of(tmp_path)


def test_many_runs_and_workloads_stay_readable(tmp_path: Path) -> None:
    """Beyond some hundred runs the oldest are left out, with a note, and workloads beyond six are folded."""
    made(tmp_path, 1)
    write_index(tmp_path)
    (run,) = run_digest.entries(tmp_path, [])
    told = run.digest.told * (MOST_TOLD + 3)
    many = run_digest.Digest(**{**vars(run.digest), "told": told})
    text = render([run_digest.RunEntry(run.place, run.header, run.made, many)] * (MOST_RUNS + 5), [], tmp_path)
    assert f"{MOST_RUNS} of {MOST_RUNS + 5}" in text
    assert text.count("<summary>3 more</summary>") == MOST_RUNS
    assert len(text) < 2_500_000
