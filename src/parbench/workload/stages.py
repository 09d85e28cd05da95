"""Work in stages: tasks that need the parts of tasks of the previous stage.

Imported in every arm and worker: standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

#: ``map(function, *columns)`` as a list, in parallel or not.
Map = Callable[..., list[Any]]


def as_many(stage: int, chunks: int) -> int:
    """Every stage has a task for each chunk: the default of `Stages.width`."""
    del stage
    return chunks


@dataclass(frozen=True)
class Stages:
    """The stages after the first one, in which the kernel maps each chunk to a part.

    Fields:
        kernel: ``kernel(stage, index, inputs) -> part`` of task `index` in `stage` (from 1 on); runs in the workers.
        needs: ``needs(stage, index, chunks)``, the indices of the tasks of the previous stage that yield its `inputs`.
        count: ``count(data, chunks)``, the number of stages after the first.
        width: ``width(stage, chunks)``, the number of tasks of `stage`; by default one per chunk.

    `chunks` is the number of chunks from `Workload.split`. `Workload.combine` gets the parts of the last stage.
    """

    kernel: Callable[[int, int, Sequence[Any]], Any]
    needs: Callable[[int, int, int], Sequence[int]]
    count: Callable[[Any, int], int]
    width: Callable[[int, int], int] = as_many

    def tasks(self, stage: int, chunks: int) -> list[Sequence[int]]:
        """The indices of the parts of the previous stage that each task of `stage` needs."""
        return [self.needs(stage, index, chunks) for index in range(self.width(stage, chunks))]

    def by_barriers(self, run: Map, parts: list[Any], data: Any) -> list[Any]:
        """The parts of the last stage from those of the first; `run` maps a stage after the previous one has ended."""
        chunks = len(parts)
        for stage in range(1, self.count(data, chunks) + 1):
            inputs = [[parts[each] for each in needed] for needed in self.tasks(stage, chunks)]
            parts = run(self.kernel, repeat(stage, len(inputs)), range(len(inputs)), inputs)
        return parts


def one_by_one(function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
    """``list(map(function, *columns))``."""
    return list(map(function, *columns))
