"""x·x over N Python ints: the cost of moving and making Python objects, with next to no arithmetic.

Inputs start as a list of ints in the caller and are shipped to the workers; the result must be a list of
ints in the caller. Python code holds the GIL all the time, and every int is an object of its own.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

import parbench


def make(size: int, seed: int) -> list[int]:
    """The ints 0, 1, …, size - 1, whatever the seed, so that the result is known in closed form."""
    del seed
    return list(range(size))


def square(x: int) -> int:
    """One number's square, as the tutorial has it."""
    return x * x


def square_all(numbers: list[int]) -> list[int]:
    """The squares of one chunk."""
    return [x * x for x in numbers]


def verify(result: Any, data: list[int]) -> None:
    """The squares are the running sums of the odd numbers 1, 3, 5, …: a reference that multiplies nothing."""
    assert isinstance(result, list), f"the result is a {type(result).__name__}, not a list"
    assert len(result) == len(data), f"the result has {len(result)} items, not {len(data)}"
    assert {type(item) for item in result} == {int}, "the result holds something else than Python ints"
    odd = accumulate(range(1, 2 * len(data) - 2, 2), initial=0)
    wrong = next((i for i, (item, right) in enumerate(zip(result, odd, strict=True)) if item != right), None)
    assert wrong is None, f"item {wrong} is {result[wrong or 0]}, not the square of {wrong}"


def vectorized(numbers: list[int]) -> Any:
    """Through an int64 array and back: the two conversions are part of the job."""
    array = np.array(numbers, dtype=np.int64)
    return (array * array).tolist()


def output(numbers: list[int]) -> tuple[tuple[int, ...], Any]:
    """One int64 for every number."""
    return (len(numbers),), np.int64


def write_into(numbers: list[int], out: Any) -> None:
    """Write the squares of one chunk."""
    out[:] = square_all(numbers)


def finish(out: Any) -> Any:
    """Back to a list of Python ints."""
    return out.tolist()


def memory(size: int) -> int:
    """An int in a list takes 40 bytes; ints and squares exist in the caller and in the workers, and pickled between."""
    return size * (4 * 40 + 8 * (5 + 8))  # measured: 90 an element in serial, up to 265 with dask-distributed


def one_by_one(pool: Any, numbers: list[int]) -> Any:
    """The tutorial's line, word for word: a call for every int, which the Pool sends in batches."""
    return pool.map(square, numbers)


workload = parbench.Workload(
    name="square",
    about="x·x over a list of Python ints, shipped in and back as a list.",
    make=make,
    kernel=square_all,
    verify=verify,
    sizes=parbench.Sizes(
        tiny=100,
        quick=(10_000, 300_000),
        standard=(10_000, 300_000),
        thorough=(10_000, 30_000, 100_000, 300_000, 1_000_000),
    ),
    bound="compute",
    unit="ints",
    bytes_in=5,  # as pickled; 40 as an object in a list
    bytes_out=7,
    operations=1,
    memory=memory,
    vectorized=vectorized,
    output=output,
    write_into=write_into,
    finish=finish,
    tutorial=parbench.Tutorial("pool", one_by_one, verify),
    isolates="dispatch and the traffic of Python objects",
    expects=(
        parbench.Expect(
            "threads",
            "below",
            "serial",
            times=1.1,
            why="Under the GIL one thread at a time runs Python code, so more of them do no more than one does.",
        ),
        parbench.Expect(
            "multiprocessing",
            "below",
            1,
            why="Pickling an int and making it anew, once each way, takes the caller longer than multiplying it does.",
        ),
        parbench.Expect(
            "dask-distributed",
            "below",
            0.5,
            to_seconds=0.001,
            why="A task goes from the caller to a scheduler to a worker and its result back, each time over a socket, "
            "which takes longer than so short a call.",
        ),
    ),
)
