"""Keeps CPUs from idling between samples: a host treats a virtual CPU that idles so that later samples are slower."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterable
from multiprocessing.process import BaseProcess
from typing import Any

from parbench.machine import cpus
from parbench.strategies.worker_pool import DEFAULT_METHOD

#: Seconds that each CPU is kept busy at least. Samples became steadier from 0 to 3 ms, and again from 3 to 8 ms.
LEAST_WORK_SECONDS = 0.005


def spin(cpu: int) -> None:
    """Keep one CPU busy, at a priority below all other work."""
    cpus.pin_self([cpu])
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while True:
        pass


class IdlePreventers:
    """One process per CPU that spins until it has to rest.

    They rest during a sample: a serial arm should have its core to itself, and Linux counts a CPU that spins as busy
    when it spreads threads over CPUs.
    """

    def __init__(self, cpus_to_keep: Iterable[int]) -> None:
        context: Any = multiprocessing.get_context(DEFAULT_METHOD)
        self.processes: list[BaseProcess] = [
            context.Process(target=spin, args=(cpu,), daemon=True) for cpu in cpus_to_keep
        ]
        for process in self.processes:
            process.start()
        self._signal(signal.SIGSTOP)
        self.working_since: float | None = None

    def work(self) -> None:
        """Spin from now on."""
        self._signal(signal.SIGCONT)
        self.working_since = time.monotonic()

    def rest(self) -> None:
        """Stop, as soon as the processes have worked for `LEAST_WORK_SECONDS`."""
        if self.working_since is not None and self.processes:
            time.sleep(max(0.0, self.working_since + LEAST_WORK_SECONDS - time.monotonic()))
        self._signal(signal.SIGSTOP)
        self.working_since = None

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes:
            assert process.pid is not None
            os.kill(process.pid, number)
