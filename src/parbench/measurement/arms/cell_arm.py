"""The child process that measures one cell.

Run as ``python -m parbench.measurement.arms.cell_arm``. It reads requests from standard input and writes answers
to standard output, see `protocol`; all that the measured code prints goes to standard error. At start it imports the
standard library only; its strategy and its workload import what they need.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import repeat
from statistics import fmean, median
from typing import Any, Protocol, TextIO

from parbench.machine import cpus
from parbench.machine.tracers import active_tracers
from parbench.measurement.arms.explain import explain
from parbench.measurement.arms.first_call import verified_call
from parbench.measurement.arms.protocol import (
    ArmSpec,
    Close,
    ControlSpec,
    Done,
    Duration,
    FirstTimes,
    RecordFields,
    SampleTime,
    decode_request,
    decode_spec,
    encode,
)
from parbench.measurement.arms.session import end_with_parent, name_semaphores, remove_own_files
from parbench.strategies.base import parts_of
from parbench.strategies.registry import create
from parbench.workload.cell import AUTO
from parbench.workload.reference import portable

#: Seconds of a sample: its calls are as many as take this long.
SAMPLE_SECONDS = 0.05
#: Fewest calls of a sample, as far as they fit into `LONGEST_SAMPLE_SECONDS`: the median of three leaves out one
#: disturbed call.
SAMPLE_CALLS = 3
#: Seconds of the longest sample of several calls.
LONGEST_SAMPLE_SECONDS = 0.15
#: Calls of a sample are timed in batches of at least this many seconds, so that reading the clock takes no part in it.
BATCH_SECONDS = 0.0002
#: Calls after the first one that decide the number of calls of a sample.
SETTLING_CALLS = 3
#: Seconds after which no more of these calls are made.
SETTLING_SECONDS = 0.05
#: Seconds of untimed calls before each sample. After a pause the first calls are slower: caches are cold, and a host
#: may have taken free memory back.
WARM_UP_SECONDS = 0.02
#: Fewest untimed calls before each sample.
WARM_UP_CALLS = 2
#: Shortest call, in seconds, that is not warmed up: warming up would cost more than it improves.
WARM_UP_BELOW_SECONDS = 0.05
#: Warming up goes on until a call is at most this many times slower than a typical one of the best sample so far, or
#: before the first sample than the fastest one.
WARM_RATIO = 1.3
#: Seconds after which warming up ends in any case.
WARM_UP_LIMIT_SECONDS = 0.2


def loops_of(call_seconds: float) -> int:
    """The number of calls of a sample, if a call takes `call_seconds`."""
    call_seconds = max(call_seconds, 1e-9)
    return max(math.ceil(SAMPLE_SECONDS / call_seconds), min(SAMPLE_CALLS, int(LONGEST_SAMPLE_SECONDS / call_seconds)))


class Sampler(Protocol):
    """Both kinds of samplers: each public method answers the request of its name; these two are common to both."""

    def open(self) -> Duration: ...
    def close(self) -> Duration: ...


class CellSampler:
    """Measures one cell."""

    def __init__(self, spec: ArmSpec) -> None:
        self.spec = spec
        self.parts = 1  # until it is open: the data decide if a strategy cuts by itself
        self.pinned_to = spec.cpus
        self.call_seconds = self.first_seconds = self.copy_cpu_seconds = 0.0
        self.typical_seconds = math.inf  # the shortest typical time of a sample so far

    def open(self) -> Duration:
        """Import, make the data, start the workers; only the last counts as start-up."""
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
        """Time and verify the first call; then make untimed calls, which decide the number of calls of a sample.

        `known` is the seconds of a call in earlier blocks: while other arms start, and after a host has taken memory
        back, these few calls may be many times slower.
        """
        self.first_seconds = seconds = verified_call(
            self.strategy, self.workload, self.data, self.parts, self.spec.seed if known is None else None
        )
        before, began = cpus.tree_cpu_seconds(os.getpid()), time.perf_counter() - cpus.seconds_waited()
        self._settle(seconds)
        elapsed, after = time.perf_counter() - cpus.seconds_waited() - began, cpus.tree_cpu_seconds(os.getpid())
        share = None if before is None or after is None else (after - before) / max(elapsed, 1e-9)
        self.call_seconds = min(self.call_seconds, known or math.inf)
        return FirstTimes(seconds, self.call_seconds, loops_of(self.call_seconds), active_tracers(), share)

    def resize(self, size: int) -> Duration:
        """Continue with data of another size, and time a call, unverified. The searches for sizes need it."""
        self.data = None  # memory may be too small for both
        self.data = self.workload.make(size, self.spec.seed)
        if self.spec.cell.chunks == AUTO:  # the data decide
            cell = replace(self.spec.cell, size=size)
            self.parts = parts_of(type(self.strategy), self.workload, self.data, cell)
        self._settle(self._timed(1))
        return Duration(self.call_seconds)

    def _settle(self, seconds: float) -> None:
        """Take the fastest of some more calls after one that took these seconds, which may have imported a library."""
        self.call_seconds = seconds
        began = time.monotonic()
        for _ in range(SETTLING_CALLS):
            self.call_seconds = min(self.call_seconds, self._timed(1))
            if time.monotonic() - began >= SETTLING_SECONDS:
                break

    def sample(self, cpus_now: list[int], loops: int) -> SampleTime:
        """Time one call, from about `loops` calls on `cpus_now`: the typical one (the median), the mean, and all."""
        self._pin(cpus_now)
        before, self.copy_cpu_seconds = cpus.tree_cpu_seconds(os.getpid()), 0.0
        # after the look at /proc, which also empties caches; the CPU time of these calls is shared out below
        warming = self._warm_up() if self.call_seconds < WARM_UP_BELOW_SECONDS else 0
        batch = min(loops, math.ceil(BATCH_SECONDS / max(self.call_seconds, 1e-9)))
        batches = [self._timed(batch) for _ in range(loops // batch)]
        self.typical_seconds = min(self.typical_seconds, median(batches))
        after = cpus.tree_cpu_seconds(os.getpid())
        used = None
        if before is not None and after is not None:
            used = max(0.0, after - before - self.copy_cpu_seconds) / (len(batches) * batch + warming)
        return SampleTime(median(batches), used, fmean(batches), batches)

    def trace(self, cpus_now: list[int], spans: bool) -> RecordFields:
        """Make a few traced calls on `cpus_now`; the fields of a trace, with spans if they are wanted."""
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
        run, workload, parts = self.strategy.run, self.workload, self.parts
        inputs: Iterable[Any] = repeat(self.data, loops)
        if workload.changes_input:
            copying = time.process_time()
            inputs = [workload.call_data(self.data) for _ in range(loops)]
            self.copy_cpu_seconds += time.process_time() - copying
        began = time.perf_counter_ns()
        for data in inputs:
            run(workload, data, parts)  # a call includes freeing its result, for every strategy
        ended = time.perf_counter_ns()
        return (ended - began) / 1e9 / loops

    def probe(self, seconds: float) -> Done:
        """Make untimed calls for about `seconds`, while the caller reads the peak memory."""
        until = time.monotonic() + seconds
        self._timed(1)
        while time.monotonic() < until:
            self._timed(1)
        return Done()

    def weigh(self, cores: int, cpus_now: list[int]) -> RecordFields:
        """Measure the cost of the workload, alone and in as many threads as cores."""
        from parbench.measurement.arms.cost_probe import measure_cost

        def widen() -> None:
            if cpus_now:
                cpus.pin_tree(os.getpid(), cpus_now)
                self.pinned_to = cpus_now

        fields = measure_cost(
            self.workload, self.data, cores, lambda data: self.strategy.run(self.workload, data, 1), widen
        )
        return RecordFields({"first_seconds": self.first_seconds, **fields})

    def _warm_up(self) -> int:
        """Make untimed calls until they are as fast as they have been; the number of calls.

        Calls of several workers are often slower than the fastest one for good, so that is no goal for later samples.
        """
        began = time.monotonic()
        calls, last = 0, math.inf
        while (spent := time.monotonic() - began) < WARM_UP_LIMIT_SECONDS:
            goal = self.call_seconds if self.typical_seconds == math.inf else self.typical_seconds
            if calls >= WARM_UP_CALLS and spent >= WARM_UP_SECONDS and last <= WARM_RATIO * goal:
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


def create_sampler(line: str) -> Sampler:
    """Set up the process by its specification, before anything heavy is imported."""
    spec = decode_spec(line)
    if isinstance(spec, ControlSpec):
        from parbench.measurement.arms.control_arm import ControlSampler

        return ControlSampler(spec)
    if spec.cpus:
        cpus.pin_self(spec.cpus)
    sys.path[:] = spec.path
    return CellSampler(spec)


def answer_requests(sampler: Sampler, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until one closes the arm, or until the pipe is closed."""
    for line in requests:
        request = decode_request(line)
        try:
            answer = getattr(sampler, request.name)(**vars(request))
        except BaseException as error:  # of the measured code, such as sys.exit(), is an answer
            answer = explain(error)
        answers.write(encode(answer) + "\n")
        answers.flush()
        if isinstance(request, Close):
            return
    sampler.close()
    remove_own_files()  # the campaign has ended without closing the arm


def main() -> None:
    """Keep the pipe from the measured code, then answer requests."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    end_with_parent(requests.fileno())
    first = requests.readline()
    if first:
        answer_requests(create_sampler(first), requests, answers)
    # the strategy is closed; unloading a heavy library takes a tenth of a second and more
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
