"""The two ends of a real arm: whatever the measured code does, there is an answer, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from parbench.machine import cpus
from parbench.measurement.arms.process import LIBRARY_THREADS, ArmFailed, ArmProcess, library_threads
from parbench.measurement.arms.protocol import (
    ArmSpec,
    ControlSpec,
    Done,
    KeepAwake,
    MakeCalls,
    MakeFirstCall,
    Open,
    ReadRate,
    Rest,
    TakeSample,
    Wake,
)
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference
from tests.support import kernels

PATIENCE = 60.0  # seconds for what must succeed


def spec(name: str, strategy: str = "serial", cores: int = 1) -> ArmSpec:
    """Spec of an arm that measures the workload of this name in the kernels of the tests."""
    assert kernels.__file__ is not None
    where = Reference("tests.support.kernels", kernels.__file__, name)
    return ArmSpec(Cell(name, 8, strategy, cores), where, 1, [], list(sys.path))


def alive(arm: ArmProcess) -> list[int]:
    """The processes of the arm's session that still run."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == arm.pid and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except (ProcessLookupError, psutil.Error):
            continue
    return found


@contextmanager
def started(what: ArmSpec | ControlSpec) -> Iterator[ArmProcess]:
    """A real arm, ended and looked for afterwards whatever happens."""
    arm = ArmProcess(what)
    try:
        yield arm
    finally:
        arm.end(1.0)
        until = time.monotonic() + PATIENCE
        while alive(arm) and time.monotonic() < until:  # a killed process takes a moment to go
            time.sleep(0.01)
        assert alive(arm) == []


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped."""
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


def is_idle_class(pid: int) -> bool:
    """Whether a process has the lowest scheduling priority."""
    return os.sched_getscheduler(pid) == os.SCHED_IDLE


def wait_until(arm: ArmProcess, count: int, state: Callable[[int], bool]) -> None:
    """Wait until so many processes of the arm's session are in a state; on a busy machine that takes a while."""
    until = time.monotonic() + PATIENCE
    while (now := sum(map(state, alive(arm)))) != count:
        assert time.monotonic() < until, f"{now} processes are in the state, not {count}"
        time.sleep(0.01)


def failure(name: str, strategy: str = "serial", cores: int = 1, patience: float = PATIENCE) -> ArmFailed:
    """Outcome of the first call of a failing workload."""
    with started(spec(name, strategy, cores)) as arm:
        arm.ask(Open(), PATIENCE)
        with pytest.raises(ArmFailed) as caught:
            arm.ask(MakeFirstCall(), patience)
        return caught.value


def test_an_arm_obeys() -> None:
    """Opening, the first call, a sample and closing are answered in plain numbers of seconds, and it ends by itself."""
    with started(spec("good", "multiprocessing", 2)) as arm:
        assert arm.ask(Open(), PATIENCE).seconds > 0
        first = arm.ask(MakeFirstCall(), PATIENCE)
        assert first.loops >= 1
        assert 0 < first.call_seconds <= first.seconds
        assert arm.ask(MakeFirstCall(1e-9), PATIENCE).call_seconds == 1e-9
        assert len(alive(arm)) >= 3
        sample = arm.ask(TakeSample([], 2), PATIENCE)
        assert sample.seconds > 0
        assert arm.ask(MakeCalls(0.0), PATIENCE) == Done()
        closed = arm.end(PATIENCE)
        assert closed is not None
        assert closed.seconds >= 0
        assert alive(arm) == []


def test_what_the_kernel_prints_disturbs_nothing() -> None:
    """Lines on standard output, even ones that look like answers, are not taken for answers."""
    with started(spec("chatty")) as arm:
        arm.ask(Open(), PATIENCE)
        assert arm.ask(MakeFirstCall(), PATIENCE).seconds < 1e6
        assert arm.ask(TakeSample([], 1), PATIENCE).seconds < 1e6


@pytest.mark.parametrize("name", ["closure", "closure_of_steps"])
def test_a_lambda_travels_to_workers(name: str) -> None:
    """A kernel that does not pickle, of chunks or of later steps, runs in worker processes all the same."""
    with started(spec(name, "multiprocessing", 2)) as arm:
        arm.ask(Open(), PATIENCE)
        assert arm.ask(MakeFirstCall(), PATIENCE).seconds > 0


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("different", "wrong", "the result is wrong"),
        ("raising", "error", "it raised ValueError: the kernel says no"),
        ("exiting", "crash", "exit code 3 during 'first'"),
        ("killed", "crash", "killed by SIGKILL during 'first'"),
        ("greedy", "memory", "ran out of memory"),
    ],
)
def test_a_failure_has_a_status_and_a_reason(name: str, status: str, reason: str) -> None:
    """A wrong result, an exception, an exit, a kill and a lack of memory are distinguished, each in a sentence."""
    failed = failure(name)
    assert failed.status == status
    assert reason in failed.reason
    assert failed.reason.endswith((".", "arguments", "False", ")"))


@pytest.mark.parametrize(
    ("strategy", "cores", "count"),
    [
        ("threads", 2, "1"),
        ("multiprocessing[spawn]", 2, "1"),
        ("library-threads", 2, "2"),
        ("numexpr", 2, "2"),
        ("numba", 2, "2"),
        ("threads[default-blas]", 2, None),
        ("multiprocessing[default-blas]", 2, None),
    ],
)
def test_libraries_get_the_threads_that_the_strategy_says(strategy: str, cores: int, count: str | None) -> None:
    """Every variable that a numeric library reads holds it to one thread, or to the cores, or is left alone."""
    found = library_threads(spec("good", strategy, cores))
    assert found == ({} if count is None else dict.fromkeys(LIBRARY_THREADS, count))


@pytest.mark.parametrize(
    ("name", "strategy"), [("told_two", "library-threads"), ("told_nothing", "multiprocessing[default-blas]")]
)
def test_an_arm_is_told_before_libraries_are_loaded(name: str, strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a strategy for libraries are in the environment of its arm, and of the arm's workers."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with started(spec(name, strategy, 2)) as arm:
        arm.ask(Open(), PATIENCE)
        assert arm.ask(MakeFirstCall(), PATIENCE).seconds > 0  # the workload looks for itself


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="semaphores are no files here")
@pytest.mark.parametrize(
    "strategy", ["joblib", "multiprocessing[spawn]", "futures-processes[forkserver]", "dask-processes"]
)
def test_a_killed_arm_leaves_nothing_in_shared_memory(strategy: str) -> None:
    """Its semaphores go with it, though it had no time to remove them."""
    if strategy == "joblib":
        pytest.importorskip("joblib", reason="joblib is not installed: pip install joblib")
    with started(spec("good", strategy, 2)) as arm:
        arm.ask(Open(), PATIENCE)
        pattern = f"*{arm.pid}*"
        assert list(Path("/dev/shm").glob(pattern))
        os.kill(arm.pid, signal.SIGKILL)
    assert list(Path("/dev/shm").glob(pattern)) == []


def test_an_arm_survives_an_exception() -> None:
    """After an exception it still answers, so that closing it is polite."""
    with started(spec("raising")) as arm:
        arm.ask(Open(), PATIENCE)
        with pytest.raises(ArmFailed):
            arm.ask(MakeFirstCall(), PATIENCE)
        assert arm.end(PATIENCE) is not None


@pytest.mark.parametrize(("strategy", "cores"), [("serial", 1), ("multiprocessing", 2)])
def test_what_hangs_is_given_up_at_the_deadline_and_killed(strategy: str, cores: int) -> None:
    """A call that never returns, here or in workers that ignore SIGTERM, is a timeout, and none of them lives on."""
    failed = failure("hanging", strategy, cores, patience=0.5)
    assert failed.status == "timeout"
    assert "no answer to 'first'" in failed.reason


def test_an_interrupted_wait_mixes_up_no_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """If Ctrl-C ends the wait for an answer, the next request gets its own answer and not the late one."""

    def interrupt(*given: object) -> bytes:
        raise KeyboardInterrupt

    with started(spec("good")) as arm:
        with monkeypatch.context() as patch:
            patch.setattr(arm, "_receive", interrupt)
            with pytest.raises(KeyboardInterrupt):
                arm.ask(Open(), PATIENCE)
        assert arm.ask(MakeFirstCall(), PATIENCE).loops >= 1


def test_an_arm_that_cannot_start_says_why() -> None:
    """A workload that is not there is an error that names it, not a crash."""
    with started(spec("nowhere")) as arm, pytest.raises(ArmFailed, match="no workload named 'nowhere'") as caught:
        arm.ask(Open(), PATIENCE)
    assert caught.value.status == "error"


def test_ending_twice_is_harmless() -> None:
    """A second end does nothing."""
    arm = ArmProcess(spec("good"))
    arm.ask(Open(), PATIENCE)
    assert arm.end(PATIENCE) is not None
    assert arm.end(PATIENCE) is None
    assert alive(arm) == []


def test_the_control_arm_reads_ceilings() -> None:
    """The ceiling's arm answers a positive rate for one CPU and for two, for every kind, and leaves no process."""
    with started(ControlSpec([0, 1], pinned=False)) as arm:
        arm.ask(Open(), PATIENCE)
        for bound in ("compute", "memory", "copy"):
            for where in ([0], [1, 0]):
                assert arm.ask(Wake(where), PATIENCE) == Done()
                assert arm.ask(ReadRate(bound, where, 10**6), PATIENCE).rate > 0
        assert len(alive(arm)) == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="CPUs are kept awake under Linux only")
def test_the_control_arm_keeps_cpus_awake() -> None:
    """Its keepers work at the lowest priority from the request to work until the request to rest."""
    where = cpus.usable()[:2]
    with started(ControlSpec(where, keep_awake=True)) as arm:
        arm.ask(Open(), PATIENCE)
        wait_until(arm, len(where), is_stopped)
        arm.ask(KeepAwake(), PATIENCE)
        wait_until(arm, 0, is_stopped)
        wait_until(arm, len(where), is_idle_class)
        arm.ask(Rest(), PATIENCE)
        wait_until(arm, len(where), is_stopped)
        assert arm.end(PATIENCE) is not None
