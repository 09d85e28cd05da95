"""Tests of the CPUs a run may use, of pinning, and of the CPU time of a process tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parbench.errors import UsageError
from parbench.machine import cpus

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc and affinity masks")

#: A process with a child and a second thread. It says the child's process id, then waits for its input to close.
FAMILY = """
import subprocess, sys, threading
code = "import sys; print(flush=True); sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
threading.Thread(target=threading.Event().wait, daemon=True).start()
print(child.pid, flush=True)
sys.stdin.read()
child.communicate()
"""
#: A process whose work is done by a thread that has ended. It says its CPU seconds, then waits as above.
WORKER = """
import sys, threading, time
thread = threading.Thread(target=lambda: sum(range(2_000_000)))
thread.start()
thread.join()
print(time.process_time(), flush=True)
sys.stdin.read()
"""


def start(code: str) -> subprocess.Popen[str]:
    """Run `code` in a child that lives until its input is closed."""
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that a child prints."""
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.fixture
def family() -> Iterator[tuple[int, int]]:
    """The process ids of a child with two threads and of its own child."""
    with start(FAMILY) as process:
        yield process.pid, int(line_of(process))
        process.communicate()


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("0\n", [0]), ("0-2,8", [0, 1, 2, 8]), ("1,3", [1, 3]), ("", []), ("4-4", [4])]
)
def test_parse_list(text: str, expected: list[int]) -> None:
    """The kernel's lists of CPUs are read with their ranges, and an empty one is empty."""
    assert cpus.parse_list(text) == expected


@pytest.mark.parametrize(
    ("allowed", "siblings", "expected"),
    [
        ([0, 1, 2, 3], {0: [0, 2], 2: [0, 2], 1: [1, 3], 3: [1, 3]}, [0, 1, 2, 3]),
        ([0, 1, 2, 3], {0: [0, 1], 1: [0, 1], 2: [2, 3], 3: [2, 3]}, [0, 2, 1, 3]),
        ([1, 2, 3], {1: [0, 1], 2: [2, 3], 3: [2, 3]}, [1, 2, 3]),
        ([5, 3], {}, [3, 5]),
    ],
)
def test_cores_first(allowed: list[int], siblings: dict[int, list[int]], expected: list[int]) -> None:
    """One CPU of each physical core comes first, and a sibling that may not be used makes nobody second."""
    assert cpus.cores_first(allowed, siblings) == expected


@on_linux
def test_usable_reads_the_topology(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the usable CPUs follows the topology files, the older kernels' name of them included."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3})
    for cpu, name in enumerate(["core_cpus_list", "core_cpus_list", "thread_siblings_list", "thread_siblings_list"]):
        write(tmp_path / f"cpu{cpu}" / "topology" / name, "0-1" if cpu < 2 else "2-3")
    assert cpus.usable(tmp_path) == [0, 2, 1, 3]


def test_usable_without_an_affinity_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """If there are no affinity masks, every CPU of the machine is usable."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert cpus.usable() == [0, 1, 2]


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "150000 100000"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "300000 100000"}, 3.0),
        ("0::/a/b\n", {"a/b/cpu.max": "400000 100000", "a/cpu.max": "50000 100000"}, 0.5),
        ("0::/a\n", {"a/cpu.max": "max 100000"}, None),
        ("0::/hosts/name\n", {"cpu.max": "200000 100000"}, 2.0),
        ("0::/../../other\n", {"cpu.max": "200000 100000"}, 2.0),
        ("0::/\n", {"unified/cpu.max": "200000 100000"}, 2.0),
        ("4:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "250000", "cpu/a/cpu.cfs_period_us": "100000"}, 2.5),
        ("4:cpu,acct:/\n", {"cpu,acct/cpu.cfs_quota_us": "50000", "cpu,acct/cpu.cfs_period_us": "50000"}, 1.0),
        ("4:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"}, None),
        ("4:cpuset:/a\n", {"cpuset/a/cpu.cfs_quota_us": "1", "cpuset/a/cpu.cfs_period_us": "1"}, None),
        ("", {}, None),
    ],
)
def test_quota(tmp_path: Path, groups: str, files: dict[str, str], expected: float | None) -> None:
    """The smallest limit of the own control group and those around it holds, in either version of them."""
    write(tmp_path / "own", groups)
    for name, text in files.items():
        write(tmp_path / "root" / name, text)
    assert cpus.quota(tmp_path / "own", tmp_path / "root") == expected


def test_quota_without_control_groups(tmp_path: Path) -> None:
    """A system without control groups sets no quota."""
    assert cpus.quota(tmp_path / "none", tmp_path) is None


@pytest.mark.parametrize(
    ("granted", "expected"), [(None, 4), (8.0, 4), (2.9, 2), (0.3, 1)], ids=["none", "more", "part", "below one"]
)
def test_count(monkeypatch: pytest.MonkeyPatch, granted: float | None, expected: int) -> None:
    """A run may use as many cores as both the mask and the whole cores of the quota allow, and one at least."""
    monkeypatch.setattr(cpus, "usable", lambda: [0, 1, 2, 3])
    monkeypatch.setattr(cpus, "quota", lambda: granted)
    assert cpus.count() == expected


@pytest.mark.parametrize(
    ("limit", "expected"), [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8]), (9, [1, 2, 4, 8, 9])]
)
def test_cores_axis(limit: int, expected: list[int]) -> None:
    """The core counts double from one, and end with the limit, which is listed once."""
    assert cpus.cores_axis(limit) == expected


@on_linux
def test_pin_tree_holds_every_thread(family: tuple[int, int]) -> None:
    """After pinning a tree, every thread of the process and of its child may run on the named CPU only."""
    wanted = {cpus.usable()[-1]}
    cpus.pin_tree(family[0], wanted)
    threads = [int(thread) for pid in family for thread in os.listdir(f"/proc/{pid}/task")]
    assert len(threads) == 3
    assert [os.sched_getaffinity(thread) for thread in threads] == [wanted] * 3


@on_linux
def test_pin_self_is_inherited() -> None:
    """Children of a pinned process are pinned, too."""
    wanted = cpus.usable()[-1]
    code = (
        f"import subprocess, sys; from parbench.machine import cpus; cpus.pin_self([{wanted}]);"
        "subprocess.run([sys.executable, '-c', 'import os; print(os.sched_getaffinity(0))'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str({wanted})


@on_linux
@pytest.mark.parametrize("absent", [[], [100_000], [-1], [2**40]])
def test_pin_refuses_what_is_not_there(family: tuple[int, int], absent: list[int]) -> None:
    """CPUs that do not exist are refused with a sentence that names them."""
    with pytest.raises(UsageError, match=r"cannot pin to CPUs \["):
        cpus.pin_tree(family[0], absent)


@on_linux
def test_pin_refuses_a_mask_that_was_cut(family: tuple[int, int]) -> None:
    """A CPU that the kernel silently leaves out of the mask is refused like any other."""
    with pytest.raises(UsageError, match="name only CPUs that exist"):
        cpus.pin_tree(family[0], [*cpus.usable(), 1000])


@on_linux
def test_pin_tree_passes_over_the_ended() -> None:
    """Pinning a process that has ended does nothing, and its tree is empty."""
    with start("") as process:
        process.communicate()
    cpus.pin_tree(process.pid, cpus.usable())
    assert cpus.tree(process.pid) == []


def test_without_masks_pinning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without affinity masks `can_pin` says no, and pinning all the same says what to do."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not cpus.can_pin()
    with pytest.raises(UsageError, match="run without pinning"):
        cpus.pin_self([0])


@on_linux
def test_can_pin_asks_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that forbids pinning is found out by trying."""

    def forbid(pid: int, mask: set[int]) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbid)
    assert not cpus.can_pin()


def test_tree(family: tuple[int, int]) -> None:
    """A tree is the process and its descendants, parents first, once each."""
    assert cpus.tree(family[0]) == list(family)
    assert set(family) < set(cpus.tree(os.getpid()))


@on_linux
def test_tree_where_the_kernel_lists_no_children(family: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """On kernels built without lists of children, the tree is found all the same."""
    monkeypatch.setattr(cpus, "_lists_children", lambda: False)
    assert cpus.tree(family[0]) == list(family)


@on_linux
def test_tree_cpu_seconds() -> None:
    """The CPU seconds of a child count while it lives, its ended threads included, and after it was waited for."""
    before = cpus.tree_cpu_seconds(os.getpid())
    with start(WORKER) as process:
        worked = float(line_of(process))
        alone, during = cpus.tree_cpu_seconds(process.pid), cpus.tree_cpu_seconds(os.getpid())
        process.communicate()
    after = cpus.tree_cpu_seconds(os.getpid())
    assert before is not None
    assert alone is not None
    assert during is not None
    assert after is not None
    assert alone >= worked > 0
    assert during - before >= worked
    assert after - before >= worked


def test_tree_cpu_seconds_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the clocks of other processes cannot be read, the CPU time is None and not a part of it."""
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cpus.tree_cpu_seconds(os.getpid()) is None


def test_time_without_a_cpu_is_read(tmp_path: Path) -> None:
    """The second number of the kernel's file is nanoseconds in the queue of a CPU; without the file it is 0."""
    file = tmp_path / "schedstat"
    assert cpus.seconds_waited(str(file)) == 0
    file.write_text("5000000000 1500000000 7\n")
    assert cpus.seconds_waited(str(file)) == 1.5
