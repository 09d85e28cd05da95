"""Results that are not computed yet when a call returns: iterators, coroutines, lazy frames. Standard library only."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from io import IOBase
from itertools import islice
from typing import Any

#: Items of a container whose type is looked at.
FIRST_ITEMS = 100
#: Containers in containers that are looked into.
DEPTH = 3
#: Packages whose objects are computed by one of these methods only.
COLLECTORS = {
    "polars": ("LazyFrame", "collect()"),
    "pyspark": ("", "collect()"),
    "datafusion": ("DataFrame", "collect()"),
    "daft": ("DataFrame", "collect()"),
    "narwhals": ("LazyFrame", "collect()"),
    "duckdb": ("DuckDBPyRelation", "fetchall()"),
    "ibis": ("", "execute()"),
    "vaex": ("", "evaluate()"),
}


def uncomputed_reason(value: Any, depth: int = DEPTH) -> str:
    """Why `value` is no result yet, with the remedy, as the end of a sentence; empty if it is computed.

    Containers are looked into, but only at their first items.
    """
    if isinstance(value, Mapping):
        value = list(islice(value.values(), FIRST_ITEMS))
    elif is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, field.name, None) for field in fields(value)]
    if isinstance(value, list | tuple | set | frozenset):
        inside = (uncomputed_reason(each, depth - 1) for each in islice(value, FIRST_ITEMS))
        return next(filter(None, inside), "") if depth else ""
    remedy = _remedy(value)
    return f"{_name(value)}, which is not computed when the call returns: {remedy}" if remedy else ""


def _name(value: Any) -> str:
    """The type of a value with its article."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    name = kind.__name__ if package in ("builtins", "") else f"{package} {kind.__name__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _remedy(value: Any) -> str:
    if hasattr(value, "__dask_graph__") and value.__dask_graph__() is not None:
        return "call compute() in the function, or give the collection as dask=…"
    if isinstance(value, Iterator) and not isinstance(value, IOBase):
        return "let the function return a list or an array, as list(…) does"
    if isinstance(value, Future):
        return "wait for its result() in the function"
    if isinstance(value, Coroutine):
        return "give the async function as coroutine=…, and a kernel that does the same work without await"
    if isinstance(value, Awaitable):
        return "wait for it in the function"
    for kind in type(value).__mro__:
        name, method = COLLECTORS.get(kind.__module__.partition(".")[0], ("", ""))
        if method and name in ("", kind.__name__):
            return f"call {method} in the function"
    return "call the method that computes it in the function" if type(value).__name__.startswith("Lazy") else ""
