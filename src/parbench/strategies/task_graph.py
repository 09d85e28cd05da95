"""Dependent tasks on an executor, each submitted when its inputs are there, without barriers between stages.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from parbench.errors import WorkloadError
from parbench.workload.stages import Stages

#: A task: its stage and its index in that stage.
Task = tuple[int, int]


def run(
    submit: Callable[..., Future[Any]], kernel: Callable[[Any], Any], stages: Stages, chunks: Sequence[Any], data: Any
) -> list[Any]:
    """The parts of the last stage; each task is submitted as soon as all parts that it needs are there.

    The caller holds the parts and sends them to each task that needs them.
    """
    running = {submit(kernel, chunk): (0, index) for index, chunk in enumerate(chunks)}
    try:
        graph = TaskGraph(stages, len(chunks), data)
        while True:
            for (stage, index), inputs in graph.take():
                running[submit(stages.kernel, stage, index, inputs)] = (stage, index)
            if not running:
                return graph.last_parts()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                graph.put(running.pop(future), future.result())
    finally:
        for future in running:  # none, unless there was an error
            future.cancel()


class TaskGraph:
    """The tasks of all stages, with the parts that are there and the tasks that can run.

    `graphlib.TopologicalSorter` takes twice the time per task, within the measured call, and saves no line, because it
    does not count the remaining uses of a part.
    """

    def __init__(self, stages: Stages, chunks: int, data: Any) -> None:
        self.last = stages.count(data, chunks)
        self.needs: dict[Task, list[Task]] = {}
        self.lacks: dict[Task, set[Task]] = {}
        self.users: dict[Task, list[Task]] = {}
        self.parts: dict[Task, Any] = {}
        for stage in range(1, self.last + 1):
            for index, needed in enumerate(stages.tasks(stage, chunks)):
                task, needs = (stage, index), [(stage - 1, each) for each in needed]
                self.needs[task], self.lacks[task] = needs, set(needs)
                for each in self.lacks[task]:
                    self.users.setdefault(each, []).append(task)
        self.free = [task for task, lacking in self.lacks.items() if not lacking]

    def put(self, task: Task, part: Any) -> None:
        """Store the part of a task that is done."""
        users = self.users.get(task, [])
        if users or task[0] == self.last:
            self.parts[task] = part
        for user in users:
            self.lacks[user].discard(task)
            if not self.lacks[user]:
                self.free.append(user)

    def take(self) -> list[tuple[Task, list[Any]]]:
        """The tasks that can run and were not taken yet, each with its inputs; unused parts are dropped."""
        taken = [(task, [self.parts[each] for each in self.needs[task]]) for task in self.free]
        for task in self.free:
            for each in set(self.needs[task]):
                self.users[each].remove(task)
                if not self.users[each]:
                    del self.parts[each]
        self.free = []
        return taken

    def last_parts(self) -> list[Any]:
        """The parts of the last stage, in order; raises WorkloadError if a task needs a part that no task yields."""
        for (stage, index), lacking in self.lacks.items():
            if lacking:
                raise WorkloadError(
                    f"task {index} of stage {stage} needs part {min(lacking)[1]} of the stage before, which has none: "
                    "let needs name indices from 0 to one less than the width of that stage."
                )
        return [self.parts[task] for task in sorted(self.parts)]
