"""The CPUs a run may use, pinning to them, and the CPU time of a process tree.

Imported in every arm: standard library only. All functions work under Linux; some are limited elsewhere.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from parbench.errors import UsageError

PROC = Path("/proc")
CPU_FOLDER = Path("/sys/devices/system/cpu")
CGROUP_ROOT = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def usable(folder: Path = CPU_FOLDER) -> list[int]:
    """The CPUs that this process may run on, one of each physical core first, then their siblings."""
    allowed = os.sched_getaffinity(0) if sys.platform == "linux" else range(os.cpu_count() or 1)
    return cores_first(allowed, {cpu: _siblings(cpu, folder) for cpu in allowed})


def cores_first(cpus: Iterable[int], siblings: Mapping[int, Collection[int]]) -> list[int]:
    """Order `cpus` so that the first of every physical core comes before the second of any."""
    known = set(cpus)

    def rank(cpu: int) -> tuple[int, int]:
        return sum(1 for other in siblings.get(cpu, ()) if other in known and other < cpu), cpu

    return sorted(known, key=rank)


def _siblings(cpu: int, folder: Path) -> list[int]:
    for name in ("core_cpus_list", "thread_siblings_list"):  # older kernels have the second name
        try:
            return parse_list((folder / f"cpu{cpu}" / "topology" / name).read_text())
        except (OSError, ValueError):
            continue
    return [cpu]


def parse_list(text: str) -> list[int]:
    """Read the kernel's list of CPUs: ``0-2,8`` is ``[0, 1, 2, 8]``."""
    cpus: list[int] = []
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        cpus.extend(range(int(first), int(last or first) + 1))
    return cpus


def cgroup_folders(controller: str, own: Path = OWN_CGROUP, root: Path = CGROUP_ROOT) -> Iterator[Path]:
    """The folders of this process's control groups, innermost first, of version 2 and then of `controller`.

    Any of them may set a limit, and the smallest limit applies. Inside a container the listed path often exists on the
    host only, while the root of the mount is the group of the container.
    """
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        inside = Path(*(part for part in Path(path).parts if part not in ("/", "..")))
        for mount in ("", "unified") if not controllers else dict.fromkeys((controller, controllers)):
            for group in (inside, *inside.parents):
                if (folder := root / mount / group).is_dir():
                    yield folder


def quota(own: Path = OWN_CGROUP, root: Path = CGROUP_ROOT) -> float | None:
    """The CPU time that the control groups grant, in cores; None without a limit."""
    limits = [limit for folder in cgroup_folders("cpu", own, root) if (limit := _quota_of(folder)) is not None]
    return min(limits, default=None)


def _quota_of(folder: Path) -> float | None:
    try:
        if (both := folder / "cpu.max").exists():
            granted, period = both.read_text().split()
        else:
            granted, period = ((folder / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
        return int(granted) / int(period) if int(granted) > 0 else None
    except (OSError, ValueError):  # no such file, or the word "max"
        return None


def count() -> int:
    """The number of cores that a run may use: the smaller of the affinity mask and the whole cores of the quota."""
    cores, granted = len(usable()), quota()
    return cores if granted is None else min(cores, max(1, int(granted)))


def cores_axis(limit: int) -> list[int]:
    """The core counts to measure: 1, 2, 4, … below `limit`, and `limit` itself."""
    doubled = (2**power for power in range(limit.bit_length()))
    return sorted({cores for cores in doubled if cores < limit} | {limit})


def can_pin() -> bool:
    """Whether processes can be pinned to CPUs here; macOS and some sandboxes do not allow it."""
    if sys.platform != "linux":
        return False
    try:
        os.sched_setaffinity(0, os.sched_getaffinity(0))
    except OSError:
        return False
    return True


def pin_self(cpus: Iterable[int]) -> None:
    """Pin the calling thread, and the threads and processes that it starts later, to `cpus`.

    Raises UsageError if this process may not use one of them, or if the system cannot pin.
    """
    _pin(0, set(cpus))


def pin_tree(pid: int, cpus: Iterable[int]) -> None:
    """Pin every thread of process `pid` and of its descendants to `cpus`, except those that have ended.

    Takes some tens of microseconds per process. Raises UsageError as `pin_self` does.
    """
    wanted = set(cpus)
    for process in tree(pid):
        for thread in _threads(process):
            _pin(int(thread), wanted)


def _pin(thread: int, cpus: set[int]) -> None:
    if sys.platform != "linux":
        raise UsageError("this system cannot pin processes to CPUs: run without pinning.")
    try:
        os.sched_setaffinity(thread, cpus)
        # A cpuset removes CPUs without an error, so read the result.
        granted = os.sched_getaffinity(thread)
    except ProcessLookupError:
        return
    except (OSError, ValueError, OverflowError):
        granted = None
    if granted != cpus:
        raise UsageError(
            f"cannot pin to CPUs {sorted(cpus)}: name only CPUs that exist here and that this process may use."
        )


def tree(pid: int) -> list[int]:
    """Process `pid` and all its descendants, parents before children; empty if it has ended."""
    if not _lists_children():
        return _tree_by_psutil(pid)
    processes = [pid] if _threads(pid) else []
    for process in processes:  # which grows in the loop
        for thread in _threads(process):
            # A child whose parent thread ends moves to another thread, but counts once.
            processes.extend(child for child in _children(process, thread) if child not in processes)
    return processes


@cache
def _lists_children() -> bool:
    """Whether the kernel lists the children of a thread; it is an option of its build."""
    return (PROC / "self" / "task" / str(os.getpid()) / "children").exists()


def _threads(process: int) -> list[str]:
    try:
        return os.listdir(f"{PROC}/{process}/task")
    except OSError:
        return []


def _children(process: int, thread: str) -> list[int]:
    # os.open and os.read take a third of the time of Path.read_text, and an arm calls this before each sample.
    try:
        file = os.open(f"{PROC}/{process}/task/{thread}/children", os.O_RDONLY)
    except OSError:
        return []
    try:
        text = b""
        while piece := os.read(file, 65536):
            text += piece
        return [int(child) for child in text.split()]
    except OSError:
        return []
    finally:
        os.close(file)


def _tree_by_psutil(pid: int) -> list[int]:
    try:
        import psutil
    except ImportError:
        return [pid]
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return []


def tree_cpu_seconds(pid: int) -> float | None:
    """CPU seconds that process `pid` and its live descendants have used so far; None if they cannot be read.

    For the calling process this includes children that have ended and been waited for, so that the difference of two
    readings includes processes that started and ended in between.
    """
    if sys.platform != "linux":
        return None
    used = sum(process_cpu_ns(tree(pid)).values())
    return (used + (_ended_children_ns() if pid == os.getpid() else 0)) / 1e9


def seconds_waited(file: str = "/proc/thread-self/schedstat") -> float:
    """Seconds that this thread has waited so far for a busy CPU; 0 if the system does not count them.

    Other programs are no property of the workload. Waiting for the GIL, or for data, does not count.
    """
    try:
        opened = os.open(file, os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(os.read(opened, 100).split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
    finally:
        os.close(opened)


def process_cpu_ns(processes: Iterable[int]) -> dict[int, int]:
    """The CPU time that each process has used so far, ns; 0 if it has ended. Empty if it cannot be read."""
    # This is the number of the CPU clock of a process under Linux (as from clock_getcpuclockid in the C library).
    # Unlike schedstat it is one call for all threads, and threads that have ended still count.
    return {each: _clock_ns((~each << 3) | 2) for each in processes} if sys.platform == "linux" else {}


def thread_cpu_ns() -> dict[int, int]:
    """The same for each thread of this process, by its native number."""
    # as above, with the bit for one thread (pthread_getcpuclockid); schedstat lags by up to a tick
    threads = _threads(os.getpid())
    return {int(each): _clock_ns((~int(each) << 3) | 6) for each in threads} if sys.platform == "linux" else {}


def _clock_ns(clock: int) -> int:
    try:
        return time.clock_gettime_ns(clock)
    except OSError:  # it has ended
        return 0


def _ended_children_ns() -> int:
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round((usage.ru_utime + usage.ru_stime) * 1e9)
