"""How often the interval of a few recorded blocks holds the mean of the other blocks of the same code and machine.

Each recorded machine is cut into runs of a few blocks one after the other. The variance model of a run has the cells of
that run only. The table also has the interval for this run alone, and Student's over the same blocks.

The second table is about a whole recorded run of many cells: the intervals of the first blocks of a cell, for this run
alone, should hold the mean of its other blocks. They are widened, as that mean is of a few blocks, too.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from statistics import fmean, median

import parbench
from benchmarks.validate.runs import RECORDED
from benchmarks.validate.tape import recorded
from parbench.analysis.estimates import cases
from parbench.analysis.frame import ours
from parbench.analysis.stats.interval import Interval, around, estimates_of, log_ratios
from parbench.analysis.stats.moderated import VarianceModel, kind_of

#: Blocks of a run.
LENGTHS = (2, 3, 6, 10)
#: The same of whole runs, and the files of these.
LENGTHS_OF_RUNS = (1, 2, 3)
WHOLE_RUNS = (RECORDED / "catalogue.jsonl",)
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


def first_blocks(file: Path, length: int) -> dict[bool, list[tuple[bool, float]]]:
    """Whether the interval of the first blocks of each cell of a run holds the mean of the rest, and its half-width.

    The cells on one core are apart from those on several. The model knows this number of blocks of each cell; if that
    is one block, it knows two of every other cell.
    """
    every = [
        (kind_of(key[2], key[3]), case.estimates(key))
        for case in cases(ours(parbench.load(file)))
        for key in case.cells
        if key != case.base
    ]
    known = [(kind, logs[: max(length, 1 + place % 2)]) for place, (kind, logs) in enumerate(every)]
    model = VarianceModel(known)
    found: dict[bool, list[tuple[bool, float]]] = {False: [], True: []}
    for kind, logs in every:
        if len(rest := logs[max(length, 2) :]) > 1:
            value, low, high = map(math.log, model.intervals(logs[:length], kind).this_run)
            wider = math.sqrt(1 + length / len(rest))
            inside = (low - value) * wider <= fmean(rest) - value <= (high - value) * wider
            found[kind.several_cores].append((inside, math.sqrt(math.exp(high - low)) - 1))
    return found


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
    print("\n| recorded run | cores | blocks | intervals | this run | half-width, median |")
    print("|---" * 6 + "|")
    for file in WHOLE_RUNS if not arguments else ():
        for length in LENGTHS_OF_RUNS:
            for several, pairs in first_blocks(file, length).items():
                share, width = fmean(inside for inside, _ in pairs), median(width for _, width in pairs)
                cores = "several" if several else "one"
                print(f"| {file.name} | {cores} | {length} | {len(pairs)} | {share:.1%} | ± {width:.1%} |")
