"""Traced calls of a cell, in which workers record what they do when, and the fields of a trace from these records.

Traced calls are separate from timed calls. Imported in arms: standard library only.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import pairwise
from statistics import median
from threading import get_ident
from typing import Any, Protocol

from parbench.errors import UsageError
from parbench.strategies.trace_events import (
    COMBINE,
    KERNEL,
    SHIP_IN,
    SHIP_OUT,
    SPLIT,
    Call,
    Stamp,
    TracedCombine,
    TracedCoroutine,
    TracedKernel,
    TracedSplit,
    TracedStage,
    TracedWhole,
    TracedWriteInto,
    begin,
    end,
    now,
    read_stamps,
)
from parbench.workload.workload import Workload

#: Time for traced and plain calls, which take turns; there is at least one of each.
TRACING_SECONDS = 0.1
#: Limit of the number of traced calls.
MOST_CALLS = 15
#: Shorter calls get one traced call more, whose result is not used: workers import this module and open their files.
WARM_UP_BELOW_SECONDS = 0.1
#: Limit of the spans of a typical call; the spans with the smallest gaps between them are merged.
MOST_SPANS = 400
#: Limit of the difference between the clocks of processes of one machine.
CLOCK_TOLERANCE_NS = 1_000_000
#: Of chunks shorter than this, only one in `SAMPLING` is a parcel: two parcels and a write take 30 to 50 µs.
SHORT_CHUNK_SECONDS = 0.01
SAMPLING = 8
SAMPLED = f"Chunks are short here, so the transfer of one in {SAMPLING} was timed. "
COPYING = "The time that pickled bytes take between processes cannot be measured separately, and counts as dispatch."


class Traceable(Protocol):
    """The part of a strategy that tracing needs."""

    def trace_call(self, recorder: Recorder) -> AbstractContextManager[Workload]: ...

    def run(self, workload: Workload, data: Any, parts: int) -> Any: ...


class Recorder:
    """One traced call: a workload that records the calls of its functions, and what a strategy adds to it.

    Fields:
        workload: the traced workload, which yields the same results as the plain one.
        cores: those of the cell.
        call: the call to which stamps belong.
        stamps: the stamps of the caller's threads; a strategy may add stamps.
        busy: the busy seconds of each worker, if a strategy measures them without stamps.
        unseen: what tracing cannot observe, as a sentence.
        every: the sampling interval of chunks whose transfer is timed.
    """

    def __init__(self, workload: Workload, cores: int, folder: str, call: int, every: int = 1) -> None:
        self.call, self.stamps = begin(folder, call)
        self.thread = get_ident()
        self.split = TracedSplit(workload.split, self.call, every)
        self.workload = traced_workload(workload, self.call, self.split)
        self.cores = cores
        self.busy: list[float] | None = None
        self.unseen = ""
        self.began = self.ended = 0
        # from the wall clock to the clock of stamps, in ns
        self.offset = now() - time.time_ns()

    def run(self, strategy: Traceable, data: Any, parts: int) -> None:
        """Make the call."""
        try:
            with strategy.trace_call(self) as workload:
                self.began = now()
                strategy.run(workload, data, parts)
                self.ended = now()
        finally:
            end(self.call)

    @property
    def seconds(self) -> float:
        """The duration of the call."""
        return (self.ended - self.began) / 1e9

    @contextmanager
    def by_cpu_time(self, used: Callable[[], Mapping[int, int]], unseen: str) -> Iterator[Workload]:
        """Take the CPU time of threads or processes, in ns by number from `used`, as the time that they are busy.

        If `used` yields nothing, as on systems other than Linux, only the duration of the call is known.
        """
        self.unseen = unseen
        before = used()
        yield self.workload
        after = used()
        spent = sorted((after[each] - before.get(each, 0) for each in after), reverse=True)
        if spent and spent[0] > 0:
            self.busy = [each / 1e9 for each in spent[: self.cores]]  # any others only wait for these


def sampling_interval(workload: Workload, chunk_seconds: float) -> int:
    """Sampling interval for transfer timing: every chunk for dependent tasks, one in `SAMPLING` for short chunks."""
    return SAMPLING if chunk_seconds < SHORT_CHUNK_SECONDS and workload.stages is None else 1


def traced_workload(workload: Workload, call: Call, split: TracedSplit) -> Workload:
    """The workload with traced functions."""
    forms: dict[str, Any] = {
        "split": split,
        "kernel": TracedKernel(workload.kernel, call),
        "combine": TracedCombine(workload.combine, call),
    }
    others: dict[str, Callable[[Any], Any]] = {
        "write_into": lambda function: TracedWriteInto(function, call),
        "coroutine": lambda function: TracedCoroutine(function, call),
        "stages": lambda stages: replace(stages, kernel=TracedStage(stages.kernel, call)),
        "finish": lambda function: TracedWhole(function, call, COMBINE),
        "dask": lambda function: TracedWhole(function, call, SPLIT),
        **dict.fromkeys(("vectorized", "numexpr", "numba"), lambda function: TracedWhole(function, call)),
    }
    forms |= {name: wrap(form) for name, wrap in others.items() if (form := getattr(workload, name)) is not None}
    if workload.tutorial is not None and workload.tutorial.form == "dask":
        forms["tutorial"] = replace(workload.tutorial, call=TracedWhole(workload.tutorial.call, call, SPLIT))
    return replace(workload, **forms)


def traced_calls(
    strategy: Traceable, workload: Workload, data: Any, parts: int, cores: int, call_seconds: float, spans: bool
) -> dict[str, Any]:
    """The fields of a `records.Trace` for the median of several traced calls, with its spans if `spans` is true.

    Raises the errors of a call, and UsageError if no stamps arrive.
    """
    every = sampling_interval(workload, call_seconds * cores / parts)
    plain: list[float] = []
    traced: list[Recorder] = []
    with tempfile.TemporaryDirectory(prefix="parbench-trace-", ignore_cleanup_errors=True) as folder:
        if call_seconds < WARM_UP_BELOW_SECONDS:
            Recorder(workload, cores, folder, 0, every).run(strategy, workload.call_data(data), parts)
        until = now() + TRACING_SECONDS * 1e9
        while not traced or (now() < until and len(traced) < MOST_CALLS):
            recorder = Recorder(workload, cores, folder, len(traced) + 1, every)
            for turn in (0, 1) if len(traced) % 2 else (1, 0):  # alternate the order
                if turn:
                    plain.append(plain_seconds(strategy, workload, data, parts))
                else:
                    recorder.run(strategy, workload.call_data(data), parts)
            traced.append(recorder)
        typical = sorted(traced, key=lambda each: each.seconds)[(len(traced) - 1) // 2]
        from_workers = [stamp for call, stamp in read_stamps(folder) if call == typical.call[1]]
    return {"plain_seconds": median(plain), **trace_fields(typical, [*typical.stamps, *from_workers], spans)}


def plain_seconds(strategy: Traceable, workload: Workload, data: Any, parts: int) -> float:
    """The duration of a call without tracing."""
    data = workload.call_data(data)
    began = now()
    strategy.run(workload, data, parts)
    return (now() - began) / 1e9


def trace_fields(call: Recorder, stamps: list[Stamp], spans: bool) -> dict[str, Any]:
    """The fields of a trace from the stamps of a call."""
    check_stamps(call, stamps)
    kernels: dict[Any, float] = {}
    for what, who, began, ended in stamps:
        if what == KERNEL:
            kernels[who] = kernels.get(who, 0.0) + (ended - began) / 1e9
    lanes = sorted(kernels, key=lambda who: -kernels[who])
    busy = call.busy if call.busy is not None else [kernels[who] for who in lanes]
    busy = [min(each, call.seconds) for each in busy]
    sums = [sum((ended - began) / 1e9 for what, _, began, ended in stamps if what == each) for each in range(5)]
    shipped = call.split.scale * sums[SHIP_IN], call.split.scale * sums[SHIP_OUT]
    unseen = (SAMPLED if call.split.scale > 1 else "") + COPYING if any(shipped) else ""
    return {
        "seconds": call.seconds,
        "tasks": sum(what == KERNEL for what, *_ in stamps),
        "busy": busy + [0.0] * (call.cores - len(busy)),
        "split_seconds": sums[SPLIT],
        "combine_seconds": sums[COMBINE],
        "in_seconds": shipped[0],
        "out_seconds": shipped[1],
        "unseen": call.unseen or unseen,
        "spans": merge_spans(spans_of(call, stamps, lanes), MOST_SPANS) if spans else [],
    }


def check_stamps(call: Recorder, stamps: list[Stamp]) -> None:
    """Raise UsageError if no stamps of workers arrived, or if their clock differs."""
    if call.busy is None and not any(what == KERNEL for what, *_ in stamps):
        raise UsageError(
            "no trace events arrived from its workers: only workers on this machine that may write to the temporary "
            "files of this user can be traced."
        )
    if any(
        began < call.began - CLOCK_TOLERANCE_NS or ended > call.ended + CLOCK_TOLERANCE_NS
        for _, _, began, ended in stamps
    ):
        raise UsageError("its workers have another clock: only workers on this machine can be traced.")


def spans_of(call: Recorder, stamps: list[Stamp], lanes: list[Any]) -> list[list[float]]:
    """The stamps as spans of `records.Trace`: lane 0 is the caller, followed by the workers, the busiest first."""
    numbers = {who: index + 1 for index, who in enumerate(lanes)}
    by_process = {who[0]: numbers[who] for who in reversed(lanes)} | {call.call[2]: 0}
    most = max(1, len(call.busy or lanes), call.cores)
    spans = []
    for what, who, began, ended in stamps:
        lane = numbers[who] if what == KERNEL else by_process.get(who[0])
        if lane is not None and lane <= most:  # without processes that only pass tasks on
            ends = (min(max(0, each - call.began), call.ended - call.began) / 1e9 for each in (began, ended))
            spans.append([lane, what, *(round(each, 7) for each in ends)])
    return sorted(spans)


def merge_spans(spans: list[list[float]], most: int) -> list[list[float]]:
    """At most `most` spans: spans of the same lane and kind are merged, those with the smallest gaps first."""
    kinds: dict[tuple[float, float], list[list[float]]] = {}
    for span in spans:
        kinds.setdefault((span[0], span[1]), []).append(list(span))
    gaps = sorted(later[2] - before[3] for each in kinds.values() for before, later in pairwise(each))
    if len(spans) <= most or not gaps:
        return spans
    widest = gaps[min(len(spans) - most, len(gaps)) - 1]
    merged: list[list[float]] = []
    for each in kinds.values():
        joined = each[:1]
        for span in each[1:]:
            if span[2] - joined[-1][3] <= widest:
                joined[-1][3] = max(joined[-1][3], span[3])
            else:
                joined.append(span)
        merged += joined
    return sorted(merged)
