"""The sum of 2·x + 1 over the random numbers of `affine`: the same work, with one number to bring home.

Inputs are made in the workers, from a seed; the result must be one float in the caller. The difference to
`affine` is what it costs to bring results home.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import parbench
from workloads.affine import BLOCK, Rows, dask_form, generator, make, split, vectorized


def partial_sum(rows: Rows) -> float:
    """The sum over one chunk, made in a buffer that stays in a core's cache."""
    numbers = generator(rows)
    left = (rows.stop - rows.start) * rows.n
    buffer = np.empty(min(BLOCK, left))
    sums = []
    while left > 0:
        block = buffer[:left]
        numbers.random(out=block)
        block *= 2.0
        block += 1.0
        sums.append(float(block.sum()))
        left -= block.size
    return math.fsum(sums)


def combine(parts: Sequence[float], rows: Rows) -> float:
    """Add up what the chunks gave."""
    del rows
    return math.fsum(parts)


def verify(result: Any, rows: Rows) -> None:
    """Within 1e-9 of twice the sum of one stream from its start, plus one for each number."""
    numbers = np.random.Generator(np.random.PCG64(rows.seed))
    total = 2 * math.fsum(float(numbers.random(rows.n).sum()) for _ in range(rows.n)) + rows.n**2
    assert np.ndim(result) == 0, f"the result has the shape {np.shape(result)}, not that of one number"
    assert math.isclose(float(result), total, rel_tol=1e-9), f"the sum is {float(result)!r}, not {total!r}"


def vectorized_sum(rows: Rows) -> float:
    """As one writes it with whole arrays."""
    return float(vectorized(rows).sum())


def dask_sum(rows: Rows, parts: int) -> Any:
    """Reduced by Dask, a number a chunk."""
    return dask_form(rows, parts).sum()


def memory(size: int) -> int:
    """Whole arrays before and after each of the two operations, where a strategy makes them."""
    return 8 * size * size * 3


workload = parbench.Workload(
    name="affine_sum",
    about="The sum of 2·x + 1 over an (n, n) array of random numbers made in the workers.",
    make=make,
    split=split,
    kernel=partial_sum,
    combine=combine,
    verify=verify,
    sizes=parbench.Sizes(
        tiny=48,
        quick=(256, 2_048),
        standard=(256, 1_024, 2_048),
        thorough=(256, 512, 1_024, 2_048, 10_000),
    ),
    inputs="made in workers",
    outputs="reduced",
    bound="compute",
    unit="rows",
    elements=lambda size: size * size,
    bytes_in=0,
    bytes_out=0,
    operations=3,
    memory=memory,
    vectorized=vectorized_sum,
    dask=dask_sum,
    isolates="work without traffic: a seed goes out and one number comes home",
    expects=(
        parbench.Expect(
            "threads",
            "above",
            "ceiling",
            times=0.7,
            from_seconds=0.003,
            why="NumPy releases the GIL while it works, in a buffer that each thread has to itself.",
        ),
        parbench.Expect(
            "multiprocessing",
            "above",
            "threads",
            times=0.7,
            from_seconds=0.003,
            why="What makes processes slow is what they send each other, and here that is a seed and one number.",
        ),
        parbench.Expect(
            "vectorized",
            "below",
            "serial",
            from_seconds=0.003,
            why="Whole arrays pass through memory at every operation; the buffer of the plain form stays in a cache.",
        ),
    ),
)
