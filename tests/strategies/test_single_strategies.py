"""Rules of single strategies besides the contract: no barrier, shared memory, existing clusters."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import types
from multiprocessing import get_all_start_methods, resource_tracker
from pathlib import Path

import psutil
import pytest

from parbench.errors import UsageError
from parbench.strategies.registry import create
from parbench.workload.workload import Workload
from tests.strategies.contract import PATIENCE, WORKLOADS, opened_at, outcome
from tests.support import kernels

# Threads of one strategy may still be around when the next one forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.mark.parametrize("executor", ["threads", "futures-processes", "dask-threads"])
def test_a_task_waits_for_nothing_but_what_it_needs(executor: str, tmp_path: Path) -> None:
    """Without a barrier, a lane of tasks reaches its end while another lane is still in its first step."""
    data = [(lane, str(tmp_path / "there")) for lane in range(2)]
    with opened_at(executor, 2) as strategy:
        assert strategy.run(kernels.lanes, data, 2) == [str(tmp_path / "there")] * 2


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_shared_memory_is_silent_at_exit(method: str, tmp_path: Path) -> None:
    """A process that still holds results when it ends prints no warning about leaked or exported memory."""
    script = tmp_path / "holds_results.py"
    script.write_text(
        "from parbench.strategies.registry import create\n"
        "from workloads.affine import workload\n"
        "if __name__ == '__main__':\n"
        f"    strategy = create('shared-memory[{method}]')\n"
        "    strategy.open(2)\n"
        "    results = [strategy.run(workload, workload.make(40, seed), 2) for seed in range(3)]\n"
        "    view = results[0][3:]\n"
        "    strategy.close()\n"
    )
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=PATIENCE,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, "")


@pytest.mark.skipif("fork" not in get_all_start_methods(), reason="this system cannot fork")
def test_a_worker_that_is_forked_beside_a_busy_tracker_is_none_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another thread talks to the resource tracker while workers are forked, they attach segments still."""
    fork, lock = os.fork, resource_tracker._resource_tracker._lock  # type: ignore[attr-defined]  # not in typeshed

    def fork_beside() -> int:
        held, done = threading.Event(), threading.Event()

        def talk() -> None:
            with lock:
                held.set()
                done.wait()

        thread = threading.Thread(target=talk)
        thread.start()
        held.wait()
        pid = fork()
        if pid:
            done.set()
            thread.join()
        return pid

    monkeypatch.setattr(os, "fork", fork_beside)
    workload = WORKLOADS[0]
    with opened_at("shared-memory[fork]", 2) as strategy:
        data = workload.make(8, 0)
        assert strategy.check(workload, outcome(strategy, workload), data) == ""


def test_too_little_shared_memory_is_said_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A result larger than the store of shared memory is a MemoryError with advice, not a killed worker."""
    from parbench.strategies import shared_memory

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
    with opened_at("shared-memory", 2) as strategy:
        view = strategy.run(workload, workload.make(40, 1), 2)[5:]
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
            with create("dask-distributed", options) as strategy:
                strategy.open(cores)
                workers = set(strategy.run(workload, list(range(12)), 12))
                assert len(workers) <= cores
                assert psutil.Process().pid not in workers
        with create("dask-distributed", options) as strategy, pytest.raises(UsageError, match="3 are needed"):
            strategy.open(3)
        elsewhere = kernels.listed(types.FunctionType(kernels.who.__code__, {}))
        elsewhere.kernel.__module__ = "nowhere.at_all"
        with create("dask-distributed", options) as strategy:
            strategy.open(1)
            with pytest.raises(UsageError, match=r"cannot import 'nowhere\.at_all': start them where"):
                strategy.run(elsewhere, [1], 1)
        each = Workload.each(elsewhere.kernel, name="each", make=lambda size, seed: [1], sizes=(1,))
        with create("dask-distributed", options) as strategy:
            strategy.open(1)
            with pytest.raises(UsageError, match=r"cannot import 'nowhere\.at_all': start them where"):
                strategy.run(each, [1], 1)
        assert len(cluster.scheduler_info["workers"]) == 2, "the cluster is not ours to stop"


def test_a_scheduler_that_is_not_there_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address without a scheduler is refused in one sentence that says how to write one."""
    monkeypatch.setattr("parbench.strategies.dask_distributed.CONNECT_SECONDS", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        strategy = create("dask-distributed", {"dask_scheduler": address})
        with strategy, pytest.raises(UsageError, match="give one as tcp://HOST:PORT"):
            strategy.open(1)


def test_the_default_start_method_is_the_same_on_every_python() -> None:
    """`multiprocessing` without a variant forks on Linux and spawns elsewhere."""
    from parbench.strategies.worker_pool import DEFAULT_METHOD

    expected = "fork" if sys.platform == "linux" else "spawn"
    assert expected == DEFAULT_METHOD


def test_an_interpreter_without_fork_spawns() -> None:
    """If Python cannot fork, the default is spawn and fork is refused, although multiprocessing lists it."""
    script = """
import os
del os.fork
from parbench.errors import UsageError
from parbench.strategies import worker_pool
assert worker_pool.DEFAULT_METHOD == "spawn"
try:
    worker_pool.context_of("fork")
except UsageError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "this system cannot start processes by 'fork': choose another start method." in done.stdout
