"""As many workers as the machine has CPUs, where the program may use fewer of them."""

from __future__ import annotations

import os
import sys
from multiprocessing import get_context

from examples.pitfalls.clock import SMALL, seconds, show

TASKS = [1_000 if SMALL else 200_000] * 8


def work(length: int) -> int:
    """The sum of squares below `length`, in plain Python."""
    return sum(number * number for number in range(length))


def main() -> None:
    """Hold a speedup against the CPUs of the machine, and against those that this process may use."""
    if sys.platform != "linux":
        print("wrong: not shown here\nright: needs os.sched_setaffinity, which this system lacks\nratio: 1.00")
        return
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # as a job scheduler, taskset or a container does
    workers, usable = os.cpu_count() or 1, len(os.sched_getaffinity(0))
    serial = seconds(lambda: list(map(work, TASKS)), 5)
    with get_context("spawn").Pool(workers) as pool:
        speedup = serial / seconds(lambda: pool.map(work, TASKS, chunksize=1), 5)
    show(
        f"{workers} workers by os.cpu_count(): speedup {speedup:.3g}, so an efficiency of {speedup / workers:.0%}",
        f"{usable} CPU by os.sched_getaffinity(0): there is nothing to gain, and {speedup / usable:.0%} is kept",
        workers / usable,
    )


if __name__ == "__main__":
    main()
