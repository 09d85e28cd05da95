"""Strong scaling: how much faster each strategy gets with more cores, the problem staying the same."""

from __future__ import annotations

import pytest

from parbench.plugin import CellUnderTest
from workloads import affine, affine_sum, square, square_array

WORKLOADS = [each.workload for each in (square, square_array, affine, affine_sum)]


@pytest.mark.parbench(WORKLOADS)
def test_strong_scaling(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
