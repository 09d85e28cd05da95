"""How fine may tasks be? Sizes are placed around the grain at which half of the cores is used, found by a few calls.

Not in the quick and standard profiles, whose time belongs to others; name this file to measure it there. Two minutes
tell most: `--parbench-budget=120`.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import spin


@pytest.mark.parbench(
    spin.workload,
    strategies=["multiprocessing", "futures-processes", "dask-processes", "dask-distributed"],
    cores=[10**6],  # as many as there are
    chunks=[16],  # tasks enough for each core, so that it is they that cost, and not the call
    bracket="grain",
    profiles=["thorough"],
)
def test_grain(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
