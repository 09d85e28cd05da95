"""Tests that ``pytest --benchmark`` runs, in projects of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from parbench.report.run import Run
from tests.support.fake_arms import World
from tests.support.sessions import measure_in

BENCHMARK = """
import pytest

import parbench

one = parbench.Workload("one", list, make=lambda size, seed: list(range(size)), sizes=(10, 1000))


@pytest.mark.parbench(one, strategies=["serial", "threads"], cores=[1])
def test_cell(cell):
    cell.measure()


@pytest.mark.parbench(one, strategies=["serial"])
def test_cell_again(cell):
    cell.measure()


@pytest.mark.parbench(one, profiles=["standard"])
def test_standard(cell):
    cell.measure()


@pytest.mark.parbench(one, profiles=["standard", "thorough"])
def test_long(cell):
    cell.measure()


def test_plain_1():
    assert False, "a test without a benchmark ran"
"""
FIXTURE = "def test_fixture(benchmark):\n    benchmark(str, 1)\n\n\ndef test_plain_2():\n    pass\n"
CELLS = {
    "bench/test_cells.py::test_cell[one-1000-serial-1]",
    "bench/test_cells.py::test_cell[one-1000-threads-1]",
    "bench/test_cells.py::test_cell_again[one-1000-serial-1]",
}
PLAIN = "bench/test_cells.py::test_plain_1"
REST = {"tests/test_fixture.py::test_fixture", "tests/test_fixture.py::test_plain_2"}
NARROW = "-oparbench_testpaths=bench"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with cells, a test of pytest-benchmark and plain tests, in two folders."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # pytest-benchmark would switch itself off
    pytester.makeini("[pytest]\ntestpaths = bench tests\n")
    for name, text in (("bench/test_cells.py", BENCHMARK), ("tests/test_fixture.py", FIXTURE)):
        Path(name).parent.mkdir()
        Path(name).write_text(text)
    return pytester


@pytest.mark.parametrize(
    ("arguments", "tests"),
    [
        ("--benchmark", CELLS | {"tests/test_fixture.py::test_fixture"}),
        ("--benchmark -p no:benchmark -n 2", CELLS | {"tests/test_fixture.py::test_fixture"}),
        ("--benchmark --parbench-all-tests", CELLS | {PLAIN} | REST),
        (f"--benchmark {NARROW}", CELLS),
        (f"--benchmark {NARROW} tests", {"tests/test_fixture.py::test_fixture"}),
        (f"--benchmark {NARROW} tests/test_fixture.py::test_plain_2", {"tests/test_fixture.py::test_plain_2"}),
        (f"--benchmark {NARROW} tests/test_fixture.py", REST),
        (f"--benchmark {NARROW} --parbench-all-tests", CELLS | {PLAIN} | REST),
        (NARROW, {name.replace("-1000-", "-10-") for name in CELLS} | {PLAIN} | REST),
    ],
)
def test_benchmarks_are_selected(project: pytest.Pytester, arguments: str, tests: set[str]) -> None:
    """Tests without benchmarks run if their file is named, or all are asked for; other paths are not collected."""
    result = project.runpytest_inprocess("--collect-only", "-q", *arguments.split())
    assert {line for line in result.outlines if "::" in line} == tests


def test_a_file_that_is_named_is_whole(project: pytest.Pytester) -> None:
    """Its tests of other profiles and its tests without benchmarks are collected."""
    result = project.runpytest_inprocess("--collect-only", "-q", "--benchmark", "bench/test_cells.py")
    names = {line.partition("::")[2].partition("[")[0] for line in result.outlines if "::" in line}
    assert names == {"test_cell", "test_cell_again", "test_standard", "test_long", "test_plain_1"}


def test_each_reason_for_leaving_tests_out_is_one_line(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run reports how many tests other profiles have, how many have no benchmark, and what is not measured."""
    measure_in(World(), monkeypatch)
    result = project.runpytest_inprocess("--benchmark", "-rs", "--parbench-budget=0.01")
    result.assert_outcomes(passed=1, skipped=3, deselected=4)
    ours = [line for line in result.outlines if line.startswith("parbench: ") and "left out" in line]
    assert ours == [
        "parbench: 2 tests of other profiles left out (standard, thorough): choose one by --parbench-profile, or name "
        "test files, or workloads by --parbench-workloads.",
        "parbench: 2 tests without benchmarks left out; --parbench-all-tests runs them too.",
    ]
    assert [line.partition(": ")[2] for line in result.outlines if line.startswith("SKIPPED [3]")] == [
        "not measured: the budget of 0.01 s ran out; allow more with --parbench-budget."
    ]


def test_a_cell_of_two_tests_is_measured_and_listed_once(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both tests report the result of one measurement; tables have one row of it."""
    measure_in(World(), monkeypatch)
    result = project.runpytest_inprocess("--benchmark", "bench", "--benchmark-verbose")
    result.assert_outcomes(passed=3, deselected=3)
    assert sum(line.startswith("  serial ") for line in result.outlines) == 1
    assert Run("reports/latest").summary.query("workload == 'one' and strategy == 'serial'").shape[0] == 1
    both = {line.split()[0] for line in result.outlines if line.startswith("test_cell") and "serial" in line}
    assert both == {"test_cell[one-1000-serial-1]", "test_cell_again[one-1000-serial-1]"}
