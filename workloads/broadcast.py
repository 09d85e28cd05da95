"""Numbers looked up in one table that every task needs: what it costs to share a large object.

Inputs start as one float64 array in the caller, of as many bytes as the size says; each chunk is the whole table and a
range of lookups, so it is shipped with every chunk where chunks are shipped at all. The result must be one float in the
caller. One number in sixteen is looked up, wherever it is in the table.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

import parbench

SHARE = 16  # one number of so many is looked up
#: How far it is from one lookup to the next: a prime, so that lookups in tables of a power of two never meet.
LEAP = 1_000_003


class Part(NamedTuple):
    """The table, and lookups `start` to `stop`."""

    table: Any
    start: int
    stop: int


def make(size: int, seed: int) -> Part:
    """The table of `size` bytes, but at least of sixteen numbers, and all lookups."""
    table = np.arange(max(SHARE, size // 8), dtype=np.float64)
    table += seed
    return Part(table, 0, len(table) // SHARE)


def split(part: Part, parts: int) -> list[Part]:
    """Cut the lookups; the table goes with each of them."""
    return [
        part._replace(start=part.start + start, stop=part.start + stop)
        for start, stop in parbench.bounds(part.stop - part.start, parts)
    ]


def look_up(part: Part) -> float:
    """The sum of what is found: exact, as all numbers are whole and their sum is below 2⁵³."""
    return looked_up(*part)


def looked_up(table: Any, start: int, stop: int) -> float:
    """The same from what a part is made of, for Dask, which hands over the table by itself."""
    places = np.arange(start, stop, dtype=np.int64) * LEAP % len(table)
    return float(table[places].sum())


def combine(parts: Sequence[float], part: Part) -> float:
    """Add up what the chunks gave."""
    del part
    return math.fsum(parts)


def verify(result: Any, part: Part) -> None:
    """Against the sum of (LEAP·i mod n) + seed over all lookups i, in closed form."""
    n, seed = len(part.table), int(part.table[0])
    count = part.stop - part.start
    total = LEAP * count * (count - 1) // 2 - n * floor_sum(count, n, LEAP) + count * seed
    assert type(result) is float, f"the result is a {type(result).__name__}, not a float"
    assert result == total, f"the sum is {result!r}, not {total}"


def floor_sum(count: int, n: int, factor: int) -> int:
    """The sum of ⌊factor·i / n⌋ over i below `count`, as Euclid's algorithm counts lattice points below a line."""
    total, shift, sign = 0, 0, 1
    while True:
        total += sign * (count * (count - 1) // 2 * (factor // n) + count * (shift // n))
        factor, shift = factor % n, shift % n
        top = factor * count + shift
        if top < n:
            return total
        count, shift = divmod(top, n)
        n, factor = factor, n


def dask_form(part: Part, parts: int) -> Any:
    """A task a chunk, and the table in the graph once, as an input that they share; no key was ever used before."""
    import dask

    table = dask.delayed(part.table, name=f"table-{uuid4().hex}", traverse=False)
    ranges = parbench.bounds(part.stop - part.start, parts)
    return dask.delayed(math.fsum, pure=False)(
        [dask.delayed(looked_up, pure=False)(table, start, stop) for start, stop in ranges]
    )


def memory(size: int) -> int:
    """The table, pickled once for every worker, and unpickled there; twice as much on the way."""
    return max(size, 8 * SHARE) * (3 + 3 * (os.cpu_count() or 1))


workload = parbench.Workload(
    name="broadcast",
    about="Numbers looked up in one array that goes with every chunk, and summed.",
    isolates="one object for all tasks",
    make=make,
    split=split,
    kernel=look_up,
    combine=combine,
    verify=verify,
    sizes=parbench.Sizes(
        tiny=512,
        quick=(1 << 20, 1 << 24),
        standard=(1 << 10, 1 << 16, 1 << 20, 1 << 24),
        thorough=tuple(1 << power for power in range(10, 27, 2)),
    ),
    outputs="reduced",
    bound="memory",
    unit="bytes",
    elements=lambda size: size // 8,
    bytes_in=8,
    bytes_out=0,
    operations=3 / SHARE,
    memory=memory,
    dask=dask_form,
    expects=(
        *(
            parbench.Expect(
                strategy,
                "below",
                1.0,
                why="Every worker is sent the whole table, and looks up its share of one number in sixteen.",
            )
            for strategy in ("multiprocessing", "dask-processes")
        ),
        parbench.Expect(
            "threads",
            "above",
            "multiprocessing",
            times=2.0,
            from_seconds=5e-4,
            why="Threads are given the place of the table, and no byte is moved.",
        ),
    ),
)
