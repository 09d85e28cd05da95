"""What is computed: one plain record of functions that every strategy can run.

This module is imported by every arm and every worker, so it needs the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, Literal

from parbench.errors import WorkloadError

Split = Callable[[Any, int], Sequence[Any]]
Verify = Callable[[Any, Any], "bool | None"]


def bounds(length: int, parts: int) -> list[tuple[int, int]]:
    """Cut ``range(length)`` into at most `parts` contiguous ``(start, stop)`` pairs.

    Lengths differ by at most one and no pair is empty, so there are fewer pairs than `parts`
    where `length` is smaller; ``bounds(0, parts)`` is one empty pair.
    """
    parts = max(1, min(parts, length))
    step, extra = divmod(length, parts)
    edges = [index * step + min(index, extra) for index in range(parts + 1)]
    return list(pairwise(edges))


def slices(data: Sequence[Any], parts: int) -> list[Sequence[Any]]:
    """Split a sequence or an array along its first axis: the default of `Workload.split`."""
    return [data[start:stop] for start, stop in bounds(len(data), parts)]


def concatenate(parts: Sequence[Any], data: object) -> Any:
    """Join lists or arrays in order: the default of `Workload.combine`."""
    del data
    if len(parts) == 1:
        return parts[0]
    if hasattr(parts[0], "__array__"):
        import numpy as np

        return np.concatenate(parts)
    return list(chain.from_iterable(parts))


@dataclass(frozen=True)
class Sizes:
    """The sizes of a workload, one tuple a profile, each in growing order.

    `tiny` only checks that every strategy is right; it is never reported as a speed.
    """

    tiny: int
    quick: tuple[int, ...]
    standard: tuple[int, ...] = ()
    thorough: tuple[int, ...] = ()

    @classmethod
    def of(cls, sizes: Sizes | Iterable[int]) -> Sizes:
        """Read a plain sequence: its first size is the tiny one, the others serve every profile."""
        if isinstance(sizes, Sizes):
            return sizes
        listed = tuple(sizes)
        if not listed:
            raise WorkloadError("sizes is empty: give at least one positive whole number.")
        check_sizes(listed)
        return cls(listed[0], listed[1:] or listed)

    def __post_init__(self) -> None:
        for sizes in ((self.tiny,), self.quick, self.standard, self.thorough):
            check_sizes(sizes)
        if not self.quick:
            raise WorkloadError("sizes has no quick sizes: give at least one.")

    def of_profile(self, profile: str) -> tuple[int, ...]:
        """The sizes that `profile` measures; a profile without its own takes the next smaller one's."""
        if profile == "thorough":
            return self.thorough or self.standard or self.quick
        return (self.standard or self.quick) if profile == "standard" else self.quick


def check_sizes(sizes: Sequence[int]) -> None:
    """Refuse sizes that are not positive whole numbers in strictly growing order."""
    for size in sizes:
        if type(size) is not int or size < 1:  # and not a bool, which is an int to isinstance
            raise WorkloadError(f"size {size!r} is not a positive whole number.")
    if any(later <= earlier for earlier, later in pairwise(sizes)):
        raise WorkloadError(f"sizes {list(sizes)} are not in growing order: list each once, smallest first.")


@dataclass(frozen=True)
class Tutorial:
    """The same job the way a tutorial writes it, kept word for word and labelled ``[tutorial]``.

    `form` says which strategies can run it: ``"pool"`` is called with a `multiprocessing.Pool` and
    the data and gives the result, ``"dask"`` is called with the data and gives a Dask collection.
    """

    form: Literal["pool", "dask"]
    call: Callable[..., Any]
    verify: Verify


@dataclass(frozen=True)
class Workload:
    """A job that every strategy can do: inputs, kernel, how to split and combine, how to verify.

    Required are a `name`, a `kernel` and a `make`; the other fields have defaults for a kernel that
    maps a sequence (or an array, along its first axis) to a sequence or array of the same length.

    Fields:
        name: short, unique in a run, of letters, digits and ``_``.
        kernel: ``kernel(chunk) -> part``; runs in the workers.
        make: ``make(size, seed) -> data``; runs once in the caller, untimed.
        sizes: a `Sizes`, or a growing sequence whose first size is only used for checking.
        split: ``split(data, parts) -> chunks``; at most `parts` of them, distinct objects at each call.
        combine: ``combine(parts, data) -> result``, parts in the order of the chunks.
        verify: ``verify(result, data)`` is false, or raises AssertionError, where the result is wrong.
            The default compares with one kernel call over the unsplit data.
        inputs: where the inputs start: ``shipped`` from the caller, or ``made in workers``.
        outputs: what the caller must end up with: all of it (``materialized``) or a number (``reduced``).
        bound: what limits it, and so which ceiling it is held against: ``compute`` or ``memory``.
        unit: what `size` counts, for axis labels.
        elements: ``elements(size)``, the number of elements worked on; by default the size itself.
        bytes_in, bytes_out: bytes an element on the way in and out.
        operations: arithmetic operations an element.
        memory: ``memory(size)``, bytes that one call needs at its peak in all processes together.
        vectorized: ``vectorized(data) -> result`` in whole-array NumPy.
        dask: ``dask(data, parts)``, a Dask collection (or delayed value) whose ``compute()`` is the result.
        output: ``output(data) -> (shape, dtype)`` of the array that `into` fills.
        into: ``into(chunk, out)`` writes the part of one chunk into its own view of the output, which is
            cut along its first axis at ``bounds(shape[0], parts)``, as `split` must be then.
        collect: ``collect(out) -> result`` where the filled array is not the result itself.
        tutorial: the same job as a tutorial writes it.
        about: one sentence for lists and reports.
    """

    name: str
    kernel: Callable[[Any], Any]
    make: Callable[[int, int], Any]
    sizes: Sizes | Iterable[int]
    split: Split = slices
    combine: Callable[[Sequence[Any], Any], Any] = concatenate
    verify: Verify | None = None
    inputs: Literal["shipped", "made in workers"] = "shipped"
    outputs: Literal["materialized", "reduced"] = "materialized"
    bound: Literal["compute", "memory"] = "compute"
    unit: str = "elements"
    elements: Callable[[int], int] = int
    bytes_in: float = 8.0
    bytes_out: float = 8.0
    operations: float = 1.0
    memory: Callable[[int], int] | None = None
    vectorized: Callable[[Any], Any] | None = None
    dask: Callable[[Any, int], Any] | None = None
    output: Callable[[Any], tuple[tuple[int, ...], Any]] | None = None
    into: Callable[[Any, Any], None] | None = None
    collect: Callable[[Any], Any] | None = None
    tutorial: Tutorial | None = None
    about: str = ""

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise WorkloadError(f"workload name {self.name!r} is not usable: take letters, digits and _ only.")
        object.__setattr__(self, "sizes", Sizes.of(self.sizes))
        if (self.into is None) != (self.output is None):
            raise WorkloadError(f"workload {self.name!r} has only one of into and output: give both or neither.")

    @classmethod
    def each(cls, function: Callable[[Any], Any], **fields: Any) -> Workload:
        """A workload that calls `function` on every item of a sequence and gives the list of results.

        `fields` are those of `Workload`, without `kernel`; `name` defaults to the function's.
        """
        name = fields.pop("name", getattr(function, "__name__", ""))
        return cls(name=name, kernel=Each(function), **fields)

    @property
    def all_sizes(self) -> Sizes:
        """The sizes, as the record that `sizes` was turned into."""
        assert isinstance(self.sizes, Sizes)  # __post_init__ saw to it
        return self.sizes

    def peak_bytes(self, size: int) -> int:
        """Bytes that one call needs at its peak; without `memory`, three times what goes in and out."""
        if self.memory is not None:
            return self.memory(size)
        return 3 * self.traffic(size)

    def traffic(self, size: int) -> int:
        """Bytes that go in and come out at this size."""
        return int(self.elements(size) * (self.bytes_in + self.bytes_out))

    def check(self, result: Any, data: Any) -> str:
        """Say why `result` is wrong, in words; the empty string where it is right."""
        try:
            right = self.verify(result, data) if self.verify else equal(result, self.whole(data))
        except AssertionError as error:
            return str(error) or "an assertion in verify failed"
        return "verify returned False" if right is False else ""

    def whole(self, data: Any) -> Any:
        """The result from one kernel call over the unsplit data, the reference of the default check."""
        return self.combine([self.kernel(chunk) for chunk in self.split(data, 1)], data)

    def facts(self) -> Mapping[str, str | float]:
        """What reports say of this workload; plain values that go into the run file."""
        return {
            "about": self.about,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "bound": self.bound,
            "unit": self.unit,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "operations": self.operations,
        }


class Each:
    """A kernel that applies a function of one item to every item of a chunk."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __call__(self, chunk: Iterable[Any]) -> list[Any]:
        function = self.function
        return [function(item) for item in chunk]


def equal(left: Any, right: Any) -> bool:
    """Whether two results are equal, element by element where they are arrays."""
    if hasattr(left, "__array__") or hasattr(right, "__array__"):
        import numpy as np

        return bool(np.array_equal(left, right))
    return bool(left == right)
