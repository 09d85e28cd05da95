"""How much faster does each strategy get with more cores, the problem staying the same?"""

from __future__ import annotations

import pytest

from workloads import affine, affine_sum, square, square_array

WORKLOADS = [each.workload for each in (square, square_array, affine, affine_sum)]


@pytest.mark.parbench(WORKLOADS)
def test_strong_scaling(cell):
    cell.measure()
