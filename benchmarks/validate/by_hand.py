"""The same calls as the strategies make, written by hand and without parbench: the other side of `tax`.

Run as ``python by_hand.py STRATEGY SIZE CORES CPUS``; each line on standard input is a number of loops, each
line on standard output the seconds of one call. The kernel is `workloads.affine_sum`'s, and so are the inputs.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from parbench.measurement.arms.cell_arm import WARM_UP_SECONDS
from workloads import affine_sum

kernel, make = affine_sum.workload.kernel, affine_sum.workload.make
split: Any = affine_sum.workload.split


def serial(data: Any, cores: int) -> Callable[[], Any]:
    """One call over everything."""
    del cores
    return lambda: math.fsum([kernel(chunk) for chunk in split(data, 1)])


def threads(data: Any, cores: int) -> Callable[[], Any]:
    """An executor, one part a thread."""
    executor = ThreadPoolExecutor(cores)
    return lambda: math.fsum(executor.map(kernel, split(data, cores)))


def processes(data: Any, cores: int) -> Callable[[], Any]:
    """A pool, one part a task."""
    pool = multiprocessing.get_context("fork").Pool(cores)
    return lambda: math.fsum(pool.map(kernel, split(data, cores), chunksize=1))


def dask_threads(data: Any, cores: int) -> Callable[[], Any]:
    """A dask.array of one block a core on a pool of threads."""
    pool = ThreadPoolExecutor(cores)
    collection: Any = affine_sum.workload.dask
    return lambda: collection(data, cores).compute(scheduler="threads", pool=pool)


CALLS = {"serial": serial, "threads": threads, "multiprocessing": processes, "dask-threads": dask_threads}


def main() -> None:
    """Serve samples until the input ends."""
    strategy, size, cores, cpus = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    call = CALLS[strategy](make(size, 1), cores)
    for _ in range(5):
        call()
    for line in sys.stdin:
        until = time.monotonic() + WARM_UP_SECONDS
        while time.monotonic() < until:
            call()
        times = []
        for _ in range(int(line)):
            began = time.perf_counter_ns()
            call()
            times.append((time.perf_counter_ns() - began) / 1e9)
        print(statistics.median(times), flush=True)


if __name__ == "__main__":
    main()
