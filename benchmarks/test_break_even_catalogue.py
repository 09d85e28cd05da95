"""The smallest sizes at which two cores pay off in the catalogue, and other times of calls, which predict these sizes.

A run of the standard profile on a machine of two cores chose the pairs of workload and strategy: each has such a size
within reach. The thorough profile measures this file; other profiles measure it if the command line names it. It needs
`--parbench-budget=2700`.
"""

from __future__ import annotations

import pytest

from parbench.pytest_plugin.plugin import CellUnderTest
from workloads import (
    all_to_all,
    broadcast,
    groupby,
    matmul,
    monte_carlo,
    ship_in,
    ship_out,
    skew,
    sort,
    spin,
    square_array,
    stencil,
    tree_reduce,
    wordcount,
    worker_state,
)

FREE = [each.workload for each in (all_to_all, monte_carlo, skew, sort, stencil, tree_reduce, worker_state, matmul)]
FREE = [*FREE, matmul.matmul_large]
DATA = [each.workload for each in (broadcast, ship_in, ship_out, square_array, groupby)]
HELD = [wordcount.workload, groupby.groupby_apply, spin.workload]
AMONG_THREADS = ("threads", "multiprocessing", "dask-threads")
AMONG_PROCESSES = ("multiprocessing", "futures-processes", "joblib", "dask-processes", "dask-distributed")


@pytest.mark.parbench(FREE, strategies=AMONG_THREADS, cores=[2], bracket="break-even", profiles=["thorough"])
def test_break_even_of_what_frees_the_gil(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()


@pytest.mark.parbench(DATA, strategies=["threads"], cores=[2], bracket="break-even", profiles=["thorough"])
def test_break_even_of_what_is_mostly_data(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()


@pytest.mark.parbench(HELD, strategies=AMONG_PROCESSES, cores=[2], bracket="break-even", profiles=["thorough"])
def test_break_even_of_what_holds_the_gil(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()


@pytest.mark.parbench(FREE, strategies=AMONG_THREADS, cores=[2], profiles=["thorough"])
def test_what_frees_the_gil(cell: CellUnderTest) -> None:
    """Every cell gives the right result, at the sizes of the profile."""
    cell.measure()


@pytest.mark.parbench(DATA, strategies=AMONG_THREADS, cores=[2], sizes=[100_000, 1_000_000], profiles=["thorough"])
def test_what_is_mostly_data(cell: CellUnderTest) -> None:
    """Every cell gives the right result, at two sizes that do not take long to send."""
    cell.measure()


@pytest.mark.parbench(HELD, strategies=AMONG_PROCESSES, cores=[2], profiles=["thorough"])
def test_what_holds_the_gil(cell: CellUnderTest) -> None:
    """Every cell gives the right result, at the sizes of the profile."""
    cell.measure()
