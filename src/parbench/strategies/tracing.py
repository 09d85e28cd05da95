"""Traced calls of a cell: calls in which workers record their activities, and the times that follow from the records.

Apart from the calls that are timed, and never in between. Imported in arms: standard library only.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from statistics import median
from threading import get_ident
from typing import TYPE_CHECKING, Any

from parbench.errors import UsageError
from parbench.strategies.trace_events import (
    COMBINE,
    KERNEL,
    SHIP_IN,
    SHIP_OUT,
    SPLIT,
    Call,
    Combine,
    Coroutine,
    Cut,
    Into,
    Join,
    Kernel,
    Split,
    Stamp,
    Step,
    Whole,
    begin,
    end,
    now,
    written,
)
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.base import Strategy

#: Duration in which traced and plain calls take turns, and the largest number of each; there is at least one of each.
#: The duration is in seconds.
ROOM, MOST_CALLS = 0.1, 15
#: Calls shorter than this are traced once without a record before: workers import this module, and open their files.
#: Seconds.
WARM_BELOW = 0.1
#: Largest number of spans of a typical call; the spans with the smallest gaps become one.
MOST_SPANS = 400
#: Clocks of one machine agree within this number of ns.
SLACK = 1_000_000
#: Share of chunks shorter than this that are sent as parcels: two parcels and a write take 30 to 50 µs. Seconds, one
#: in.
SHORT, SOME = 0.01, 8
SAMPLED = f"Chunks are short here, and of {SOME} the way of one was timed. "
COPYING = "How long pickled bytes are on their way between processes is not seen by itself, and counts as dispatch."


class Recorder:
    """One traced call: the workload that writes down what is done, and what a strategy adds to it.

    Fields:
        workload: runs as the plain one does, and gives the same results.
        cores: of the cell.
        call: the maker of events.
        stamps: those of the caller's own threads, which a strategy may add to.
        busy: in seconds, where a strategy knows how busy workers were by other means than stamps.
        unseen: in a sentence, what cannot be seen.
        every: how many chunks there are to one whose way to a worker and back is timed.
    """

    def __init__(self, workload: Workload, cores: int, folder: str, call: int, every: int = 1) -> None:
        self.call, self.stamps = begin(folder, call)
        self.thread = get_ident()
        self.split = Split(workload.split, self.call, every)
        self.workload = noting(workload, self.call, self.split)
        self.cores = cores
        self.busy: list[float] | None = None
        self.unseen = ""
        self.began = self.ended = 0
        # an event by the clock of the day, at the time of the local clock
        self.offset = now() - time.time_ns()

    def run(self, strategy: Strategy, data: Any, parts: int) -> None:
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
        """How long the call took."""
        return (self.ended - self.began) / 1e9

    @contextmanager
    def by_cpu_time(self, used: Callable[[], Mapping[int, int]], unseen: str) -> Iterator[Workload]:
        """Take the CPU time of threads or processes, of which `used` gives ns by number, for how busy they are.

        Where it gives nothing, as on other systems than Linux, only the call as a whole is seen.
        """
        self.unseen = unseen
        before = used()
        yield self.workload
        after = used()
        spent = sorted((after[each] - before.get(each, 0) for each in after), reverse=True)
        if spent and spent[0] > 0:
            self.busy = [each / 1e9 for each in spent[: self.cores]]  # the others only wait for these


def one_in(workload: Workload, chunk_seconds: float) -> int:
    """How many chunks of such a length there are to one whose way is timed; stages hand on what others gave: all."""
    return SOME if chunk_seconds < SHORT and workload.stages is None else 1


def noting(workload: Workload, call: Call, split: Split) -> Workload:
    """The workload with all functions that are called for its chunks, or for all of it, writing down."""
    forms: dict[str, Any] = {
        "split": split,
        "kernel": Kernel(workload.kernel, call),
        "combine": Combine(workload.combine, call),
    }
    others: dict[str, Callable[[Any], Any]] = {
        "write_into": lambda function: Into(function, call),
        "coroutine": lambda function: Coroutine(function, call),
        "stages": lambda stages: replace(stages, kernel=Step(stages.kernel, call)),
        "finish": lambda function: Join(function, call),
        "dask": lambda function: Cut(function, call),
        **dict.fromkeys(("vectorized", "numexpr", "numba"), lambda function: Whole(function, call)),
    }
    forms |= {name: wrap(form) for name, wrap in others.items() if (form := getattr(workload, name)) is not None}
    if workload.tutorial is not None and workload.tutorial.form == "dask":
        forms["tutorial"] = replace(workload.tutorial, call=Cut(workload.tutorial.call, call))
    return replace(workload, **forms)


def traced_calls(
    strategy: Strategy, workload: Workload, data: Any, parts: int, cores: int, call_seconds: float, spans: bool
) -> dict[str, Any]:
    """The fields of a `records.Trace` of a typical one of some traced calls, with its spans if they are wanted.

    Raises what a call raises, and UsageError where stamps do not arrive.
    """
    every = one_in(workload, call_seconds * cores / parts)
    plain: list[float] = []
    traced: list[Recorder] = []
    with tempfile.TemporaryDirectory(prefix="parbench-trace-", ignore_cleanup_errors=True) as folder:
        if call_seconds < WARM_BELOW:
            Recorder(workload, cores, folder, 0, every).run(strategy, data, parts)
        until = now() + ROOM * 1e9
        while not traced or (now() < until and len(traced) < MOST_CALLS):
            recorder = Recorder(workload, cores, folder, len(traced) + 1, every)
            for turn in (0, 1) if len(traced) % 2 else (1, 0):  # neither comes always after the other
                if turn:
                    plain.append(timed(strategy, workload, data, parts))
                else:
                    recorder.run(strategy, data, parts)
            traced.append(recorder)
        typical = sorted(traced, key=lambda each: each.seconds)[(len(traced) - 1) // 2]
        theirs = [stamp for call, stamp in written(folder) if call == typical.call[1]]
    return {"plain_seconds": median(plain), **told(typical, [*typical.stamps, *theirs], spans)}


def timed(strategy: Strategy, workload: Workload, data: Any, parts: int) -> float:
    """Seconds of a call without tracing."""
    began = now()
    strategy.run(workload, data, parts)
    return (now() - began) / 1e9


def told(call: Recorder, stamps: list[Stamp], spans: bool) -> dict[str, Any]:
    """Times that follow from the events of a call."""
    check(call, stamps)
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
        "spans": fewer(placed(call, stamps, lanes), MOST_SPANS) if spans else [],
    }


def check(call: Recorder, stamps: list[Stamp]) -> None:
    """Raise UsageError where workers were not heard of, or have another clock."""
    if call.busy is None and not any(what == KERNEL for what, *_ in stamps):
        raise UsageError(
            "its workers left no word of what they did: only those on this machine that may write to this user's "
            "temporary files can be traced."
        )
    if any(began < call.began - SLACK or ended > call.ended + SLACK for _, _, began, ended in stamps):
        raise UsageError("its workers go by another clock: only those on this machine can be traced.")


def placed(call: Recorder, stamps: list[Stamp], lanes: list[Any]) -> list[list[float]]:
    """The stamps as spans of `records.Trace`: the caller's lane is 0, workers follow, the busiest first."""
    numbers = {who: index + 1 for index, who in enumerate(lanes)}
    by_process = {who[0]: numbers[who] for who in reversed(lanes)} | {call.call[2]: 0}
    most = max(1, len(call.busy or lanes), call.cores)
    found = []
    for what, who, began, ended in stamps:
        lane = numbers[who] if what == KERNEL else by_process.get(who[0])
        if lane is not None and lane <= most:  # processes that only hand on are not shown
            ends = (min(max(0, each - call.began), call.ended - call.began) / 1e9 for each in (began, ended))
            found.append([lane, what, *(round(each, 7) for each in ends)])
    return sorted(found)


def fewer(spans: list[list[float]], most: int) -> list[list[float]]:
    """At most the given number of spans; those with the smallest gaps between them become one."""
    kinds: dict[tuple[float, float], list[list[float]]] = {}
    for span in spans:
        kinds.setdefault((span[0], span[1]), []).append(list(span))
    gaps = sorted(later[2] - before[3] for each in kinds.values() for before, later in pairwise(each))
    if len(spans) <= most or not gaps:
        return spans
    widest = gaps[min(len(spans) - most, len(gaps)) - 1]
    found: list[list[float]] = []
    for each in kinds.values():
        joined = each[:1]
        for span in each[1:]:
            if span[2] - joined[-1][3] <= widest:
                joined[-1][3] = max(joined[-1][3], span[3])
            else:
                joined.append(span)
        found += joined
    return sorted(found)
