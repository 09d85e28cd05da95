"""Results that are not computed yet, and results that are."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench.workload.uncomputed_reason import uncomputed_reason


@dataclass
class Answer:
    """A result with a field."""

    values: Any


def generator() -> Any:
    """A generator."""
    yield 1


async def wait() -> int:
    """A coroutine that is never awaited."""
    return 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (generator(), "a generator, .* list"),
        (map(str, [1]), "a map, .* list"),
        (zip([1], [2], strict=True), "a zip"),
        (filter(None, [1]), "a filter"),
        (iter([1]), "a list_iterator"),
        ([[1], [generator()]], "a generator"),
        ({"x": map(str, [1])}, "a map"),
        (Answer(map(str, [1])), "a map"),
        ((1, reversed([1])), "a list_reverseiterator"),
        (Future(), r"Future, .* result\(\)"),
    ],
)
def test_values_that_are_not_computed_have_a_reason(value: Any, words: str) -> None:
    """The type is named, and what to do; containers are looked into."""
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(uncomputed_reason(value))


@pytest.mark.parametrize(
    "value",
    [
        *(None, 1, "text", b"bytes", [1], (1,), {1}, {"x": [1]}, Counter("ab"), range(3), {"x": 1}.items()),
        *(Answer([1]), np.ones(3), np.array([[1], [2]], object), pd.DataFrame({"a": [1]}), pd.Series([1])),
        *(Answer, generator),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_are_computed_have_none(value: Any) -> None:
    """Containers, arrays, frames, numbers and functions are results."""
    assert uncomputed_reason(value) == ""


def test_a_coroutine_is_named_with_the_field_for_it() -> None:
    """A kernel that is an async function belongs into the field `coroutine`."""
    coroutine = wait()
    assert "coroutine=" in uncomputed_reason([coroutine])
    assert asyncio.run(coroutine) == 1


def test_dask_collections_are_named_with_their_remedy() -> None:
    """A collection and a delayed value are computed by compute()."""
    dask = pytest.importorskip("dask")
    array = pytest.importorskip("dask.array")
    assert "compute()" in uncomputed_reason(array.ones(3))
    assert "compute()" in uncomputed_reason([dask.delayed(len)([1])])


def test_lazy_frames_are_named_with_their_remedy() -> None:
    """A lazy frame of polars is computed by collect(), and a frame is a result."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1]})
    assert "collect()" in uncomputed_reason(frame.lazy())
    assert uncomputed_reason(frame) == ""


def test_an_unknown_lazy_class_is_recognized_by_its_name() -> None:
    """A class called Lazy… is taken at its word."""
    assert "LazyTable" in uncomputed_reason(type("LazyTable", (), {})())
