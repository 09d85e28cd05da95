"""What a cell costs more than its calls: parbench's arm against a loop written by hand, in turns on one CPU set."""

from __future__ import annotations

import os
import random
import subprocess
import sys

from parbench.analysis.stats.interval import interval, log_ratios
from parbench.machine import cpus
from parbench.measurement.arms.launcher import LEAST_FORKS, ForkingLauncher
from parbench.measurement.arms.process import ONE_THREAD, Arm, ArmProcess, start
from parbench.measurement.arms.protocol import ArmSpec, ControlSpec, Open, TakeSample, Wake
from parbench.workload.cell import Cell
from parbench.workload.reference import locate
from workloads import affine_sum

#: Rows, for calls of 1 ms and more everywhere. The workload returns a number, so that what is compared is the
#: call and not the memory that each process happens to get for a large result.
SIZES = {"serial": 800, "threads": 1000, "multiprocessing": 1000, "dask-threads": 1000}
BLOCKS, ROUNDS, LOOPS, PATIENCE = 24, 20, 12, 60.0


def block(
    strategy: str, size: int, rng: random.Random, control: ArmProcess
) -> tuple[dict[int, float], dict[int, float]]:
    """The times of a call by round, by hand and by parbench, from two fresh processes."""
    cores = 1 if strategy == "serial" else cpus.count()
    where = cpus.usable()[:cores]
    command = ["-m", "benchmarks.validate.by_hand", strategy, str(size), str(cores), ",".join(map(str, where))]
    hand = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD}
    )
    cell = Cell("affine_sum", size, strategy, cores)
    spec = ArmSpec(cell, locate(affine_sum.workload, [affine_sum.__name__]), 1, where, sys.path)
    launcher = ForkingLauncher([spec] * LEAST_FORKS)  # as in a run
    arm = launcher.launch(spec, PATIENCE)
    try:
        start(arm, PATIENCE)
        times: tuple[dict[int, float], dict[int, float]] = ({}, {})
        for turn in range(ROUNDS):
            # each order is followed by its reverse
            for side in (order := rng.sample([0, 1], 2)) if turn % 2 == 0 else order[::-1]:
                control.ask(Wake(where), PATIENCE)
                times[side][turn] = by_parbench(arm, where) if side else by_hand(hand)
        return times
    finally:
        arm.end(PATIENCE)
        launcher.end()
        hand.communicate(timeout=PATIENCE)


def by_hand(hand: subprocess.Popen[bytes]) -> float:
    """One sample of the loop written by hand."""
    assert hand.stdin is not None
    assert hand.stdout is not None
    hand.stdin.write(f"{LOOPS}\n".encode())
    hand.stdin.flush()
    return float(hand.stdout.readline())


def by_parbench(arm: Arm, where: list[int]) -> float:
    """One sample of the arm."""
    return arm.ask(TakeSample(where, LOOPS), PATIENCE).seconds


def main(arguments: list[str]) -> None:
    """Print the ratio for each strategy, or for those named."""
    rng = random.Random(1)
    # both sides keep freed memory: whether a process gives it back and faults it in anew is chance, not tax
    os.environ |= {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
    control = ArmProcess(ControlSpec(cpus.usable()[: cpus.count()]))
    control.ask(Open(), PATIENCE)
    print(f"{BLOCKS} blocks of {ROUNDS} rounds, parbench ÷ by hand, 95 % interval over blocks")
    for strategy in arguments or SIZES:
        pairs = [block(strategy, SIZES[strategy], rng, control) for _ in range(BLOCKS)]
        ratio = interval([log_ratios(ours, hand) for hand, ours in pairs])
        call = min(min(hand.values()) for hand, _ in pairs)
        print(f"{strategy:16} {ratio.value:.4f} [{ratio.low:.4f}, {ratio.high:.4f}]  fastest call {call * 1e3:.2f} ms")
    control.end(PATIENCE)
