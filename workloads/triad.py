"""a = b + s·c over arrays that are there already: what memory gives, and nothing else.

Inputs are made in the workers: each of them, a thread as well as a process, has three arrays of its own from its first
call on, as the triad of the STREAM benchmark has (McCalpin 1995), and as the processes have that read the ceiling. The
result must be one float in the caller, the sum of one number of every page that was written. Where the job is longer
than the arrays, they are gone through again from their start.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import parbench

#: The most elements of an array: three of them take 192 MiB, more than the caches of most machines hold.
LONGEST = 1 << 23
#: One number of so many goes into the sum, one of each page of 4 KiB; it divides LONGEST.
STRIDE = 512


class Span(NamedTuple):
    """Elements `start` to `stop` of `size`, with the factor s."""

    size: int
    factor: int
    start: int
    stop: int


class Own(threading.local):
    """A worker's arrays; a forked process must not use its parent's, which they share at first."""

    owner: tuple[int, int] = (0, 0)
    arrays: tuple[Any, Any, Any]

    def of(self, length: int) -> tuple[Any, Any, Any]:
        """The arrays a, b and c, written once so that their memory is there."""
        if self.owner != (os.getpid(), length):
            ramp = np.arange(length, dtype=np.float64)
            self.arrays = (np.full(length, np.nan), ramp, ramp[::-1].copy())
            self.owner = (os.getpid(), length)
        return self.arrays


own = Own()


def make(size: int, seed: int) -> Span:
    """All elements; the factor is 2 to 10, by the seed, so that what another call left in `a` would be noticed."""
    return Span(size, 2 + seed % 9, 0, size)


def split(span: Span, parts: int) -> list[Span]:
    """Cut into ranges of elements."""
    return [
        span._replace(start=span.start + start, stop=span.start + stop)
        for start, stop in parbench.bounds(span.stop - span.start, parts)
    ]


def pieces(span: Span, length: int) -> Iterator[slice]:
    """The places of a span in arrays of `length`, one after the other."""
    at = span.start
    while at < span.stop:
        low = at % length
        high = min(length, low + span.stop - at)
        yield slice(low, high)
        at += high - low


def triad(span: Span) -> float:
    """The sum over every `STRIDE`-th number of a span, exact: all of them are whole numbers below 2⁵³."""
    length = min(span.size, LONGEST)
    a, b, c = own.of(length)
    total = 0.0
    for place in pieces(span, length):
        out = a[place]
        np.multiply(c[place], float(span.factor), out=out)
        np.add(b[place], out, out=out)
        total += float(out[-place.start % STRIDE :: STRIDE].sum())
    return total


def combine(parts: Sequence[float], span: Span) -> float:
    """Add up what the chunks gave."""
    del span
    return math.fsum(parts)


def verify(result: Any, span: Span) -> None:
    """Against the sum of i + s·(length - 1 - i) over the places i that are summed, in closed form."""
    length = min(span.size, LONGEST)
    rounds, rest = divmod(span.size, length)
    right = rounds * closed_form(length, length, span.factor) + closed_form(rest, length, span.factor)
    assert type(result) is float, f"the result is a {type(result).__name__}, not a float"
    assert result == right, f"the sum is {result!r}, not {right}"


def closed_form(stop: int, length: int, factor: int) -> int:
    """The sum over 0, STRIDE, 2·STRIDE, … below `stop`."""
    count = -(-stop // STRIDE)
    places = STRIDE * count * (count - 1) // 2
    return places + factor * (count * (length - 1) - places)


def memory(size: int) -> int:
    """Three arrays for every worker, of which there are as many as CPUs at most."""
    return 24 * min(size, LONGEST) * (1 + (os.cpu_count() or 1))


WHY = "A core that streams takes a share of the same memory, and no strategy makes more of it than bare processes get."

workload = parbench.Workload(
    name="triad",
    about="a = b + s·c over arrays that every worker has already, with one number to bring home.",
    isolates="memory bandwidth",
    make=make,
    split=split,
    kernel=triad,
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=5_000, about=(1_500_000, 10_000_000, 100_000_000, 1_000_000_000)),
    inputs="made in workers",
    outputs="reduced",
    bound="memory",
    bytes_in=16,  # the triad's own: what the ceiling is read with; nothing of it is sent
    bytes_out=8,
    bytes_moved=40,  # NumPy multiplies c into a and then adds b to it: two steps, which go through five arrays
    operations=2,
    memory=memory,
    expects=(
        *(
            parbench.Expect(strategy, "below", "ceiling", times=1.1, from_seconds=0.01, why=WHY)
            for strategy in ("threads", "multiprocessing", "dask-threads")
        ),
        parbench.Expect(
            "threads",
            "above",
            "multiprocessing",
            times=0.8,
            from_seconds=0.05,
            why="NumPy releases the GIL while it streams, so threads get what processes get.",
        ),
    ),
)
