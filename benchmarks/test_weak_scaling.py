"""Weak scaling: as many times the work as there are cores, so that each has as much to do as one had alone.

Not in the quick and standard profiles, whose time belongs to others; name this file to measure it there. Two minutes
tell most: `--parbench-budget=120`.
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
