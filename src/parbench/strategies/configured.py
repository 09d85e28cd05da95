"""Strategies by configuration: any executor or pool with a standard interface, named in pyproject.toml.

Their definitions travel in a variable of the environment, which every arm and every worker inherits. Imported in every
arm: standard library only.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cache, partial
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, get_args

from parbench.errors import UsageError, WorkerDied, pip_install
from parbench.strategies.base import Boundary, MapStrategy, items
from parbench.strategies.executors import DIED
from parbench.strategies.worker_pool import STOP_SECONDS
from parbench.workload.workload import Workload

#: The variable that holds the definitions, as a JSON object by name.
VARIABLE = "PARBENCH_STRATEGIES"
#: In an argument, the number of workers.
CORES = "{cores}"
#: Seconds in which all workers have to answer, and of each task that asks for an answer.
START_SECONDS, TASK_SECONDS = 30.0, 0.01
#: Ways of ending an executor or a pool; the first that it has is used. What has both `close` and `shutdown` may be a
#: client of workers that belong to somebody else, so it is only closed.
ENDINGS = ("shutdown", "terminate", "stop_and_join", "close")
#: Parts of the names of errors by which libraries report that a worker was lost.
LOST = re.compile("Broken|WorkerLost|KilledWorker|WorkerCrashed|ProcessExpired|TerminatedWorker")
#: Numbers of calls.
_numbers = count()
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Engine:
    """The definition of a strategy: an executor of `concurrent.futures` or a pool of `multiprocessing`, or alike.

    Fields:
        executor, pool: the import path of the class, or of a function that returns one, as ``module:name``; one of
            both.
        arguments: keyword arguments, in which the text ``{cores}`` stands for the number of workers.
        map: the method that maps a function over a list.
        method: a method of the created object that returns the executor or pool, if it is not one itself.
        boundary: the farthest boundary that work crosses: ``thread``, ``process`` or ``machine``.
        requires: the pip requirement that installs it; empty if nothing has to be installed.
        about: one sentence for lists and reports.
    """

    executor: str = ""
    pool: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    map: str = "map"
    method: str = ""
    boundary: str = "process"
    requires: str = ""
    about: str = ""

    @property
    def path(self) -> str:
        """The import path."""
        return self.executor or self.pool

    def reason(self) -> str:
        """Why the definition is unusable, in a few words; empty if it is usable."""
        if bool(self.executor) == bool(self.pool):
            return "it needs either executor or pool, an import path such as 'loky:get_reusable_executor'"
        if not re.fullmatch(r"[\w.]+:[\w.]+", self.path):
            return f"{self.path!r} is no import path such as 'loky:get_reusable_executor'"
        if self.boundary not in get_args(Boundary)[1:]:
            return f"its boundary is {self.boundary!r}: use thread, process or machine"
        return ""

    def arguments_for(self, cores: int) -> dict[str, Any]:
        """The keyword arguments for `cores` workers."""
        default = {"max_workers" if self.executor else "processes": CORES}
        return {name: _with_cores(value, cores) for name, value in (self.arguments or default).items()}


def _with_cores(value: Any, cores: int) -> Any:
    """A value of an argument with the number of workers in place of `CORES`."""
    if isinstance(value, str):
        return cores if value == CORES else value.replace(CORES, str(cores))
    if isinstance(value, dict):
        return {name: _with_cores(each, cores) for name, each in value.items()}
    return [_with_cores(each, cores) for each in value] if isinstance(value, list) else value


# -- definitions -----------------------------------------------------------------------------------------


def strategy(name: str, **definition: Any) -> None:
    """Define a strategy by an executor or a pool, in a conftest.py; the arguments are the fields of an `Engine`.

    ``parbench.strategy("loky", executor="loky:get_reusable_executor")`` is measured as any other strategy, if it is
    chosen. Raises UsageError for a definition that cannot be meant.
    """
    if reason := fault(name, definition):
        raise UsageError(f"strategy {name!r} cannot be used: {reason}.")
    os.environ[VARIABLE] = json.dumps(_raw(os.environ.get(VARIABLE, "")) | {name: definition})


def read_project(folder: Path) -> None:
    """Define the strategies of ``[tool.parbench.strategies]`` in the pyproject.toml of a folder, if there is one.

    A definition that is unusable takes its place among the strategies, with the reason. Raises UsageError for a file
    that is no TOML, or whose table is none.
    """
    import tomllib

    path = folder / "pyproject.toml"
    try:
        found: Any = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("parbench", {})
        found = {name: dict(definition) for name, definition in found.get("strategies", {}).items()}
    except OSError:
        return
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}): correct it.") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path}: tool.parbench.strategies takes a table for each strategy, such as "
            "[tool.parbench.strategies.loky] with executor = 'loky:get_reusable_executor'."
        ) from error
    if found:
        os.environ[VARIABLE] = json.dumps(found | _raw(os.environ.get(VARIABLE, "")))


def definitions() -> dict[str, dict[str, Any]]:
    """The definitions by name, usable or not."""
    return _raw(os.environ.get(VARIABLE, ""))


@cache
def _raw(text: str) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise UsageError(f"the variable {VARIABLE} is no JSON: unset it.") from error
    return found if isinstance(found, dict) else {}


def fault(name: str, definition: Mapping[str, Any]) -> str:
    """Why a definition is unusable, in a few words; empty if it is usable."""
    if not _NAME.fullmatch(name):
        return "its name may have letters, digits, points and hyphens only"
    known = {each.name: each.type for each in fields(Engine)}
    if unknown := [key for key in definition if key not in known]:
        return f"it has no key {unknown[0]!r}: use {', '.join(known)}"
    for key, value in definition.items():
        if not isinstance(value, dict if key == "arguments" else str):
            return f"its key {key} takes {'a table' if key == 'arguments' else 'a text'}, not {value!r:.40}"
    return Engine(**definition).reason()


def class_of(name: str) -> type[ConfiguredStrategy]:
    """The strategy class of a usable definition."""
    engine = Engine(**definitions()[name])
    kind = "executor" if engine.executor else "pool"
    module = engine.path.partition(":")[0].partition(".")[0]
    values = {
        "name": name,
        "about": engine.about or f"The {kind} {engine.path}, by configuration.",
        "boundary": engine.boundary,
        "requires": {module: engine.requires} if engine.requires else {},
        "engine": engine,
    }
    return type("ConfiguredStrategy", (ConfiguredStrategy,), values)


# -- the strategy ----------------------------------------------------------------------------------------


class ConfiguredStrategy(MapStrategy):
    """One task per chunk on an executor or a pool of any library."""

    engine: ClassVar[Engine]

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One task per item, as executors and pools take them."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        made = self._create(cores)
        self.resources.callback(stop, made)
        self._workers = getattr(made, self.engine.method)() if self.engine.method else made
        self._start_workers(cores)

    def _create(self, cores: int) -> Any:
        path, arguments = self.engine.path, self.engine.arguments_for(cores)
        module, _, name = path.partition(":")
        try:
            factory: Any = import_module(module)
            for each in name.split("."):
                factory = getattr(factory, each)
        except (ImportError, AttributeError) as error:
            advice = pip_install(self.engine.requires) if self.engine.requires else "correct its import path"
            raise UsageError(f"strategy {self.name!r}: {path} cannot be imported ({error}): {advice}.") from error
        try:
            return factory(**arguments)
        except TypeError as error:
            raise UsageError(
                f"strategy {self.name!r}: {path} takes other arguments ({error}): correct them."
            ) from error

    def _start_workers(self, cores: int) -> None:
        """Give the workers tiny tasks until as many have answered as there are cores; raises UsageError otherwise."""
        found: set[int] = set()
        ends = time.monotonic() + START_SECONDS
        identify = partial(worker_after, TASK_SECONDS, self.boundary == "thread")
        while len(found) < cores and time.monotonic() < ends:
            found.update(self.map(identify, range(2 * cores)))
        found.update(self.map(identify, range(2 * cores)))
        if len(found) != cores:
            raise UsageError(
                f"strategy {self.name!r} has {len(found)} workers instead of {cores}: give {CORES!r} to the argument "
                f"of {self.engine.path} that sets their number, and set the one that keeps workers from call to call."
            )

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        call, rows = Spread(function), [Row(each, next(_numbers)) for each in zip(*columns, strict=True)]
        with worker_deaths():
            if self.engine.pool:
                done = self._pool_map(call, rows)
                return list(done.result() if hasattr(done, "result") else done)
            if hasattr(self._workers, self.engine.map):
                return list(getattr(self._workers, self.engine.map)(call, rows))
            return [each.result() for each in [self._workers.submit(call, row) for row in rows]]

    def _pool_map(self, call: Spread, rows: list[Row]) -> Any:
        """The map of a pool, one task per row, if it has an argument for that."""
        for size in ({"chunksize": 1}, {"chunk_size": 1}):
            try:
                return getattr(self._workers, self.engine.map)(call, rows, **size)
            except TypeError as error:
                if next(iter(size)) not in str(error):
                    raise
        return getattr(self._workers, self.engine.map)(call, rows)


class Row:
    """The arguments of one call, with a number, so that no library takes the result of an equal call for it.

    It is no tuple, which some libraries would unpack.
    """

    __slots__ = ("number", "values")

    def __init__(self, values: tuple[Any, ...], number: int) -> None:
        self.values = values
        self.number = number

    def __reduce__(self) -> tuple[type[Row], tuple[tuple[Any, ...], int]]:
        return Row, (self.values, self.number)


class Spread:
    """A function of a `Row`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, row: Row) -> Any:
        return self.function(*row.values)


def worker_after(seconds: float, thread: bool, _: int) -> int:
    """The number of the process, or of the thread, that runs this, after a pause."""
    time.sleep(seconds)
    return threading.get_ident() if thread else os.getpid()


@contextmanager
def worker_deaths() -> Iterator[None]:
    """Turn the error of a library for a lost worker into WorkerDied."""
    try:
        yield
    except Exception as error:
        if any(LOST.search(kind.__name__) for kind in type(error).__mro__):
            raise WorkerDied(DIED) from error
        raise


def stop(made: Any) -> None:
    """End an executor or a pool, in bounded time unless the system cannot end its processes."""
    import psutil

    both = hasattr(made, "close") and hasattr(made, "shutdown")
    endings = [name for name in (("close",) if both else ENDINGS) if hasattr(made, name)]

    def end() -> None:
        for name in [*endings[:1], "join", "clear"]:
            if callable(act := getattr(made, name, None)):
                act()

    thread = threading.Thread(target=end, daemon=True)
    thread.start()
    thread.join(STOP_SECONDS)
    if thread.is_alive():
        for process in psutil.Process().children(recursive=True):
            process.kill()
        thread.join(STOP_SECONDS)
