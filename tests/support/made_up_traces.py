"""Made-up traced calls: plausible ones for every cell of a made-up run, and exact ones to be computed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from parbench.runfile.records import SPANS, Trace
from parbench.workload.cell import Cell

SPLIT, KERNEL, SHIP_IN, SHIP_OUT, COMBINE = range(len(SPANS))
BASELINES = ("serial", "vectorized")
#: Shares of the time outside of kernels: cutting, shipping in, shipping out and joining, by the boundary crossed.
THREADS, PROCESSES = (0.2, 0.0, 0.0, 0.4), (0.05, 0.3, 0.35, 0.1)
UNSEEN = "What Dask does between tasks cannot be told from handing them out."


def traces(summary: pd.DataFrame, blocks: int = 2) -> Iterator[Trace]:
    """A trace for each cell that is ok and each of its first blocks, with spans in the first."""
    rng = np.random.default_rng(11)
    rows: list[Any] = list(summary[summary["status"] == "ok"].itertuples())
    work = {(row.workload, row.size): row.seconds for row in rows if row.strategy == "serial"}
    for row in rows:
        for block in range(min(blocks, int(row.blocks))):
            seconds = float(row.seconds * rng.lognormal(0.02, 0.01))
            yield trace(row, block, seconds, work.get((row.workload, row.size), row.seconds), rng)


def trace(row: Any, block: int, seconds: float, work: float, rng: np.random.Generator) -> Trace:
    """The trace of one call of a cell: its workers share the work, and the rest is divided by how it travels."""
    cores, strategy = int(row.cores), str(row.strategy)
    most = min(0.97 * seconds, work / cores * (1.02 + 0.05 * (cores > 1)))
    busy = [most * (1 - 0.06 * worker / cores) for worker in range(cores)]
    shares = THREADS if strategy in (*BASELINES, "threads") or "dask-threads" in strategy else PROCESSES
    split, into, out, combine = ((seconds - most) * share for share in shares)
    tasks = 1 if strategy in BASELINES else max(1, cores * int(row.chunks))
    return Trace(
        Cell(str(row.workload), int(row.size), strategy, cores, int(row.chunks)),
        block,
        seconds,
        seconds / float(rng.lognormal(0.02, 0.01)),
        tasks,
        busy,
        split,
        combine,
        into,
        out,
        UNSEEN if strategy.startswith("dask") else "",
        [] if block else spans(seconds, busy, tasks, (split, into, out, combine)),
    )


def spans(seconds: float, busy: list[float], tasks: int, parts: tuple[float, float, float, float]) -> list[list[float]]:
    """Spans of a call, with as many kernel spans per worker as it has tasks: shipping is the caller's."""
    split, into, out, combine = parts
    begin = split + into
    found = [[0, SPLIT, 0.0, split], [0, SHIP_IN, split, begin], [0, COMBINE, seconds - combine, seconds]]
    for worker, long in enumerate(busy, start=1):
        each = -(-tasks // len(busy))
        edges = [begin + long * number / each for number in range(each + 1)]
        # kernels of one worker do not touch
        found += [[worker, KERNEL, start, start + 0.95 * (end - start)] for start, end in pairwise(edges)]
        found += [[worker, SHIP_OUT, edges[-1], edges[-1] + out / len(busy)]]
    return [span for span in found if span[3] <= seconds]


def call(strategy: str, seconds: float, busy: list[float], cores: int = 2, block: int = 0, **more: Any) -> Trace:
    """An exact trace of a call of the workload of `theory.frame_of`, traced at no cost."""
    fields = {"plain_seconds": seconds, "tasks": cores, **more}
    return Trace(Cell("square", 1000, strategy, cores), block, seconds, busy=busy, **fields)
