"""`joblib`: joblib.Parallel on its own worker processes (loky) or threads, with its automatic batching."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar, Literal

from parbench.errors import WorkerDied
from parbench.strategies.base import MapStrategy, SharedMapStrategy, items
from parbench.strategies.executors import DIED
from parbench.strategies.worker_pool import UNREADABLE
from parbench.workload.workload import Workload

PAUSE = 0.01  # seconds that a first task takes, so that another worker takes the next


class Joblib(SharedMapStrategy):
    """One delayed call per chunk; joblib decides how many it sends to a worker at a time.

    As anywhere with joblib, one core means no worker at all but a loop in the caller, and an array of 1 MB or more goes
    to processes as a file that they map: in the folder of temporary files, where joblib would take shared memory.
    """

    name: ClassVar[str] = "joblib"
    about: ClassVar[str] = "joblib.Parallel with automatic batching; on one core it is a plain loop."
    variants: ClassVar[tuple[str, ...]] = ("loky", "threading")
    # The threads of [threading] leave no process. That it counts as if they did costs a little room when memory is
    # estimated, and one strategy has one answer.
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "process"
    requires: ClassVar[Mapping[str, str]] = {"joblib": "joblib>=1.3"}
    _stack: ExitStack | None = None

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One delayed call per item; joblib sends them in batches."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        import joblib

        threads = self.variant == "threading"
        with ExitStack() as stack:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="parbench-", ignore_cleanup_errors=True))
            # not by an argument, which joblib forgets when it restarts after an error
            stack.enter_context(variable("JOBLIB_TEMP_FOLDER", scratch))
            if not threads and cores > 1:
                stack.callback(end_workers)
            # entered, it keeps its workers from call to call
            kind = "threading" if threads else "loky"
            self._parallel = stack.enter_context(joblib.Parallel(n_jobs=cores, backend=kind))
            if threads:
                self.map(time.sleep, [0.0] * cores)  # all threads of a pool are there from its first task on
            elif cores > 1:
                with watched():
                    start_workers(cores)
            self._stack = stack.pop_all()

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if self.variant == "threading":
            return super().run(workload, data, parts)
        return MapStrategy.run(self, workload, data, parts)  # processes do not share the caller's memory

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        from joblib import delayed

        with watched():
            done: list[Any] = self._parallel(delayed(function)(*each) for each in zip(*columns, strict=True))
        return done

    def close(self) -> None:
        if self._stack is not None:
            self._stack.close()


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
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
def watched() -> Iterator[None]:
    """Turn what joblib raises when it lost a worker into WorkerDied."""
    try:
        yield
    except BrokenProcessPool as error:  # loky's own errors are among them
        raise WorkerDied(DIED if type(error).__name__ == "TerminatedWorkerError" else UNREADABLE) from error


def start_workers(cores: int) -> None:
    """Give the executor that joblib has just made tiny tasks until `cores` workers have answered."""
    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor(reuse=True)
    there: set[int] = set()
    while len(there) < cores:
        there.update(each.result() for each in [executor.submit(pid_after, PAUSE) for _ in range(cores)])


def end_workers() -> None:
    """End the processes that joblib keeps for later calls."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


def pid_after(seconds: float) -> int:
    """Run in a worker: who it is, a moment later."""
    time.sleep(seconds)
    return os.getpid()
