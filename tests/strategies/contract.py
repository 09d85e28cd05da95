"""The contract of strategies: every strategy in every variant, the workloads that it can run, and its remains."""

from __future__ import annotations

import json
import os
import re
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import pytest

from parbench.runfile.records import Trace
from parbench.strategies.base import Strategy
from parbench.strategies.configured import VARIABLE
from parbench.strategies.registry import BUILT_IN, create, find, missing
from parbench.strategies.tracing import traced_calls
from parbench.workload.cell import Cell
from parbench.workload.workload import Workload
from tests.support import kernels

#: The page whose last block of TOML has definitions of strategies; they are under the contract as any other.
PAGE = Path(__file__).parents[2] / "docs" / "howto" / "use-any-executor.md"
CONFIGURED: dict[str, Any] = tomllib.loads(
    re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[-1]
)
CONFIGURED = CONFIGURED["tool"]["parbench"]["strategies"]


@contextmanager
def configured_strategies() -> Iterator[None]:
    """Have the definitions of the page meanwhile."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = json.dumps(CONFIGURED)
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def needing(label: str, cores: int = 0) -> Any:
    """A label as a parameter, with a number of cores if there is one, skipped if its package is missing."""
    with configured_strategies():
        reason = missing(find(label)[0].requires)
    value, name = ((label, cores), f"{label}-{cores}") if cores else (label, label)
    return pytest.param(value, marks=pytest.mark.skipif(bool(reason), reason=reason), id=name)


LABELS = [label for name in BUILT_IN for label in (name, *(f"{name}[{variant}]" for variant in find(name)[0].variants))]
LABELS += CONFIGURED
#: The plain ones last: a strategy that is opened last stays open to the end of its module, and next to the threads of a
#: cluster, which may hold any lock at that moment, a later test that forks could hang.
#: Variants are opened on two cores only, as plain strategies show what one core changes.
OPENED = [
    (label, cores)
    for label in LABELS[::-1]
    for cores in (1, 2)
    if (cores == 1 and "[" not in label and label in BUILT_IN)
    or cores == (2 if label in CONFIGURED or find(label)[0].scales else 1)
]
#: A Pool that a tutorial's code drives waits for ever when a worker dies: there the campaign's deadline helps.
WATCHED = [label for label in LABELS if label != "multiprocessing[tutorial]" and label not in CONFIGURED]
#: joblib's threads are in the caller.
MORTAL = [
    label
    for label in LABELS
    if label not in CONFIGURED
    and find(label)[0].boundary in ("process", "machine")
    and not label.endswith("[tutorial]")
    and label != "joblib[threading]"
]
WORKLOADS = [
    *(import_module(f"workloads.{name}").workload for name in ("square", "square_array", "affine", "affine_sum")),
    kernels.matrix,
    kernels.waiting,
]
FILES = sorted((Path(__file__).parents[2] / "workloads").glob("[!_]*.py"))
#: All that this repository has.
CATALOGUE = [
    value
    for file in FILES
    for value in vars(import_module(f"workloads.{file.stem}")).values()
    if isinstance(value, Workload)
]
#: Of calls that are traced.
TRACED = [*WORKLOADS, import_module("workloads.groupby").workload, kernels.ring]
#: Strategies that call the kernel for the whole, so that their tasks cannot be counted.
WHOLE = ("vectorized", "library-threads", "numexpr", "numba")
NEEDING_A_FORM = ("vectorized", "library-threads", "shared-memory", "numexpr", "numba", "asyncio")
PATIENCE = 60  # seconds after which a call counts as hanging


def listening() -> dict[int, list[Any]]:
    """The addresses at which this process and its children listen, by process."""
    me = psutil.Process()
    ask = "net_connections" if hasattr(me, "net_connections") else "connections"  # as psutil had it before 6.0
    return {
        each.pid: [socket.laddr for socket in getattr(each, ask)("inet") if socket.status == psutil.CONN_LISTEN]
        for each in (me, *me.children(recursive=True))
    }


def left() -> set[str]:
    """Our child processes and shared segments, without the helpers that live as long as we do."""
    helpers = ("multiprocessing.resource_tracker", "multiprocessing.forkserver", "loky.backend.resource_tracker")
    children = {
        f"process {child.pid}: {command}"
        for child in psutil.Process().children(recursive=False)
        if child.status() != psutil.STATUS_ZOMBIE  # of an earlier test, whose parent has not asked for its exit code
        and not any(helper in (command := " ".join(child.cmdline())) for helper in helpers)
    }
    return children | {str(path) for path in Path("/dev/shm").glob(f"parbench_{psutil.Process().pid}_*")}


def accepted(strategy: Strategy, among: Sequence[Workload] = WORKLOADS) -> list[Workload]:
    """The workloads that the strategy has a way to run."""
    return [workload for workload in among if not strategy.unsupported_reason(workload, strategy.variant)]


@contextmanager
def opened_at(label: str, cores: int) -> Iterator[Strategy]:
    """The strategy, open, on at most as many cores as it scales to."""
    strategy = create(label)
    with strategy:
        strategy.open(cores if strategy.scales else 1)
        yield strategy


def outcome(strategy: Strategy, workload: Workload) -> Any:
    """Result or exception of one call; fails if there is neither in time."""
    box: list[Any] = []

    def call() -> None:
        try:
            box.append(strategy.run(workload, workload.make(8, 0), 2))
        except BaseException as error:
            box.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert box, "the call hangs"
    return box[0]


def bad(label: str, kernel: Any) -> Workload:
    """A workload whose kernel fails, with a tutorial form that this strategy takes."""
    return kernels.bad(kernel, "dask" if label.startswith("dask") else "pool")


def traced(
    strategy: Strategy, workload: Workload, data: Any, parts: int, spans: bool = True, call_seconds: float = 1.0
) -> Trace:
    """A traced call as a record."""
    cores = 2 if strategy.scales else 1
    fields = traced_calls(strategy, workload, data, parts, cores, call_seconds, spans)
    return Trace(Cell(workload.name, 8, strategy.name, cores), 0, **fields)


def plain(strategy: Strategy, workload: Workload) -> bool:
    """Whether the kernel is called once per task."""
    own = strategy.name.startswith("dask") and workload.dask is not None
    return strategy.name not in WHOLE and strategy.variant != "tutorial" and not own
