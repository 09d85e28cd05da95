"""The pytest plugin, in projects of their own that know nothing of this repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parbench.analysis.frame import data_of, load

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
#: A quick profile with hardly any time: everything gets its first block, and some its second.
SHORT = ("--benchmark", "--parbench-budget=4", "-p", "no:cacheprovider")


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
    """`pytest --help` lists our options with what they are for, signs of per cent included."""
    result = project.runpytest_subprocess("--help")
    result.stdout.fnmatch_lines(["*--parbench-margin=PART*", "*(default: 5%)*"])
    assert result.ret == 0


def test_without_the_flag_every_cell_is_checked_once(project: pytest.Pytester) -> None:
    """Plain pytest runs each cell at its tiny size and leaves no folder behind."""
    result = project.runpytest_subprocess("-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*test_plus?plus-10-serial-1?*", "*test_plus?plus-10-threads-1?*"])
    assert not (project.path / "reports").exists()


def test_with_the_flag_a_report_and_pytest_benchmark_results_are_made(project: pytest.Pytester) -> None:
    """Every cell is measured, reported and stored as one pytest-benchmark result with its own times."""
    result = project.runpytest_subprocess(*SHORT, "--benchmark-json=out.json", "--parbench-label=before it")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*plus at 1,000:*", "report: reports*report.html"])
    stored = {each["name"]: each for each in json.loads(Path("out.json").read_text())["benchmarks"]}
    frame = load(run_file(project))
    assert data_of(frame).header.label == "before it"
    threads = frame[(frame["strategy"] == "threads") & (frame["phase"] == "steady")]
    stats = stored["test_plus[plus-1000-threads-1]"]["stats"]
    assert stats["rounds"] == len(threads)
    assert stats["min"] == pytest.approx(threads["seconds"].min())
    assert {"report.html", "summary.csv", "run.jsonl", "figures"} <= {
        path.name for path in run_file(project).parent.iterdir()
    }


@pytest.mark.parametrize("more", [("-p", "no:benchmark"), ("-n", "2", "-W", "error")], ids=["no:benchmark", "xdist"])
def test_it_measures_beside_other_plugins(project: pytest.Pytester, more: tuple[str, ...]) -> None:
    """Without pytest-benchmark, and with pytest-xdist asked for, the cells are measured all the same."""
    result = project.runpytest_subprocess(*SHORT, *more, "test_own.py")
    result.assert_outcomes(passed=2)
    assert run_file(project).exists()
    if "-n" in more:
        result.stdout.fnmatch_lines(["*measures in one process*"])


def test_another_conftest_may_own_the_flag(project: pytest.Pytester) -> None:
    """A project that registered --benchmark before we came keeps it, and it still switches us on."""
    text = "def pytest_addoption(parser):\n    parser.addoption('--benchmark', action='store_true')\n"
    project.makeconftest(text)
    result = project.runpytest_subprocess(*SHORT, "test_own.py")
    result.assert_outcomes(passed=2)
    assert run_file(project).exists()


def test_selection_works_as_in_any_suite(project: pytest.Pytester) -> None:
    """-k and node ids choose cells; the baseline is measured with them; --collect-only measures nothing."""
    result = project.runpytest_subprocess(*SHORT, "--collect-only", "-q")
    result.stdout.fnmatch_lines(["test_own.py::test_plus?plus-1000-serial-1?"])
    assert not (project.path / "reports").exists()
    result = project.runpytest_subprocess(*SHORT, "test_own.py::test_plus[plus-1000-threads-1]")
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


def test_sizes_by_time_are_found_once_and_stay(pytester: pytest.Pytester) -> None:
    """A run finds round sizes, which pytest's cache keeps, unless it is damaged or off; -q prints nothing of them."""
    pytester.makepyfile(test_timed=TIMED)
    run = (*SHORT[:2], "-p", "no:benchmark")
    listing = (*run, "--collect-only", "-q")
    pytester.runpytest_subprocess(*listing).stdout.fnmatch_lines(["*plus-310-serial-1?", "*plus-3100-serial-1?"])
    pytester.runpytest_subprocess("-v").stdout.fnmatch_lines(["*plus-10-serial-1?*"])
    result = pytester.runpytest_subprocess(*run, "-n", "2", "-W", "error")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["parbench: plus at * ms per call)"])
    frame = load(run_file(pytester))
    found = [entry["size"] for entry in data_of(frame).header.settings.calibration["plus"] if entry["size"]]
    assert found
    assert all(str(size).rstrip("0") in ("1", "2", "5") for size in found)
    assert sorted(set(frame["size"])) == found
    known = pytester.runpytest_subprocess(*listing)
    known.stdout.fnmatch_lines([f"*plus-{size}-serial-1?" for size in found])
    known.stdout.no_fnmatch_line("*a call*")
    pytester.runpytest_subprocess(*listing, "--parbench-sizes=77").stdout.fnmatch_lines(["*plus-77-serial-1?"])
    pytester.runpytest_subprocess(*listing, "-p", "no:cacheprovider").stdout.fnmatch_lines(["*plus-310-serial-1?"])
    (kept,) = pytester.path.glob(".pytest_cache/v/parbench/sizes-by-time/plus-*")
    kept.write_bytes(b"\xff[")
    pytester.runpytest_subprocess(*listing).stdout.fnmatch_lines(["*plus-310-serial-1?"])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--parbench-strategies=teleport", "*there is no strategy 'teleport'*serial*"),
        ("--parbench-strategies=threads[fast]", "*has no variant 'fast'*"),
        ("--parbench-workloads=nothing", "*no collected test has a workload 'nothing'*plus*"),
        ("--parbench-cores=4096", "*4096 cores cannot be measured*"),
        ("--parbench-chunks=0", "*whole numbers from 1*and the word auto*not 0*"),
        ("--parbench-sizes=", "*list of sizes is empty*"),
        ("--parbench-sizes=100,10", "*not in growing order*"),
        ("--parbench-sizes=many", "*takes whole numbers*"),
        ("--parbench-budget=-1", "*positive number of seconds*"),
        ("--parbench-profile=lazy", "*no profile 'lazy'*quick, standard, thorough*"),
        ("--parbench-out=/proc/none", "*choose another folder with --parbench-out*"),
    ],
)
def test_bad_options_are_one_sentence(project: pytest.Pytester, option: str, words: str) -> None:
    """An unusable value is refused before anything is measured, in one line and with exit code 4."""
    result = project.runpytest_subprocess("--benchmark", option)
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
    return result == data


def of(kernel):
    return parbench.Workload(kernel.__name__, kernel, make, (4, 8), verify=right)


w_raises, w_dies, w_wrong, w_unpicklable, w_good = of(raises), of(dies), of(wrong), of(unpicklable), of(list)


@pytest.mark.parbench(w_raises, w_dies, w_wrong, w_unpicklable, w_good,
                      strategies=["serial", "multiprocessing"], cores=[1])
def test_bad(cell):
    cell.measure()
"""


@pytest.mark.parametrize("flags", [(), (*SHORT, "--parbench-budget=10")], ids=["check", "benchmark"])
def test_bad_kernels_fail_alone_and_say_why(pytester: pytest.Pytester, flags: tuple[str, ...]) -> None:
    """A kernel that raises, dies, is wrong or gives what cannot be pickled fails its cells; the good ones pass."""
    pytester.makepyfile(test_bad=BAD)
    result = pytester.runpytest_subprocess(*flags, "-p", "no:benchmark")
    result.assert_outcomes(passed=2, failed=8)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    output = result.stdout.str()
    for words in ("it raised ValueError: no such thing", "SIGKILL", "the result is wrong", "cannot be pickled"):
        assert words in output


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


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_a_closure_works_under_every_strategy(pytester: pytest.Pytester, mode: str) -> None:
    """A lambda that closes over a variable runs everywhere, under both of pytest's ways to import."""
    folder = pytester.mkpydir("inner") if mode == "importlib" else pytester.path
    (folder / "test_hidden.py").write_text(HIDDEN)
    pytester.runpytest_subprocess(f"--import-mode={mode}").assert_outcomes(passed=8)


X = "x = parbench.Workload('x', list, list, (1,))\n"
TEST = "\ndef test_x({}): ..."


def test_a_file_that_cannot_be_collected_stops_no_measuring(pytester: pytest.Pytester) -> None:
    """With --benchmark the tests of other files are measured all the same, and the run fails."""
    pytester.makepyfile(
        test_bad="import parbench\nx = parbench.Workload('x', list, list)\n",
        test_good="import pytest, parbench\n"
        + X
        + "@pytest.mark.parbench(x, strategies=['serial'])"
        + TEST.format("cell"),
    )
    result = pytester.runpytest_subprocess("--benchmark", "--parbench-budget=2")
    result.stdout.fnmatch_lines(["*'x' has no sizes: give*"])
    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "@pytest.mark.parbench(parbench.Workload('x', list, list, (1,)))" + TEST.format("cell"),
            "*has no name at the*",
        ),
        ("@pytest.mark.parbench()" + TEST.format("cell"), "*names no workload*"),
        ("@pytest.mark.parbench(3)" + TEST.format("cell"), "*takes workloads, not 3*"),
        (X + "@pytest.mark.parbench(x, core=[1])" + TEST.format("cell"), "*has no 'core'*"),
        (X + "@pytest.mark.parbench(x, margin=5)" + TEST.format("cell"), "*a margin of 5 cannot be*"),
        (X + "@pytest.mark.parbench(x)" + TEST.format(""), "*must take the fixture*"),
        ("x = parbench.Workload('x', list, list, ())", "*'x' has no sizes: give*"),
        ("x = parbench.Workload('x', list, list)", "*'x' has no sizes: give*"),
        ("x = parbench.Workload('x', list, list, (5, 2))", "*not in growing order*"),
    ],
)
def test_bad_marks_are_one_sentence(pytester: pytest.Pytester, body: str, words: str) -> None:
    """A mark or a workload that cannot be meant is refused while collecting."""
    pytester.makepyfile(f"import pytest, parbench\n{body}\n")
    result = pytester.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([words])
