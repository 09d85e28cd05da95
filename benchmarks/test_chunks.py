"""How finely to cut: few chunks cost little to hand out, many keep every core at work until the end.

Not in the quick profile, whose time belongs to strong scaling; name this file to measure it there.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import affine_sum, square

CHUNKS = (1, 4, 16, "auto")
STRATEGIES = ("threads", "multiprocessing", "dask-threads")
PROFILES = ("standard", "thorough")


@pytest.mark.parbench(
    square.workload, sizes=[300_000], strategies=STRATEGIES, cores=[2], chunks=CHUNKS, profiles=PROFILES
)
def test_chunks_that_travel(cell: CellUnderTest) -> None:
    """Every cell gives the right result, where each chunk is pickled on its way to another process and back."""
    cell.measure()


@pytest.mark.parbench(
    affine_sum.workload, sizes=[2_048], strategies=STRATEGIES, cores=[2], chunks=CHUNKS, profiles=PROFILES
)
def test_chunks_that_are_made_in_place(cell: CellUnderTest) -> None:
    """Every cell gives the right result, where hardly anything travels, so that handing out a chunk is all it costs."""
    cell.measure()
