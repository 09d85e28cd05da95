"""Measures the machine against itself: one job on one core, in threads and in processes."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from parbench.machine import cpus
from parbench.measurement.campaign import Campaign
from parbench.measurement.context import RunContext
from parbench.measurement.plan import LocatedWorkload, group_cells
from parbench.measurement.profiles import PROFILES
from parbench.measurement.progress import NOTHING, Activity, Progress, Tally
from parbench.runfile.header import RunSettings
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from parbench.workload.cell import BASE, BASE_REPEAT, Cell
from parbench.workload.reference import Reference
from parbench.workload.workload import Workload

#: The input of each hash: long enough to release the GIL meanwhile, short enough for any cache.
BUFFER = bytes(65536)
#: Seconds of a call on one core, about.
CALL_SECONDS = 0.01
#: Effort of the check: blocks until the time is over, with half the rounds of ``quick``, as more blocks say more than
#: longer ones.
PROFILE = replace(PROFILES["quick"], name="check", rounds=6, most_blocks=sys.maxsize, precision=0.0)
STRATEGIES = ("threads", "multiprocessing")


def hashes(chunk: Sequence[int]) -> list[int]:
    """Hash the same bytes once per item of the chunk; the number of hashes."""
    for _ in chunk:
        hashlib.sha256(BUFFER).digest()
    return [len(chunk)]


def count_hashes(parts: Sequence[list[int]], data: Sequence[int]) -> int:
    """The number of hashes in all parts."""
    del data
    return sum(count for part in parts for count in part)


def is_complete(result: int, data: Sequence[int]) -> bool:
    """Whether there is one hash per item."""
    return result == len(data)


def items(size: int, seed: int) -> range:
    """The items of a size."""
    del seed
    return range(size)


workload = Workload("hashes", hashes, make=items, sizes=(4, 1000), combine=count_hashes, verify=is_complete)


def measure(seconds: float, folder: Path, progress: Progress) -> None:
    """Leave a run file in `folder`: the cells of the job, each against itself, in short blocks."""
    most = cpus.count()
    cells = [Cell(workload.name, size := hashes_per_call(), "serial", 1)]
    cells += [Cell(workload.name, size, strategy, most) for strategy in STRATEGIES if most > 1]
    located = LocatedWorkload(workload, Reference(__name__, __file__, "workload"))
    groups = group_cells(cells, {workload.name: located}, (BASE, BASE_REPEAT))
    context = RunContext.here(PROFILE, seconds, transforms={BASE: lambda spec: spec, BASE_REPEAT: lambda spec: spec})
    header = context.header(["parbench", "check"], {workload.name: workload.facts()}, RunSettings())

    def show_time_left(activity: Activity, tally: Tally = NOTHING, left: float | None = None) -> None:
        del tally  # no cell is ever precise enough
        progress(activity, left=left)

    with Journal(folder / FILE, header) as journal:
        Campaign(groups, context, journal, show_time_left).run()


def hashes_per_call() -> int:
    """The number of hashes that take about `CALL_SECONDS`, from the fastest of some."""
    return max(8, round(CALL_SECONDS / min(_seconds_of_a_hash() for _ in range(30))))


def _seconds_of_a_hash() -> float:
    began = time.perf_counter()
    hashes(range(4))
    return (time.perf_counter() - began) / 4
