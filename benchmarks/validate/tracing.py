"""What tracing adds to a call: traced calls against plain ones, in turns."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import repeat
from typing import Any

from parbench import Workload
from parbench.analysis.interval import interval
from parbench.harnesses import create
from parbench.trace import Recorder, timed

WORKERS = 2
#: For chunks of so many seconds: how many of them a call has, and how many calls of either kind a block has.
CHUNKS = {0.001: (32, 24), 0.01: (8, 12), 0.1: (2, 6)}
BLOCKS = 6
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


def into(chunk: list[int], out: Any) -> None:
    """The same, in place."""
    out[:] = kernel(chunk)


def turns_for(seconds: float) -> int:
    """How many turns take so long here."""
    from time import perf_counter

    sines(10)
    began = perf_counter()
    sines(100)
    return max(1, round(seconds / (perf_counter() - began) * 100))


def ratios(strategy: str, seconds: float) -> Iterator[list[float]]:
    """The logarithms of traced ÷ plain, of calls next to each other, block by block."""
    chunks, calls = CHUNKS[seconds]
    workload = Workload(
        "sines",
        kernel,
        make=lambda size, seed: [turns_for(seconds)] * size,
        sizes=(1,),
        output=lambda data: ((len(data),), "int64"),
        into=into,
    )
    for _ in range(BLOCKS):
        data = workload.make(chunks, 0)
        with create(strategy) as harness, tempfile.TemporaryDirectory() as folder:
            harness.open(WORKERS if harness.scales else 1)
            Recorder(workload, WORKERS, folder, 0).run(harness, data, chunks)
            found = []
            for call in range(calls):
                recorder = Recorder(workload, WORKERS, folder, call + 1)
                if call % 2:
                    recorder.run(harness, data, chunks)
                plain = timed(harness, workload, data, chunks)
                if not call % 2:
                    recorder.run(harness, data, chunks)
                found.append(math.log(recorder.seconds / plain))
            yield found


def main(arguments: list[str]) -> None:
    """Print the ratio for each strategy, or for those named, and each length of chunk."""
    print(f"traced ÷ plain, {WORKERS} workers, {BLOCKS} blocks, 95 % interval over blocks")
    for strategy in arguments or STRATEGIES:
        for seconds in CHUNKS:
            ratio = interval(list(ratios(strategy, seconds)))
            span = f"{ratio.value:.4f} [{ratio.low:.4f}, {ratio.high:.4f}]"
            print(f"{strategy:18} chunks of {seconds * 1e3:3.0f} ms  {span}", flush=True)
