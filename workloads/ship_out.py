"""The whole numbers from a first one on: what it costs to bring results home, with next to no work at their start.

Inputs start as three ints a chunk in the caller; the result must be one int64 array in the caller, of as many bytes as
the size says. Each byte comes from one worker. `ship_in` is the same way there.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

import parbench

BLOCK = 1 << 15  # numbers made at a time where they are written in place: 256 KiB stay in a core's cache
BAND = 1 << 16  # numbers checked at a time


class Numbers(NamedTuple):
    """Numbers `start` to `stop` of those from `first` on."""

    first: int
    start: int
    stop: int


def make(size: int, seed: int) -> Numbers:
    """So many numbers that they take `size` bytes, but at least one; the seed is the first of them."""
    return Numbers(seed, 0, max(1, size // 8))


def split(numbers: Numbers, parts: int) -> list[Numbers]:
    """Cut into ranges."""
    return [
        numbers._replace(start=numbers.start + start, stop=numbers.start + stop)
        for start, stop in parbench.bounds(numbers.stop - numbers.start, parts)
    ]


def count_up(numbers: Numbers) -> Any:
    """The part of one chunk as an array of its own."""
    return np.arange(numbers.first + numbers.start, numbers.first + numbers.stop, dtype=np.int64)


def output(numbers: Numbers) -> tuple[tuple[int, ...], Any]:
    """The whole array."""
    return (numbers.stop - numbers.start,), np.int64


def write_into(numbers: Numbers, out: Any) -> None:
    """Write the numbers of one chunk."""
    for low in range(0, len(out), BLOCK):
        start = numbers.start + low
        part = out[low : low + BLOCK]
        part[:] = count_up(numbers._replace(start=start, stop=start + len(part)))


def verify(result: Any, numbers: Numbers) -> None:
    """By the first number and the steps to the next ones, a band at a time."""
    count = numbers.stop - numbers.start
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.int64, f"the result is of {result.dtype}, not of int64"
    assert result.shape == (count,), f"the result has the shape {result.shape}, not {(count,)}"
    assert result[0] == numbers.first, f"the first number is {result[0]}, not {numbers.first}"
    for low in range(0, count, BAND):
        band = result[low : low + BAND + 1]
        same = band[1:] - band[:-1] == 1
        assert same.all(), f"number {low + int(np.argmin(same)) + 1} is not one more than the one before"


def dask_form(numbers: Numbers, parts: int) -> Any:
    """A dask.array in `parts` chunks, under a name that was never used before."""
    import dask.array as da

    lengths = tuple(stop - start for start, stop in parbench.bounds(numbers.stop, parts))
    return da.map_blocks(block, numbers, chunks=(lengths,), dtype=np.int64, name=f"count-{uuid4().hex}")


def block(numbers: Numbers, block_info: Any = None) -> Any:
    """One block of the dask.array: the numbers that Dask says it is."""
    start, stop = block_info[None]["array-location"][0]
    return count_up(numbers._replace(start=start, stop=stop))


def memory(size: int) -> int:
    """The parts, pickled, sent and unpickled, and the whole beside them while they are joined."""
    return 9 * max(size, 8)


workload = parbench.Workload(
    name="ship_out",
    about="The whole numbers from a first one on, brought home as one array.",
    isolates="bytes on the way out",
    make=make,
    split=split,
    kernel=count_up,
    verify=verify,
    sizes=parbench.Sizes(
        tiny=512,
        quick=(1 << 20, 1 << 26),
        standard=(1 << 10, 1 << 16, 1 << 20, 1 << 26),
        thorough=tuple(1 << power for power in range(10, 27, 2)),
    ),
    bound="memory",
    unit="bytes",
    elements=lambda size: size // 8,
    bytes_in=0,
    bytes_out=8,
    operations=1,
    memory=memory,
    output=output,
    write_into=write_into,
    dask=dask_form,
    expects=(
        *(
            parbench.Expect(
                strategy,
                "below",
                1.0,
                why="A number is made by writing it once; to bring it home it is written, sent and read several times.",
            )
            for strategy in ("multiprocessing", "dask-processes", "dask-distributed")
        ),
        parbench.Expect(
            "shared-memory",
            "above",
            "multiprocessing",
            times=1.5,
            from_seconds=0.003,
            why="Written into shared memory, a number is at home at once; through a pipe it is copied, then joined.",
        ),
    ),
)
