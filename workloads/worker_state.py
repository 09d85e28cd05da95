"""Look-ups in a table that each worker makes for itself at its first task and then keeps.

Inputs are made in the workers: a chunk is a range of look-ups; the result must be one int in the caller, the sum of
what was found. The table takes about 50 ms of pure Python. It is kept at the level of the module, as one keeps a model
or a connection: one a process, which threads share and make once, as a lock has the others wait. So the first call of
a pool of processes pays for it in every worker, at the same time where there is a core for each, and steady calls
find it there. The difference between the phases `first` and `steady` is what a strategy pays for state; one that lost
its workers' state between calls would show it in every steady call.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

import parbench

LENGTH = 1 << 18  # of the table; a power of two, so that an odd stride visits every place once a round
MODULUS = (1 << 31) - 1
BLOCK = 1 << 15  # look-ups at a time
_one_at_a_time = threading.Lock()


class Lookups(NamedTuple):
    """Look-ups `start` to `stop`: the i-th is at place (first + stride · i) of the table with these coefficients."""

    coefficients: tuple[int, int, int]
    first: int
    stride: int
    start: int
    stop: int


def make(size: int, seed: int) -> Lookups:
    """`size` look-ups in an order that the seed decides, as it does the table."""
    rng = np.random.default_rng(seed)
    zeroth, linear, square = rng.integers(1, MODULUS, 3).tolist()
    first, stride = rng.integers(LENGTH // 2, size=2).tolist()
    return Lookups((zeroth, linear, square), first, 2 * stride + 1, 0, size)


def split(lookups: Lookups, parts: int) -> list[Lookups]:
    """Ranges of look-ups."""
    return [lookups._replace(start=start, stop=stop) for start, stop in parbench.bounds(lookups.stop, parts)]


@lru_cache(maxsize=2)
def _made(coefficients: tuple[int, int, int]) -> Any:
    """The table, entry after entry from the differences of its polynomial, in Python."""
    value, linear, square = coefficients
    difference = linear + square
    entries = []
    for _ in range(LENGTH):
        entries.append(value)
        value = (value + difference) % MODULUS
        difference = (difference + 2 * square) % MODULUS
    return np.array(entries)


def table(coefficients: tuple[int, int, int]) -> Any:
    """The table of this worker, made when it is first asked for."""
    with _one_at_a_time:
        return _made(coefficients)


def lookup(lookups: Lookups) -> int:
    """The sum of what one chunk finds."""
    entries = table(lookups.coefficients)
    steps = np.arange(BLOCK) * lookups.stride
    found = 0
    for start in range(lookups.start, lookups.stop, BLOCK):
        places = steps[: lookups.stop - start] + (lookups.first + lookups.stride * start) % LENGTH
        places &= LENGTH - 1
        found += int(entries[places].sum())
    return found


def combine(parts: Sequence[int], lookups: Lookups) -> int:
    """Add up what the chunks found."""
    del lookups
    return sum(parts)


def verify(result: Any, lookups: Lookups) -> None:
    """Each entry by the polynomial itself, times how often it is visited: at most a round's length of work."""
    assert type(result) is int, f"the result is a {type(result).__name__}, not an int"
    places = np.arange(LENGTH)
    zeroth, linear, square = lookups.coefficients
    entries = (zeroth + (linear + square * places % MODULUS) % MODULUS * places) % MODULUS
    rounds, rest = divmod(lookups.stop, LENGTH)
    visited = (lookups.first + lookups.stride * np.arange(rest)) % LENGTH
    right = rounds * int(entries.sum()) + int(entries[visited].sum())
    assert result == right, f"the sum is {result}, not {right}"


def memory(size: int) -> int:
    """The table, as a list and as an array, in a worker on each core, whatever the size."""
    del size
    return (os.cpu_count() or 1) * LENGTH * (8 + 32 + 8)


KEPT = "the table is there after the first call, and then a range is sent and a number comes home"

workload = parbench.Workload(
    name="worker_state",
    about="Look-ups in a table that takes about 50 ms to make and is kept by each worker: its price is in `first`.",
    isolates="state of workers",
    make=make,
    split=split,
    kernel=lookup,
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=1_000, about=(450_000, 4_500_000, 45_000_000, 450_000_000)),
    inputs="made in workers",
    outputs="reduced",
    bound="compute",
    unit="look-ups",
    bytes_in=0,
    bytes_out=0,
    operations=4,
    memory=memory,
    expects=(
        parbench.Expect(
            "multiprocessing",
            "above",
            0.5,
            "a call that made the table anew would take six times as long as a serial one of 10 ms.",
            from_seconds=0.005,
        ),
        parbench.Expect("multiprocessing", "above", "ceiling", KEPT + ".", times=0.6, cores=2, from_seconds=0.05),
        parbench.Expect("threads", "above", "ceiling", KEPT + ".", times=0.6, cores=2, from_seconds=0.05),
    ),
)
