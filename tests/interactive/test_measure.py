"""`parbench.measure`: from a function to a run, in a world without a clock and in real processes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.errors import ParbenchError, UsageError, WorkloadError
from parbench.measurement.session import Session
from tests.support import kernels
from tests.support.fake_arms import World
from tests.support.sessions import write_no_report


def double(number: int) -> int:
    """A function of one item."""
    return 2 * number


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which `parbench.measure` measures."""
    made = World(noise=0.01)
    monkeypatch.setattr(Session, "context", lambda self, **more: made.context(budget=self.budget, **more))
    write_no_report(monkeypatch)
    return made


def cells(run: parbench.Run) -> set[tuple[str, int]]:
    """The strategies of a run with their core counts."""
    return set(zip(run.summary["strategy"], run.summary["cores"], strict=True))


@pytest.mark.usefixtures("world")
def test_a_function_is_measured_on_all_its_items() -> None:
    """The run has the baseline and the named cells at the number of items, and shows an answer."""
    run = parbench.measure(double, range(1000), strategies=["threads"], cores=[1, 2], progress=False)
    assert cells(run) == {("serial", 1), ("threads", 1), ("threads", 2)}
    assert set(run.summary["size"]) == {1000}
    assert run.header.settings.budget == 30
    assert "double at 1,000: use threads on 2 cores" in repr(run)


@pytest.mark.usefixtures("world")
def test_by_default_most_strategies_are_measured_on_one_to_all_cores() -> None:
    """Without names, the strategies are those that can run the work and start fast."""
    run = parbench.measure(double, [1, 2, 3], progress=False)
    strategies = {strategy for strategy, _ in cells(run)}
    assert {"serial", "threads", "multiprocessing", "dask-threads"} <= strategies
    assert not {"vectorized", "dask-processes", "dask-distributed"} & strategies


@pytest.mark.usefixtures("world")
def test_workloads_are_measured_as_they_are() -> None:
    """Ready workloads are measured at their own sizes, or at those of the caller."""
    one = kernels.listed(kernels.doubles)
    assert set(parbench.measure(one, strategies=["threads"], progress=False).summary["size"]) == {20}
    run = parbench.measure([one], strategies=["threads"], sizes=[50], progress=False)
    assert set(run.summary["size"]) == {50}


@pytest.mark.usefixtures("world")
def test_the_folder_of_a_run_goes_with_it(tmp_path: Path) -> None:
    """Without `out` the run file is removed along with the run; with it, the run and `latest` are in that folder."""
    run = parbench.measure(double, range(9), strategies=["threads"], progress=False)
    assert run.path is not None
    assert run.path.exists()
    place = run.path
    del run
    assert not place.exists()
    kept = parbench.measure(double, range(9), strategies=["threads"], out=tmp_path, progress=False)
    assert kept.path is not None
    assert kept.path.parent == tmp_path
    assert (tmp_path / "latest").resolve() == kept.path.resolve()


def test_an_interrupted_run_has_what_was_measured(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C returns the run with its samples and says so; before the first sample it is raised."""
    world.interrupt_at = 20
    run = parbench.measure(double, range(1000), strategies=["threads"], progress=False)
    assert not run.data.complete
    assert (run.samples["phase"] == "steady").any()
    assert "interrupted" in capsys.readouterr().err
    world.samples, world.failures = 0, {("serial", "open"): "interrupt"}
    with pytest.raises(KeyboardInterrupt):
        parbench.measure(double, range(1000), strategies=["threads"], progress=False)
    assert world.ended()


def test_a_function_that_fails_is_one_sentence(world: World) -> None:
    """If no cell has a result, the reason of the first one is raised."""
    world.failures = dict.fromkeys([("serial", "first"), ("threads", "first")], "error")
    with pytest.raises(WorkloadError, match="no strategy has a result for double; serial: scripted"):
        parbench.measure(double, range(1000), strategies=["threads"], progress=False)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: parbench.measure(double), "needs the items"),
        (lambda: parbench.measure(double, []), "has no items"),
        (lambda: parbench.measure(3, [1]), "takes a function and its items"),  # type: ignore[arg-type]  # the mistake
        (lambda: parbench.measure([]), "takes a function and its items"),
        (lambda: parbench.measure(kernels.listed(kernels.doubles), [1]), "its own data"),
        (lambda: parbench.measure(double, [1], strategies=["thread"]), "no strategy 'thread'"),
        (lambda: parbench.measure(double, [1], strategies="threads"), r"give a list, such as \['threads'\]"),
        (lambda: parbench.measure(double, [1], strategies=[]), "empty list of strategies"),
        (lambda: parbench.measure(double, [1], cores=[0]), "0 cores cannot be measured"),
        (lambda: parbench.measure(double, [1], cores=[1.5]), "1.5 cores cannot be measured"),  # type: ignore[list-item]
        (lambda: parbench.measure(double, [1], budget=0), "budget=0: give a positive number"),
        (lambda: parbench.measure(double, [1], budget=float("nan")), "budget=nan"),
    ],
)
@pytest.mark.usefixtures("world")
def test_mistakes_are_one_sentence(call: Callable[[], Any], words: str) -> None:
    """A mistake of the caller raises an error with the remedy before anything is measured."""
    with pytest.raises((UsageError, WorkloadError), match=words) as caught:
        call()
    assert isinstance(caught.value, ParbenchError)
    assert "\n" not in str(caught.value)


SESSION = """
import parbench
from dataclasses import dataclass
from importlib.util import find_spec

@dataclass
class Point:
    x: float

offset = 3

def moved(point):
    return Point(point.x + offset)

run = parbench.measure(
    moved,
    [Point(number) for number in range(50)],
    strategies=["threads", "multiprocessing[spawn]", *(["joblib"] if find_spec("joblib") else [])],
    cores=[1],
    budget=8,
    progress=False,
)
print(*run.summary["status"], sep=",")
try:
    parbench.measure(lambda number: 1 / number, [1, 0], strategies=["threads"], cores=[1], budget=5, progress=False)
except parbench.ParbenchError as error:
    print(error)
"""


def test_functions_and_classes_of_a_session_reach_all_workers(tmp_path: Path) -> None:
    """What stands in a script from standard input is measured, by every kind of worker; an error is one sentence."""
    done = subprocess.run(
        [sys.executable, "-"], input=textwrap.dedent(SESSION), capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert done.returncode == 0, done.stderr
    statuses, error = done.stdout.splitlines()
    assert statuses.split(",") == ["ok"] * len(statuses.split(","))
    words = "serial: it raised ZeroDivisionError: division by zero (line 25, in <lambda>)"
    assert error == f"no strategy has a result for lambda; {words}"
    assert not list(tmp_path.iterdir())
