"""From which size on two cores pay for more of the catalogue: what predictions of it are held against.

In the thorough profile, or by the name of this file.
"""

from __future__ import annotations

import pytest

from parbench.plugin import CellUnderTest
from workloads import groupby, matmul, monte_carlo, skew, sort, wordcount, worker_state

WORKLOADS = [each.workload for each in (matmul, monte_carlo, skew, sort, wordcount, worker_state)]
STRATEGIES = ("threads", "multiprocessing")


@pytest.mark.parbench(
    [*WORKLOADS, groupby.groupby_apply],
    strategies=STRATEGIES,
    cores=[2],
    bracket="break-even",
    profiles=("thorough",),
)
def test_break_even_of_the_catalogue(cell: CellUnderTest) -> None:
    """Every cell gives the right result."""
    cell.measure()
