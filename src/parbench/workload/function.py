"""Functions as users have them: their names, the arguments that they take, and the kernel that maps one over items.

Imported in every arm and worker: standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from inspect import Parameter, signature
from itertools import starmap, takewhile
from typing import Any

from parbench.errors import WorkloadError

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


class Each:
    """A kernel that applies a function to every item of a chunk; with `star`, to the arguments that each item has."""

    def __init__(self, function: Callable[..., Any], star: bool = False) -> None:
        self.function = function
        self.star = star

    def __call__(self, chunk: Iterable[Any]) -> list[Any]:
        function = self.function
        if not self.star:
            return [function(item) for item in chunk]
        if isinstance(next(iter(chunk), None), Mapping):
            return [function(**item) for item in chunk]
        return list(starmap(function, chunk))


class EachAwaited(Each):
    """A kernel of a coroutine function: it awaits the result of every item of a chunk, one after the other."""

    def __call__(self, chunk: Iterable[Any]) -> list[Any]:
        import asyncio  # few workloads need it

        return asyncio.run(self.parts(chunk))

    async def parts(self, chunk: Iterable[Any]) -> list[Any]:
        """The same in the event loop of the caller: the coroutine form of the workload."""
        return [await Each.__call__(self, [item])[0] for item in chunk]


def innermost(function: Any) -> Any:
    """The function in a kernel of `Each` and in partial functions."""
    while isinstance(function, Each | partial):
        function = function.function if isinstance(function, Each) else function.func
    return function


def name_of(function: Any) -> str:
    """An identifier for a function: its name, that of the function in a partial one, or the class of an object."""
    function = innermost(function)
    name = getattr(function, "__name__", "") or type(function).__name__
    return re.sub(r"\W", "_", name.strip("<>"))


def cache_warning(function: Any) -> str:
    """Why times of a function that keeps its results mean nothing; empty if it does not, as far as can be seen."""
    function = innermost(function)
    if not hasattr(function, "cache_clear"):
        return ""
    name = name_of(function)
    return f"{name} keeps its results (functools.cache), so later calls compute nothing: measure {name}.__wrapped__."


def check_one_argument(function: Any) -> None:
    """Raise WorkloadError if a function needs several arguments, as a function of one item must not."""
    needed = [each.name for each in _parameters(function) or () if _is_needed(each)]
    if len(needed) > 1:
        raise WorkloadError(
            f"{name_of(function)} needs {len(needed)} arguments ({', '.join(needed)}): add star=True if each item is a "
            "tuple or a dict of them, or give functools.partial(…) with the arguments that are always the same."
        )


def adapt(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """`function`, called with as many arguments of these names, in this order, as it takes.

    An optional parameter with another name gets its default. If the signature is unknown, as that of ``max`` and
    ``range``, the first argument is passed only. Raises WorkloadError if it needs more.
    """
    parameters = _parameters(function)
    if parameters is None:
        return lambda *arguments: function(arguments[0])
    if any(each.kind is Parameter.VAR_POSITIONAL for each in parameters):
        return function
    positional = [each for each in parameters if each.kind in POSITIONAL]
    leading = takewhile(lambda each: each is positional[0] or _is_needed(each) or each.name in names, positional)
    count = min(len(list(leading)), len(names))
    free = set(names[count:]) - set(function.keywords if isinstance(function, partial) else ())
    by_keyword = [each for each in parameters if each not in positional[:count] and each.name in free]
    needed = [each.name for each in parameters if _is_needed(each) and each not in by_keyword]
    if len(needed) > len(names) or any(each.kind not in POSITIONAL for each in parameters if each.name in needed):
        raise WorkloadError(
            f"{name_of(function)} needs the arguments {', '.join(needed)}, but it gets {' and '.join(names)} only: "
            "give functools.partial(…) with the others."
        )
    if count == len(names):
        return function
    keywords = {each.name: names.index(each.name) for each in by_keyword}
    return lambda *arguments: function(
        *arguments[:count], **{name: arguments[place] for name, place in keywords.items()}
    )


def takes_nothing(function: Any) -> bool:
    """Whether a function has no parameter."""
    return _parameters(function) == []


def _is_needed(parameter: Parameter) -> bool:
    variable = parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return parameter.default is Parameter.empty and not variable


def _parameters(function: Any) -> list[Parameter] | None:
    """The parameters of a callable; None if they are unknown, as those of some functions in C."""
    try:
        return list(signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
