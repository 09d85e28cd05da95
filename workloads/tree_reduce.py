"""The product of 64 matrices, combined pairwise in a binary tree: steps that get narrower until one task is left.

Inputs start as the vectors that the matrices are made of in the caller and are shipped, six of n numbers a matrix;
the result must be one (n, n) float64 array in the caller. A chunk is a range of matrices, which its task makes and
multiplies in order; each step then multiplies neighbours, so that after log2 of the number of chunks one is left.
That is 63 products however the work is cut, one chunk included; what the cut changes is how many of them wait for
each other, at least 6. A combined part is as large and costs as much as a leaf, unlike in a sum of numbers.

The numbers are whole and taken modulo a prime, so no product rounds and none depends on where the brackets are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

import parbench

LEAVES = 64
PRIME = 1_048_573  # the largest below 2^20: a sum of 4,096 products still fits the 53 bits of a double


class Leaves(NamedTuple):
    """Matrices from `start` on, each the identity plus an (n, 3) array of `columns` times a (3, n) array of `rows`."""

    start: int
    columns: Any
    rows: Any


class Product(NamedTuple):
    """The product of matrices `start` to `stop`."""

    start: int
    stop: int
    matrix: Any


def make(size: int, seed: int) -> Leaves:
    """Matrices (I - u·v)·(I + u'·v') with v·u = 0: each undoes the second factor of the one before."""
    rng = np.random.default_rng(seed)
    us, vs = rng.integers(1, PRIME, (2, LEAVES + 1, size))
    rest = (us[:, :-1] * vs[:, :-1] % PRIME).sum(axis=1)
    inverses = [pow(int(last), -1, PRIME) for last in us[:, -1]]
    vs[:, -1] = [-int(some) * inverse % PRIME for some, inverse in zip(rest, inverses, strict=True)]
    (us, after), (vs, v_after) = (us[:-1], us[1:]), (vs[:-1], vs[1:])
    both = (vs * after % PRIME).sum(axis=1, keepdims=True) % PRIME
    columns = np.stack([-us, after, -(both * us % PRIME)], axis=2)
    return Leaves(0, columns.astype(np.float64), np.stack([vs, v_after, v_after], axis=1).astype(np.float64))


def split(leaves: Leaves, parts: int) -> list[Leaves]:
    """Ranges of matrices."""
    return [
        Leaves(start, leaves.columns[start:stop], leaves.rows[start:stop])
        for start, stop in parbench.bounds(LEAVES, parts)
    ]


def reduced(numbers: Any) -> Any:
    """The same array with each whole number in it modulo the prime."""
    # exact up to 4,096 × PRIME²: the quotient of what is not a multiple never rounds up to a whole number
    multiples = np.divide(numbers, PRIME)
    np.floor(multiples, out=multiples)
    multiples *= PRIME
    numbers -= multiples
    return numbers


def leaf(columns: Any, rows: Any) -> Any:
    """One of the matrices."""
    matrix = columns @ rows
    matrix.reshape(-1)[:: len(matrix) + 1] += 1.0
    return reduced(matrix)


def times(left: Any, right: Any) -> Any:
    """The product of two matrices modulo the prime."""
    return reduced(left @ right)


def product(leaves: Leaves) -> Product:
    """The product of one chunk, made and multiplied one after the other."""
    return Product(leaves.start, leaves.start + len(leaves.rows), reduce(times, map(leaf, leaves.columns, leaves.rows)))


def merge(step: int, index: int, inputs: Sequence[Product]) -> Product:
    """The product of two neighbours; the last of an odd number passes."""
    for left, right in pairwise(inputs):
        if left.stop != right.start:
            raise parbench.ParbenchError(
                f"step {step}, task {index} was given matrices {left.start} to {left.stop} and then {right.start} to "
                f"{right.stop}, which are no neighbours: the strategy mixes parts up."
            )
    return Product(inputs[0].start, inputs[-1].stop, reduce(times, (each.matrix for each in inputs)))


def width(step: int, chunks: int) -> int:
    """Half as many tasks a step, rounded up."""
    return -(-chunks >> step) if step else chunks


def needs(step: int, index: int, chunks: int) -> list[int]:
    """Two neighbours of the step before, where there are two."""
    return [each for each in (2 * index, 2 * index + 1) if each < width(step - 1, chunks)]


def count(leaves: Leaves, chunks: int) -> int:
    """How often `chunks` can be halved until one is left."""
    del leaves
    return (chunks - 1).bit_length()


def combine(parts: Sequence[Product], leaves: Leaves) -> Any:
    """The one matrix that is left."""
    del leaves
    (last,) = parts
    if (last.start, last.stop) != (0, LEAVES):
        raise parbench.ParbenchError(f"only matrices {last.start} to {last.stop} were multiplied: steps are missing.")
    return last.matrix


def verify(result: Any, leaves: Leaves) -> None:
    """All factors but the first and the last cancel: (I - u·v)·(I + u'·v') of the outermost vectors, in integers."""
    n = leaves.rows.shape[2]
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.float64, f"the result is of {result.dtype}, not of float64"
    assert result.shape == (n, n), f"the result has the shape {result.shape}, not {(n, n)}"
    u, last_u = -leaves.columns[0, :, 0].astype(np.int64), leaves.columns[-1, :, 1].astype(np.int64)
    v, last_v = leaves.rows[0, 0].astype(np.int64), leaves.rows[-1, 1].astype(np.int64)
    both = int((v * last_u % PRIME).sum() % PRIME)
    right = np.eye(n, dtype=np.int64) - np.outer(u, v + both * last_v % PRIME) + np.outer(last_u, last_v)
    assert np.array_equal(result, right % PRIME), "the product is wrong"


def memory(size: int) -> int:
    """A few matrices in each of as many workers as there may be chunks at once."""
    return 8 * size * size * 64 + 8 * size * LEAVES * 12


NO_GIL = "NumPy multiplies matrices without the GIL, and of 63 products 32 wait for each other on two cores."

workload = parbench.Workload(
    name="tree_reduce",
    about="The product of 64 matrices modulo a prime, combined pairwise in a binary tree.",
    isolates="a tree of dependent tasks",
    make=make,
    split=split,
    kernel=product,
    stages=parbench.Stages(merge, needs, count, width),
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=8, about=(44, 138, 300, 700)),
    bound="compute",
    unit="rows of a matrix",
    elements=lambda size: size * size,
    bytes_in=0,
    bytes_out=8,
    operations=2 * 63,
    memory=memory,
    expects=(
        parbench.Expect("threads", "above", "ceiling", NO_GIL, times=0.6, cores=2, from_seconds=0.03),
        parbench.Expect(
            "multiprocessing",
            "above",
            "ceiling",
            "n² numbers travel between steps for each n³ operations.",
            times=0.6,
            cores=2,
            from_seconds=0.03,
        ),
        parbench.Expect(
            "threads",
            "below",
            12.0,
            "of 63 products at least 6 wait for each other on any number of cores; making matrices adds little.",
            from_seconds=0.03,
        ),
    ),
)
