"""One number of every 128 bytes of an array summed: what it costs to send inputs, with next to no work at their end.

Inputs start as one float64 array in the caller, of as many bytes as the size says, and are shipped to the workers; the
result must be one float in the caller. Each byte goes to one worker. `ship_out` is the same way back, and `broadcast`
sends all bytes to all workers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import parbench

WIDTH = 16  # doubles in a row, 128 bytes


def make(size: int, seed: int) -> Any:
    """The numbers from `seed` on in rows of 128 bytes, so many that they take `size` bytes, but at least a row."""
    numbers = np.arange(max(1, size // (8 * WIDTH)) * WIDTH, dtype=np.float64)
    numbers += seed
    return numbers.reshape(-1, WIDTH)


def first_sum(rows: Any) -> float:
    """The sum over the first number of each row: exact, as all are whole and their sum is below 2⁵³."""
    return float(rows[:, 0].sum())


def combine(parts: Sequence[float], rows: Any) -> float:
    """Add up what the chunks gave."""
    del rows
    return math.fsum(parts)


def verify(result: Any, rows: Any) -> None:
    """Against the sum of the arithmetic series."""
    count, seed = len(rows), int(rows[0, 0])
    total = count * seed + WIDTH * count * (count - 1) // 2
    assert type(result) is float, f"the result is a {type(result).__name__}, not a float"
    assert result == total, f"the sum is {result!r}, not {total}"


def memory(size: int) -> int:
    """The array, and it once more in parts, pickled, sent and unpickled, and in Dask's graph."""
    return 9 * max(size, 8 * WIDTH)


workload = parbench.Workload(
    name="ship_in",
    about="An array shipped in, of which one number in sixteen is summed.",
    isolates="bytes on the way in",
    make=make,
    kernel=first_sum,
    combine=combine,
    verify=verify,
    sizes=parbench.Sizes(
        tiny=512,
        quick=(1 << 20, 1 << 26),
        standard=(1 << 10, 1 << 16, 1 << 20, 1 << 26),
        thorough=tuple(1 << power for power in range(10, 27, 2)),
    ),
    outputs="reduced",
    bound="memory",
    unit="bytes",
    elements=lambda size: size // 8,
    bytes_in=8,
    bytes_out=0,
    operations=1 / WIDTH,
    memory=memory,
    expects=(
        *(
            parbench.Expect(
                strategy,
                "below",
                1.0,
                why="Sending reads and writes every byte several times; the sum reads one number in sixteen once.",
            )
            for strategy in ("multiprocessing", "dask-processes", "dask-distributed")
        ),
        parbench.Expect(
            "threads",
            "above",
            "multiprocessing",
            times=3.0,
            from_seconds=5e-4,
            why="Threads are given the place of their rows, and no byte is moved.",
        ),
    ),
)
