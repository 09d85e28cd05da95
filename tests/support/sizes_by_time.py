"""What the tests of sizes by time share: a workload that has them, and a finder of them in a world without a clock."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from parbench import SizesByTime, Workload
from parbench.measurement.plan import LocatedWorkload
from parbench.measurement.sizing.by_time import SizesByTimeFinder
from parbench.workload.reference import Reference
from parbench.workload.sizes import TARGETS
from tests.support import kernels
from tests.support.fake_arms import World

ABOUT = (1000, 10_000, 100_000, 1_000_000)
REFERENCE = Reference("tests.support.kernels", "", "unused")


def job(about: tuple[int, int, int, int] = ABOUT, **fields: Any) -> Workload:
    """A workload with sizes by time, all of them in standard, and a whole-array form unless it is taken away."""
    fields = {"sizes": SizesByTime(8, about, standard=TARGETS), "vectorized": kernels.doubles, "memory": int, **fields}
    return replace(kernels.listed(kernels.doubles), **fields)


class FakeCache(dict[str, str]):
    """A cache as pytest's: its values go through JSON, and whatever is none reads as the default."""

    def get(self, key: str, default: Any) -> Any:  # type: ignore[override]  # as pytest's
        """The value of a key."""
        try:
            return json.loads(self[key])
        except (KeyError, ValueError):
            return default

    def set(self, key: str, value: object) -> None:
        """Keep a value."""
        self[key] = json.dumps(value)


def finder_of(
    world: World, workload: Workload, profile: str = "standard", measures: bool = True, cache: FakeCache | None = None
) -> SizesByTimeFinder:
    """A finder that was asked for the sizes of a workload once."""
    finder = SizesByTimeFinder(profile, lambda: cache, measures)
    sizes(finder, world, workload)
    return finder


def sizes(finder: SizesByTimeFinder, world: World, workload: Workload) -> tuple[int, ...]:
    """The sizes that a finder gives a workload."""
    timed = workload.all_sizes
    assert isinstance(timed, SizesByTime)
    return finder.sizes(LocatedWorkload(workload, REFERENCE), timed, world.context)
