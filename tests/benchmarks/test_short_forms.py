"""Each command behind a figure of the documents runs, in a short form: what it prints is looked at, not its numbers."""

from __future__ import annotations

import lzma
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.validate.runs import RECORDED

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
