"""The contract of a strategy, a class that can run any workload.

Imported in every arm: standard library only; NumPy on use.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from parbench.workload.cell import AUTO, Cell
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload, bounds, slices

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

#: Limit of tasks per call if a strategy uses its default cut: one task per item of a million would take minutes, and
#: ten thousand show the cost of a task.
MOST_TASKS = 10_000


class Strategy(ABC):
    """One way of running a workload: ``open(cores)``, then ``run`` any number of times, then ``close()``.

    Class attributes:
        name: the strategy's name.
        about: one sentence for lists and reports.
        variants: the names that may be in brackets behind the name, as in ``multiprocessing[spawn]``.
        scales: whether it can use more than one core; if not, it is measured on one core only.
        boundary: the farthest boundary that the work crosses.
        requires: modules that must be importable, each with the pip requirement that brings it.
    """

    name: ClassVar[str]
    about: ClassVar[str] = ""
    variants: ClassVar[tuple[str, ...]] = ()
    scales: ClassVar[bool] = True
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "nothing"
    requires: ClassVar[Mapping[str, str]] = {}

    def __init__(self, variant: str = "", options: Mapping[str, str] | None = None) -> None:
        self.variant = variant
        self.options = dict(options or {})

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        """Reason why this strategy cannot run `workload`; empty if it can."""
        del workload
        return "it has no tutorial form" if variant == "tutorial" else ""

    @classmethod
    def takes_chunks(cls, variant: str = "") -> bool:
        """Whether `run` cuts as its `parts` say; what cuts by itself, or not at all, is measured one way only."""
        return variant != "tutorial"

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """Number of parts that the library makes by default; one per core if it has no default."""
        del workload, data, size
        return cores

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        """How many threads numeric libraries (BLAS, OpenMP) may start in each process; 0 leaves them their default."""
        del variant, cores
        return 1

    @abstractmethod
    def open(self, cores: int) -> None:
        """Start `cores` workers and return when they are usable; what it takes is the start-up time."""

    @abstractmethod
    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        """Do the whole job once, cut into at most `parts` chunks, and return the verified kind of result."""

    def trace_call(self, recorder: Recorder) -> AbstractContextManager[Workload]:
        """Context of a traced call: it yields the workload for `run`, one that records itself.

        Neither what is done before the call nor after it counts. Override it where workers do what no function of the
        workload is called for.
        """
        return nullcontext(recorder.workload)

    def close(self) -> None:
        """Stop the workers and free what they hold; called once, also after a failure."""

    def check(self, workload: Workload, result: Any, data: Any) -> str:
        """Return the reason why the result of this strategy is wrong; empty if it is right."""
        if self.variant == "tutorial" and workload.tutorial is not None:
            workload = replace(workload, verify=workload.tutorial.verify)
        return workload.check(result, data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class MapStrategy(Strategy):
    """The common case: a strategy that maps the kernel over the chunks, in order.

    Where tasks depend on others, each stage is such a map, after the one before as a whole; override `follow` where the
    strategy has a way without that barrier.
    """

    @abstractmethod
    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """``list(map(function, *columns))``, in parallel; `columns` have one item a chunk."""

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        chunks = workload.split(data, parts)
        if workload.stages is not None:
            return workload.combine(self.follow(workload, workload.stages, chunks, data), data)
        return workload.combine(self.map(workload.kernel, chunks), data)

    def follow(self, workload: Workload, stages: Stages, chunks: Sequence[Any], data: Any) -> list[Any]:
        """The parts of the last stage of a workload of dependent tasks."""
        return stages.by_barriers(self.map, self.map(workload.kernel, chunks), data)


class SharedMapStrategy(MapStrategy):
    """A map whose workers share the caller's memory: parts are written in place where the workload can."""

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if workload.write_into is None or workload.finish is not None or workload.stages is not None:
            return super().run(workload, data, parts)
        out = allocate(workload, data)
        self.map(workload.write_into, workload.split(data, parts), views(out, parts))
        return out


def parts_of(strategy: type[Strategy], workload: Workload, data: Any, cell: Cell) -> int:
    """Number of parts of each call of `cell`: its chunks per core, or the strategy's default.

    Of these only as many as make no more than `MOST_TASKS` tasks, those of later stages included.
    """
    if cell.chunks != AUTO:
        return cell.cores * cell.chunks
    parts = max(1, min(strategy.auto_chunks(workload, data, cell.size, cell.cores), MOST_TASKS))
    while parts > 1 and tasks(workload, data, parts) > MOST_TASKS:
        parts //= 2
    return parts


def tasks(workload: Workload, data: Any, parts: int) -> int:
    """Number of tasks, over all stages, of a call that is cut into `parts`."""
    stages = workload.stages
    if stages is None:
        return parts
    chunks = len(workload.split(data, parts))
    return chunks + sum(stages.width(stage, chunks) for stage in range(1, stages.count(data, chunks) + 1))


def items(workload: Workload, data: Any) -> int:
    """Into how many parts `data` can be cut at most; where the workload cuts in a way of its own, up to `MOST_TASKS`.

    Not `Workload.elements`, which counts numbers: a chunk is at least a row of them, or whatever `split` cannot cut.
    """
    return len(data) if workload.split is slices else len(workload.split(data, MOST_TASKS))


def allocate(workload: Workload, data: Any) -> Any:
    """A fresh, untouched output array: its page faults are part of every strategy's call alike."""
    import numpy as np

    assert workload.output is not None
    shape, dtype = workload.output(data)
    return np.empty(shape, dtype)


def views(out: Any, parts: int) -> list[Any]:
    """The views of `out` that the chunks of ``split(data, parts)`` write, in order."""
    return [out[start:stop] for start, stop in bounds(len(out), parts)]
