"""The finest grain of tasks at which half of the cores is used; a few calls find it, and sizes around it are measured.

The quick and the standard profile leave this file out, unless the command line names it. Two minutes are enough for the
main result: `--parbench-budget=120`.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import spin


@pytest.mark.parbench(
    spin.workload,
    strategies=["multiprocessing", "futures-processes", "dask-processes", "dask-distributed"],
    cores=[10**6],  # as many as there are
    chunks=[16],  # enough tasks per core that the tasks cost more than the call
    bracket="grain",
    profiles=["thorough"],
)
def test_grain(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
