"""`dask-processes`: Dask's multiprocessing scheduler on a pool that outlives the call."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from parbench.strategies.dask_base import DaskStrategy, dump_result, load_task
from parbench.strategies.executors import Processes
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder


class DaskProcesses(DaskStrategy):
    """Tasks on a pool of processes, started as Dask does; by default Dask starts one per call."""

    name = "dask-processes"
    about = "Dask's multiprocessing scheduler."
    boundary = "process"
    imports = ("dask.array", "dask.multiprocessing", "cloudpickle")

    def open(self, cores: int) -> None:
        from dask.multiprocessing import default_initializer, get_context

        # As in Dask: without a common seed, hashes, and so groups and shuffles, differ among workers.
        os.environ.setdefault("PYTHONHASHSEED", "6640")
        self._workers = Processes(cores, get_context(), default_initializer)
        self.resources.callback(self._workers.stop)
        # By default Dask sends six tasks at a time to a worker: with six tasks or fewer, one worker would do all work.
        one_by_one = {} if self.variant == "tutorial" else {"chunksize": 1}
        self.where = {"scheduler": "processes", "pool": self._workers.pool, **one_by_one}

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        with self._workers.worker_deaths():
            return super().run(workload, data, parts)

    def trace_tasks(self, recorder: Recorder) -> AbstractContextManager[Mapping[str, Any]]:
        import cloudpickle  # comes with Dask, whose default it is

        dumps = partial(cloudpickle.dumps, protocol=pickle.HIGHEST_PROTOCOL)
        return nullcontext(
            {
                "func_loads": partial(load_task, recorder.call, 0, pickle.loads),
                "func_dumps": partial(dump_result, recorder.call, 0, dumps),
            }
        )
