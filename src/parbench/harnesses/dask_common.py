"""What the Dask strategies share: how a workload becomes tasks, and how those are computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from parbench.harnesses.base import Harness, items
from parbench.steps import Steps
from parbench.workload import Workload


class DaskHarness(Harness):
    """Computes the workload's own Dask collection, or one delayed task a chunk where it has none.

    `open` sets `where`, the keyword arguments that send a ``compute`` to the opened scheduler.
    """

    variants: ClassVar[tuple[str, ...]] = ("tutorial",)
    requires: ClassVar[Mapping[str, str]] = {"dask": "dask[array]"}
    where: Mapping[str, Any]

    @classmethod
    def refuses(cls, workload: Workload, variant: str = "") -> str:
        has = workload.tutorial is not None and workload.tutorial.form == "dask"
        return "it has no tutorial form that uses Dask" if variant == "tutorial" and not has else ""

    @classmethod
    def own_parts(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """A task an item where tasks are delayed; as many as ``chunks="auto"`` makes where the form is a Dask array.

        Those are of at most ``array.chunk-size`` of Dask's configuration, 128 MiB by default (Dask's documentation,
        "Chunks", "Automatic chunking"). An element counts as large as it is on its way, or 8 bytes where none travels.
        """
        del cores
        import dask
        from dask.delayed import Delayed
        from dask.utils import parse_bytes

        if workload.dask is None or isinstance(workload.dask(data, 1), Delayed):
            return items(workload, data)
        each = max(workload.bytes_in, workload.bytes_out) or 8.0
        chunk = int(parse_bytes(dask.config.get("array.chunk-size", "128MiB")))
        return math.ceil(workload.elements(size) * each / chunk)

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if self.variant == "tutorial":
            assert workload.tutorial is not None
            return workload.tutorial.call(data).compute(**self.where)
        if workload.dask is not None:
            return workload.dask(data, parts).compute(**self.where)
        return self.delayed(workload, data, parts)

    def delayed(self, workload: Workload, data: Any, parts: int) -> Any:
        """One task a chunk under a key that was never used before, combined in the caller.

        Tasks that depend on others are one graph with them, computed as a whole.
        """
        import dask

        # A chunk bound to its kernel is opaque to Dask, which walks through every list it is given.
        calls = [partial(boxed, workload.kernel, chunk) for chunk in workload.split(data, parts)]
        tasks = [dask.delayed(call, pure=False)() for call in calls]
        if workload.steps is not None:
            tasks = graph(workload.steps, tasks, data)
        boxes = dask.compute(*tasks, **self.where)
        return workload.combine([part for (part,) in boxes], data)


def graph(steps: Steps, tasks: list[Any], data: Any) -> list[Any]:
    """The delayed tasks of the last step, on top of those of the first."""
    import dask

    chunks = len(tasks)
    for step in range(1, steps.count(data, chunks) + 1):
        calls = [partial(boxed_step, steps.kernel, step, index) for index in range(steps.width(step, chunks))]
        inputs = [[tasks[each] for each in needed] for needed in steps.tasks(step, chunks)]
        tasks = [dask.delayed(call, pure=False)(*boxes) for call, boxes in zip(calls, inputs, strict=True)]
    return tasks


def boxed_step(kernel: Callable[[int, int, list[Any]], Any], step: int, index: int, *boxes: tuple[Any]) -> tuple[Any]:
    """The part of a task that needs others, in a tuple as theirs are."""
    return (kernel(step, index, [part for (part,) in boxes]),)


def boxed(kernel: Callable[[Any], Any], chunk: Any) -> tuple[Any]:
    """The part of `chunk` in a tuple: dask.distributed sends a bare list item by item, at 20 µs each."""
    return (kernel(chunk),)
