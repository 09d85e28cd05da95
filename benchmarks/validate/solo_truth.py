"""Reported times and speedups ÷ the truth: the same calls in processes that run alone, in turns with short runs.

Each cycle has a run of parbench and, for each cell, a process of its own with the CPUs pinned and another without, all
in random order. A cycle leaves two files: its run file, and every call of the other processes. A later call goes on,
and all figures are computed from the files. The truth is the median (or mean) of the calls of each cycle.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from statistics import fmean, mean, median
from typing import Any

import parbench
from benchmarks.validate.spread import pytest_in
from parbench.analysis.stats.interval import Interval, around
from parbench.errors import UsageError
from parbench.machine import cpus
from parbench.measurement.arms.process import ONE_THREAD
from parbench.measurement.plan import Selection, cells_of
from parbench.runfile.locate import FILE
from parbench.workload.cell import Cell

#: Modules of the workloads, each with the larger size of the default run.
SIZES = {"spin": 1_000_000, "square": 300_000, "affine": 2_048}
STRATEGIES = ("serial", "vectorized", "threads", "multiprocessing", "dask-threads")
MOST_CORES = 2
PINNINGS = ("pinned", "unpinned")
#: Seconds of timed calls of a process that runs alone.
SOLO_SECONDS = 2.5
#: Seconds of untimed calls before them.
WARM_UP_SECONDS = 0.5
#: Seconds that a run of parbench may take: per cell as many as the default run has.
BUDGET_SECONDS = 36.0
MINUTES = 60.0
#: Largest relative error that a reported time may have.
MARGIN = 0.02
CALLS = ".json.xz"

TEST = """
import pytest

from workloads.{module} import workload as {module}


@pytest.mark.parbench({module}, sizes=[{size}], strategies={strategies}, cores=[{cores}])
def test_{module}(cell):
    cell.measure()
"""


@dataclass(frozen=True)
class Solo:
    """The calls of one cell in one process that ran alone, in nanoseconds."""

    cell: Cell
    pinning: str
    calls: list[int]


@dataclass(frozen=True)
class Cycle:
    """One cycle: the rows of the run's summary by cell, and the median and mean seconds of solo calls."""

    reported: dict[Cell, Any]
    truth: dict[tuple[Cell, str], tuple[float, float]]


def solo(cell: Cell, pinning: str, rng: random.Random) -> Solo:
    """Make the calls of one cell in a process of its own, on CPUs of the set that a run of parbench uses."""
    where = rng.sample(cpus.usable()[: min(MOST_CORES, cpus.count())], cell.cores) if pinning == "pinned" else []
    module = f"workloads.{cell.workload}"
    given = {"cell": asdict(cell), "module": module, "where": where}
    times = {"warm_up_seconds": WARM_UP_SECONDS, "seconds": SOLO_SECONDS}
    command = [sys.executable, "-m", "benchmarks.validate.solo_calls", json.dumps(given | times)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD})
    return Solo(cell, pinning, json.loads(done.stdout))


def run(out: Path, budget: float) -> None:
    """Measure the cells by parbench in some seconds and keep the run file."""
    cores = min(MOST_CORES, cpus.count())
    with tempfile.TemporaryDirectory() as name:
        tests = [
            TEST.format(module=module, size=size, strategies=list(STRATEGIES), cores=cores)
            for module, size in SIZES.items()
        ]
        (test := Path(name) / "test_cells.py").write_text("".join(tests))
        effort = f"--parbench-budget={budget}"
        pytest_in(Path(name), "--benchmark", f"--parbench-out={name}", effort, "-p", "no:benchmark", str(test))
        shutil.copy(Path(name) / "latest" / FILE, out)


def all_cells() -> list[Cell]:
    """The cells of the workloads, those only that a strategy can run."""
    found = []
    for module, size in SIZES.items():
        workload = import_module(f"workloads.{module}").workload
        found += cells_of(workload, Selection(), sizes=[size], strategies=STRATEGIES, cores=[MOST_CORES])
    return found


def measure(out: Path, pinnings: Sequence[str], budget: float, until: float) -> None:
    """Measure cycle after cycle until a time of the monotonic clock; `budget` is that of each run, in seconds."""
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random()
    while time.monotonic() < until:
        place = out / f"cycle-{1 + len(list(out.glob('*' + CALLS))):03}"
        turns: list[tuple[Cell, str] | None] = [(cell, pinning) for cell in all_cells() for pinning in pinnings]
        solos = []
        try:
            for turn in rng.sample([*turns, None], len(turns) + 1):
                if turn is None:
                    run(place.with_suffix(".jsonl"), budget)
                else:
                    solos.append(solo(*turn, rng))
        except subprocess.CalledProcessError as error:
            print(f"{place.name} failed and is repeated: {error}\n{error.stdout or b''!r:.2000}", file=sys.stderr)
            continue
        with lzma.open(place.with_suffix(CALLS), "wt") as file:
            json.dump([asdict(each) for each in solos], file)
        print(f"{place.name} is complete", file=sys.stderr, flush=True)


def cycle(place: Path) -> Cycle:
    """The figures of a cycle, from its two files; `place` is that of the calls."""
    with lzma.open(place, "rt") as file:
        solos = [Solo(Cell(**each.pop("cell")), **each) for each in json.load(file)]
    truth = {(each.cell, each.pinning): (median(each.calls) / 1e9, mean(each.calls) / 1e9) for each in solos}
    summary: Any = parbench.summarize(parbench.load(str(place).removesuffix(CALLS) + ".jsonl"))
    rows = {Cell(row.workload, row.size, row.strategy, row.cores): row for row in summary.itertuples()}
    return Cycle(rows, truth)


@dataclass(frozen=True)
class Line:
    """The figures of one cell under one pinning, over cycles; speedups are against the most frequent baseline."""

    typical: Interval  # reported ÷ true seconds
    mean: Interval
    reported: Interval
    true: Interval
    held: list[bool]  # for each promised interval: whether it holds the true speedup

    def cells(self) -> list[str]:
        """The cells of the line in the table."""
        held = f"{sum(self.held)} of {len(self.held)}" if self.held else "–"
        return [*(text(each) for each in (self.typical, self.mean, self.reported, self.true)), held]


def text(ratio: Interval) -> str:
    """A ratio with its interval."""
    return f"{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"


def true_speedup(cycles: Iterable[Cycle], cell: Cell, baseline: str, pinning: str) -> Interval:
    """How many times as fast a cell is as a baseline, from the typical solo calls of all cycles."""
    base = replace(cell, strategy=baseline, cores=1)
    return around([math.log(each.truth[base, pinning][0] / each.truth[cell, pinning][0]) for each in cycles])


def line(cycles: Sequence[Cycle], cell: Cell, pinning: str) -> Line | None:
    """The figures of one cell; None if no run has a speedup of it."""
    cycles = [each for each in cycles if (cell, pinning) in each.truth]
    known = [(row, *each.truth[cell, pinning]) for each in cycles if (row := each.reported[cell]).speedup > 0]
    if not known:
        return None
    baselines = Counter(row.baseline for row, *_ in known)
    truths = {name: true_speedup(cycles, cell, name, pinning) for name in baselines}
    (usual, _), *_ = baselines.most_common()
    return Line(
        around([math.log(row.seconds / typical) for row, typical, _ in known]),
        around([math.log(row.mean_seconds / average) for row, _, average in known]),
        around([math.log(row.speedup) for row, *_ in known if row.baseline == usual]),
        truths[usual],
        [
            bool(row.speedup_low <= truths[row.baseline].value <= row.speedup_high)
            for row, *_ in known
            if row.verdict != "baseline" and row.speedup_low > 0
        ],
    )


def print_figures(cycles: Sequence[Cycle]) -> None:
    """Print the table, and how many times are right and how many intervals hold the truth."""
    print(f"{len(cycles)} cycles; 95 % intervals over cycles")
    print("| cell | CPUs | typical ÷ true | mean ÷ true | speedup reported | speedup true | interval holds it |")
    print("|---" * 7 + "|")
    lines: dict[str, list[Line]] = {}
    for cell, pinning in sorted({key for each in cycles for key in each.truth}, key=str):
        found = line(cycles, cell, pinning)
        if found is not None:
            lines.setdefault(pinning, []).append(found)
        texts = ["no run has a speedup of it", *["–"] * 4] if found is None else found.cells()
        print(f"| {cell} | {pinning} | {' | '.join(texts)} |")
    for pinning, every in lines.items():
        right = [
            sum(abs(each.value - 1) <= MARGIN for each in ratios)
            for ratios in zip(*((each.typical, each.mean) for each in every), strict=True)
        ]
        held = [one for each in every for one in each.held]
        print(
            f"{pinning}: within {MARGIN:.0%} of the truth: typical {right[0]}, mean {right[1]} of {len(every)} cells; "
            f"{fmean(held or [math.nan]):.1%} of {len(held)} promised intervals hold the true speedup"
        )


def main(arguments: list[str]) -> None:
    """Measure for some minutes and print all figures."""
    parser = argparse.ArgumentParser("solo_truth", description=__doc__, allow_abbrev=False)
    parser.add_argument("minutes", nargs="?", type=float, default=MINUTES, help="0 only evaluates stored cycles")
    parser.add_argument("--out", type=Path, default=Path("solo-truth"), metavar="DIR", help="folder of the cycles")
    parser.add_argument("--budget", type=float, default=BUDGET_SECONDS, metavar="SECONDS", help="budget of each run")
    parser.add_argument("--cpus", choices=PINNINGS, help="make solo calls with pinned or unpinned CPUs only")
    options = parser.parse_args(arguments)
    until = time.monotonic() + 60 * options.minutes
    measure(options.out, [options.cpus] if options.cpus else PINNINGS, options.budget, until)
    files = sorted(options.out.glob(f"*{CALLS}"))
    if not files:
        raise UsageError(f"{options.out} has no cycle: give a number of minutes to measure.")
    print_figures([cycle(file) for file in files])
