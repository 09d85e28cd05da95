"""The smallest size at which a strategy pays off; a few calls find it, and sizes around it are measured.

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
    cores=[10**6],  # as many as there are
    bracket="break-even",
    profiles=["thorough"],
)
def test_break_even(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
