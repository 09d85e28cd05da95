"""`multiprocessing`: the standard library's Pool, by each start method, and as a tutorial writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from parbench.machine import cpus
from parbench.strategies.base import MapStrategy, items
from parbench.strategies.worker_pool import START_METHODS, WorkerPool, pool_chunks
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

UNSEEN = (
    "The tutorial's own code uses the pool: only the CPU time of its workers in the whole call is known, which "
    "includes pickling, and the number of function calls is unknown."
)


class PoolOfProcesses(MapStrategy):
    """One task per chunk on a pool of processes; chunks and parts travel pickled through pipes.

    Without a variant the start method is fork on Linux and spawn elsewhere, on every Python version. With the
    variant ``default-blas`` numeric libraries use their default number of threads, in every process.
    """

    name = "multiprocessing"
    about = "multiprocessing.Pool; chunks and results are pickled on their way."
    variants = (*START_METHODS, "tutorial", "default-blas")
    boundary = "process"
    tutorial_form = "pool"

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """As `Pool.map` cuts: about four chunks per worker."""
        return pool_chunks(items(workload, data), cores)

    def open(self, cores: int) -> None:
        self._workers = WorkerPool(cores, self.variant if self.variant in START_METHODS else "")
        self.resources.callback(self._workers.stop)

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if self.variant == "tutorial":
            assert workload.tutorial is not None
            return workload.tutorial.call(self._workers.pool, data)
        return super().run(workload, data, parts)

    def trace_call(self, recorder: Recorder) -> AbstractContextManager[Workload]:
        if self.variant != "tutorial":
            return super().trace_call(recorder)
        workers = [process.pid for process in self._workers.processes if process.pid is not None]
        return recorder.by_cpu_time(partial(cpus.process_cpu_ns, workers), UNSEEN)

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        return self._workers.map(function, *columns)
