"""The workloads that isolate one axis each: their results are known, and neither cut nor strategy changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.workloads.isolating import SEED, WORKLOADS, cut, every_workload, right_result, same


@every_workload
@pytest.mark.parametrize("size", [1, 2, 40, 150])
def test_the_cut_changes_nothing(name: str, size: int) -> None:
    """However many parts there are, the result is accepted and the same to the last bit."""
    workload = WORKLOADS[name]
    data = workload.make(size, SEED)
    results = [cut(workload, data, parts) for parts in (1, 2, 3, 7, 100)]
    assert [workload.check(result, data) for result in results] == [""] * 5
    assert all(same(result, results[0]) for result in results)


def one_more(result: Any) -> Any:
    """An array or a series whose last number is one more than it should be."""
    wrong = result.copy()
    flat = wrong.reshape(-1) if isinstance(wrong, np.ndarray) else wrong.array
    flat[-1] += 1
    return wrong


def one_word_more(result: dict[str, int]) -> dict[str, int]:
    """Counts in which the last word is there once more."""
    last = list(result)[-1]
    return {**result, last: result[last] + 1}


ARRAYS: dict[str, Callable[[Any], Any]] = {
    "off by one": one_more,
    "short": lambda result: result[:-1],
    "reversed": lambda result: result[::-1],
    "floats": lambda result: result.astype("float32"),
    "a list": lambda result: result.tolist(),
}
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "off by one": lambda result: result + 1,
    "zero": lambda result: 0,
    "a float": float,
    "NumPy's": np.int64,
}
COUNTS: dict[str, Callable[[Any], Any]] = {
    "off by one": one_word_more,
    "one word less": lambda result: dict(list(result.items())[1:]),
    "a strange word": lambda result: {**result, "strange": 1},
    "a list": list,
}
SPOILT = {
    **dict.fromkeys(("skew", "tree_reduce", "stencil", "all_to_all", "groupby", "groupby_apply"), ARRAYS),
    **dict.fromkeys(("monte_carlo", "worker_state"), NUMBERS),
    "wordcount": COUNTS,
}


@pytest.mark.parametrize(("name", "wrong"), [(name, wrong) for name in SPOILT for wrong in SPOILT[name]])
def test_wrong_results_are_refused(name: str, wrong: str) -> None:
    """A right result with anything wrong in value, order, length or type is refused with a reason."""
    result, data = right_result(name, 100)
    assert WORKLOADS[name].check(result, data) == ""
    assert WORKLOADS[name].check(SPOILT[name][wrong](result), data) != ""


def test_axes_differ() -> None:
    """Each workload has a description and an effect that no other one isolates."""
    assert all(workload.about and workload.isolates for workload in WORKLOADS.values())
    assert len({workload.isolates for workload in WORKLOADS.values()}) == len(WORKLOADS)
