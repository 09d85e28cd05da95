"""The control arm: what the cores really give together, as pinned processes that share nothing.

One process a CPU spins in pure Python (`compute`) or streams over private arrays (`memory`, the triad
``a = b + s*c`` of McCalpin's STREAM benchmark, 1995). The ceiling of n cores is the sum of their
rates divided by the rate of one alone: n on an ideal machine, less on a real one.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from parbench import cpus
from parbench.protocol import CeilingSpec

#: How long one process works for one reading, seconds; and the length of each of its three arrays.
READING = 0.008
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
    """Keeps one worker a CPU and reads the ceilings on request."""

    def __init__(self, spec: CeilingSpec) -> None:
        self.spec = spec
        self.pipes: list[Connection] = []
        self.workers: list[Any] = []
        self.turns: dict[str, int] = {}

    def open(self) -> dict[str, Any]:
        began = time.perf_counter_ns()
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        for cpu in self.spec.cpus[: max(self.spec.cores)]:
            ours, theirs = context.Pipe()
            worker = context.Process(target=serve, args=(theirs, cpu if self.spec.pinned else None), daemon=True)
            worker.start()
            self.pipes.append(ours)
            self.workers.append(worker)
        bounds = min((pipe.recv() for pipe in self.pipes), key=len)
        self.turns = {bound: self._ask([self.pipes[0]], bound, 0)[0] for bound in bounds}
        return {"seconds": (time.perf_counter_ns() - began) / 1e9, "bounds": bounds}

    def _ask(self, pipes: list[Connection], bound: str, turns: int) -> list[Any]:
        for pipe in pipes:
            pipe.send((bound, turns))
        return [pipe.recv() for pipe in pipes]

    def sample(self, bound: str, turn: int) -> dict[str, Any]:
        """The ceiling of each core count for `bound`; `turn` moves the lone worker from CPU to CPU."""
        turns = self.turns[bound]
        values = {}
        for cores in self.spec.cores:
            alone = [self.pipes[turn % len(self.pipes)]]
            before = self._ask(alone, bound, turns)[0]
            together = self._ask(self.pipes[:cores], bound, turns)
            after = self._ask(alone, bound, turns)[0]
            values[cores] = sum((before + after) / 2 / seconds for seconds in together)
        return {"values": {str(cores): value for cores, value in values.items()}}

    def first(self) -> dict[str, Any]:
        return {}

    def probe(self, seconds: float) -> dict[str, Any]:
        return {"seconds": seconds}

    def close(self) -> dict[str, Any]:
        for pipe in self.pipes:
            pipe.close()
        for worker in self.workers:
            worker.terminate()
            worker.join()
        return {}
