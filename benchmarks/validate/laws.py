"""Fits of scaling laws: against published numbers, and against serial fractions that were planted in a workload."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import numpy as np

import parbench
from parbench.analysis.scaling import serial_fraction
from parbench.strategies.threads import Threads

LOAD = (1, 18, 36, 72, 108, 144, 216)
THROUGHPUT = (64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2)
PROCESSORS = (1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64)
RAYS = (20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310)
#: Data, by name, with what version 3.0 of R's package usl prints of it: its tests/*.Rout.save, and its README.
PUBLISHED: dict[str, tuple[Sequence[float], Sequence[float], dict[str, str]]] = {
    "specsdm91": (
        LOAD,
        THROUGHPUT,
        {
            "sigma": "0.02773",
            "kappa": "0.0001044",
            "gamma": "90.00",
            "peak": "1884",
            "peak_cores": "96.52",
            "limit": "3245.589",
            "residual_standard_error": "82.85",
            "degrees_of_freedom": "4",
        },
    ),
    "raytracer": (PROCESSORS, RAYS, {"sigma": "0.0578", "kappa": "0.0000", "gamma": "21.8488"}),
    "raytracer, first five": (PROCESSORS[:5], RAYS[:5], {"sigma": "0.028", "kappa": "0.001", "gamma": "21.059"}),
}
PLANTED, WORKERS = (0.0, 0.05, 0.1, 0.25, 0.5), (1, 2, 4, 8, 16, 32)
#: Seconds of a call on one worker; 25 ms on 32, of which waking up late is a small part.
CALL, ROUNDS, TARGET = 0.8, 5, 0.01
RUNS, BLOCKS, SPREADS = 2000, (6, 12), (0.01, 0.03)


@dataclass(frozen=True)
class Planted:
    """A workload that sleeps, `fraction` of it where nothing is shared: half before, half after the kernels."""

    fraction: float

    def split(self, data: list[int], parts: int) -> list[list[int]]:
        """Cut into ranges, after the first half of the serial part."""
        time.sleep(self.fraction * CALL / 2)
        return [data[start:stop] for start, stop in parbench.bounds(len(data), parts)]

    def kernel(self, chunk: list[int]) -> list[int]:
        """Sleep for this chunk's share of the rest."""
        time.sleep((1 - self.fraction) * CALL * len(chunk) / max(WORKERS))
        return chunk

    def combine(self, parts: Sequence[list[int]], data: Any) -> list[int]:
        """Join, after the second half of the serial part."""
        del data
        time.sleep(self.fraction * CALL / 2)
        return [item for part in parts for item in part]

    def workload(self) -> parbench.Workload:
        """As a workload."""
        made = partial(list[int], range(max(WORKERS)))
        return parbench.Workload(
            "planted", self.kernel, lambda size, seed: made(), (1,), split=self.split, combine=self.combine
        )


def measured(workload: parbench.Workload) -> list[float]:
    """The median seconds of a call for each number of workers, which take turns."""
    data, times = workload.make(1, 1), [list[float]() for _ in WORKERS]
    for _ in range(ROUNDS):
        for found, workers in zip(times, WORKERS, strict=True):
            with Threads() as strategy:
                strategy.open(workers)
                strategy.map(time.sleep, [0.005] * workers)  # the pool starts a thread when there is work for it
                began = time.perf_counter()
                strategy.run(workload, data, workers)
                found.append(time.perf_counter() - began)
    return [median(found) for found in times]


def covered(fraction: float, spread: float, blocks: int, rng: np.random.Generator) -> float:
    """How often the interval of a serial fraction holds the truth, where blocks differ by `spread`, a logarithm."""
    counts = np.array(WORKERS[1:3], dtype=float)
    truth, held = np.log(1 / (fraction + (1 - fraction) / counts)), 0
    for _ in range(RUNS):
        logs = truth + rng.normal(0, spread, (blocks, len(counts)))
        found, _ = serial_fraction([dict(zip(WORKERS[1:3], each, strict=True)) for each in logs])
        held += found.low <= fraction <= found.high
    return held / RUNS


def main(arguments: list[str]) -> None:
    """Print the fits of published data, the planted fractions, and how often intervals hold the truth."""
    del arguments
    print("| data | what | published | here |\n|---|---|---|---|")
    for name, (cores, throughput, expected) in PUBLISHED.items():
        fit = parbench.fit_usl(cores, throughput)
        for what, text in expected.items():
            decimals = len(text.partition(".")[2])
            print(f"| {name} | {what.replace('_', ' ')} | {text} | {getattr(fit, what):.{decimals}f} |")
    print(f"\n{ROUNDS} rounds of calls of {CALL} s, {', '.join(map(str, WORKERS))} threads that sleep\n")
    print("| planted | found [95 %] | found − planted | within ± 0.01 |\n|---|---|---|---|")
    for fraction in PLANTED:
        seconds = measured(Planted(fraction).workload())
        found = parbench.fit_amdahl(WORKERS, [seconds[0] / each for each in seconds])
        _, low, high = found.fraction_interval
        off = found.fraction - fraction
        verdict = "yes" if abs(off) <= TARGET else "no"
        print(f"| {fraction} | {found.fraction:.4f} [{low:.4f}, {high:.4f}] | {off:+.4f} | {verdict} |", flush=True)
    print(f"\n{RUNS} simulated runs a row, on 1, 2 and 4 cores\n")
    print("| serial fraction | a block differs by | blocks | its interval holds it |\n|---|---|---|---|")
    rng = np.random.default_rng(1)
    for fraction in (0.05, 0.25):
        for spread in SPREADS:
            for blocks in BLOCKS:
                share = covered(fraction, spread, blocks, rng)
                print(f"| {fraction} | {spread:.0%} | {blocks} | {share:.1%} |")
