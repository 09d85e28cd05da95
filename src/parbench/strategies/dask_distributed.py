"""`dask-distributed`: a cluster of one-thread workers on loopback, or an existing scheduler by its address."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from parbench.errors import UsageError, WorkerKilled
from parbench.strategies.dask_base import DaskStrategy
from parbench.strategies.trace_events import KERNEL, SHIP_IN, Parcel, Stamp
from parbench.workload.function import innermost
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

#: The kinds of spans for the actions that workers of dask.distributed record of each task.
ACTION_KINDS = {"compute": KERNEL, "deserialize": SHIP_IN, "transfer": SHIP_IN}
UNSEEN = " Pickling, and sending results to the caller, count as dispatch, too."
#: Time to reach an existing scheduler.
CONNECT_SECONDS = 10


class DaskDistributed(DaskStrategy):
    """Tasks on a cluster of worker processes, each with one thread.

    The option ``dask_scheduler`` is the address of a scheduler to use instead of starting one; exactly
    `cores` of its one-thread workers get work.
    """

    name = "dask-distributed"
    about = "dask.distributed with one-thread workers."
    boundary = "machine"
    imports = ("dask.array", "distributed")
    requires: ClassVar[Mapping[str, str]] = {"dask": "dask[array]", "distributed": "dask[distributed]"}
    _checked_workload = ""

    def open(self, cores: int) -> None:
        warnings.filterwarnings("ignore", message="Sending large graph")  # sending the inputs is part of the call
        address = self.options.get("dask_scheduler", "")
        self.where = join(self.resources, address, cores) if address else start(self.resources, cores)

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        from distributed import KilledWorker

        if self._checked_workload != workload.name and (address := self.options.get("dask_scheduler", "")):
            check_imports(self.where, address, (DaskStrategy.__module__, kernel_module(workload)))
            self._checked_workload = workload.name
        try:
            return super().run(workload, data, parts)
        except KilledWorker as error:
            raise WorkerKilled(
                "a worker process of dask.distributed died: look for a crash or an exit in the kernel, "
                "or for lack of memory."
            ) from error

    @contextmanager
    def trace_call(self, recorder: Recorder) -> Iterator[Workload]:
        if address := self.options.get("dask_scheduler", ""):
            check_imports(self.where, address, (Parcel.__module__,))
        with super().trace_call(recorder) as workload:
            yield workload
        if recorder.unseen:  # it was a collection of the workload
            recorder.unseen += UNSEEN

    @contextmanager
    def trace_tasks(self, recorder: Recorder) -> Iterator[Mapping[str, Any]]:
        """Read the records of the workers from the scheduler after the call, by the wall clock."""
        client = self.where["scheduler"]
        client.get_task_stream(count=0)  # from now on it keeps the records
        before = self.clock_offsets()
        yield {}
        after = self.clock_offsets()
        for task in client.get_task_stream():
            # the estimate may have changed during the call; the right one puts a task inside the call
            for ahead in dict.fromkeys(each.get(task["worker"], 0.0) for each in (after, before)):
                if stamps := stamps_in_call(recorder, task, ahead):
                    recorder.stamps += stamps
                    break

    def clock_offsets(self) -> dict[str, float]:
        """Seconds that each worker adds to its times, its estimate of the offset of the scheduler's clock.

        The estimate is from the duration of one message, wrong by 80 ms while a cluster starts, and sometimes renewed.
        """

        def delay(dask_worker: Any) -> float:  # sent by value, because it is a local function
            return float(dask_worker.scheduler_delay)

        return dict(self.where["scheduler"].run(delay, workers=self.where.get("workers")))


def start(stack: ExitStack, cores: int) -> dict[str, Any]:
    """A new cluster; all its ports are on loopback, and all its files in a folder that is removed with it."""
    import dask
    from distributed import Client, LocalCluster

    scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="parbench-", ignore_cleanup_errors=True))
    # By default, a task whose worker died is tried on three more workers.
    settings = {"temporary-directory": scratch, "distributed.scheduler.allowed-failures": 0}
    stack.enter_context(dask.config.set(settings))
    cluster = stack.enter_context(
        LocalCluster(
            n_workers=cores,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        )
    )
    client = stack.enter_context(Client(cluster, set_as_default=False))
    client.wait_for_workers(cores)
    return {"scheduler": client}


def join(stack: ExitStack, address: str, cores: int) -> dict[str, Any]:
    """`cores` workers of an existing scheduler; raises UsageError if it has fewer or does not answer."""
    from distributed import Client

    try:
        client = stack.enter_context(Client(address, timeout=CONNECT_SECONDS, set_as_default=False))
    except (OSError, ValueError) as error:
        raise UsageError(f"there is no Dask scheduler at {address!r}: give one as tcp://HOST:PORT.") from error
    workers = sorted(worker for worker, threads in client.nthreads().items() if threads == 1)
    if len(workers) < cores:
        raise UsageError(
            f"the Dask scheduler at {address} has {len(workers)} workers of one thread and {cores} are needed: "
            "start more with dask worker --nthreads 1."
        )
    return {"scheduler": client, "workers": workers[:cores], "allow_other_workers": False}


def check_imports(where: Mapping[str, Any], address: str, modules: Iterable[str]) -> None:
    """Raise UsageError if an existing scheduler or one of its workers cannot import one of `modules`.

    A worker that gets an object of a module which it cannot import closes, and the task waits forever. The scheduler
    unpickles graphs, too.
    """

    def is_there(module: str) -> bool:  # sent by value, because it is a local function
        from importlib.util import find_spec

        try:
            return find_spec(module) is not None
        except ModuleNotFoundError:  # its package is missing
            return False

    client = where["scheduler"]
    for module in filter(None, modules):
        workers = client.run(is_there, module, workers=where["workers"])
        if not (all(workers.values()) and client.run_on_scheduler(is_there, module)):
            raise UsageError(
                f"the Dask scheduler at {address} or its workers cannot import {module!r}: start them where Python "
                "finds it, for example with the folder that holds it in PYTHONPATH."
            )


def stamps_in_call(recorder: Recorder, task: Mapping[str, Any], ahead: float) -> list[Stamp]:
    """The records of a task, whose times are `ahead` seconds too late, if they lie within the call."""
    stamps = []
    for span in task["startstops"]:
        began, ended = (round((span[each] - ahead) * 1e9) + recorder.offset for each in ("start", "stop"))
        if span["action"] in ACTION_KINDS and recorder.began <= began and ended <= recorder.ended:
            stamps.append((ACTION_KINDS[span["action"]], (task["worker"], 0), began, ended))
    return stamps


def kernel_module(workload: Workload) -> str:
    """The module of the function that workers get: with `Workload.each`, that of the function for one item."""
    return getattr(innermost(workload.kernel), "__module__", "") or ""
