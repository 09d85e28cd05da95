"""Data that the user has already, as the inputs of a workload."""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench import Sizes, Workload
from parbench.errors import WorkloadError
from tests.support import kernels


@pytest.mark.parametrize(
    "items",
    [
        [3, 1, 2],
        (3, 1, 2),
        np.array([3, 1, 2]),
        pd.Series([3, 1, 2], index=[9, 8, 7]),
        {"a": 3, "b": 1, "c": 2}.values(),
        {3: 0, 1: 0, 2: 0}.keys(),
        deque([3, 1, 2]),
        (each for each in (3, 1, 2)),
        lambda: iter((3, 1, 2)),
    ],
    ids=lambda items: type(items).__name__,
)
def test_items_of_every_kind(items: Any) -> None:
    """A size is the number of first items, and the result is the list of results, however often it is made."""
    workload = Workload.each(abs, items)
    for _ in range(2):
        for size in (1, 2, 3):
            assert workload.kernel(workload.make(size, 1)) == [3, 1, 2][:size]
    assert workload.all_sizes == Sizes(3, (3,), (3,))


def test_sizes_of_items_grow_by_ten() -> None:
    """The tiny size has 4 to 100 items; the quick profile has two sizes and longer ones have three."""
    assert Workload.each(abs, range(5_000)).all_sizes == Sizes(50, (500, 5_000), (50, 500, 5_000))
    assert Workload.each(abs, range(10**6)).all_sizes.tiny == 100
    assert Workload.each(abs, range(30)).all_sizes == Sizes(4, (3, 30), (3, 30))
    assert Workload.each(abs, [5]).all_sizes == Sizes(1, (1,), (1,))
    assert Workload.each(abs, range(100), sizes=[2, 20]).all_sizes == Sizes(2, (20,))


def test_items_that_a_function_makes_are_made_on_use_and_once() -> None:
    """Neither the definition of the workload nor a second use calls the function."""
    calls = []

    def read() -> list[int]:
        calls.append(1)
        return [1, 2, 3]

    workload = Workload.each(abs, read)
    assert calls == []
    assert workload.all_sizes == Sizes(3, (3,), (3,))
    assert workload.make(2, 1) == [1, 2]
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "has no items"),
        ({"a": 1}, "list.….items"),
        ({1, 2}, "sorted"),
        (pd.DataFrame({"a": [1]}), "itertuples"),
        (5, "has no items: give a list"),
        (count(), "yields more than 1,000 items: .*islice"),
    ],
    ids=["empty", "dict", "set", "frame", "number", "endless"],
)
def test_items_without_order_or_end_are_refused(items: Any, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence names the workload and the remedy."""
    monkeypatch.setattr("parbench.workload.given_data.MOST_ITEMS", 1_000)
    with pytest.raises(WorkloadError, match=f"'abs'.*{words}"):
        Workload.each(abs, items)


def test_the_error_of_a_function_that_makes_items_is_one_sentence() -> None:
    """It names the workload, the error and its place."""
    with pytest.raises(WorkloadError, match=r"'abs' cannot be made: ZeroDivisionError.*_data.py:\d+, in <lam"):
        Workload.each(abs, lambda: 1 // 0).make(1, 1)


def test_a_size_beyond_the_items_is_refused() -> None:
    """The sentence says how many items there are."""
    with pytest.raises(WorkloadError, match="'abs' has 3 items: choose sizes up to 3"):
        Workload.each(abs, [1, 2, 3]).make(4, 1)


def test_data_of_a_kernel_are_cut_into_prefixes_or_left_whole() -> None:
    """Arrays, frames and lists have sizes; a tuple for an own split, or a dict, has the size 1."""
    array, frame = np.arange(200), pd.DataFrame({"a": range(200)}, index=np.arange(200) / 2)
    for data in (array, frame, lambda: array):
        workload = Workload(kernel=kernels.doubles, data=data)
        assert workload.name == "doubles"
        assert workload.all_sizes == Sizes(4, (20, 200), (2, 20, 200))
        assert len(workload.make(20, 1)) == 20
    pair = (array, array)
    whole = Workload(kernel=kernels.doubles, data=pair, split=lambda data, parts: [data])
    assert whole.all_sizes == Sizes(1, (1,), (1,))
    assert whole.make(1, 1) is pair
    table = {"a": 1}
    assert Workload(kernel=kernels.doubles, make=lambda: table).make(1, 1) is table


def test_either_data_or_a_make() -> None:
    """Neither and both are refused in one sentence."""
    with pytest.raises(WorkloadError, match="needs either make or data"):
        Workload(kernel=kernels.doubles)
    with pytest.raises(WorkloadError, match="needs either make or data"):
        Workload(kernel=kernels.doubles, data=[1], make=kernels.count_up)
