"""Keeps CPUs from idling between samples: what a host does with a virtual CPU that idles spoils the samples after."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterable
from multiprocessing.process import BaseProcess

from parbench.machine import cpus

#: They work at least so long at a time; with 0, 3 and 8 ms, samples after became steadier each time. Seconds.
LEAST = 0.005


def spin(cpu: int) -> None:
    """Keep one CPU busy for ever, but never from anybody else's work."""
    cpus.pin_self([cpu])
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while True:
        pass


class IdlePreventers:
    """One process a CPU that spins until told to rest.

    They rest while a sample is taken: the one CPU of a serial arm should have its core to itself, and Linux takes a CPU
    that spins for a busy one when it spreads threads over CPUs.
    """

    def __init__(self, where: Iterable[int]) -> None:
        context = multiprocessing.get_context("fork")
        self.processes: list[BaseProcess] = [context.Process(target=spin, args=(cpu,), daemon=True) for cpu in where]
        for process in self.processes:
            process.start()
        self._signal(signal.SIGSTOP)
        self.since: float | None = None

    def work(self) -> None:
        """Spin from now on."""
        self._signal(signal.SIGCONT)
        self.since = time.monotonic()

    def rest(self) -> None:
        """Sleep from now on, or as soon as they have worked for `LEAST`."""
        if self.since is not None and self.processes:
            time.sleep(max(0.0, self.since + LEAST - time.monotonic()))
        self._signal(signal.SIGSTOP)
        self.since = None

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes:
            assert process.pid is not None
            os.kill(process.pid, number)
