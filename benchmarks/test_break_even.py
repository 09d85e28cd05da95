"""From which size on does a strategy pay? The sizes are placed around that place, found by a few calls.

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
    cores=[10**6],  # as many as there are
    bracket="break-even",
    profiles=["thorough"],
)
def test_break_even(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
