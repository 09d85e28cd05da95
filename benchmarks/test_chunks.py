"""The number of chunks per core: few chunks cost little to dispatch, many keep every core busy until the end.

The quick profile leaves this file out, unless the command line names it.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import affine_sum, square

CHUNKS = (1, 4, 16, "auto")
STRATEGIES = ("threads", "multiprocessing", "dask-threads")
PROFILES = ("standard", "thorough")


@pytest.mark.parbench(
    square.workload, sizes=[300_000], strategies=STRATEGIES, cores=[2], chunks=CHUNKS, profiles=PROFILES
)
def test_chunks_that_travel(cell: CellUnderTest) -> None:
    """Every cell gives the right result; each chunk is pickled on its way to another process and back."""
    cell.measure()


@pytest.mark.parbench(
    affine_sum.workload, sizes=[2_048], strategies=STRATEGIES, cores=[2], chunks=CHUNKS, profiles=PROFILES
)
def test_chunks_that_are_made_in_place(cell: CellUnderTest) -> None:
    """Every cell gives the right result; hardly any data travel, so that a chunk costs its dispatch only."""
    cell.measure()
