"""README's first line several times: how many answers each run gives, and whether the runs agree with each other.

Each run is a process of its own, and its folder stays, so that a later call goes on and all figures are computed from
the stored runs. A decided cell is faster, slower or equal; baselines and failed cells do not count.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from parbench.analysis.estimates import CELL, cases, speed_ratio
from parbench.analysis.frame import variances_of
from parbench.analysis.stats.moderated import kind_of
from parbench.analysis.verdict import Verdict
from parbench.errors import UsageError
from parbench.report.run import Run
from parbench.report.sentences import time_use, verdicts
from parbench.runfile.locate import inside
from parbench.workload.cell import HEAD

#: The tests that README's first line runs.
TESTS = "benchmarks"
#: Runs, if no number is given.
RUNS = 10
#: The workload whose answer at its largest size is printed for each run.
FLAGSHIP = "affine"
DECIDED = ("faster", "slower", "equal")
#: Speedup below which no cell should be open.
CLEARLY_SLOWER = 0.5


def complete(out: Path) -> list[Path]:
    """The complete runs in a folder, the oldest first."""
    return [place for place in inside(out) if Run(place).data.complete]


def measure(runs: int, out: Path, more: Sequence[str]) -> None:
    """Run pytest until a folder has that many complete runs, with more arguments of pytest; raises UsageError."""
    command = [sys.executable, "-m", "pytest", "--benchmark", TESTS, f"--parbench-out={out}", *more]
    for number in range(len(complete(out)), runs):
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if len(complete(out)) <= number:
            raise UsageError(f"run {number + 1} did not end as planned: {(done.stdout + done.stderr)[-2000:]}")
        print(f"run {number + 1} of {runs} is complete", file=sys.stderr, flush=True)


def cells_of(run: Run) -> pd.DataFrame:
    """The cells of a run that the figures count."""
    summary = run.summary
    return summary[summary["status"].isin(["ok", "skipped"]) & (summary["verdict"] != "baseline")]


def figures(run: Run) -> dict[str, float]:
    """The figures of one run, by the titles of the table."""
    cells = cells_of(run)
    undecided = cells["verdict"] == "undecided"
    half_widths = (cells["speedup_high"] / cells["speedup_low"]) ** 0.5 - 1
    return {
        "cells": len(cells),
        "seconds": run.data.seconds or math.nan,
        "decided, %": 100 * cells["verdict"].isin(DECIDED).mean(),
        f"open below {CLEARLY_SLOWER}×": (undecided & (cells["speedup"] < CLEARLY_SLOWER)).sum(),
        "without interval": cells["speedup_low"].isna().sum(),
        "median half-width, %": 100 * half_widths.median(),
        "timed samples, %": 100
        * time_use.uses(run.frame).get(time_use.TIMED, math.nan)
        / (run.data.seconds or math.nan),
    }


def coverage(tables: Sequence[pd.DataFrame], low: str, high: str) -> tuple[float, int]:
    """The share of intervals that hold the mean of the other runs with the same baseline, and their number."""
    every = pd.concat(tables)
    every = every[every["speedup"].notna()].assign(log=lambda rows: np.log(rows["speedup"]))
    logs = every.groupby([*CELL, "baseline"])["log"]
    others = np.exp((logs.transform("sum") - every["log"]) / (logs.transform("count") - 1))
    known = (logs.transform("count") > 1) & every[low].notna()
    held = (every[low] <= others) & (others <= every[high])
    return held[known].mean(), int(known.sum())


class Recommendations:
    """The recommendations of one run by workload and size, and the ratios between its cells."""

    def __init__(self, run: Run) -> None:
        self.verdicts = {(each.workload, each.size): each for each in run.verdicts}
        self.model = variances_of(run.frame)
        self.times = {key: times for case in cases(run.frame) for key, times in case.times.items()}

    def calls_equal(self, one: Verdict, other: Verdict) -> bool:
        """Whether no choice should depend on the difference of two recommendations for one case, in this run."""
        keys: list[Any] = [(v.workload, v.size, v.best, v.cores, v.chunks, HEAD) for v in (one, other)]
        base, times = (self.times.get(key, {}) for key in keys)
        return speed_ratio(self.model, base, times, *(kind_of(v.best, v.cores) for v in (one, other))).is_negligible


def agreement(runs: Sequence[Recommendations]) -> tuple[float, float, int]:
    """For pairs of runs and cases: the share of the same strategy, the share with equal ones, and their number."""
    same, equal = [], []
    for one, other in combinations(runs, 2):
        for case in one.verdicts.keys() & other.verdicts.keys():
            both = one.verdicts[case], other.verdicts[case]
            decided = all(verdict.decided for verdict in both)
            same.append(decided and both[0].best == both[1].best)
            equal.append(same[-1] or (decided and any(run.calls_equal(*both) for run in (one, other))))
    return (fmean(same), fmean(equal), len(same)) if same else (math.nan, math.nan, 0)


def print_answers(runs: Sequence[Run]) -> None:
    """Print the answer of each run for the flagship's largest size, and the recommendations of all cases."""
    for number, run in enumerate(runs, 1):
        largest = max(
            (each for each in run.verdicts if each.workload == FLAGSHIP), key=lambda each: each.size, default=None
        )
        if largest is not None:
            print(f"run {number}: {verdicts.sentence(largest)}")
    counts: dict[str, Counter[str]] = {}
    for verdict in (each for run in runs for each in run.verdicts):
        name = verdict.best if verdict.decided else "undecided"
        counts.setdefault(f"{verdict.workload} at {verdict.size:,}", Counter())[name] += 1
    for case, names in counts.items():
        print(f"recommended for {case}: {', '.join(f'{name} in {count}' for name, count in names.most_common())}")


def print_figures(runs: Sequence[Run]) -> None:
    """Print the table of the runs, their answers, and how far they agree."""
    rows = {str(number): figures(run) for number, run in enumerate(runs, 1)}
    rows["mean"] = {title: fmean(row[title] for row in rows.values()) for title in rows["1"]}
    print(f"| {' | '.join(['run', *rows['1']])} |\n{'|---' * (1 + len(rows['1']))}|")
    for label, row in rows.items():
        print(f"| {label} | {' | '.join(f'{value:.1f}'.removesuffix('.0') for value in row.values())} |")
    print_answers(runs)
    same, equal, pairs = agreement([Recommendations(run) for run in runs])
    print(
        f"recommended strategy of two runs: the same in {same:.1%}, the same or equal in {equal:.1%} of {pairs} pairs"
    )
    tables = [cells_of(run) for run in runs]
    for name, low, high in (("another run", "speedup_low", "speedup_high"), ("this run", "run_low", "run_high")):
        share, count = coverage(tables, low, high)
        print(f"intervals for {name} that hold the mean of the other runs: {share:.1%} of {count}")


def main(arguments: list[str]) -> None:
    """Measure what is missing and print all figures; arguments that are not known here go to pytest."""
    parser = argparse.ArgumentParser("default_runs", description=__doc__, allow_abbrev=False)
    parser.add_argument("runs", nargs="?", type=int, default=RUNS, help="complete runs in the folder at the end")
    parser.add_argument("--out", type=Path, default=Path("default-runs"), metavar="DIR", help="folder of the runs")
    parser.add_argument("--of", nargs="+", metavar="RUN", help="evaluate these runs only")
    options, more = parser.parse_known_args(arguments)
    if options.of is None:
        measure(options.runs, options.out, more)
    places = options.of or complete(options.out)
    if not places:
        raise UsageError(f"{options.out} has no complete run: give a number of runs to measure.")
    print_figures([Run(place) for place in places])
