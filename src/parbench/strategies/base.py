"""The contract of a strategy, a class that can run any workload.

Imported in every arm: standard library only; NumPy on use.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from parbench.workload.cell import AUTO, Cell
from parbench.workload.given_data import length
from parbench.workload.stages import Stages
from parbench.workload.workload import Workload, bounds, slices

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

#: Limit of the tasks of a call with auto chunks: a million tasks would take minutes, and ten thousand show the cost
#: of a task as well.
MOST_TASKS = 10_000
#: A boundary that work may cross on its way to a worker.
Boundary = Literal["nothing", "thread", "process", "machine"]


class Strategy(ABC):
    """One way of running a workload: ``open(cores)``, then ``run`` any number of times, then ``close()``.

    Class attributes:
        name: the strategy's name.
        about: one sentence for lists and reports.
        variants: the words that may follow the name in brackets, as in ``multiprocessing[spawn]``.
        scales: whether it can use more than one core; if not, it is measured on one core only.
        boundary: the farthest boundary that the work crosses.
        tutorial_form: the form of a `Tutorial` that the variant ``tutorial`` runs; empty if there is none.
        imports: modules that `open` and the first call import, and that start no threads when they are imported.
        requires: modules that must be importable, each with the pip requirement that installs it.

    Attributes:
        resources: an `ExitStack` that `close` closes; `open` adds to it whatever has to be ended.
    """

    name: ClassVar[str]
    about: ClassVar[str] = ""
    variants: ClassVar[tuple[str, ...]] = ()
    scales: ClassVar[bool] = True
    boundary: ClassVar[Boundary] = "nothing"
    tutorial_form: ClassVar[Literal["", "pool", "dask"]] = ""
    imports: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[Mapping[str, str]] = {}

    def __init__(self, variant: str = "", options: Mapping[str, str] | None = None) -> None:
        self.variant = variant
        self.options = dict(options or {})
        self.resources = ExitStack()

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        """Why this strategy cannot run `workload`, in words; empty if it can."""
        if variant != "tutorial" or (workload.tutorial is not None and workload.tutorial.form == cls.tutorial_form):
            return ""
        return "it has no tutorial" + (f" of the form {cls.tutorial_form!r}" if cls.tutorial_form else " form")

    @classmethod
    def takes_chunks(cls, variant: str = "") -> bool:
        """Whether `run` cuts into the given number of `parts`; if not, it is measured at one number of chunks."""
        return variant != "tutorial"

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """The number of parts into which the library cuts by default; one per core if it does not cut."""
        del workload, data, size
        return cores

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        """The threads that numeric libraries (BLAS, OpenMP) may start in each process; 0 means their default."""
        del cores
        return 0 if variant == "default-blas" else 1

    @abstractmethod
    def open(self, cores: int) -> None:
        """Start `cores` workers and return when they are usable; this is measured as start-up time."""

    @abstractmethod
    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        """Do the whole job once, cut into at most `parts` chunks, and return the verified kind of result."""

    def trace_call(self, recorder: Recorder) -> AbstractContextManager[Workload]:
        """The context of a traced call; it yields the workload for `run`, which records the calls of its functions.

        The time before and after the call is not measured. Override it if workers do work outside of these functions.
        """
        return nullcontext(recorder.workload)

    def close(self) -> None:
        """Stop the workers and free what they hold; called once, also after a failure."""
        self.resources.close()

    def check(self, workload: Workload, result: Any, data: Any) -> str:
        """Why the result of this strategy is wrong, in words; empty if it is right."""
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

    If tasks depend on others, each stage is such a map, after the previous stage has ended as a whole; override
    `follow` if the strategy can do without that barrier.
    """

    @abstractmethod
    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        """``list(map(function, *columns))``, in parallel; `columns` have one item per chunk."""

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        chunks = workload.split(data, parts)
        if workload.stages is not None:
            return workload.combine(self.follow(workload, workload.stages, chunks, data), data)
        return workload.combine(self.map(workload.kernel, chunks), data)

    def follow(self, workload: Workload, stages: Stages, chunks: Sequence[Any], data: Any) -> list[Any]:
        """The parts of the last stage of a workload of dependent tasks."""
        return stages.by_barriers(self.map, self.map(workload.kernel, chunks), data)


class SharedMapStrategy(MapStrategy):
    """A map whose workers share the caller's memory: they write parts in place if the workload has `write_into`."""

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if workload.write_into is None or workload.finish is not None or workload.stages is not None:
            return super().run(workload, data, parts)
        out = allocate(workload, data)
        self.map(workload.write_into, workload.split(data, parts), views(out, parts))
        return out


def parts_of(strategy: type[Strategy], workload: Workload, data: Any, cell: Cell) -> int:
    """The number of parts into which each call of `cell` is cut.

    Auto chunks are reduced until a call has at most `MOST_TASKS` tasks, including those of later stages.
    """
    if cell.chunks != AUTO:
        return cell.cores * cell.chunks
    parts = max(1, min(strategy.auto_chunks(workload, data, cell.size, cell.cores), MOST_TASKS))
    while parts > 1 and tasks(workload, data, parts) > MOST_TASKS:
        parts //= 2
    return parts


def tasks(workload: Workload, data: Any, parts: int) -> int:
    """The number of tasks of a call cut into `parts`, in all its stages."""
    stages = workload.stages
    if stages is None:
        return parts
    chunks = len(workload.split(data, parts))
    return chunks + sum(stages.width(stage, chunks) for stage in range(1, stages.count(data, chunks) + 1))


def items(workload: Workload, data: Any) -> int:
    """The largest number of parts into which `data` can be cut; at most `MOST_TASKS` if the workload defines `split`.

    It differs from `Workload.elements`, which counts numbers: an item may be a row of numbers.
    """
    return length(data) if workload.split is slices else len(workload.split(data, MOST_TASKS))


def allocate(workload: Workload, data: Any) -> Any:
    """A fresh, untouched output array, so that the calls of all strategies include its page faults."""
    import numpy as np

    assert workload.output is not None
    shape, dtype = workload.output(data)
    return np.empty(shape, dtype)


def views(out: Any, parts: int) -> list[Any]:
    """The views of `out` that the chunks of ``split(data, parts)`` write, in order."""
    return [out[start:stop] for start, stop in bounds(len(out), parts)]
