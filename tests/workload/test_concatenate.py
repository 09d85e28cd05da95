"""The default combine: parts are joined by their own library, or `combine` is asked for."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench.errors import WorkloadError
from parbench.workload.concatenate import concatenate
from parbench.workload.difference import difference

Colour = enum.Enum("Colour", "RED BLUE")


def frame() -> pd.DataFrame:
    """A frame with an index, text and categories."""
    index = pd.Index([9, 7, 8, 5], name="order")
    return pd.DataFrame({"a": [1.5, 2, 3, 4], "b": list("wxyz"), "c": pd.Categorical(list("abab"))}, index)


@pytest.mark.parametrize(
    "data",
    [
        [1, 2, 3, 4],
        (1, 2, 3, 4),
        "text",
        b"byte",
        np.arange(8.0).reshape(4, 2),
        np.ma.masked_greater(np.arange(4), 2),
        np.array([("a", 1), ("b", 2), ("c", 3), ("d", 4)], [("x", "U1"), ("y", int)]),
        frame(),
        frame()["c"],
        frame().index,
    ],
    ids=lambda data: type(data).__name__,
)
def test_parts_of_a_kind_are_joined_in_order(data: Any) -> None:
    """Two halves joined are the whole: type, order, dtype, index, columns and masks included."""
    halves = [data.iloc[:2], data.iloc[2:]] if hasattr(data, "iloc") else [data[:2], data[2:]]
    joined = concatenate(halves, data)
    assert type(joined) is type(data)
    assert difference(joined, data) == ""


def test_sets_and_counters_are_joined_too() -> None:
    """Sets are united, and counts are added."""
    assert concatenate([{1, 2}, {2, 3}], None) == {1, 2, 3}
    assert concatenate([Counter("ab"), Counter("b")], None) == Counter("abb")


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([1, 2, 2.5], 5.5),
        ([np.float64(1), np.float64(2)], 3.0),
        ([Fraction(1, 2), Fraction(1, 2)], Fraction(1)),
        ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
        ([{"a": 1, "b": [1]}, {"b": [2], "a": 3}], {"a": 4, "b": [1, 2]}),
        ([Counter(a=1, b=-1), Counter(b=0)], Counter(a=1, b=-1)),
        ([defaultdict(set, a={1}), defaultdict(set, a={2})], defaultdict(set, a={1, 2})),
        ([frozenset("a"), frozenset("b")], frozenset("ab")),
        ([None, None], None),
    ],
    ids=lambda value: type(value[0]).__name__ if isinstance(value, list) else "",  # sets have no order as a text
)
def test_numbers_are_added_and_dicts_are_merged(parts: Any, whole: Any) -> None:
    """Values of a common key are joined alike, the type stays, and no part changes."""
    before = deepcopy(parts)
    joined = concatenate(parts, None)
    assert difference(joined, whole) == ""
    assert type(joined) is type(whole) or isinstance(joined, np.number)
    assert parts == before


@pytest.mark.parametrize("kind", ["DataFrame", "Series"])
def test_frames_of_polars_are_joined(kind: str) -> None:
    """By polars itself."""
    polars = pytest.importorskip("polars")
    data = polars.DataFrame({"a": [1, 2, 3]})
    data = data["a"] if kind == "Series" else data
    assert difference(concatenate([data[:2], data[2:]], data), data) == ""


@pytest.mark.parametrize("make", [lambda pa: pa.table({"a": [1, 2, 3]}), lambda pa: pa.array([1.0, None, 3.0])])
def test_tables_and_arrays_of_arrow_are_joined(make: Callable[[Any], Any]) -> None:
    """By pyarrow itself."""
    pyarrow = pytest.importorskip("pyarrow")
    data = make(pyarrow)
    assert difference(concatenate([data[:2], data[2:]], data), data) == ""


def test_arrays_of_xarray_are_joined_along_the_first_dimension() -> None:
    """By xarray itself, with their coordinates."""
    xarray = pytest.importorskip("xarray")
    data = xarray.DataArray(np.arange(6.0).reshape(3, 2), dims=("time", "place"), coords={"time": [1, 2, 3]})
    assert difference(concatenate([data[:2], data[2:]], data), data) == ""


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        ([True, False], "bool"),
        ([np.bool_(True), np.bool_(False)], "bool"),
        ([{"a": max}, {"a": min}], "builtin_function_or_method"),
        ([np.array(1), np.array(2)], "ndarray"),
        ([np.ones((2, 2)), np.ones((2, 3))], "ndarray"),
        ([frame(), np.ones(3)], "DataFrame and ndarray"),
        ([Colour.RED, Colour.BLUE], "Colour"),
        ([1, None], "int and NoneType"),
    ],
)
def test_other_parts_need_a_combine(parts: Any, names: str) -> None:
    """One sentence names the types and the field."""
    with pytest.raises(WorkloadError, match=rf"^parts of type {names} .*give the workload a combine"):
        concatenate(parts, None)


def test_a_single_part_is_the_result() -> None:
    """Whatever it is, one part needs no joining."""
    assert concatenate([5], None) == 5
