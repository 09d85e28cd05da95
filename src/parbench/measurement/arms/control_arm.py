"""The control arm: wakes CPUs, and reads their rates together, as processes that share nothing.

One process per CPU runs a loop of pure Python (`compute`), or streams over private arrays: `memory` is the triad
``a = b + s*c`` of McCalpin's STREAM benchmark (1995), `copy` is ``a = b``. The ceiling of n cores is the sum of their
rates divided by the rate of one core alone: n on an ideal machine, less on a real one.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Collection
from multiprocessing.connection import Connection
from typing import Any

from parbench.machine import cpus
from parbench.measurement.arms.keep_awake import IdlePreventers
from parbench.measurement.arms.protocol import ControlSpec, Done, Duration, Rate
from parbench.strategies.worker_pool import DEFAULT_METHOD

#: Seconds of one reading.
READING_SECONDS = 0.008
#: Seconds of work until CPUs are fully awake: a virtual CPU that has slept comes back late, and often on a busy core of
#: the host, where it then stays for a while.
WAKING_SECONDS = 0.01
#: Fewest bytes that are streamed over: with fewer, the calls themselves would count.
LEAST_BYTES = 24_000
#: Most bytes that are streamed over: no cache holds more anyway.
MOST_BYTES = 256_000_000
#: Passes over its arrays per turn of a loop; reading or writing each array once is one pass. As in STREAM, what a store
#: reads before it overwrites is not counted. NumPy takes two steps for the triad, with five arrays instead of three.
PASSES = {"memory": 5 / 3, "copy": 1.0}


def spin(turns: int) -> None:
    """Run a loop of pure Python."""
    for _ in range(turns):
        pass


def triad(size: int) -> Callable[[int], None]:
    """A loop of the triad over arrays of `size` bytes together."""
    import numpy as np

    out, left, right = (np.ones(size // 24) for _ in range(3))

    def stream(turns: int) -> None:
        for _ in range(turns):
            np.multiply(right, 3.0, out=out)
            np.add(left, out, out=out)

    return stream


def copy(size: int) -> Callable[[int], None]:
    """A loop that copies one array to another, of `size` bytes together."""
    import numpy as np

    out, left = (np.ones(size // 16) for _ in range(2))

    def stream(turns: int) -> None:
        for _ in range(turns):
            np.copyto(out, left)

    return stream


#: The loop of each kind of reading, made from its bytes.
WORK: dict[str, Callable[[int], Callable[[int], None]]] = {
    "compute": lambda size: spin,
    "memory": triad,
    "copy": copy,
}


def seconds_of(work: Callable[[int], None], turns: int) -> float:
    """Seconds of `turns` turns."""
    began = time.perf_counter_ns()
    work(turns)
    return (time.perf_counter_ns() - began) / 1e9


def calibrate(work: Callable[[int], None]) -> int:
    """The number of turns that take about `READING_SECONDS`."""
    turns = 1
    while (seconds := seconds_of(work, turns)) < READING_SECONDS / 4:
        turns *= 4
    return max(1, round(turns * READING_SECONDS / seconds))


def serve(pipe: Connection, cpu: int | None) -> None:
    """Run one pinned worker: it receives (kind, bytes, turns) and sends seconds, or for 0 turns the number to take."""
    if cpu is not None:
        cpus.pin_self([cpu])
    current = ("compute", 0)
    work: Callable[[int], None] = spin
    while True:
        try:
            kind, size, turns = pipe.recv()
        except EOFError:
            return
        if (kind, size) != current:
            work = spin  # frees the arrays before it makes others
            current, work = (kind, size), WORK[kind](size)
            work(1)
        pipe.send(seconds_of(work, turns) if turns else calibrate(work))


class ControlSampler:
    """Keeps one worker per CPU, and reads on request the rate of some of them together."""

    def __init__(self, spec: ControlSpec) -> None:
        self.spec = spec
        self.pipes: dict[int, Connection] = {}
        self.workers: list[Any] = []
        self.turns: dict[tuple[str, int], int] = {}
        self.idle_preventers = IdlePreventers([])

    def open(self) -> Duration:
        began = time.perf_counter_ns()
        context: Any = multiprocessing.get_context(DEFAULT_METHOD)
        for cpu in self.spec.cpus:
            ours, theirs = context.Pipe()
            worker = context.Process(target=serve, args=(theirs, cpu if self.spec.pinned else None), daemon=True)
            worker.start()
            self.pipes[cpu] = ours
            self.workers.append(worker)
        self._turns("compute", 0)
        if self.spec.keep_awake:
            self.idle_preventers = IdlePreventers(self.spec.cpus)
        return Duration((time.perf_counter_ns() - began) / 1e9)

    def _turns(self, kind: str, size: int) -> int:
        """The number of turns of this kind over `size` bytes that make a reading."""
        if (kind, size) not in self.turns:
            self.turns[kind, size] = int(self._ask(self.spec.cpus[:1], kind, size, 0)[0])
        return self.turns[kind, size]

    def _ask(self, where: Collection[int], kind: str, size: int, turns: int) -> list[float]:
        for cpu in where:
            self.pipes[cpu].send((kind, size, turns))
        return [float(self.pipes[cpu].recv()) for cpu in where]

    def wake(self, cpus: list[int]) -> Done:
        """Keep these CPUs busy until they are fully awake."""
        self._ask(cpus, "compute", 0, round(self._turns("compute", 0) * WAKING_SECONDS / READING_SECONDS))
        return Done()

    def keep_awake(self) -> Done:
        """Let no CPU idle from now on."""
        self.idle_preventers.work()
        return Done()

    def rest(self) -> Done:
        """Use no CPU from now on."""
        self.idle_preventers.rest()
        return Done()

    def rate(self, bound: str, cpus: list[int], size: int) -> Rate:
        """The rate of these CPUs together: turns of the loop, or bytes, per second.

        Memory-bound work is shared out as by a strategy: each CPU streams over its part of `size` bytes.
        """
        if bound == "compute":
            turns = self._turns(bound, 0)
            return Rate(sum(turns / seconds for seconds in self._ask(cpus, bound, 0, turns)))
        part = min(MOST_BYTES, max(LEAST_BYTES, size)) // len(cpus)
        turns = self._turns(bound, part)
        self._ask(cpus, bound, part, 1)  # makes the arrays, if there are none yet
        moved = part * PASSES[bound] * turns
        return Rate(sum(moved / seconds for seconds in self._ask(cpus, bound, part, turns)))

    def close(self) -> Duration:
        began = time.perf_counter_ns()
        self.idle_preventers.close()
        for pipe in self.pipes.values():
            pipe.close()
        for worker in self.workers:
            worker.terminate()
            worker.join()
        return Duration((time.perf_counter_ns() - began) / 1e9)
