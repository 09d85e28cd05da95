"""Files of pytest-benchmark as people have them: addresses of functions, times of zero, and encodings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.errors import ExchangeError
from parbench.interchange import convert


def benchmark(name: str, seconds: list[float], **params: Any) -> dict[str, Any]:
    """A benchmark with timings."""
    return {"fullname": name, "params": params or None, "stats": {"data": seconds, "median": seconds[0]}}


def file_of(folder: Path, *benchmarks: dict[str, Any], name: str = "file") -> Path:
    """A file with these benchmarks."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"machine_info": {}, "version": "5.2.0", "benchmarks": benchmarks}))
    return path


def function(name: str, address: int) -> str:
    """A function as a parameter in such a file."""
    return f"UNSERIALIZABLE[<function {name} at {address:#x}>]"


def workloads(run: Path) -> list[str]:
    """The workloads of a converted run."""
    return list(parbench.load(run)["workload"].unique())


def test_addresses_of_functions_make_no_other_benchmark(tmp_path: Path) -> None:
    """The same functions in two files are the same benchmarks, and two of one name in a file are told apart."""
    for run, start in (("a", 1 << 40), ("b", 1 << 41)):
        names = ["mean", "median", "<lambda>", "<lambda>"]
        each = [
            benchmark("t.py::f[x]", [0.1], n=9, function=function(name, start + at)) for at, name in enumerate(names)
        ]
        convert.convert(file_of(tmp_path, *each, name=run), tmp_path / f"run-{run}")
    found = workloads(tmp_path / "run-a")
    assert found == workloads(tmp_path / "run-b")
    assert [name.partition("=")[2] for name in found] == [
        "<function mean>]",
        "<function median>]",
        "<function <lambda>>]",
        "<function <lambda>>]#2",
    ]


def test_a_time_of_zero_leaves_out_its_benchmark(tmp_path: Path) -> None:
    """The others are converted, and the note names it; a file without others is refused."""
    zero = benchmark("t.py::test_fast", [0.1, 0.0])
    done = convert.convert(file_of(tmp_path, zero, benchmark("t.py::test_slow", [0.1])), tmp_path / "run")
    assert done.cells == 1
    assert any("a timing is 0" in note and "t.py::test_fast" in note for note in done.notes)
    median = {"fullname": "t.py::test_median", "stats": {"median": 0}}
    with pytest.raises(ExchangeError, match="no timings"):
        convert.convert(file_of(tmp_path, zero, median), tmp_path / "other")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings_of_other_systems_are_read(tmp_path: Path, encoding: str) -> None:
    """A byte order mark, and the wide encodings of PowerShell, are no obstacle."""
    path = file_of(tmp_path, benchmark("t.py::größe", [0.1]))
    path.write_bytes(json.dumps(json.loads(path.read_text()), ensure_ascii=False).encode(encoding))
    assert convert.convert(path, tmp_path / "run").cells == 1
    assert workloads(tmp_path / "run") == ["t.py::größe"]


def test_no_encoding_at_all_is_a_sentence(tmp_path: Path) -> None:
    """Bytes that are no text are refused."""
    (tmp_path / "file.json").write_bytes(b"\x80\x81\x82\x83")
    with pytest.raises(ExchangeError, match="cannot be read as JSON"):
        convert.convert(tmp_path / "file.json", tmp_path / "run")


@pytest.mark.parametrize(
    ("times", "node", "verdict"),
    [(1.0, "here", "SAME"), (2.0, "here", "SLOWER"), (0.5, "here", "FASTER"), (2.0, "there", "UNDECIDED")],
)
def test_two_files_are_compared_by_their_rounds(tmp_path: Path, times: float, node: str, verdict: str) -> None:
    """Benchmarks of one process on the same machine have a verdict, and a note says what such files do not show."""
    for run, factor, machine in (("base", 1.0, "here"), ("head", times, node)):
        seconds = [factor * (0.1 + 0.001 * (turn % 7)) for turn in range(50)]
        path = file_of(tmp_path, benchmark("t.py::f", seconds), name=run)
        path.write_text(json.dumps({**json.loads(path.read_text()), "machine_info": {"node": machine}}))
        convert.convert(path, tmp_path / f"run-{run}")
    changes = parbench.compare(parbench.load(tmp_path / "run-base"), parbench.load(tmp_path / "run-head"))
    assert list(changes["verdict"]) == [verdict]
    assert any("one process each" in note for note in changes.attrs["notes"])
