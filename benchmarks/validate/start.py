"""How soon a serial arm is ready, and what an installed parbench adds to each start of pytest."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from parbench.measurement.arms.process import ArmProcess
from parbench.measurement.arms.protocol import ArmSpec, Open
from parbench.workload.cell import Cell
from parbench.workload.reference import locate
from workloads import square, square_array

TIMES, PAIRS = 21, 81


def ready(module: object) -> float:
    """Seconds from starting the process of a serial arm to its being open."""
    workload = module.workload  # type: ignore[attr-defined]  # a module of workloads
    cell = Cell(workload.name, workload.all_sizes.tiny, "serial", 1)
    began = time.perf_counter()
    arm = ArmProcess(ArmSpec(cell, locate(workload, [workload.kernel.__module__]), 1, [], sys.path))
    arm.ask(Open(), 60.0)
    seconds = time.perf_counter() - began
    arm.end(10.0)
    return seconds


def pytest_seconds(folder: Path, *more: str) -> float:
    """Seconds of a whole pytest process over one trivial test."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def pair(folder: Path, turn: int) -> tuple[float, float]:
    """Seconds with parbench and without; they take turns in being first."""
    if turn % 2:
        with_it = pytest_seconds(folder)
        return with_it, pytest_seconds(folder, "-p", "no:parbench")
    without = pytest_seconds(folder, "-p", "no:parbench")
    return pytest_seconds(folder), without


def main(arguments: list[str]) -> None:
    """Print both medians."""
    del arguments
    for module in (square, square_array):
        seconds = [ready(module) for _ in range(TIMES)]
        print(
            f"serial arm of {module.workload.name} ready: median {statistics.median(seconds) * 1e3:.0f} ms of {TIMES}"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text("def test_one():\n    assert True\n")
        pytest_seconds(folder)
        pairs = [pair(folder, turn) for turn in range(PAIRS)]
    extra = sorted(with_it - without for with_it, without in pairs)
    # the ranks between which the median lies in 95 of 100 cases, by the normal approximation of the sign test
    reach = round(0.98 * math.sqrt(PAIRS))
    low, high = extra[max(0, PAIRS // 2 - reach)], extra[min(PAIRS // 2 + reach, PAIRS - 1)]
    middle = f"{statistics.median(extra) * 1e3:.1f} ms [{low * 1e3:.1f}, {high * 1e3:.1f}]"
    print(f"pytest with parbench − without: median of {PAIRS} pairs {middle}")
    print(f"pytest without: median {statistics.median(without for _, without in pairs) * 1e3:.0f} ms")
