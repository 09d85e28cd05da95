"""`dask-processes`: Dask's multiprocessing scheduler on a pool that outlives the call."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from parbench.strategies.dask_base import DaskStrategy, packed, unpacked
from parbench.strategies.executors import Processes
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder


class DaskProcesses(DaskStrategy):
    """Tasks on a pool of processes, started as Dask itself would; left alone, it starts one for each call."""

    name: ClassVar[str] = "dask-processes"
    about: ClassVar[str] = "Dask's multiprocessing scheduler."
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "process"
    _workers: Processes | None = None

    def open(self, cores: int) -> None:
        from dask.multiprocessing import default_initializer, get_context

        # As Dask does it: without a common seed, hashes (and so groups and shuffles) differ among workers.
        os.environ.setdefault("PYTHONHASHSEED", "6640")
        self._workers = Processes(cores, get_context(), default_initializer)
        # By default Dask sends six tasks at a time to a worker, which then does all the work if there are no more.
        one_by_one = {} if self.variant == "tutorial" else {"chunksize": 1}
        self.where = {"scheduler": "processes", "pool": self._workers.pool, **one_by_one}

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        assert self._workers is not None, "open() comes first"
        with self._workers.watched():
            return super().run(workload, data, parts)

    def watched_tasks(self, recorder: Recorder) -> AbstractContextManager[Mapping[str, Any]]:
        import cloudpickle  # comes with Dask, whose default it is

        dumps = partial(cloudpickle.dumps, protocol=pickle.HIGHEST_PROTOCOL)
        return nullcontext(
            {
                "func_loads": partial(unpacked, recorder.call, 0, pickle.loads),
                "func_dumps": partial(packed, recorder.call, 0, dumps),
            }
        )

    def close(self) -> None:
        if self._workers is not None:
            self._workers.stop()
