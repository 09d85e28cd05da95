"""Whole campaigns against made-up machines: how many cells a run decides, and how often its intervals hold the truth.

Plan, rounds, stopping, allocation of time, run file and summary are the real ones; only the arms are made up. The truth
of a cell is the mean of its log-ratio over all that the made-up machine does. Each line is one kind of noise.
"""

from __future__ import annotations

import math
import random
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

import parbench
from benchmarks.validate.tape import Quiet
from parbench.measurement.arms.process import Arm, ArmFailed
from parbench.measurement.arms.protocol import (
    ArmSpec,
    ControlSpec,
    Duration,
    FirstTimes,
    MakeCalls,
    MakeFirstCall,
    MeasureCost,
    Open,
    Request,
    SampleTime,
    TakeSample,
    TraceCalls,
)
from parbench.measurement.campaign import Campaign
from parbench.measurement.context import RunContext
from parbench.measurement.plan import Group, LocatedWorkload, group_cells
from parbench.measurement.profiles import PROFILES
from parbench.runfile.header import UNKNOWN, MachineFacts
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from parbench.workload.cell import HEAD, Cell
from parbench.workload.reference import Reference

#: Runs per line.
RUNS = 20
#: Workloads of a run: with the strategies below about as many cells as README's first line measures.
WORKLOADS = 17
#: The strategies, each with the standard deviation of its blocks and of its samples on several cores, as logarithms;
#: about those of a quiet machine with two cores.
STRATEGIES = {
    "threads": (0.035, 0.08),
    "multiprocessing": (0.06, 0.12),
    "dask-threads": (0.08, 0.08),
}
#: The same for everything on one core.
ONE_CORE = (0.012, 0.05)
#: Seconds to start an arm, and to stop it.
START_SECONDS, STOP_SECONDS = 0.3, 0.05
#: Standard deviation of the logarithm of true speedups.
SPEEDUP_SPREAD = 0.8
#: Standard deviation of the logarithm of the spread of a cell: cells of one kind do not vary alike.
UNEQUAL_SPREAD = 0.5
#: Standard deviation between runs of the mean of a cell, as a part of that between its blocks.
BETWEEN_RUNS = 0.5
#: Blocks of a cell from which its truth is computed.
TRUTH_BLOCKS = 400


@dataclass(frozen=True)
class Noise:
    """What a made-up machine does to cells on several cores, in addition to the noise of its blocks and samples.

    Some arms are slow as long as they live; some samples are slow; the machine is slow for some seconds at a time.
    """

    name: str
    slow_arms: float = 0.0
    slow_samples: float = 0.0
    factor: float = 1.7
    state_seconds: float = 0.0
    state_factor: float = 1.05
    state_share: float = 0.5  # of the time
    quiet: float = 1.0  # multiplies the noise of blocks
    unequal: float = UNEQUAL_SPREAD
    between_runs: float = BETWEEN_RUNS


NOISES = (
    Noise("normal"),
    Noise("normal, equal cells and runs", unequal=0.0, between_runs=0.0),
    Noise("three times as noisy", quiet=3.0),
    Noise("15 % of arms slow", slow_arms=0.15),
    Noise("25 % of samples slow", slow_samples=0.25),
    Noise("states of 2 s", state_seconds=2.0),
    Noise("states of 10 s", state_seconds=10.0),
    Noise("states of 60 s", state_seconds=60.0),
    Noise("half the speed for 20 s, in 5 % of the time", state_seconds=20.0, state_factor=2.0, state_share=0.05),
)


@dataclass
class Machine:
    """A made-up machine: its time, and the true seconds of each cell."""

    noise: Noise
    seed: int
    now: float = 0.0
    seconds: dict[Cell, float] = field(default_factory=dict)
    spread: dict[Cell, float] = field(default_factory=dict)  # multiplies that of its kind
    luck: dict[Cell, float] = field(default_factory=dict)  # the logarithm by which a cell is slow in this run

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.slow_until = self.quick_until = -100 * self.noise.state_seconds

    def launch(self, spec: ArmSpec | ControlSpec) -> Arm:
        """An arm on this machine."""
        return Quiet() if isinstance(spec, ControlSpec) else MadeUpArm(self, spec.cell.at(HEAD))

    def state(self) -> float:
        """By how much the machine slows several cores now."""
        if not self.noise.state_seconds:
            return 1.0
        quick = self.noise.state_seconds * (1 / self.noise.state_share - 1)
        while self.now >= self.quick_until:
            self.slow_until = self.quick_until + self.rng.expovariate(1 / self.noise.state_seconds)
            self.quick_until = self.slow_until + self.rng.expovariate(1 / quick)
        return self.noise.state_factor if self.now < self.slow_until else 1.0

    def spreads(self, cell: Cell) -> tuple[float, float]:
        """The standard deviations of blocks and of samples of a cell."""
        block, sample = STRATEGIES[cell.strategy] if cell.cores > 1 else ONE_CORE
        own = self.spread.get(cell, 1.0)
        return own * self.noise.quiet * block, own * sample

    def pace(self, cell: Cell) -> float:
        """How slow a new arm is."""
        slow = cell.cores > 1 and self.rng.random() < self.noise.slow_arms
        return math.exp(self.rng.gauss(0, self.spreads(cell)[0])) * (self.noise.factor if slow else 1.0)

    def sample(self, cell: Cell) -> float:
        """How slow a sample is."""
        slow = cell.cores > 1 and self.rng.random() < self.noise.slow_samples
        wobble = math.exp(self.rng.gauss(0, self.spreads(cell)[1]))
        return wobble * (self.noise.factor if slow else 1.0) * (self.state() if cell.cores > 1 else 1.0)


class MadeUpArm(Quiet):
    """An arm of a made-up machine."""

    def __init__(self, machine: Machine, cell: Cell) -> None:
        self.machine, self.cell = machine, cell
        self.usual = machine.seconds[cell] * math.exp(machine.luck[cell]) * machine.pace(cell)

    def answer(self, request: Request[Any]) -> Any:
        """Take the time that a real arm would."""
        machine = self.machine
        if isinstance(request, TakeSample):
            seconds = self.usual * machine.sample(self.cell)
            machine.now += seconds * request.loops + 0.04
            return SampleTime(seconds, None)
        if isinstance(request, TraceCalls | MeasureCost):
            raise ArmFailed("error", "there is nothing to trace.")
        if isinstance(request, Open):
            machine.now += START_SECONDS
            return Duration(START_SECONDS)
        if isinstance(request, MakeFirstCall):
            machine.now += 3 * self.usual
            return FirstTimes(2 * self.usual, self.usual, max(1, math.ceil(0.05 / self.usual)))
        if isinstance(request, MakeCalls):
            machine.now += request.seconds
        return super().answer(request)

    def end(self, timeout: float) -> Duration | None:
        """Stop."""
        self.machine.now += STOP_SECONDS
        return Duration(STOP_SECONDS)


def groups_on(machine: Machine) -> list[Group]:
    """Groups of cells with made-up speedups, which do not depend on the noise."""
    found, rng = [], random.Random(machine.seed)
    for number in range(WORKLOADS):
        name = f"workload_{number}"
        workload = parbench.Workload(name, len, make=lambda size, seed: range(size), sizes=(1000,))
        cells = [
            Cell(name, 1000, "serial", 1),
            *(Cell(name, 1000, each, cores) for each in STRATEGIES for cores in (1, 2)),
        ]
        serial = 10 ** rng.uniform(-3.5, -1.5)
        for cell in cells:
            speedup = (
                math.exp(rng.gauss(0.1 if cell.cores > 1 else -0.2, SPEEDUP_SPREAD)) if cell.strategy != "serial" else 1
            )
            machine.seconds[cell] = serial / min(speedup, 0.98 * cell.cores)
            unequal = machine.noise.unequal
            machine.spread[cell] = math.exp(rng.gauss(-(unequal**2), unequal))  # its mean square is 1
            block, sample = machine.spreads(cell)
            machine.luck[cell] = rng.gauss(0, machine.noise.between_runs * math.hypot(block, sample / 2))
        found += group_cells(cells, {name: LocatedWorkload(workload, Reference("", "", name))})
    return found


def shift(noise: Noise, strategy: str) -> float:
    """The mean of the logarithm by which the noise slows a cell on several cores, from a long simulation."""
    machine = Machine(replace(noise, state_seconds=0.0, quiet=0.0), 99)
    cell, one = Cell("", 0, strategy, 2), Cell("", 0, strategy, 1)
    from parbench.analysis.stats.interval import pseudo_median

    total = 0.0
    for _ in range(TRUTH_BLOCKS):
        pace = machine.pace(cell)
        logs = [math.log(pace * machine.sample(cell) / machine.sample(one)) for _ in range(PROFILES["quick"].rounds)]
        total += pseudo_median(logs)
    return total / TRUTH_BLOCKS + (noise.state_share * math.log(noise.state_factor) if noise.state_seconds else 0.0)


def run(noise: Noise, seed: int, budget: float) -> pd.DataFrame:
    """The summary of one run, with the true speedup of each cell in ``truth`` and that in this run in ``here``."""
    machine = Machine(noise, seed)
    groups = groups_on(machine)
    profile = PROFILES["quick"]
    context = RunContext(
        profile=profile,
        budget=budget,
        seed=seed,
        cpus=[0, 1],
        launch=machine.launch,
        clock=lambda: machine.now,
        available=lambda: 10**12,
        cpu_seconds=lambda cpus: None,
    )
    header = replace(UNKNOWN, created="2026-01-01T00:00:00+00:00", machine=MachineFacts("made up"))
    with tempfile.TemporaryDirectory() as folder:
        with Journal(Path(folder) / FILE, header) as journal:
            Campaign(groups, context, journal, lambda *_: None).run()
        summary = parbench.summarize(parbench.load(folder))
    moved = {strategy: shift(noise, strategy) for strategy in STRATEGIES}
    truths, here = [], []
    for row in list[Any](summary.itertuples()):
        own, base = (Cell(row.workload, row.size, *each) for each in ((row.strategy, row.cores), ("serial", 1)))
        slower = moved[row.strategy] if row.cores > 1 else 0.0
        truths.append(machine.seconds[base] / machine.seconds[own] / math.exp(slower))
        here.append(truths[-1] * math.exp(machine.luck[base] - machine.luck[own]))
    return summary.assign(truth=truths, here=here)


def line(noise: Noise, runs: int, budget: float) -> str:
    """One line of the table."""
    cells = pd.concat([run(noise, seed, budget) for seed in range(runs)])
    cells = cells[cells["verdict"] != "baseline"]
    known = cells[cells["speedup_low"].notna()]
    held = [(known["speedup_low"] <= known["truth"]) & (known["truth"] <= known["speedup_high"])]
    held.append((known["run_low"] <= known["here"]) & (known["here"] <= known["run_high"]))
    half = ((known["speedup_high"] / known["speedup_low"]) ** 0.5 - 1).median()
    undecided = cells["verdict"] == "undecided"
    wrong = ((cells["verdict"] == "faster") & (cells["truth"] < 1)) | (
        (cells["verdict"] == "slower") & (cells["truth"] > 1)
    )
    several = known["cores"] > 1
    texts = [
        noise.name,
        f"{1 - undecided.mean():.1%}",
        f"{int((undecided & (cells['truth'] < 0.5)).sum()) / runs:.1f}",
        f"{len(cells) - len(known)}",
        f"{wrong.mean():.2%}",
        f"± {half:.1%}",
        *(f"{each[several].mean():.1%}" for each in held),
        *(f"{each[~several].mean():.1%}" for each in held),
        f"{median(cells['blocks']):.0f}",
    ]
    return f"| {' | '.join(texts)} |"


def main(arguments: list[str]) -> None:
    """Print the table. Arguments: how many runs per line (default: 20), the budget in seconds, and names of noises."""
    runs = int(arguments[0]) if arguments else RUNS
    budget = float(arguments[1]) if len(arguments) > 1 else PROFILES["quick"].budget
    print(f"{runs} runs per line, {budget:.0f} s each\n")
    print("| noise | decided | undecided below 0.5× | no interval | wrong | half-width, median", end="")
    print(" | 2 cores: other runs | this run | 1 core: other runs | this run | blocks |")
    print("|---" * 11 + "|")
    for noise in [each for each in NOISES if not arguments[2:] or each.name in arguments[2:]]:
        print(line(noise, runs, budget), flush=True)
