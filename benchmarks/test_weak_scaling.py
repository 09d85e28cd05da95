"""Weak scaling: the work grows with the number of cores, so that each core has as much work as one core alone.

The quick and the standard profile leave this file out, unless the command line names it. Two minutes are enough for the
main result: `--parbench-budget=120`.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import affine_sum, spin


@pytest.mark.parbench(
    [spin.workload, affine_sum.workload],  # Python that holds the GIL, and arrays that are made in place
    strategies=["threads", "multiprocessing"],
    weak=True,
    profiles=["thorough"],
)
def test_weak_scaling(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
