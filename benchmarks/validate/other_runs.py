"""How often the interval of a few recorded blocks holds the mean of the other blocks of the same code and machine.

Each recorded machine is cut into runs of a few blocks one after the other. The variance model of a run has the cells of
that run only. The table also has the interval for this run alone, and Student's over the same blocks.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from statistics import fmean, median

from benchmarks.validate.runs import RECORDED
from benchmarks.validate.tape import recorded
from parbench.analysis.stats.interval import Interval, around, estimates_of, log_ratios
from parbench.analysis.stats.moderated import VarianceModel, kind_of

#: Blocks of a run.
LENGTHS = (2, 3, 6, 10)
#: The log-ratios of a cell to serial, one per block, by workload and strategy.
Cells = dict[tuple[str, str], list[float]]


def cells_of(file: Path) -> Cells:
    """The block estimates of each recorded cell on two cores."""
    found: Cells = defaultdict(list)
    for name, lines in recorded(file).items():
        for line in lines:
            serial = times(line["arms"]["serial/"]["times"])
            for label, arm in line["arms"].items():
                strategy, version = label.split("/")
                if strategy != "serial" and not version:
                    found[name, strategy] += estimates_of([log_ratios(serial, times(arm["times"]))])
    return dict(found)


def times(listed: list[float | None]) -> dict[int, float]:
    """Times by round, without those that the arm left out."""
    return {turn: seconds for turn, seconds in enumerate(listed) if seconds}


def held(cells: Cells, length: int) -> tuple[list[list[bool]], list[float]]:
    """For each run and cell: whether the three intervals hold the mean of the other blocks; the first's half-widths."""
    results, halves = [], []
    for start in range(0, min(map(len, cells.values())) - length + 1, length):
        runs = {key: logs[start : start + length] for key, logs in cells.items()}
        model = VarianceModel((kind_of(strategy, 2), logs) for (_, strategy), logs in runs.items())
        for key, logs in runs.items():
            others = math.exp(fmean(cells[key][:start] + cells[key][start + length :]))
            both = model.intervals(logs, kind_of(key[1], 2))
            every: list[Interval] = [*both, around(logs)]
            results.append([each.low <= others <= each.high for each in every])
            halves.append(both.other_run.half_width)
    return results, halves


def main(arguments: list[str]) -> None:
    """Print the table. Arguments: files that `record` appended to, also compressed (default: those committed)."""
    print("| recorded | blocks | intervals | another run | half-width, median | this run | Student |")
    print("|---" * 7 + "|")
    for name in arguments or sorted(map(str, RECORDED.glob("2*.jsonl.xz"))):
        cells = cells_of(Path(name))
        for length in LENGTHS:
            results, halves = held(cells, length)
            if results:
                another, this, student = (f"{fmean(each):.1%}" for each in zip(*results, strict=True))
                half = f"± {median(halves):.1%}"
                label = Path(name).name.split(".")[0]
                print(f"| {label} | {length} | {len(results)} | {another} | {half} | {this} | {student} |")
