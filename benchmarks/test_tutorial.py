"""The tutorial's own lines: what they cost beside other ways to do the same."""

from __future__ import annotations

import pytest

from parbench.plugin import CellUnderTest
from workloads import affine, square

WAYS = ["multiprocessing[tutorial]", "dask-threads[tutorial]", "dask-processes[tutorial]", "dask-distributed[tutorial]"]


@pytest.mark.parbench(square.workload, affine.workload, strategies=["threads", "shared-memory", *WAYS])
def test_tutorial(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
