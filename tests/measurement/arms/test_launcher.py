"""Arms that are forked from a template behave like arms that are started, and a template that is of no use is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from parbench.machine.peak_memory import tree_bytes
from parbench.measurement.arms.forked import ForkedProcess, can_fork
from parbench.measurement.arms.launcher import ForkingLauncher
from parbench.measurement.arms.process import ArmFailed, ArmProcess, start
from parbench.measurement.arms.protocol import ArmSpec, Open, TakeSample
from parbench.workload.cell import BASE, Cell
from parbench.workload.reference import Reference
from tests.measurement.arms.test_process import PATIENCE, alive, spec

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system has no descriptors of processes")
MODULE = """
import os, socket, threading
import parbench
{line}
workload = parbench.Workload.each(abs, name="made", make=lambda size, seed: [1] * size, sizes=[8])
"""


@contextmanager
def launched(specs: Sequence[ArmSpec]) -> Iterator[tuple[ForkingLauncher, list[ArmProcess]]]:
    """Arms of a launcher, which are ended afterwards; nothing of them may be left."""
    launcher, arms = ForkingLauncher(specs), []
    try:
        for each in specs:
            arm = launcher.launch(each, PATIENCE)
            assert isinstance(arm, ArmProcess)
            arms.append(arm)
        yield launcher, arms
    finally:
        for arm in arms:
            arm.end(1.0)
        launcher.end()
        until = time.monotonic() + PATIENCE
        while any(map(alive, arms)) and time.monotonic() < until:
            time.sleep(0.01)
        assert [alive(arm) for arm in arms] == [[] for _ in arms]


def is_forked(arm: ArmProcess) -> bool:
    """Whether an arm is a fork of a template."""
    return isinstance(arm._process, ForkedProcess)


def specs_of(folder: Path, line: str) -> list[ArmSpec]:
    """Three arms of a workload in a module with this line."""
    file = folder / "module_of_arms.py"
    file.write_text(MODULE.format(line=line))
    place = Reference("module_of_arms", str(file), "workload")
    return [ArmSpec(Cell("made", 8, "serial", 1), place, 1, [], [str(folder), *sys.path]) for _ in range(3)]


def test_forked_arms_measure_as_others_do() -> None:
    """Arms with threads and with processes are forked, answer every request, and end by themselves."""
    names = ["serial", "threads", "multiprocessing"]
    with launched([spec("good", name, 1 if name == "serial" else 2) for name in names]) as (launcher, arms):
        assert all(map(is_forked, arms))
        assert launcher.obstacle == ""
        for arm in arms:
            assert start(arm, PATIENCE).seconds > 0
            assert arm.ask(TakeSample([], 2), PATIENCE).seconds > 0
        assert len({os.getsid(arm.pid) for arm in arms}) == 3
        for arm in arms:
            assert arm.end(PATIENCE) is not None
            assert arm._process.returncode == 0


@pytest.mark.parametrize(("name", "reason"), [("exiting", "exit code 3"), ("killed", "killed by SIGKILL")])
def test_the_end_of_a_forked_arm_has_its_reason(name: str, reason: str) -> None:
    """The exit code, or the signal, of an arm that ends in a call is known, and the other arms go on."""
    with launched([spec(name), spec("good"), spec("good")]) as (_, arms):
        with pytest.raises(ArmFailed, match=reason) as failed:
            start(arms[0], PATIENCE)
        assert failed.value.status == "crash"
        assert start(arms[1], PATIENCE).seconds > 0


@pytest.mark.parametrize(
    ("line", "obstacle"),
    [
        ("threading.Thread(target=threading.Event().wait, daemon=True).start()", "starts threads"),
        ("kept = socket.socket()", "opens sockets"),
        ("kept = os.fork() or os.execvp('sleep', ['sleep', '0.2'])", "starts processes"),
        ("1 / 0", "raises ZeroDivisionError"),
    ],
)
def test_what_cannot_be_forked_is_started(tmp_path: Path, line: str, obstacle: str) -> None:
    """If importing the workload leaves what forks would lose or share, or fails, arms are new processes."""
    with launched(specs_of(tmp_path, line)) as (launcher, arms):
        assert launcher.obstacle == obstacle
        assert not any(map(is_forked, arms))


def test_a_template_that_ends_is_no_loss() -> None:
    """Arms survive the end of their template, and later ones are new processes; only exit codes are unknown then."""
    specs = [spec("good"), spec("exiting"), spec("good")]
    with launched(specs) as (launcher, arms):
        assert launcher._template is not None
        os.kill(launcher._template._process.pid, signal.SIGKILL)
        launcher._template._process.wait()
        assert start(arms[0], PATIENCE).seconds > 0
        with pytest.raises(ArmFailed, match="its process ended, and so did the process that knows its exit code, dur"):
            start(arms[1], PATIENCE)
        late = launcher.launch(specs[0], PATIENCE)
        assert isinstance(late, ArmProcess)
        arms.append(late)
        assert not is_forked(late)
        assert start(late, PATIENCE).seconds > 0


def test_twins_and_default_threads_are_not_forked() -> None:
    """Arms of a comparison, few arms, and arms whose libraries have other threads are new processes."""
    one, twin = spec("good"), spec("good")
    twin = replace(twin, cell=twin.cell.at(BASE))
    free = spec("good", "threads[default-blas]")
    for specs, forked in (([one, one, twin, twin], 0), ([one, one], 0), ([one, one, one, free], 3)):
        with launched(specs) as (_, arms):
            assert sum(map(is_forked, arms)) == forked


def test_memory_counts_what_an_arm_inherits() -> None:
    """The memory of a forked arm is about that of a started one, although most of its pages are shared."""
    plain = ArmProcess(spec("good"))
    try:
        plain.ask(Open(), PATIENCE)
        expected = tree_bytes(plain.pid)
    finally:
        plain.end(PATIENCE)
    with launched([spec("good")] * 4) as (_, arms):
        for arm in arms:
            arm.ask(Open(), PATIENCE)
        assert tree_bytes(arms[1].pid) == pytest.approx(expected, rel=0.25)


CAMPAIGN = """
import sys, time
from parbench.measurement.arms.launcher import ForkingLauncher
from parbench.measurement.arms.process import ArmProcess
from parbench.measurement.arms.protocol import MakeFirstCall, Open, encode
from tests.measurement.arms.test_process import spec

strategy = sys.argv[2]
specs = [spec("hanging", strategy, 2)] * 3
launcher = ForkingLauncher(specs if sys.argv[1] == "forked" else [])
arms = [launcher.launch(each, 60.0) for each in specs]
for arm in arms:
    arm.ask(Open(), 60.0)
    arm._send(encode(MakeFirstCall()))
print(*(arm.pid for arm in arms), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("strategy", ["multiprocessing", "futures-processes[spawn]"])
@pytest.mark.parametrize("kind", ["started", "forked"])
def test_arms_end_with_a_campaign_that_is_killed(kind: str, strategy: str, tmp_path: Path) -> None:
    """Arms in a call, and their workers, end if the process that asked for it is killed, and leave no file."""
    command, environ = [sys.executable, "-c", CAMPAIGN, kind, strategy], {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as campaign:
        assert campaign.stdout is not None
        arms = [int(pid) for pid in campaign.stdout.readline().split()]
        assert len(arms) == 3
        assert sum(session in arms for session in sessions()) >= 9
        campaign.kill()
    until = time.monotonic() + PATIENCE
    while any(session in arms for session in sessions()):
        assert time.monotonic() < until, "processes of the arms are left"
        time.sleep(0.05)
    assert list(tmp_path.iterdir()) == []
    assert [path for arm in arms for path in Path("/dev/shm").glob(f"*parbench[-_]{arm}*")] == []


def sessions() -> list[int]:
    """The sessions of all processes that run."""
    found = []
    for pid in psutil.pids():
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(os.getsid(pid))
        except (ProcessLookupError, psutil.Error):
            continue
    return found


def test_without_sockets_arms_are_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a plugin of pytest forbids sockets in tests, there is no template, and arms are started as processes."""

    def forbid(*_: object) -> None:
        raise RuntimeError("no sockets in tests")

    monkeypatch.setattr(socket, "socketpair", forbid)
    with launched([spec("good", "serial", 1)] * 3) as (launcher, arms):
        assert launcher.obstacle == ""
        assert all(type(arm._process) is subprocess.Popen for arm in arms)
