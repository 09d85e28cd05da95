"""Arrays of random numbers, each sorted for itself: library code that computes without the GIL.

Inputs are made in the workers, from a seed: the numbers of one PCG64 stream, from which each chunk takes its own by
skipping ahead. The result must be a few numbers in the caller: how many were sorted, how many are not in order, and the
sums of some order statistics. All arrays have the same length, and nothing is merged: cutting the work in more chunks
makes it no shorter, as it would by the logarithm if a chunk were sorted as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import parbench

#: Numbers in an array: 64 KiB stay in a core's cache, and a call of NumPy is long beside the wait for the GIL.
LENGTH = 1 << 13
#: The order statistics that are summed: minimum, median and maximum.
RANKS = (0, LENGTH // 2, LENGTH - 1)
BAND = 64  # arrays checked at a time


class Arrays(NamedTuple):
    """Arrays `start` to `stop` of those that `seed` stands for."""

    seed: int
    start: int
    stop: int


def make(size: int, seed: int) -> Arrays:
    """All arrays; no number is made yet."""
    return Arrays(seed, 0, size)


def split(arrays: Arrays, parts: int) -> list[Arrays]:
    """Cut into ranges of arrays."""
    return [
        arrays._replace(start=arrays.start + start, stop=arrays.start + stop)
        for start, stop in parbench.bounds(arrays.stop - arrays.start, parts)
    ]


def generator(arrays: Arrays) -> np.random.Generator:
    """The stream of random numbers, at the first number of `arrays`: each double takes one step."""
    return np.random.Generator(np.random.PCG64(arrays.seed).advance(arrays.start * LENGTH))


def sort(arrays: Arrays) -> list[float]:
    """One array after the other, in a buffer that stays in a core's cache."""
    numbers = generator(arrays)
    buffer = np.empty(LENGTH)
    found = np.empty((arrays.stop - arrays.start, len(RANKS)))
    wrong = 0
    for picked in found:
        numbers.random(out=buffer)
        buffer.sort()
        wrong += int(np.count_nonzero(buffer[1:] < buffer[:-1]))
        picked[:] = buffer[list(RANKS)]
    return [float(len(found) * LENGTH), float(wrong), *map(math.fsum, found.T)]


def combine(parts: Sequence[Sequence[float]], arrays: Arrays) -> list[float]:
    """Add up what the chunks gave."""
    del arrays
    return [math.fsum(column) for column in zip(*parts, strict=True)]


def verify(result: Any, arrays: Arrays) -> None:
    """Against the same stream from its start, whose ranks are found without sorting."""
    size = arrays.stop - arrays.start
    assert isinstance(result, list), f"the result is a {type(result).__name__}, not a list"
    assert len(result) == 2 + len(RANKS), f"the result has {len(result)} numbers, not {2 + len(RANKS)}"
    assert result[0] == size * LENGTH, f"{result[0]:g} numbers were sorted, not {size * LENGTH}"
    assert result[1] == 0, f"{result[1]:g} numbers are smaller than the one before"
    for index, (rank, numbers) in enumerate(zip(RANKS, ranked(arrays).T, strict=True)):
        right = math.fsum(numbers)
        same = math.isclose(result[2 + index], right, rel_tol=1e-12)
        assert same, f"the numbers of rank {rank} sum up to {result[2 + index]!r}, not {right!r}"


def ranked(arrays: Arrays) -> Any:
    """The order statistics of every array, a row each, by searching and partition alone."""
    numbers = np.random.Generator(np.random.PCG64(arrays.seed))
    rows = np.empty((arrays.stop, len(RANKS)))
    for low in range(0, arrays.stop, BAND):
        band = numbers.random((min(BAND, arrays.stop - low), LENGTH))
        least, most = band.min(axis=1), band.max(axis=1)
        band.partition(RANKS[1], axis=1)
        rows[low : low + len(band)] = np.stack([least, band[:, RANKS[1]], most], axis=1)
    return rows


def vectorized(arrays: Arrays) -> list[float]:
    """As one writes it with whole arrays: a row each."""
    numbers = generator(arrays).random((arrays.stop - arrays.start, LENGTH))
    numbers.sort(axis=1)
    wrong = np.count_nonzero(numbers[:, 1:] < numbers[:, :-1])
    return [float(numbers.size), float(wrong), *map(math.fsum, numbers[:, RANKS].T)]


def memory(size: int) -> int:
    """All arrays at once in the vectorized form, and a byte for each number that is compared."""
    return 9 * LENGTH * size


workload = parbench.Workload(
    name="sort",
    about="np.sort of arrays of 8,192 random numbers made in the workers, each for itself, with order statistics.",
    isolates="library code that releases the GIL",
    make=make,
    split=split,
    kernel=sort,
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=3, about=(4, 40, 400, 4_000)),
    inputs="made in workers",
    outputs="reduced",
    bound="compute",
    unit="arrays",
    elements=lambda size: size * LENGTH,
    bytes_in=0,
    bytes_out=0,
    operations=13,  # comparisons, the logarithm of an array's length
    memory=memory,
    vectorized=vectorized,
    expects=(
        parbench.Expect(
            "threads",
            "above",
            "ceiling",
            times=0.6,
            from_seconds=0.05,
            why="NumPy releases the GIL while it makes and sorts numbers; Python only starts the next array.",
        ),
        parbench.Expect(
            "threads",
            "above",
            "multiprocessing",
            times=0.8,
            from_seconds=0.01,
            why="Processes spare the waits for the GIL, which are short, and pay for sending the tasks.",
        ),
    ),
)
