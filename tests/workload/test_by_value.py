"""Workloads that no other process can import are written by value, or the variable that cannot be is named."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from parbench import Workload
from parbench.errors import WorkloadError
from parbench.workload import by_value
from parbench.workload.reference import load, portable

LOCK = threading.Lock()


def closure(value: Any) -> Callable[[int], Any]:
    """A function with a variable of its own."""
    return lambda number: (number, value)


def locked(number: int) -> int:
    """A function of a module, which is sent by name."""
    with LOCK:
        return number


class Counter:
    """An object with a method that has a state."""

    def __init__(self, state: Any) -> None:
        self.state = state

    def count(self, number: int) -> int:
        """One more."""
        return number + 1


def test_a_workload_is_read_again_with_its_variables(tmp_path: Path) -> None:
    """A closure and its data are the same in the file, and its kernel travels on by reference."""
    reference = by_value.write(Workload.each(closure("x"), items=[1, 2], name="pairs"), tmp_path)
    workload, plain = load(reference)
    assert workload.kernel(workload.make(2, 1)) == [(1, "x"), (2, "x")]
    assert not plain
    assert portable(reference).kernel([1]) == [(1, "x")]


def test_functions_of_modules_are_sent_by_name(tmp_path: Path) -> None:
    """Variables of a module that every process imports need not be pickled."""
    workload, _ = load(by_value.write(Workload.each(locked, items=[1]), tmp_path))
    assert workload.kernel([7]) == [7]


@pytest.mark.parametrize(
    ("function", "items", "words"),
    [
        (closure(LOCK), [1], "the variable 'value' of <lambda> is a lock"),
        (closure(closure(LOCK)), [1], "the variable 'value' of <lambda> is a lock"),
        (closure({"key": [LOCK]}), [1], "item 0 of the data is a lock"),
        (lambda number, lock=LOCK: number, [1], "a default of <lambda> is a lock"),
        (partial(max, LOCK), [1], "an argument of the partial function is a lock"),
        (Counter(LOCK).count, [1], "the attribute 'state' is a lock"),
        (locked, [1, LOCK], "item 1 of the data is a lock"),
    ],
)
def test_what_cannot_be_pickled_is_named(
    function: Callable[..., Any], items: list[Any], words: str, tmp_path: Path
) -> None:
    """The error names the innermost variable, default, argument, attribute or item that cannot be pickled."""
    with pytest.raises(WorkloadError, match=words):
        by_value.write(Workload.each(function, items=items, name="work"), tmp_path)
