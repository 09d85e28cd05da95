"""What it does to samples on all cores that one of them has worked alone before, and how that is countered."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

from parbench.machine import cpus
from parbench.measurement.arms.process import ArmProcess, start
from parbench.measurement.arms.protocol import (
    ArmSpec,
    ControlSpec,
    Done,
    KeepAwake,
    Open,
    Request,
    Rest,
    TakeSample,
    Wake,
)
from parbench.workload.cell import Cell
from parbench.workload.reference import locate
from workloads.affine_sum import workload

SIZE, TIMES, PATIENCE = 2048, 100, 60.0
#: How many samples on one core come before each on all, and how many calls a sample has.
ALONE, LOOPS = 6, 3
PARALLEL = ("threads", "multiprocessing")


class Bench:
    """A serial arm, those of `PARALLEL`, and the control arm."""

    def __init__(self) -> None:
        self.where = cpus.usable()[: cpus.count()]
        self.control = ArmProcess(ControlSpec(self.where, keep_awake=True))
        self.control.ask(Open(), PATIENCE)
        self.arms = {name: self._arm(name) for name in ("serial", *PARALLEL)}

    def _arm(self, strategy: str) -> ArmProcess:
        cores = 1 if strategy == "serial" else len(self.where)
        cell, reference = Cell(workload.name, SIZE, strategy, cores), locate(workload, ["workloads.affine_sum"])
        arm = ArmProcess(ArmSpec(cell, reference, 1, self.where[:cores], sys.path))
        start(arm, PATIENCE)
        return arm

    def sample(self, strategy: str, where: list[int]) -> float:
        """Seconds of a call."""
        return self.arms[strategy].ask(TakeSample(where, LOOPS), PATIENCE).seconds

    def ask(self, *requests: Request[Done]) -> Callable[[], None]:
        """What makes some requests of the control arm."""

        def make() -> None:
            for request in requests:
                self.control.ask(request, PATIENCE)

        return make

    def turn(self, turn: int, between: Callable[[], None], before: Callable[[], None]) -> dict[str, float]:
        """One core works for some samples, then all do for one of each strategy."""
        for _ in range(ALONE):
            self.sample("serial", [self.where[turn % len(self.where)]])
            between()
        found = {}
        for strategy in PARALLEL:
            before()
            found[strategy] = self.sample(strategy, self.where)
        return found

    def close(self) -> None:
        for arm in (*self.arms.values(), self.control):
            arm.end(PATIENCE)


def main(arguments: list[str]) -> None:
    """Print the seconds of a call on all cores; the ways take turns."""
    del arguments
    bench = Bench()
    ways = {
        "as they are": (bench.ask(), bench.ask()),
        "woken": (bench.ask(), bench.ask(Wake(bench.where))),
        "kept awake": (bench.ask(KeepAwake(), Rest()), bench.ask(KeepAwake(), Wake(bench.where), Rest())),
    }
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for turn in range(TIMES):
        for name, (between, before) in sorted(ways.items(), reverse=bool(turn % 2)):
            found[name].append(bench.turn(turn, between, before))
    bench.close()
    print(f"{workload.name} of {SIZE} rows on {len(bench.where)} cores, {TIMES} samples: ms of a call")
    for strategy in PARALLEL:
        for name, turns in found.items():
            low, middle, high = statistics.quantiles([each[strategy] * 1e3 for each in turns], n=4)
            print(f"{strategy:15} {name:11}  quartiles {low:5.2f} {middle:5.2f} {high:5.2f}")
