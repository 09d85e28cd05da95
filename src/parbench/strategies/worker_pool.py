"""Pools of worker processes that are started fully, watched while they work, and always stopped.

`multiprocessing.Pool` waits forever if one of its workers is killed or sends data that cannot be unpickled; the pool
here raises an error instead. Standard library only.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.pool import AsyncResult
from typing import Any

from parbench.errors import UsageError, WorkerDied, WorkerKilled

START_METHODS = ("fork", "forkserver", "spawn")
#: The start method without a variant. Python's own default changed to forkserver in 3.14 on Linux, but a label has to
#: mean the same thing under every version.
DEFAULT_METHOD = "fork" if sys.platform == "linux" and hasattr(os, "fork") else "spawn"
#: Time between two checks of the workers.
CHECK_SECONDS = 0.2
#: Time that a pool has to stop by itself.
STOP_SECONDS = 5.0
UNREADABLE = (
    "the result of a worker process cannot be unpickled: "
    "let the kernel return and raise only objects that survive pickle.loads(pickle.dumps(…))."
)


class WorkerPool:
    """A `multiprocessing.Pool` of `cores` processes, all of them up when the constructor returns.

    Raises UsageError if this system lacks the start method, WorkerDied if a worker cannot start.
    """

    def __init__(self, cores: int, method: str = "") -> None:
        context = context_of(method)
        ready = context.Semaphore(0)
        children, threads = multiprocessing.active_children(), threading.enumerate()
        self.pool = context.Pool(cores, announce, (ready,))
        self.processes = [each for each in multiprocessing.active_children() if each not in children]
        self.threads = [each for each in threading.enumerate() if each not in threads]
        self._others = children
        try:
            for _ in range(cores):
                while not ready.acquire(timeout=CHECK_SECONDS):
                    self.check()
        except BaseException:
            self.stop()
            raise

    def map(self, function: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
        """``list(map(function, *columns))``, with one task per call; raises WorkerDied instead of hanging."""
        result: AsyncResult[list[Any]]
        if len(columns) == 1:
            result = self.pool.map_async(function, columns[0], chunksize=1)
        else:
            result = self.pool.starmap_async(function, zip(*columns, strict=True), chunksize=1)
        result.wait(CHECK_SECONDS)
        while not result.ready():
            self.check()
            result.wait(CHECK_SECONDS)
        return result.get()

    def check(self) -> None:
        """Raise WorkerDied if a worker, or a thread of the pool, has ended."""
        if (error := death(self.processes)) is not None:
            raise error
        if not all(thread.is_alive() for thread in self.threads):
            raise WorkerDied(UNREADABLE)

    def stop(self) -> None:
        """End the pool and its processes, in bounded time and in any state."""
        # A worker that was killed while it held the lock of the pool blocks terminate() forever.
        ending = threading.Thread(target=_terminate, args=(self.pool,), daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)
        for process in multiprocessing.active_children():
            if process not in self._others and (ending.is_alive() or process in self.processes):
                process.kill()
                process.join()


def pool_chunks(items: int, workers: int) -> int:
    """The number of tasks into which `Pool.map` cuts `items` by default: at most four per worker.

    It sends ceil(items / (4 · workers)) items at a time (`Pool._map_async` in CPython's Lib/multiprocessing/pool.py).
    """
    chunk = max(1, -(-items // (4 * workers)))
    return -(-items // chunk)


def context_of(method: str) -> Any:
    """The context of a start method, or of the default one; raises UsageError for an unknown method."""
    method = method or DEFAULT_METHOD
    methods = set(multiprocessing.get_all_start_methods())  # has fork also for an interpreter that cannot fork
    if method not in (methods if hasattr(os, "fork") else methods - {"fork"}):
        raise UsageError(f"this system cannot start processes by {method!r}: choose another start method.")
    return multiprocessing.get_context(method)


def announce(ready: Any) -> None:
    """Report to the caller that this worker is up; runs first in every worker."""
    ready.release()


def death(processes: Sequence[Any]) -> WorkerDied | None:
    """The error of the first of `processes` that ended; None if all are alive."""
    code = next((each.exitcode for each in processes if each.exitcode is not None), None)
    if code is None:
        return None
    manner = f"was killed by {_signal(-code)}" if code < 0 else f"ended with exit code {code}"
    kind = WorkerKilled if code < 0 else WorkerDied
    return kind(f"a worker process {manner}: look for a crash or an exit in the kernel, or for lack of memory.")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _free_tracker() -> None:
    """Free the lock of the resource tracker in a forked process, because another thread may have held it at the fork.

    No thread would release it there, so a worker that attaches a segment would wait forever. CPython 3.14.7 frees it
    itself (gh-146313, `_after_fork_in_child` in Lib/multiprocessing/resource_tracker.py).
    """
    tracker = getattr(resource_tracker, "_resource_tracker", None)
    free = getattr(getattr(tracker, "_lock", None), "_at_fork_reinit", None)
    if free is not None:
        free()


def _terminate(pool: Any) -> None:
    with suppress(AssertionError):  # from the pool, if its thread that reads results has already ended
        pool.terminate()
        pool.join()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_tracker)
