"""What a cell costs more than its calls: parbench's arm against a loop written by hand, in turns on one CPU set."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import Any

from parbench import cpus
from parbench.analysis.interval import interval, log_ratios
from parbench.child import ONE_THREAD, ChildArm
from parbench.protocol import Spec
from parbench.records import Cell
from parbench.reference import locate
from workloads import square_array

#: Calls of 1 ms and more everywhere; seconds the inputs need do not matter, they are made once.
SIZES = {"serial": 2_000_000, "threads": 4_000_000, "multiprocessing": 400_000, "dask-threads": 4_000_000}
BLOCKS, ROUNDS, LOOPS, PATIENCE = 10, 30, 2, 60.0


def block(strategy: str, size: int, rng: random.Random) -> tuple[dict[int, float], dict[int, float]]:
    """The times of a call by round, by hand and by parbench, from two fresh processes."""
    cores = 1 if strategy == "serial" else cpus.count()
    where = cpus.usable()[:cores]
    command = ["-m", "benchmarks.validate.by_hand", strategy, str(size), str(cores), ",".join(map(str, where))]
    hand = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD}
    )
    cell = Cell("square_array", size, strategy, cores)
    arm = ChildArm(Spec(cell, locate(square_array.workload, [square_array.__name__]), 1, where, sys.path))
    try:
        arm.ask("open", PATIENCE)
        arm.ask("first", PATIENCE)
        times: tuple[dict[int, float], dict[int, float]] = ({}, {})
        for turn in range(ROUNDS):
            # each order is followed by its reverse
            for side in (order := rng.sample([0, 1], 2)) if turn % 2 == 0 else order[::-1]:
                times[side][turn] = by_parbench(arm, where) if side else by_hand(hand)
        return times
    finally:
        arm.end(PATIENCE)
        hand.communicate(timeout=PATIENCE)


def by_hand(hand: subprocess.Popen[bytes]) -> float:
    """One sample of the loop written by hand."""
    assert hand.stdin is not None
    assert hand.stdout is not None
    hand.stdin.write(f"{LOOPS}\n".encode())
    hand.stdin.flush()
    return float(hand.stdout.readline())


def by_parbench(arm: ChildArm, where: list[int]) -> float:
    """One sample of the arm."""
    answer: dict[str, Any] = arm.ask("sample", PATIENCE, cpus_now=where, loops=LOOPS)
    return float(answer["seconds"])


def main(arguments: list[str]) -> None:
    """Print the ratio for each strategy, or for those named."""
    rng = random.Random(1)
    print(f"{BLOCKS} blocks of {ROUNDS} rounds, parbench ÷ by hand, 95 % interval over blocks")
    for strategy in arguments or SIZES:
        pairs = [block(strategy, SIZES[strategy], rng) for _ in range(BLOCKS)]
        ratio = interval([log_ratios(ours, hand) for hand, ours in pairs])
        call = min(min(hand.values()) for hand, _ in pairs)
        print(f"{strategy:16} {ratio.value:.4f} [{ratio.low:.4f}, {ratio.high:.4f}]  fastest call {call * 1e3:.2f} ms")
