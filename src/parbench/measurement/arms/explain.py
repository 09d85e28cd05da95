"""The status and the reason of an error in an arm. Standard library only."""

from __future__ import annotations

from parbench.errors import MissingDependency, ParbenchError, WorkerDied
from parbench.measurement.arms.protocol import Failure
from parbench.workload.error_place import place_of, raised, text_of

#: Names of the errors of a worker that died: their classes are in libraries that may be missing.
WORKER_DEATHS = ("BrokenProcessPool", "KilledWorker", "WorkerDied")
#: Words of errors of what cannot be pickled, of Pool and of Python 3.13.0 as well.
PICKLING_ERRORS = ("pickle", "maybeencodingerror", "can't get local object")

#: A hint if something is missing or None.
IMPORTED_AGAIN = "Fixtures and main() do not run in measured processes, which import the file again."


class WrongResult(Exception):
    """The result of the first call is wrong, or the workload would make all times of later calls wrong."""


def explain(error: BaseException) -> Failure:
    """The status and the one-sentence reason of a failure."""
    own = isinstance(error, ParbenchError | WrongResult)
    name, text = type(error).__name__, " ".join(str(error).split()) if own else text_of(error)
    if isinstance(error, WrongResult):
        return Failure("wrong", text)
    if isinstance(error, MissingDependency):
        return Failure("missing", text)
    if isinstance(error, MemoryError):
        return Failure("memory", "it ran out of memory: take a smaller size.")
    if isinstance(error, WorkerDied) or name in WORKER_DEATHS:
        return Failure("crash", text or "a worker process died.")
    if isinstance(error, ParbenchError):  # its text has all
        return Failure("error", text)
    if any(each in f"{name} {text}".lower() for each in PICKLING_ERRORS) and not place_of(error):
        return Failure(
            "error",
            f"what its workers are sent cannot be pickled ({text}): "
            "let split and kernel give plain data, without lambdas, open files or locks.",
        )
    hint = isinstance(error, NameError) or "'NoneType'" in text
    return Failure("error", f"it raised {raised(error)}" + (f". {IMPORTED_AGAIN}" if hint else ""))
