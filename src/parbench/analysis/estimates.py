"""From the samples of a run to one number per cell and block, and to the variance model of the run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from parbench.analysis.stats.interval import Interval, estimates_of, log_ratios
from parbench.analysis.stats.moderated import Kind, VarianceModel, kind_of
from parbench.workload.cell import BASELINES

CELL = ["workload", "size", "strategy", "cores", "chunks", "environment"]
#: The times of one cell: block, then round, then seconds of a call.
Times = dict[int, dict[int, float]]


@dataclass(frozen=True)
class Case:
    """The cells of one workload at one size in one environment, by their values of `CELL`, with their baseline."""

    cells: dict[Any, pd.DataFrame]
    times: dict[Any, Times]
    medians: dict[Any, float]
    base: Any  # the key of the baseline, or None

    def estimates(self, key: Any) -> list[float]:
        """The log-ratios of a cell to the baseline, one number per block."""
        return [] if self.base is None else block_estimates(self.times[self.base], self.times[key])


def cases(frame: pd.DataFrame) -> Iterator[Case]:
    """Each case of a frame of samples, in its order."""
    for _, group in frame.groupby(["workload", "size", "environment"], sort=False):
        cells: dict[Any, pd.DataFrame] = dict(list(group.groupby(CELL, sort=False)))
        medians = {key: median_of(cell, "steady") for key, cell in cells.items()}
        serial = [
            key
            for key, cell in cells.items()
            if key[2] in BASELINES and cell["status"].iloc[0] == "ok" and not math.isnan(medians[key])
        ]
        base = min(serial, key=lambda key: medians[key], default=None)
        yield Case(cells, {key: times_of(cell) for key, cell in cells.items()}, medians, base)


def times_of(cell: pd.DataFrame) -> Times:
    """The steady times of the rows of one cell."""
    times: Times = {}
    steady = cell[cell["phase"] == "steady"]
    for block, turn, seconds in zip(steady["block"], steady["round"], steady["seconds"], strict=True):
        times.setdefault(int(block), {})[int(turn)] = float(seconds)
    return times


def median_of(cell: pd.DataFrame, phase: str, column: str = "seconds") -> float:
    """The median of a column in the rows of one phase; NaN if there is no value."""
    values = cell[column].to_numpy(float)[(cell["phase"] == phase).to_numpy(bool)]
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else math.nan


def block_estimates(base: Times, times: Times) -> list[float]:
    """The log-ratios of two cells, one number for each block in which they shared a round."""
    return estimates_of([log_ratios(base[block], times[block]) for block in times if block in base])


def variance_model(frame: pd.DataFrame) -> VarianceModel:
    """The variance between blocks of all cells of a frame of samples."""
    return VarianceModel(
        (kind_of(key[2], key[3]), case.estimates(key))
        for case in cases(frame)
        for key in case.cells
        if key != case.base
    )


def speed_ratio(model: VarianceModel, base: Times, times: Times, *kinds: Kind) -> Interval:
    """The speed of one cell over another, from the rounds of the blocks that both took part in, as another run has it.

    `kinds` are those of both cells; a baseline adds nothing to the variance that the kind of the other cell includes.
    """
    parallel = [kind for kind in kinds if kind.strategy not in BASELINES]
    return model.intervals(block_estimates(base, times), *(parallel or kinds[:1])).other_run
