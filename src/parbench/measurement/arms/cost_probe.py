"""The cost of a workload: seconds of its kernel, alone and in threads, and the size of its data when pickled.

From these short measurements `parbench.advise` predicts strategies that were not measured. Runs in an arm: standard
library only.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.reduction import ForkingPickler
from statistics import median
from typing import Any

from parbench.machine import cpus
from parbench.strategies.base import allocate, views
from parbench.strategies.executors import threads
from parbench.workload.workload import Workload

#: Seconds after which a pass over the work is not repeated any more; the median of all passes counts. Disturbances of a
#: virtual machine last a hundredth of a second and more, so less would not show them.
ENOUGH_SECONDS = 0.1
#: Most passes.
MOST_PASSES = 30
#: Passes that are made in any case, unless they take `LONG_SECONDS`. The first pass finds caches cold and memory
#: untouched: it counts only if it is the only one.
FEW_PASSES = 4
#: Seconds after which even `FEW_PASSES` are not completed.
LONG_SECONDS = 0.5
#: Seconds that each thread had waited for a CPU at the end of its last task.
_waited = threading.local()


class TaskTimer:
    """A map that records the seconds, inputs and results of its tasks; `pool` runs them at once.

    A workload of dependent tasks uses the map once per stage.
    """

    def __init__(self, pool: ThreadPoolExecutor | None = None) -> None:
        self.pool = pool
        self.spans: list[float] = []
        self.tasks: list[list[float]] = []
        self.sent: list[Any] = []
        self.parts: list[Any] = []

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """``list(map(function, *columns))``, recorded."""
        rows = list(zip(*columns, strict=True))
        if self.pool is None:
            done = [self._task(function, row) for row in rows]
        else:
            done = [each.result() for each in [self.pool.submit(self._task, function, row) for row in rows]]
        self.spans.append(max(ended for _, ended, _ in done) - min(began for began, _, _ in done))
        self.tasks.append([ended - began for began, ended, _ in done])
        self.sent += rows
        self.parts += [part for _, _, part in done]
        return [part for _, _, part in done]

    def _task(self, function: Callable[..., Any], row: Sequence[Any]) -> tuple[float, float, Any]:
        """Begin and end of a call without the time that its thread waited for a busy CPU, and its result."""
        # in a pool a thread may also wait for a CPU before it begins its task
        waited = cpus.seconds_waited()
        late = waited - getattr(_waited, "seconds", waited) if self.pool else 0.0
        began = time.perf_counter()
        part = function(*row)
        ended = time.perf_counter()
        _waited.seconds = cpus.seconds_waited()
        return began - late, max(began - late, ended - late - (_waited.seconds - waited)), part


def timed(function: Callable[..., Any], row: Sequence[Any]) -> tuple[float, Any]:
    """Seconds of a call, without the time that it waited for a busy CPU, and its result."""
    before = cpus.seconds_waited()
    began = time.perf_counter()
    part = function(*row)
    ended = time.perf_counter()
    return max(0.0, ended - began - (cpus.seconds_waited() - before)), part


def measure_cost(
    workload: Workload, data: Any, cores: int, whole: Callable[[Any], Any], widen: Callable[[], None]
) -> dict[str, Any]:
    """The fields of a `records.WorkloadCost`, without cell and block, for the work cut into one part per core.

    `whole` makes a call of the plain serial strategy; `widen` lets this process use all of the cores, after all
    measurements on one core.
    """
    alone = medians_of_passes(lambda: [timed(whole, (workload.call_data(data),))[0]])[0]
    vectorized = workload.vectorized
    array = None
    if vectorized is not None:
        array = medians_of_passes(lambda: [timed(vectorized, (workload.call_data(data),))[0]])[0]
    split, combine, busy, longest = medians_of_passes(lambda: seconds_of_parts(workload, data, cores))
    timer = TaskTimer()
    call_in_parts(workload, data, cores, timer)
    fields: dict[str, Any] = {"tasks": sum(map(len, timer.tasks)), "stages": len(timer.tasks)}
    fields |= pickling_cost(timer)
    del timer
    widen()
    pool = threads(cores)
    try:
        pin_threads(pool, cores)
        first = seconds_in_threads(workload, data, cores, pool)
        together = medians_of_passes(lambda: [seconds_in_threads(workload, data, cores, pool)])[0]
    finally:
        pool.shutdown()
    return fields | {
        "parts": cores,
        "whole_seconds": alone,
        "vectorized_seconds": array,
        "split_seconds": split,
        "combine_seconds": combine,
        "busy_seconds": busy,
        "longest_seconds": longest,
        "together_seconds": together,
        "together_first_seconds": first,
        "in_place": writes_in_place(workload),
    }


def medians_of_passes(measure: Callable[[], list[float]]) -> list[float]:
    """The medians of some passes, as many as fit the time."""
    began = time.perf_counter()
    passes = [measure()]
    while len(passes) < MOST_PASSES:
        limit = LONG_SECONDS if len(passes) < FEW_PASSES else ENOUGH_SECONDS
        if time.perf_counter() - began >= limit:
            break
        passes.append(measure())
    return [median(column) for column in zip(*(passes[1:] or passes), strict=True)]


def writes_in_place(workload: Workload) -> bool:
    """Whether strategies that share memory write parts to their place, so that none has to be joined."""
    return workload.write_into is not None and workload.finish is None and workload.stages is None


def call_in_parts(workload: Workload, data: Any, cores: int, timer: TaskTimer) -> tuple[float, float]:
    """Make a call cut into one part per core, as processes do; seconds of cutting and of joining."""
    data = workload.call_data(data)
    split, chunks = timed(workload.split, (data, cores))
    parts = timer.map(workload.kernel, chunks)
    if workload.stages is not None:
        parts = workload.stages.by_barriers(timer.map, parts, data)
    combine, _ = timed(workload.combine, (parts, data))
    return split, combine


def seconds_of_parts(workload: Workload, data: Any, cores: int) -> list[float]:
    """Seconds of cutting, joining, all tasks, and of the longest task of each stage."""
    timer = TaskTimer()
    split, combine = call_in_parts(workload, data, cores, timer)
    return [split, combine, sum(map(sum, timer.tasks)), sum(map(max, timer.tasks))]


def pin_threads(pool: ThreadPoolExecutor, cores: int) -> None:
    """Pin each thread of a pool to a CPU of its own, if there are enough and the system can.

    Threads on one CPU would wait for each other, and that would look like waiting for other programs.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    places = sorted(os.sched_getaffinity(0))
    barrier = threading.Barrier(cores)

    def pin(index: int) -> None:
        barrier.wait()  # so that each thread pins one
        os.sched_setaffinity(0, {places[index % len(places)]})

    for each in [pool.submit(pin, index) for index in range(cores)]:
        each.result()


def seconds_in_threads(workload: Workload, data: Any, cores: int, pool: ThreadPoolExecutor) -> float:
    """Seconds of all tasks in as many threads, which share memory."""
    timer = TaskTimer(pool)
    if writes_in_place(workload):
        assert workload.write_into is not None  # as checked by writes_in_place
        data = workload.call_data(data)
        began = time.perf_counter()
        out = allocate(workload, data)
        allocating = time.perf_counter() - began
        timer.map(workload.write_into, workload.split(data, cores), views(out, cores))
        return allocating + sum(timer.spans)
    call_in_parts(workload, data, cores, timer)
    return sum(timer.spans)


def pickling_cost(timer: TaskTimer) -> dict[str, Any]:
    """Bytes of the inputs and results of all tasks when pickled, and seconds of pickling and unpickling them.

    None for what cannot be pickled.
    """
    fields: dict[str, Any] = {}
    for name, items in (("in", timer.sent), ("out", timer.parts)):
        try:
            seconds, amount = zip(*map(pickle_and_unpickle, items), strict=True)
        except Exception:  # the class of pickle's error depends on the object
            fields |= {f"{name}_bytes": None, f"{name}_seconds": None}
            continue
        fields |= {f"{name}_bytes": sum(amount), f"{name}_seconds": sum(seconds)}
    return fields


def pickle_and_unpickle(item: Any) -> tuple[float, int]:
    """Pickle and unpickle an item as `multiprocessing` does; seconds and bytes."""
    began = time.perf_counter()
    pickled = ForkingPickler.dumps(item)
    ForkingPickler.loads(pickled)
    return time.perf_counter() - began, len(pickled)
