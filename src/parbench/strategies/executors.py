"""Executors of `concurrent.futures` that are started fully, and dependent tasks on them without a barrier.

Standard library only.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from parbench.errors import WorkerDied, WorkloadError
from parbench.strategies.worker_pool import PATIENCE, UNREADABLE, death
from parbench.workload.stages import Stages

DIED = "a worker process died: look for a crash or an exit in the kernel, or for lack of memory."
#: A task: its stage, and its index in there.
Task = tuple[int, int]


def threads(cores: int) -> ThreadPoolExecutor:
    """An executor with all of its `cores` threads up."""
    pool = ThreadPoolExecutor(cores)
    # The executor starts a thread only when none is idle: hold each until all are there.
    together = threading.Barrier(cores)
    for each in [pool.submit(together.wait) for _ in range(cores)]:
        each.result()
    return pool


class Processes:
    """A `ProcessPoolExecutor` of `cores` processes, all of them up when the constructor returns.

    `prepare` runs first in each of them. Raises WorkerDied if a worker cannot start.
    """

    def __init__(self, cores: int, context: Any, prepare: Callable[[], None] | None = None) -> None:
        children = multiprocessing.active_children()
        # No worker takes a task before all are there, so the executor has to start every one of them.
        self.pool = ProcessPoolExecutor(cores, context, ready, (prepare, context.Barrier(cores)))
        self.processes: list[Any] = []
        try:
            with self.watched():
                asked = [self.pool.submit(os.getpid) for _ in range(cores)]
                self.processes = [each for each in multiprocessing.active_children() if each not in children]
                for each in asked:
                    each.result()
        except BaseException:
            self.stop()
            raise

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn what the executor raises once it lost a worker into WorkerDied, saying how it ended if that is known."""
        try:
            yield
        except BrokenProcessPool as error:
            if error.__cause__ is not None:
                raise WorkerDied(UNREADABLE) from error
            # those that the executor ended itself, as it does once one has died, come last
            ended = sorted(self.processes, key=lambda each: each.exitcode in (None, -signal.SIGTERM))
            raise WorkerDied(death(ended) or DIED) from error

    def stop(self) -> None:
        """End the executor and its processes, in bounded time unless nothing can end them."""
        ending = threading.Thread(target=self.pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        ending.start()
        ending.join(PATIENCE)
        if ending.is_alive():
            for process in self.processes:
                process.kill()
            ending.join()


def ready(prepare: Callable[[], None] | None, together: Any) -> None:
    """Run first in every worker: get ready and wait for the others."""
    if prepare is not None:
        prepare()
    together.wait()


def follow(
    submit: Callable[..., Future[Any]],
    kernel: Callable[[Any], Any],
    stages: Stages,
    chunks: Sequence[Any],
    data: Any,
) -> list[Any]:
    """The parts of the last stage; every task is submitted as soon as all parts that it needs are there.

    The parts are held here, in the caller, and go to each task that needs them.
    """
    running = {submit(kernel, chunk): (0, index) for index, chunk in enumerate(chunks)}
    try:
        graph = Graph(stages, len(chunks), data)
        while True:
            for (stage, index), inputs in graph.take():
                running[submit(stages.kernel, stage, index, inputs)] = (stage, index)
            if not running:
                return graph.last_parts()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                graph.put(running.pop(future), future.result())
    finally:
        for future in running:  # none, unless something was raised
            future.cancel()


class Graph:
    """The tasks of a workload of stages that can run, given the parts that are there.

    `graphlib.TopologicalSorter` takes twice the time per task, in what is measured, and saves no line: it does not
    know when the last use of a part is over.
    """

    def __init__(self, stages: Stages, chunks: int, data: Any) -> None:
        self.last = stages.count(data, chunks)
        self.needs: dict[Task, list[Task]] = {}
        self.lacks: dict[Task, set[Task]] = {}
        self.users: dict[Task, list[Task]] = {}
        self.parts: dict[Task, Any] = {}
        for stage in range(1, self.last + 1):
            for index, needed in enumerate(stages.tasks(stage, chunks)):
                self._add((stage, index), [(stage - 1, each) for each in needed])
        self.free = [task for task, lacking in self.lacks.items() if not lacking]

    def _add(self, task: Task, needs: list[Task]) -> None:
        self.needs[task], self.lacks[task] = needs, set(needs)
        for each in self.lacks[task]:
            self.users.setdefault(each, []).append(task)

    def put(self, task: Task, part: Any) -> None:
        """Take the part of a task that is done."""
        users = self.users.get(task, [])
        if users or task[0] == self.last:
            self.parts[task] = part
        for user in users:
            self.lacks[user].discard(task)
            if not self.lacks[user]:
                self.free.append(user)

    def take(self) -> list[tuple[Task, list[Any]]]:
        """The tasks that can run and were not taken yet, each with its inputs; a part that no other needs is let go."""
        taken = [(task, [self.parts[each] for each in self.needs[task]]) for task in self.free]
        for task in self.free:
            for each in set(self.needs[task]):
                self.users[each].remove(task)
                if not self.users[each]:
                    del self.parts[each]
        self.free = []
        return taken

    def last_parts(self) -> list[Any]:
        """The parts of the last stage, in order; raises WorkloadError where a task needs what no task gives."""
        for (stage, index), lacking in self.lacks.items():
            if lacking:
                raise WorkloadError(
                    f"task {index} of stage {stage} needs part {min(lacking)[1]} of the stage before, which has none: "
                    "let needs name indices from 0 to one less than the width of that stage."
                )
        return [self.parts[task] for task in sorted(self.parts)]
