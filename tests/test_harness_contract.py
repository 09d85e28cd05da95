"""The contract that every harness keeps, in every variant; a new strategy is under it from its first line."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from parbench.errors import ParbenchError, UsageError, WorkerDied
from parbench.harnesses import BUILT_IN, create, find, missing
from parbench.harnesses.base import Harness
from parbench.steps import one_by_one
from parbench.workload import Workload
from tests import kernels


def needing(label: str, cores: int = 0) -> Any:
    """A label as a parameter, with a number of cores where there is one, skipped where its package is missing."""
    reason = missing(find(label)[0].requires)
    value, name = ((label, cores), f"{label}-{cores}") if cores else (label, label)
    return pytest.param(value, marks=pytest.mark.skipif(bool(reason), reason=reason), id=name)


LABELS = [label for name in BUILT_IN for label in (name, *(f"{name}[{variant}]" for variant in find(name)[0].variants))]
#: The plain ones last: what is opened last stays open to the end of this module, and beside the threads of a cluster,
#: which may hold any lock at that moment, a later test that forks could hang.
OPENED = [(label, cores) for label in LABELS[::-1] for cores in (1, 2) if cores == 1 or find(label)[0].scales]
#: A Pool that a tutorial's code drives waits for ever when a worker dies: there the campaign's deadline helps.
WATCHED = [label for label in LABELS if label != "multiprocessing[tutorial]"]
#: joblib's threads are in the caller.
MORTAL = [
    label
    for label in LABELS
    if find(label)[0].leaves in ("process", "machine")
    and not label.endswith("[tutorial]")
    and label != "joblib[threading]"
]
WORKLOADS = [
    *(import_module(f"workloads.{name}").workload for name in ("square", "square_array", "affine", "affine_sum")),
    kernels.matrix,
    kernels.waiting,
]
FILES = sorted((Path(__file__).parents[1] / "workloads").glob("[!_]*.py"))
#: All that this repository has.
CATALOGUE = [
    value
    for file in FILES
    for value in vars(import_module(f"workloads.{file.stem}")).values()
    if isinstance(value, Workload)
]
NEEDING_A_FORM = ("vectorized", "library-threads", "shared-memory", "numexpr", "numba", "asyncio")
PATIENCE = 60  # seconds after which a call counts as hanging

# Threads of one strategy may still be around when the next one forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


def left() -> set[str]:
    """Our child processes and shared segments, without the helpers that live as long as we do."""
    helpers = ("multiprocessing.resource_tracker", "multiprocessing.forkserver", "loky.backend.resource_tracker")
    children = {
        f"process {child.pid}: {command}"
        for child in psutil.Process().children(recursive=False)
        if not any(helper in (command := " ".join(child.cmdline())) for helper in helpers)
    }
    return children | {str(path) for path in Path("/dev/shm").glob(f"parbench_{psutil.Process().pid}_*")}


def accepted(harness: Harness, among: Sequence[Workload] = WORKLOADS) -> list[Workload]:
    """The workloads that the harness has a way to run."""
    return [workload for workload in among if not harness.refuses(workload, harness.variant)]


@contextmanager
def opened_at(label: str, cores: int) -> Iterator[Harness]:
    """The harness, open, on at most as many cores as it scales to."""
    harness = create(label)
    with harness:
        harness.open(cores if harness.scales else 1)
        yield harness


def outcome(harness: Harness, workload: Workload) -> Any:
    """What one call returns or raises; fails where it does neither in time."""
    box: list[Any] = []

    def call() -> None:
        try:
            box.append(harness.run(workload, workload.make(8, 0), 2))
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


@pytest.fixture(scope="module", params=[needing(each) for each in LABELS])
def label(request: pytest.FixtureRequest) -> Any:
    """Every strategy in every variant."""
    return request.param


@pytest.fixture(scope="module", params=[needing(*pair) for pair in OPENED])
def harness(request: pytest.FixtureRequest) -> Iterator[Harness]:
    """Every strategy at one core and at two, opened once for all tests that leave it usable."""
    with opened_at(*request.param) as harness:
        yield harness


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_every_accepted_workload_gives_its_verified_result(harness: Harness, parts: int) -> None:
    """However a workload is cut, the result is right by the workload's own verification."""
    assert accepted(harness)
    for workload in accepted(harness):
        data = workload.make(workload.all_sizes.tiny, 3)
        assert harness.check(workload, harness.run(workload, data, parts), data) == "", workload.name


def test_the_whole_catalogue_is_right(harness: Harness) -> None:
    """Every workload of this repository gives a verified result under every strategy that has a way to run it."""
    for workload in accepted(harness, CATALOGUE):
        data = workload.make(workload.all_sizes.tiny, 3)
        assert harness.check(workload, harness.run(workload, data, 2), data) == "", workload.name


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_tasks_get_the_parts_that_they_need(harness: Harness, parts: int) -> None:
    """In a workload of steps every task is given the parts of the tasks before that it names, in order."""
    if harness.refuses(kernels.ring, harness.variant):
        pytest.skip("this strategy has no way to run dependent tasks")
    chunks = kernels.ring.split(data := kernels.ring.make(20, 0), parts)
    assert kernels.ring.steps is not None
    right = kernels.ring.steps.by_barriers(one_by_one, [kernels.tagged(chunk) for chunk in chunks], data)
    assert harness.run(kernels.ring, data, parts) == right
    assert right[0][0] == (3, 0)


def test_only_what_looks_at_parts_says_that_it_cuts(label: str) -> None:
    """A strategy that cuts calls the kernel once a part; one that does not is whole-array or a tutorial's."""
    strategy, variant = find(label)
    with opened_at(label, 1) as harness:
        if strategy.refuses(kernels.pieces, variant):
            return
        pieces = {parts: len(harness.run(kernels.pieces, list(range(12)), parts)) for parts in (1, 3)}
    assert (pieces == {1: 1, 3: 3}) == strategy.cuts(variant)


def test_more_parts_than_items_are_no_problem(harness: Harness) -> None:
    """With fewer items than parts the result is still right and complete."""
    for workload in accepted(harness):
        if harness.variant == "tutorial" and workload.name == "affine":
            continue  # statistics of nine numbers say nothing
        data = workload.make(3, 3)
        assert harness.check(workload, harness.run(workload, data, 7), data) == "", workload.name


def test_calls_do_not_leak_into_each_other(harness: Harness) -> None:
    """A call with other inputs gives other results, and the first inputs again the first results."""
    if harness.variant == "tutorial":
        pytest.skip("the tutorial's numbers differ from call to call")
    for workload in accepted(harness):
        one, two = workload.make(40, 1), workload.make(30, 2)
        first = harness.run(workload, one, 2)
        other = harness.run(workload, two, 2)
        again = harness.run(workload, one, 2)
        assert workload.check(other, two) == "", workload.name
        assert np.array_equal(first, again), workload.name
        assert workload.check(first, one) == "", f"{workload.name}: a later call changed an earlier result"


def test_work_is_done_anew_in_every_call(harness: Harness) -> None:
    """Equal chunks and equal calls are all computed, never taken from a cache or merged into one."""
    if harness.variant == "tutorial":
        pytest.skip("the tutorial's form is the workload's own")
    forms: dict[str, Any] = {"into": kernels.write_unique, "output": kernels.length}
    workload = kernels.listed(kernels.unique, **kernels.whole(kernels.unique), **forms)
    results = [int(item) for _ in range(3) for item in harness.run(workload, [0, 0], 2)]
    assert len(results) >= 3
    assert len(set(results)) == len(results)


def test_no_port_is_open_beyond_loopback(harness: Harness) -> None:
    """Every listening socket of the strategy is on loopback, and none on the dashboard's well-known port."""
    assert harness.name
    me = psutil.Process()
    ask = "net_connections" if hasattr(me, "net_connections") else "connections"  # as psutil had it before 6.0
    sockets = [socket for each in (me, *me.children(recursive=True)) for socket in getattr(each, ask)("tcp")]
    listening = [socket.laddr for socket in sockets if socket.status == psutil.CONN_LISTEN]
    assert all(address.ip == "127.0.0.1" and address.port != 8787 for address in listening), listening


def test_an_exception_of_the_kernel_arrives_and_everything_closes(label: str) -> None:
    """What the kernel raises reaches the caller with its text, and nothing is left behind after close."""
    before = left()
    with opened_at(label, 2) as harness:
        error = outcome(harness, bad(label, kernels.raises))
        assert isinstance(error, ValueError)
        assert "the kernel says no" in str(error)
    assert left() <= before


def test_an_exception_in_a_later_step_arrives_and_everything_closes(label: str) -> None:
    """What a task raises that others wait for reaches the caller, and nothing is left behind after close."""
    workload, before = kernels.late(kernels.raises_late), left()
    with opened_at(label, 2) as harness:
        if harness.refuses(workload, harness.variant):
            pytest.skip("this strategy has no way to run dependent tasks")
        error = outcome(harness, workload)
        assert isinstance(error, ValueError)
        assert "the kernel says no" in str(error)
    assert left() <= before


@pytest.mark.parametrize("mortal", [needing(each) for each in MORTAL])
def test_a_worker_that_dies_in_a_later_step_is_an_error_and_no_hang(mortal: str) -> None:
    """Where a worker dies at a task that others wait for, the call ends with WorkerDied, and nothing is left behind."""
    workload, before = kernels.late(kernels.dies_late), left()
    with opened_at(mortal, 2) as harness:
        if harness.refuses(workload, harness.variant):
            pytest.skip("this strategy has no way to run dependent tasks")
        assert isinstance(error := outcome(harness, workload), WorkerDied), repr(error)
    assert left() <= before


@pytest.mark.parametrize("executor", ["threads", "futures-processes", "dask-threads"])
def test_a_task_waits_for_nothing_but_what_it_needs(executor: str, tmp_path: Path) -> None:
    """Without a barrier, a lane of tasks comes to its end while another lane is still in its first step."""
    data = [(lane, str(tmp_path / "there")) for lane in range(2)]
    with opened_at(executor, 2) as harness:
        assert harness.run(kernels.lanes, data, 2) == [str(tmp_path / "there")] * 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("watched", [needing(each) for each in WATCHED])
def test_an_unreadable_exception_is_an_error_and_no_hang(watched: str) -> None:
    """An exception that cannot be unpickled still ends the call with an exception, and close still works."""
    before = left()
    with opened_at(watched, 2) as harness:
        assert isinstance(outcome(harness, bad(watched, kernels.is_awkward)), Exception)
    assert left() <= before


@pytest.mark.parametrize("kernel", [kernels.exits, kernels.is_killed])
@pytest.mark.parametrize("mortal", [needing(each) for each in MORTAL])
def test_a_dead_worker_is_an_error_and_no_hang(mortal: str, kernel: Any) -> None:
    """Where a worker process dies, the call ends with WorkerDied, in one sentence, and nothing is left behind."""
    before = left()
    with opened_at(mortal, 2) as harness:
        error = outcome(harness, bad(mortal, kernel))
        assert isinstance(error, WorkerDied), repr(error)
        assert "look for a crash" in str(error)
    assert left() <= before


def test_nothing_is_left_after_close(label: str) -> None:
    """After a good call and close there is no child process and no shared segment, though the result lives on."""
    before = left()
    with opened_at(label, 2) as harness:
        workload = accepted(harness)[0]
        data = workload.make(workload.all_sizes.tiny, 0)
        result = harness.run(workload, data, 2)
    assert left() <= before
    assert harness.check(workload, result, data) == ""


def test_close_without_open_is_harmless(label: str) -> None:
    """A harness that never got to open can be closed, as happens after a failed open."""
    create(label).close()


def test_what_cannot_run_is_refused_in_words(label: str) -> None:
    """A workload that has nothing but a kernel is either run or refused with a reason, never a crash."""
    workload = kernels.listed(kernels.doubles)
    strategy, variant = find(label)
    reason = strategy.refuses(workload, variant)
    needs_more = strategy.name in NEEDING_A_FORM or variant == "tutorial"
    assert bool(reason) == needs_more
    assert reason == "" or reason.startswith("it has no ")


@pytest.mark.parametrize("refused", [needing(each) for each in NEEDING_A_FORM])
def test_running_what_was_refused_is_a_clear_error(refused: str) -> None:
    """Who runs a refused workload all the same is told which form it lacks."""
    with opened_at(refused, 1) as harness, pytest.raises(ParbenchError, match="give it one or leave this out"):
        harness.run(kernels.listed(kernels.doubles), [1, 2], 1)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_shared_memory_is_silent_at_exit(method: str, tmp_path: Path) -> None:
    """A process that still holds results when it ends prints no warning about leaked or exported memory."""
    script = tmp_path / "holds_results.py"
    script.write_text(
        "from parbench.harnesses import create\n"
        "from workloads.affine import workload\n"
        "if __name__ == '__main__':\n"
        f"    harness = create('shared-memory[{method}]')\n"
        "    harness.open(2)\n"
        "    results = [harness.run(workload, workload.make(40, seed), 2) for seed in range(3)]\n"
        "    view = results[0][3:]\n"
        "    harness.close()\n"
    )
    root = Path(__file__).parents[1]
    child = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=PATIENCE,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, "")


def test_too_little_shared_memory_is_said_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result larger than the store of shared memory is a MemoryError with advice, not a killed worker."""
    from parbench.harnesses import shared_memory

    monkeypatch.setattr(shared_memory, "STORE", "/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 100}))
    with pytest.raises(MemoryError, match="has 100 left"):
        shared_memory.allocate((1000,), "int64")


def test_a_result_over_shared_memory_outlives_its_segment_object() -> None:
    """A view of a result keeps the mapping alive, and letting go of the last one gives the memory back."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("needs /proc")
    gc.collect()  # failed calls of earlier tests, whose tracebacks hold what they had mapped
    before = maps.read_text().count("parbench_")
    workload = WORKLOADS[2]
    with opened_at("shared-memory", 2) as harness:
        view = harness.run(workload, workload.make(40, 1), 2)[5:]
        assert maps.read_text().count("parbench_") == before + 1
        assert float(view.min()) >= 1.0
        del view
        assert maps.read_text().count("parbench_") == before


def test_an_existing_scheduler_is_used_with_exactly_that_many_workers(tmp_path: Path) -> None:
    """With the address of a cluster of two, one core means one of its workers; three cores are refused in words."""
    import dask
    from distributed import LocalCluster

    workload = kernels.listed(kernels.who)
    own_ports = {"dashboard_address": "127.0.0.1:0"}
    with (
        dask.config.set({"temporary-directory": str(tmp_path)}),
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", scheduler_kwargs=own_ports) as cluster,
    ):
        options = {"dask_scheduler": cluster.scheduler_address}
        for cores in (1, 2):
            with create("dask-distributed", options) as harness:
                harness.open(cores)
                workers = set(harness.run(workload, list(range(12)), 12))
                assert len(workers) <= cores
                assert psutil.Process().pid not in workers
        with create("dask-distributed", options) as harness, pytest.raises(UsageError, match="3 are needed"):
            harness.open(3)
        elsewhere = kernels.listed(types.FunctionType(kernels.who.__code__, {}))
        elsewhere.kernel.__module__ = "nowhere.at_all"
        with create("dask-distributed", options) as harness:
            harness.open(1)
            with pytest.raises(UsageError, match=r"cannot import 'nowhere\.at_all': start them where"):
                harness.run(elsewhere, [1], 1)
        assert len(cluster.scheduler_info["workers"]) == 2, "the cluster is not ours to stop"


def test_a_scheduler_that_is_not_there_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address without a scheduler is refused in one sentence that says how to write one."""
    monkeypatch.setattr("parbench.harnesses.dask_distributed.TIMEOUT", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        harness = create("dask-distributed", {"dask_scheduler": address})
        with harness, pytest.raises(UsageError, match="give one as tcp://HOST:PORT"):
            harness.open(1)


def test_the_default_start_method_is_the_same_on_every_python() -> None:
    """`multiprocessing` without a variant forks on Linux and spawns elsewhere."""
    from parbench.harnesses.workers import DEFAULT_METHOD

    expected = "fork" if sys.platform == "linux" else "spawn"
    assert expected == DEFAULT_METHOD
