"""The child process that measures one cell: it opens the strategy, makes the first call, then obeys.

Run as ``python -m parbench.measure.arms.cell_arm``. Requests come in on standard input and answers go out on standard
output, one JSON object a line; whatever the measured code prints goes to standard error instead.
Imports nothing but the standard library beside what its strategy and workload import.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from dataclasses import replace
from itertools import repeat
from statistics import median
from typing import Protocol, TextIO

from parbench.errors import MissingDependency, ParbenchError, WorkerDied
from parbench.machine import cpus
from parbench.measure.arms.protocol import (
    ArmSpec,
    CallTime,
    Close,
    ControlSpec,
    Done,
    Duration,
    Failure,
    FirstTimes,
    RecordFields,
    SampleTime,
    decode_request,
    decode_spec,
    encode,
)
from parbench.strategies.base import parts_of
from parbench.strategies.registry import create
from parbench.workload.cell import AUTO
from parbench.workload.reference import portable

#: A sample is at least this long: shorter calls are looped. Seconds.
SHORTEST_SAMPLE = 0.02
#: Calls from this length on are timed one by one, and their median counts: a host takes memory or a CPU away for longer
#: than a call lasts, and a scheduler puts two workers on one CPU for a call. A sample has at least so many of them, the
#: fewest of which the median leaves one such call out, as far as they fit this time. More would not help: samples a
#: second apart differ more than calls of one sample, so many short ones say more than few long ones. Seconds, calls,
#: seconds.
TIMED_SINGLY, LEAST_CALLS, SINGLY_AT_MOST = 0.001, 3, 0.15
#: Before each sample, untimed calls for so long, and so many: after a pause the first ones are slower, by a tenth as
#: caches are cold, or manifold where the host has taken free memory back. Not where one call takes longer than the last
#: number, and would cost more than it mends. Seconds, calls, seconds.
WARM_UP, WARM_UP_CALLS, WARM_UP_BELOW = 0.01, 1, 0.05
#: They go on, but no longer than this, until one is no slower than so many times the fastest so far. Seconds, ratio.
WARM_UP_AT_MOST, WARM = 0.2, 2.0
#: Errors that mean "a worker went away", by name: their classes live in libraries that may not be there.
WORKER_DEATHS = ("BrokenProcessPool", "KilledWorker", "WorkerDied")
#: What is said where something cannot be sent to another process: by Pool, and by Python 3.13.0, which names no pickle.
UNSENT = ("pickle", "maybeencodingerror", "can't get local object")


def loops_of(call_seconds: float) -> int:
    """How many calls of `call_seconds` make a sample."""
    loops = math.ceil(SHORTEST_SAMPLE / max(call_seconds, 1e-9))
    if call_seconds < TIMED_SINGLY:
        return loops
    return max(loops, min(LEAST_CALLS, int(SINGLY_AT_MOST / call_seconds)))


class WrongResult(Exception):
    """The first call gave a result that its workload refuses."""


def name_semaphores() -> None:
    """Give the semaphores of this process names with its number, so that they can be removed where it was killed.

    Those of processes started by spawn or forkserver have names, and would stay until the machine is started anew.
    """
    from multiprocessing import process

    settings = getattr(process.current_process(), "_config", {})  # there is no public way
    settings["semprefix"] = f"/parbench-{os.getpid()}"


class Sampler(Protocol):
    """Both kinds of samplers: each public method answers the request of its name; these two are common to both."""

    def open(self) -> Duration: ...
    def close(self) -> Duration: ...


class CellSampler:
    """Measures one cell."""

    def __init__(self, spec: ArmSpec) -> None:
        self.spec = spec
        self.parts = 1  # until it is open: the data decide where a strategy cuts as it does by itself
        self.pinned_to = spec.cpus
        self.call_seconds = self.first_seconds = 0.0

    def open(self) -> Duration:
        """Import, make the data, start the workers; only the last is start-up."""
        cell = self.spec.cell
        self.workload = portable(self.spec.reference)
        self.strategy = create(cell.strategy, self.spec.options)
        if self.strategy.boundary in ("process", "machine"):
            name_semaphores()
        self.data = self.workload.make(cell.size, self.spec.seed)
        began = time.perf_counter_ns()
        self.strategy.open(cell.cores)
        seconds = (time.perf_counter_ns() - began) / 1e9
        # not before: it may import what the strategy would import in opening
        self.parts = parts_of(type(self.strategy), self.workload, self.data, cell)
        return Duration(seconds)

    def first(self, known: float | None = None) -> FirstTimes:
        """The first call, timed and verified; then untimed calls to find out how often to loop.

        `known` is what a call took in earlier blocks, seconds: while other arms start beside this one, and after a
        host has taken memory back, these few are slower manifold.
        """
        began = time.perf_counter_ns()
        result = self.strategy.run(self.workload, self.data, self.parts)
        self.first_seconds = seconds = (time.perf_counter_ns() - began) / 1e9
        if reason := self.strategy.check(self.workload, result, self.data):
            raise WrongResult(reason)
        del result
        self._settle(seconds)
        self.call_seconds = min(self.call_seconds, known or math.inf)
        return FirstTimes(seconds, self.call_seconds, loops_of(self.call_seconds))

    def resize(self, size: int) -> CallTime:
        """Go on with data of another size; seconds of a call, unverified. Calibration asks for it."""
        self.data = None  # there may be no room for both
        self.data = self.workload.make(size, self.spec.seed)
        if self.spec.cell.chunks == AUTO:  # the data decide
            cell = replace(self.spec.cell, size=size)
            self.parts = parts_of(type(self.strategy), self.workload, self.data, cell)
        self._settle(min(self._timed(1), self._timed(1)))
        return CallTime(self.call_seconds)

    def _settle(self, seconds: float) -> None:
        """Take the fastest of some more calls after one that took so long, as far as they cost little."""
        self.call_seconds = seconds
        for _ in range(3 if seconds < 0.03 else 1 if seconds < 0.1 else 0):
            self.call_seconds = min(self.call_seconds, self._timed(1))

    def sample(self, cpus_now: list[int], loops: int) -> SampleTime:
        """Seconds and CPU seconds of one call, from `loops` calls on `cpus_now`."""
        self._pin(cpus_now)
        before = cpus.tree_cpu_seconds(os.getpid())
        # after the look at /proc, which empties caches too; their CPU time is shared out below
        warming = self._warm_up() if self.call_seconds < WARM_UP_BELOW else 0
        single = self.call_seconds >= TIMED_SINGLY
        seconds = median(self._timed(1) for _ in range(loops)) if single else self._timed(loops)
        after = cpus.tree_cpu_seconds(os.getpid())
        used = None if before is None or after is None else max(0.0, after - before) / (loops + warming)
        return SampleTime(seconds, used)

    def trace(self, cpus_now: list[int], spans: bool) -> RecordFields:
        """The fields of a trace, from a few traced calls on `cpus_now`; with its spans where they are wanted."""
        from parbench.strategies.tracing import traced_calls

        self._pin(cpus_now)
        cores = self.spec.cell.cores
        return RecordFields(
            traced_calls(self.strategy, self.workload, self.data, self.parts, cores, self.call_seconds, spans)
        )

    def _pin(self, cpus_now: list[int]) -> None:
        if cpus_now and cpus_now != self.pinned_to:
            cpus.pin_tree(os.getpid(), cpus_now)
            self.pinned_to = cpus_now

    def _timed(self, loops: int) -> float:
        run, workload, data, parts = self.strategy.run, self.workload, self.data, self.parts
        calls = repeat(None, loops)
        began = time.perf_counter_ns()
        for _ in calls:
            run(workload, data, parts)  # a call ends when its result has been freed, for every strategy alike
        ended = time.perf_counter_ns()
        return (ended - began) / 1e9 / loops

    def probe(self, seconds: float) -> Done:
        """Untimed calls for about `seconds`, while the caller looks at our memory."""
        until = time.monotonic() + seconds
        self.strategy.run(self.workload, self.data, self.parts)
        while time.monotonic() < until:
            self.strategy.run(self.workload, self.data, self.parts)
        return Done()

    def weigh(self, cores: int, cpus_now: list[int]) -> RecordFields:
        """How long the kernel takes, alone and on so many threads at once, and what the data weigh on their way."""
        from parbench.measure.arms.cost_probe import weigh

        def widen() -> None:
            if cpus_now:
                cpus.pin_tree(os.getpid(), cpus_now)
                self.pinned_to = cpus_now

        facts = weigh(self.workload, self.data, cores, lambda: self.strategy.run(self.workload, self.data, 1), widen)
        return RecordFields({"first_seconds": self.first_seconds, **facts})

    def _warm_up(self) -> int:
        """Make untimed calls until they are as fast as they have been; how many."""
        began = time.monotonic()
        calls, last = 0, math.inf
        while (spent := time.monotonic() - began) < WARM_UP_AT_MOST:
            if calls >= WARM_UP_CALLS and spent >= WARM_UP and last <= WARM * self.call_seconds:
                break
            last = self._timed(1)
            self.call_seconds = min(self.call_seconds, last)
            calls += 1
        return calls

    def close(self) -> Duration:
        began = time.perf_counter_ns()
        if hasattr(self, "strategy"):
            self.strategy.close()
        return Duration((time.perf_counter_ns() - began) / 1e9)


def explain(error: BaseException) -> Failure:
    """The status and the one-sentence reason of a failure."""
    name, text = type(error).__name__, " ".join(str(error).split())
    if isinstance(error, WrongResult):
        return Failure("wrong", f"the result is wrong: {text}")
    if isinstance(error, MissingDependency):
        return Failure("missing", text)
    if isinstance(error, MemoryError):
        return Failure("memory", "it ran out of memory: take a smaller size.")
    if isinstance(error, WorkerDied) or name in WORKER_DEATHS:
        return Failure("crash", text or "a worker process died.")
    if isinstance(error, ParbenchError):  # says it all
        return Failure("error", text)
    if any(each in f"{name} {text}".lower() for each in UNSENT):
        return Failure(
            "error",
            f"what its workers are sent cannot be pickled ({text}): "
            "let split and kernel give plain data, without lambdas, open files or locks.",
        )
    return Failure("error", f"it raised {name}: {text}" if text else f"it raised {name}")


def create_sampler(line: str) -> Sampler:
    """Set the process up as the first line says, before anything heavy is imported."""
    spec = decode_spec(line)
    if isinstance(spec, ControlSpec):
        from parbench.measure.arms.control_arm import ControlSampler

        return ControlSampler(spec)
    if spec.cpus:
        cpus.pin_self(spec.cpus)
    sys.path[:] = spec.path
    return CellSampler(spec)


def obey(sampler: Sampler, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until told to close, or until nobody is there to ask."""
    for line in requests:
        request = decode_request(line)
        try:
            answer = getattr(sampler, request.name)(**vars(request))
        except Exception as error:  # whatever the measured code raises is an answer, not our end
            answer = explain(error)
        answers.write(encode(answer) + "\n")
        answers.flush()
        if isinstance(request, Close):
            return
    sampler.close()


def die_with_parent() -> None:
    """Take our workers with us if the campaign is killed outright; Linux only, elsewhere end-of-file does."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        # SIGHUP and not SIGTERM: forked workers inherit the handler, and pools stop them with SIGTERM
        signal.signal(signal.SIGHUP, lambda *_: os.killpg(0, signal.SIGKILL))
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGHUP)


def main() -> None:
    """Keep the two ends of the pipe for ourselves, then obey."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    die_with_parent()
    first = requests.readline()
    if first:
        obey(create_sampler(first), requests, answers)
    # The strategy is closed and its workers are gone; unloading a heavy library takes a tenth of a second and more.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
