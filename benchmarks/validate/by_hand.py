"""The same calls as the harnesses make, written by hand and without parbench: the other side of `tax`.

Run as ``python by_hand.py STRATEGY SIZE CORES CPUS``; each line on standard input is a number of loops, each
line on standard output the seconds of one call. The kernel is `workloads.square_array`'s, and so are the inputs.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from workloads import square_array

kernel, make = square_array.workload.kernel, square_array.workload.make
into: Any = square_array.workload.into


def serial(data: Any, cores: int) -> Callable[[], Any]:
    """One call over everything, into a fresh array."""
    del cores

    def call() -> Any:
        out = np.empty_like(data)
        into(data[:], out)
        return out

    return call


def threads(data: Any, cores: int) -> Callable[[], Any]:
    """An executor, one contiguous part a thread."""
    executor = ThreadPoolExecutor(cores)
    step = -(-len(data) // cores)

    def call() -> Any:
        out = np.empty_like(data)
        starts = range(0, len(data), step)
        list(executor.map(into, [data[at : at + step] for at in starts], [out[at : at + step] for at in starts]))
        return out

    return call


def processes(data: Any, cores: int) -> Callable[[], Any]:
    """A pool, one contiguous part a task."""
    pool = multiprocessing.get_context("fork").Pool(cores)
    step = -(-len(data) // cores)

    def call() -> Any:
        parts = pool.map(kernel, [data[at : at + step] for at in range(0, len(data), step)], chunksize=1)
        return np.concatenate(parts)

    return call


def dask_threads(data: Any, cores: int) -> Callable[[], Any]:
    """A dask.array of one block a core on a pool of threads."""
    pool = ThreadPoolExecutor(cores)

    def call() -> Any:
        assert square_array.workload.dask is not None
        return square_array.workload.dask(data, cores).compute(scheduler="threads", pool=pool)

    return call


CALLS = {"serial": serial, "threads": threads, "multiprocessing": processes, "dask-threads": dask_threads}


def main() -> None:
    """Serve samples until the input ends."""
    strategy, size, cores, cpus = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    call = CALLS[strategy](make(size, 1), cores)
    for _ in range(5):
        call()
    for line in sys.stdin:
        call()
        began = time.perf_counter_ns()
        for _ in range(int(line)):
            call()
        print((time.perf_counter_ns() - began) / 1e9 / int(line), flush=True)


if __name__ == "__main__":
    main()
