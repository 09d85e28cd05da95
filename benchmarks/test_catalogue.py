"""The catalogue: workloads that each isolate one effect by which strategies differ, on all cores.

The standard and the thorough profile measure it; other profiles measure named ones: `--parbench-workloads=sort,skew`.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import (
    affine_sum,
    all_to_all,
    broadcast,
    groupby,
    matmul,
    monte_carlo,
    ship_in,
    ship_out,
    skew,
    sort,
    square_array,
    stencil,
    tree_reduce,
    triad,
    wait,
    wordcount,
    worker_state,
)

PROFILES = ("standard", "thorough")
#: More than any machine has: a test gets as many as there are.
ALL = 10**6
MODULES = (affine_sum, all_to_all, broadcast, groupby, matmul, monte_carlo, ship_in, ship_out, skew, sort)
MORE = (square_array, stencil, tree_reduce, triad, wordcount, worker_state)
WORKLOADS = [each.workload for each in (*MODULES, *MORE)] + [matmul.matmul_large, groupby.groupby_apply]
#: One of each kind: all that there are would take hours.
STRATEGIES = ("vectorized", "library-threads", "threads", "multiprocessing", "shared-memory", "dask-threads")
WORKERS = (1, 2, 4, 8, 16, 32, 64)


@pytest.mark.parbench(WORKLOADS, strategies=STRATEGIES, cores=[ALL], profiles=PROFILES)
def test_catalogue(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()


@pytest.mark.parbench(wait.workload, wait.request, strategies=["threads", "asyncio"], cores=WORKERS, profiles=PROFILES)
def test_waiting(cell: CellUnderTest) -> None:
    """Every cell gives the right result, with up to 64 workers on any number of cores."""
    cell.measure()
