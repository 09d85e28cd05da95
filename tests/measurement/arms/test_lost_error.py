"""Errors of workers that libraries lose are found by a second call."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from parbench import Workload
from parbench.errors import WorkerDied, WorkerKilled, WorkloadError
from parbench.measurement.arms.explain import explain
from parbench.measurement.arms.first_call import verified_call
from parbench.measurement.arms.lost_error import guarded, is_lost
from parbench.strategies.registry import create
from parbench.workload.reference import Reference, load, portable
from tests.support import kernels

HERE = Path(__file__).name
FILE = """
import multiprocessing
import os
import parbench

if os.getpid() != {pid}:
    {fault}

work = parbench.Workload.each(lambda number: number, range(4), name="work")
"""


class NeedsTwo(Exception):
    """An error that cannot be unpickled."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def needs_two(number: int) -> None:
    """Raises an error that no pipe carries."""
    raise NeedsTwo(number, 2)


def leave(number: int) -> None:
    """Ends its process in Python's way."""
    sys.exit(number)


def interrupt(number: int) -> None:
    """Ends the loop of a worker."""
    raise KeyboardInterrupt


def give_lambda(number: int) -> Any:
    """A result that cannot be pickled."""
    return lambda: number


def reason_of(workload: Workload, strategy: str) -> str:
    """The reason of a first call on two workers."""
    with create(strategy) as opened:
        opened.open(2)
        try:
            verified_call(opened, workload, workload.make(4, 1), 2, 1)
        except BaseException as error:
            return explain(error).reason
    return ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("strategy", ["multiprocessing", "futures-processes"])
@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (needs_two, " and 2"),
        (leave, "it raised SystemExit: "),
        (interrupt, "it raised KeyboardInterrupt"),
        (give_lambda, "a result of the kernel cannot be pickled"),
    ],
)
def test_the_error_of_a_worker_is_named_with_its_place(kernel: Any, words: str, strategy: str) -> None:
    """What does not survive the way to the caller, or ends the worker, is reported as in the caller."""
    reason = reason_of(Workload.each(kernel, range(4)), strategy)
    assert words in reason
    assert f"{HERE}:" in reason or kernel is give_lambda


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("multiprocessing.set_start_method('spawn')", "RuntimeError: context has already been set"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit('stop')", "SystemExit: stop"),
    ],
)
def test_an_error_in_the_import_of_a_worker_is_named(
    fault: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import is tried inside of the call, so that its error is an answer; its line is the place."""
    (tmp_path / "lost_work.py").write_text(FILE.format(pid=os.getpid(), fault=fault))
    monkeypatch.syspath_prepend(tmp_path)
    reference = Reference("lost_work", str(tmp_path / "lost_work.py"), "work")
    try:
        reason = reason_of(portable(reference), "multiprocessing[spawn]")
    finally:
        load.cache_clear()
        sys.modules.pop("lost_work", None)
    assert f"importing the kernel in a worker process raised {words}" in reason
    assert f"lost_work.py:7, in <module>: {fault}" in reason


def test_a_lack_of_memory_is_not_looked_for_twice() -> None:
    """A worker that was killed, and a MemoryError, have their own sentences; the end of a worker has none."""
    with create("multiprocessing") as strategy, create("threads") as threads:
        assert is_lost(strategy, WorkerDied("a worker process ended."))
        assert not is_lost(threads, WorkerDied("a worker process ended."))
        for error in (WorkerKilled("a worker process was killed."), MemoryError(), WorkloadError("no slices.")):
            assert not is_lost(strategy, error)


def test_the_guarded_workload_gives_the_same_result() -> None:
    """Chunks and parts that are packed and unpacked, also between stages and into views, make the same result."""
    for workload in (kernels.listed(kernels.doubles), Workload(kernel=sum, data=list(range(10)))):
        data = workload.make(10, 1)
        with create("serial") as strategy:
            assert strategy.run(guarded(workload), data, 3) == strategy.run(workload, data, 3)
