"""Records blocks of ten cells in four versions, from which `draw` makes comparisons.

Three versions are the same code: ours, the base and the base again. In the fourth, if there is one, every call does
more of the same work. One line a block is appended to the file, so that it can be stopped at any time and gone on with.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from parbench.machine import cpus, facts
from parbench.measurement.arms.protocol import ArmSpec
from parbench.measurement.block import Block
from parbench.measurement.context import RunContext
from parbench.measurement.control_client import ControlArm
from parbench.measurement.plan import LocatedWorkload, Selection, cells_of, group_cells
from parbench.measurement.profiles import PROFILES
from parbench.measurement.state import CampaignState
from parbench.runfile.header import UNKNOWN
from parbench.runfile.writer import Journal
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD
from parbench.workload.reference import locate

#: Five workloads, each under `serial` and a strategy on two cores. What they are given is a number of buffers, which
#: weighs nothing, and nothing large is allocated: one more allocation can make a call faster, by what the C library
#: then keeps. Calls take from 3 to 30 ms.
WORK = """
import numpy as np

import parbench

MORE = {more}


def workload(index):
    def kernel(chunk):
        numbers, buffer = np.random.default_rng(index), np.empty(20_000)
        for _ in range(round(len(chunk) * (1 + MORE))):
            numbers.random(out=buffer)
        return [len(chunk)]

    return parbench.Workload(
        f"w{{index}}",
        kernel,
        make=lambda size, seed: range(size),
        sizes=(10, 1000),
        combine=lambda parts, data: sum(sum(parts, [])),
        verify=lambda result, data: result == len(data),
    )


w0, w1, w2, w3, w4 = map(workload, range(5))
"""
CELLS = (("threads", 120), ("multiprocessing", 600), ("threads", 120), ("multiprocessing", 600), ("threads", 120))
PLANTED = "planted"
ROUNDS = 12  # of a recorded block
DEFAULTS = ("20", "10", "blocks.jsonl")


@dataclass(frozen=True)
class Folder:
    """A place whose workloads are those of one folder, which comes first on the path."""

    folder: Path

    def __call__(self, spec: ArmSpec) -> ArmSpec:
        """The same arm with the file of the same name there."""
        file = str(self.folder / Path(spec.reference.file).name)
        return replace(spec, reference=replace(spec.reference, file=file), path=[str(self.folder), *spec.path[1:]])


def main(arguments: list[str]) -> None:
    """Record until the time is over.

    Arguments: the minutes (default: 20), how many percent more the fourth version does (default: 10; with 0 there is
    none), and the file to append to (default: blocks.jsonl in the folder that this runs in).
    """
    minutes, percent, name = [*arguments, *DEFAULTS[len(arguments) :]]
    with tempfile.TemporaryDirectory() as scratch:
        folders = {}
        versions = {HEAD: 0, BASE: 0, BASE_REPEAT: 0} | ({PLANTED: int(percent)} if int(percent) else {})
        for version, more in versions.items():
            folders[version] = Path(scratch) / (version or "head").replace(" ", "-")
            folders[version].mkdir()
            (folders[version] / "work.py").write_text(WORK.format(more=more / 100))
        with Path(name).open("a") as out:
            record(folders, int(percent), time.monotonic() + 60 * float(minutes), out)


def record(folders: dict[str, Path], percent: int, until: float, out: Any) -> None:
    """Block after block of each workload in turn, one line each."""
    sys.path.insert(0, str(folders[HEAD]))
    work = import_module("work")
    groups = []
    for index, (strategy, size) in enumerate(CELLS):
        workload = getattr(work, f"w{index}")
        cells = cells_of(workload, Selection(sizes=(size,), strategies=("serial", strategy), cores=(2,)))
        entries = {workload.name: LocatedWorkload(workload, locate(workload, ["work"]))}
        groups += group_cells(cells, entries, [version for version in folders if version != HEAD])
    context = RunContext(
        profile=replace(PROFILES["quick"], rounds=ROUNDS),
        budget=0.0,
        seed=1,
        cpus=cpus.usable()[:2],
        together=2,
        keep_awake=facts.needs_awake(),
        transforms={version: Folder(folder) for version, folder in folders.items() if version != HEAD},
    )
    rng, machine_id = random.Random(), facts.describe()["machine_id"]
    with tempfile.TemporaryDirectory() as unused, Journal(Path(unused) / "run.jsonl", UNKNOWN) as journal:
        control = ControlArm(context, journal, 2)
        control.open()
        while time.monotonic() < until:
            for group in groups:
                state = CampaignState([group], context.profile)
                block = Block(0, group, context, journal, state, control, fail=fail)
                block.together = 2
                began = time.time()
                block.measure(group.cells, rng, lambda doing: None)
                arms = {}
                for cell in group.cells:
                    times = state[cell].times[0]
                    arms[f"{cell.strategy}/{cell.environment}"] = {
                        "cost": round(state[cell].block_seconds, 3),
                        "times": [float(f"{times[turn]:.5g}") if turn in times else None for turn in range(ROUNDS)],
                    }
                where = {"machine": machine_id, "at": round(began), "percent": percent}
                line = {**where, "group": group.entry.workload.name, "size": group.size, "arms": arms}
                out.write(json.dumps(line) + "\n")
                out.flush()
        control.end()


def fail(cell: Any, status: str, reason: str) -> None:
    """No cell of these may fail."""
    raise RuntimeError(f"{cell}: {status}, {reason}")
