"""The peak memory of a process tree, sampled from outside while it works."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

from parbench.machine import cpus

#: Time between two samples.
SAMPLE_SECONDS = 0.005


def tree_bytes(pid: int) -> int:
    """The memory of the tree now: its proportional set size if the kernel reports it, else its resident size.

    In a proportional size, a page shared by n processes counts 1/n in each, so once in the tree. A tree that was forked
    from a template shares pages with that, too: they count once, as if the template did not exist.
    """
    command = _template_command(pid)
    total = inherited = 0
    for each in cpus.tree(pid):
        sizes = _sizes(each)
        if "Pss" not in sizes:
            total += _resident_bytes(each)
        elif command and _command(each) == command:
            shared = max(0, sizes["Anonymous"] - sizes["Private_Dirty"])
            total += sizes["Pss"] - sizes["Pss_Anon"] + sizes["Anonymous"] - shared
            inherited = max(inherited, shared)
        else:
            total += sizes["Pss"]
    return total + inherited


def _template_command(pid: int) -> bytes:
    """The command line of the template that a process was forked from; empty if this process has started it."""
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return b""
    command = _command(pid)
    return command if parent not in (os.getpid(), 1) and command == _command(parent) else b""


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _sizes(pid: int) -> dict[str, int]:
    """The sizes of a process by their names in the kernel, in bytes; empty if it does not report them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    sizes = {name: int(size.split()[0]) * 1024 for name, _, size in (line.partition(":") for line in lines)}
    return {"Pss_Anon": 0, "Anonymous": 0, "Private_Dirty": 0, **sizes}  # older kernels lack some


def _resident_bytes(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it has ended
        return 0


class PeakWatch:
    """``with PeakWatch(pid) as watch: …`` and then ``watch.peak_bytes``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak_bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._done.is_set():
            self.peak_bytes = max(self.peak_bytes, tree_bytes(self.pid))
            self._done.wait(SAMPLE_SECONDS)

    def __enter__(self) -> PeakWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
