"""The default of `Workload.combine`: parts are joined by the library that they belong to.

Numbers are added and dicts are merged, which is a guess. `Workload.check` confirms it in each arm by one call of the
kernel over the uncut data.

Imported in every arm: standard library only. A library whose objects are here has been imported already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, MutableMapping, Sequence
from copy import copy
from itertools import chain
from numbers import Number
from typing import Any

from parbench.errors import WorkloadError

#: Joins parts of a kind.
Join = Callable[[Sequence[Any]], Any]
#: For built-in types, but not their subclasses.
BUILT_IN: dict[type, Join] = {
    list: lambda parts: list(chain.from_iterable(parts)),
    tuple: lambda parts: tuple(chain.from_iterable(parts)),
    str: "".join,
    bytes: b"".join,
    set: lambda parts: set().union(*parts),
    frozenset: lambda parts: frozenset().union(*parts),
    type(None): lambda parts: None,
}
#: For classes of libraries, by their package and name; a subclass of one of them is joined alike.
OF_LIBRARIES: dict[tuple[str, str], Callable[[Any, Sequence[Any]], Any]] = {
    ("pandas", "DataFrame"): lambda pandas, parts: pandas.concat(parts),
    ("pandas", "Series"): lambda pandas, parts: pandas.concat(parts),
    ("pandas", "Index"): lambda pandas, parts: parts[0].append(list(parts[1:])),
    ("numpy", "MaskedArray"): lambda numpy, parts: numpy.ma.concatenate(parts),
    ("numpy", "ndarray"): lambda numpy, parts: numpy.concatenate(parts),
    ("pyarrow", "Table"): lambda pyarrow, parts: pyarrow.concat_tables(parts),
    ("pyarrow", "RecordBatch"): lambda pyarrow, parts: pyarrow.concat_batches(parts),
    ("pyarrow", "ChunkedArray"): lambda pyarrow, parts: pyarrow.chunked_array(
        [chunk for part in parts for chunk in part.chunks], parts[0].type
    ),
    ("pyarrow", "Array"): lambda pyarrow, parts: pyarrow.concat_arrays(parts),
    ("polars", "DataFrame"): lambda polars, parts: polars.concat(parts),
    ("polars", "Series"): lambda polars, parts: polars.concat(parts),
    ("scipy", "_spbase"): lambda scipy, parts: scipy.sparse.vstack(parts, parts[0].format),
    ("torch", "Tensor"): lambda torch, parts: torch.cat(tuple(parts)),
    ("xarray", "DataArray"): lambda xarray, parts: xarray.concat(parts, parts[0].dims[0]),
    ("cupy", "ndarray"): lambda cupy, parts: cupy.concatenate(parts),
    ("awkward", "Array"): lambda awkward, parts: awkward.concatenate(parts),
}


def concatenate(parts: Sequence[Any], data: object) -> Any:
    """Join lists, arrays, frames and other sequences in order, unite sets, add numbers, and merge dicts.

    Values of a key that several dicts have are joined alike. Raises WorkloadError for parts of other types.
    """
    del data
    if len(parts) == 1:
        return parts[0]
    join, problem = _join(parts), "have no default order"
    try:
        if join is not None:
            return join(parts)
    except WorkloadError:  # from values of dicts
        raise
    except Exception as error:  # each library has its own
        problem = f"cannot be joined ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
    names = " and ".join(dict.fromkeys(type(part).__name__ for part in parts))
    raise WorkloadError(
        f"parts of type {names} {problem}: give the workload a combine, such as combine=max or "
        "combine=lambda parts: functools.reduce(operator.add, parts)."
    )


def is_guess(result: object) -> bool:
    """Whether a result of `concatenate` is only right for some kernels, as a sum is."""
    return isinstance(result, Number | MutableMapping)


def _join(parts: Sequence[Any]) -> Join | None:
    """The way to join parts, if there is one."""
    kind = type(parts[0])
    if all(isinstance(part, Number) and not isinstance(part, bool) for part in parts):
        return sum
    if all(type(part) is kind for part in parts):
        if issubclass(kind, MutableMapping):
            return _merge
        join = BUILT_IN.get(kind) or _join_of_library(kind)
        if join is not None:
            return join
    if all(isinstance(part, Sequence) and not isinstance(part, str | bytes) for part in parts):
        return lambda parts: list(chain.from_iterable(parts))
    return None


def _join_of_library(kind: type) -> Join | None:
    for each in kind.__mro__:
        package = each.__module__.partition(".")[0]
        join = OF_LIBRARIES.get((package, each.__name__))
        if join is not None:
            library = sys.modules[package]
            return lambda parts: join(library, parts)
    return None


def _merge(parts: Sequence[MutableMapping[Any, Any]]) -> MutableMapping[Any, Any]:
    """A dict of the type of the parts, with the joined values of keys that several of them have."""
    values: dict[Any, list[Any]] = {}
    for part in parts:
        for key, value in part.items():
            values.setdefault(key, []).append(value)
    merged = copy(parts[0])
    for key, each in values.items():
        merged[key] = concatenate(each, None)
    return merged
