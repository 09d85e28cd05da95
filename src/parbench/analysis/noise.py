"""The same program against itself: differences of cells from their replicas, second arms of them, are noise."""

from __future__ import annotations

import math
from dataclasses import astuple
from statistics import median
from typing import Any, NamedTuple

import pandas as pd

from parbench.analysis.compare_stored import RunCells
from parbench.analysis.estimates import Times
from parbench.analysis.frame import data_of, ours, require_samples
from parbench.analysis.stats.interval import Interval, around, estimates_of, interval, log_ratios
from parbench.workload.cell import BASELINES, Cell

COLUMNS = ["workload", "size", "strategy", "cores", "blocks", "rounds", "ratio", "ratio_low", "ratio_high"]


class RunNoise(NamedTuple):
    """Difference of the same program from itself in a block, as parts of 1, over all workloads and sizes of a run.

    Half of the `blocks` differ by less than `usual`, none by more than `largest`. `ratio` is the mean of all of them,
    which should be 1: which of two equal arms is the first is chance.
    """

    blocks: int
    usual: float
    largest: float
    ratio: Interval


def replicas(frame: pd.DataFrame) -> pd.DataFrame:
    """Baselines and the best parallel cells of a run against their replicas: a row for each cell that had one.

    ``ratio`` is a speedup as any other, of the replica over the cell, with the ends of its interval, which are NaN if
    there is one block. ``attrs`` has ``noise`` for the baselines and ``parallel_noise`` for the other cells: a
    `RunNoise`, or None if there are no replicas.
    """
    times: dict[Any, Times] = RunCells(ours(require_samples(frame))).times
    replica_times: dict[Cell, Times] = {}
    for each in data_of(frame).replicas:
        replica_times.setdefault(each.cell, {}).setdefault(each.block, {})[each.round] = each.seconds
    rows, estimates = [], {"noise": list[float](), "parallel_noise": list[float]()}
    for cell, theirs in replica_times.items():
        key = astuple(cell)
        mine = times.get(key, {})
        blocks = [ratios for block in theirs if (ratios := log_ratios(mine.get(block, {}), theirs[block]))]
        if blocks:
            rounds = sum(map(len, blocks))
            rows.append(dict(zip(COLUMNS, (*key[:4], len(blocks), rounds, *interval(blocks)), strict=True)))
            estimates["noise" if cell.strategy in BASELINES else "parallel_noise"] += estimates_of(blocks)
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.attrs = {name: _noise_of(each) for name, each in estimates.items()}
    return table


def _noise_of(estimates: list[float]) -> RunNoise | None:
    apart = [math.expm1(min(abs(each), 700.0)) for each in estimates]  # beyond that no float can hold it
    return RunNoise(len(apart), median(apart), max(apart), around(estimates)) if apart else None
