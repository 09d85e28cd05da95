"""The context of a campaign: everything that a test replaces, in one place."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from parbench.analysis.stats.decision import Margins
from parbench.machine import cpus, facts
from parbench.machine.other_programs import CpuSeconds, cpu_seconds
from parbench.measurement.arms.launcher import ForkingLauncher
from parbench.measurement.arms.process import Arm, ArmProcess
from parbench.measurement.arms.protocol import ArmSpec, ControlSpec
from parbench.measurement.profiles import Profile
from parbench.measurement.schedule import window
from parbench.runfile.header import Header, MachineFacts, RunSettings
from parbench.workload.cell import Cell
from parbench.workload.facts import WorkloadFacts
from parbench.workload.reference import Reference

#: Part of the elapsed time that replicas, second arms of baselines, may take.
REPLICA_PART = 0.04
#: Part of the budget that is reserved for measuring the best cells once more, alone.
ALONE_PART = 0.04
#: Transforms an arm of our environment into the same arm of another environment; `against.ComparisonBase` has one.
ArmTransform = Callable[[ArmSpec], ArmSpec]


@dataclass(frozen=True)
class RunContext:
    """Effort, CPUs and outside world of a campaign.

    `cpus` is the set that all arms share, empty if nothing can be pinned; `budget` is in seconds; `failures_allowed`
    ends the run early, as pytest's ``-x`` does. Arms start alone in their first block, so that start-up is measured
    undisturbed; `together` arms may start at once in later blocks. With `keep_awake` the CPUs are kept busy
    between samples. `transforms` has one for each other environment. Replicas of baselines take at most `replica_part`
    of the time, and `alone_part` of the budget is for the best cells alone. `launcher` launches the arms of a block;
    without it `launch` launches each.
    """

    profile: Profile
    budget: float
    seed: int
    cpus: list[int]
    path: list[str] = field(default_factory=lambda: list(sys.path))
    options: dict[str, str] = field(default_factory=dict)
    failures_allowed: int = sys.maxsize
    together: int = 1
    keep_awake: bool = False
    replica_part: float = REPLICA_PART
    alone_part: float = ALONE_PART
    margins: Margins = field(default_factory=Margins)
    transforms: Mapping[str, ArmTransform] = field(default_factory=dict)
    launch: Callable[[ArmSpec | ControlSpec], Arm] = ArmProcess
    launcher: Callable[[Sequence[ArmSpec], Collection[str]], ForkingLauncher] | None = None
    clock: Callable[[], float] = time.monotonic
    available: Callable[[], int] = facts.available_bytes
    cpu_seconds: Callable[[Collection[int]], CpuSeconds | None] = cpu_seconds

    @classmethod
    def here(cls, profile: Profile, budget: float, seed: int = 1, cores: int | None = None, **more: Any) -> Self:
        """The context of a run on this machine, with at most `cores` CPUs; `more` are other fields."""
        return cls(
            profile=profile,
            budget=budget,
            seed=seed,
            cpus=cpus.usable()[: cores or cpus.count()] if cpus.can_pin() else [],
            together=min(4, cpus.count()),
            keep_awake=facts.needs_awake(),
            launcher=ForkingLauncher,
            **more,
        )

    def arm_spec(self, cell: Cell, reference: Reference) -> ArmSpec:
        """The arm of a cell in our environment, on the first CPUs of the set."""
        return ArmSpec(cell, reference, self.seed, window(self.cpus, cell.cores, 0), self.path, self.options)

    def header(
        self,
        command: list[str],
        workloads: dict[str, WorkloadFacts],
        settings: RunSettings,
        commit: str = "",
        label: str = "",
        project: str = "",
    ) -> Header:
        """The header of a run that begins now."""
        now = datetime.now(UTC)
        return Header(
            run=f"{now:%Y%m%d-%H%M%S}-{self.profile.name}",
            created=now.isoformat(timespec="seconds"),
            profile=self.profile.name,
            seed=self.seed,
            command=command,
            machine=MachineFacts(**facts.describe()),
            versions=facts.versions(),
            commit=commit,
            workloads=workloads,
            settings=settings,
            label=label,
            project=project,
        )
