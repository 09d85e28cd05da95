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


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_exceptions_arrive_and_nothing_is_left_after_close(label: str) -> None:
    """Exceptions of kernels, unreadable ones too, end the call; close leaves nothing behind, and results live on."""
    before = left()
    with opened_at(label, 2) as strategy:
        workload = accepted(strategy)[0]
        result = strategy.run(workload, data := workload.make(workload.all_sizes.tiny, 0), 2)
        failing = [bad(label, kernels.raises), kernels.late(kernels.raises_late)]
        for each in failing:
            if each.stages is None or not strategy.unsupported_reason(each, strategy.variant):
                error = outcome(strategy, each)
                assert isinstance(error, ValueError)
                assert "the kernel says no" in str(error)
        if label in WATCHED:
            assert isinstance(outcome(strategy, bad(label, kernels.is_awkward)), Exception)
    assert left() <= before
    assert strategy.check(workload, result, data) == ""


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("mortal", [needing(each) for each in MORTAL])
def test_a_dead_worker_is_an_error_and_no_hang(mortal: str, late: bool) -> None:
    """If a worker is killed, or exits in a later stage, the call ends with WorkerDied, in one sentence."""
    workload = kernels.late(kernels.dies_late) if late else bad(mortal, kernels.is_killed)
    before = left()
    with opened_at(mortal, 2) as strategy:
        if late and strategy.unsupported_reason(workload, strategy.variant):
            pytest.skip("this strategy has no way to run dependent tasks")
        error = outcome(strategy, workload)
        assert isinstance(error, WorkerDied), repr(error)
        assert "look for a crash" in str(error)
    assert left() <= before
