"""`pytest --benchmark --parbench-against`, with real processes in a repository of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

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
    """Naps of half the length are FASTER, which fails if that was selected, and no worktree remains."""
    result = repository.runpytest_subprocess(*SHORT, "--parbench-against=HEAD", "--parbench-fail-on=faster")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["nap-4-serial-1: FASTER against the base: 4.* ms → 2.* ms, 0.* the time."])
    assert changes(repository.path) == {("nap", "serial"): "FASTER"}
    result.stdout.fnmatch_lines(["against HEAD:", "noise floor: *", "FASTER *nap-4-serial-1*"])
    worktrees = subprocess.run(["git", "worktree", "list"], cwd=repository.path, capture_output=True, check=True)
    assert worktrees.stdout.count(b"\n") == 1


PLUS = """
import parbench


def kernel(chunk):
    return [item + {added} for item in chunk]


def write_into(chunk, out):
    out[:] = kernel(chunk)


nap = parbench.Workload("nap", kernel, make=lambda size, seed: list(range(size)), sizes=(2, 4),
                        verify=lambda result, data: list(result) == [item + 1 for item in data],
                        output=lambda data: ((len(data),), int), write_into=write_into, finish=list)
"""
ALL = ["serial", "threads", "shared-memory", "dask-threads", "dask-processes", "dask-distributed"]
ALL += [f"multiprocessing[{method}]" for method in ("fork", "forkserver", "spawn")]


def test_every_strategy_runs_the_code_of_the_base_there(repository: pytest.Pytester) -> None:
    """A kernel that is wrong in the base only is wrong there under every strategy, and right in the working tree."""
    repository.makepyfile(work=PLUS.format(added=2))
    subprocess.run(["git", "commit", "-qam", "wrong"], cwd=repository.path, check=True)
    repository.makepyfile(work=PLUS.format(added=1))
    result = repository.runpytest_subprocess(
        *SHORT, "--parbench-against=HEAD", "--parbench-budget=15", f"--parbench-strategies={','.join(ALL)}"
    )
    result.assert_outcomes(passed=len(ALL))
    assert changes(repository.path) == {("nap", strategy): "NEW" for strategy in ALL}


def test_what_the_base_lacks_is_new(repository: pytest.Pytester) -> None:
    """A workload that the last commit does not have is measured and reported as new, and nothing fails."""
    repository.makepyfile(work=KERNEL.format(seconds=0.002, more=LATE))
    result = repository.runpytest_subprocess(
        *SHORT, "--parbench-against=HEAD", "--parbench-workloads=late", "--parbench-budget=4"
    )
    assert result.ret == 0
    assert changes(repository.path) == {("late", "serial"): "NEW"}


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
    result = repository.runpytest_subprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([words])
    assert not (repository.path / "reports" / "latest").exists()


def test_a_test_has_a_margin_of_its_own(repository: pytest.Pytester) -> None:
    """Three quarters of the time are within a margin of a half, which the run file keeps."""
    repository.makepyfile(test_nap=TEST.replace("cores=[1]", "cores=[1], margin=0.5"))
    repository.makepyfile(work=KERNEL.format(seconds=0.003, more=""))
    repository.runpytest_subprocess(*SHORT, "--parbench-against=HEAD").assert_outcomes(passed=1)
    assert changes(repository.path) == {("nap", "serial"): "SAME"}
    header = json.loads((repository.path / "reports" / "latest" / "run.jsonl").read_text().split("\n")[0])
    assert header["settings"]["margins"] == {"nap-4-serial-1": 0.5}


def test_the_same_code_in_another_environment(repository: pytest.Pytester) -> None:
    """An environment of pyproject.toml is the base: its variables are set there, under every kind of worker."""
    repository.makepyfile(
        work=PLUS.replace("import parbench", "import os\n\nimport parbench", 1).format(
            added="int(os.environ.get('ADDED', 1))"
        )
    )
    repository.makepyprojecttoml('[tool.parbench.environments.two]\nvariables = {ADDED = "2"}\n')
    some = ["serial", "shared-memory", "multiprocessing[spawn]", "dask-distributed"]
    result = repository.runpytest_subprocess(
        *SHORT, "--parbench-against=env:two", "--parbench-budget=12", f"--parbench-strategies={','.join(some)}"
    )
    result.assert_outcomes(passed=len(some))
    assert changes(repository.path) == {("nap", strategy): "NEW" for strategy in some}


def test_an_environment_that_cannot_be_built_is_one_sentence(repository: pytest.Pytester) -> None:
    """One note, and nothing is measured."""
    repository.makepyprojecttoml('[tool.parbench.environments.none]\nrequires = ["./nothing.whl"]\n')
    result = repository.runpytest_subprocess(*SHORT, "--parbench-against=env:none")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*Exit: parbench: the environment cannot be built: *nothing.whl*"])
    assert not (repository.path / "reports" / "latest").exists()
