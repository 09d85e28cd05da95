"""Chunks per core: the default number of a strategy."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.pool import Pool, ThreadPool
from typing import Any

import numpy as np
import pytest

from parbench import Stages, Workload
from parbench.measurement.arms.cell_arm import CellSampler
from parbench.measurement.arms.protocol import ArmSpec
from parbench.strategies.base import MOST_TASKS, parts_of
from parbench.strategies.registry import find
from parbench.workload.cell import AUTO, Cell
from parbench.workload.reference import Reference
from tests.support import kernels
from workloads import affine, affine_sum, square_array


def auto_parts(label: str, workload: Workload, size: int, cores: int, data: Any = None) -> int:
    """Number of parts that a strategy makes by default."""
    data = workload.make(size, 1) if data is None else data
    return parts_of(find(label)[0], workload, data, Cell(workload.name, size, label, cores, AUTO))


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 25, 1000])
def test_auto_chunks_of_a_pool_is_what_the_pool_does(monkeypatch: pytest.MonkeyPatch, count: int, cores: int) -> None:
    """`multiprocessing` and `shared-memory` make as many tasks of a number of items as `Pool.map` itself."""
    batches: list[Any] = []
    original = Pool._get_tasks  # type: ignore[attr-defined]  # with which a pool of either kind cuts

    def record(*given: Any) -> Any:
        batches.extend(original(*given))
        return iter(batches)

    monkeypatch.setattr(Pool, "_get_tasks", staticmethod(record))
    with ThreadPool(cores) as pool:
        pool.map(abs, range(count))
    for label in ("multiprocessing", "multiprocessing[spawn]", "shared-memory"):
        assert auto_parts(label, kernels.good, count, cores) == len(batches)


def test_auto_chunks_of_threads_is_what_the_executor_does() -> None:
    """One task per item, as `Executor.map` submits them."""

    class Counting(ThreadPoolExecutor):
        submitted = 0

        def submit(self, *given: Any, **more: Any) -> Future[Any]:
            self.submitted += 1
            return super().submit(*given, **more)

    with Counting(2) as executor:
        list(executor.map(abs, range(37)))
        assert auto_parts("threads", kernels.good, 37, 2) == executor.submitted == 37


@pytest.mark.parametrize("size", [100, 1000, 1001, 12_345])
def test_auto_chunks_of_dask_is_what_dask_does(size: int) -> None:
    """An array form is cut into as many chunks as ``chunks="auto"`` makes; delayed tasks are one an item."""
    import dask
    import dask.array as da

    with dask.config.set({"array.chunk-size": "8kB"}):
        auto = da.from_array(np.zeros(size), chunks="auto").numblocks[0]
        for label in ("dask-threads", "dask-processes", "dask-distributed"):
            assert auto_parts(label, square_array.workload, size, 2) == auto
    assert auto_parts("dask-threads", kernels.good, 37, 2) == 37
    delayed = replace(kernels.good, dask=lambda data, parts: dask.delayed(list)(data))
    assert auto_parts("dask-threads", delayed, 37, 2) == 37


def test_auto_chunks_of_dask_knows_arrays_that_nobody_sends() -> None:
    """Numbers made in the workers count 8 bytes each, even if only one is returned; 128 MiB are a chunk."""
    for workload in (affine.workload, affine_sum.workload):
        assert auto_parts("dask-threads", workload, 2048, 2) == 1
        assert auto_parts("dask-threads", workload, 10_000, 2) == 6


def test_items_are_what_the_workload_can_cut() -> None:
    """Rows where rows are cut, not numbers, nor the fields of the record that stands for them."""
    assert auto_parts("threads", affine.workload, 48, 2) == 48
    assert auto_parts("multiprocessing", affine.workload, 48, 2) == 8


def test_auto_chunks_are_ten_thousand_tasks_at_most() -> None:
    """Many items, and items whose stages multiply them, are cut less finely; asked for in numbers, they are not."""
    assert auto_parts("threads", kernels.good, 0, 2, range(50_000)) == MOST_TASKS
    stages = Stages(kernels.next_in_ring, kernels.neighbours, lambda data, chunks: chunks)
    ring = replace(kernels.ring, stages=stages)
    parts = auto_parts("threads", ring, 5000, 2)
    assert parts * (parts + 1) <= MOST_TASKS < 2 * parts * (2 * parts + 1)
    cell = Cell("doubles", 8, "threads", 2, 50_000)
    assert parts_of(find("threads")[0], kernels.good, [1], cell) == 100_000


def test_a_strategy_without_a_habit_has_one_chunk_a_core() -> None:
    """A strategy without `auto_chunks` cuts into one chunk per core."""
    assert auto_parts("serial", kernels.good, 100, 3) == 3


def test_an_arm_cuts_as_its_cell_says() -> None:
    """The arm makes as many parts as the data have items where threads cut by themselves, else as many as are asked."""
    where = Reference("tests.support.kernels", "", "good")
    for chunks, parts in ((1, 1), (4, 4), (AUTO, 8)):
        sampler = CellSampler(ArmSpec(Cell("doubles", 8, "threads", 1, chunks), where, 1, [], []))
        sampler.open()
        assert sampler.parts == parts
        assert sampler.first().seconds > 0
        sampler.close()
