"""The default verification: which results are equal, and where others differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench.workload.difference import TOLERANCE, difference

NAN = float("nan")


@dataclass
class Point:
    """A record with an array."""

    name: str
    place: Any


class Plain:
    """An object that compares by identity."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Rude:
    """An object that refuses to be compared."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment] # objects that compare by value need none


def series(name: str = "") -> pd.Series[float]:
    """A series with an index of dates, as a regular range of them."""
    return pd.Series([1.0, NAN, 3.0], pd.date_range("2026-01-01", periods=3), name=name)


EQUAL: dict[str, Callable[[], Any]] = {
    "NaN": lambda: float("nan"),
    "NaN in a list": lambda: [1.0, float("nan")],
    "NaN in an array": lambda: np.array([1.0, NAN]),
    "NaN in a dict of lists": lambda: {"x": [float("nan")]},
    "NaT": lambda: np.array(["2026-01-01", "NaT"], "M8[D]"),
    "arrays in a list": lambda: [np.arange(3), np.arange(5)],
    "arrays in pairs": lambda: [("row", np.arange(0)), ("row", np.arange(2))],
    "arrays in a dataclass": lambda: [Point("p", np.arange(3))],
    "objects": lambda: [Plain([1, np.ones(2)])],
    "object array": lambda: np.array([{"a": float("nan")}, [1]], object),
    "structured array": lambda: np.array([(1, NAN)], [("a", int), ("b", float)]),
    "complex": lambda: np.array([1 + 2j, complex(NAN, 0)]),
    "infinity": lambda: [np.inf, np.array([-np.inf])],
    "frame": lambda: pd.DataFrame({"a": [1.0, NAN], "b": ["x", None]}),
    "series": series,
    "frames in a dict": lambda: {"x": pd.DataFrame({"a": [1]})},
    "masked": lambda: np.ma.masked_invalid([1.0, NAN]),
    "dates": lambda: [date(2026, 1, 1), pd.Timestamp("2026-01-01")],
    "missing": lambda: [pd.NA, pd.NaT, None],
}


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in EQUAL.items()])
def test_equal_results_have_no_difference(make: Callable[[], Any]) -> None:
    """Two results that were made alike are equal, with NaN, arrays and frames at any depth."""
    assert difference(make(), make()) == ""


@pytest.mark.parametrize(
    ("result", "right", "words"),
    [
        ([1, 2, 4], [1, 2, 3], "[2] is 4, not 3"),
        ([1, 2], [1, 2, 3], " has 2 items, not 3"),
        ((1,), [1], " is a tuple, not a list"),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, "['a']['b'][0] is 1, not 2"),
        ({"a": 1}, {"a": 1, "c": 2}, " lacks 'c'"),
        ({1, 2}, {1}, " has, besides, 2"),
        ([NAN], [1.0], "[0] is nan, not 1.0"),
        (Point("p", np.arange(3)), Point("p", np.array([0, 1, 5])), ".place[2] is"),
        (Plain(1), Plain(2), ".value is 1, not 2"),
        (np.ones(3), np.ones(4), " has shape (3,), not (4,)"),
        (np.ones(3), np.ones(3, "f4"), " has dtype float64, not float32"),
        (np.eye(2), np.ones((2, 2)), "[0, 1] is"),
        (np.array(["a"]), np.array(["b"]), "[0] is"),
        (np.ma.array([1, 2], mask=[False, True]), np.ma.array([1, 2]), "[1] is"),
        (np.ones(2), pd.Series([1.0, 1.0]), " is a ndarray, not a Series"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}, [5]), "index"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), "columns"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]}), "dtype"),
        (series(), series("other"), "name"),
        (Rude(), Rude(), " is"),
    ],
)
def test_a_difference_has_a_place(result: Any, right: Any, words: str) -> None:
    """The reason leads to the first item that differs, or names the type, the shape or the index."""
    assert words in difference(result, right)


def test_a_long_column_is_not_in_the_reason() -> None:
    """The reason has the first value of a series that differs, and no row of all values."""
    left, right = pd.Series(np.arange(100.0)), pd.Series(np.where(np.arange(100) == 70, -1.0, np.arange(100)))
    assert "first diff: 70.0 != -1.0" in difference(left, right)
    assert "0, 1, 2, 3" not in difference(left, right)


@pytest.mark.parametrize("wrap", [float, lambda x: [x], lambda x: np.array([1.0, x]), lambda x: pd.Series([x])])
def test_rounding_is_no_difference(wrap: Callable[[float], Any]) -> None:
    """Floats may differ by the tolerance, at any depth, and not by ten times as much."""
    assert difference(wrap(0.1 + 0.2), wrap(0.3)) == ""
    assert difference(wrap(1.0 + 10 * TOLERANCE), wrap(1.0)) != ""


def test_arrays_of_short_floats_have_a_larger_tolerance() -> None:
    """Single precision has seven digits."""
    assert difference(np.array([1.00001], "f4"), np.array([1.0], "f4")) == ""
    assert difference(np.array([1.001], "f4"), np.array([1.0], "f4")) != ""


def test_a_list_may_stand_for_an_array() -> None:
    """A whole-array form may return an array if the kernel returns a list."""
    assert difference(np.array([1, 2]), [1, 2]) == ""
    assert difference([1, 3], np.array([1, 2])).startswith("[1] is")


def test_sparse_arrays_are_compared_by_their_entries() -> None:
    """In any order of storage, and not by their objects."""
    sparse = pytest.importorskip("scipy.sparse")
    left = sparse.random(9, 9, 0.3, format="csr", random_state=1)
    assert difference(left, left.copy()) == ""
    assert "data" in difference(left, 2 * left)
    assert "shape" in difference(left, left[:5])


def test_tables_of_polars_and_arrow_are_compared_by_schema_and_content() -> None:
    """With NaN and within rounding; the schema counts."""
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    for make in (polars.DataFrame, pyarrow.table):
        assert difference(make({"a": [0.1 + 0.2, NAN]}), make({"a": [0.3, NAN]})) == ""
        assert "0.3" in difference(make({"a": [0.1]}), make({"a": [0.3]}))
        assert "schema" in difference(make({"a": [1]}), make({"a": [1.0]}))
