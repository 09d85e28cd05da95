"""What the tests of sizes by time share: a workload that has them, and its calibration in a world without a clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from parbench import Timed, Workload
from parbench.calibration import Calibration
from parbench.plan import Entry
from parbench.reference import Reference
from parbench.sizes import TARGETS
from tests import kernels
from tests.fake import World

ABOUT = (1000, 10_000, 100_000, 1_000_000)
REFERENCE = Reference("tests.kernels", "", "unused")


def job(about: tuple[int, int, int, int] = ABOUT, **fields: Any) -> Workload:
    """A workload with sizes by time, all of them in standard, and a whole-array form unless it is taken away."""
    fields = {"sizes": Timed(8, about, standard=TARGETS), "vectorized": kernels.doubles, "memory": int, **fields}
    return replace(kernels.listed(kernels.doubles), **fields)


def calibrated(
    world: World, workload: Workload, out: Path, profile: str = "standard", measures: bool = True
) -> Calibration:
    """A calibration that has been asked for the sizes of a workload once."""
    calibration = Calibration(out, profile, measures)
    sizes(calibration, world, workload)
    return calibration


def sizes(calibration: Calibration, world: World, workload: Workload) -> tuple[int, ...]:
    """The sizes that a calibration gives a workload."""
    timed = workload.all_sizes
    assert isinstance(timed, Timed)
    return calibration.sizes(Entry(workload, REFERENCE), timed, world.conditions)
