"""The digest of data: it changes with the data, and only then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench.workload import input_digest as module
from parbench.workload.input_digest import input_digest


@dataclass
class Person:
    """An object with a list and an array."""

    names: list[str] = field(default_factory=lambda: ["Ada", "Bob"])
    marks: Any = field(default_factory=lambda: np.arange(3.0))


def frame() -> pd.DataFrame:
    """A frame with a column of each kind."""
    return pd.DataFrame({"a": [3, 1, 2], "b": list("xyz"), "c": pd.Categorical(["p", "q", "p"])}, index=[7, 8, 9])


CHANGES: list[tuple[str, Callable[[], Any], Callable[[Any], Any]]] = [
    ("sorted list", lambda: [3, 1, 2], lambda data: data.sort()),
    ("popped list", lambda: [3, 1, 2], lambda data: data.pop()),
    ("sorted array", lambda: np.array([3.0, 1.0, 2.0]), lambda data: data.sort()),
    ("strided array", lambda: np.arange(9.0)[::-2], lambda data: data.sort()),
    ("Fortran order", lambda: np.asfortranarray(np.ones((3, 4))), lambda data: data.__imul__(2)),
    ("objects in an array", lambda: np.array([[1], [2]], object), lambda data: data[0].__setitem__(0, 5)),
    ("times in an array", lambda: np.array([3, 1], "M8[s]"), lambda data: data.sort()),
    ("list of arrays", lambda: [np.ones(3), np.ones(3)], lambda data: data[1].__isub__(1)),
    ("dict of arrays", lambda: {"x": np.ones(3)}, lambda data: data["x"].__isub__(1)),
    ("dict", lambda: {"x": 1, "y": 2}, lambda data: data.pop("x")),
    ("set", lambda: {1, 2}, lambda data: data.add(3)),
    ("bytearray", lambda: bytearray(b"abc"), lambda data: data.reverse()),
    ("object", Person, lambda data: data.names.append("Eve")),
    ("array of an object", Person, lambda data: data.marks.__imul__(2)),
    ("values of a frame", frame, lambda data: data.loc.__setitem__((7, "a"), 9)),
    ("column of a frame", frame, lambda data: data.__setitem__("d", 1)),
    ("index of a frame", frame, lambda data: setattr(data, "index", [1, 2, 3])),
    ("series", lambda: pd.Series([3, 1, 2]), lambda data: data.iloc.__setitem__(0, 9)),
    ("generator of random numbers", lambda: np.random.default_rng(1), lambda data: data.random()),
]


@pytest.mark.parametrize(("make", "change"), [pytest.param(*rest, id=name) for name, *rest in CHANGES])
def test_a_change_of_the_data_changes_the_digest(make: Callable[[], Any], change: Callable[[Any], Any]) -> None:
    """Two digests of the same data are equal, and another follows a change in place."""
    data = make()
    before = input_digest(data)
    assert before is not None
    assert input_digest(data) == before
    change(data)
    assert input_digest(data) != before


@pytest.mark.parametrize("make", [lambda: list(range(5_000)), lambda: np.arange(5_000)], ids=["list", "array"])
def test_long_data_are_sampled(monkeypatch: pytest.MonkeyPatch, make: Callable[[], Any]) -> None:
    """A change of many items of long data is noticed, though not all of them are read."""
    for name, value in {"PICKLED_BYTES": 1_000, "WHOLE_BYTES": 100, "BLOCK_BYTES": 16}.items():
        monkeypatch.setattr(module, name, value)
    data = make()
    before = input_digest(data)
    assert before is not None
    assert input_digest(data) == before
    data[:] = data[::-1]
    assert input_digest(data) != before


def test_reading_a_frame_does_not_change_its_digest() -> None:
    """A frame whose blocks are merged, or whose index is looked up, has the same content."""
    data = frame()
    data["d"] = [1, 2, 3]
    before = input_digest(data)
    assert data.sum(numeric_only=True)["d"] + data.loc[8, "a"] == 7
    getattr(data, "_consolidate_inplace")()  # noqa: B009 (the stubs give the name another meaning)
    assert input_digest(data) == before


def test_flags_of_a_sparse_array_are_no_change() -> None:
    """An array that found out that its indices are sorted has the same content."""
    sparse = pytest.importorskip("scipy.sparse")
    data = sparse.random(20, 20, 0.2, format="csr", random_state=1)
    before = input_digest(data)
    assert data.has_sorted_indices
    assert input_digest(data) == before
    data.data *= 2
    assert input_digest(data) != before


def test_caches_of_an_array_of_xarray_are_no_change() -> None:
    """An array or a data set that has computed with its coordinates has the same content, until a value changes."""
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(np.arange(6.0).reshape(3, 2), dims=("t", "x"), coords={"t": [1, 2, 3]})
    for data in (array, array.to_dataset(name="a")):
        before = input_digest(data)
        assert (data * 2 + data.sel(t=2)).dims
        assert input_digest(data) == before
        array.values[0, 0] += 1
        assert input_digest(data) != before


def test_nothing_is_claimed_of_data_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks, generators and dicts that are too large have no digest."""
    assert input_digest(threading.Lock()) is None
    assert input_digest(iter([1])) is not None
    assert input_digest(each for each in [1]) is None
    monkeypatch.setattr(module, "PICKLED_BYTES", 10)
    assert input_digest({"a": "long" * 10}) is None
