"""The base of the Dask strategies: it turns a workload into tasks and computes them."""

from __future__ import annotations

import math
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from parbench.strategies.base import Strategy, items
from parbench.strategies.trace_events import KERNEL, Call, TracedKernel, is_caller, now, ship, stamp
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

UNSEEN = (
    "Dask cuts and joins its own collection: making the graph counts as cutting, each task of the graph as a kernel "
    "call, and joining in the caller as dispatch."
)


class DaskStrategy(Strategy):
    """Computes the Dask collection of the workload, or one delayed task per chunk if it has none.

    `open` sets `where`, the keyword arguments that send a ``compute`` to the opened scheduler.
    """

    variants = ("tutorial",)
    tutorial_form = "dask"
    requires: ClassVar[Mapping[str, str]] = {"dask": "dask[array]"}
    where: Mapping[str, Any]

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One task per item if tasks are delayed; the number that ``chunks="auto"`` makes if the form is a Dask array.

        Such a chunk has at most ``array.chunk-size`` of Dask's configuration, 128 MiB by default (Dask's documentation,
        "Chunks", "Automatic chunking"). The size of an element is its bytes in or out, or 8 bytes if both are 0.
        """
        del cores
        import dask
        from dask.delayed import Delayed
        from dask.utils import parse_bytes

        if workload.dask is None or isinstance(workload.dask(data, 1), Delayed):
            return items(workload, data)
        element_bytes = max(workload.bytes_in, workload.bytes_out) or 8.0
        chunk_bytes = int(parse_bytes(dask.config.get("array.chunk-size", "128MiB")))
        return math.ceil(workload.elements(size) * element_bytes / chunk_bytes)

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if self.variant == "tutorial":
            assert workload.tutorial is not None
            return workload.tutorial.call(data).compute(**self.where)
        if workload.dask is not None:
            return workload.dask(data, parts).compute(**self.where)
        return self.delayed(workload, data, parts)

    @contextmanager
    def trace_call(self, recorder: Recorder) -> Iterator[Workload]:
        """Trace the tasks themselves if Dask cuts and joins, because no kernel is called then."""
        where, collection = self.where, self.variant == "tutorial" or recorder.workload.dask is not None
        with self.trace_tasks(recorder) if collection else nullcontext({}) as more:
            self.where = {**where, **more}
            try:
                yield recorder.workload
            finally:
                self.where = where
        if collection:
            recorder.unseen = UNSEEN

    @abstractmethod
    def trace_tasks(self, recorder: Recorder) -> AbstractContextManager[Mapping[str, Any]]:
        """The arguments to add to `where`, so that the tasks of a collection are traced."""

    def delayed(self, workload: Workload, data: Any, parts: int) -> Any:
        """One task per chunk under a new key, combined in the caller; later stages are part of the same graph."""
        import dask

        # Dask walks through every list among the arguments, but not through a chunk bound to its kernel.
        kernel = workload.kernel
        traced = partial(call_traced, kernel.function, kernel.call) if isinstance(kernel, TracedKernel) else None
        box = traced or partial(call_boxed, kernel)
        calls = [partial(box, chunk) for chunk in workload.split(data, parts)]
        tasks = [dask.delayed(call, pure=False)() for call in calls]
        if workload.stages is not None:
            tasks = stage_tasks(workload.stages, tasks, data)
        boxes = dask.compute(*tasks, **self.where)
        return workload.combine([part for (part,) in boxes], data)


def stage_tasks(stages: Stages, tasks: list[Any], data: Any) -> list[Any]:
    """The delayed tasks of the last stage, on top of those of the first."""
    import dask

    chunks = len(tasks)
    for stage in range(1, stages.count(data, chunks) + 1):
        calls = [partial(call_stage, stages.kernel, stage, index) for index in range(stages.width(stage, chunks))]
        inputs = [[tasks[each] for each in needed] for needed in stages.tasks(stage, chunks)]
        tasks = [dask.delayed(call, pure=False)(*boxes) for call, boxes in zip(calls, inputs, strict=True)]
    return tasks


def call_stage(kernel: Callable[[int, int, list[Any]], Any], stage: int, index: int, *boxes: tuple[Any]) -> tuple[Any]:
    """The part of a task of a later stage, in a tuple, from the boxed parts that it needs."""
    return (kernel(stage, index, [part for (part,) in boxes]),)


def call_boxed(kernel: Callable[[Any], Any], chunk: Any) -> tuple[Any]:
    """The part of `chunk` in a tuple: dask.distributed sends a bare list item by item, at 20 µs per item."""
    return (kernel(chunk),)


def call_traced(function: Callable[[Any], Any], call: Call, chunk: Any) -> tuple[Any]:
    """The same with a traced kernel, which is built in the worker because pickling it with each task takes longer."""
    return (TracedKernel(function, call)(chunk),)


# -- tracing of Dask's local schedulers ------------------------------------------------------------------

_task = threading.local()


def identity(value: Any) -> Any:
    """Pass a task or a result to a thread."""
    return value


def load_task(call: Call, caller: int, loads: Callable[[Any], Any], dumped: Any) -> Any:
    """Load a task in its worker, just before it is computed, or a result in the caller; a local scheduler calls it."""
    began = now()
    loaded = loads(dumped)
    _task.began = now()
    if loads is not identity:
        ship(call, False, False, began, _task.began)
    return loaded


def dump_result(call: Call, caller: int, dumps: Callable[[Any], Any], loaded: Any) -> Any:
    """Dump a task, or its result in the worker, just after it was computed; a local scheduler calls it."""
    began = now()
    if threading.get_ident() != caller if caller else not is_caller(call):
        stamp(call, KERNEL, _task.began, began)
    dumped = dumps(loaded)
    if dumps is not identity:
        ship(call, False, True, began, now())
    return dumped
