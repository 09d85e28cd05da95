"""`multiprocessing`: the standard library's Pool, by each start method, and as a tutorial writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from parbench.machine import cpus
from parbench.strategies.base import MapStrategy, items
from parbench.strategies.worker_pool import START_METHODS, Workers, auto_chunks
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

UNSEEN = (
    "The tutorial's own code uses the pool: its workers are seen only by the CPU time that they used in the call as a "
    "whole, also for pickling, and how many calls of a function there were is not."
)


class PoolOfProcesses(MapStrategy):
    """One task per chunk on a pool of processes; chunks and parts are pickled and sent through pipes.

    Without a variant the start method is fork on Linux and spawn elsewhere, on every Python version. The variant
    ``default-blas`` leaves numeric libraries as many threads of their own as they like, in every process.
    """

    name: ClassVar[str] = "multiprocessing"
    about: ClassVar[str] = "multiprocessing.Pool; chunks and results are pickled on their way."
    variants: ClassVar[tuple[str, ...]] = (*START_METHODS, "tutorial", "default-blas")
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "process"
    _workers: Workers | None = None

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        has = workload.tutorial is not None and workload.tutorial.form == "pool"
        return "it has no tutorial form that uses a Pool" if variant == "tutorial" and not has else ""

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """As `Pool.map` cuts: about four a worker."""
        return auto_chunks(items(workload, data), cores)

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        return 0 if variant == "default-blas" else super().library_threads(variant, cores)

    def open(self, cores: int) -> None:
        self._workers = Workers(cores, self.variant if self.variant in START_METHODS else "")

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if self.variant == "tutorial":
            assert self._workers is not None, "open() comes first"
            assert workload.tutorial is not None
            return workload.tutorial.call(self._workers.pool, data)
        return super().run(workload, data, parts)

    def trace_call(self, recorder: Recorder) -> AbstractContextManager[Workload]:
        if self.variant != "tutorial":
            return super().trace_call(recorder)
        assert self._workers is not None, "open() comes first"
        workers = [process.pid for process in self._workers.processes if process.pid is not None]
        return recorder.by_cpu_time(partial(cpus.process_cpu_ns, workers), UNSEEN)

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        assert self._workers is not None, "open() comes first"
        return self._workers.map(function, *columns)

    def close(self) -> None:
        if self._workers is not None:
            self._workers.stop()
