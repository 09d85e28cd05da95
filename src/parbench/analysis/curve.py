"""The curves of a run: what one strategy took on each number of cores, and how much faster than itself on one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from parbench.analysis.expectation_cases import steady_samples
from parbench.analysis.stats.interval import Interval, estimates_of, log_ratios
from parbench.analysis.stats.scaling_laws import MOST_SPEEDUP
from parbench.analysis.summary import Times, speedup_of, times_of
from parbench.runfile.header import Habits
from parbench.workload.cell import HEAD


@dataclass(frozen=True)
class Curve:
    """One strategy at one workload, size and number of chunks a core; `times` are by cores, then block and round."""

    workload: str
    size: int
    strategy: str
    chunks: int
    times: dict[int, Times]

    @property
    def counts(self) -> list[int]:
        """The core counts that have times, in growing order."""
        return sorted(self.times)

    def speedup(self, cores: int) -> Interval:
        """How many times as fast as itself on one core, from the blocks that both were in."""
        return speedup_of(self.times[1], self.times[cores])

    def by_block(self) -> list[dict[int, float]]:
        """For each block in which it was on one core and on more: the logarithm of the speedup by cores."""
        alone, found = self.times.get(1, {}), []
        for block, base in alone.items():
            each = {
                count: estimates_of([log_ratios(base, times[block])])
                for count, times in self.times.items()
                if count > 1 and block in times
            }
            if known := {
                count: logs[0] for count, logs in each.items() if logs and abs(logs[0]) < math.log(MOST_SPEEDUP)
            }:
                found.append(known)
        return found


def curves(frame: pd.DataFrame, summary: pd.DataFrame) -> Iterator[Curve]:
    """The curves of strategies that can use more than one core, in our environment, in the order of the summary.

    Cells that are not ok are left out, and a strategy without any other has no curve.
    """
    alone, steady = Habits.read(summary.attrs.get("header", {})).alone, steady_samples(frame)
    good = summary[(summary["environment"] == HEAD) & (summary["status"] == "ok")]
    good = good[~good["strategy"].isin(alone)]
    for (workload, size), cells in good.groupby(["workload", "size"], sort=False):
        samples = steady.get((workload, size))
        if samples is None:
            continue
        parts = dict(list(samples.groupby(["strategy", "cores", "chunks"])))
        for (strategy, chunks), mine in cells.groupby(["strategy", "chunks"], sort=False):
            keys = {int(cores): (strategy, cores, chunks) for cores in mine["cores"]}
            times = {cores: times_of(parts[key]) for cores, key in keys.items() if key in parts}
            if times:
                yield Curve(str(workload), int(str(size)), str(strategy), int(str(chunks)), times)


def meant(speedup: float) -> bool:
    """Whether a law can be asked about a speedup: a run file from elsewhere can hold any."""
    return 1 / MOST_SPEEDUP <= speedup <= MOST_SPEEDUP
