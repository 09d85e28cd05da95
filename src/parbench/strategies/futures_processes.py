"""`futures-processes`: the standard library's ProcessPoolExecutor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from parbench.strategies import task_graph
from parbench.strategies.base import MapStrategy, items
from parbench.strategies.executors import Processes
from parbench.strategies.worker_pool import START_METHODS, context_of
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload


class FuturesProcesses(MapStrategy):
    """One task per chunk on an executor of processes; chunks and parts travel pickled through pipes.

    Without a variant the start method is that of `multiprocessing`: fork on Linux and spawn elsewhere.
    """

    name = "futures-processes"
    about = "concurrent.futures.ProcessPoolExecutor; chunks and results are pickled on their way."
    variants = START_METHODS
    boundary = "process"

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One task per item, as `Executor.map` submits them by default."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        self._workers = Processes(cores, context_of(self.variant))
        self.resources.callback(self._workers.stop)

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        with self._workers.worker_deaths():
            return list(self._workers.pool.map(function, *columns))

    def follow(self, workload: Workload, stages: Stages, chunks: Sequence[Any], data: Any) -> list[Any]:
        with self._workers.worker_deaths():
            return task_graph.run(self._workers.pool.submit, workload.kernel, stages, chunks, data)
