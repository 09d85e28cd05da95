"""Executors of `concurrent.futures` whose workers are all started at once. Standard library only."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from parbench.errors import WorkerDied
from parbench.strategies.worker_pool import STOP_SECONDS, UNREADABLE, death

DIED = "a worker process died: look for a crash or an exit in the kernel, or for lack of memory."


def threads(cores: int) -> ThreadPoolExecutor:
    """An executor with all of its `cores` threads started."""
    pool = ThreadPoolExecutor(cores)
    # The executor starts a thread only if none is idle, so each thread waits for all others.
    barrier = threading.Barrier(cores)
    for each in [pool.submit(barrier.wait) for _ in range(cores)]:
        each.result()
    return pool


class Processes:
    """A `ProcessPoolExecutor` of `cores` processes, all of them up when the constructor returns.

    `prepare` runs first in each of them. Raises WorkerDied if a worker cannot start.
    """

    def __init__(self, cores: int, context: Any, prepare: Callable[[], None] | None = None) -> None:
        children = multiprocessing.active_children()
        # No worker takes a task before all are started, so the executor has to start all of them.
        self.pool = ProcessPoolExecutor(cores, context, prepare_worker, (prepare, context.Barrier(cores)))
        self.processes: list[Any] = []
        try:
            with self.worker_deaths():
                pids = [self.pool.submit(os.getpid) for _ in range(cores)]
                self.processes = [each for each in multiprocessing.active_children() if each not in children]
                for each in pids:
                    each.result()
        except BaseException:
            self.stop()
            raise

    @contextmanager
    def worker_deaths(self) -> Iterator[None]:
        """Turn the error of the executor for a lost worker into WorkerDied, with the reason if it is known."""
        try:
            yield
        except BrokenProcessPool as error:
            if error.__cause__ is not None:
                raise WorkerDied(UNREADABLE) from error
            # last come workers that the executor itself ended, as it does after one has died
            ended = sorted(self.processes, key=lambda each: each.exitcode in (None, -signal.SIGTERM))
            raise death(ended) or WorkerDied(DIED) from error

    def stop(self) -> None:
        """End the executor and its processes, in bounded time unless the system cannot end them."""
        ending = threading.Thread(target=self.pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)
        if ending.is_alive():
            for process in self.processes:
                process.kill()
            ending.join()


def prepare_worker(prepare: Callable[[], None] | None, barrier: Any) -> None:
    """Prepare this worker and wait for the others; runs first in every worker."""
    if prepare is not None:
        prepare()
    barrier.wait()
