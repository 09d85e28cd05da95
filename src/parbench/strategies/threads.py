"""`threads`: the standard library's ThreadPoolExecutor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

from parbench.strategies import executors
from parbench.strategies.base import SharedMapStrategy, items
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload


class Threads(SharedMapStrategy):
    """One task per chunk on a pool of threads, which write directly into the caller's memory.

    The variant ``default-blas`` leaves numeric libraries as many threads of their own as they like, in every thread.
    """

    name: ClassVar[str] = "threads"
    about: ClassVar[str] = "concurrent.futures.ThreadPoolExecutor; parallel where the kernel releases the GIL."
    variants: ClassVar[tuple[str, ...]] = ("default-blas",)
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "thread"
    _pool: ThreadPoolExecutor | None = None

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One task per item, as `Executor.map` submits them (CPython's Lib/concurrent/futures/_base.py)."""
        return items(workload, data)

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        return 0 if variant == "default-blas" else super().library_threads(variant, cores)

    def open(self, cores: int) -> None:
        self._pool = executors.threads(cores)

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        assert self._pool is not None, "open() comes first"
        return list(self._pool.map(function, *columns))

    def follow(self, workload: Workload, stages: Stages, chunks: Sequence[Any], data: Any) -> list[Any]:
        assert self._pool is not None, "open() comes first"
        return executors.follow(self._pool.submit, workload.kernel, stages, chunks, data)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
