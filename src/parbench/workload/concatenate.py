"""The default of `Workload.combine`: parts are joined by the library that they belong to.

Imported in every arm: standard library only. A library whose objects are here has been imported already.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
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
    Counter: lambda parts: sum(parts, Counter()),
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
    """Join lists, arrays, frames and other sequences in order; raises WorkloadError for parts of other types."""
    del data
    if len(parts) == 1:
        return parts[0]
    kind = type(parts[0])
    join = _join(kind) if all(type(part) is kind for part in parts) else None
    try:
        if join is not None:
            return join(parts)
        if all(isinstance(part, Sequence) and not isinstance(part, str | bytes) for part in parts):
            return list(chain.from_iterable(parts))
        problem = "have no default order"
    except Exception as error:  # each library has its own
        problem = f"cannot be joined ({type(error).__name__}: {' '.join(str(error).split())[:200]})"
    names = " and ".join(dict.fromkeys(type(part).__name__ for part in parts))
    raise WorkloadError(
        f"parts of type {names} {problem}: give the workload a combine, such as combine=lambda parts, data: sum(parts)."
    )


def _join(kind: type) -> Join | None:
    if kind in BUILT_IN:
        return BUILT_IN[kind]
    for each in kind.__mro__:
        package = each.__module__.partition(".")[0]
        join = OF_LIBRARIES.get((package, each.__name__))
        if join is not None:
            library = sys.modules[package]
            return lambda parts: join(library, parts)
    return None
