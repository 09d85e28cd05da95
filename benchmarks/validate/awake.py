"""What it does to calls on all cores that all but one of these have slept before, and that they were woken first."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from parbench import cpus
from parbench.ceiling import CeilingSampler
from parbench.protocol import CeilingSpec
from workloads.affine_sum import workload

#: Rows, which calls are shown, how often, and how long one CPU works alone before them (seconds).
SIZE, CALLS, TIMES, ALONE = 2048, 6, 50, 0.2


def main(arguments: list[str]) -> None:
    """Print the median seconds of each call; with and without take turns."""
    del arguments
    cores = cpus.count()
    where = cpus.usable()[:cores]
    control = CeilingSampler(CeilingSpec(where))
    control.open()
    data = workload.make(SIZE, 1)
    chunks = workload.split(data, cores)
    found: dict[str, list[list[float]]] = {"as they are": [], "woken": []}
    for turn in range(TIMES):
        for name, times in sorted(found.items(), reverse=bool(turn % 2)):
            alone(where[turn % cores], data)
            if name == "woken":
                control.wake(where)
            os.sched_setaffinity(0, where)
            with ThreadPoolExecutor(cores) as executor:
                times.append([call(executor, chunks) for _ in range(CALLS)])
    control.close()
    print(f"{workload.name} of {SIZE} rows, threads on {cores} cores: ms of calls 1 to {CALLS}, medians of {TIMES}")
    for name, times in found.items():
        calls = " ".join(f"{statistics.median(column) * 1e3:5.2f}" for column in zip(*times, strict=True))
        print(f"{name:12} {calls}")


def alone(cpu: int, data: Any) -> None:
    """Let one CPU do the same work while the others sleep."""
    os.sched_setaffinity(0, [cpu])
    until = time.perf_counter() + ALONE
    while time.perf_counter() < until:
        workload.kernel(data)


def call(executor: ThreadPoolExecutor, chunks: Sequence[Any]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    sum(executor.map(workload.kernel, chunks))
    return time.perf_counter() - began
