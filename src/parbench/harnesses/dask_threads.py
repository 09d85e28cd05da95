"""`dask-threads`: Dask's threaded scheduler on a pool that outlives the call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Literal

from parbench.harnesses import executors
from parbench.harnesses.dask_common import DaskHarness


class DaskThreads(DaskHarness):
    """Tasks on a pool of threads in the caller's process."""

    name: ClassVar[str] = "dask-threads"
    about: ClassVar[str] = "Dask's threaded scheduler."
    leaves: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "thread"
    _pool: ThreadPoolExecutor | None = None

    def open(self, cores: int) -> None:
        import dask.threaded  # noqa: F401  (importing it is part of starting up)

        self._pool = executors.threads(cores)
        self.where = {"scheduler": "threads", "pool": self._pool}

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
