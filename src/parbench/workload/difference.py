"""The difference between two results: the default verification.

Imported in every arm: standard library only. A library whose objects are here has been imported already.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from itertools import islice, takewhile
from reprlib import Repr
from typing import Any

#: Relative difference of floats that counts as equal: sums of other chunks are rounded differently.
TOLERANCE = 1e-9
#: The same for types of NumPy with fewer digits, by their bytes.
SHORT_TOLERANCES = {2: 1e-2, 4: 1e-4}
#: Characters of the longest row of values in a reason of pandas.
LONGEST_ROW = 80
_shorten = Repr()
_shorten.maxother = _shorten.maxstring = _shorten.maxlong = 60


def difference(result: Any, right: Any) -> str:
    """Where and how `result` differs from `right`, as a predicate after the name of the result; empty if it does not.

    NaN equals NaN, floats may differ by `TOLERANCE`, and types, shapes, dtypes, indices and columns are compared.
    Containers and dataclasses are compared item by item.
    """
    try:
        return _difference(result, right)
    except Exception as error:  # a class of the user, or of a library, may raise anything
        return f" cannot be compared ({type(error).__name__}: {' '.join(str(error).split())[:200]})"


def _difference(result: Any, right: Any) -> str:
    if result is right:
        return ""
    if isinstance(result, float | complex) and isinstance(right, float | complex | int):
        return "" if _close(result, right) else _values(result, right)
    comparisons = [each for each in (_comparison(result), _comparison(right)) if each is not None]
    if comparisons:  # the one of a library that knows more than arrays, if there are two
        return max(comparisons, key=lambda each: each is not _arrays)(result, right)
    if _equal(result, right):
        return ""
    return _types(result, right) or _contents(result, right)


def _contents(result: Any, right: Any) -> str:
    """The difference between two unequal objects of a type."""
    equals: Any = type(result).__eq__
    if isinstance(result, Mapping):
        return _keys(result.keys(), right.keys()) or _items((key, result[key], right[key]) for key in right)
    if isinstance(result, Sequence) and not isinstance(result, str | bytes):
        rows = ((index, *pair) for index, pair in enumerate(zip(result, right, strict=False)))
        return _items(rows) or (f" has {len(result)} items, not {len(right)}" if len(result) != len(right) else "")
    if isinstance(result, AbstractSet):
        return _keys(result, right)
    if is_dataclass(result):
        return _attributes(result, right, [field.name for field in fields(result) if field.compare])
    if equals is object.__eq__ and hasattr(result, "__dict__"):
        return _attributes(result, right, list(vars(result) | vars(right)))
    return _values(result, right)


def _equal(result: Any, right: Any) -> bool:
    """Whether two built-in values or containers are equal; a container with arrays may have no answer."""
    try:
        return bool(result == right)
    except Exception:
        return False


def _close(result: Any, right: Any) -> bool:
    if result != result or right != right:
        return bool(result != result and right != right)
    return bool(result == right) or abs(result - right) <= TOLERANCE * max(abs(result), abs(right)) < math.inf


def _values(result: Any, right: Any) -> str:
    return f" is {_shorten.repr(result)}, not {_shorten.repr(right)}"


def _keys(result: AbstractSet[Any], right: AbstractSet[Any]) -> str:
    for each, words in ((right - result, "lacks"), (result - right, "has, besides,")):
        if each:
            return f" {words} {', '.join(map(_shorten.repr, islice(each, 3)))}{', …' if len(each) > 3 else ''}"
    return ""


def _items(rows: Iterable[tuple[Any, ...]]) -> str:
    return next((f"[{_shorten.repr(key)}]{found}" for key, *pair in rows if (found := _difference(*pair))), "")


def _attributes(result: Any, right: Any, names: Sequence[str]) -> str:
    missing = object()
    pairs = ((name, getattr(result, name, missing), getattr(right, name, missing)) for name in names)
    return next((f".{name}{found}" for name, *pair in pairs if (found := _difference(*pair))), "")


# -- objects of libraries --------------------------------------------------------------------------------


def _comparison(value: Any) -> Callable[[Any, Any], str] | None:
    """The comparison of the library that a value belongs to, if any."""
    for kind in type(value).__mro__:
        package = kind.__module__.partition(".")[0]
        if package == "pandas" and kind.__name__ in ("DataFrame", "Series", "Index"):
            return lambda result, right: _pandas(result, right, kind.__name__.removeprefix("Data").lower())
        if package == "scipy" and hasattr(value, "tocsr"):
            return _sparse
        if package == "torch" and hasattr(value, "detach"):
            return lambda *both: _types(*both) or _arrays(*(each.detach().cpu().numpy() for each in both))
        if package in ("polars", "pyarrow", "xarray") and hasattr(value, "equals"):
            return _tables
    return _arrays if hasattr(value, "__array__") else None


def _types(result: Any, right: Any) -> str:
    same = type(result) is type(right)
    return "" if same else f" is a {type(result).__name__}, not a {type(right).__name__}"


def _pandas(result: Any, right: Any, kind: str) -> str:
    if found := _types(result, right):
        return found
    compare = getattr(sys.modules["pandas"].testing, f"assert_{kind}_equal")
    options = {} if kind == "index" else {"check_freq": False}  # a joined index has no frequency
    try:
        compare(result, right, rtol=TOLERANCE, atol=0.0, **options)
    except AssertionError as error:
        lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
        head = list(takewhile(lambda line: not line.startswith("["), lines))
        # without long rows of values: the last line has the first value that differs
        rest = [line for line in lines[len(head) :] if line.startswith(("[", "At ")) and len(line) <= LONGEST_ROW]
        return f" differs ({'; '.join(head + rest)[:300]})"
    return ""


def _tables(result: Any, right: Any) -> str:
    if found := _types(result, right):
        return found
    for name in ("schema", "dtype", "type"):
        kinds = [getattr(each, name, None) for each in (result, right)]
        if kinds[0] != kinds[1]:
            return f" has the {name} {_shorten.repr(kinds[0])}, not {_shorten.repr(kinds[1])}"
    if result.equals(right):
        return ""
    # not equal within rounding, or because of NaN
    convert = next(name for name in ("to_pylist", "to_dicts", "to_list", "to_dict") if hasattr(result, name))
    return _difference(getattr(result, convert)(), getattr(right, convert)())


def _sparse(result: Any, right: Any) -> str:
    found = _types(result, right) or _difference((result.shape, str(result.dtype)), (right.shape, str(right.dtype)))
    if found:
        return f" differs in type, shape or dtype:{found}"
    entries = []
    for each in (result, right):
        rows = each.tocsr(copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        entries.append({"indptr": rows.indptr.tolist(), "indices": rows.indices.tolist(), "data": rows.data})
    return _difference(*entries)


def _arrays(result: Any, right: Any) -> str:
    numpy = sys.modules["numpy"]
    if isinstance(result, numpy.ndarray) and isinstance(right, numpy.ndarray) and result.dtype != right.dtype:
        return f" has dtype {result.dtype}, not {right.dtype}"
    left, other = numpy.asarray(result), numpy.asarray(right)
    if left.shape != other.shape:
        return f" has shape {left.shape}, not {other.shape}"
    if left.dtype.kind == "O":
        return _difference(left.tolist(), other.tolist())
    if left.dtype.names:
        return _items((name, left[name], other[name]) for name in left.dtype.names)
    if numpy.array_equal(left, other) and not hasattr(result, "mask"):
        return ""
    differs = (left != other) & ((left == left) | (other == other))  # NaN and NaT differ from themselves
    if left.dtype.kind in "fc":
        digits = left.dtype.itemsize // (2 if left.dtype.kind == "c" else 1)
        near = numpy.isclose(left, other, rtol=SHORT_TOLERANCES.get(digits, TOLERANCE), atol=0.0)
        differs &= ~near
    if hasattr(result, "mask") or hasattr(right, "mask"):
        masks = [numpy.ma.getmaskarray(each) for each in (result, right)]
        differs = numpy.where(masks[0] & masks[1], False, differs | (masks[0] != masks[1]))
    if not differs.any():
        return ""
    index = [int(each) for each in numpy.unravel_index(differs.argmax(), left.shape)]
    place = index if index else ""
    amount = f" ({int(differs.sum())} of {left.size} items differ)" if left.size > 1 else ""
    return f"{place}{_values(left[tuple(index)], other[tuple(index)])}{amount}"
