"""Base of the Dask strategies: converts a workload into tasks, and computes them."""

from __future__ import annotations

import math
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from parbench.strategies.base import Strategy, items
from parbench.strategies.trace_events import KERNEL, Call, Kernel, is_here, now, ship, stamp
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

UNSEEN = (
    "Dask cuts and joins its own collection: cutting is seen as the making of the graph, every task of it as a kernel, "
    "and joining in the caller counts as dispatch."
)


class DaskStrategy(Strategy):
    """Computes the workload's own Dask collection, or one delayed task per chunk if it has none.

    `open` sets `where`, the keyword arguments that send a ``compute`` to the opened scheduler.
    """

    variants: ClassVar[tuple[str, ...]] = ("tutorial",)
    requires: ClassVar[Mapping[str, str]] = {"dask": "dask[array]"}
    where: Mapping[str, Any]

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        has = workload.tutorial is not None and workload.tutorial.form == "dask"
        return "it has no tutorial form that uses Dask" if variant == "tutorial" and not has else ""

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One task per item if tasks are delayed; as many as ``chunks="auto"`` makes if the form is a Dask array.

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

    @contextmanager
    def trace_call(self, recorder: Recorder) -> Iterator[Workload]:
        """Look at the tasks themselves where Dask cuts and joins, and no kernel is called."""
        where, own = self.where, self.variant == "tutorial" or recorder.workload.dask is not None
        with self.watched_tasks(recorder) if own else nullcontext({}) as more:
            self.where = {**where, **more}
            try:
                yield recorder.workload
            finally:
                self.where = where
        if own:
            recorder.unseen = UNSEEN

    @abstractmethod
    def watched_tasks(self, recorder: Recorder) -> AbstractContextManager[Mapping[str, Any]]:
        """Additions to `where` that record the tasks of a collection."""

    def delayed(self, workload: Workload, data: Any, parts: int) -> Any:
        """One task per chunk under a new key, combined in the caller.

        Tasks that depend on others are one graph with them, computed as a whole.
        """
        import dask

        # A chunk bound to its kernel is opaque to Dask, which walks through every list it is given.
        kernel = workload.kernel
        box = partial(noted, kernel.function, kernel.call) if isinstance(kernel, Kernel) else partial(boxed, kernel)
        calls = [partial(box, chunk) for chunk in workload.split(data, parts)]
        tasks = [dask.delayed(call, pure=False)() for call in calls]
        if workload.stages is not None:
            tasks = graph(workload.stages, tasks, data)
        boxes = dask.compute(*tasks, **self.where)
        return workload.combine([part for (part,) in boxes], data)


def graph(stages: Stages, tasks: list[Any], data: Any) -> list[Any]:
    """The delayed tasks of the last stage, on top of those of the first."""
    import dask

    chunks = len(tasks)
    for stage in range(1, stages.count(data, chunks) + 1):
        calls = [partial(boxed_stage, stages.kernel, stage, index) for index in range(stages.width(stage, chunks))]
        inputs = [[tasks[each] for each in needed] for needed in stages.tasks(stage, chunks)]
        tasks = [dask.delayed(call, pure=False)(*boxes) for call, boxes in zip(calls, inputs, strict=True)]
    return tasks


def boxed_stage(kernel: Callable[[int, int, list[Any]], Any], stage: int, index: int, *boxes: tuple[Any]) -> tuple[Any]:
    """The part of a task that needs others, in a tuple as theirs are."""
    return (kernel(stage, index, [part for (part,) in boxes]),)


def boxed(kernel: Callable[[Any], Any], chunk: Any) -> tuple[Any]:
    """The part of `chunk` in a tuple: dask.distributed sends a bare list item by item, at 20 µs each."""
    return (kernel(chunk),)


def noted(function: Callable[[Any], Any], call: Call, chunk: Any) -> tuple[Any]:
    """The same of a kernel that is written down, made here: one of its own with each task takes longer to pickle."""
    return (Kernel(function, call)(chunk),)


# -- what Dask's local schedulers do, written down -------------------------------------------------------

_task = threading.local()


def same(value: Any) -> Any:
    """Transfer of tasks and results to and from threads."""
    return value


def unpacked(call: Call, caller: int, loads: Callable[[Any], Any], packed: Any) -> Any:
    """Functions of a local scheduler for each task and its result, just before computing it in the worker."""
    began = now()
    loaded = loads(packed)
    _task.began = now()
    if loads is not same:
        ship(call, False, False, began, _task.began)
    return loaded


def packed(call: Call, caller: int, dumps: Callable[[Any], Any], loaded: Any) -> Any:
    """Functions of a local scheduler for each task and its result, just after computing it in the worker."""
    began = now()
    if threading.get_ident() != caller if caller else not is_here(call):
        stamp(call, KERNEL, _task.began, began)
    dumped = dumps(loaded)
    if dumps is not same:
        ship(call, False, True, began, now())
    return dumped
