"""The cost of one workload that no run has: measured here and now, in an arm of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from parbench.errors import WorkloadError
from parbench.machine import cpus
from parbench.measurement.arms.process import CLOSING_SECONDS, ArmFailed, ArmProcess, start
from parbench.measurement.arms.protocol import ArmSpec, MeasureCost
from parbench.runfile.records import WorkloadCost
from parbench.strategies import registry
from parbench.workload.cell import BASELINES, Cell
from parbench.workload.reference import Reference
from parbench.workload.workload import Workload

#: Seconds that the arm may take for an answer.
DEADLINE_SECONDS = 60.0


def measure_cost(workload: Workload, reference: Reference, size: int, cores: int) -> WorkloadCost:
    """The cost of a workload at a size, with its work cut for `cores`; raises WorkloadError if it cannot be run."""
    places = cpus.usable()[:cores] if cpus.can_pin() else []
    cell = Cell(workload.name, size, BASELINES[0], 1)
    arm = ArmProcess(ArmSpec(cell, reference, 1, places[:1], list(sys.path)))
    try:
        start(arm, DEADLINE_SECONDS)
        return WorkloadCost(cell, 0, **arm.ask(MeasureCost(cores, places), DEADLINE_SECONDS).fields)
    except ArmFailed as failure:
        raise WorkloadError(f"{workload.name} cannot be weighed at {size:,}: {failure.reason}") from None
    finally:
        arm.end(CLOSING_SECONDS)


def runnable_strategies(workload: Workload, measured: Sequence[str]) -> list[str]:
    """The strategies that can run a workload, among those `measured` elsewhere and those that need no measurement."""
    found = []
    for label in dict.fromkeys([*BASELINES, "library-threads", *measured]):
        strategy, variant = registry.find(label)
        if not strategy.unsupported_reason(workload, variant):
            found.append(label)
    return found
