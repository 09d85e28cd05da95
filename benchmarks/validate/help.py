"""How long ``parbench --help`` takes as a whole process, against a Python that does nothing, in turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

TIMES = 20
COMMANDS = {"parbench --help": ["-m", "parbench.cli.main", "--help"], "python -c pass": ["-c", "pass"]}


def seconds(arguments: list[str], bytecode: str) -> float:
    """Seconds of a whole process that keeps its bytecode in a folder, as an installed package does."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def main(arguments: list[str]) -> None:
    """Print the medians of both, after one call of each that does not count."""
    del arguments
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as bytecode:
        for turn in range(TIMES + 1):
            for name, command in COMMANDS.items():
                taken = seconds(command, bytecode)
                if turn:
                    found[name].append(taken)
    for name, each in found.items():
        print(f"{name:16} median {1e3 * statistics.median(each):.0f} ms of {TIMES}, fastest {1e3 * min(each):.0f} ms")
    extra = statistics.median(slow - fast for slow, fast in zip(*found.values(), strict=True))
    print(f"{'what we add':16} median {1e3 * extra:.0f} ms")
