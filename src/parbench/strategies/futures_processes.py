"""`futures-processes`: the standard library's ProcessPoolExecutor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from parbench.strategies import executors
from parbench.strategies.base import MapStrategy, items
from parbench.strategies.worker_pool import START_METHODS, context_of
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload


class FuturesProcesses(MapStrategy):
    """One task per chunk on an executor of processes; chunks and parts are pickled and sent through pipes.

    Without a variant the start method is that of `multiprocessing`: fork on Linux and spawn elsewhere.
    """

    name: ClassVar[str] = "futures-processes"
    about: ClassVar[str] = "concurrent.futures.ProcessPoolExecutor; chunks and results are pickled on their way."
    variants: ClassVar[tuple[str, ...]] = START_METHODS
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "process"
    _workers: executors.Processes | None = None

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One task per item, as `Executor.map` submits them without a chunk size."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        self._workers = executors.Processes(cores, context_of(self.variant))

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        assert self._workers is not None, "open() comes first"
        with self._workers.watched():
            return list(self._workers.pool.map(function, *columns))

    def follow(self, workload: Workload, stages: Stages, chunks: Sequence[Any], data: Any) -> list[Any]:
        assert self._workers is not None, "open() comes first"
        with self._workers.watched():
            return executors.follow(self._workers.pool.submit, workload.kernel, stages, chunks, data)

    def close(self) -> None:
        if self._workers is not None:
            self._workers.stop()
