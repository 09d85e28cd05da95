"""What the workloads of a stored run weigh on this machine, measured again at all of its sizes.

For another version of weighing: the run's own cells stay as they are, and take half an hour to measure again.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import parbench
import workloads
from parbench.analysis.frame import data_of
from parbench.measurement.characterize import measure_cost
from parbench.runfile.writer import Journal
from parbench.workload.reference import locate
from parbench.workload.workload import Workload


def main(arguments: list[str]) -> None:
    """Arguments: the run, and the run file to write, which holds its header and the new weights."""
    run, out = arguments
    there = catalogue()
    old = data_of(parbench.load(run))
    with Journal(Path(out), old.header) as journal:
        for each in old.weights:
            module, workload = there[each.cell.workload]
            new = measure_cost(workload, locate(workload, module), each.cell.size, each.parts)
            journal.add(replace(new, block=each.block))
            print(
                f"{each.cell.workload:14} {each.cell.size:11,} {new.together_seconds / new.busy_seconds:6.2f} of busy"
            )


def catalogue() -> dict[str, tuple[str, Workload]]:
    """The workloads of this repository by name, each with its module."""
    modules = [f"workloads.{path.stem}" for path in Path(workloads.__path__[0]).glob("[!_]*.py")]
    found = [(name, value) for name in modules for value in vars(import_module(name)).values()]
    return {each.name: (name, each) for name, each in found if isinstance(each, Workload)}
