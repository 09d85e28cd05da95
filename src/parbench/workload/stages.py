"""Work in steps: tasks that need what tasks of the step before have given.

Imported in every arm and worker: standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

#: ``map(function, *columns)`` as a list, by whatever means.
Map = Callable[..., list[Any]]


def as_many(step: int, chunks: int) -> int:
    """Every step has a task for each chunk: the default of `Steps.width`."""
    del step
    return chunks


@dataclass(frozen=True)
class Steps:
    """More steps after the first, in which the kernel ran over the chunks and gave a part for each.

    Fields:
        kernel: ``kernel(step, index, inputs) -> part`` of task `index` in `step` (from 1 on); runs in the workers.
        needs: ``needs(step, index, chunks)``, the indices in the step before whose parts are its `inputs`, in order.
        count: ``count(data, chunks)``, how many steps there are after the first.
        width: ``width(step, chunks)``, how many tasks `step` has; by default as many as there are chunks.

    `chunks` is how many `Workload.split` gave. What `Workload.combine` gets are the parts of the last step.
    """

    kernel: Callable[[int, int, Sequence[Any]], Any]
    needs: Callable[[int, int, int], Sequence[int]]
    count: Callable[[Any, int], int]
    width: Callable[[int, int], int] = as_many

    def tasks(self, step: int, chunks: int) -> list[Sequence[int]]:
        """What each task of `step` needs of the step before."""
        return [self.needs(step, index, chunks) for index in range(self.width(step, chunks))]

    def by_barriers(self, run: Map, parts: list[Any], data: Any) -> list[Any]:
        """The parts of the last step from those of the first, each step by `run` after the one before as a whole."""
        chunks = len(parts)
        for step in range(1, self.count(data, chunks) + 1):
            inputs = [[parts[each] for each in needed] for needed in self.tasks(step, chunks)]
            parts = run(self.kernel, repeat(step, len(inputs)), range(len(inputs)), inputs)
        return parts


def one_by_one(function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
    """``list(map(function, *columns))``."""
    return list(map(function, *columns))
