"""The code of the tutorial, compared with other strategies for the same work."""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import affine, square

DASK = ["dask-threads[tutorial]", "dask-processes[tutorial]", "dask-distributed[tutorial]"]
OTHERS = ["threads", "shared-memory"]


@pytest.mark.parbench(square.workload, sizes=[300_000], strategies=[*OTHERS, "multiprocessing[tutorial]"])
def test_pool(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()


@pytest.mark.parbench(affine.workload, sizes=[2_048], strategies=[*OTHERS, *DASK])
def test_dask(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
