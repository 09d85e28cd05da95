"""The error of a worker that did not reach the caller: a second call, whose workers send errors as text, finds it.

A worker may die while it imports the kernel, raise an error that cannot be pickled, or return such a result. The
libraries then report no more than its end. Standard library only.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from parbench.errors import ParbenchError, WorkerDied, WorkerKilled
from parbench.strategies.base import Strategy
from parbench.workload.error_place import place_of, raised, text_of
from parbench.workload.workload import Workload

#: Workers of the second call; with one, joblib would work in the caller.
WORKERS = 2


class LostError(ParbenchError):
    """The error of a worker, as a sentence."""


class Packed:
    """A pickled object, which is unpickled on use and not before."""

    def __init__(self, dumped: bytes) -> None:
        self.dumped = dumped


class Guarded:
    """A function of a workload that gets and returns packed objects, and raises all errors as text."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = pack(function, "the kernel")

    def __call__(self, *arguments: Any) -> Packed:
        answer = self._answer(arguments)
        if isinstance(answer, Packed):
            return answer
        raise LostError(answer)  # after the other error: Dask pickles the context of an error, too

    def _answer(self, arguments: tuple[Any, ...]) -> Packed | str:
        """The packed result, or the reason why there is none."""
        doing = "importing the kernel in a worker process"
        try:
            function = unpack(self.function)
            doing = "it"
            result = function(*map(unpack, arguments))
            doing = "unpickling a result of the kernel"
            packed = pack(result, "a result of the kernel")
            unpack(packed)
        except LostError as error:
            return str(error)
        except BaseException as error:
            return f"{doing} raised {raised(error)}"
        return packed


def pack(value: Any, what: str) -> Packed:
    """Pickle a value; raises LostError, in whose sentence it is called `what`."""
    try:
        return Packed(pickle.dumps(value))
    except Exception as error:
        raise LostError(
            f"{what} cannot be pickled, as workers in other processes need it ({type(error).__name__}: "
            f"{text_of(error)}): use plain data, without lambdas, generators, open files or locks."
        ) from None


def unpack(value: Any) -> Any:
    """The value in a packed object or, in lists, in each; other values as they are."""
    if isinstance(value, list):
        return [unpack(each) for each in value]
    return pickle.loads(value.dumped) if isinstance(value, Packed) else value


def is_lost(strategy: Strategy, error: BaseException) -> bool:
    """Whether an error of a strategy with processes shows neither our sentence nor a place in the user's code.

    What may be lack of memory is not, because a second call would need that memory again.
    """
    explained = isinstance(error, ParbenchError) and not isinstance(error, WorkerDied)
    explained = explained or isinstance(error, WorkerKilled | MemoryError)
    return strategy.boundary in ("process", "machine") and not explained and not place_of(error)


def find_lost_error(strategy: Strategy, workload: Workload, data: Any, parts: int) -> LostError | None:
    """The error that a second call, with new workers, sends as text; None if there is none."""
    again = type(strategy)(strategy.variant, strategy.options)
    try:
        again.open(WORKERS)
        again.run(guarded(workload), workload.call_data(data), parts)
    except LostError as error:
        return error
    except BaseException:  # nothing new is known
        return None
    finally:
        again.close()
    return None


def guarded(workload: Workload) -> Workload:
    """The workload with guarded functions in its workers."""
    forms: dict[str, Any] = {"kernel": Guarded(workload.kernel)}
    if workload.write_into is not None:
        forms["write_into"] = Guarded(workload.write_into)
    if workload.stages is not None:
        forms["stages"] = replace(workload.stages, kernel=Guarded(workload.stages.kernel))
    return replace(
        workload,
        split=lambda data, parts: [pack(each, "a chunk of the data") for each in workload.split(data, parts)],
        combine=lambda parts, data: workload.combine(unpack(list(parts)), data),
        **forms,
    )
