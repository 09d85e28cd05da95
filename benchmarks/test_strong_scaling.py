"""Strong scaling: the speedup of each strategy with more cores at the same problem.

The three workloads are Python objects that travel, arrays that NumPy makes in place, and pure Python.
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
