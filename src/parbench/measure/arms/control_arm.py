"""The control arm: it wakes CPUs, and reads what they really give together, as processes that share nothing.

One process a CPU spins in pure Python (`compute`), or streams over private arrays: `memory` is the triad
``a = b + s*c`` of McCalpin's STREAM benchmark (1995), `copy` is ``a = b``. The ceiling of n cores is the sum of their
rates divided by the rate of one alone: n on an ideal machine, less on a real one.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Collection
from multiprocessing.connection import Connection
from typing import Any

from parbench.machine import cpus
from parbench.measure.arms.keep_awake import IdlePreventers
from parbench.measure.arms.protocol import ControlSpec, Done, Duration, Rate

#: How long one process works for one reading, seconds.
READING = 0.008
#: How long CPUs work to be fully awake, seconds: a virtual CPU that has slept comes back late, and often on a busy core
#: of the host, where it then stays for a while.
WAKING = 0.01
#: The least and the most bytes that are streamed over: below, calls would count; above, no cache holds them anyway.
LEAST_BYTES, MOST_BYTES = 24_000, 256_000_000
#: How often a turn goes through its arrays, where reading or writing each once is once. Bytes are counted as STREAM
#: counts them: what a store reads because it is about to be overwritten is none. The triad takes NumPy two steps, which
#: go through five arrays and not three.
PASSES = {"memory": 5 / 3, "copy": 1.0}


def spin(turns: int) -> None:
    """A fixed amount of pure Python."""
    for _ in range(turns):
        pass


def triad(size: int) -> Callable[[int], None]:
    """A fixed amount of memory traffic over arrays of `size` bytes together."""
    import numpy as np

    out, left, right = (np.ones(size // 24) for _ in range(3))

    def stream(turns: int) -> None:
        for _ in range(turns):
            np.multiply(right, 3.0, out=out)
            np.add(left, out, out=out)

    return stream


def copy(size: int) -> Callable[[int], None]:
    """A fixed amount of copying from one array to another, of `size` bytes together."""
    import numpy as np

    out, left = (np.ones(size // 16) for _ in range(2))

    def stream(turns: int) -> None:
        for _ in range(turns):
            np.copyto(out, left)

    return stream


#: What is made for each kind of reading, given its bytes.
WORK: dict[str, Callable[[int], Callable[[int], None]]] = {
    "compute": lambda size: spin,
    "memory": triad,
    "copy": copy,
}


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
    """One pinned worker: (kind, bytes, turns) in, seconds out; no turns ask how many to take."""
    if cpu is not None:
        cpus.pin_self([cpu])
    held = ("compute", 0)
    work: Callable[[int], None] = spin
    while True:
        try:
            kind, size, turns = pipe.recv()
        except EOFError:
            return
        if (kind, size) != held:
            work = spin  # frees the arrays before there are others
            held, work = (kind, size), WORK[kind](size)
            work(1)
        pipe.send(seconds_of(work, turns) if turns else calibrate(work))


class ControlSampler:
    """Keeps one worker a CPU, and reads on request how fast some of them work together."""

    def __init__(self, spec: ControlSpec) -> None:
        self.spec = spec
        self.pipes: dict[int, Connection] = {}
        self.workers: list[Any] = []
        self.turns: dict[tuple[str, int], int] = {}
        self.keepers = IdlePreventers([])

    def open(self) -> Duration:
        began = time.perf_counter_ns()
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        for cpu in self.spec.cpus:
            ours, theirs = context.Pipe()
            worker = context.Process(target=serve, args=(theirs, cpu if self.spec.pinned else None), daemon=True)
            worker.start()
            self.pipes[cpu] = ours
            self.workers.append(worker)
        self._turns("compute", 0)
        if self.spec.keep_awake:
            self.keepers = IdlePreventers(self.spec.cpus)
        return Duration((time.perf_counter_ns() - began) / 1e9)

    def _turns(self, kind: str, size: int) -> int:
        """How many turns of this kind over `size` bytes make a reading."""
        if (kind, size) not in self.turns:
            self.turns[kind, size] = int(self._ask(self.spec.cpus[:1], kind, size, 0)[0])
        return self.turns[kind, size]

    def _ask(self, where: Collection[int], kind: str, size: int, turns: int) -> list[float]:
        for cpu in where:
            self.pipes[cpu].send((kind, size, turns))
        return [float(self.pipes[cpu].recv()) for cpu in where]

    def wake(self, cpus: list[int]) -> Done:
        """Keep these CPUs busy until they are fully awake."""
        self._ask(cpus, "compute", 0, round(self._turns("compute", 0) * WAKING / READING))
        return Done()

    def keep_awake(self) -> Done:
        """Let no CPU idle from now on."""
        self.keepers.work()
        return Done()

    def rest(self) -> Done:
        """Leave the CPUs alone from now on."""
        self.keepers.rest()
        return Done()

    def rate(self, bound: str, cpus: list[int], size: int) -> Rate:
        """How much these CPUs do together: turns of the loop, or bytes, a second.

        Memory-bound work is shared out as a strategy does it: each streams over its part of `size` bytes.
        """
        if bound == "compute":
            turns = self._turns(bound, 0)
            return Rate(sum(turns / seconds for seconds in self._ask(cpus, bound, 0, turns)))
        part = min(MOST_BYTES, max(LEAST_BYTES, size)) // len(cpus)
        turns = self._turns(bound, part)
        self._ask(cpus, bound, part, 1)  # makes the arrays, where they are not there yet
        moved = part * PASSES[bound] * turns
        return Rate(sum(moved / seconds for seconds in self._ask(cpus, bound, part, turns)))

    def close(self) -> Duration:
        began = time.perf_counter_ns()
        self.keepers.close()
        for pipe in self.pipes.values():
            pipe.close()
        for worker in self.workers:
            worker.terminate()
            worker.join()
        return Duration((time.perf_counter_ns() - began) / 1e9)
