"""What a workload weighs: how long its kernel takes, alone and side by side with itself, and what its data weigh.

These are the two short measurements from which `parbench.advise` predicts strategies that were not measured. Runs in an
arm: standard library only.
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

from parbench.strategies.base import allocate, views
from parbench.strategies.executors import threads
from parbench.workload.workload import Workload

#: Each pass over the work is repeated until it took so long in all, and at most so many times; the median counts. What
#: disturbs a virtual machine takes a hundredth of a second and more, so that less would not tell. Seconds, passes.
ENOUGH, MOST_PASSES = 0.1, 30
#: So many passes are made in any case unless they take so long. The first one finds caches cold and memory untouched:
#: it counts only where it is the only one. Passes, seconds.
FEW_PASSES, LONG = 4, 0.5
#: How long each thread had waited for a CPU when its last task ended.
_waited = threading.local()


class TaskTimer:
    """A map that notes how long each of its tasks took, what went in and what came out; `pool` has the tasks at once.

    A map of a workload of dependent tasks is made once a stage.
    """

    def __init__(self, pool: ThreadPoolExecutor | None = None) -> None:
        self.pool = pool
        self.spans: list[float] = []
        self.tasks: list[list[float]] = []
        self.sent: list[Any] = []
        self.parts: list[Any] = []

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """``list(map(function, *columns))``, noted down."""
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
        """When a call began and ended, had its thread not waited for a CPU that others were using, and what it gave."""
        # in a pool a thread also waits for a CPU from the moment when its task is there
        waited = queued()
        late = waited - getattr(_waited, "seconds", waited) if self.pool else 0.0
        began = time.perf_counter()
        part = function(*row)
        ended = time.perf_counter()
        _waited.seconds = queued()
        return began - late, max(began - late, ended - late - (_waited.seconds - waited)), part


def timed(function: Callable[..., Any], row: Sequence[Any]) -> tuple[float, Any]:
    """Seconds of a call, without what it waited for a CPU, with what it gave."""
    before = queued()
    began = time.perf_counter()
    part = function(*row)
    ended = time.perf_counter()
    return max(0.0, ended - began - (queued() - before)), part


def queued() -> float:
    """Seconds that this thread has waited so far for a CPU that others were using; 0 where the system does not tell.

    What other programs do meanwhile is no property of the workload. Waiting for the GIL, or for data, does not count.
    """
    try:
        file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(os.read(file, 100).split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
    finally:
        os.close(file)


def weigh(
    workload: Workload, data: Any, cores: int, whole: Callable[[], Any], widen: Callable[[], None]
) -> dict[str, Any]:
    """The fields of a `records.Weight`, cell and block apart, with the work cut into one part a core.

    `whole` makes a call of the plain serial strategy; `widen` lets this process use all of the cores, after what is
    timed alone.
    """
    alone = repeated(lambda: [timed(whole, ())[0]])[0]
    vectorized = workload.vectorized
    array = None if vectorized is None else repeated(lambda: [timed(vectorized, (data,))[0]])[0]
    split, combine, busy, longest = repeated(lambda: cut(workload, data, cores))
    ledger = TaskTimer()
    by_kernel(workload, data, cores, ledger)
    facts: dict[str, Any] = {"tasks": sum(map(len, ledger.tasks)), "stages": len(ledger.tasks)}
    facts |= shipped(ledger)
    del ledger
    widen()
    pool = threads(cores)
    try:
        part(pool, cores)
        first = side_by_side(workload, data, cores, pool)
        together = repeated(lambda: [side_by_side(workload, data, cores, pool)])[0]
    finally:
        pool.shutdown()
    return facts | {
        "parts": cores,
        "whole_seconds": alone,
        "vectorized_seconds": array,
        "split_seconds": split,
        "combine_seconds": combine,
        "busy_seconds": busy,
        "longest_seconds": longest,
        "together_seconds": together,
        "together_first_seconds": first,
        "in_place": in_place(workload),
    }


def repeated(measure: Callable[[], list[float]]) -> list[float]:
    """The medians of what some passes gave, as many as fit; of one that takes long, what it gave alone."""
    began = time.perf_counter()
    found = [measure()]
    while len(found) < MOST_PASSES and time.perf_counter() - began < (LONG if len(found) < FEW_PASSES else ENOUGH):
        found.append(measure())
    return [median(column) for column in zip(*(found[1:] or found), strict=True)]


def in_place(workload: Workload) -> bool:
    """Whether strategies that share memory write parts where they belong, so that none has to be joined."""
    return workload.write_into is not None and workload.finish is None and workload.stages is None


def by_kernel(workload: Workload, data: Any, cores: int, ledger: TaskTimer) -> tuple[float, float]:
    """A call cut into one part a core, as processes make it: seconds of cutting and of joining."""
    split, chunks = timed(workload.split, (data, cores))
    parts = ledger.map(workload.kernel, chunks)
    if workload.stages is not None:
        parts = workload.stages.by_barriers(ledger.map, parts, data)
    combine, _ = timed(workload.combine, (parts, data))
    return split, combine


def cut(workload: Workload, data: Any, cores: int) -> list[float]:
    """Seconds of cutting, joining, all tasks, and of the longest task of each stage."""
    ledger = TaskTimer()
    split, combine = by_kernel(workload, data, cores, ledger)
    return [split, combine, sum(map(sum, ledger.tasks)), sum(map(max, ledger.tasks))]


def part(pool: ThreadPoolExecutor, cores: int) -> None:
    """Give each thread of a pool a CPU of its own, as far as there are any and the system can.

    One that waited for a CPU behind another of them would wait for the GIL elsewhere, and must not look as if it had
    been kept waiting by other programs.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    places = sorted(os.sched_getaffinity(0))
    together = threading.Barrier(cores)

    def pin(index: int) -> None:
        together.wait()  # each thread takes one
        os.sched_setaffinity(0, {places[index % len(places)]})

    for each in [pool.submit(pin, index) for index in range(cores)]:
        each.result()


def side_by_side(workload: Workload, data: Any, cores: int, pool: ThreadPoolExecutor) -> float:
    """Seconds of all tasks on as many threads, which share memory."""
    ledger = TaskTimer(pool)
    if in_place(workload):
        assert workload.write_into is not None  # in_place saw to it
        began = time.perf_counter()
        out = allocate(workload, data)
        made = time.perf_counter() - began
        ledger.map(workload.write_into, workload.split(data, cores), views(out, cores))
        return made + sum(ledger.spans)
    by_kernel(workload, data, cores, ledger)
    return sum(ledger.spans)


def shipped(ledger: TaskTimer) -> dict[str, Any]:
    """Bytes of what would be sent to other processes and come back, and seconds of pickling and unpickling it.

    None where something cannot be pickled.
    """
    facts: dict[str, Any] = {}
    for name, items in (("in", ledger.sent), ("out", ledger.parts)):
        try:
            seconds, amount = zip(*map(on_its_way, items), strict=True)
        except Exception:  # pickle's own error depends on what it stumbles over
            facts |= {f"{name}_bytes": None, f"{name}_seconds": None}
            continue
        facts |= {f"{name}_bytes": sum(amount), f"{name}_seconds": sum(seconds)}
    return facts


def on_its_way(item: Any) -> tuple[float, int]:
    """Seconds of pickling and unpickling as `multiprocessing` does, and bytes."""
    began = time.perf_counter()
    pickled = ForkingPickler.dumps(item)
    ForkingPickler.loads(pickled)
    return time.perf_counter() - began, len(pickled)
