"""Whether a loss that was put into a workload on purpose is found, and found under its own name.

Workers only sleep, so that there may be more of them than cores. Every chunk takes `CHUNK` seconds, one a worker;
losses are parts of workers × the time of the call, in percentage points, beyond what is lost with nothing planted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from parbench import Workload
from parbench.analysis.losses import shares
from parbench.runfile.records import Trace
from parbench.strategies.registry import create
from parbench.strategies.tracing import traced_calls
from parbench.workload.cell import Cell

#: How long a chunk takes, and what is planted beside it, seconds; how many workers; points that may be missed.
CHUNK, LOSS = 0.8, 0.3
WORKERS = (1, 2, 4, 8, 16, 32)
WITHIN = 3.0
#: Strategies, each with the most workers it is asked for, and whether chunks and parts are pickled on their way.
STRATEGIES = {
    "threads": (32, False),
    "multiprocessing": (32, True),
    "futures-processes": (32, True),
    "dask-threads": (32, False),
    "dask-distributed": (4, False),  # they are, but by whom and how often is its own affair
}
PARTS = ("inflation", "imbalance", "split", "ship in", "ship out", "combine", "dispatch")


def losses(trace: dict[str, Any], work: float) -> dict[str, float]:
    """The parts of the loss, in points of workers × time, as `parbench.losses` has them.

    `work` is what all kernels would take alone, seconds.
    """
    busy, count = trace["busy"], len(trace["busy"])
    factors = [1.0, work / sum(busy), sum(busy) / count / max(busy), max(busy) / trace["seconds"]]
    found = shares(factors, [Trace(Cell("planted", 1, "", count), 0, **trace)])
    return {part: 100 * found["lost_" + part.replace(" ", "_")] for part in PARTS}


# -- what is planted -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slow:
    """Something that takes so long to pickle, and to unpickle; seconds."""

    value: float
    pickling: float = 0.0
    unpickling: float = 0.0

    def __reduce__(self) -> tuple[Callable[..., Slow], tuple[float, float, float]]:
        time.sleep(self.pickling)
        return rebuilt, (self.value, self.pickling, self.unpickling)


def rebuilt(value: float, pickling: float, unpickling: float) -> Slow:
    """The same at the other end."""
    time.sleep(unpickling)
    return Slow(value, pickling, unpickling)


def sleeps(pickling: float, unpickling: float, chunk: Slow) -> Slow:
    """A kernel: as long as the chunk says. What it gives takes so long on its way."""
    time.sleep(chunk.value)
    return Slow(0.0, pickling, unpickling)


def cut(pause: float, chunks: Sequence[Slow], data: object, parts: int) -> list[Slow]:
    """A split that takes so long."""
    del data
    time.sleep(pause)
    assert parts == len(chunks)
    return list(chunks)


def join(pause: float, parts: Sequence[Any], data: object) -> int:
    """A combine that takes so long."""
    del data
    time.sleep(pause)
    return len(parts)


@dataclass(frozen=True)
class Plant:
    """One loss: what it is called, the workload that has it, the time of its kernels alone, and what is to be found."""

    name: str
    workload: Workload
    work: float
    right: dict[str, float]


def planted(name: str, workers: int, part: str, share: float, work: float = 0.0, **how: Any) -> Plant:
    """A loss of `share` of everything in `part`."""
    chunks = how.get("chunks") or [Slow(CHUNK)] * workers
    workload = Workload(
        "planted",
        kernel=partial(sleeps, *how.get("result", (0.0, 0.0))),
        make=lambda size, seed: None,
        sizes=(1,),
        split=partial(cut, how.get("splitting", 0.0), chunks),
        combine=partial(join, how.get("combining", 0.0)),
    )
    return Plant(name, workload, work or sum(each.value for each in chunks), {part: 100 * share} if part else {})


def plants(workers: int, pickled: bool) -> Iterator[Plant]:
    """Every loss that so many workers can have."""
    alone, each = LOSS / (CHUNK + LOSS), LOSS / workers
    many = [Slow(CHUNK)] * workers
    yield planted("nothing", workers, "", 0.0)
    yield planted("serial part, before", workers, "split", alone, splitting=LOSS)
    yield planted("serial part, behind", workers, "combine", alone, combining=LOSS)
    if workers > 1:
        uneven = [Slow(CHUNK + LOSS), *many[1:]]
        yield planted("one longer chunk", workers, "imbalance", alone * (workers - 1) / workers, chunks=uneven)
        slower = [Slow(CHUNK + LOSS)] * workers
        yield planted("slower together", workers, "inflation", alone, work=workers * CHUNK, chunks=slower)
    if pickled:
        # in the caller one after the other, in the workers at the same time
        yield planted("inputs, caller", workers, "ship in", alone, chunks=[Slow(CHUNK, each, 0.0)] * workers)
        yield planted("inputs, workers", workers, "ship in", alone, chunks=[Slow(CHUNK, 0.0, LOSS)] * workers)
        yield planted("results, workers", workers, "ship out", alone, result=(LOSS, 0.0))
        yield planted("results, caller", workers, "ship out", alone, result=(0.0, each))


# -- what is found ---------------------------------------------------------------------------------------


def lines(label: str, workers: int, pickled: bool) -> Iterator[tuple[str, bool]]:
    """A line for each loss, and whether it was found where it was planted, and nowhere else.

    What the strategy loses by itself is known from a call with nothing planted, and taken off.
    """
    with create(label) as strategy:
        strategy.open(workers)
        own: dict[str, float] = {}
        for plant in plants(workers, pickled):
            calls = [
                traced_calls(strategy, plant.workload, None, workers, workers, CHUNK, spans=False)
                for _ in range(1 if own else 3)
            ]
            trace = sorted(calls, key=lambda each: float(each["seconds"]))[len(calls) // 2]
            found = losses(trace, plant.work)
            begin = f"{label:18}{workers:3}  {plant.name:20} "
            if not own:
                own = found
                yield begin + ", ".join(f"{part} {value:.1f}" for part, value in own.items() if value >= 0.05), True
                continue
            off = {part: found[part] - own[part] - plant.right.get(part, 0.0) for part in PARTS}
            ((part, right),) = plant.right.items()
            other = max((each for each in PARTS if each != part), key=lambda each: abs(off[each]))
            fine = max(map(abs, off.values())) <= WITHIN
            words = f"{part:10}{right:7.1f} {right + off[part]:6.1f} {off[part]:+5.1f}   {off[other]:+5.1f} {other:10}"
            yield begin + words + ("" if fine else " MISSED"), fine


def main(arguments: list[str]) -> None:
    """Print all losses of all strategies, or of those named."""
    print(f"Points of workers × time. Chunks of {CHUNK} s, one a worker; what is planted takes {LOSS} s.")
    print(
        f"{'strategy':18}{'n':>3}  {'planted':20} {'part':10}{'planted':>7} {'found':>6} {'off':>5}   most in another"
    )
    chosen = {name: STRATEGIES[name] for name in arguments or STRATEGIES}
    every = (lines(name, n, pickled) for name, (most, pickled) in chosen.items() for n in WORKERS if n <= most)
    count = fine = 0
    for line, right in chain.from_iterable(every):
        print(line, flush=True)
        if " nothing " not in line:
            count, fine = count + 1, fine + right
    print(f"{fine} of {count} with every part within {WITHIN:g} points")
