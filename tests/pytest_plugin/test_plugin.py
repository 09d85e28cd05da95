"""The pytest plugin, in projects of their own that know nothing of this repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parbench.analysis.frame import load
from parbench.runfile.reader import header_of
from tests.support.fake_arms import World
from tests.support.sessions import measure_in, write_no_report

OWN = """
import pytest

import parbench

offset = 1


def kernel(chunk):
    return [offset + item for item in chunk]


plus = parbench.Workload("plus", kernel, make=lambda size, seed: list(range(size)), sizes=(10, 1000))


@pytest.mark.parbench(plus, strategies=["serial", "threads"], cores=[1])
def test_plus(cell):
    cell.measure()
"""
#: A quick profile with hardly any time: everything gets its first block.
SHORT = ("--benchmark", "--parbench-budget=1", "-p", "no:cacheprovider")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A fresh project with a test file, a conftest and pytest-benchmark tests of its own."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # else our own -n would switch pytest-benchmark off
    pytester.makeconftest("import pytest\n\n@pytest.fixture\ndef size():\n    return 'mine'\n")
    pytester.makepyfile(
        test_own=OWN, test_other="def test_other(benchmark, size):\n    assert benchmark(str, size) == 'mine'\n"
    )
    return pytester


def run_file(project: pytest.Pytester) -> Path:
    """The run file of the latest run in `project`."""
    return project.path / "reports" / "latest" / "run.jsonl"


def test_help_shows_every_option(project: pytest.Pytester) -> None:
    """`pytest --help` lists our options with their help, and per cent signs as they are."""
    result = project.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(["*--parbench-margin=PART*", "*(default: 5%)*", "*--parbench-all-tests *"])
    assert result.ret == 0


def test_without_the_flag_every_cell_is_checked_once(project: pytest.Pytester) -> None:
    """Plain pytest runs each cell at its tiny size and leaves no folder behind."""
    result = project.runpytest_inprocess("-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*test_plus?plus-10-serial-1?*", "*test_plus?plus-10-threads-1?*"])
    assert not (project.path / "reports").exists()


def test_with_the_flag_a_report_and_pytest_benchmark_results_are_made(project: pytest.Pytester) -> None:
    """Each cell is measured in one process, reported, and stored as one pytest-benchmark result with its times."""
    more = (
        "-n",
        "2",
        "-W",
        "error",
        "--benchmark-json=out.json",
        "--benchmark-max-time=0.1",
        "--parbench-label=before it",
    )
    result = project.runpytest_subprocess(*SHORT, *more)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*measures in one process*", "*plus at 1,000:*", "report: reports*report.html"])
    stored = {each["name"]: each for each in json.loads(Path("out.json").read_text())["benchmarks"]}
    frame = load(run_file(project))
    assert header_of(run_file(project)).label == "before it"
    threads = frame[(frame["strategy"] == "threads") & (frame["phase"] == "steady")]
    stats = stored["test_plus[plus-1000-threads-1]"]["stats"]
    assert stats["rounds"] == len(threads)
    assert stats["min"] == pytest.approx(threads["seconds"].min())
    assert {"report.html", "summary.csv", "run.jsonl", "figures"} <= {
        path.name for path in run_file(project).parent.iterdir()
    }


def test_a_project_may_own_the_flag_and_switch_pytest_benchmark_off(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A --benchmark of a conftest measures, too; the baseline of a cell is measured without its test."""
    measure_in(World(), monkeypatch)
    text = "def pytest_addoption(parser):\n    parser.addoption('--benchmark', action='store_true')\n"
    project.makeconftest(text)
    result = project.runpytest_inprocess(*SHORT, "-p", "no:benchmark", "test_own.py::test_plus[plus-1000-threads-1]")
    result.assert_outcomes(passed=1)
    assert set(load(run_file(project))["strategy"]) == {"threads", "serial"}


TIMED = """
import pytest

import parbench

plus = parbench.Workload(
    "plus", lambda chunk: [1 + item for item in chunk], make=lambda size, seed: list(range(size)),
    sizes=parbench.SizesByTime(tiny=10, about=(31, 310, 3100, 31000)),
)


@pytest.mark.parbench(plus, strategies=["serial"], cores=[1])
def test_plus(cell):
    cell.measure()
"""


def test_sizes_by_time_are_found_once_and_stay(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run finds sizes, which pytest's cache keeps, unless it is damaged or off; -q prints nothing of them."""
    measure_in(World(seconds=lambda cell: 1e-6 * cell.size), monkeypatch)
    pytester.makepyfile(test_timed=TIMED)
    run = ("--benchmark", "-p", "no:benchmark")

    def sizes(*more: str) -> list[int]:
        result = pytester.runpytest_inprocess(*run, "--collect-only", "-q", *more)
        result.stdout.no_fnmatch_line("*per call*")
        return [int(line.split("-")[1]) for line in result.outlines if line.endswith("-serial-1]")]

    assert sizes() == [310, 3100]
    result = pytester.runpytest_inprocess(*run)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["parbench: plus at * ms per call)"])
    calibration = header_of(run_file(pytester)).settings.calibration["plus"]
    found = [entry["size"] for entry in calibration]
    assert sizes() == found == [10_000, 100_000]
    assert sizes("--parbench-sizes=77") == [77]
    assert sizes("-p", "no:cacheprovider") == [310, 3100]
    (kept,) = pytester.path.glob(".pytest_cache/v/parbench/sizes-by-time/plus-*")
    kept.write_bytes(b"\xff[")
    assert sizes() == [310, 3100]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--parbench-strategies=teleport", "*there is no strategy 'teleport'*serial*"),
        ("--parbench-workloads=nothing", "*no collected test has a workload 'nothing'*plus*"),
        ("--parbench-sizes=100,10", "*not in growing order*"),
        ("--parbench-profile=lazy", "*no profile 'lazy'*quick, standard, thorough*"),
        ("--parbench-out=/proc/none", "*choose another folder with --parbench-out*"),
    ],
)
def test_bad_options_are_one_sentence(project: pytest.Pytester, option: str, words: str) -> None:
    """An unusable value is refused before anything is measured, in one line and with exit code 4."""
    result = project.runpytest_inprocess("--benchmark", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: parbench: {words}"])
    assert "Traceback" not in result.stderr.str()


BAD = """
import os, signal, time

import pytest

import parbench


def make(size, seed):
    return list(range(size))


def raises(chunk):
    raise ValueError("no such thing")


def dies(chunk):
    os.kill(os.getpid(), signal.SIGKILL)


def wrong(chunk):
    return [0 for item in chunk]


def unpicklable(chunk):
    return [lambda: item for item in chunk]


def right(result, data):
    return callable(result[0]) or result == data


def of(kernel):
    return parbench.Workload(kernel.__name__, kernel, make, (4, 8), verify=right)


w_raises, w_dies, w_wrong, w_unpicklable, w_good = of(raises), of(dies), of(wrong), of(unpicklable), of(list)


@pytest.mark.parbench(w_good, w_raises, w_dies, w_wrong, w_unpicklable,
                      strategies=["serial", "multiprocessing"], cores=[1])
def test_bad(cell):
    cell.measure()
"""


def test_bad_kernels_fail_alone_and_give_a_reason(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that raises, dies or is wrong fails once, under serial; other workloads go on, and a bad file fails."""
    write_no_report(monkeypatch)
    pytester.makepyfile(test_bad=BAD)
    check = pytester.runpytest_inprocess("-p", "no:benchmark")
    check.assert_outcomes(passed=3, failed=4, skipped=3)
    for words in ("it raised ValueError: no such thing (test_bad.py:", "SIGKILL", "the result is wrong", "be pickled"):
        assert len([line for line in check.outlines if words in line and "test_bad[" not in line]) == 1
    pytester.makepyfile(test_none="import parbench\nx = parbench.Workload('x', list, list)\n")
    more = (
        "--parbench-strategies=multiprocessing",
        "--parbench-budget=20",
        "-p",
        "no:benchmark",
        "-k",
        "dies or wrong",
    )
    measured = pytester.runpytest_inprocess("--benchmark", *more)
    measured.assert_outcomes(failed=2, errors=1, deselected=3)
    measured.stdout.fnmatch_lines(["*'x' has no sizes: give*"])
    for words in ("as dies-8-serial-1 failed*SIGKILL", "as wrong-8-serial-1 failed: the result is wrong"):
        measured.stdout.fnmatch_lines([f"*{words}*"])
    assert check.ret == measured.ret == pytest.ExitCode.TESTS_FAILED


HIDDEN = """
import pytest

import parbench


def family(factor):
    return parbench.Workload("scaled", lambda chunk: [factor * item for item in chunk],
                             make=lambda size, seed: list(range(size)), sizes=(10,))


scaled = family(3)


@pytest.mark.parbench(scaled, cores=[1], strategies=[
    "serial", "threads", "multiprocessing[fork]", "multiprocessing[forkserver]", "multiprocessing[spawn]",
    "dask-threads", "dask-processes", "dask-distributed"])
def test_scaled(cell):
    cell.measure()
"""


@pytest.mark.parametrize(("mode", "cells", "count"), [("prepend", "spawn or distributed", 2), ("importlib", "", 8)])
def test_a_closure_works_under_every_strategy(pytester: pytest.Pytester, mode: str, cells: str, count: int) -> None:
    """A lambda that closes over a variable runs everywhere, under both of pytest's ways to import."""
    folder = pytester.mkpydir("inner") if mode == "importlib" else pytester.path
    (folder / "test_hidden.py").write_text(HIDDEN)
    pytester.runpytest_subprocess(f"--import-mode={mode}", "-k", cells).assert_outcomes(
        passed=count, deselected=8 - count
    )


X = "x = parbench.Workload('x', list, list, (1,))\n"
TEST = "\ndef test_x({}): ..."


BAD_MARKS = {
    "@pytest.mark.parbench()" + TEST.format("cell"): "*names no workload*",
    "@pytest.mark.parbench(3)" + TEST.format("cell"): "*takes workloads, not 3*",
    X + "@pytest.mark.parbench(x, core=[1])" + TEST.format("cell"): "*has no 'core'*",
    X + "@pytest.mark.parbench(x, cores=1)" + TEST.format("cell"): "*has cores=1: give a list, such as [[]1[]].*",
    X + "@pytest.mark.parbench(x, margin=5)" + TEST.format("cell"): "*a margin of 5 cannot be*",
    X + "@pytest.mark.parbench(x)" + TEST.format(""): "*must take the fixture*",
    "x = parbench.Workload('x', list, list, ())": "*'x' has no sizes: give*",
    "x = parbench.Workload('x', list, list, (5, 2))": "*not in growing order*",
}


def test_bad_marks_are_one_sentence(pytester: pytest.Pytester) -> None:
    """An unusable mark or workload is an error of its file, which pytest reports after collection."""
    pytester.makepyfile(
        **{f"test_{number}": f"import pytest, parbench\n{body}\n" for number, body in enumerate(BAD_MARKS)}
    )
    result = pytester.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=len(BAD_MARKS))
    result.stdout.fnmatch_lines(list(BAD_MARKS.values()))
