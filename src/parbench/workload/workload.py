"""A computation: one plain record of functions that every strategy can run.

This module is imported by every arm and every worker, so it needs the standard library only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import InitVar, dataclass
from inspect import iscoroutinefunction
from itertools import pairwise
from typing import Any, Literal

from parbench.errors import WorkloadError
from parbench.workload.concatenate import concatenate, is_guess
from parbench.workload.difference import difference
from parbench.workload.error_place import place_of
from parbench.workload.expectation import Expect
from parbench.workload.facts import WorkloadFacts
from parbench.workload.function import Each, EachAwaited, adapt, check_one_argument, name_of, takes_nothing
from parbench.workload.given_data import GivenData, length
from parbench.workload.sizes import Sizes, SizesByTime
from parbench.workload.stages import Stages, one_by_one

Split = Callable[[Any, int], Sequence[Any]]
Verify = Callable[..., "bool | None"]


def bounds(length: int, parts: int) -> list[tuple[int, int]]:
    """Cut ``range(length)`` into at most `parts` contiguous ``(start, stop)`` pairs.

    Lengths differ by at most one. No pair is empty, so there are `length` pairs if `length` is smaller than `parts`;
    ``bounds(0, parts)`` is one empty pair.
    """
    parts = max(1, min(parts, length))
    step, extra = divmod(length, parts)
    edges = [index * step + min(index, extra) for index in range(parts + 1)]
    return list(pairwise(edges))


def slices(data: Any, parts: int) -> list[Any]:
    """Split a sequence, an array or a frame along its first axis: the default of `Workload.split`."""
    rows = getattr(data, "iloc", data)  # the slices of a data frame itself may go by the labels of its index
    try:
        return [rows[start:stop] for start, stop in bounds(length(data), parts)]
    except (TypeError, KeyError, NotImplementedError) as error:
        raise WorkloadError(f"data of type {type(data).__name__} have no slices: give the workload a split.") from error


@dataclass(frozen=True)
class Tutorial:
    """The same job as a tutorial writes it, word for word; the variant ``[tutorial]`` of a strategy runs it.

    `form` selects the strategies that can run it: ``"pool"`` is called with a `multiprocessing.Pool` and the data and
    returns the result, ``"dask"`` is called with the data and returns a Dask collection.
    """

    form: Literal["pool", "dask"]
    call: Callable[..., Any]
    verify: Verify


def absent(*_: Any) -> Any:
    """In place of a function that the workload does not have."""
    raise WorkloadError("a workload needs a kernel, and a make or data.")


@dataclass(frozen=True)
class Workload:
    """A job that every strategy can do: inputs, kernel, how to split and combine, how to verify.

    A workload needs a `kernel`, and a `make` or `data`. The other fields have defaults for a kernel that maps a
    sequence (or an array, along its first axis) to a sequence or array of the same length.

    Fields:
        name: a short name of letters, digits and ``_``, unique in a run; by default that of the kernel.
        kernel: ``kernel(chunk) -> part``; runs in the workers.
        make: ``make(size, seed) -> data`` or ``make(size) -> data``; runs once in the caller, untimed. ``make()``
            without a size is a way to give `data`.
        sizes: a `Sizes`; or a growing sequence whose first size is only used for checking; or a `SizesByTime`, for
            sizes that take a given time on the current machine. With `data`, by default a tenth and all of the items,
            and in longer profiles a hundredth.
        split: ``split(data, parts) -> chunks``; at most `parts` chunks, distinct objects in each call.
        combine: ``combine(parts, data) -> result`` or ``combine(parts)``, such as ``sum``; the parts are in the order
            of the chunks.
        verify: ``verify(result, data)`` or ``verify(result)`` returns False, or raises AssertionError, if the result is
            wrong. The default compares the result with that of one kernel call over the unsplit data.
        inputs: the origin of the inputs: ``shipped`` from the caller, or ``made in workers``.
        outputs: the result in the caller: all of it (``materialized``) or a number (``reduced``).
        bound: the limit of the work, which selects the ceiling for the comparison: ``compute``, ``memory``, or
            ``latency`` if workers mostly wait, so that there may be more workers than cores.
        unit: the unit of `size`, for axis labels.
        elements: ``elements(size)``, the number of elements of the data; by default the size itself.
        bytes_in, bytes_out: bytes per element of input and output.
        bytes_moved: bytes per element that go through memory, if these are more than input and output, as in several
            steps over whole arrays. The comparison with the limit of memory uses them.
        operations: arithmetic operations per element.
        uniform_chunks: whether chunks of the same number of items take about the same time.
        changes_input: whether a call changes its data, as sorting in place does. Each call then has a copy of the data,
            which is made outside of the timed part.
        memory: ``memory(size)``, the peak bytes of one call in all processes together.
        vectorized: ``vectorized(data) -> result`` in whole-array NumPy.
        library_parallel: whether the library under `vectorized` divides the work among its own threads, as BLAS does
            with a product of matrices; most of NumPy does not.
        stages: a `Stages` if more tasks follow, which need the parts of the first tasks.
        numexpr: ``numexpr(data) -> result`` by whole-array `numexpr.evaluate`.
        numba: ``numba(data) -> result`` by a function that `numba.njit(parallel=True)` compiled.
        coroutine: ``await coroutine(chunk)`` returns the part of a chunk, for work that waits.
        dask: ``dask(data, parts)``, a Dask collection (or delayed value) whose ``compute()`` is the result.
        output: ``output(data) -> (shape, dtype)`` of the array that `write_into` fills.
        write_into: ``write_into(chunk, out)`` writes the part of a chunk into a view of the output. The views are cut
            along the first axis at ``bounds(shape[0], parts)``; `split` must cut the data at the same places.
        finish: ``finish(out) -> result`` if the filled array is not the result itself.
        tutorial: the same job as a tutorial writes it.
        about: one sentence for lists and reports.
        isolates: the effect that this workload isolates, in a few words.
        expects: expectations of theory, each an `Expect`; every run is compared with them.
        data: in place of `make`, data that exist already, or a function without arguments that returns them. A size is
            the number of their first items.
    """

    name: str = ""
    kernel: Callable[[Any], Any] = absent
    make: Callable[..., Any] = absent
    sizes: Sizes | SizesByTime | Iterable[int] = ()
    split: Split = slices
    combine: Callable[..., Any] = concatenate
    verify: Verify | None = None
    inputs: Literal["shipped", "made in workers"] = "shipped"
    outputs: Literal["materialized", "reduced"] = "materialized"
    bound: Literal["compute", "memory", "latency"] = "compute"
    unit: str = "elements"
    elements: Callable[[int], int] = int
    bytes_in: float = 8.0
    bytes_out: float = 8.0
    bytes_moved: float = 0.0
    operations: float = 1.0
    uniform_chunks: bool = True
    changes_input: bool = False
    memory: Callable[[int], int] | None = None
    vectorized: Callable[[Any], Any] | None = None
    library_parallel: bool = False
    stages: Stages | None = None
    numexpr: Callable[[Any], Any] | None = None
    numba: Callable[[Any], Any] | None = None
    coroutine: Callable[[Any], Awaitable[Any]] | None = None
    dask: Callable[[Any, int], Any] | None = None
    output: Callable[[Any], tuple[tuple[int, ...], Any]] | None = None
    write_into: Callable[[Any, Any], None] | None = None
    finish: Callable[[Any], Any] | None = None
    tutorial: Tutorial | None = None
    about: str = ""
    isolates: str = ""
    expects: tuple[Expect, ...] = ()
    data: InitVar[Any] = None

    def __post_init__(self, data: Any) -> None:
        if self.kernel is absent:
            raise WorkloadError(
                f"workload {self.name!r} has no kernel: give kernel=…, a function of a chunk of the data."
            )
        self._set("name", self.name or name_of(self.kernel))
        if not self.name.isidentifier():
            raise WorkloadError(
                f"workload name {self.name!r} is not usable: take letters, digits and _ only, as in name='my_work'."
            )
        self._set("make", self._maker(data))
        self._set("combine", adapt(self.combine, "parts", "data"))
        self._set("verify", self.verify and adapt(self.verify, "result", "data"))
        self._set("sizes", self._read_sizes())
        if (self.write_into is None) != (self.output is None):
            raise WorkloadError(f"workload {self.name!r} has only one of write_into and output: give both or neither.")

    def _set(self, field: str, value: Any) -> None:
        object.__setattr__(self, field, value)

    def _maker(self, data: Any) -> Callable[..., Any]:
        """The function that returns the data of a size."""
        if (data is None) == (self.make is absent):
            raise WorkloadError(f"workload {self.name!r} needs either make or data (items of Workload.each): give one.")
        if isinstance(data, GivenData) or isinstance(self.make, GivenData):
            return self.make if data is None else data
        if data is None and not takes_nothing(self.make):
            return adapt(self.make, "size", "seed")
        source = self.make if data is None else data
        return GivenData(self.name, source, items=False, whole_tuples=self.split is not slices)

    @classmethod
    def each(cls, function: Callable[..., Any], items: Any = None, *, star: bool = False, **fields: Any) -> Workload:
        """A workload that calls `function` on every item of a sequence and returns the list of results.

        `items` are a list, an array, a range or another iterable, or a function without arguments that returns one of
        these; without them, `make` returns the items. An item is the argument of a call; with `star`, a tuple or a list
        has the arguments of a call, and a dict has its keyword arguments. A coroutine function is the `coroutine` form,
        too: other strategies await one item after the other.

        `fields` are those of `Workload`, without `kernel`; `name` defaults to the function's. Sizes are numbers of
        items; the default is that of `data`.
        """
        name = fields.pop("name", "") or name_of(function)
        if not star:
            check_one_argument(function)
        if items is not None:
            fields["data"] = GivenData(name, items, items=True, whole_tuples=False)
        if not iscoroutinefunction(function):
            return cls(name=name, kernel=Each(function, star), **fields)
        kernel = EachAwaited(function, star)
        return cls(name=name, kernel=kernel, **{"coroutine": kernel.parts, **fields})

    def _read_sizes(self) -> Any:
        """The record of the sizes; nothing yet if a function makes the data that have them."""
        if isinstance(self.sizes, SizesByTime):
            return self.sizes
        if isinstance(self.sizes, list | tuple) and not self.sizes:
            if isinstance(self.make, GivenData):
                return () if self.make.is_lazy else self.make.sizes()
            raise WorkloadError(
                f"workload {self.name!r} has no sizes: give growing whole numbers, such as sizes=(10, 1_000, 100_000)."
            )
        return Sizes.of(self.sizes)

    @property
    def all_sizes(self) -> Sizes | SizesByTime:
        """The sizes, as the record that `sizes` was turned into; it may need the data that a function makes."""
        if isinstance(self.sizes, Sizes | SizesByTime):
            return self.sizes
        assert isinstance(self.make, GivenData)  # _read_sizes saw to it
        return self.make.sizes()

    def peak_bytes(self, size: int) -> int:
        """Peak bytes of one call; without `memory`, three times the bytes of input and output."""
        if self.memory is not None:
            return self.memory(size)
        return 3 * self.traffic(size)

    def traffic(self, size: int) -> int:
        """Bytes of input and output at this size."""
        return int(self.elements(size) * (self.bytes_in + self.bytes_out))

    def call_data(self, data: Any) -> Any:
        """The data of one call: a copy of `data` if a call changes them; raises WorkloadError if there is no copy."""
        if not self.changes_input:
            return data
        try:
            return deepcopy(data)
        except Exception as error:  # a class of the user may raise anything
            raise WorkloadError(
                f"workload {self.name!r} changes its input, and copy.deepcopy cannot copy the data "
                f"({type(error).__name__}: {error}): let make return data that can be copied."
            ) from error

    def check(self, result: Any, data: Any) -> str:
        """Return the reason why `result` is wrong; empty if it is right."""
        try:
            if self.verify is not None and self.verify(result, data) is False:
                return "verify returned False"
        except AssertionError as error:
            return str(error) or f"an assertion in verify failed ({place_of(error)})"
        if self.verify is not None and not (self.combine is concatenate and is_guess(result)):
            return ""
        found = difference(result, self.whole(data))
        compared = "combine was compared" if self.verify else "verification compared it"
        return found and (
            f"result{found}; the default {compared} with one call of the kernel over the uncut input: "
            "give a combine that joins these parts, a split with overlap, or a verify."
        )

    def whole(self, data: Any) -> Any:
        """The result from the unsplit data, one task after the other: the reference of the default check."""
        data = self.call_data(data)
        parts = [self.kernel(chunk) for chunk in self.split(data, 1)]
        return self.combine(self.stages.by_barriers(one_by_one, parts, data) if self.stages else parts, data)

    def facts(self, sizes: Iterable[int] = ()) -> WorkloadFacts:
        """The facts of this workload, measured at `sizes`, that go into the run file."""
        return WorkloadFacts(
            about=self.about,
            axis=self.isolates,
            inputs=self.inputs,
            outputs=self.outputs,
            bound=self.bound,
            unit=self.unit,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            bytes_moved=self.bytes_moved or self.bytes_in + self.bytes_out,
            operations=self.operations,
            elements={str(size): int(self.elements(size)) for size in sizes},
            even=self.uniform_chunks,
            steps=self.stages is not None,
            expects=list(self.expects),
        )
