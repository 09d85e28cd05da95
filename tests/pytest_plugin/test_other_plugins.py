"""Options of pytest and of its other plugins: cells are measured nevertheless, or one sentence says why not."""

from __future__ import annotations

import json
import os
import re
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from parbench.analysis.frame import load
from parbench.measurement.campaign import Campaign
from tests.support.fake_arms import World
from tests.support.sessions import measure_in

HEAD = """
import pytest

import parbench

plus = parbench.Workload("plus", list, make=lambda size, seed: list(range(size)), sizes=(10, 1000))
mark = pytest.mark.parbench(plus, strategies=["serial", "threads"], cores=[1])
"""
TEST = f"{HEAD}\n\n@mark\ndef test_plus(cell):\n    cell.measure()\n"
#: Options in `addopts`, each with the module that must be installed.
MEASURED = {
    "--benchmark-skip": "pytest_benchmark",
    "--benchmark-disable": "pytest_benchmark",
    "--benchmark-only": "pytest_benchmark",
    "--benchmark-skip --benchmark-only": "pytest_benchmark",
    "--strict-markers --strict-config": "",
    "-W error": "",
    "-p no:cacheprovider": "",
    "-p no:terminal": "",
    "-s -x --lf --durations=3": "",
    "-n 2 --dist loadfile": "xdist",
    "--forked": "pytest_forked",
    "--reruns 2": "pytest_rerunfailures",
    "--timeout 5 --timeout-method thread": "pytest_timeout",
    "--cov . --cov-report=": "pytest_cov",
}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose runs have no clock and write no report."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    measure_in(World(), monkeypatch)
    pytester.makepyfile(test_it=TEST)
    return pytester


def run(project: pytest.Pytester, *arguments: str, addopts: str = "") -> pytest.RunResult:
    """Measure, with these options in the configuration."""
    project.makeini(f"[pytest]\naddopts = {addopts}\n")
    return project.runpytest_inprocess("--benchmark", *arguments)


def strategies(project: pytest.Pytester) -> set[str]:
    """The strategies that the latest run has measured."""
    latest = project.path / "reports" / "latest"
    return set(load(latest)["strategy"]) if latest.exists() else set()


@pytest.mark.parametrize("addopts", MEASURED)
def test_options_in_the_configuration_do_not_keep_cells_from_being_measured(
    project: pytest.Pytester, addopts: str
) -> None:
    """Options that skip, disable, distribute, fork, rerun or time tests leave the campaign as it is."""
    if MEASURED[addopts] and find_spec(MEASURED[addopts]) is None:
        pytest.skip(f"{MEASURED[addopts]} is not installed")
    assert run(project, addopts=addopts).ret == pytest.ExitCode.OK
    assert strategies(project) == {"serial", "threads"}


def test_a_campaign_has_no_time_limit_of_a_test(project: pytest.Pytester) -> None:
    """The timer of pytest-timeout is cancelled before cells are measured."""
    pytest.importorskip("pytest_timeout")
    project.makeconftest("def pytest_timeout_cancel_timer(item):\n    print('cancelled for', item.name)\n")
    result = run(project, "-s", "--timeout=5")
    result.stdout.fnmatch_lines(["*cancelled for test_plus?plus-1000-serial-1?"])


#: Tests of which none measures a cell.
UNMEASURED = {
    "skipped": f"{HEAD}\n\n@pytest.mark.skip\n@mark\ndef test_plus(cell):\n    cell.measure()\n",
    "skipped by a fixture": f"{HEAD}\n\n@pytest.fixture\ndef gpu():\n    pytest.skip('none')\n\n\n"
    "@mark\ndef test_plus(gpu, cell):\n    cell.measure()\n",
    "never called": f"{HEAD}\n\n@mark\ndef test_plus(cell):\n    assert cell\n",
}


@pytest.mark.parametrize("kind", UNMEASURED)
@pytest.mark.parametrize("quiet", ["-v", "-q"])
def test_a_run_that_measures_nothing_fails(project: pytest.Pytester, kind: str, quiet: str) -> None:
    """If no test has the result of a cell, one sentence says so, and the exit code is that of failed tests."""
    project.makepyfile(test_it=UNMEASURED[kind])
    result = run(project, quiet)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["parbench: none of 2 tests with the mark has the result*cell.measure()."])
    assert run(project, "--setup-plan").ret == pytest.ExitCode.OK


def test_a_budget_that_allows_no_cell_fails(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """If every cell is skipped for lack of time, the run has measured nothing."""
    monkeypatch.setattr(Campaign, "left", lambda self: 0.0)
    result = run(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["parbench: none of 2 tests *"])


def test_skipped_tests_are_not_measured(project: pytest.Pytester) -> None:
    """The cells of a test that a mark skips take no time of the others."""
    project.makepyfile(
        test_it=f"{TEST}\n\nminus = parbench.Workload('minus', list, make=plus.make, sizes=(10, 1000))\n\n\n"
        "@pytest.mark.skipif(condition=True, reason='no')\n@pytest.mark.parbench(minus, strategies=['serial'])\n"
        "def test_minus(cell):\n    cell.measure()\n"
    )
    run(project).assert_outcomes(passed=2, skipped=1)
    assert set(load(project.path / "reports" / "latest")["workload"]) == {"plus"}


FUNCTION = "@mark\ndef test_plus(cell{}):\n    ...\n"
#: Tests with a parameter or a fixture whose name is one of ours, and words of the sentence.
COLLISIONS = {
    "@pytest.mark.parametrize('size', [1, 2])\n" + FUNCTION.format(", size"): "*parameters*'size'*",
    "@pytest.mark.parametrize('n, cores', [(1, 2)])\n" + FUNCTION.format(", n, cores"): "*'cores'*",
    "@pytest.fixture(params=[1, 2])\ndef size(request):\n    ...\n\n\n" + FUNCTION.format(", size"): "*sizes=*",
    "@pytest.fixture\ndef cell():\n    ...\n\n\n" + FUNCTION.format(""): "*another fixture is called `cell`*",
}


@pytest.mark.parametrize("text", COLLISIONS)
def test_a_name_of_ours_that_is_taken_is_one_sentence(project: pytest.Pytester, text: str) -> None:
    """A parameter or fixture of the project that collides with ours is named at collection, without a traceback."""
    project.makepyfile(test_it=f"{HEAD}\n\n{text}")
    result = project.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*parbench: {COLLISIONS[text]}"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_fixture_without_parameters_may_have_a_name_of_ours(project: pytest.Pytester) -> None:
    """An autouse fixture `workload` and a fixture `size` that other tests use are no collision."""
    project.makeconftest(
        "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef workload(): ...\n\n\n"
        "@pytest.fixture(params=[1, 2])\ndef size(request):\n    return request.param\n"
    )
    project.makepyfile(test_it=f"{TEST}\n\ndef test_other(size):\n    assert size\n")
    project.runpytest_inprocess("-k", "serial or other").assert_outcomes(passed=3, deselected=1)


OTHER = "def test_other(benchmark):\n    benchmark.pedantic(abs, args=(1,), rounds=2)\n"


@pytest.mark.parametrize(("option", "shown"), [("", False), ("-v", True), ("--benchmark-cprofile=tottime", True)])
def test_cells_are_in_tables_of_pytest_benchmark_on_request_only(
    project: pytest.Pytester, option: str, shown: bool
) -> None:
    """Its tables have its own tests, and cells on request; its files have both in any case."""
    project.makepyfile(test_other=OTHER)
    result = run(project, "--benchmark-json=out.json", *filter(None, [option]))
    assert result.ret == pytest.ExitCode.OK
    table = [line for line in result.outlines if re.match(r"test_\S+ +\d+\.\d", line)]
    assert any("test_other" in line for line in table)
    assert any("test_plus" in line for line in table) is shown
    assert len(json.loads(Path("out.json").read_text())["benchmarks"]) == 3


def test_a_run_that_is_cut_off_is_the_latest(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link leads to a run from its first line on, so that it does so if the process is killed."""
    seen: list[bool] = []
    monkeypatch.setattr(Campaign, "run", lambda self: seen.append(Path("reports/latest").resolve().is_dir()))
    run(project)
    assert seen == [True]
    assert (project.path / "reports" / ".gitignore").exists()


#: Fixtures that change the world for the functions of one test, and fixtures that prepare it for all.
FIXTURES = """
import os
import socket
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def service():
    os.environ["MADE_UP_SERVICE"] = "there"


@pytest.fixture(autouse=True)
def other_world(monkeypatch, tmp_path):
    monkeypatch.setenv("MADE_UP_SERVICE", "gone")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(time, "time", None)
    monkeypatch.setattr(socket, "socket", None)


@pytest.fixture
def benchmark():
    return "of the project"
"""


def test_fixtures_of_functions_do_not_change_the_campaign(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measuring comes after fixtures of the session, and before those that replace clocks, folders and sockets."""
    project.makeconftest(FIXTURES)
    monkeypatch.setenv("MADE_UP_SERVICE", "")
    seen: list[object] = []
    measure, clock = Campaign.run, time.time

    def observed(campaign: Campaign) -> None:
        seen.extend((os.environ["MADE_UP_SERVICE"], Path.cwd(), time.time is clock))
        measure(campaign)

    monkeypatch.setattr(Campaign, "run", observed)
    assert run(project).ret == pytest.ExitCode.OK
    assert seen == ["there", project.path, True]
    assert strategies(project) == {"serial", "threads"}
