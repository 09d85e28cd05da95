"""What tracing adds to a call: traced calls against plain ones, in turns."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import repeat
from typing import Any

from parbench import Workload
from parbench.analysis.stats.interval import interval
from parbench.machine import cpus
from parbench.strategies.registry import create
from parbench.strategies.tracing import Recorder, plain_seconds, sampling_interval

WORKERS = 2
#: For chunks of so many seconds: how many of them a call has, and how many calls of either kind a block has.
CHUNKS = {0.001: (32, 24), 0.01: (8, 12), 0.1: (2, 6)}
BLOCKS = 16
STRATEGIES = (
    "serial",
    "threads",
    "multiprocessing",
    "futures-processes",
    "shared-memory",
    "joblib",
    "dask-threads",
    "dask-processes",
    "dask-distributed",
)
ELEMENTS = 20_000


@cache
def numbers() -> tuple[Any, Any]:
    """What a process works on, in its cache."""
    import numpy as np

    return np.linspace(0.1, 1.0, ELEMENTS), np.empty(ELEMENTS)


def sines(turns: int) -> None:
    """Some work that gives the GIL away."""
    import numpy as np

    x, out = numbers()
    for _ in repeat(None, turns):
        np.sin(x, out=out)


def kernel(chunk: list[int]) -> list[int]:
    """Work as the chunk says."""
    for turns in chunk:
        sines(turns)
    return chunk


def write_into(chunk: list[int], out: Any) -> None:
    """The same, in place."""
    out[:] = kernel(chunk)


def turns_for(seconds: float) -> int:
    """How many turns take so long here."""
    from time import perf_counter

    sines(10)
    began = perf_counter()
    sines(100)
    return max(1, round(seconds / (perf_counter() - began) * 100))


def ratios(label: str, seconds: float) -> Iterator[tuple[list[float], list[float]]]:
    """The logarithms of traced ÷ plain, of calls next to each other and of their CPU time, block by block."""
    chunks, calls = CHUNKS[seconds]
    workload = Workload(
        "sines",
        kernel,
        make=lambda size, seed: [turns_for(seconds)] * size,
        sizes=(1,),
        output=lambda data: ((len(data),), "int64"),
        write_into=write_into,
    )
    every = sampling_interval(workload, seconds)
    for _ in range(BLOCKS):
        data = workload.make(chunks, 0)
        with create(label) as strategy, tempfile.TemporaryDirectory() as folder:
            strategy.open(WORKERS if strategy.scales else 1)
            Recorder(workload, WORKERS, folder, 0, every).run(strategy, data, chunks)
            took: list[float] = []
            used = {True: 0.0, False: 0.0}
            for call in range(calls):
                pair = {}
                for traced in (True, False) if call % 2 else (False, True):
                    recorder = Recorder(workload, WORKERS, folder, call + 1, every) if traced else None
                    before = cpus.tree_cpu_seconds(os.getpid()) or 0.0
                    if recorder is not None:
                        recorder.run(strategy, data, chunks)
                    pair[traced] = recorder.seconds if recorder else plain_seconds(strategy, workload, data, chunks)
                    used[traced] += (cpus.tree_cpu_seconds(os.getpid()) or 0.0) - before
                took.append(math.log(pair[True] / pair[False]))
            yield took, [math.log(used[True] / used[False])]


def main(arguments: list[str]) -> None:
    """Print the ratios for each strategy, or for those named, and each length of chunk."""
    print(f"traced ÷ plain, {WORKERS} workers, {BLOCKS} blocks, 95 % interval over blocks")
    print(f"{'strategy':18} {'chunks':>6}  {'time':26}CPU time")
    for strategy in arguments or STRATEGIES:
        for seconds in CHUNKS:
            both = zip(*ratios(strategy, seconds), strict=True)
            found = [interval(list(blocks)) for blocks in both]
            words = "".join(f"  {each.value:.4f} [{each.low:.4f}, {each.high:.4f}]" for each in found)
            print(f"{strategy:18} {seconds * 1e3:3.0f} ms{words}", flush=True)
