"""`dask-threads`: Dask's threaded scheduler on a pool that outlives the call."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from parbench.strategies import executors
from parbench.strategies.dask_base import DaskStrategy, packed, same, unpacked

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder


class DaskThreads(DaskStrategy):
    """Tasks on a pool of threads in the caller's process."""

    name: ClassVar[str] = "dask-threads"
    about: ClassVar[str] = "Dask's threaded scheduler."
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "thread"
    _pool: ThreadPoolExecutor | None = None

    def open(self, cores: int) -> None:
        import dask.threaded  # noqa: F401  (importing it is part of starting up)

        self._pool = executors.threads(cores)
        self.where = {"scheduler": "threads", "pool": self._pool}

    def watched_tasks(self, recorder: Recorder) -> AbstractContextManager[Mapping[str, Any]]:
        who = recorder.call, recorder.thread
        return nullcontext({"loads": partial(unpacked, *who, same), "dumps": partial(packed, *who, same)})

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
