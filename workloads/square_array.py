"""x·x over a float64 array: memory traffic, with one multiplication for every 16 bytes.

Inputs start as one array in the caller and are shipped to the workers; the result must be one array in the
caller. Beside `square` it shows what Python objects cost, as NumPy releases the GIL and pickles whole buffers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import parbench

BAND = 1 << 16  # elements checked at a time


def make(size: int, seed: int) -> Any:
    """`size` float64 between -1 and 1, drawn from `seed`."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, size)


def square(x: Any) -> Any:
    """The squares of one chunk."""
    return x * x


def verify(result: Any, x: Any) -> None:
    """Against ``np.power`` within rounding, a band at a time, so that checking needs next to no memory."""
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.float64, f"the result is of {result.dtype}, not of float64"
    assert result.shape == x.shape, f"the result has the shape {result.shape}, not {x.shape}"
    for low in range(0, len(x), BAND):
        right = np.power(np.abs(x[low : low + BAND]), 2.0)
        same = np.isclose(result[low : low + BAND], right, rtol=1e-15, atol=0.0)
        assert same.all(), f"item {low + int(np.argmin(same))} is not the square of its input"


def output(x: Any) -> tuple[tuple[int, ...], Any]:
    """One float64 for every input."""
    return x.shape, x.dtype


def write_into(x: Any, out: Any) -> None:
    """Write the squares of one chunk."""
    np.multiply(x, x, out=out)


def dask_form(x: Any, parts: int) -> Any:
    """A dask.array in `parts` chunks; ``name=False`` spares hashing the input and keeps keys fresh."""
    import dask.array as da

    array = da.from_array(x, chunks=-(-len(x) // parts), name=False)
    return array * array


def numexpr_form(x: Any) -> Any:
    """By numexpr, which cuts the arrays into blocks and shares them out to its threads."""
    import numexpr

    return numexpr.evaluate("x * x", local_dict={"x": x}, global_dict={})


@cache
def compiled() -> Any:
    """The kernel as numba compiles it: one loop, shared out to threads. Made on use, as it needs numba."""
    import numba

    return numba.njit(parallel=True)(square)


def numba_form(x: Any) -> Any:
    """By the compiled kernel; the first call compiles it."""
    return compiled()(x)


def memory(size: int) -> int:
    """In and out, each also pickled, sent, received and unpickled, and joined at the end."""
    return 8 * size * 13  # measured: 2 copies in serial, 8 with multiprocessing, 13 with dask-processes


workload = parbench.Workload(
    name="square_array",
    about="x·x over a float64 array, shipped in and back as one array.",
    make=make,
    kernel=square,
    verify=verify,
    sizes=parbench.Sizes(
        tiny=1_000,
        quick=(100_000, 4_000_000),
        standard=(100_000, 500_000, 4_000_000, 8_000_000),
        thorough=(100_000, 500_000, 4_000_000, 8_000_000, 20_000_000),
    ),
    bound="memory",
    bytes_in=8,
    bytes_out=8,
    operations=1,
    memory=memory,
    vectorized=square,
    output=output,
    write_into=write_into,
    dask=dask_form,
    numexpr=numexpr_form,
    numba=numba_form,
    isolates="memory traffic, with whole arrays shipped both ways",
    expects=(
        parbench.Expect(
            "multiprocessing",
            "below",
            0.5,
            why="Sending an array through a pipe copies every byte several times over, and the work itself passes over "
            "it once.",
        ),
        parbench.Expect(
            "threads",
            "above",
            "multiprocessing",
            times=2,
            why="NumPy releases the GIL while it multiplies, and threads share the caller's arrays: nothing is copied.",
        ),
        parbench.Expect(
            "threads",
            "below",
            "ceiling",
            times=1.2,
            from_seconds=0.001,
            why="An array that is larger than the caches is worked on no faster than memory delivers it to the cores.",
        ),
    ),
)
