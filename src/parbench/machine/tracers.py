"""Tracers, debuggers and checkers, which make Python code several times slower. Standard library only."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: Variables that start a tracer or a checker in every Python process.
VARIABLES = {
    *("PYTHONPROFILEIMPORTTIME", "PYTHONDEVMODE", "PYTHONTRACEMALLOC", "PYTHONASYNCIODEBUG", "PYTHONVERBOSE"),
    *("PYTHONMALLOC", "PYTHONMALLOCSTATS", "PYTHONDUMPREFS", "PYTHONPERFSUPPORT", "PYTHON_PERF_JIT_SUPPORT"),
    *("PYTHONINSPECT", "MALLOC_CHECK_", "MALLOC_PERTURB_"),
}
#: Beginnings of such variables: of coverage and of pytest-cov.
PREFIXES = ("COVERAGE_", "COV_CORE_")
#: Variables with libraries that are loaded into every process.
PRELOADS = ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES")
#: Parts of the names of libraries that check or profile a process.
CHECKERS = ("asan", "tsan", "ubsan", "lsan", "msan", "valgrind", "memray", "heaptrack", "scalene", "profiler")


def untraced(variables: Mapping[str, str]) -> dict[str, str]:
    """Variables of an environment without those that start a tracer or a checker."""
    return {name: value for name, value in variables.items() if name not in VARIABLES and not name.startswith(PREFIXES)}


def active_tracers() -> list[str]:
    """The tracers, debuggers and checkers of this process, in words; those of its threads included."""
    return list(dict.fromkeys(_active()))


def _active() -> Iterator[str]:
    functions: list[Any] = [sys.gettrace(), threading.gettrace(), sys.getprofile(), threading.getprofile()]
    yield from (f"the tracer {_name(each)}" for each in functions if each is not None)
    monitoring = getattr(sys, "monitoring", None)  # since Python 3.12
    tools = [monitoring.get_tool(number) for number in range(6)] if monitoring else []
    yield from (f"the tool {each} of sys.monitoring" for each in tools if each is not None)
    if (tracemalloc := sys.modules.get("tracemalloc")) is not None and tracemalloc.is_tracing():
        yield "tracemalloc"
    if getattr(sys, "is_stack_trampoline_active", bool)():
        yield "support for perf"
    if sys.flags.dev_mode:
        yield "Python's development mode"
    if hasattr(sys, "gettotalrefcount"):
        yield "a debug build of Python"
    loaded = [library for name in PRELOADS for library in os.environ.get(name, "").replace(":", " ").split()]
    yield from (f"the library {each}" for each in loaded if any(part in Path(each).name for part in CHECKERS))
    if _is_ptraced():
        yield "a debugger that is attached to the process"


def _name(function: Any) -> str:
    """The dotted name of a tracing function, or of the object that it belongs to."""
    owner = getattr(function, "__self__", None)
    kind = type(owner) if owner is not None else function if hasattr(function, "__qualname__") else type(function)
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_ptraced() -> bool:
    """Whether gdb, strace or the like traces this process; only Linux reports it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return any(line.split()[1:] not in ([], ["0"]) for line in status.splitlines() if line.startswith("TracerPid:"))
