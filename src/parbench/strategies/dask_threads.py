"""`dask-threads`: Dask's threaded scheduler on a pool that outlives the call."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from parbench.strategies import executors
from parbench.strategies.dask_base import DaskStrategy, dump_result, identity, load_task

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder


class DaskThreads(DaskStrategy):
    """Tasks on a pool of threads in the caller's process."""

    name = "dask-threads"
    about = "Dask's threaded scheduler."
    boundary = "thread"
    imports = ("dask.array", "dask.threaded")

    def open(self, cores: int) -> None:
        import dask.threaded  # noqa: F401  (importing it is part of start-up)

        pool = executors.threads(cores)
        self.resources.callback(pool.shutdown, cancel_futures=True)
        self.where = {"scheduler": "threads", "pool": pool}

    def trace_tasks(self, recorder: Recorder) -> AbstractContextManager[Mapping[str, Any]]:
        who = recorder.call, recorder.thread
        return nullcontext({"loads": partial(load_task, *who, identity), "dumps": partial(dump_result, *who, identity)})
