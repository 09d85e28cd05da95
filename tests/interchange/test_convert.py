"""A file of pytest-benchmark becomes a run; a run becomes such a file, which converts back to the same samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.analysis.frame import data_of
from parbench.cli import main
from parbench.errors import ExchangeError
from parbench.interchange import convert
from parbench.interchange.results import cell_from_params
from parbench.pytest_plugin.replay import Replay
from parbench.runfile import reader
from parbench.runfile.locate import FILE
from parbench.runfile.records import RunWarning, Sample
from parbench.workload.cell import Cell
from tests.support import made_up_run
from tests.support.fake_arms import World, groups

SAMPLE = Path(__file__).parents[1] / "foreign" / "pytest-benchmark.json"


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """A made-up run of ours, whose cells failed in part."""
    place = tmp_path / "run"
    World(noise=0.05, failures={("vectorized", "first"): "wrong"}).run(place, groups(cores=(1, 2)))
    file = place / FILE
    file.write_text(file.read_text().replace('"commit": ""', '"commit": "0123abc"', 1))
    return place


def timings(run: Path) -> list[tuple[Cell, int, int, float, int]]:
    """The steady samples of a run, in order."""
    found = [record for record in reader.read(run) if isinstance(record, Sample) and record.phase == "steady"]
    return sorted((each.cell, each.block, each.round, each.seconds, each.loops) for each in found)


def test_a_file_of_pytest_benchmark_becomes_a_run(tmp_path: Path) -> None:
    """A file as pytest-benchmark wrote it becomes a run with a cell per benchmark; the report names its source."""
    done = convert.convert(SAMPLE, tmp_path / "run")
    assert done.source == "pytest-benchmark"
    frame = parbench.load(done.path)
    found = frame.drop_duplicates(["workload", "size", "strategy", "cores"])
    assert {Cell(row.workload, row.size, row.strategy, row.cores) for row in list[Any](found.itertuples())} == {
        Cell("test_foreign.py::test_sum", 100, "unknown", 1),
        Cell("test_foreign.py::test_sum", 1000, "unknown", 1),
        Cell("test_foreign.py::test_sort[kind=plain]", 100, "unknown", 1),
        Cell("test_foreign.py::test_sort[kind=reversed]", 100, "unknown", 1),
        Cell("test_foreign.py::test_named", 1000, "serial", 1),
        Cell("test_foreign.py::test_named", 1000, "threads", 2),
        Cell("test_foreign.py::test_plain", 1, "unknown", 1),
    }
    page = made_up_run.page_of(parbench.Run(frame))
    assert "<h1>Imported from pytest-benchmark" in page
    assert data_of(frame).warnings == tuple(map(RunWarning, done.notes))
    assert "strategy “unknown”" in page
    assert "there is no serial strategy to compare with" in page
    assert "is known, as there is no serial strategy to compare with." in page
    # what is one process is one block, so that no interval is claimed
    assert {block for _, block, *_ in timings(done.path)} == {0}
    summary = parbench.summarize(frame)
    threads = summary[summary["strategy"] == "threads"]
    assert threads["speedup"].notna().all()
    assert threads["speedup_low"].isna().all()
    assert "no intervals over fresh processes" in done.notes[0]


def test_what_parbench_gave_to_pytest_benchmark_is_known(tmp_path: Path) -> None:
    """A file of --benchmark-json from measuring with parbench has its cells, and says that its blocks are lost."""
    content = json.loads(SAMPLE.read_text())
    axes = {"workload": "square", "size": 10, "strategy": "threads", "cores": 2, "chunks": 4}
    content["benchmarks"] = content["benchmarks"][:1]
    content["benchmarks"][0] |= {"params": axes, "options": {"timer": Replay().__name__}}
    (tmp_path / "json").write_text(json.dumps(content))
    done = convert.convert(tmp_path / "json", tmp_path / "run")
    assert {cell for cell, *_ in timings(done.path)} == {Cell("square", 10, "threads", 2, 4)}
    assert "several fresh processes" in done.notes[0]


def test_samples_survive_both_ways(made_up: Path, tmp_path: Path) -> None:
    """From a run to pytest-benchmark and back every steady sample keeps cell, block, round, seconds and loops."""
    there = convert.convert(made_up, tmp_path / "there")
    back = convert.convert(there.path, tmp_path / "back")
    assert (there.source, back.source) == ("parbench", "pytest-benchmark")
    kept = [each for each in timings(made_up) if each[0].strategy != "vectorized"]
    assert timings(back.path) == kept
    assert kept
    assert any("Cells without a result are left out" in note for note in there.notes)
    before, after = (parbench.summarize(parbench.load(run)) for run in (made_up, back.path))
    assert set(after["speedup"].dropna()) == set(before["speedup"].dropna())


def test_pytest_benchmark_compares_it(made_up: Path, tmp_path: Path) -> None:
    """`pytest-benchmark compare` lists every cell that has timings, in the groups of its workload and size."""
    convert.convert(made_up, tmp_path / "ours.json")
    code = "from pytest_benchmark.cli import main; main()"
    command = [sys.executable, "-c", code, "compare", "ours.json", "--columns=median,rounds"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for name in ("doubles-1000-serial-1", "doubles-1000-threads-1", "doubles-1000-threads-2"):
        assert name in done.stdout + done.stderr
    assert "'doubles-1000': 3 tests" in done.stdout + done.stderr


def test_what_other_tools_read_is_there(made_up: Path, tmp_path: Path) -> None:
    """The fields that github-action-benchmark and Bencher read are numbers and texts, and the speedup goes along."""
    convert.convert(made_up, tmp_path / "ours.json")
    content = json.loads((tmp_path / "ours.json").read_text())
    assert isinstance(content["machine_info"], dict)
    assert isinstance(content["commit_info"], dict)
    for each in content["benchmarks"]:
        assert isinstance(each["fullname"], str)
        for name in ("ops", "stddev", "mean", "rounds", "median", "iqr"):
            assert isinstance(each["stats"][name], int | float)
        assert each["extra_info"]["baseline"] == "serial"
        assert each["extra_info"]["speedup"] > 0


def test_parameters_say_which_cell_it_is() -> None:
    """Parameters called strategy and cores make a cell of a benchmark; without them nothing is made up."""
    params = {"strategy": "threads", "cores": 4, "size": 10, "chunks": 2, "kind": "a"}
    assert cell_from_params("bench", params, "bench[x]") == (Cell("bench[kind=a]", 10, "threads", 4, 2), "")
    assert cell_from_params("bench", {"strategy": "threads", "n": 5}, "bench[x]")[0] == Cell(
        "bench[strategy=threads]", 5, "unknown", 1
    )
    assert cell_from_params("bench", {"n": 5, "m": 6}, "bench[5-6]") == (Cell("bench[5-6]", 1, "unknown", 1), "")
    assert cell_from_params("bench", {"flag": True}, "bench[True]")[0].size == 1


def test_nothing_is_overwritten(made_up: Path, tmp_path: Path) -> None:
    """An output that exists is refused, both ways."""
    for source in (made_up, SAMPLE):
        convert.convert(source, tmp_path / "output" / source.name)
        with pytest.raises(ExchangeError, match="there already"):
            convert.convert(source, tmp_path / "output" / source.name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.json", "x"], "there is no missing.json"),
        (["{run}", "{run}"], "is there already"),
        (["{run}", "{run}/run.jsonl/x.json"], "cannot be written"),
        ([".", "x"], "is a folder without a run"),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: list[str], words: str, made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """`parbench convert` says in one sentence what to do instead, and exits with 2."""
    monkeypatch.chdir(tmp_path)
    assert main.main(["convert", *(each.format(run=made_up) for each in arguments)]) == 2
    assert words in capsys.readouterr().err


def test_the_command_says_what_it_did(tmp_path: Path, capsys: Any) -> None:
    """`parbench convert` prints its notes, the number of cells, and their place."""
    assert main.main(["convert", str(SAMPLE), str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert f"7 cells from pytest-benchmark: {tmp_path / 'run' / FILE}" in out
    assert "note: Imported from pytest-benchmark 5.3.1" in out


def test_the_example_of_the_page_has_a_speedup(tmp_path: Path) -> None:
    """The test file of docs/converting.md, run by pytest-benchmark, becomes a run with speedups."""
    page = (Path(__file__).parents[2] / "docs" / "converting.md").read_text(encoding="utf-8")
    (tmp_path / "test_mine.py").write_text(page.split("```python\n")[1].split("```")[0])
    quick = ["--benchmark-max-time=0.01", "--benchmark-min-rounds=2", "--benchmark-json=mine.json"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py", *quick]
    # pytest-benchmark writes nothing where it takes itself for a worker of pytest-xdist
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ran = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout
    done = convert.convert(tmp_path / "mine.json", tmp_path / "run")
    summary = parbench.summarize(parbench.load(done.path))
    assert set(zip(summary["size"], summary["strategy"], summary["cores"], strict=True)) == {
        (size, *arm) for size in (1_000, 10_000) for arm in (("serial", 1), ("threads", 2))
    }
    assert summary["speedup"].notna().all()
    assert not any("unknown" in note for note in done.notes)
