"""The run-to-run spread of one speedup, by parbench's quick profile and by pytest-benchmark alone, in turns."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import parbench

WORKLOAD, SIZE, STRATEGY, CORES = "affine_sum", 2048, "threads", 2

ALONE = """
from concurrent.futures import ThreadPoolExecutor

from workloads.affine_sum import workload

data = workload.make({size}, 1)


def test_serial(benchmark):
    benchmark(workload.kernel, data)


def test_threads(benchmark):
    with ThreadPoolExecutor({cores}) as executor:
        benchmark(lambda: sum(executor.map(workload.kernel, workload.split(data, {cores}))))
"""


def pytest_in(folder: Path, *arguments: str) -> None:
    """Run pytest quietly from here; raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True)


def by_parbench(folder: Path, budget: str) -> tuple[float, float, float]:
    """The speedup, what the cores gave meanwhile by the ceiling, and the seconds that measuring it took."""
    cell = f"test_strong_scaling[{WORKLOAD}-{SIZE}-{STRATEGY}-{CORES}]"
    effort = [f"--parbench-budget={budget}"] if budget else []
    pytest_in(folder, "--benchmark", f"--parbench-out={folder}", *effort, "-p", "no:benchmark",
              f"benchmarks/test_strong_scaling.py::{cell}")  # fmt: skip
    frame = parbench.load(folder / "latest")
    summary = parbench.summarize(frame)
    row = summary[(summary["strategy"] == STRATEGY) & (summary["cores"] == CORES)].iloc[0]
    return float(row["speedup"]), float(row["ceiling"]), float(frame.attrs["seconds"])


def by_pytest_benchmark(folder: Path, seconds: float) -> float:
    """The ratio of medians of two ordinary pytest-benchmark tests that share `seconds` equally."""
    test = folder / "test_alone.py"
    test.write_text(ALONE.format(size=SIZE, cores=CORES))
    out = folder / "alone.json"
    pytest_in(folder, str(test), f"--benchmark-json={out}", f"--benchmark-max-time={seconds / 2}")
    medians = {each["name"]: each["stats"]["median"] for each in json.loads(out.read_text())["benchmarks"]}
    return float(medians["test_serial"] / medians["test_threads"])


def width(values: list[float]) -> float:
    """The distance from the 5th to the 95th percentile, relative to the median."""
    twentieths = statistics.quantiles(values, n=20, method="inclusive")
    return (twentieths[-1] - twentieths[0]) / statistics.median(values)


def main(arguments: list[str]) -> None:
    """Print every pair and the two spreads.

    Arguments: the number of runs (default: 20), and parbench's budget in seconds (default: the profile's).
    """
    runs, budget = [*arguments, "", ""][:2]
    ours, theirs, gave = [], [], []
    for run in range(int(runs or 20)):
        with tempfile.TemporaryDirectory() as name:
            speedup, ceiling, seconds = by_parbench(Path(name), budget)
            alone = by_pytest_benchmark(Path(name), seconds)
        ours.append(speedup)
        theirs.append(alone)
        gave.append(ceiling)
        both = f"parbench {speedup:.3f} (ceiling {ceiling:.3f}), pytest-benchmark {alone:.3f}"
        print(f"run {run + 1}: {both}, {seconds:.1f} s each", flush=True)
    print(f"p5–p95 over the median: parbench {width(ours):.3f}, pytest-benchmark {width(theirs):.3f}")
    print(f"pytest-benchmark's spread ÷ parbench's: {width(theirs) / width(ours):.2f}")
    of_ceiling = [speedup / ceiling for speedup, ceiling in zip(ours, gave, strict=True)]
    print(f"p5–p95 over the median: the ceiling {width(gave):.3f}, speedup ÷ ceiling {width(of_ceiling):.3f}")
    print(f"correlation of speedup and ceiling over the runs: {statistics.correlation(ours, gave):.2f}")
