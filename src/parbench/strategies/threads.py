"""`threads`: the standard library's ThreadPoolExecutor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from parbench.strategies import executors, task_graph
from parbench.strategies.base import SharedMapStrategy, items
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload


class Threads(SharedMapStrategy):
    """One task per chunk on a pool of threads, which write directly into the caller's memory.

    With the variant ``default-blas`` numeric libraries use their default number of threads, in every thread.
    """

    name = "threads"
    about = "concurrent.futures.ThreadPoolExecutor; parallel where the kernel releases the GIL."
    variants = ("default-blas",)
    boundary = "thread"

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One task per item, as `Executor.map` submits them (CPython's Lib/concurrent/futures/_base.py)."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        self._pool = executors.threads(cores)
        self.resources.callback(self._pool.shutdown, cancel_futures=True)

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        return list(self._pool.map(function, *columns))

    def follow(self, workload: Workload, stages: Stages, chunks: Sequence[Any], data: Any) -> list[Any]:
        return task_graph.run(self._pool.submit, workload.kernel, stages, chunks, data)
