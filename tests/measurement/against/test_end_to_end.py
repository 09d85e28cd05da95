"""`pytest --benchmark --parbench-against`, with real processes in a repository of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from parbench.measurement.against import open_base
from parbench.measurement.arms.process import ArmFailed
from parbench.measurement.arms.protocol import ArmSpec, MakeFirstCall, Open
from parbench.report.run import Run
from parbench.runfile.reader import header_of
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference
from tests.measurement.arms.test_process import PATIENCE, started
from tests.support.fake_arms import World
from tests.support.sessions import measure_in

KERNEL = """
import time

import parbench


def kernel(chunk):
    time.sleep({seconds})
    return list(chunk)


def verify(result, data):
    assert result == data


nap = parbench.Workload("nap", kernel, make=lambda size, seed: list(range(size)), sizes=(2, 4), verify=verify)
{more}
"""
TEST = """
import pytest

import work


@pytest.mark.parbench(*(getattr(work, name) for name in ("nap", "late") if hasattr(work, name)),
                      sizes=[4], strategies=["serial"], cores=[1])
def test_nap(cell):
    cell.measure()
"""
LATE = "late = parbench.Workload('late', kernel, make=lambda size, seed: [0] * size, sizes=(2, 4), verify=verify)"
#: The CPUs may sleep, as naps do not need them.
IDLE = "from parbench.machine import facts\n\nfacts.needs_awake = lambda: False\n"
SHORT = ("--benchmark", "--parbench-budget=60", "-p", "no:cacheprovider", "-p", "no:benchmark")


@pytest.fixture
def repository(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository whose last commit naps twice as long as the working tree."""
    pytester.makepyfile(test_nap=TEST, work=KERNEL.format(seconds=0.004, more=""))
    for command in ("init -q", "config user.name x", "config user.email x@example.com", "add -A", "commit -qm slow"):
        subprocess.run(["git", *command.split()], cwd=pytester.path, check=True)
    pytester.makepyfile(work=KERNEL.format(seconds=0.002, more=""))
    return pytester


def changes(folder: Path) -> dict[tuple[str, str], str]:
    """The verdict by workload and strategy."""
    rows: list[Any] = list(pd.read_csv(folder / "reports" / "latest" / "changes.csv").itertuples())
    return {(row.workload, row.strategy): row.verdict for row in rows}


def test_a_working_tree_against_its_last_commit(repository: pytest.Pytester) -> None:
    """Naps of half the length are FASTER, which fails if that was selected, and no worktree remains.

    A workload that the last commit does not have is measured and reported as new, and does not fail.
    """
    repository.makepyfile(work=KERNEL.format(seconds=0.002, more=LATE))
    repository.makeconftest(IDLE)
    result = repository.runpytest_subprocess(
        *SHORT, "--parbench-against=HEAD", "--parbench-fail-on=faster", "--parbench-margin=0.2"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["nap-4-serial-1: FASTER against the base: 4.* ms → 2.* ms, 0.* the time."])
    assert changes(repository.path) == {("nap", "serial"): "FASTER", ("late", "serial"): "NEW"}
    result.stdout.fnmatch_lines(["against HEAD:", "noise floor: *", "FASTER *nap-4-serial-1*"])
    worktrees = subprocess.run(["git", "worktree", "list"], cwd=repository.path, capture_output=True, check=True)
    assert worktrees.stdout.count(b"\n") == 1


PLUS = """
import os

import parbench


def kernel(chunk):
    return [item + int(os.environ.get("ADDED", {added})) for item in chunk]


def write_into(chunk, out):
    out[:] = kernel(chunk)


nap = parbench.Workload("nap", kernel, make=lambda size, seed: list(range(size)), sizes=(2, 4),
                        verify=lambda result, data: list(result) == [item + 1 for item in data],
                        output=lambda data: ((len(data),), int), write_into=write_into, finish=list)
"""
ALL = ["serial", "threads", "shared-memory", "dask-threads", "dask-processes", "dask-distributed"]
ALL += [f"multiprocessing[{method}]" for method in ("fork", "forkserver", "spawn")]


def status(arm_spec: ArmSpec) -> str:
    """Status of a cell that is called once in an arm of its own and verified."""
    with started(arm_spec) as arm:
        try:
            arm.ask(Open(), PATIENCE)
            arm.ask(MakeFirstCall(), PATIENCE)
        except ArmFailed as failure:
            return failure.status
    return "ok"


@pytest.mark.parametrize(
    ("against", "strategies"),
    [("HEAD", ALL), ("env:two", ["serial", "shared-memory", "multiprocessing[spawn]", "dask-distributed"])],
)
def test_every_strategy_runs_the_code_of_the_base_there(
    repository: pytest.Pytester, against: str, strategies: list[str]
) -> None:
    """A kernel that is wrong in the base only is wrong there under every kind of worker, and right here.

    The base is a commit with another number, or an environment of pyproject.toml that sets a variable.
    """
    repository.makepyfile(work=PLUS.format(added=2))
    subprocess.run(["git", "commit", "-qam", "wrong"], cwd=repository.path, check=True)
    repository.makepyfile(work=PLUS.format(added=1))
    repository.makepyprojecttoml('[tool.parbench.environments.two]\nvariables = {ADDED = "2"}\n')
    reference = Reference("work", str(repository.path / "work.py"), "nap")
    path = [str(repository.path), *sys.path]
    ours = [ArmSpec(Cell("nap", 4, strategy, 1), reference, 1, [], path) for strategy in strategies]
    assert status(ours[0]) == "ok"
    with open_base(against, repository.path, repository.path) as base:
        assert [(spec.cell.strategy, status(base.transform(spec))) for spec in ours] == [
            (strategy, "wrong") for strategy in strategies
        ]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("", "*--parbench-against compares nothing without --benchmark*"),
        ("--parbench-against=nowhere", "*git knows no revision 'nowhere'*"),
        ("--parbench-dask-scheduler=tcp://127.0.0.1:9", "*one version of the code only: leave out*"),
        ("--parbench-margin=0", "*--parbench-margin takes more than 0*"),
        ("--parbench-fail-on=slow", "*--parbench-fail-on knows no 'slow'*"),
    ],
)
def test_bad_options_are_usage_errors(repository: pytest.Pytester, option: str, words: str) -> None:
    """One sentence, exit code 4, and nothing measured."""
    options = (*SHORT, "--parbench-against=HEAD", option) if option else (*SHORT[1:], "--parbench-against=HEAD")
    result = repository.runpytest_inprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([words])
    assert not (repository.path / "reports" / "latest").exists()


def test_a_test_has_a_margin_of_its_own(repository: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three quarters of the time are within a margin of a half, which the run file keeps."""
    measure_in(World(seconds=lambda cell: 0.004 if cell.environment else 0.003), monkeypatch)
    repository.makepyfile(test_nap=TEST.replace("cores=[1]", "cores=[1], margin=0.5"))
    repository.runpytest_inprocess(*SHORT, "--parbench-against=HEAD").assert_outcomes(passed=1)
    run = Run(repository.path / "reports" / "latest")
    assert run.changes is not None
    assert list(run.changes["verdict"]) == ["SAME"]
    assert run.changes["ratio"].tolist() == pytest.approx([0.75])
    assert header_of(repository.path / "reports" / "latest").settings.margins == {"nap-4-serial-1": 0.5}


def test_an_environment_that_cannot_be_used_is_one_sentence(repository: pytest.Pytester) -> None:
    """One note, and nothing is measured."""
    repository.makepyprojecttoml('[tool.parbench.environments.none]\npython = "/bin/false"\n')
    result = repository.runpytest_inprocess(*SHORT, "--parbench-against=env:none")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*Exit: parbench: the interpreter /bin/false cannot be used: *"])
    assert not (repository.path / "reports" / "latest").exists()
