"""Measures what a machine can tell: one job against itself, on one core, in threads and in processes."""

from __future__ import annotations

import hashlib
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from parbench.machine import cpus, facts
from parbench.measure.arms.process import ONE_THREAD
from parbench.measure.block import Block
from parbench.measure.campaign import RESERVE
from parbench.measure.context import RunContext
from parbench.measure.control_client import ControlArm
from parbench.measure.plan import Group, LocatedWorkload, grouped
from parbench.measure.profiles import PROFILES
from parbench.measure.progress import Progress
from parbench.measure.state import STOP_FROM, WITHIN_MARGIN, CampaignState
from parbench.runfile.locate import FILE
from parbench.runfile.records import Footer, Header, Outcome
from parbench.runfile.writer import Journal
from parbench.workload.cell import AGAIN, BASE, Cell
from parbench.workload.reference import Reference
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.analysis.power import Effort

#: What each step works on: long enough for a thread to let others run meanwhile, short enough for any cache.
BUFFER = bytes(65536)
#: How long a call on one core takes, about. Seconds.
CALL = 0.01
#: In a block, half of those of ``quick``: more blocks say more than longer ones, and longer ones differ somewhat less.
ROUNDS = 6
STRATEGIES = ("threads", "multiprocessing")


def hashes(chunk: Sequence[int]) -> list[int]:
    """As many hashes of the same bytes as the chunk has items; the interpreter lets other threads run meanwhile."""
    for _ in chunk:
        hashlib.sha256(BUFFER).digest()
    return [len(chunk)]


def counted(parts: Sequence[list[int]], data: Sequence[int]) -> int:
    """How many hashes were made."""
    del data
    return sum(count for part in parts for count in part)


def right(result: int, data: Sequence[int]) -> bool:
    """Whether all of them were."""
    return result == len(data)


def numbers(size: int, seed: int) -> range:
    """As many steps as the size says."""
    del seed
    return range(size)


workload = Workload("hashes", hashes, make=numbers, sizes=(4, 1000), combine=counted, verify=right)


def lines(seconds: float, margin: float, progress: Progress) -> list[str]:
    """Measure for so many seconds, and say what a comparison with this margin can tell here."""
    from parbench.analysis.frame import load
    from parbench.report.sentences import self_check

    before = facts.cpu_ticks()
    with tempfile.TemporaryDirectory(prefix="parbench-check-") as folder:
        measure(seconds, Path(folder), progress)
        frame = load(folder)
    steal = facts.steal_percent(facts.cpu_ticks(), before)
    return self_check.lines(frame, efforts(margin), margin, steal, facts.blas(ONE_THREAD))


def efforts(margin: float) -> dict[str, Effort]:
    """What the profiles for a gate let a comparison use."""
    from parbench.analysis.power import Effort

    return {
        name: Effort(
            seconds=PROFILES[name].budget * (1 - RESERVE),
            fewest=STOP_FROM,
            most=PROFILES[name].most_blocks,
            precision=min(PROFILES[name].precision, WITHIN_MARGIN * margin),
        )
        for name in ("quick", "standard")
    }


def measure(seconds: float, folder: Path, progress: Progress) -> None:
    """Leave a run file in `folder`: the cells of the job, each against itself, in blocks like those of ``quick``."""
    most = cpus.count()
    size = steps()
    cells = [Cell(workload.name, size, "serial", 1)]
    cells += [Cell(workload.name, size, strategy, most) for strategy in STRATEGIES if most > 1]
    entry = LocatedWorkload(workload, Reference(__name__, __file__, "workload"))
    [group] = grouped(cells, {workload.name: entry}, (BASE, AGAIN))
    context = RunContext(
        profile=replace(PROFILES["quick"], rounds=ROUNDS),
        budget=seconds,
        seed=1,
        cpus=cpus.usable()[:most] if cpus.can_pin() else [],
        together=min(4, most),
        keep_awake=facts.needs_awake(),
        places={BASE: lambda spec: spec, AGAIN: lambda spec: spec},
    )
    with Journal(folder / FILE, _header()) as journal:
        control = ControlArm(context, journal, most)
        try:
            control.open()
            _measure(group, context, journal, control, progress)
        finally:
            control.end()


def _measure(group: Group, context: RunContext, journal: Journal, control: ControlArm, progress: Progress) -> None:
    """Block after block of all cells, as long as one more fits."""
    state, rng, began, cost, blocks = (
        CampaignState([group], context.profile),
        random.Random(context.seed),
        context.clock(),
        0.0,
        0,
    )

    def fail(cell: Cell, status: str, reason: str) -> None:
        state[cell].status = status
        journal.add(Outcome(cell, status, reason))

    while (left := context.budget - (context.clock() - began)) > cost or not blocks:
        alive = [cell for cell in group.cells if state[cell].status == "ok"]
        block = Block(blocks, group, context, journal, state, fail, control)
        block.measure(alive, rng, partial(progress, left=left))
        blocks += 1
        cost = left - (context.budget - (context.clock() - began))
    journal.add(Footer(context.clock() - began, blocks))


def steps() -> int:
    """How many hashes make a call of about `CALL`, the fastest of some counting."""
    fastest = min(_timed() for _ in range(30))
    return max(8, round(CALL / fastest))


def _timed() -> float:
    began = time.perf_counter()
    hashes(range(4))
    return (time.perf_counter() - began) / 4


def _header() -> Header:
    now = datetime.now(UTC)
    return Header(
        run=f"{now:%Y%m%d-%H%M%S}-check",
        created=now.isoformat(timespec="seconds"),
        profile="check",
        seed=1,
        command=["parbench", "check"],
        machine=facts.describe(),
        versions=facts.versions(),
        commit="",
        workloads={workload.name: dict(workload.facts())},
        settings={},
    )
