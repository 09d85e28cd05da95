"""The run-to-run spread of a few speedups, by parbench's quick profile and by pytest-benchmark alone, in turns."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import parbench
from parbench.analysis.frame import data_of

SIZE = 2048
#: Whose speedups over `serial` are looked at: strategy and cores.
SPEEDUPS = (("vectorized", 1), ("threads", 2), ("multiprocessing", 2))

OURS = f"""
import pytest

from workloads.affine_sum import workload


@pytest.mark.parbench(workload, sizes=[{SIZE}], strategies={[strategy for strategy, _ in SPEEDUPS]}, cores=[2])
def test_spread(cell):
    cell.measure()
"""

ALONE = f"""
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool

from workloads.affine_sum import workload

data = workload.make({SIZE}, 1)


def test_serial(benchmark):
    benchmark(workload.kernel, data)


def test_vectorized(benchmark):
    benchmark(workload.vectorized, data)


def test_threads(benchmark):
    with ThreadPoolExecutor(2) as executor:
        benchmark(lambda: sum(executor.map(workload.kernel, workload.split(data, 2))))


def test_multiprocessing(benchmark):
    with Pool(2) as pool:
        benchmark(lambda: sum(pool.map(workload.kernel, workload.split(data, 2))))
"""


def pytest_in(folder: Path, *arguments: str) -> None:
    """Run pytest quietly from here; raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True)


def by_parbench(folder: Path, budget: str) -> tuple[list[float], float, float]:
    """The speedups, what two cores gave meanwhile by the ceiling, and the seconds that measuring all of it took."""
    test = folder / "test_ours.py"
    test.write_text(OURS)
    effort = [f"--parbench-budget={budget}"] if budget else []
    pytest_in(folder, "--benchmark", f"--parbench-out={folder}", *effort, "-p", "no:benchmark", str(test))
    frame = parbench.load(folder / "latest")
    summary = parbench.summarize(frame).set_index("strategy")
    speedups = [float(summary["speedup"][strategy]) for strategy, _ in SPEEDUPS]
    return speedups, float(summary["ceiling"]["threads"]), data_of(frame).seconds or math.nan


def by_pytest_benchmark(folder: Path, seconds: float) -> list[float]:
    """The ratios of medians of ordinary pytest-benchmark tests that share `seconds` equally."""
    test = folder / "test_alone.py"
    test.write_text(ALONE)
    out = folder / "alone.json"
    each_seconds = seconds / (len(SPEEDUPS) + 1)
    pytest_in(folder, str(test), f"--benchmark-json={out}", f"--benchmark-max-time={each_seconds}")
    medians = {each["name"]: each["stats"]["median"] for each in json.loads(out.read_text())["benchmarks"]}
    return [float(medians["test_serial"] / medians[f"test_{strategy}"]) for strategy, _ in SPEEDUPS]


def width(values: list[float]) -> float:
    """The distance from the 5th to the 95th percentile, relative to the median; NaN for one value."""
    if len(values) < 2:
        return math.nan
    twentieths = statistics.quantiles(values, n=20, method="inclusive")
    return (twentieths[-1] - twentieths[0]) / statistics.median(values)


def told(speedups: list[float]) -> str:
    """One line of speedups."""
    return " ".join(f"{each:.3f}" for each in speedups)


def main(arguments: list[str]) -> None:
    """Print every pair and, for each speedup, the two spreads.

    Arguments: the number of runs (default: 20), and parbench's budget in seconds (default: the profile's).
    """
    runs, budget = [*arguments, "", ""][:2]
    ours, theirs, gave = [], [], []
    print("speedups over serial of", ", ".join(f"{strategy} on {cores}" for strategy, cores in SPEEDUPS))
    for run in range(int(runs or 20)):
        with tempfile.TemporaryDirectory() as name:
            speedups, ceiling, seconds = by_parbench(Path(name), budget)
            alone = by_pytest_benchmark(Path(name), seconds)
        ours.append(speedups)
        theirs.append(alone)
        gave.append(ceiling)
        both = f"parbench {told(speedups)} (ceiling {ceiling:.3f}), pytest-benchmark {told(alone)}"
        print(f"run {run + 1}: {both}, {seconds:.1f} s each", flush=True)
    print(f"p5–p95 over the median: the ceiling {width(gave):.3f}")
    for index, (strategy, cores) in enumerate(SPEEDUPS):
        mine, others = [each[index] for each in ours], [each[index] for each in theirs]
        spreads = f"parbench {width(mine):.3f}, pytest-benchmark {width(others):.3f}"
        print(
            f"p5–p95 over the median, {strategy} on {cores}: {spreads}, {width(others) / width(mine):.2f} times as wide"
        )
