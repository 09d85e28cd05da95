"""The control arm: it wakes CPUs, and reads what they really give together, as processes that share nothing.

One process a CPU spins in pure Python (`compute`) or streams over private arrays (`memory`, the triad
``a = b + s*c`` of McCalpin's STREAM benchmark, 1995). The ceiling of n cores is the sum of their
rates divided by the rate of one alone: n on an ideal machine, less on a real one.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Collection
from multiprocessing.connection import Connection
from typing import Any

from parbench import cpus
from parbench.protocol import CeilingSpec

#: How long one process works for one reading, seconds; and the length of each of its three arrays.
READING = 0.008
#: How long CPUs work to be fully awake, seconds: a virtual CPU that has slept comes back late, and often on a busy core
#: of the host, where it then stays for a while.
WAKING = 0.05
TRIAD_ELEMENTS = 1_000_000


def spin(turns: int) -> None:
    """A fixed amount of pure Python."""
    for _ in range(turns):
        pass


def triad() -> Callable[[int], None] | None:
    """A fixed amount of memory traffic; None where NumPy is not installed."""
    try:
        import numpy as np
    except ImportError:
        return None
    out, left, right = (np.ones(TRIAD_ELEMENTS) for _ in range(3))

    def stream(turns: int) -> None:
        for _ in range(turns):
            np.multiply(right, 3.0, out=out)
            np.add(left, out, out=out)

    return stream


def seconds_of(work: Callable[[int], None], turns: int) -> float:
    """How long `turns` turns take."""
    began = time.perf_counter_ns()
    work(turns)
    return (time.perf_counter_ns() - began) / 1e9


def calibrate(work: Callable[[int], None]) -> int:
    """How many turns take about `READING`."""
    turns = 1
    while (seconds := seconds_of(work, turns)) < READING / 4:
        turns *= 4
    return max(1, round(turns * READING / seconds))


def serve(pipe: Connection, cpu: int | None) -> None:
    """One pinned worker: (bound, turns) in, seconds out; turns 0 asks for the calibrated number."""
    if cpu is not None:
        cpus.pin_self([cpu])
    works: dict[str, Callable[[int], None]] = {"compute": spin}
    if (stream := triad()) is not None:
        works["memory"] = stream
    pipe.send(list(works))
    while True:
        try:
            bound, turns = pipe.recv()
        except EOFError:
            return
        pipe.send(seconds_of(works[bound], turns) if turns else calibrate(works[bound]))


class CeilingSampler:
    """Keeps one worker a CPU, and reads on request how long the same work takes on some of them together."""

    def __init__(self, spec: CeilingSpec) -> None:
        self.spec = spec
        self.pipes: dict[int, Connection] = {}
        self.workers: list[Any] = []
        self.turns: dict[str, int] = {}

    def open(self) -> dict[str, Any]:
        began = time.perf_counter_ns()
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        for cpu in self.spec.cpus:
            ours, theirs = context.Pipe()
            worker = context.Process(target=serve, args=(theirs, cpu if self.spec.pinned else None), daemon=True)
            worker.start()
            self.pipes[cpu] = ours
            self.workers.append(worker)
        bounds = min((pipe.recv() for pipe in self.pipes.values()), key=len)
        self.turns = {bound: self._ask(self.spec.cpus[:1], bound, 0)[0] for bound in bounds}
        seconds = (time.perf_counter_ns() - began) / 1e9
        return {"seconds": seconds, "bounds": bounds}

    def _ask(self, where: Collection[int], bound: str, turns: int) -> list[Any]:
        for cpu in where:
            self.pipes[cpu].send((bound, turns))
        return [self.pipes[cpu].recv() for cpu in where]

    def prepare(self, bound: str, cpus: list[int], wake: bool) -> dict[str, Any]:
        """Wake these CPUs where asked to; then the seconds that each takes for the same work, all at once."""
        if wake:
            self._ask(cpus, "compute", round(self.turns["compute"] * WAKING / READING))
        return {"seconds": self._ask(cpus, bound, self.turns[bound])}

    def close(self) -> dict[str, Any]:
        for pipe in self.pipes.values():
            pipe.close()
        for worker in self.workers:
            worker.terminate()
            worker.join()
        return {}
