"""End of every strategy with workers that can die: an error and no hang, and nothing remains."""

from __future__ import annotations

import pytest

from parbench.errors import WorkerDied
from tests.strategies.contract import (
    MORTAL,
    bad,
    left,
    needing,
    opened_at,
    outcome,
)
from tests.support import kernels

# Threads of one strategy may still be around when the next one forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


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
