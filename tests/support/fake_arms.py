"""A world without a clock: arms with scripted durations that move a made-up time on, and what a campaign sees of it."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from parbench import Workload
from parbench.measurement.arms.process import Arm, ArmFailed
from parbench.measurement.arms.protocol import (
    Answer,
    ArmSpec,
    ControlSpec,
    Done,
    Duration,
    FirstTimes,
    Rate,
    RecordFields,
    Request,
    SampleTime,
)
from parbench.measurement.campaign import Campaign
from parbench.measurement.context import RunContext
from parbench.measurement.plan import Group, LocatedWorkload, Selection, cells_of, group_cells
from parbench.measurement.profiles import PROFILES, Profile
from parbench.runfile.header import Header, MachineFacts, RunSettings
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference
from tests.support import kernels

#: Seconds of opening, closing, waking CPUs and a lost arm's deadline.
OPENING, CLOSING, WAKING = 0.1, 0.02, 0.001
#: A profile for tests: the numbers of "quick", with half the rounds.
SHORT = replace(PROFILES["quick"], rounds=4)
workload = kernels.listed(kernels.doubles, vectorized=kernels.doubles, memory=lambda size: 100 * size)
entry = LocatedWorkload(workload, Reference("tests.support.kernels", "", "unused"))


def ideal(cell: Cell) -> float:
    """Seconds of a call: 10 ms a thousand elements in serial, half as much again vectorized, shared evenly by cores."""
    return 1e-5 * cell.size * {"serial": 1.0, "vectorized": 1.5}.get(cell.strategy, 1.1 / cell.cores)


@dataclass
class World:
    """The scripted outside of a campaign: its time, its memory, and every arm that was started in it.

    `noise` is the spread of a sample's logarithm, `block_noise` that of an arm's; `failures` names the
    status of a strategy at a request, as in ``{("threads", "sample"): "crash"}``, where "interrupt" stands for
    Ctrl-C, and `interrupt_at` the sample at which that is pressed. `slow_start` is how many times as slow as later ones
    the first calls of an arm look. `tracers` are active in every arm. `cpu_share` is the part of the time of serial
    calls that is CPU time.
    """

    seconds: Callable[[Cell], float] = ideal
    noise: float = 0.0
    block_noise: float = 0.0
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    interrupt_at: float = math.inf
    slow_start: Callable[[Cell], float] = lambda cell: 1.0
    tracers: list[str] = field(default_factory=list)
    cpu_share: float | None = None
    free_bytes: int = 10**12
    now: float = 1000.0
    seed: int = 1
    arms: list[FakeArm] = field(default_factory=list)
    ceilings: list[FakeCeiling] = field(default_factory=list)
    samples: int = 0
    spinning: bool = False
    spins: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def launch(self, spec: ArmSpec | ControlSpec) -> Arm:
        """An arm of this world."""
        if isinstance(spec, ControlSpec):
            self.ceilings.append(FakeCeiling(self, spec))
            return self.ceilings[-1]
        self.arms.append(FakeArm(self, spec))
        return self.arms[-1]

    def context(self, profile: Profile = SHORT, cpus: int = 2, **more: Any) -> RunContext:
        """The context of a campaign in this world, on `cpus` CPUs."""
        return RunContext(
            **{"budget": profile.budget, "seed": 1, "cpus": list(range(cpus)), "alone_part": 0.0, **more},
            profile=profile,
            launch=self.launch,
            clock=lambda: self.now,
            available=lambda: self.free_bytes,
            cpu_seconds=lambda cpus: None,
        )

    def campaign(self, groups: Sequence[Group], journal: Journal, context: RunContext | None = None) -> Campaign:
        """A campaign in this world."""
        return Campaign(groups, context or self.context(), journal, lambda *_: None)

    def run(self, folder: Path, groups: Sequence[Group], head: Header | None = None, **context: Any) -> Campaign:
        """Run a campaign and leave its run file in `folder`, with this header if there is one."""
        with Journal(folder / FILE, head or header()) as journal:
            campaign = self.campaign(groups, journal, self.context(**context))
            campaign.run()
        return campaign

    def ended(self) -> bool:
        """Whether every arm that was started was ended, exactly once."""
        return all(arm.ends == 1 for arm in [*self.arms, *self.ceilings])


class FakeArm:
    """An arm that measures nothing, takes its time by script, and remembers what it was asked."""

    def __init__(self, world: World, spec: ArmSpec) -> None:
        self.world = world
        self.spec = spec
        self.size = spec.cell.size
        self.patience = 0.0
        self.pid = os.getpid()  # the campaign looks at its memory; ours is as good as any
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.sampled_at: list[float] = []
        self.ends = 0
        self.pace = math.exp(world.rng.gauss(0, world.block_noise))

    def ask(self, request: Request[Answer], timeout: float) -> Answer:
        """Answer as the script says, when the script says."""
        assert not self.ends, "an arm that was ended was asked again"
        name = request.name
        assert not self.world.spinning or name in ("keep_awake", "rest", "wake"), f"CPUs are busy during {name}"
        self.asked.append((name, vars(request)))
        self.patience = timeout
        status = self.world.failures.get((self.spec.cell.strategy, name))
        if status == "interrupt":
            raise KeyboardInterrupt
        if status:
            self.world.now += timeout if status == "timeout" else 0.0
            raise ArmFailed(status, f"scripted to fail at {name}.")
        answer: Answer = getattr(self, f"_{name}")(**vars(request))
        return answer

    def _call(self) -> float:
        cell = replace(self.spec.cell, size=self.size)
        return self.world.seconds(cell) * self.pace * math.exp(self.world.rng.gauss(0, self.world.noise))

    def _open(self) -> Duration:
        self.world.now += OPENING
        return Duration(OPENING)

    def _first(self, known: float | None = None) -> FirstTimes:
        seconds = self._call()
        self.world.now += 2 * seconds
        looks = min(seconds * self.world.slow_start(self.spec.cell), known or math.inf)
        return FirstTimes(2 * seconds, looks, max(1, math.ceil(0.02 / looks)), self.world.tracers, self.world.cpu_share)

    def _resize(self, size: int) -> Duration:
        self.size = size
        seconds = self._call()
        if 2 * seconds > self.patience:
            self.world.now += self.patience
            raise ArmFailed("timeout", f"scripted to be too slow at {size}.")
        self.world.now += (5 if seconds < 0.03 else 2) * seconds
        return Duration(seconds)

    def _probe(self, seconds: float) -> Done:
        self.world.now += seconds
        return Done()

    def _weigh(self, cores: int, cpus_now: list[int]) -> RecordFields:
        assert len(cpus_now) <= cores
        seconds = self._call()
        names = ("first", "whole", "busy", "split", "combine", "in", "out")
        fields = {
            **dict.fromkeys((f"{name}_seconds" for name in names), seconds),
            **dict.fromkeys(("longest_seconds", "together_seconds", "together_first_seconds"), seconds / cores),
            **dict.fromkeys(("in_bytes", "out_bytes"), 8 * self.size),
            **dict.fromkeys(("parts", "tasks", "stages"), cores),
            "vectorized_seconds": None,
            "in_place": False,
        }
        return RecordFields(fields)

    def _sample(self, cpus_now: list[int], loops: int) -> SampleTime:
        self.world.samples += 1
        if self.world.samples == self.world.interrupt_at:
            raise KeyboardInterrupt
        self.sampled_at.append(self.world.now)
        seconds = self._call()
        self.world.now += seconds * loops
        return SampleTime(seconds, seconds * max(1, len(cpus_now)))

    def _trace(self, cpus_now: list[int], spans: bool) -> RecordFields:
        cell = self.spec.cell
        seconds = self.world.seconds(cell)  # without noise: the random numbers of the samples do not depend on traces
        self.world.now += 2 * seconds
        assert len(cpus_now) <= cell.cores
        busy = [seconds / cell.cores] * cell.cores
        fields = {"seconds": seconds, "plain_seconds": seconds, "tasks": cell.cores, "busy": busy}
        return RecordFields(fields | {"spans": [[1, 1, 0.0, seconds]] if spans else []})

    def end(self, timeout: float) -> Duration | None:
        """Close; the second time is a mistake that `World.ended` finds."""
        del timeout
        self.ends += 1
        self.world.now += CLOSING
        return Duration(CLOSING)


class FakeCeiling(FakeArm):
    """A control arm on a machine where every core after the first gives nine tenths."""

    def __init__(self, world: World, spec: ControlSpec) -> None:
        super().__init__(world, ArmSpec(Cell("", 0, "ceiling", 1), entry.reference, 1, [], []))
        self.cpus = spec.cpus
        self.keep_awake = spec.keep_awake

    def _wake(self, cpus: list[int]) -> Done:
        self.world.now += WAKING
        assert set(cpus) <= set(self.cpus)
        return Done()

    def _keep_awake(self) -> Done:
        self.world.spins += 1
        self.world.spinning = True
        return Done()

    def _rest(self) -> Done:
        self.world.spinning = False
        return Done()

    def _rate(self, bound: str, cpus: list[int], size: int) -> Rate:
        del bound, size
        assert set(cpus) <= set(self.cpus)
        return Rate(5.0 * (1 + 0.9 * (len(cpus) - 1)))


def header(**fields: Any) -> Header:
    """The header of a run in this world; a machine and settings are given by their facts."""
    plain: dict[str, Any] = {
        "run": "20260101-000000-quick",
        "created": "2026-01-01T00:00:00+00:00",
        "profile": "quick",
        "seed": 1,
        "command": ["pytest", "--benchmark"],
        "machine": {"os": "made up"},
        "versions": {"parbench": "0"},
        "commit": "",
        "workloads": {workload.name: workload.facts()},
        "settings": {"precision": 0.05},
    }
    plain |= fields
    typed = {"machine": MachineFacts(**plain["machine"]), "settings": RunSettings(**plain["settings"])}
    return Header(**plain | typed)


def groups(
    strategies: Iterable[str] = ("serial", "vectorized", "threads"),
    cores: Iterable[int] = (1, 2),
    sizes: Sequence[int] = (1000,),
    of: Workload = workload,
) -> list[Group]:
    """Groups to measure; the baselines come by themselves."""
    cells = cells_of(of, Selection(strategies=tuple(strategies), cores=tuple(cores)), sizes=sizes)
    return group_cells(cells, {of.name: LocatedWorkload(of, entry.reference)})
