"""How near the best strategy comes to the ceiling, and where the rest goes: memory, hand-over, or the threads."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

import parbench
from parbench.machine import cpus
from parbench.strategies.base import views
from workloads import affine, square_array

CASES = ((square_array.workload, 4_000_000), (affine.workload, 2_048))
ROUNDS, CALLS = 30, 8


def main(arguments: list[str]) -> None:
    """Print the best cell of each workload at its largest size in a run (default: the latest); then loops by hand."""
    summary = parbench.summarize(parbench.load(arguments[0] if arguments else "reports/latest"))
    # what cores give says nothing of workers that wait
    rated = summary[(summary["cores"] > 1) & (summary["status"] == "ok") & summary["ceiling"].notna()]
    for name, group in rated.groupby("workload", sort=False):
        most = group["cores"].max()
        largest = group[(group["size"] == group["size"].max()) & (group["cores"] == most)]
        best = largest.sort_values("speedup").iloc[-1]
        print(
            f"{name} at {best['size']:,}: {best['strategy']} on {most} cores, {best['speedup']:.3f}× "
            f"[{best['speedup_low']:.3f}, {best['speedup_high']:.3f}] {best['baseline']}, "
            f"ceiling {best['ceiling']:.3f}, reached {best['of_ceiling']:.3f}"
        )
    for workload, size in CASES:
        with ExitStack() as stack:
            loops = Loops(workload, size, stack)
            loops.tell()


class Loops:
    """The kernel by hand on all cores, in ways that differ by one thing each from the next."""

    def __init__(self, workload: parbench.Workload, size: int, stack: ExitStack) -> None:
        self.title = f"{workload.name} at {size:,}"
        self.cores = cpus.count()
        self.where = cpus.usable()[: self.cores]
        data: Any = workload.make(size, 1)
        self.write_into: Callable[[Any, Any], None] = workload.write_into  # type: ignore[assignment]  # both cases have it
        self.new: Callable[[], Any] = lambda: np.empty(*workload.output(data))  # type: ignore[misc]  # as above
        self.data, self.kept = data, self.new()
        self.chunks = list(workload.split(data, self.cores))
        # before there are threads: a fork copies only the one that asks for it
        self.pipes = [self._start(index, stack) for index in range(self.cores)]
        os.sched_setaffinity(0, self.where)
        self.executor = stack.enter_context(ThreadPoolExecutor(self.cores))

    def _start(self, index: int, stack: ExitStack) -> Connection:
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        process = context.Process(target=self._serve, args=(theirs, index), daemon=True)
        process.start()
        stack.callback(process.terminate)
        return ours

    def _serve(self, pipe: Connection, index: int) -> None:
        """A process of its own: its part of the inputs and of the result are nobody else's."""
        os.sched_setaffinity(0, {self.where[index]})
        chunk = self.chunks[index]
        chunk = chunk.copy() if isinstance(chunk, np.ndarray) else chunk
        out = np.empty_like(views(self.kept, self.cores)[index])
        while pipe.recv():
            pipe.send(self._of(lambda: self.write_into(chunk, out)))

    def tell(self) -> None:
        """Print medians, each against one thread over everything, all taken in turns."""
        ways: dict[str, Callable[[], float]] = {
            "1 thread, result kept": lambda: self._of(lambda: self.write_into(self.data, self.kept)),
            "1 thread, result fresh": lambda: self._of(lambda: self.write_into(self.data, self.new())),
            f"{self.cores} processes, each on its own": self.processes,
            f"{self.cores} threads, each on its own": self.threads,
            f"{self.cores} threads, handed each call, result kept": lambda: self._of(lambda: self.call(self.kept)),
            f"{self.cores} threads, handed each call, result fresh": lambda: self._of(lambda: self.call(self.new())),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                times[name].append(way())
        alone = {memory: times[f"1 thread, result {memory}"] for memory in ("kept", "fresh")}
        for name, found in times.items():
            base = alone["fresh" if name.endswith("fresh") else "kept"]
            ratio = statistics.median(one / many for one, many in zip(base, found, strict=True))
            print(f"{self.title}: {name}: {statistics.median(found) * 1e3:.2f} ms, {ratio:.2f}×")

    def processes(self) -> float:
        """Processes that share nothing, each again and again over its part: seconds of the slowest."""
        for pipe in self.pipes:
            pipe.send(True)
        return max(float(pipe.recv()) for pipe in self.pipes)

    def threads(self) -> float:
        """Threads that wait for nothing, each again and again over its part: seconds of the slowest."""

        def loop(chunk: Any, out: Any) -> float:
            return self._of(lambda: self.write_into(chunk, out))

        return max(self.executor.map(loop, self.chunks, views(self.kept, self.cores)))

    def call(self, out: Any) -> None:
        """One call as the strategy `threads` makes it: parts handed over, all waited for."""
        list(self.executor.map(self.write_into, self.chunks, views(out, self.cores)))

    def _of(self, call: Callable[[], None]) -> float:
        """The median seconds of some calls, after as many untimed ones."""
        found = []
        for _ in range(2 * CALLS):
            began = time.perf_counter()
            call()
            found.append(time.perf_counter() - began)
        return statistics.median(found[CALLS:])
