"""`joblib`: joblib.Parallel on its own worker processes (loky) or threads, with its automatic batching."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, ClassVar

from parbench.errors import WorkerDied, WorkerKilled
from parbench.strategies.base import MapStrategy, SharedMapStrategy, items
from parbench.strategies.executors import DIED
from parbench.strategies.worker_pool import UNREADABLE
from parbench.workload.workload import Workload

#: Time of each first task, so that another worker takes the next one.
FIRST_TASK_SECONDS = 0.01


class Joblib(SharedMapStrategy):
    """One delayed call per chunk; joblib chooses how many of them go to a worker at a time.

    As usual with joblib, one core means a loop in the caller without workers, and processes map an array of 1 MB or
    more from a file. That file is in the folder of temporary files, instead of joblib's default, shared memory.
    """

    name = "joblib"
    about = "joblib.Parallel with automatic batching; on one core it is a plain loop."
    variants = ("loky", "threading")
    # The threads of [threading] leave no process, but a strategy has one boundary: memory is estimated a little high.
    boundary = "process"
    imports = ("joblib",)
    requires: ClassVar[Mapping[str, str]] = {"joblib": "joblib>=1.3"}

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One delayed call per item, which joblib then sends in batches."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        import joblib

        threads = self.variant == "threading"
        use = self.resources.enter_context
        folder = use(tempfile.TemporaryDirectory(prefix="parbench-", ignore_cleanup_errors=True))
        # not by an argument, which joblib loses when it restarts after an error
        use(environment_variable("JOBLIB_TEMP_FOLDER", folder))
        if not threads and cores > 1:
            self.resources.callback(end_workers)
        # within its context it keeps its workers from call to call
        self._parallel = use(joblib.Parallel(n_jobs=cores, backend="threading" if threads else "loky"))
        if threads:
            self.map(time.sleep, [0.0] * cores)  # the first task starts all threads of a pool
        elif cores > 1:
            with worker_deaths():
                start_workers(cores)

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if self.variant == "threading":
            return super().run(workload, data, parts)
        return MapStrategy.run(self, workload, data, parts)  # its processes do not share the caller's memory

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        from joblib import delayed

        with worker_deaths():
            done: list[Any] = self._parallel(delayed(function)(*each) for each in zip(*columns, strict=True))
        return done


@contextmanager
def environment_variable(name: str, value: str) -> Iterator[None]:
    """Set an environment variable for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


@contextmanager
def worker_deaths() -> Iterator[None]:
    """Turn the errors of joblib for a lost worker into WorkerDied."""
    try:
        yield
    except BrokenProcessPool as error:  # or an error of loky, which is derived from it
        if type(error).__name__ == "TerminatedWorkerError":
            raise WorkerKilled(DIED) from error
        raise WorkerDied(UNREADABLE) from error


def start_workers(cores: int) -> None:
    """Give the new executor of joblib tiny tasks until `cores` workers have answered."""
    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor(reuse=True)
    pids: set[int] = set()
    while len(pids) < cores:
        pids.update(each.result() for each in [executor.submit(pid_after, FIRST_TASK_SECONDS) for _ in range(cores)])


def end_workers() -> None:
    """End the processes that joblib keeps for later calls."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


def pid_after(seconds: float) -> int:
    """The process id of a worker, after a pause."""
    time.sleep(seconds)
    return os.getpid()
