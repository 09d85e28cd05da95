"""The peak memory of a process tree, sampled from outside while it works."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

from parbench.machine import cpus

#: Time between two samples.
SAMPLE_SECONDS = 0.005


def tree_bytes(pid: int) -> int:
    """The memory of the tree now: its proportional set size if the kernel reports it, else its resident size.

    In a proportional size, a page shared by n processes counts 1/n in each, so once in the tree.
    """
    return sum(_process_bytes(each) for each in cpus.tree(pid))


def _process_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
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
