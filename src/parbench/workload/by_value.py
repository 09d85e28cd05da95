"""Workloads that another process cannot import, as those of a notebook: written by value for the time of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

from parbench.errors import WorkloadError
from parbench.workload.reference import MAIN, Reference
from parbench.workload.workload import Workload

#: Steps from a workload to the variable that cannot be pickled.
MOST_STEPS = 12


def write(workload: Workload, folder: Path) -> Reference:
    """Write a workload into `folder`, with all variables that its functions refer to; the reference to it.

    Raises WorkloadError, which names the variable, if one of them cannot be pickled.
    """
    file = folder / f"{workload.name}.pickle"
    # workers find a class of the notebook by its name when they unpickle an instance
    classes = {name: each for name, each in vars(sys.modules[MAIN]).items() if _is_own_class(each)}
    try:
        file.write_bytes(_pickled((workload, {name: each for name, each in classes.items() if not _fault(each)})))
    except Exception as error:  # the method of an object that pickles it may raise anything
        culprit = _culprit(workload) or f"it raises {type(error).__name__}: {error}"
        raise WorkloadError(
            f"workload {workload.name!r} cannot be sent to other processes: {culprit}. "
            "Create such objects inside of the function."
        ) from None
    return Reference("", str(file), workload.name)


def _is_own_class(value: Any) -> bool:
    return isinstance(value, type) and value.__module__ == MAIN


def _pickled(value: Any) -> bytes:
    import cloudpickle

    data: bytes = cloudpickle.dumps(value)
    return data


def _fault(value: Any) -> str:
    """Why a value cannot be pickled; empty if it can."""
    try:
        _pickled(value)
    except Exception as error:  # as above
        return str(error) or type(error).__name__
    return ""


def _culprit(value: Any) -> str:
    """The innermost part of `value` that cannot be pickled, with its place; empty if there is none."""
    place = ""
    for _ in range(MOST_STEPS):
        found = next(((name, part) for name, part in _parts(value) if _fault(part)), None)
        if found is None:
            break
        name, value = found
        place = name or place
    return place and f"{place} is a {type(value).__name__}, which cannot be pickled ({_fault(value)})"


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a value, each with its place; without one if a variable is the better place to name."""
    if isinstance(value, FunctionType):
        cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
        names = set(_names(value.__code__))
        variables = {name: cell.cell_contents for name, cell in cells}
        variables |= {name: each for name, each in value.__globals__.items() if name in names}
        yield from ((f"the variable {name!r} of {value.__name__}", each) for name, each in variables.items())
        yield from ((f"a default of {value.__name__}", each) for each in value.__defaults__ or ())
    elif isinstance(value, MethodType):
        yield "", value.__func__
        yield f"the object of {value.__name__}", value.__self__
    elif isinstance(value, partial):
        yield "", value.func
        yield from (("an argument of the partial function", each) for each in (*value.args, *value.keywords.values()))
    elif isinstance(value, Mapping):
        yield from ((f"the item {key!r:.40}", each) for key, each in value.items())
    elif isinstance(value, list | tuple | set):
        yield from ((f"item {number} of the data", each) for number, each in enumerate(value))
    elif not isinstance(value, type):
        ours = type(value).__module__.startswith("parbench.")
        attributes = getattr(value, "__dict__", {})
        yield from (("" if ours else f"the attribute {name!r}", each) for name, each in attributes.items())


def _names(code: CodeType) -> Iterator[str]:
    """The names that a function refers to, and the functions inside of it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
