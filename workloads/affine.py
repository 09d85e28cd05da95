"""2·x + 1 over an (n, n) array of random numbers: work that starts where it is done, and a large result to bring home.

Inputs are made in the workers, from a seed; the result must be one float64 array in the caller. The numbers
are those of one PCG64 stream, row after row, and each chunk skips ahead to its first row: whatever the
strategy, the chunking and the core count, they are the same.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

import parbench

BLOCK = 1 << 17  # doubles made at a time: 1 MiB stays in a core's cache; much smaller, and threads queue for the GIL


class Rows(NamedTuple):
    """Rows `start` to `stop` of the (n, n) array that `seed` stands for."""

    n: int
    seed: int
    start: int
    stop: int


def make(size: int, seed: int) -> Rows:
    """All rows of the array; no number is made yet."""
    return Rows(size, seed, 0, size)


def split(rows: Rows, parts: int) -> list[Rows]:
    """Cut into ranges of rows."""
    return [
        rows._replace(start=rows.start + start, stop=rows.start + stop)
        for start, stop in parbench.bounds(rows.stop - rows.start, parts)
    ]


def generator(rows: Rows) -> np.random.Generator:
    """The stream of random numbers, at the first number of `rows`: each double takes one step."""
    return np.random.Generator(np.random.PCG64(rows.seed).advance(rows.start * rows.n))


def random_rows(rows: Rows) -> Any:
    """The random numbers themselves, between 0 and 1, as an array of whole rows."""
    return generator(rows).random((rows.stop - rows.start, rows.n))


def write_into(rows: Rows, out: Any) -> None:
    """Make the numbers of `rows` in `out`, C-contiguous and of their shape, and transform them there."""
    numbers = generator(rows)
    flat = out.reshape(-1)
    for low in range(0, flat.size, BLOCK):
        block = flat[low : low + BLOCK]
        numbers.random(out=block)
        block *= 2.0
        block += 1.0


def affine(rows: Rows) -> Any:
    """The part of one chunk as an array of its own."""
    out = np.empty((rows.stop - rows.start, rows.n))
    write_into(rows, out)
    return out


def output(rows: Rows) -> tuple[tuple[int, ...], Any]:
    """The whole array."""
    return (rows.stop - rows.start, rows.n), np.float64


def verify(result: Any, rows: Rows) -> None:
    """Number for number against one stream from its start, a band of rows at a time."""
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.float64, f"the result is of {result.dtype}, not of float64"
    assert result.shape == (rows.n, rows.n), f"the result has the shape {result.shape}, not {(rows.n, rows.n)}"
    numbers = np.random.Generator(np.random.PCG64(rows.seed))
    band = max(1, BLOCK // rows.n)
    for low in range(0, rows.n, band):
        part = result[low : low + band]
        assert np.array_equal(part, 2 * numbers.random(part.shape) + 1), f"wrong numbers from row {low} on"


def vectorized(rows: Rows) -> Any:
    """As one writes it with whole arrays."""
    return 2 * random_rows(rows) + 1


def numexpr_form(rows: Rows) -> Any:
    """The arithmetic by numexpr and its threads; the numbers themselves come from NumPy, in one."""
    import numexpr

    return numexpr.evaluate("2 * x + 1", local_dict={"x": random_rows(rows)}, global_dict={})


def dask_numbers(rows: Rows, parts: int) -> Any:
    """The random numbers as a dask.array cut into ranges of rows, under a name that was never used before."""
    import dask.array as da

    heights = tuple(stop - start for start, stop in parbench.bounds(rows.n, parts))
    return da.map_blocks(
        block_of_rows, rows, chunks=(heights, (rows.n,)), dtype=np.float64, name=f"random-{uuid4().hex}"
    )


def block_of_rows(rows: Rows, block_info: Any = None) -> Any:
    """One block of the dask.array: the rows that Dask says it is."""
    start, stop = block_info[None]["array-location"][0]
    return random_rows(rows._replace(start=start, stop=stop))


def dask_form(rows: Rows, parts: int) -> Any:
    """The expression of the tutorial, over numbers that can be checked."""
    return 2 * dask_numbers(rows, parts) + 1


def tutorial(rows: Rows) -> Any:
    """The tutorial's lines, word for word: Dask's own generator, chunks of (1000, 1000)."""
    import dask.array as da

    x = da.random.random((rows.n, rows.n), chunks=(1000, 1000))
    return 2 * x + 1


def verify_tutorial(result: Any, rows: Rows) -> None:
    """By the properties of 2·x + 1 for uniform x: range, mean 2 and variance 1/3 within six standard errors."""
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.shape == (rows.n, rows.n), f"the result has the shape {result.shape}, not {(rows.n, rows.n)}"
    assert result.dtype == np.float64, f"the result is of {result.dtype}, not of float64"
    low, high = result.min(), result.max()
    assert low >= 1.0, f"the smallest number is {low}, below 1"
    assert high < 3.0, f"the largest number is {high}, not below 3"
    mean = float(result.mean())
    assert abs(mean - 2.0) <= 6 * 0.5774 / rows.n, f"the mean is {mean}, too far from 2"
    variance = float(sum(np.square(row - 2.0).sum() for row in result)) / rows.n**2
    assert abs(variance - 1 / 3) <= 6 * 0.2982 / rows.n, f"the variance is {variance}, too far from 1/3"


def memory(size: int) -> int:
    """The parts as arrays, pickled, sent and received, and the result beside them while they are joined."""
    return 8 * size * size * 9  # measured: 1 copy in serial, 4 with multiprocessing, 9 with dask-processes


# Making a number takes about 2.3 ns of one core, moving its 8 bytes less than 1: compute, though the
# first touch of a fresh result can cost as much again. There is no numba form: it cannot skip ahead in NumPy's stream,
# so it could share out no more than numexpr does, the arithmetic.
workload = parbench.Workload(
    name="affine",
    about="2·x + 1 over an (n, n) array of random numbers made in the workers, brought home as one array.",
    make=make,
    split=split,
    kernel=affine,
    verify=verify,
    sizes=parbench.Sizes(
        tiny=48,
        quick=(256, 2_048),
        standard=(256, 2_048),
        thorough=(256, 512, 1_024, 2_048, 10_000),
    ),
    inputs="made in workers",
    bound="compute",
    unit="rows",
    elements=lambda size: size * size,
    bytes_in=0,
    bytes_out=8,
    operations=2,
    memory=memory,
    vectorized=vectorized,
    dask=dask_form,
    numexpr=numexpr_form,
    output=output,
    write_into=write_into,
    tutorial=parbench.Tutorial("dask", tutorial, verify_tutorial),
    isolates="inputs made where they are used, and a large result to bring home",
    expects=(
        parbench.Expect(
            "threads",
            "above",
            "ceiling",
            times=0.6,
            from_seconds=0.003,
            why="NumPy releases the GIL while it makes and transforms numbers, and threads write them where they have "
            "to be.",
        ),
        parbench.Expect(
            "multiprocessing",
            "below",
            1,
            from_seconds=0.003,
            why="All numbers come home through one process, pickled, through pipes and joined there, which takes it "
            "longer than making them.",
        ),
    ),
)
