"""What the tutorial's own way costs: the fastest strategy against it, in a stored run, as a table for the README."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

import parbench
from parbench import text
from parbench.analysis.estimates import CELL, speed_ratio, times_of
from parbench.analysis.frame import ours, variances_of
from parbench.analysis.stats.moderated import VarianceModel, kind_of

#: The tutorial's lines, by strategy.
LINES = {
    "multiprocessing[tutorial]": "`pool.map(square, numbers)`",
    "dask-threads[tutorial]": "`(2 * x + 1).compute()`, Dask's threads",
    "dask-processes[tutorial]": "`(2 * x + 1).compute()`, Dask's processes",
    "dask-distributed[tutorial]": "`(2 * x + 1).compute()`, dask.distributed",
}


def rows(frame: pd.DataFrame) -> Iterator[str]:
    """A line for each strategy in the tutorial's form, at the largest size of its workload and on the most cores."""
    summary = parbench.summarize(frame)
    times = {key: times_of(cell) for key, cell in frame.groupby(CELL, sort=False)}
    for name in summary["workload"].drop_duplicates():
        mine = summary[(summary["workload"] == name) & (summary["status"] == "ok")]
        mine = mine[mine["size"] == mine["size"].max()]
        best = max(mine[~mine["strategy"].isin(LINES)].itertuples(), key=lambda row: row.speedup, default=None)
        for row in mine[mine["strategy"].isin(LINES) & (mine["cores"] == mine["cores"].max())].itertuples():
            yield line(row, best, times, variances_of(frame))


def line(row: Any, best: Any, times: Any, model: VarianceModel) -> str:
    """One strategy in the tutorial's form against the best other one."""
    mine, other = (times[tuple(getattr(each, column) for column in CELL)] for each in (row, best))
    ratio = speed_ratio(model, mine, other, kind_of(best.strategy, best.cores), kind_of(row.strategy, row.cores))
    cells = [
        LINES[row.strategy],
        f"{row.workload}, {row.size:,}",
        text.duration(row.seconds),
        f"{best.strategy}, {best.cores} core{'s' if best.cores > 1 else ''}: {text.duration(best.seconds)}",
        text.times(*ratio),
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> None:
    """Print the table. Argument: the run (default: reports/latest)."""
    frame = ours(parbench.load(arguments[0] if arguments else "reports/latest"))
    print("| the tutorial's way | workload | a call | the fastest here | times as fast |\n|---|---|---|---|---|")
    print(*rows(frame), sep="\n")
