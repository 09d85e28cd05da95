"""`dask-distributed`: a cluster of one-thread workers on loopback, or an existing scheduler by its address."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from parbench.errors import UsageError, WorkerDied
from parbench.strategies.dask_base import DaskStrategy
from parbench.strategies.trace_events import KERNEL, SHIP_IN, Parcel, Stamp
from parbench.workload.workload import Each, Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

#: Records of each task by the workers of dask.distributed, in the words of parbench.
NOTED = {"compute": KERNEL, "deserialize": SHIP_IN, "transfer": SHIP_IN}
UNSEEN = " Pickling, and bringing results home, count as dispatch, too."
TIMEOUT = 10  # seconds to reach an existing scheduler


class DaskDistributed(DaskStrategy):
    """Tasks on a cluster of worker processes, each with one thread.

    The option ``dask_scheduler`` is the address of a scheduler to use instead of starting one; exactly
    `cores` of its one-thread workers get work.
    """

    name: ClassVar[str] = "dask-distributed"
    about: ClassVar[str] = "dask.distributed with one-thread workers."
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "machine"
    requires: ClassVar[Mapping[str, str]] = {"dask": "dask[array]", "distributed": "dask[distributed]"}
    _stack: ExitStack | None = None
    _known: str = ""

    def open(self, cores: int) -> None:
        warnings.filterwarnings("ignore", message="Sending large graph")  # shipping the inputs is the job
        address = self.options.get("dask_scheduler", "")
        with ExitStack() as stack:
            self.where = join(stack, address, cores) if address else start(stack, cores)
            self._stack = stack.pop_all()

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        from distributed import KilledWorker

        if self._known != workload.name and (address := self.options.get("dask_scheduler", "")):
            check_imports(self.where, address, (DaskStrategy.__module__, home(workload)))
            self._known = workload.name
        try:
            return super().run(workload, data, parts)
        except KilledWorker as error:
            raise WorkerDied(
                "a worker process of dask.distributed died: look for a crash or an exit in the kernel, "
                "or for lack of memory."
            ) from error

    @contextmanager
    def trace_call(self, recorder: Recorder) -> Iterator[Workload]:
        if address := self.options.get("dask_scheduler", ""):
            check_imports(self.where, address, (Parcel.__module__,))
        with super().trace_call(recorder) as workload:
            yield workload
        if recorder.unseen:  # a collection of the workload's own
            recorder.unseen += UNSEEN

    @contextmanager
    def watched_tasks(self, recorder: Recorder) -> Iterator[Mapping[str, Any]]:
        """Ask the scheduler afterwards what its workers have noted, by the clock of the day."""
        client = self.where["scheduler"]
        client.get_task_stream(count=0)  # from now on it records its messages
        before = self.ahead()
        yield {}
        after = self.ahead()
        for task in client.get_task_stream():
            # the scheduler may have estimated again in between; the right estimate puts a task into its call
            for ahead in dict.fromkeys(each.get(task["worker"], 0.0) for each in (after, before)):
                if stamps := within(recorder, task, ahead):
                    recorder.stamps += stamps
                    break

    def ahead(self) -> dict[str, float]:
        """Seconds by which each worker puts its times forward, by what it takes the scheduler's clock for.

        The estimate uses the time of one message, is off by 80 ms while a cluster starts, and is repeated now and then.
        """

        def delay(dask_worker: Any) -> float:  # sent as it is, as it is defined here
            return float(dask_worker.scheduler_delay)

        return dict(self.where["scheduler"].run(delay, workers=self.where.get("workers")))

    def close(self) -> None:
        if self._stack is not None:
            self._stack.close()


def start(stack: ExitStack, cores: int) -> dict[str, Any]:
    """A cluster of our own; every port is on loopback, every scratch file in a folder that goes with it."""
    import dask
    from distributed import Client, LocalCluster

    scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="parbench-", ignore_cleanup_errors=True))
    # A task whose worker died would be tried on three more: the first death is enough to know.
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
        client = stack.enter_context(Client(address, timeout=TIMEOUT, set_as_default=False))
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
    """Raise UsageError where a scheduler that is not ours, or its workers, lack one of `modules`.

    A worker that is sent something from a module which it cannot import closes, and its task waits for ever. The
    scheduler unpacks graphs as well.
    """

    def is_there(module: str) -> bool:  # sent as it is, as it is defined here; what it needs, it imports there
        from importlib.util import find_spec

        try:
            return find_spec(module) is not None
        except ModuleNotFoundError:  # of a package that it is in
            return False

    client = where["scheduler"]
    for module in filter(None, modules):
        workers = client.run(is_there, module, workers=where["workers"])
        if not (all(workers.values()) and client.run_on_scheduler(is_there, module)):
            raise UsageError(
                f"the Dask scheduler at {address} or its workers cannot import {module!r}: start them where Python "
                "finds it, for example with the folder that holds it in PYTHONPATH."
            )


def within(recorder: Recorder, task: Mapping[str, Any], ahead: float) -> list[Stamp]:
    """Events that the worker recorded for a task, `ahead` seconds too late, limited to the call."""
    stamps = []
    for span in task["startstops"]:
        began, ended = (round((span[each] - ahead) * 1e9) + recorder.offset for each in ("start", "stop"))
        if span["action"] in NOTED and recorder.began <= began and ended <= recorder.ended:
            stamps.append((NOTED[span["action"]], (task["worker"], 0), began, ended))
    return stamps


def home(workload: Workload) -> str:
    """The module of what is sent to workers: of the function itself where the kernel calls it on each item."""
    kernel = workload.kernel.function if isinstance(workload.kernel, Each) else workload.kernel
    return kernel.__module__ or ""
