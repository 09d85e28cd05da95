"""The dependent tasks that can run when some parts are there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from parbench import Stages
from parbench.errors import WorkloadError
from parbench.strategies.task_graph import TaskGraph, run


def gather(stage: int, index: int, inputs: Any) -> Any:
    """The arguments of a task."""
    return (stage, index, list(inputs))


def pairs(stage: int, index: int, chunks: int) -> list[int]:
    """Two parts of the previous stage, as in a tree."""
    del stage, chunks
    return [2 * index, 2 * index + 1]


TREE = Stages(gather, pairs, lambda data, chunks: 2, lambda stage, chunks: chunks >> stage)


def test_a_task_is_free_once_it_has_all_that_it_needs() -> None:
    """Tasks are taken once, with their inputs in order, whatever order the parts come in."""
    graph = TaskGraph(TREE, 4, None)
    graph.put((0, 1), "b")
    assert graph.take() == []
    graph.put((0, 0), "a")
    assert graph.take() == [((1, 0), ["a", "b"])]
    assert graph.take() == []
    graph.put((1, 0), "ab")
    graph.put((0, 3), "d")
    graph.put((0, 2), "c")
    assert graph.take() == [((1, 1), ["c", "d"])]
    graph.put((1, 1), "cd")
    assert graph.take() == [((2, 0), ["ab", "cd"])]
    graph.put((2, 0), "abcd")
    assert graph.last_parts() == ["abcd"]


def test_parts_that_nobody_needs_any_more_are_let_go() -> None:
    """A part is held until the last task that needs it was taken, and one that no task needs is not held at all."""
    stages = Stages(gather, lambda stage, index, chunks: [0, 0] if index else [0, 1], lambda data, chunks: 1)
    graph = TaskGraph(stages, 3, None)
    graph.put((0, 0), "a")
    graph.put((0, 2), "c")
    assert graph.parts == {(0, 0): "a"}
    assert [task for task, _ in graph.take()] == [(1, 1), (1, 2)]
    assert graph.parts == {(0, 0): "a"}
    graph.put((0, 1), "b")
    assert graph.take() == [((1, 0), ["a", "b"])]
    assert graph.parts == {}


@pytest.mark.parametrize("chunks", [1, 2, 5])
def test_a_workload_may_have_no_later_stage(chunks: int) -> None:
    """Without a later stage, the parts are those of the chunks."""
    stages = Stages(gather, pairs, lambda data, chunks: 0)
    with ThreadPoolExecutor(2) as pool:
        assert run(pool.submit, str, stages, range(chunks), None) == [str(index) for index in range(chunks)]


def test_a_task_that_needs_nothing_can_run_at_once() -> None:
    """Tasks without inputs run, also without any part of the first stage."""
    stages = Stages(gather, lambda stage, index, chunks: [], lambda data, chunks: 1)
    with ThreadPoolExecutor(2) as pool:
        assert run(pool.submit, str, stages, "ab", None) == [(1, 0, []), (1, 1, [])]


def test_a_need_that_nobody_meets_is_said() -> None:
    """A task that needs a missing part ends the call with a sentence that names both."""
    stages = Stages(gather, lambda stage, index, chunks: [index + 1], lambda data, chunks: 1)
    with (
        ThreadPoolExecutor(2) as pool,
        pytest.raises(WorkloadError, match=r"task 1 of stage 1 needs part 2 .*none"),
    ):
        run(pool.submit, str, stages, "ab", None)
