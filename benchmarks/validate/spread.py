"""The run-to-run spread of one speedup, by parbench's quick profile and by pytest-benchmark alone, in turns."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import parbench

WORKLOAD, SIZE, STRATEGY, CORES = "square_array", 4_000_000, "threads", 2

ALONE = """
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from workloads.square_array import workload

data = workload.make({size}, 1)


def serial():
    return data * data


def test_serial(benchmark):
    benchmark(serial)


def test_threads(benchmark):
    with ThreadPoolExecutor({cores}) as executor:
        step = len(data) // {cores}

        def call():
            out = np.empty_like(data)
            starts = range(0, len(data), step)
            list(executor.map(workload.into, [data[s : s + step] for s in starts], [out[s : s + step] for s in starts]))

        benchmark(call)
"""


def pytest_in(folder: Path, *arguments: str) -> None:
    """Run pytest quietly from here; raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True)


def by_parbench(folder: Path) -> tuple[float, float]:
    """The speedup, and the seconds that measuring it took."""
    cell = f"test_strong_scaling[{WORKLOAD}-{SIZE}-{STRATEGY}-{CORES}]"
    pytest_in(folder, "--benchmark", f"--parbench-out={folder}", "-p", "no:benchmark",
              f"benchmarks/test_strong_scaling.py::{cell}")  # fmt: skip
    frame = parbench.load(folder / "latest")
    summary = parbench.summarize(frame)
    row = summary[(summary["strategy"] == STRATEGY) & (summary["cores"] == CORES)].iloc[0]
    return float(row["speedup"]), float(frame.attrs["seconds"])


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
    """Print every pair and the two spreads; the argument is the number of runs (default: 20)."""
    ours, theirs = [], []
    for run in range(int(arguments[0]) if arguments else 20):
        with tempfile.TemporaryDirectory() as name:
            speedup, seconds = by_parbench(Path(name))
            alone = by_pytest_benchmark(Path(name), seconds)
        ours.append(speedup)
        theirs.append(alone)
        print(f"run {run + 1}: parbench {speedup:.3f}, pytest-benchmark {alone:.3f}, {seconds:.1f} s each", flush=True)
    print(f"p5–p95 over the median: parbench {width(ours):.3f}, pytest-benchmark {width(theirs):.3f}")
    print(f"pytest-benchmark's spread ÷ parbench's: {width(theirs) / width(ours):.2f}")
