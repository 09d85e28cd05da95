"""What others have published about parallel strategies, measured again as ratios: each with its source.

A block is a fresh interpreter, in which both sides take turns; the interval is over blocks.
"""

from __future__ import annotations

import cmath
import json
import math
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.pool import Pool
from statistics import median
from typing import Any

from parbench.analysis.stats.interval import around
from parbench.measurement import schedule

BLOCKS, ROUNDS = 10, 10
#: As many workers in every pool.
WORKERS = 2
#: Bytes of an array and of a chunk of it: a tenth of what the issue about storing has, in as many chunks.
STORED, STORED_CHUNK = 4 * 10**8, 10**6
Call = Callable[[], Any]


@dataclass(frozen=True)
class Claim:
    """How many times as long one thing takes as another, or how long a task takes, as somebody said it."""

    words: str
    published: str
    source: str
    #: Opens what both sides need and gives their calls; the second may be missing, for a time instead of a ratio.
    sides: Callable[[], Any]
    tasks: int = 0  # what a time is divided by


@contextmanager
def pools() -> Iterator[tuple[ProcessPoolExecutor, Pool]]:
    """Both kinds of pool, all workers up."""
    context = get_context("fork")
    with context.Pool(WORKERS) as pool, ProcessPoolExecutor(WORKERS, context) as executor:
        for start in (pool.map, executor.map):
            list(start(time.sleep, [0.05] * 2 * WORKERS))
        yield executor, pool


@contextmanager
def roots(chunks: int | None) -> Iterator[Sequence[Call]]:
    """A hundred complex square roots by both pools; None leaves the Pool its own way to cut."""
    numbers = [complex(-100 + 2 * index) for index in range(100)]
    with pools() as (executor, pool):
        yield (lambda: list(executor.map(cmath.sqrt, numbers))), (lambda: pool.map(cmath.sqrt, numbers, chunks))


@contextmanager
def ones() -> Iterator[Sequence[Call]]:
    """The sum of a thousand ones in five hundred chunks, and in one, by Dask's own pool of threads."""
    import dask.array as da

    many, one = (da.ones(1000, chunks=(size,)).sum() for size in (2, 1000))
    yield many.compute, one.compute


@contextmanager
def stored() -> Iterator[Sequence[Call]]:
    """An array computed, and the same stored into one that is made for it."""
    import dask.array as da
    import numpy as np

    array = da.ones(STORED, dtype=np.uint8, chunks=STORED_CHUNK) * 3

    def store() -> None:
        da.store([array], [np.empty(array.shape, array.dtype)], lock=False)

    yield array.compute, store


@contextmanager
def nothing(scheduler: str, tasks: int) -> Iterator[Sequence[Call]]:
    """So many independent tasks that do nothing, by one of Dask's schedulers, its pool kept."""
    import dask

    def call() -> None:
        dask.compute(*[dask.delayed(int, pure=False)() for _ in range(tasks)], **where)

    if scheduler.startswith("distributed"):
        from distributed import Client

        # in one process messages need no port
        own: dict[str, Any] = {"host": "127.0.0.1"} if scheduler == "distributed" else {"processes": False}
        with Client(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, **own) as client:
            where: dict[str, Any] = {"scheduler": client}
            yield (call,)
    else:
        kind = ThreadPoolExecutor if scheduler == "threads" else ProcessPoolExecutor
        with kind(WORKERS) as pool:
            where = {"scheduler": scheduler, "pool": pool}
            yield (call,)


SHARED = "https://docs.dask.org/en/stable/shared.html"
TASKS = 1000
CLAIMS = {
    "executor": Claim(
        "ProcessPoolExecutor.map ÷ Pool.map, 100 roots, each with its own way to cut",
        "14.4 (19.5 ms ÷ 1.35 ms)",
        "https://github.com/scipy/scipy/pull/12872",
        partial(roots, None),
    ),
    "executor-by-one": Claim("the same with one root a task in both", "none found", "", partial(roots, 1)),
    "ones": Claim("da.ones(1000, chunks=2).sum() ÷ the same with chunks=1000", "78 (92.1 ms ÷ 1.18 ms)", SHARED, ones),
    "stored": Claim(
        "compute() ÷ store into an array made for it, 400 chunks of 1 MB",
        "1.74 (1.370 s ÷ 0.788 s, 400 chunks of 10 MB)",
        "https://github.com/dask/dask/issues/7187",
        stored,
    ),
    **{
        f"task-{name}": Claim(
            f"a task of Dask's {name} scheduler", "50 µs to 1 ms, by page", SHARED, partial(nothing, name, TASKS), TASKS
        )
        for name in ("threads", "processes", "distributed")
    },
    "task-distributed-inside": Claim(
        "the same with scheduler, client and workers in one process",
        "none found",
        "",
        partial(nothing, "distributed inside", TASKS),
        TASKS,
    ),
}


def block(claim: Claim) -> list[float]:
    """The median seconds of each side, which take turns."""
    with claim.sides() as sides:
        times: dict[int, list[float]] = {index: [] for index in range(len(sides))}
        for index in times:
            sides[index]()  # the first call is another matter
        for order in schedule.orders(list(times), ROUNDS, random.Random()):
            for index in order:
                began = time.perf_counter()
                sides[index]()
                times[index].append(time.perf_counter() - began)
    return [median(each) for each in times.values()]


def fresh(name: str) -> list[float]:
    """A block in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.validate", "claims", "--block", name],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def row(name: str, blocks: int) -> str:
    """One line of the table."""
    claim, found = CLAIMS[name], [fresh(name) for _ in range(blocks)]
    if claim.tasks:
        value, low, high = around([math.log(seconds / claim.tasks) for (seconds,) in found], 0.95)
        here = f"{1e6 * value:.0f} µs [{1e6 * low:.0f}, {1e6 * high:.0f}]"
    else:
        value, low, high = around([math.log(one / other) for one, other in found], 0.95)
        seconds = " ÷ ".join(f"{1e3 * median(side):.3g} ms" for side in zip(*found, strict=True))
        here = f"{value:.3g} [{low:.3g}, {high:.3g}] ({seconds})"
    return f"| {claim.words} | {claim.published} | {here} | {claim.source} |"


def main(arguments: list[str]) -> None:
    """Print the table. Arguments: how many blocks a claim (default: 10), then the claims' names (default: all)."""
    if arguments[:1] == ["--block"]:
        print(json.dumps(block(CLAIMS[arguments[1]])))
        return
    blocks, names = int(arguments[0]) if arguments else BLOCKS, arguments[1:] or list(CLAIMS)
    print(f"{blocks} blocks of {ROUNDS} rounds, {WORKERS} workers\n")
    print("| what | published | here, with its 95 % interval | source |\n|---|---|---|---|")
    for name in names:
        print(row(name, blocks), flush=True)
    print("\nTasks of da.ones(1000, chunks=2).sum():", " → ".join(map(str, sizes_of_ones())))


def sizes_of_ones() -> tuple[int, int]:
    """How many tasks the graph of five hundred chunks has, as it is built and as Dask runs it."""
    import dask
    import dask.array as da

    total = da.ones(1000, chunks=(2,)).sum()
    (run,) = dask.optimize(total)
    return len(total.dask), len(run.dask)
