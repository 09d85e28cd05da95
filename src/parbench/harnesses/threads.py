"""`threads`: the standard library's ThreadPoolExecutor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal

from parbench.harnesses.base import SharedMapHarness, items
from parbench.workload import Workload


class Threads(SharedMapHarness):
    """One task a chunk on a pool of threads, which write straight into the caller's memory."""

    name: ClassVar[str] = "threads"
    about: ClassVar[str] = "concurrent.futures.ThreadPoolExecutor; parallel where the kernel releases the GIL."
    leaves: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "thread"
    _pool: ThreadPoolExecutor | None = None

    @classmethod
    def own_parts(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """A task an item, as `Executor.map` submits them (CPython's Lib/concurrent/futures/_base.py)."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        self._pool = ThreadPoolExecutor(cores)
        # The executor starts a thread only when none is idle: hold each until all are there.
        together = threading.Barrier(cores)
        for each in [self._pool.submit(together.wait) for _ in range(cores)]:
            each.result()

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        assert self._pool is not None, "open() comes first"
        return list(self._pool.map(function, *columns))

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
