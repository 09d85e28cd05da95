"""End of every strategy, in every variant: a failure is an error and no hang, and nothing remains."""

from __future__ import annotations

from typing import Any

import pytest

from parbench.errors import WorkerDied
from tests.strategies.contract import (
    LABELS,
    MORTAL,
    WATCHED,
    accepted,
    bad,
    left,
    needing,
    opened_at,
    outcome,
)
from tests.support import kernels

# Threads of one strategy may still be around when the next one forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture(scope="module", params=[needing(each) for each in LABELS])
def label(request: pytest.FixtureRequest) -> Any:
    """Every strategy in every variant."""
    return request.param


def test_an_exception_of_the_kernel_arrives_and_everything_closes(label: str) -> None:
    """An exception of the kernel reaches the caller with its text, and nothing remains after close."""
    before = left()
    with opened_at(label, 2) as strategy:
        error = outcome(strategy, bad(label, kernels.raises))
        assert isinstance(error, ValueError)
        assert "the kernel says no" in str(error)
    assert left() <= before


def test_an_exception_in_a_later_step_arrives_and_everything_closes(label: str) -> None:
    """An exception of a task on which others wait reaches the caller, and nothing remains after close."""
    workload, before = kernels.late(kernels.raises_late), left()
    with opened_at(label, 2) as strategy:
        if strategy.unsupported_reason(workload, strategy.variant):
            pytest.skip("this strategy has no way to run dependent tasks")
        error = outcome(strategy, workload)
        assert isinstance(error, ValueError)
        assert "the kernel says no" in str(error)
    assert left() <= before


@pytest.mark.parametrize("mortal", [needing(each) for each in MORTAL])
def test_a_worker_that_dies_in_a_later_step_is_an_error_and_no_hang(mortal: str) -> None:
    """Where a worker dies at a task that others wait for, the call ends with WorkerDied, and nothing is left behind."""
    workload, before = kernels.late(kernels.dies_late), left()
    with opened_at(mortal, 2) as strategy:
        if strategy.unsupported_reason(workload, strategy.variant):
            pytest.skip("this strategy has no way to run dependent tasks")
        assert isinstance(error := outcome(strategy, workload), WorkerDied), repr(error)
    assert left() <= before


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("watched", [needing(each) for each in WATCHED])
def test_an_unreadable_exception_is_an_error_and_no_hang(watched: str) -> None:
    """An exception that cannot be unpickled still ends the call with an exception, and close still works."""
    before = left()
    with opened_at(watched, 2) as strategy:
        assert isinstance(outcome(strategy, bad(watched, kernels.is_awkward)), Exception)
    assert left() <= before


@pytest.mark.parametrize("kernel", [kernels.exits, kernels.is_killed])
@pytest.mark.parametrize("mortal", [needing(each) for each in MORTAL])
def test_a_dead_worker_is_an_error_and_no_hang(mortal: str, kernel: Any) -> None:
    """Where a worker process dies, the call ends with WorkerDied, in one sentence, and nothing is left behind."""
    before = left()
    with opened_at(mortal, 2) as strategy:
        error = outcome(strategy, bad(mortal, kernel))
        assert isinstance(error, WorkerDied), repr(error)
        assert "look for a crash" in str(error)
    assert left() <= before


def test_nothing_is_left_after_close(label: str) -> None:
    """After a good call and close there is no child process and no shared segment, though the result lives on."""
    before = left()
    with opened_at(label, 2) as strategy:
        workload = accepted(strategy)[0]
        data = workload.make(workload.all_sizes.tiny, 0)
        result = strategy.run(workload, data, 2)
    assert left() <= before
    assert strategy.check(workload, result, data) == ""
