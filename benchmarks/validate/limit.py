"""How near the best strategy comes to the ceiling, and what is left when the result's memory is there already."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

import parbench
from parbench import cpus
from parbench.harnesses.base import views
from workloads import affine, square_array

CASES = ((square_array.workload, 4_000_000), (affine.workload, 2_048))
ROUNDS, CALLS = 30, 8


def main(arguments: list[str]) -> None:
    """Print the best cell of each workload at its largest size in a run (default: the latest); then loops by hand."""
    summary = parbench.summarize(parbench.load(arguments[0] if arguments else "reports/latest"))
    most = summary["cores"].max()
    parallel = summary[(summary["cores"] == most) & (summary["status"] == "ok")]
    for name, group in parallel.groupby("workload", sort=False):
        largest = group[group["size"] == group["size"].max()]
        best = largest.sort_values("speedup").iloc[-1]
        print(
            f"{name} at {best['size']:,}: {best['strategy']} on {most} cores, {best['speedup']:.3f}× "
            f"[{best['speedup_low']:.3f}, {best['speedup_high']:.3f}] {best['baseline']}, "
            f"ceiling {best['ceiling']:.3f}, reached {best['of_ceiling']:.3f}"
        )
    for workload, size in CASES:
        loops(workload, size)


def loops(workload: parbench.Workload, size: int) -> None:
    """One thread against one a core, with a fresh result each and with the same one again; medians in a loop."""
    cores = cpus.count()
    os.sched_setaffinity(0, cpus.usable()[:cores])
    data: Any = workload.make(size, 1)
    into: Callable[[Any, Any], None] = workload.into  # type: ignore[assignment]  # both cases have it
    shape, dtype = workload.output(data)  # type: ignore[misc]  # as above
    kept = np.empty(shape, dtype)
    with ThreadPoolExecutor(cores) as executor:

        def alone(out: Any) -> None:
            into(data, np.empty(shape, dtype) if out is None else out)

        def shared(out: Any) -> None:
            parts = views(np.empty(shape, dtype) if out is None else out, cores)
            list(executor.map(into, workload.split(data, cores), parts))

        for name in ("fresh", "kept"):
            out = kept if name == "kept" else None
            one: list[float] = []
            many: list[float] = []
            for _ in range(ROUNDS):
                one += seconds(partial(alone, out))
                many += seconds(partial(shared, out))
            single, several = statistics.median(one), statistics.median(many)
            print(
                f"{workload.name} at {size:,} in a loop, {name} result: 1 thread {single * 1e3:.2f} ms, "
                f"{cores} threads {several * 1e3:.2f} ms, {single / several:.2f}×"
            )


def seconds(call: Callable[[], None]) -> list[float]:
    """The seconds of some calls after as many untimed ones."""
    found = []
    for _ in range(2 * CALLS):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return found[CALLS:]
