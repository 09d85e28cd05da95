"""`dask-processes`: Dask's multiprocessing scheduler on a pool that outlives the call."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ClassVar, Literal

from parbench.errors import WorkerDied
from parbench.harnesses.dask_common import DaskHarness
from parbench.workload import Workload

DEATH = "a worker process of Dask died: look for a crash or an exit in the kernel, or for lack of memory."


class DaskProcesses(DaskHarness):
    """Tasks on a pool of processes, started as Dask itself would; left alone, it starts one for each call."""

    name: ClassVar[str] = "dask-processes"
    about: ClassVar[str] = "Dask's multiprocessing scheduler."
    leaves: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "process"
    _pool: ProcessPoolExecutor | None = None

    def open(self, cores: int) -> None:
        from dask.multiprocessing import get_context

        # As Dask does it: without a common seed, hashes (and so groups and shuffles) differ among workers.
        os.environ.setdefault("PYTHONHASHSEED", "6640")
        context = get_context()
        # No worker takes a task before all are there, so the executor has to start every one of them.
        self._pool = ProcessPoolExecutor(cores, context, warm, (context.Barrier(cores),))
        try:
            for each in [self._pool.submit(os.getpid) for _ in range(cores)]:
                each.result()
        except BrokenProcessPool as error:
            raise WorkerDied(DEATH) from error
        self.where = {"scheduler": "processes", "pool": self._pool}

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        try:
            return super().run(workload, data, parts)
        except BrokenProcessPool as error:
            raise WorkerDied(DEATH) from error

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def warm(together: Any) -> None:
    """Run first in every worker: import what a task needs and wait for the others."""
    import dask.multiprocessing

    dask.multiprocessing.default_initializer()
    together.wait()
