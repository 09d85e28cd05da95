"""Products of float64 matrices by NumPy: BLAS computes without the GIL, and may use threads of its own.

Inputs are made in the workers, once a worker, from a seed. `workload` multiplies many matrices of one size, and the
result must be one float in the caller: u·(A·B)·w summed over all products. `matmul_large` multiplies two large
matrices, cut by rows of the first; the result must be the whole product in the caller. All entries are small whole
numbers, so float64 is exact, whatever the order of the sums, and so is Freivalds' check (1977), which holds (A·B)·w
against A·(B·w).
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import parbench

#: Rows and columns of the small matrices: their products take long enough to make the way there from Python short.
ORDER = 128
#: So many different matrices are multiplied in turn: windows of `ORDER` rows, each a row further down.
CYCLE = 64
#: Factors of Freivalds' check for the large product are below this: a wrong one passes once in so many times at most.
CHECKED = 1 << 20


class Products(NamedTuple):
    """Products `start` to `stop` of the small matrices that `seed` stands for."""

    seed: int
    start: int
    stop: int


class Rows(NamedTuple):
    """Rows `start` to `stop` of the product of two (n, n) matrices that `seed` stands for."""

    n: int
    seed: int
    start: int
    stop: int


def make(size: int, seed: int) -> Products:
    """All products."""
    return Products(seed, 0, size)


def split(chunk: Any, parts: int) -> list[Any]:
    """Cut into ranges, of products or of rows."""
    return [
        chunk._replace(start=chunk.start + start, stop=chunk.start + stop)
        for start, stop in parbench.bounds(chunk.stop - chunk.start, parts)
    ]


@lru_cache(maxsize=2)
def small(seed: int) -> tuple[Any, Any, Any, Any]:
    """The rows that all left matrices are windows of, the right matrix, and the vectors u and w."""
    numbers = np.random.default_rng(seed)
    shapes = ((CYCLE + ORDER, ORDER), (ORDER, ORDER), (ORDER,), (ORDER,))
    rows, right, u, w = (numbers.integers(-2, 3, shape).astype(np.float64) for shape in shapes)
    return rows, right, u, w


def matmul(products: Products) -> float:
    """One product after the other, in an array that stays in a core's cache."""
    rows, right, u, w = small(products.seed)
    out = np.empty((ORDER, ORDER))
    total = 0.0
    for index in range(products.start, products.stop):
        first = index % CYCLE
        np.matmul(rows[first : first + ORDER], right, out=out)
        total += float(u @ out @ w)
    return total


def combine(parts: Sequence[float], products: Products) -> float:
    """Add up what the chunks gave."""
    del products
    return math.fsum(parts)


def verify(result: Any, products: Products) -> None:
    """Against u·(A·(B·w)), which multiplies no two matrices: exactly, as all numbers are whole and below 2⁵³."""
    rows, right, u, w = small(products.seed)
    along = rows @ (right @ w)
    each = [float(u @ along[first : first + ORDER]) for first in range(CYCLE)]
    rounds, rest = divmod(products.stop, CYCLE)
    total = rounds * math.fsum(each) + math.fsum(each[:rest])
    assert type(result) is float, f"the result is a {type(result).__name__}, not a float"
    assert result == total, f"the sum is {result!r}, not {total!r}"


def vectorized(products: Products) -> float:
    """Stacks of all different matrices, each multiplied by one call, so that the products need not all be kept."""
    rows, right, u, w = small(products.seed)
    stack = np.lib.stride_tricks.sliding_window_view(rows, ORDER, axis=0)[:CYCLE].transpose(0, 2, 1)
    out = np.empty((CYCLE, ORDER, ORDER))
    total = 0.0
    for low in range(products.start, products.stop, CYCLE):
        count = min(CYCLE, products.stop - low)
        np.matmul(stack[:count], right, out=out[:count])
        total += float((out[:count] @ w @ u).sum())
    return total


def make_large(size: int, seed: int) -> Rows:
    """All rows; the factors are made here already, so that threads and forked workers find them."""
    large(size, seed)
    return Rows(size, seed, 0, size)


@lru_cache(maxsize=1)
def large(n: int, seed: int) -> tuple[Any, Any]:
    """The two factors."""
    numbers = np.random.default_rng(seed)
    left, right = (numbers.integers(-2, 3, (n, n), dtype=np.int8).astype(np.float64) for _ in range(2))
    return left, right


def block(rows: Rows) -> Any:
    """The part of one chunk as an array of its own."""
    left, right = large(rows.n, rows.seed)
    return np.matmul(left[rows.start : rows.stop], right)


def output(rows: Rows) -> tuple[tuple[int, ...], Any]:
    """The whole product."""
    return (rows.n, rows.n), np.float64


def write_into(rows: Rows, out: Any) -> None:
    """Write the rows of one chunk."""
    left, right = large(rows.n, rows.seed)
    np.matmul(left[rows.start : rows.stop], right, out=out)


def verify_large(result: Any, rows: Rows) -> None:
    """By Freivalds' check, with a vector that has nothing to do with the factors; exact for n below a million."""
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.float64, f"the result is of {result.dtype}, not of float64"
    assert result.shape == (rows.n, rows.n), f"the result has the shape {result.shape}, not {(rows.n, rows.n)}"
    left, right = large(rows.n, rows.seed)
    w = np.random.default_rng().integers(0, CHECKED, rows.n).astype(np.float64)
    same = result @ w == left @ (right @ w)
    assert same.all(), f"row {int(np.argmin(same))} is not that of the product"


def memory_large(size: int) -> int:
    """Two factors, in every worker that has to make them anew; the product, in parts, pickled, sent and joined."""
    return 8 * size * size * (2 + 2 * (os.cpu_count() or 1) + 9)


workload = parbench.Workload(
    name="matmul",
    about="Products of 128 by 128 matrices by NumPy, with one number to bring home.",
    isolates="BLAS, in many small calls",
    make=make,
    split=split,
    kernel=matmul,
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=3, about=(10, 100, 1_000, 10_000)),
    inputs="made in workers",
    outputs="reduced",
    bound="compute",
    unit="products",
    elements=lambda size: size * ORDER * ORDER,
    bytes_in=0,
    bytes_out=0,
    operations=2 * ORDER,
    memory=lambda size: 8 * ORDER * ORDER * min(size, CYCLE) + 10 * 8 * ORDER * ORDER,
    vectorized=vectorized,
    expects=(
        parbench.Expect(
            "threads",
            "above",
            "ceiling",
            times=0.6,
            from_seconds=0.03,
            why="BLAS computes without the GIL, from data that stay in each core's own cache.",
        ),
        parbench.Expect(
            "threads",
            "above",
            "multiprocessing",
            times=0.8,
            from_seconds=0.03,
            why="Processes spare the waits for the GIL, which are short beside a product.",
        ),
    ),
)

matmul_large = parbench.Workload(
    name="matmul_large",
    about="The product of two (n, n) matrices that every worker has already, cut by rows, brought home as one array.",
    isolates="BLAS, in one large call",
    make=make_large,
    split=split,
    kernel=block,
    verify=verify_large,
    sizes=parbench.SizesByTime(tiny=48, about=(300, 630, 1_400, 3_000)),
    inputs="made in workers",
    outputs="materialized",
    bound="compute",
    unit="rows",
    elements=lambda size: size * size,
    bytes_in=0,
    bytes_out=8,
    operations=2_800,  # 2·n, at the size that takes 0.1 s
    memory=memory_large,
    library_parallel=True,
    vectorized=lambda rows: np.matmul(*large(rows.n, rows.seed)),
    output=output,
    write_into=write_into,
    expects=(
        parbench.Expect(
            "threads",
            "above",
            "ceiling",
            times=0.6,
            from_seconds=0.03,
            why="BLAS computes without the GIL, and what all blocks read, the second factor, is small beside the work.",
        ),
        parbench.Expect(
            "multiprocessing",
            "below",
            "threads",
            times=1.05,
            to_seconds=0.2,
            why="Threads write rows where they belong; processes send them home to be joined.",
        ),
    ),
)
