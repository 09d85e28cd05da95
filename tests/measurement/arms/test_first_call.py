"""The first call of an arm: faults of a workload are found before anything is timed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from parbench import Workload
from parbench.errors import WorkloadError
from parbench.measurement.arms import first_call
from parbench.measurement.arms.cell_arm import CellSampler
from parbench.measurement.arms.explain import WrongResult, explain
from parbench.measurement.arms.first_call import kernel_reason, verified_call
from parbench.measurement.arms.protocol import ArmSpec
from parbench.strategies.registry import create
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference
from tests.support import kernels


class Shared(list[int]):
    """A list whose slices are views of it, as those of an array are: all are the list itself."""

    def __getitem__(self, index: Any) -> Any:
        return self if isinstance(index, slice) else super().__getitem__(index)


def shared(size: int, seed: int) -> Shared:
    """A list that is not sorted."""
    return Shared(range(size + seed, seed, -1))


def sort_here(chunk: list[int]) -> list[int]:
    """Sort the chunk in place."""
    chunk.sort()
    return list(chunk)


def lazy(chunk: list[int]) -> Iterator[int]:
    """Compute nothing yet."""
    yield from chunk


def first_of(parts: Sequence[Any], data: Any) -> Any:
    """The first part: both parts of `Shared` data are the whole."""
    del data
    return parts[0]


def workload(**fields: Any) -> Workload:
    """A workload that sorts in place, with a verification that cannot see it."""
    usual: dict[str, Any] = {"kernel": sort_here, "make": shared, "combine": first_of, "verify": kernels.anything}
    return Workload(name="w", sizes=[5, 10], **usual | fields)


def reason_of(work: Workload, strategy: str = "serial", seed: int | None = 1, size: int = 10) -> str:
    """The reason why the first call is refused; empty if it is not."""
    with create(strategy) as opened:
        opened.open(1)
        try:
            verified_call(opened, work, work.make(size, 1), 1, seed)
        except WrongResult as error:
            failure = explain(error)
            return f"{failure.status}: {failure.reason}"
    return ""


@pytest.mark.parametrize("strategy", ["serial", "threads"])
def test_a_call_that_changes_its_input_is_refused(strategy: str) -> None:
    """The reason says what to do, and a copy in the kernel is right."""
    assert "wrong: the kernel changes its input" in reason_of(workload(), strategy)
    assert "changes_input=True" in reason_of(workload(), strategy)
    split = {"kernel": sorted, "split": lambda data, parts: [data.sort() or data] if len(data) > 5 else [data]}
    assert "wrong: a call changes its input" in reason_of(workload(**split), strategy)
    assert reason_of(workload(kernel=sorted), strategy) == ""


def test_the_kernel_is_tried_in_the_caller_too() -> None:
    """Workers change copies, so the caller calls the kernel at the tiny size; a kernel that fails claims nothing."""
    assert "the kernel changes its input" in kernel_reason(workload(), 1)
    assert "returns a generator" in kernel_reason(workload(kernel=lazy), 1)
    assert kernel_reason(workload(kernel=sorted), 1) == ""
    assert kernel_reason(workload(kernel=kernels.raises), 1) == ""


def test_a_process_that_changes_a_copy_is_refused_alike() -> None:
    """The strategy with processes is refused as serial is, and no reason is about pickling a generator."""
    assert "the kernel changes its input" in reason_of(workload(), "multiprocessing")
    assert "the kernel returns a generator" in reason_of(workload(kernel=lazy), "multiprocessing")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kernel": lazy, "combine": lambda parts, data: list(parts[0])}, "the kernel returns a generator"),
        ({"kernel": sorted, "combine": lambda parts, data: map(str, parts)}, "the result is a map"),
        ({"kernel": sorted, "verify": lambda result, data: data.sort()}, "verify changes its input"),
        ({"kernel": sorted, "verify": lambda result, data: False}, "the result is wrong: verify returned False"),
    ],
    ids=["part", "result", "verify", "wrong"],
)
def test_each_fault_has_its_reason(fields: Any, words: str) -> None:
    """A part or a result that is not computed, a verification that changes the data, and a wrong result."""
    assert words in reason_of(workload(**fields))


def test_later_blocks_are_only_verified() -> None:
    """An inspection is made once per cell."""
    assert reason_of(workload(), seed=None) == ""
    assert "wrong" in reason_of(workload(verify=lambda result, data: False), seed=None)


def test_declared_changes_get_a_copy_for_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call of an arm, verified, timed or not, has data that no call has changed."""
    seen: list[list[int]] = []

    def record_and_sort(chunk: list[int]) -> list[int]:
        seen.append(list(chunk))
        return sort_here(chunk)

    work = workload(kernel=record_and_sort, changes_input=True, verify=None)
    sampler = CellSampler(ArmSpec(Cell("w", 10, "serial", 1), Reference("", "", ""), 1, [], []))
    sampler.workload, sampler.data, sampler.strategy = work, work.make(10, 1), create("serial")
    with monkeypatch.context() as patch:
        patch.setattr(first_call, "kernel_reason", lambda workload, seed: "")
        sampler.first()
    sampler.sample([], 3)
    sampler.trace([], spans=False)
    sampler.probe(0.0)
    sampler.weigh(1, [])
    assert len(seen) > 10
    assert all(each == list(work.make(10, 1)) for each in seen)


def test_data_that_cannot_be_copied_are_refused_in_words() -> None:
    """The sentence names the workload and make."""
    with pytest.raises(WorkloadError, match=r"'w' changes its input, and copy.deepcopy cannot copy .*let make return"):
        workload(changes_input=True).call_data(lazy([1]))
