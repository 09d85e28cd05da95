"""End of every strategy, in every variant: a failure is an error and no hang, and nothing remains."""

from __future__ import annotations

from typing import Any

import pytest

from parbench.errors import WorkerDied
from parbench.workload.workload import Workload
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


def check_error(label: str, workload: Workload, kind: type[Exception], words: str) -> None:
    """A call of `workload` ends with this error, and nothing remains after close."""
    before = left()
    with opened_at(label, 2) as strategy:
        if workload.stages is not None and strategy.unsupported_reason(workload, strategy.variant):
            pytest.skip("this strategy has no way to run dependent tasks")
        error = outcome(strategy, workload)
        assert isinstance(error, kind), repr(error)
        assert words in str(error)
    assert left() <= before


@pytest.mark.parametrize("late", [False, True])
def test_an_exception_of_the_kernel_arrives_and_everything_closes(label: str, late: bool) -> None:
    """An exception of the kernel, also of a later stage, reaches the caller with its text."""
    workload = kernels.late(kernels.raises_late) if late else bad(label, kernels.raises)
    check_error(label, workload, ValueError, "the kernel says no")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("watched", [needing(each) for each in WATCHED])
def test_an_unreadable_exception_is_an_error_and_no_hang(watched: str) -> None:
    """An exception that cannot be unpickled still ends the call with an exception, and close still works."""
    before = left()
    with opened_at(watched, 2) as strategy:
        assert isinstance(outcome(strategy, bad(watched, kernels.is_awkward)), Exception)
    assert left() <= before


@pytest.mark.parametrize("kernel", [kernels.exits, kernels.is_killed, kernels.dies_late])
@pytest.mark.parametrize("mortal", [needing(each) for each in MORTAL])
def test_a_dead_worker_is_an_error_and_no_hang(mortal: str, kernel: Any) -> None:
    """If a worker process dies, also in a later stage, the call ends with WorkerDied, in one sentence."""
    workload = kernels.late(kernel) if kernel is kernels.dies_late else bad(mortal, kernel)
    check_error(mortal, workload, WorkerDied, "look for a crash")


def test_nothing_is_left_after_close(label: str) -> None:
    """After a good call and close there is no child process and no shared segment, though the result lives on."""
    before = left()
    with opened_at(label, 2) as strategy:
        workload = accepted(strategy)[0]
        data = workload.make(workload.all_sizes.tiny, 0)
        result = strategy.run(workload, data, 2)
    assert left() <= before
    assert strategy.check(workload, result, data) == ""
