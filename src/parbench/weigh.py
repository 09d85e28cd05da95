"""What a workload weighs: how long its kernel takes, alone and side by side with itself, and what its data weigh.

These are the two short measurements from which `parbench.advise` predicts strategies that were not measured. Runs in an
arm: standard library only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.reduction import ForkingPickler
from statistics import median
from typing import Any

from parbench.harnesses.base import allocate, views
from parbench.harnesses.executors import threads
from parbench.workload import Workload

#: Each pass over the work is repeated until it took so long in all, seconds, and at most so many times; the median
#: counts. The first pass of several is not counted: it finds caches cold.
ENOUGH, MOST_PASSES = 0.03, 7


class Ledger:
    """A map that notes how long each of its tasks took, what went in and what came out; `pool` has the tasks at once.

    A map of a workload of dependent tasks is made once a stage.
    """

    def __init__(self, pool: ThreadPoolExecutor | None = None) -> None:
        self.pool = pool
        self.walls: list[float] = []
        self.tasks: list[list[float]] = []
        self.sent: list[Any] = []
        self.parts: list[Any] = []

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """``list(map(function, *columns))``, noted down."""
        rows = list(zip(*columns, strict=True))
        began = time.perf_counter()
        if self.pool is None:
            done = [timed(function, row) for row in rows]
        else:
            done = [each.result() for each in [self.pool.submit(timed, function, row) for row in rows]]
        self.walls.append(time.perf_counter() - began)
        self.tasks.append([seconds for seconds, _ in done])
        self.sent += rows
        self.parts += [part for _, part in done]
        return [part for _, part in done]


def timed(function: Callable[..., Any], row: Sequence[Any]) -> tuple[float, Any]:
    """Seconds of a call, with what it gave."""
    began = time.perf_counter()
    part = function(*row)
    return time.perf_counter() - began, part


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
    ledger = Ledger()
    by_kernel(workload, data, cores, ledger)
    facts: dict[str, Any] = {"tasks": sum(map(len, ledger.tasks)), "stages": len(ledger.tasks)}
    facts |= shipped(ledger)
    del ledger
    widen()
    pool = threads(cores)
    try:
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
        "in_place": in_place(workload),
    }


def repeated(measure: Callable[[], list[float]]) -> list[float]:
    """The medians of what some passes gave, as many as fit `ENOUGH`; of one that takes long, what it gave alone."""
    until = time.perf_counter() + ENOUGH
    found = [measure()]
    while time.perf_counter() < until and len(found) <= MOST_PASSES:
        found.append(measure())
    return [median(column) for column in zip(*(found[1:] or found), strict=True)]


def in_place(workload: Workload) -> bool:
    """Whether strategies that share memory write parts where they belong, so that none has to be joined."""
    return workload.into is not None and workload.collect is None and workload.steps is None


def by_kernel(workload: Workload, data: Any, cores: int, ledger: Ledger) -> tuple[float, float]:
    """A call cut into one part a core, as processes make it: seconds of cutting and of joining."""
    split, chunks = timed(workload.split, (data, cores))
    parts = ledger.map(workload.kernel, chunks)
    if workload.steps is not None:
        parts = workload.steps.by_barriers(ledger.map, parts, data)
    combine, _ = timed(workload.combine, (parts, data))
    return split, combine


def cut(workload: Workload, data: Any, cores: int) -> list[float]:
    """Seconds of cutting, joining, all tasks, and of the longest task of each stage."""
    ledger = Ledger()
    split, combine = by_kernel(workload, data, cores, ledger)
    return [split, combine, sum(map(sum, ledger.tasks)), sum(map(max, ledger.tasks))]


def side_by_side(workload: Workload, data: Any, cores: int, pool: ThreadPoolExecutor) -> float:
    """Seconds of all tasks on as many threads, which share memory."""
    ledger = Ledger(pool)
    if in_place(workload):
        assert workload.into is not None  # in_place saw to it
        began = time.perf_counter()
        out = allocate(workload, data)
        made = time.perf_counter() - began
        ledger.map(workload.into, workload.split(data, cores), views(out, cores))
        return made + sum(ledger.walls)
    by_kernel(workload, data, cores, ledger)
    return sum(ledger.walls)


def shipped(ledger: Ledger) -> dict[str, Any]:
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
