"""Each command behind a figure of the documents runs, in a short form: what it prints is looked at, not its numbers."""

from __future__ import annotations

import json
import lzma
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import parbench
from benchmarks.validate.runs import RECORDED
from parbench.analysis.frame import data_of

#: By command: its arguments, what its module has in place of the constants that make it long, and a word it prints.
SHORT: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "awake": ([], {"TIMES": 2}, "kept awake"),
    "bandwidth": (["2"], {"SIZES": (4_000_000,)}, "triad"),
    "campaigns": (["1", "20", "normal"], {"WORKLOADS": 2}, "normal"),
    "claims": (["1", "ones"], {"ROUNDS": 1}, "published"),
    "laws": ([], {"ROUNDS": 1, "CALL": 0.05, "WORKERS": (1, 2, 4), "RUNS": 20}, "planted"),
    "limit": (["reports/sample"], {"ROUNDS": 2, "CALLS": 1, "CASES": ()}, "ceiling"),
    "other_runs": ([], {"LENGTHS": (10,)}, "another run"),
    "planted": (["threads"], {"WORKERS": (2,), "CHUNK": 0.1, "LOSS": 0.05}, "within"),
    "rules": (["2"], {}, "Identical code"),
    "start": ([], {"TIMES": 1, "PAIRS": 2}, "ready"),
    "tax": (["serial"], {"BLOCKS": 2, "ROUNDS": 2}, "serial"),
    "tracing": (["threads"], {"BLOCKS": 2, "CHUNKS": {0.001: (4, 2)}}, "threads"),
    "tutorial": (["reports/sample"], {}, "tutorial"),
    "help": ([], {"TIMES": 1}, "median"),
}


@pytest.mark.parametrize("name", SHORT)
def test_a_command_runs_in_a_short_form(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command comes to its end and prints its table."""
    arguments, constants, word = SHORT[name]
    module = import_module(f"benchmarks.validate.{name}")
    for constant, value in constants.items():
        monkeypatch.setattr(module, constant, value)
    module.main(arguments)
    assert word in capsys.readouterr().out


def test_recorded_blocks_are_drawn_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`draw` plays some recorded blocks to campaigns and counts verdicts."""
    from benchmarks.validate import draw

    (first, *_) = sorted(RECORDED.glob("2*.jsonl.xz"))
    part = tmp_path / "part.jsonl"
    part.write_bytes(b"\n".join(lzma.decompress(first.read_bytes()).splitlines()[:60]))
    draw.main([str(part)])
    assert "identical code" in capsys.readouterr().out


def test_blocks_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`record` appends blocks that `draw` can read."""
    from benchmarks.validate import record
    from benchmarks.validate.tape import recorded

    monkeypatch.setattr(record, "CELLS", record.CELLS[:1])
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "work", ModuleType("work"))  # so that the module of this test is removed again
    del sys.modules["work"]
    record.main(["0.01", "0", str(tmp_path / "blocks.jsonl")])
    assert recorded(tmp_path / "blocks.jsonl")


def test_the_spread_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`spread` measures the same speedups by parbench and by pytest-benchmark."""
    from benchmarks.validate import spread

    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # pytest-benchmark would measure nothing
    spread.main(["1", "1"])
    assert "p5–p95" in capsys.readouterr().out


def test_default_runs_accumulate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`default_runs` measures the missing runs only, and computes its figures from the stored ones."""
    from benchmarks.validate import default_runs

    monkeypatch.setattr(default_runs, "TESTS", "benchmarks/test_strong_scaling.py")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    only = [f"--parbench-{each}" for each in ("workloads=square", "sizes=100", "strategies=serial,vectorized")]
    for _ in range(2):
        default_runs.main(["1", f"--out={tmp_path}", "--parbench-budget=1", *only])
        (run,) = default_runs.complete(tmp_path)
    default_runs.main(["--of", str(run), "reports/sample"])
    assert capsys.readouterr().out.count("| mean |") == 3


def test_the_solo_truth_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`solo_truth` stores a cycle of a run and of solo calls, and computes its figures from stored cycles."""
    from benchmarks.validate import solo_truth

    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    short = {"SIZES": {"square": 100}, "STRATEGIES": ("serial", "vectorized")}
    for constant, value in {**short, "SOLO_SECONDS": 0.01, "WARM_UP_SECONDS": 0.01}.items():
        monkeypatch.setattr(solo_truth, constant, value)
    for minutes in ("0.001", "0"):
        solo_truth.main([minutes, f"--out={tmp_path}", "--cpus=pinned", "--budget=2"])
        assert "1 cycles" in capsys.readouterr().out


def part_of_the_sample(folder: Path) -> Path:
    """The run file of the sample with one workload at one size only."""
    lines = [json.loads(line) for line in Path("reports/sample/run.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = [
        line
        for line in lines
        if "cell" not in line or (line["cell"]["workload"], line["cell"]["size"]) == ("square", 10_000)
    ]
    (out := folder / "run.jsonl").write_text("\n".join(map(json.dumps, kept)) + "\n", encoding="utf-8")
    return out


def test_the_time_of_a_report_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`report_time` finds all functions that it watches, and the report passes through each part."""
    from benchmarks.validate import report_time

    monkeypatch.setattr(report_time, "ROUNDS", 1)
    report_time.main([str(part_of_the_sample(tmp_path))])
    printed = capsys.readouterr().out
    assert "the page has" in printed
    assert " 0 ×" not in printed


def test_workloads_are_weighed_again(tmp_path: Path) -> None:
    """`weights` writes a run file with a new cost for each one of the run."""
    from benchmarks.validate import weights

    run, out = part_of_the_sample(tmp_path), tmp_path / "weights.jsonl"
    weights.main([str(run), str(out)])
    old, new = (data_of(parbench.load(each)).weights for each in (run, out))
    assert [each.cell for each in new] == [each.cell for each in old] != []
