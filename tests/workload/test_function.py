"""Functions as users have them: names, arguments, and the kernel over items."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pytest

from parbench import Workload
from parbench.errors import WorkloadError
from parbench.workload.function import Each, adapt, cache_warning, check_one_argument, name_of
from tests.support import kernels


class Scale:
    """An object that can be called, and has a method that can be."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, number: int) -> int:
        return self.factor * number

    def times(self, number: int) -> int:
        return self.factor * number


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that does not use functools.wraps."""

    def inner(*arguments: Any) -> Any:
        return function(*arguments)

    return inner


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (abs, "abs"),
        (np.sqrt, "sqrt"),
        (partial(partial(pow, 2), mod=3), "pow"),
        (lru_cache(kernels.doubles), "doubles"),
        (bare(abs), "inner"),
        (Scale(2), "Scale"),
        (Scale(2).times, "times"),
        (operator.itemgetter(1), "itemgetter"),
        (lambda number: number, "lambda"),
        (Each(partial(abs)), "abs"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_every_callable_has_a_name(function: Any, name: str) -> None:
    """The name of the innermost function, or of the class of an object, is an identifier."""
    assert name_of(function) == name
    assert name.isidentifier()


def test_a_star_spreads_items_over_the_arguments() -> None:
    """Tuples are positional arguments, dicts are keyword arguments, and an empty chunk has no results."""
    assert Each(pow, star=True)([(2, 3), [3, 2]]) == [8, 9]
    assert Each(int, star=True)([("11", 2)]) == [3]
    assert Each(dict, star=True)([{"a": 1}, {"b": 2}]) == [{"a": 1}, {"b": 2}]
    assert Each(pow, star=True)([]) == []


def test_a_function_of_several_arguments_asks_for_a_star() -> None:
    """The sentence names the arguments and both remedies; optional and bound arguments do not count."""
    with pytest.raises(WorkloadError, match=r"times needs 2 arguments \(self, number\): add star=True .*partial"):
        check_one_argument(Scale.times)
    for function in (Scale(2).times, partial(pow, 2), max, lambda number, factor=2: number * factor, print):
        check_one_argument(function)


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (lambda size: [size], [7]),
        (lambda size, seed: [size, seed], [7, 1]),
        (lambda size, seed=0: [size, seed], [7, 1]),
        (lambda size, *, seed: [size, seed], [7, 1]),
        (lambda size, dtype=float: [size, dtype], [7, float]),
        (lambda *arguments: list(arguments), [7, 1]),
        (lambda n, s: [n, s], [7, 1]),
        (range, range(7)),
        (lambda size, dtype=float, seed=0: [size, dtype, seed], [7, float, 1]),
        (partial(lambda size, seed: [size, seed], seed=3), [7, 3]),
    ],
)
def test_a_function_gets_the_arguments_that_it_takes(function: Any, result: Any) -> None:
    """Needed arguments and those of the right names are passed; without a signature it is the first one."""
    assert adapt(function, "size", "seed")(7, 1) == result


def test_a_function_that_needs_more_is_refused() -> None:
    """The sentence names what it needs and what it gets."""
    for function in (lambda size, seed, scale: None, lambda size, *, scale: None):
        with pytest.raises(WorkloadError, match=r"needs the arguments .*scale.* gets size and seed only"):
            adapt(function, "size", "seed")


def test_a_function_that_keeps_its_results_is_named() -> None:
    """Also in a partial function; other functions have no warning."""
    assert "doubles keeps its results (functools.cache)" in cache_warning(Each(partial(lru_cache(kernels.doubles))))
    assert cache_warning(Each(kernels.doubles)) == ""


async def increased(number: int, by: int = 1) -> int:
    """A coroutine function of an item."""
    return number + by


def test_a_coroutine_function_is_awaited_by_every_strategy() -> None:
    """The kernel awaits items one after the other, and the coroutine form does in the loop of the caller."""
    workload = Workload.each(increased, items=[1, 2, 3])
    assert workload.name == "increased"
    assert workload.kernel([1, 2]) == [2, 3]

    async def parts() -> list[int]:
        assert workload.coroutine is not None
        return list(await workload.coroutine([1, 2]))

    assert asyncio.run(parts()) == [2, 3]
    star = Workload.each(increased, items=[(1, 2), (3, 4)], star=True)
    assert star.kernel([(1, 2), (3, 4)]) == [3, 7]
