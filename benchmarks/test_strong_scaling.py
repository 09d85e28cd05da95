"""Strong scaling: how much faster each strategy gets with more cores, the problem staying the same.

Three workloads tell most: Python objects that travel, arrays that NumPy makes in place, and pure Python.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import affine, spin, square

WORKLOADS = [square.workload, affine.workload, spin.workload]


@pytest.mark.parbench(WORKLOADS)
def test_strong_scaling(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
